# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Every text a person reads on the pages, in Chinese and English; the texts themselves are in texts/*.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "en")
_FOLDER = Path(__file__).with_name("texts")


def _flatten(table: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of a language by dotted key."""
    return _flatten(tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8")))


class Texts:
    """The texts of one language.  A key that is missing shows as itself, so that a gap is seen and nothing breaks."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._texts = catalogue(self.language)

    def __call__(self, key: str, /, **values: object) -> str:
        text = self._texts.get(key, key)
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def has(self, key: str) -> bool:
        return key in self._texts

    def word(self, group: str, value: object) -> str:
        """The text of one word of the vocabulary (a state, a cause); the word itself where there is none yet."""
        return self._texts.get(f"{group}.{value}", str(value))


def preferred(accept_language: str) -> str:
    """The language a browser asks for by Accept-Language, of those we have; English where it asks for none."""
    wanted: list[tuple[float, int, str]] = []
    for order, part in enumerate(accept_language.split(",")[:20]):
        tag, _, parameters = part.strip().partition(";")
        weight = parameters.strip().removeprefix("q=") or "1"
        try:
            quality = float(weight)
        except ValueError:
            quality = 0.0
        wanted.append((-quality, order, tag.lower()[:2]))
    for _, _, tag in sorted(wanted):
        if tag in LANGUAGES:
            return tag
    return "en"
