# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Desk telephones of the simulated card: what they do to the line, hear of it, and say to who waits for them."""

from __future__ import annotations

import asyncio
import json
import math
import struct

import pytest

from drivers.port import (
    CardError,
    DropLoop,
    GoOffHook,
    HookClosed,
    OffHook,
    OnHook,
    Pulses,
    ReversePolarity,
    Ring,
    SetFlashWindow,
    StopRing,
)
from drivers.simulated import Habit, Layout, NotHeard, NotLifted
from dsp.vocabulary import (
    CallerIdFormat,
    DigitBegan,
    SendCallerId,
    SendDigits,
    SendTone,
    SetBridge,
    SpeechBegan,
    SpeechEnded,
    StopTone,
    Tone,
)
from tests.simulated_box import Box, Engines, both_engines, only_sound, play_scene


@both_engines
def test_a_desk_phone_rings_shows_the_caller_and_is_lifted(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        box.act(Ring(3))
        await phone.rings(1)
        await asyncio.sleep(1.6)
        box.say(SendCallerId(3, CallerIdFormat.FSK, "13800138000", tag=1, name="王小明"))
        await phone.shows_caller("13800138000")
        assert phone.last_caller_id is not None
        assert phone.last_caller_id.name == "王小明"
        phone.lift()
        await box.reported(OffHook, port=3)
        assert not phone.being_rung
        await phone.stops_ringing()

    play_scene(engines, scene)


@both_engines
def test_a_desk_phone_hears_tones_digits_and_speech(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone, other = box.card.desks[3], box.card.desks[4]
        phone.lift()
        other.lift()
        box.say(SendTone(3, Tone.DIAL))
        await phone.hears(Tone.DIAL, 2)
        box.say(StopTone(3), SendDigits(3, "*68#", tag=1))
        await phone.hears_digits("*68#")
        box.say(SetBridge(1, (3, 4)))
        await other.talks_to(phone)
        other.hush()
        await phone.hears_silence(0.5)
        assert "tone dial" in [f"{entry.what} {entry.detail}" for entry in phone.log.entries()]

    play_scene(engines, scene)


@both_engines
def test_keys_pulses_and_speech_of_a_desk_phone_reach_the_box(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        box.listen(3)
        phone.lift()
        await phone.press("9#")
        await box.reported(DigitBegan, port=3, key="9")
        await box.reported(DigitBegan, port=3, key="#")
        await phone.pulse("20")
        await box.reported(Pulses, port=3, count=2)
        await box.reported(Pulses, port=3, count=10)
        phone.speak(800)
        began_s, _ = await box.reported(SpeechBegan, port=3)
        ended_s, _ = await box.reported(SpeechEnded, port=3)
        assert 0.6 < ended_s - began_s < 2

    play_scene(engines, scene)


@both_engines
@pytest.mark.parametrize("open_ms", [60, 300, 690])
def test_a_flash_is_told_with_its_length(engines: Engines, open_ms: int) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        box.act(SetFlashWindow(3, 700))
        phone.lift()
        await box.reported(OffHook)
        phone.flash(open_ms)
        _, closed = await box.reported(HookClosed, port=3)
        assert closed.open_ms == open_ms
        phone.flash(900)
        await box.reported(OnHook, port=3)
        await box.reported(OffHook, port=3)
        phone.hang_up()
        await box.reported(OnHook, port=3)

    play_scene(engines, scene)


@both_engines
def test_a_wait_in_vain_tells_what_was_heard_instead(engines: Engines) -> None:
    async def scene(box: Box) -> str:
        phone = box.card.desks[3]
        phone.lift()
        box.say(SendTone(3, Tone.BUSY))
        with pytest.raises(NotHeard) as caught:
            await phone.hears(Tone.RINGBACK, within_s=4)
        return str(caught.value)

    complaint = play_scene(engines, scene)
    assert "desk 3: no ringback tone within 4 s; now: busy" in complaint
    assert "tone busy" in complaint


@both_engines
def test_each_wait_needs_its_own_digits_and_speech(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        phone.lift()
        box.say(SendDigits(3, "12", tag=1))
        await phone.hears_digits("12")
        with pytest.raises(NotHeard):
            await phone.hears_digits("12", within_s=2)

    play_scene(engines, scene)


@both_engines
def test_what_was_heard_before_lifting_again_meets_no_wait(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        box.say(SendTone(3, Tone.BUSY))
        phone.lift()
        await phone.hears(Tone.BUSY)
        await asyncio.sleep(1)
        phone.hang_up()
        box.say(StopTone(3))
        await asyncio.sleep(2)
        phone.lift()
        for wait in (phone.hears(Tone.BUSY, 2), phone.hears_speech(2), phone.hears_digits("1", 2)):
            with pytest.raises(NotHeard):
                await wait

    play_scene(engines, scene)


@both_engines
def test_calling_again_at_once_is_a_hang_up_first(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        box.act(SetFlashWindow(3, 1250))
        phone.lift()
        await box.reported(OffHook, port=3)
        phone.hang_up()
        box.say(SendTone(3, Tone.DIAL))
        box.listen(3)
        await phone.call("8")
        await box.reported(OnHook, port=3)
        await box.reported(OffHook, port=3)
        await box.reported(DigitBegan, port=3, key="8")

    play_scene(engines, scene)


@both_engines
def test_polarity_and_loop_are_felt_by_the_telephone(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        phone.lift()
        box.act(ReversePolarity(3, True))
        await phone.feels("reversal")
        box.act(DropLoop(3, 600))
        await phone.feels("loop_drop")
        await phone.feels("loop_back", 1)

    play_scene(engines, scene)


@both_engines
def test_a_telephone_with_a_habit_answers_talks_and_leaves(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        phone.habit = Habit(answer_after_ms=2000, speak_ms=500, hang_up_after_ms=5000)
        box.listen(3)
        box.act(Ring(3))
        lifted_s, _ = await box.reported(OffHook, port=3)
        await box.reported(SpeechBegan, port=3)
        left_s, _ = await box.reported(OnHook, port=3, within_s=10)
        assert 2 < lifted_s < 2.1
        assert 5 < left_s - lifted_s < 7

    play_scene(engines, scene)


@both_engines
def test_a_telephone_whose_ring_stops_in_time_does_not_answer(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        phone.habit = Habit(answer_after_ms=2000)
        box.act(Ring(3))
        await phone.rings(1)
        await asyncio.sleep(1.5)
        box.act(StopRing(3))
        await phone.stops_ringing()
        await phone.stays_silent(5)
        assert not phone.off_hook

    play_scene(engines, scene)


@both_engines
def test_a_telephone_on_hook_has_no_keys(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        with pytest.raises(NotLifted, match="desk 3 is on hook"):
            phone.press("1")
        phone.lift()
        with pytest.raises(ValueError, match="no telephone has all the keys"):
            phone.press("1x")

    play_scene(engines, scene)


@both_engines
def test_a_port_the_card_does_not_have_is_refused(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        with pytest.raises(CardError, match="no port 9"):
            box.act(GoOffHook(9))

    play_scene(engines, scene)


@both_engines
def test_the_status_of_all_far_ends_is_plain_data(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await box.card.outside[0].call("02088880000")
        status = json.loads(json.dumps(box.card.status()))
        assert [desk["port"] for desk in status["desks"]] == [3, 4]
        assert status["outside"][0]["off_hook"]
        assert status["outside"][0]["heard"][0]["what"] == "lift"
        assert status["lines"][0] == {"port": 1, "number": "02088880001", "state": "idle"}

    play_scene(engines, scene)


@only_sound
def test_a_browser_hears_and_speaks_through_a_telephone(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone, other = box.card.desks[3], box.card.desks[4]
        stream = box.card.attach_stream(phone)
        box.say(SendTone(3, Tone.DIAL))
        await asyncio.sleep(0.5)
        assert not any(stream.read(8000))  # on hook nothing is heard
        box.say(StopTone(3))
        phone.lift()
        other.lift()
        box.say(SetBridge(1, (3, 4)))
        await asyncio.sleep(0.5)
        stream.read(8000)
        other.press("5")
        await asyncio.sleep(0.5)
        heard = stream.read(8000)
        peak = max(abs(value) for (value,) in struct.iter_unpack("<h", heard))
        assert peak > 3000
        tones = [8000 * (math.sin(0.547 * n) + math.sin(1.05 * n)) for n in range(1600)]  # 697 and 1336 Hz: 2
        stream.write(struct.pack("<1600h", *(int(value) for value in tones)))
        await other.hears_digits("2", 2)
        phone.hang_up()
        await asyncio.sleep(0.2)
        stream.read(8000)
        box.say(SendTone(3, Tone.DIAL))
        await asyncio.sleep(0.2)
        assert not any(stream.read(8000))
        with pytest.raises(CardError, match="taken"):
            box.card.attach_stream(other)
        box.card.detach_stream(phone)
        box.card.attach_stream(other)
        box.card.detach_stream(other)

    play_scene(engines, scene, Layout(fxo=1, fxs=3, outside=0, streams=1))


@both_engines
def test_a_fact_comes_after_the_act_that_caused_it(engines: Engines) -> None:
    """A card answers by an interrupt: `act` returns before the fact is delivered."""

    async def scene(box: Box) -> None:
        await box.card.outside[0].call("02088880000")
        while not box.card.trunks[1].line.ringing:
            await asyncio.sleep(0.01)
        before = len(box.reports)
        box.act(GoOffHook(1))
        assert len(box.reports) == before

    play_scene(engines, scene)
