# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The bell of a desk phone, and the caller ID it shows (C6)."""

from __future__ import annotations

from drivers.port import (
    OffHook,
    Ring,
    StopRing,
)
from dsp.vocabulary import (
    CallerIdFormat,
    SendCallerId,
    StopSend,
    Tone,
)
from firmware.exchange.commands import Actor
from firmware.exchange.station_bell import CALLER_ID_AFTER_RING_MS, INSIDE_CADENCE_MS, OUTSIDE_CADENCE_MS
from firmware.exchange.vocabulary import Cause
from tests.worlds.telephony import Telephony, with_phone

ADMIN = Actor("web", "admin", "admin")


def rung_from_outside(box: Telephony) -> None:
    box.call_in(1)
    box.run_until(lambda: box.ringing[5])


def test_calls_from_outside_and_inside_ring_differently() -> None:
    box = Telephony()
    rung_from_outside(box)
    assert Ring(5, OUTSIDE_CADENCE_MS) in box.new(Ring)
    box = Telephony()
    box.dial(6, "801")
    assert box.new(Ring) == [Ring(5, INSIDE_CADENCE_MS)]


def test_caller_id_is_sent_in_the_first_pause_of_the_bell() -> None:
    box = Telephony()
    rung_from_outside(box)
    box.mark()
    box.run(OUTSIDE_CADENCE_MS[0] + CALLER_ID_AFTER_RING_MS - 150)
    assert box.new(SendCallerId) == []
    box.run(200)
    sent = [send for send in box.new(SendCallerId) if send.port == 5]
    assert [(send.format, send.number) for send in sent] == [(CallerIdFormat.FSK, "13800138000")]


def test_a_phone_inside_shows_extension_and_name() -> None:
    box = Telephony()
    box.dial(6, "801")
    box.run(2_000)
    sent = box.new(SendCallerId)[-1]
    assert (sent.number, sent.name) == ("802", "话机802")


def test_dtmf_caller_id_comes_before_the_bell() -> None:
    box = Telephony(with_phone(5, caller_id="dtmf"))
    box.dial(6, "801")
    assert box.new(SendCallerId)[-1].format is CallerIdFormat.DTMF_D_C
    assert not box.ringing[5]
    box.run(1_000)
    assert box.ringing[5]


def test_a_phone_that_wants_no_caller_id_gets_none() -> None:
    box = Telephony(with_phone(5, caller_id="none"))
    box.dial(6, "801")
    box.run(5_000)
    assert box.new(SendCallerId) == []


def test_caller_id_is_broken_off_when_the_phone_is_lifted() -> None:
    box = Telephony()
    box.dial(6, "801")
    box.run(1_600)
    assert box.new(SendCallerId)
    box.lift(5)
    assert StopSend(5) in box.new(StopSend)


def test_lifting_before_the_caller_id_means_none_is_sent() -> None:
    box = Telephony()
    box.dial(6, "801")
    box.run(500)
    box.lift(5)
    box.run(10_000)
    assert box.new(SendCallerId) == []


def test_lifting_in_the_instant_the_bell_begins_answers() -> None:
    box = Telephony()
    box.dial(6, "801", and_wait=False)
    box.fact(OffHook(5))
    assert box.hears(6) == {5}


def test_lifting_in_the_instant_before_gives_dial_tone_and_the_caller_busy() -> None:
    box = Telephony()
    box.lift(5)
    box.dial(6, "801", and_wait=False)
    assert (box.tones[5], box.tones[6]) == (Tone.DIAL, Tone.BUSY)


def test_the_bell_stops_when_the_caller_hangs_up() -> None:
    box = Telephony()
    box.dial(6, "801")
    box.hang_up(6)
    assert StopRing(5) in box.new(StopRing)
    assert not box.ringing[5]
    box.all_is_over()


def test_nobody_answers_a_desk_phone_for_ever() -> None:
    box = Telephony()
    box.dial(6, "801")
    box.run(60_100)
    assert not box.ringing[5]
    assert box.tones[6] is Tone.BUSY
    assert box.records[-1].cause is Cause.NO_ANSWER
