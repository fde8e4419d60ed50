# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Every text that is used exists in both languages, and none exists that nobody uses."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path

import pytest

from dsp.vocabulary import Tone
from firmware.exchange.vocabulary import Cause, Certainty
from webui import access, forms, layout, pieces
from webui.pages import flows, settings
from webui.texts import LANGUAGES, Texts, catalogue

WEBUI = Path(access.__file__).parent
NAMED = re.compile(r"""\bt(?:exts)?\(\s*["']([a-z_0-9]+(?:\.[A-Za-z_0-9]+)+|name|skip|noscript)["']""")
DONE = re.compile(r"""\bdone\([^"]*"[^"]*",\s*"([a-z_.]+)\"""", re.DOTALL)
PLACE = re.compile(r"\{(\w+)\}")


def sources() -> Iterator[Path]:
    for suffix in ("py", "html", "js"):
        yield from (path for path in WEBUI.rglob(f"*.{suffix}") if "vendor" not in path.parts)


def used() -> set[str]:
    found: set[str] = set()
    for path in sources():
        text = path.read_text(encoding="utf-8")
        found |= set(NAMED.findall(text)) | set(DONE.findall(text))
    return {key for key in found if not key.endswith("_")}  # the rest of those is put on where they are used


def words(group: str, values: Iterable[object]) -> set[str]:
    return {f"{group}.{value.value if isinstance(value, Enum) else value}" for value in values}


def test_both_languages_have_the_same_texts() -> None:
    chinese, english = (set(catalogue(language)) for language in LANGUAGES)
    assert chinese ^ english == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_used_exists(language: str) -> None:
    assert len(used()) > 200
    assert used() - set(catalogue(language)) == set()


def test_both_languages_fill_in_the_same_places() -> None:
    chinese, english = (catalogue(language) for language in LANGUAGES)
    differ = [key for key in english if set(PLACE.findall(english[key])) != set(PLACE.findall(chinese[key]))]
    assert differ == []


def test_every_word_of_the_vocabulary_is_said() -> None:
    wanted = (
        words("cause", Cause)
        | words("certainty", Certainty)
        | words("tone", Tone)
        | words("role", access.Role)
    )
    wanted |= words("node", flows.KINDS) | words("node_about", flows.KINDS)
    wanted |= words("way", set(flows.FOLLOWERS) - {"next"})
    wanted |= {entry.text for entry in layout.MENU} | words(
        "menu", {f"group_{entry.group}" for entry in layout.MENU}
    )
    for title, names in settings.SECTIONS:
        wanted |= {title} | words("piece", names) | {f"piece.{name}_about" for name in names}
    for piece in pieces.PIECES.values():
        wanted |= {f"piece.{piece.name}_one"} | ({f"piece.{piece.name}_new"} if piece.key else set())
    assert wanted - set(catalogue("en")) == set()


def timeline_words() -> set[str]:
    """What the exchange writes into a call's timeline: the first text of every note and mark."""
    written = re.compile(
        r"""(?:_note\(\s*context,\s*|Mark\(\s*|\.mark\(\s*)"([a-z]+\.[a-z_]+)\"""", re.DOTALL
    )
    exchange = WEBUI.parent / "firmware" / "exchange"
    return {
        word for path in exchange.rglob("*.py") for word in written.findall(path.read_text(encoding="utf-8"))
    }


def test_every_word_of_a_timeline_is_said() -> None:
    assert len(timeline_words()) > 20
    assert words("what", timeline_words()) - set(catalogue("en")) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_of_every_form_has_a_label(language: str) -> None:
    texts = Texts(language)
    models = [piece.model for piece in pieces.PIECES.values()] + list(flows.KINDS.values())
    for model in models:
        for each in forms.fields_of(model, texts, {}):
            assert each.label != each.name, f"{model.__name__}.{each.name}"
            for value, _ in each.choices:
                assert value == "" or texts.has(f"choice.{each.name}.{value}"), f"{each.name}: {value}"


def test_a_text_that_is_missing_shows_as_its_key() -> None:
    assert Texts("zh")("no.such.text") == "no.such.text"


def test_values_are_put_in_as_they_are() -> None:
    assert Texts("en")("voicemail.heard_by", name="{name} <b>") == "heard by {name} <b>"


def test_no_script_imports_one_that_pages_load_themselves() -> None:
    """The page asks for it under its version, the script without: the browser would run it twice."""
    loaded = {
        name
        for page in WEBUI.rglob("*.html")
        for name in re.findall(
            r"""<script[^>]*static\('(\w[\w-]*\.js)'\)""", page.read_text(encoding="utf-8")
        )
    }
    imported = {
        (script.name, name)
        for script in (WEBUI / "static").glob("*.js")
        for name in re.findall(r"""from "\./(\w[\w-]*\.js)\"""", script.read_text(encoding="utf-8"))
    }
    assert "page.js" in loaded
    assert {pair for pair in imported if pair[1] in loaded} == set()
