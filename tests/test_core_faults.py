# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Faults of ours: what fails at whatever it is told is taken away whole, and nothing that was with it is stuck."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dsp.vocabulary import SendTone, Tone
from firmware.exchange.call import Call
from firmware.exchange.machine import Context, Machine
from firmware.exchange.offer import Offer
from firmware.exchange.vocabulary import Cause, Expired
from hil import settings as shapes
from tests.test_core_queueing import Centre, port_of
from tests.worlds.invariants import broken, left_over


@pytest.fixture
def centre() -> Centre:
    """Nothing is asked after each fact: what fails leaves things behind for a while, which is what this is about."""
    centre = Centre(shapes.centre())
    centre.after_fact = lambda: None
    centre.log_in(101, "803")
    return centre


def failing(
    monkeypatch: pytest.MonkeyPatch, kind: type[Machine], when: Callable[[object], bool] = lambda event: True
) -> None:
    """Machines of this kind that exist fail from now on; those to come work."""
    receive = kind.receive

    def fail(machine: Machine, event: object, context: Context) -> object:
        if machine.number == 1 and when(event):
            raise ZeroDivisionError("a fault of ours")
        return receive(machine, event, context)  # type: ignore[arg-type]

    monkeypatch.setattr(kind, "receive", fail)


def serves_the_next_caller(centre: Centre, line: int) -> None:
    """The agent's phone works, the next caller rings it and is answered, and in the end nothing is left over."""
    port = port_of("803")
    assert centre.agent(101).state == "idle"
    centre.effects.clear()
    centre.lift(port)
    assert SendTone(port, Tone.DIAL) in centre.effects
    centre.hang_up(port)
    centre.run(1_000)
    centre.queue_up(line)
    assert centre.ringing[port]
    centre.lift(port)
    assert centre.agent(101).state == "talking"
    assert broken(centre.core) == []
    centre.end_call(line, port)
    centre.run(60_000)
    assert left_over(centre.core) == []


def test_an_offer_that_fails_leaves_no_agent_reserved(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C9: where nobody ends a reservation, it expires."""
    centre.queue_up(1)
    assert centre.agent(101).state == "reserved"
    failing(monkeypatch, Offer)
    centre.run(60_000)
    assert centre.faults
    serves_the_next_caller(centre, 2)


def test_a_call_that_fails_leaves_no_agent_talking(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.queue_up(1)
    centre.lift(port_of("803"))
    assert centre.agent(101).state == "talking"
    failing(monkeypatch, Call)
    centre.end_call(1, port_of("803"))
    centre.run(60_000)
    assert [record.cause for record in centre.records] == [Cause.FAULT]
    serves_the_next_caller(centre, 2)


def test_a_ring_whose_end_is_never_told_ends(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call's own time-out is lost; the offer's comes two seconds later, and counts as a miss."""
    receive = Call.receive

    def deaf(call: Call, event: object, context: Context) -> object:
        if isinstance(event, Expired) and event.timer.startswith("reach"):
            return ()
        return receive(call, event, context)  # type: ignore[arg-type]

    monkeypatch.setattr(Call, "receive", deaf)
    centre.queue_up(1)
    assert centre.agent(101).state == "reserved"
    centre.run(shapes.centre().queues[0].ring_s * 1000 + 3_000)
    assert centre.agent(101).misses == 1
    assert not centre.ringing[port_of("803")]
