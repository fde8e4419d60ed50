# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Hides telephone numbers from those who may not see them.  Here and nowhere else: pages, exports and the API
use it."""

from __future__ import annotations

import re
from typing import Any

SHORT_DIGITS = 6  # extensions and public service numbers are nobody's secret
DIGIT_RUN = re.compile(r"[0-9](?:[ -]?[0-9]){6,}")  # a number written with blanks or dashes is one too


def hides_numbers(role: str) -> bool:
    """Whether this role sees numbers masked.  A role nobody knows does."""
    return role not in ("admin", "supervisor")


def mask(number: str) -> str:
    """138****8000: the four digits before the last four are hidden; of seven, the three.  Up to six are
    shown."""
    places = [place for place, sign in enumerate(number) if sign.isdigit()]
    if len(places) <= SHORT_DIGITS:
        return number
    hidden = set(places[max(0, len(places) - 8) : -4])
    return "".join("*" if place in hidden else sign for place, sign in enumerate(number))


def mask_text(text: str) -> str:
    """The text with every run of seven digits or more masked."""
    return DIGIT_RUN.sub(lambda found: mask(found[0]), text)


def mask_all(value: Any) -> Any:
    """The same for every string in plain data (dicts, lists), keys left alone."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {key: mask_all(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_all(item) for item in value]
    return value
