# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Clashes in the numbering plan: no number may begin another, and nothing may stand in the way of an
emergency call."""

from __future__ import annotations

import re
from collections.abc import Iterator

from firmware.settings.draft import Draft
from firmware.settings.faults import Fault
from firmware.settings.model import Numbering, OutsideMode

CODE = re.compile(r"\*(?:[0-9]{2}|\*)")
EMERGENCY_CN = ("110", "119", "120", "122")
# Outside numbers, the operator and emergency numbers begin so in every country we know.
RESERVED_DIGITS = {
    "0": ("reserved for the operator and long distance", "留给总机和长途"),
    "1": ("reserved for emergency numbers", "留给紧急号码"),
    "9": ("reserved for outside lines", "留给外线"),
}


def faults(draft: Draft) -> Iterator[Fault]:
    yield from _emergency(draft)
    yield from _prefixes(draft.numbering)
    yield from _codes(draft.codes)
    yield from _extensions(draft)


def _emergency(draft: Draft) -> Iterator[Fault]:
    """Numbers may be added to the list; which are the least elsewhere is the admin's to know."""
    given = draft.numbering.emergency
    for number in EMERGENCY_CN if draft.centre.country == "cn" else ():
        if number not in given:
            yield Fault("numbering.emergency", "no_emergency", {"value": number})
    if not given and draft.centre.country != "cn":
        yield Fault("numbering.emergency", "missing")


def _prefixes(plan: Numbering) -> Iterator[Fault]:
    if plan.mode is not OutsideMode.PREFIX:
        return
    outside, operator = plan.outside_prefix, plan.operator_code
    if begins(outside, operator):
        named = {"value": operator, "what": "the outside prefix", "what_zh": "外线字冠", "other": outside}
        yield Fault("numbering.operator_code", "plan_clash", named)
    for name, digits in (("outside_prefix", outside), ("operator_code", operator)):
        for number in plan.emergency:
            if begins(digits, number):
                named = {
                    "value": digits,
                    "what": "the emergency number",
                    "what_zh": "紧急号码",
                    "other": number,
                }
                yield Fault(f"numbering.{name}", "plan_clash", named)


def _codes(codes: dict[str, str]) -> Iterator[Fault]:
    before: list[tuple[str, str]] = []
    for name, code in codes.items():
        if not CODE.fullmatch(code):
            yield Fault(f"codes.{name}", "code_form")
        for other_name, other in before:
            if begins(code, other):
                shorter, longer = sorted((code, other), key=len)
                named = {"value": shorter, "other": f"{longer} (codes.{other_name})"}
                yield Fault(f"codes.{name}", "code_prefix", named)
        before.append((name, code))


def _extensions(draft: Draft) -> Iterator[Fault]:
    plan = draft.numbering
    numbers = sorted({phone.item.extension for phone in draft.phones})
    for phone in draft.phones:
        extension, path = phone.item.extension, f"{phone.path}.extension"
        yield from _first_digits(extension, path, plan)
        for other in numbers:
            if other != extension and other.startswith(extension):
                yield Fault(path, "extension_prefix", {"value": extension, "other": other})


def _first_digits(extension: str, path: str, plan: Numbering) -> Iterator[Fault]:
    if extension[0] in RESERVED_DIGITS:
        why, why_zh = RESERVED_DIGITS[extension[0]]
        yield Fault(path, "extension_begins", {"value": extension[0], "why": why, "why_zh": why_zh})
    taken = [(number, "an emergency number", "紧急号码") for number in plan.emergency]
    if plan.mode is OutsideMode.PREFIX:
        taken.append((plan.outside_prefix, "the outside prefix", "外线字冠"))
        taken.append((plan.operator_code, "the operator's code", "总机号码"))
    for value, why, why_zh in taken:
        if extension[0] not in RESERVED_DIGITS and begins(extension, value):
            yield Fault(path, "extension_begins", {"value": value, "why": why, "why_zh": why_zh})


def begins(one: str, other: str) -> bool:
    """Whether either begins the other: keys alone couldn't tell them apart."""
    return one.startswith(other) or other.startswith(one)
