# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Settings as one TOML file, out and in.  What goes out comes in the same."""

from __future__ import annotations

import tomllib
from typing import Any

import tomli_w

from firmware.settings.faults import Fault
from firmware.settings.model import Settings

HEAD = """\
# The settings of a Switchroom.  Check them with `switchroom settings check FILE`, put them in force with
# `switchroom settings apply FILE`.  What is left out has its usual value; an unknown key is refused.
"""


def to_plain(settings: Settings) -> dict[str, Any]:
    """Dicts, lists, strings and numbers alone; what is None is left out, as TOML has no word for it."""
    plain: dict[str, Any] = settings.model_dump(mode="json", exclude_none=True)
    return plain


def to_toml(settings: Settings) -> str:
    return HEAD + "\n" + tomli_w.dumps(to_plain(settings), multiline_strings=False)


def from_toml(text: str) -> tuple[dict[str, Any], list[Fault]]:
    """Plain data for `check.read`, or the one fault of a text that is no TOML (it names the line)."""
    try:
        return tomllib.loads(text), []
    except tomllib.TOMLDecodeError as error:
        return {}, [Fault("", "not_toml", {"why": str(error)})]
    except RecursionError:
        return {}, [Fault("", "not_toml", {"why": "nested too deeply"})]
