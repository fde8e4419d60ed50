# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the keys pressed so far on a desk phone mean.

Pure: keys in, meaning out.  `ended` says that the time-out has come; '#' among the keys ends a number at once and is
ignored where it ends nothing.  Emergency numbers are looked for first, so nothing an admin sets can hide them.
"""

from __future__ import annotations

import re

import msgspec

from firmware.exchange.codes import ARGUMENTS, Length
from firmware.settings.model import Numbering, OutsideMode, Settings

# Nobody's number is longer (ITU-T E.164 has 15 digits, prefixes come on top), and a thousand keys cost no memory.
DIGITS_MAX = 20


class Incomplete(msgspec.Struct, frozen=True, tag=True):
    """More is needed.  may_end: it means something already, and the time-out or '#' settles it."""

    may_end: bool = False


class Extension(msgspec.Struct, frozen=True, tag=True):
    extension: str


class Outside(msgspec.Struct, frozen=True, tag=True):
    digits: str
    emergency: bool = False


class Operator(msgspec.Struct, frozen=True, tag=True):
    pass


class Code(msgspec.Struct, frozen=True, tag=True):
    """A star code, all its arguments keyed (a secret is collected afterwards).  action: a field of `Codes`."""

    action: str
    arguments: tuple[str, ...] = ()


class Barred(msgspec.Struct, frozen=True, tag=True):
    digits: str


class Vacant(msgspec.Struct, frozen=True, tag=True):
    """No such extension, number or code.  code: it began like a code."""

    code: bool = False


Meaning = Incomplete | Extension | Outside | Operator | Code | Barred | Vacant

# Beginnings of outside numbers whose full length is certain, by country.  China's national plan in outline, general
# knowledge: mobile numbers, the same with a long-distance 0, the two-digit areas, 400 and 800.  Everything else
# (three-digit areas have 7 or 8 digits behind them, short codes may begin longer ones) waits for '#' or the time-out.
_CERTAIN: dict[str, tuple[tuple[re.Pattern[str], int], ...]] = {
    "cn": (
        (re.compile(r"1[3-9]"), 11),
        (re.compile(r"01[3-9]"), 12),
        (re.compile(r"0(10|2[0-9])"), 11),
        (re.compile(r"[48]00"), 10),
    ),
    "us": ((re.compile(r"1[2-9]"), 11),),
}
# Areas of China with a two-digit code have 8-digit numbers; "40" and "80" may become a 400 or 800 number.
_CN_EIGHT_DIGIT_AREA = re.compile(r"10|2[0-9]")
_CN_LOCAL = re.compile(r"[2-8](?!00)[0-9]{2}")


class Plan(msgspec.Struct, frozen=True):
    """What of the settings decides the meaning of keys."""

    numbering: Numbering
    extensions: frozenset[str]
    codes: tuple[tuple[str, str], ...]
    country: str
    area_code: str

    @classmethod
    def of(cls, settings: Settings) -> Plan:
        codes = tuple((code, action) for action, code in settings.codes.model_dump().items())
        extensions = frozenset(phone.extension for phone in settings.phones)
        centre = settings.centre
        return cls(settings.numbering, extensions, codes, centre.country, centre.area_code)


def interpret(keys: str, plan: Plan, ended: bool = False) -> Meaning:
    """The meaning of all keys since dial tone.  keys: 0-9, * and #."""
    if keys.startswith("*"):
        return _code(keys, plan, ended)
    direct = plan.numbering.mode is OutsideMode.DIRECT
    inside = direct and keys.startswith("#")
    keys = keys.lstrip("#")
    digits, hash_key, _ = keys.partition("#")
    ended = ended or bool(hash_key)
    if not digits:
        return Vacant() if ended else Incomplete()
    if "*" in digits:
        return Vacant()
    if digits in plan.numbering.emergency:
        return Outside(digits, emergency=True)
    if inside:
        return _extension(digits, plan, ended)
    if direct:
        return _outside(digits, plan, ended)
    return _with_prefix(digits, plan, ended)


def _with_prefix(digits: str, plan: Plan, ended: bool) -> Meaning:
    numbering = plan.numbering
    prefix = numbering.outside_prefix
    if digits.startswith(prefix) and len(digits) > len(prefix):
        return _outside(digits.removeprefix(prefix), plan, ended)
    if digits == numbering.operator_code:
        return Operator()
    if prefix.startswith(digits) or numbering.operator_code.startswith(digits):
        return Vacant() if ended else Incomplete()
    return _extension(digits, plan, ended)


def _extension(digits: str, plan: Plan, ended: bool) -> Meaning:
    longer = any(
        known.startswith(digits) and known != digits
        for known in (*plan.extensions, *plan.numbering.emergency)
    )
    known = digits in plan.extensions
    if known and (ended or not longer):
        return Extension(digits)
    if longer and not ended:
        return Incomplete(may_end=known)
    return Vacant()


def _outside(digits: str, plan: Plan, ended: bool) -> Meaning:
    numbering = plan.numbering
    if digits in numbering.emergency:
        return Outside(digits, emergency=True)
    may_be_emergency = any(number.startswith(digits) for number in numbering.emergency)
    if not may_be_emergency and any(digits.startswith(prefix) for prefix in numbering.barred_prefixes):
        return Barred(digits)
    if ended and any(prefix.startswith(digits) for prefix in numbering.barred_prefixes):
        # Cut short: its user would hear the exchange, and could key the rest of a barred number to it.
        return Barred(digits)
    if ended or len(digits) >= DIGITS_MAX or _is_certain(digits, plan):
        return Outside(digits[:DIGITS_MAX])
    return Incomplete(may_end=True)


def _is_certain(digits: str, plan: Plan) -> bool:
    for beginning, length in _CERTAIN.get(plan.country, ()):
        if beginning.match(digits):
            return len(digits) >= length
    local = plan.country == "cn" and _CN_EIGHT_DIGIT_AREA.fullmatch(plan.area_code) is not None
    return local and len(digits) >= 8 and _CN_LOCAL.match(digits) is not None


def _code(keys: str, plan: Plan, ended: bool) -> Meaning:
    for code, action in plan.codes:
        if keys.startswith(code):
            return _arguments(action, keys.removeprefix(code), ended)
    begins = any(code.startswith(keys) for code, _ in plan.codes)
    return Incomplete() if begins and not ended else Vacant(code=True)


def _arguments(action: str, keys: str, ended: bool) -> Meaning:
    """The arguments behind a code: a fixed number of keys each, or free until '#' or the time-out."""
    arguments: list[str] = []
    for length in ARGUMENTS[action]:
        keys = keys.lstrip("#")
        if length is Length.ONE:
            value, keys, closed = keys[:1], keys[1:], len(keys) > 0
        else:
            value, hash_key, keys = keys.partition("#")
            closed = bool(hash_key) or len(value) >= DIGITS_MAX
        if not value.isdigit():
            return Vacant(code=True) if closed or value or ended else Incomplete()
        if not closed and not ended:
            return Incomplete(may_end=True)
        arguments.append(value[:DIGITS_MAX])
    return Code(action, tuple(arguments))
