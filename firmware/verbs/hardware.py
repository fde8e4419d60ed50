# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The card and its ports, live; the machine's cards and spans; and a test of one port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drivers.hardware import findings, inventory
from drivers.hardware.machine import Machine
from dsp import measure
from dsp.vocabulary import SAMPLE_RATE_HZ, Tone, ToneHeard
from firmware.exchange.commands import DialFrom
from firmware.shell.lending import Loan, LoanLost, NotLent
from firmware.verbs.verb import SETTERS, STAFF, Desk, Refused, Request, Verb

DIAL_TONE_S = 8.0
SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000
MEASURED_MS = 400
SIMULATED = "simulated"


async def hardware(desk: Desk, request: Request) -> Mapping[str, Any]:
    """machine: also what is plugged in and what DAHDI makes of it."""
    card, ports = desk.exchange.ports_now()
    answer: dict[str, Any] = {"card": card, "ports": ports}
    if request.flag("machine", False):
        answer["machine"] = await desk.aside(_machine, card)
    return answer


def _machine(card: str) -> dict[str, Any]:
    found = inventory.take(Machine())
    wrong = [each for each in findings.examine(found) if card != SIMULATED or each.code != "no_card"]
    return {
        "kernel": found.kernel,
        "dahdi": found.dahdi,
        "cards": [
            {"place": each.device.place, "id": each.device.id, "name": each.card.name, "kind": each.card.kind,
             "driver": each.card.driver, "state": each.state}
            for each in found.cards
        ],
        "spans": [
            {"span": span.number, "name": span.name, "type": span.type, "channels": span.channel_count,
             "is_timing_master": span.is_timing_master, "alarms": span.alarms, **span.counters}
            for span in found.spans
        ],
        "findings": [each.plain() for each in wrong],
    }  # fmt: skip


async def port_test(desk: Desk, request: Request) -> Mapping[str, Any]:
    """A phone rings its bell, a line is lifted and listened to; only what is at rest is tested."""
    port = request.whole("port")
    settings = desk.exchange.settings
    for phone in settings.phones:
        if phone.port == port:
            return await _ring(desk, request, port, phone.extension)
    if any(line.port == port for line in settings.lines):
        return await _listen(desk, request, port)
    raise Refused("not_found", f"no line and no phone of the settings is at port {port}")


async def _ring(desk: Desk, request: Request, port: int, extension: str) -> Mapping[str, Any]:
    """As click to dial does it: whoever lifts hears which phone it is."""
    report = desk.exchange.board.phones.get(port)
    if report is None or report.state != "idle":
        raise Refused(
            "conflict", f"phone {extension} is {report.state if report else 'not there'}, not at rest"
        )
    settings = desk.exchange.settings
    reply = await desk.exchange.command(request.actor, DialFrom(extension, settings.codes.who_am_i))
    if not reply.ok:
        raise Refused(reply.cause.value if reply.cause else "fault", reply.detail)
    return {"test": "bell", "rings_s": settings.timers.ring_back_s}


async def _listen(desk: Desk, request: Request, port: int) -> Mapping[str, Any]:
    lending = desk.exchange.lending
    try:
        loan = await lending.line(request.actor, port, rings=False)
    except NotLent as refused:
        raise Refused("conflict", f"line {port} is not at rest: {refused.cause}") from refused
    try:
        return await _dial_tone(loan)
    except LoanLost as lost:
        raise Refused("conflict", f"line {port} was needed meanwhile: it is {lost.state} now") from lost
    finally:
        lending.give_back(request.actor, loan)


async def _dial_tone(loan: Loan) -> Mapping[str, Any]:
    lifted = loan.lift()
    heard = await loan.hears(
        ToneHeard, DIAL_TONE_S, lambda each: each.tone in (Tone.DIAL, Tone.STUTTER_DIAL), since=lifted
    )
    sound = loan.sound(lifted)[-MEASURED_MS * SAMPLES_PER_MS :]
    pitch = measure.pitch(sound)
    return {
        "test": "dial_tone",
        "heard": heard is not None,
        "after_ms": (heard[0] - lifted) // SAMPLES_PER_MS if heard is not None else None,
        "level_dbm0": round(measure.level_dbm0(sound), 1),
        "freq_hz": round(pitch.freq_hz) if pitch is not None else None,
    }


VERBS = {
    "hardware": Verb(hardware, STAFF),
    "port_test": Verb(port_test, SETTERS, changes=True),
}
