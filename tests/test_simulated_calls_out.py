# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Calls out through the simulated exchange: dial tone, digits, what the number leads to, answer and release."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from drivers.port import GoOffHook, GoOnHook, LoopDrop, LoopRestored, Reversal, RingOn
from drivers.simulated import BUSY_TONE_LINE, Disconnect, Faults, Layout, Treatment
from dsp.vocabulary import DigitBegan, SendDigits, SetBridge, SpeechBegan, Tone, ToneEnded, ToneHeard
from tests.simulated_box import Box, Engines, both_engines, play_scene

TREATMENTS = {
    "02081110001": (Treatment.BUSY, Tone.BUSY),
    "02081110002": (Treatment.VACANT, Tone.VACANT),
    "02081110003": (Treatment.CONGESTION, Tone.CONGESTION),
    "02081110004": (Treatment.NO_ANSWER, Tone.RINGBACK),
    "02087654321": (Treatment.VACANT, Tone.VACANT),
}


async def dialled_out(box: Box, number: str, port: int = 2) -> None:
    """The line is seized, dial tone has come, and the number has been sent."""
    box.listen(port)
    box.act(GoOffHook(port))
    await box.reported(ToneHeard, port=port, tone=Tone.DIAL)
    box.say(SendDigits(port, number, tag=1))
    await box.reported(ToneEnded, port=port, tone=Tone.DIAL)


async def talking(box: Box, port: int = 2) -> None:
    """The box has called the first outside telephone, which has answered."""
    phone = box.card.outside[0]
    await dialled_out(box, phone.number, port)
    await phone.rings(within_s=8)
    phone.lift()
    phone.speak()
    await box.reported(SpeechBegan, port=port)
    phone.hush()


@both_engines
def test_a_called_telephone_rings_answers_talks_and_hears_busy_at_the_end(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.outside[0]
        await dialled_out(box, phone.number)
        await box.reported(ToneHeard, port=2, tone=Tone.RINGBACK, within_s=8)
        assert phone.being_rung
        await phone.shows_caller(box.card.trunks[2].line.number)
        phone.lift()
        phone.press("5")
        box.say(SendDigits(2, "19#", tag=2))
        await phone.hears_digits("19#")
        phone.speak(500)
        await box.reported(SpeechBegan, port=2)
        box.act(GoOnHook(2))
        await phone.hears(Tone.BUSY)
        phone.hang_up()
        await asyncio.sleep(1)
        assert phone.line.free
        assert box.card.trunks[2].line.free
        assert box.card.exchange.dialled == [("02088880002", "13900000001")]

    play_scene(engines, scene)


@both_engines
@pytest.mark.parametrize("number", TREATMENTS)
def test_a_number_that_is_no_telephone_is_treated(engines: Engines, number: str) -> None:
    async def scene(box: Box) -> None:
        await dialled_out(box, number)
        await box.reported(ToneHeard, port=2, tone=TREATMENTS[number][1], within_s=8)
        box.act(GoOnHook(2))
        await asyncio.sleep(1)
        assert box.card.trunks[2].line.free

    play_scene(engines, scene)


@both_engines
@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
def test_an_emergency_number_is_answered_by_speech(engines: Engines, number: str) -> None:
    async def scene(box: Box) -> None:
        await dialled_out(box, number)
        await box.reported(SpeechBegan, port=2, within_s=8)
        assert box.card.emergency_desks[0].off_hook

    play_scene(engines, scene)


@both_engines
def test_an_unfinished_number_is_given_up_after_four_seconds(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await dialled_out(box, "1390")
        dialled_s = box.now_s()
        heard_s, _ = await box.reported(ToneHeard, port=2, tone=Tone.VACANT, within_s=10)
        assert 4 < heard_s - dialled_s < 8

    play_scene(engines, scene)


@both_engines
def test_answer_and_hang_up_turn_the_polarity_where_the_line_does_so(engines: Engines) -> None:
    profile = replace(BUSY_TONE_LINE, answer_reversal=True, disconnect=Disconnect.REVERSAL)

    async def scene(box: Box) -> None:
        await talking(box)
        await box.reported(Reversal, port=2, reversed=True)
        box.card.outside[0].hang_up()
        await box.reported(Reversal, port=2, reversed=False, within_s=2)
        await box.reported(ToneHeard, port=2, tone=Tone.BUSY)

    play_scene(engines, scene, Layout(fxo=2, fxs=0, outside=1, profile=profile))


@both_engines
def test_a_far_hang_up_may_be_told_by_a_loop_drop(engines: Engines) -> None:
    profile = replace(BUSY_TONE_LINE, disconnect=Disconnect.LOOP_DROP, loop_drop_ms=700)

    async def scene(box: Box) -> None:
        await talking(box)
        box.card.outside[0].hang_up()
        dropped_s, _ = await box.reported(LoopDrop, port=2)
        restored_s, _ = await box.reported(LoopRestored, port=2)
        assert restored_s - dropped_s == pytest.approx(0.7, abs=0.02)
        await box.reported(ToneHeard, port=2, tone=Tone.BUSY)

    play_scene(engines, scene, Layout(fxo=2, fxs=0, outside=1, profile=profile))


@both_engines
def test_busy_tone_ends_after_forty_seconds_and_the_line_is_forgotten(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await talking(box)
        box.card.outside[0].hang_up()
        await box.reported(ToneHeard, port=2, tone=Tone.BUSY)
        began_s = box.now_s()
        ended_s, _ = await box.reported(ToneEnded, port=2, tone=Tone.BUSY, within_s=60)
        assert 36 < ended_s - began_s < 44
        assert box.none_of(LoopDrop, Reversal)
        box.act(GoOnHook(2))
        await asyncio.sleep(1)
        assert box.card.trunks[2].line.free

    play_scene(engines, scene)


@both_engines
def test_a_line_may_tell_nothing_at_all_of_a_hang_up(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await talking(box)
        box.card.trunks[2].line.faults = Faults(no_disconnect=1.0)
        box.reports.clear()
        box.card.outside[0].hang_up()
        await asyncio.sleep(120)
        assert box.none_of(ToneHeard, LoopDrop, Reversal)

    play_scene(engines, scene)


@both_engines
def test_a_line_without_dial_tone_still_takes_digits(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        box.listen(2)
        box.act(GoOffHook(2))
        await asyncio.sleep(3)
        assert box.none_of(ToneHeard)
        box.say(SendDigits(2, "02081110001", tag=1))
        await box.reported(ToneHeard, port=2, tone=Tone.BUSY, within_s=8)

    play_scene(engines, scene, Layout(fxo=2, fxs=0, outside=1, faults=Faults(no_dial_tone=1.0)))


@both_engines
def test_dial_tone_may_come_late(engines: Engines) -> None:
    faults = Faults(late_dial_tone=1.0, late_dial_tone_ms=(4000, 4000))

    async def scene(box: Box) -> None:
        box.listen(2)
        box.act(GoOffHook(2))
        heard_s, _ = await box.reported(ToneHeard, port=2, tone=Tone.DIAL, within_s=8)
        assert 4 < heard_s < 6

    play_scene(engines, scene, Layout(fxo=2, fxs=0, outside=1, faults=faults))


@both_engines
def test_a_line_left_off_hook_is_told_busy_and_then_nothing(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        box.listen(2)
        box.act(GoOffHook(2))
        await box.reported(ToneHeard, port=2, tone=Tone.BUSY, within_s=20)
        await box.reported(ToneEnded, port=2, tone=Tone.BUSY, within_s=60)

    play_scene(engines, scene)


@both_engines
def test_a_called_telephone_that_does_not_answer_stops_ringing_after_a_minute(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.outside[0]
        await dialled_out(box, phone.number)
        await phone.rings(within_s=8)
        await box.reported(ToneHeard, port=2, tone=Tone.BUSY, within_s=70)
        assert not phone.being_rung
        assert phone.line.free

    play_scene(engines, scene)


@both_engines
def test_a_telephone_that_is_busy_is_told_to_the_caller(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        box.card.outside[0].lift()
        await dialled_out(box, box.card.outside[0].number)
        await box.reported(ToneHeard, port=2, tone=Tone.BUSY, within_s=8)

    play_scene(engines, scene)


@both_engines
def test_the_box_can_call_itself_from_line_to_line(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await dialled_out(box, box.card.trunks[1].line.number)
        await box.reported(RingOn, port=1, within_s=8)
        box.listen(1)
        box.act(GoOffHook(1))
        await asyncio.sleep(0.5)
        box.say(SendDigits(1, "7", tag=2))
        await box.reported(DigitBegan, port=2, key="7")

    play_scene(engines, scene)


@both_engines
def test_two_lines_bridged_by_the_box_let_their_callers_talk(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        one, other = box.card.outside[0], box.card.outside[1]
        await dialled_out(box, one.number, port=1)
        await dialled_out(box, other.number, port=2)
        await one.rings(8)
        await other.rings(8)
        one.lift()
        other.lift()
        box.say(SetBridge(1, (1, 2)))
        await asyncio.sleep(0.5)
        await one.talks_to(other)
        one.hush()
        await other.talks_to(one)

    play_scene(engines, scene)
