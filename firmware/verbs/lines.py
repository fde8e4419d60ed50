# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The line doctor's measurements, one a request; each takes from seconds to two minutes (`firmware.line_doctor`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from firmware.line_doctor import calls, measuring
from firmware.verbs.verb import SETTERS, Desk, Refused, Request, Verb

NUMBER = re.compile(r"[0-9*#]{2,32}")


async def measure_line(desk: Desk, request: Request) -> Mapping[str, Any]:
    digit = request.text("digit", "2", 1)
    if not digit.isascii() or not digit.isdigit():
        raise Refused("bad_request", "digit: one digit that some longer number begins with")
    found = await measuring.measure_line(desk.exchange.lending, request.actor, request.whole("port"), digit)
    return {"found": msgspec.to_builtins(found)}


async def measure_call(desk: Desk, request: Request) -> Mapping[str, Any]:
    caller, called = request.whole("caller"), request.whole("called")
    if caller == called:
        raise Refused("bad_request", "caller, called: two different lines")
    number = _number(desk, request.text("number", longest=32))
    own = _number(desk, request.text("own_number", longest=32)) if request.has("own_number") else ""
    found = await calls.measure_call(desk.exchange.lending, request.actor, caller, called, number, own)
    return {"found": msgspec.to_builtins(found)}


async def measure_hang_up(desk: Desk, request: Request) -> Mapping[str, Any]:
    found = await measuring.measure_hang_up(desk.exchange.lending, request.actor, request.whole("port"))
    return {"found": msgspec.to_builtins(found)}


async def measure_flash(desk: Desk, request: Request) -> Mapping[str, Any]:
    found = await measuring.measure_flash(desk.exchange.lending, request.actor, request.whole("port"))
    return {"found": msgspec.to_builtins(found)}


def _number(desk: Desk, number: str) -> str:
    """A test call disturbs nobody: least of all an emergency desk."""
    numbering = desk.exchange.settings.numbering
    if not NUMBER.fullmatch(number):
        raise Refused("bad_request", "number: 2 to 32 of 0-9 * #, as it is dialled from the line")
    if number in numbering.emergency or number.startswith(numbering.barred_prefixes):
        raise Refused("bad_request", f"number: {number} is no line of this box")
    return number


VERBS = {
    "measure_line": Verb(measure_line, SETTERS, changes=True, ends_with_client=True),
    "measure_call": Verb(measure_call, SETTERS, changes=True, ends_with_client=True),
    "measure_hang_up": Verb(measure_hang_up, SETTERS, changes=True, ends_with_client=True),
    "measure_flash": Verb(measure_flash, SETTERS, changes=True, ends_with_client=True),
}
