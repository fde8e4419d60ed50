# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Call records for tests of what is made of them."""

from __future__ import annotations

from firmware.exchange.vocabulary import (
    CallRecord,
    Cause,
    Certainty,
    Instant,
    LegRecord,
    Party,
    QueueVisit,
    TimelineEntry,
)

MONDAY_NS = 1_780_275_600_000_000_000  # 2026-06-01 09:00 in Shanghai
CUSTOMER = "13800138000"


def at(second: float) -> Instant:
    """A moment, so many seconds after Monday 09:00."""
    return Instant(int(1e12 + second * 1e9), int(MONDAY_NS + second * 1e9))


def _leg(
    leg: int,
    port: int,
    party: Party,
    began: Instant,
    ended: Instant,
    *,
    talk_ms: int,
    agent: int = 0,
    recording: int = 0,
) -> LegRecord:
    """Leg 1 is the customer's, leg 2 an agent's."""
    return LegRecord(
        leg=leg,
        role="agent" if agent else "caller",
        port=port,
        direction="out" if agent else "in",
        party=party,
        began=began,
        answered=began,
        ended=ended,
        cause=Cause.NORMAL,
        certainty=None if agent else Certainty.SURE,
        evidence=(),
        agent=agent,
        recording=recording,
        talk_ms=talk_ms,
        hold_ms=0,
    )


def a_call(
    call: int = 1,
    *,
    second: float = 0,
    number: str = CUSTOMER,
    agent: int = 101,
    line: int = 1,
    queue: int = 1,
    wait_s: float = 10,
    talk_s: float = 60,
    outcome: str = "answered",
    direction: str = "in",
) -> CallRecord:
    """A customer waits in a queue, talks to an agent (or doesn't), and hangs up."""
    answered = outcome == "answered"
    began, joined = at(second), at(second + wait_s)
    ended = at(second + wait_s + (talk_s if answered else 0))
    talk_ms = int(talk_s * 1_000) if answered else 0
    caller = _leg(1, line, Party(number), began, ended, talk_ms=talk_ms, recording=call)
    taker = _leg(2, 5, Party(extension="801"), joined, ended, talk_ms=talk_ms, agent=agent)
    visit = QueueVisit(queue, began, joined, outcome, agent if answered else 0, 1)
    return CallRecord(
        call=call,
        direction=direction,
        line=line,
        caller=Party(number, name="=WANG 13800138000"),
        called="02088880001",
        began=began,
        answered=began,
        ended=ended,
        cause=Cause.NORMAL,
        released_by="caller",
        notice=True,
        agent=agent if answered else 0,
        queue=queue,
        legs=(caller, taker) if answered else (caller,),
        queue_visits=(visit,) if queue else (),
        timeline=(
            TimelineEntry(began, "leg.identified", 1, {"number": number, "rings": 2}),
            TimelineEntry(joined, "queue.left", 1, {"outcome": outcome}),
        ),
        revision=1,
    )
