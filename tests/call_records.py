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
    caller = LegRecord(
        leg=1,
        role="caller",
        port=line,
        direction="in",
        party=Party(number),
        began=began,
        answered=began,
        ended=ended,
        cause=Cause.NORMAL,
        certainty=Certainty.SURE,
        evidence=(),
        agent=0,
        recording=call,
        talk_ms=int(talk_s * 1_000) if answered else 0,
        hold_ms=0,
    )
    taker = LegRecord(
        leg=2,
        role="agent",
        port=5,
        direction="out",
        party=Party(extension="801"),
        began=joined,
        answered=joined,
        ended=ended,
        cause=Cause.NORMAL,
        certainty=None,
        evidence=(),
        agent=agent,
        recording=0,
        talk_ms=int(talk_s * 1_000),
        hold_ms=0,
    )
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
