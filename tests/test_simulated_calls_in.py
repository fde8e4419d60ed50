# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Calls in through the simulated exchange: hunting, ringing, caller ID, glare, and how they end."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from drivers.port import FlashLine, GoOffHook, GoOnHook, LoopDrop, LoopRestored, Reversal, RingOff, RingOn
from drivers.simulated import (
    BUSY_TONE_LINE,
    DTMF_LINE,
    CallerIdFault,
    CallerIdTime,
    Disconnect,
    Faults,
    Layout,
    LineProfile,
)
from dsp.vocabulary import (
    CallerIdFormat,
    CallerIdHeard,
    Detector,
    DigitBegan,
    Presentation,
    SpeechBegan,
    Tone,
    ToneHeard,
)
from tests.simulated_box import Box, Engines, both_engines, only_sound, play_scene

PILOT = "02088880000"


def layout(profile: LineProfile = BUSY_TONE_LINE, faults: Faults | None = None) -> Layout:
    return Layout(fxo=2, fxs=0, outside=3, streams=0, profile=profile, faults=faults or Faults())


async def ringing(box: Box) -> float:
    """An outside telephone calls the pilot; when the first ring came."""
    box.listen(1, Detector.CALLER_ID)
    await box.card.outside[0].call(PILOT)
    rung_s, _ = await box.reported(RingOn, port=1, within_s=10)
    return rung_s


@both_engines
def test_a_call_rings_one_second_in_five_and_tells_the_caller_by_fsk(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        first_s = await ringing(box)
        over_s, _ = await box.reported(RingOff)
        told_s, caller_id = await box.reported(CallerIdHeard)
        second_s, _ = await box.reported(RingOn)
        assert over_s - first_s == pytest.approx(1, abs=0.02)
        assert second_s - first_s == pytest.approx(5, abs=0.02)
        assert over_s + 0.5 < told_s < second_s
        assert (caller_id.number, caller_id.intact) == ("13900000001", True)
        assert caller_id.format is CallerIdFormat.FSK
        await box.card.outside[0].hears(Tone.RINGBACK)

    play_scene(engines, scene, layout())


@both_engines
def test_dtmf_caller_id_comes_before_the_first_ring_after_a_reversal(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        first_s = await ringing(box)
        turned_s, _ = await box.reported(Reversal, reversed=True)
        told_s, caller_id = await box.reported(CallerIdHeard)
        back_s, _ = await box.reported(Reversal, reversed=False)
        assert turned_s < told_s < first_s
        assert turned_s < back_s < first_s
        assert caller_id.number == "13900000001"

    play_scene(engines, scene, layout(DTMF_LINE))


@both_engines
@pytest.mark.parametrize(
    "format", [CallerIdFormat.DTMF_A_HASH, CallerIdFormat.DTMF_HASH, CallerIdFormat.DTMF_A_C]
)
def test_the_other_dtmf_formats_are_sent_too(engines: Engines, format: CallerIdFormat) -> None:
    async def scene(box: Box) -> None:
        await ringing(box)
        _, caller_id = await box.reported(CallerIdHeard)
        assert caller_id.number == "13900000001"

    play_scene(engines, scene, layout(replace(DTMF_LINE, caller_id_format=format)))


@both_engines
def test_a_withheld_number_is_told_as_withheld(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await ringing(box)
        _, caller_id = await box.reported(CallerIdHeard)
        assert (caller_id.number, caller_id.presentation) == ("", Presentation.WITHHELD)

    play_scene(engines, scene, layout(replace(BUSY_TONE_LINE, withheld=True)))


@both_engines
def test_a_line_without_caller_id_only_rings(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await ringing(box)
        await box.reported(RingOn, within_s=6)
        assert box.none_of(CallerIdHeard, Reversal)

    play_scene(engines, scene, layout(replace(BUSY_TONE_LINE, caller_id=CallerIdTime.NEVER)))


@both_engines
@pytest.mark.parametrize("answer_after_s", [0.3, 3.0], ids=["in_the_burst", "in_the_silence"])
def test_answering_trips_the_ring_and_the_parties_talk_at_once(
    engines: Engines, answer_after_s: float
) -> None:
    async def scene(box: Box) -> None:
        caller = box.card.outside[0]
        await ringing(box)
        await asyncio.sleep(answer_after_s)
        box.listen(1)
        box.act(GoOffHook(1))
        answered_s = box.now_s()
        off_s, _ = await box.reported(RingOff, port=1)
        assert off_s <= answered_s + 0.001 if answer_after_s < 1 else off_s < answered_s
        caller.press("42")
        await box.reported(DigitBegan, port=1, key="4", within_s=0.5)
        await asyncio.sleep(6)
        assert box.none_of(RingOn)
        caller.speak(1000)
        await box.reported(SpeechBegan, port=1)

    play_scene(engines, scene, layout())


@both_engines
def test_caller_id_breaks_off_when_the_box_goes_off_hook(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        caller = box.card.outside[0]
        await caller.call(PILOT)
        await box.reported(Reversal, port=1, reversed=True, within_s=8)
        await asyncio.sleep(0.8)  # some digits of the caller ID are out
        box.listen(1)
        box.act(GoOffHook(1))
        await asyncio.sleep(0.3)
        box.reports.clear()
        await asyncio.sleep(3)
        assert box.none_of(DigitBegan, RingOn)
        assert not box.card.trunks[1].line.reversed
        caller.press("*")
        await box.reported(DigitBegan, port=1, key="*")

    play_scene(engines, scene, layout(DTMF_LINE))


@both_engines
def test_the_ring_stops_when_the_caller_gives_up(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await ringing(box)
        await asyncio.sleep(0.5)
        box.card.outside[0].hang_up()
        await box.reported(RingOff, within_s=2)
        await asyncio.sleep(10)
        assert box.none_of(RingOn)
        assert box.card.trunks[1].line.free

    play_scene(engines, scene, layout())


@both_engines
def test_calls_hunt_upwards_and_the_last_hears_busy_and_is_counted(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        first, second, third = box.card.outside
        await first.call(PILOT)
        await box.reported(RingOn, port=1, within_s=8)
        await second.call(PILOT)
        await box.reported(RingOn, port=2, within_s=8)
        await third.call(PILOT)
        await third.hears(Tone.BUSY, within_s=8)
        assert box.card.exchange.all_busy == {PILOT: 1}
        assert box.card.status()["all_busy"] == {PILOT: 1}

    play_scene(engines, scene, layout())


@both_engines
def test_glare_gives_the_box_the_incoming_caller_instead_of_dial_tone(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        caller = box.card.outside[0]
        await caller.call(PILOT)
        await caller.hears(Tone.RINGBACK, within_s=8)
        box.listen(1)
        box.act(GoOffHook(1))
        await asyncio.sleep(1)
        assert box.none_of(RingOn, ToneHeard)
        caller.speak(1000)
        await box.reported(SpeechBegan, port=1)
        await asyncio.sleep(12)
        assert box.none_of(RingOn)

    play_scene(engines, scene, layout(replace(BUSY_TONE_LINE, first_ring_delay_ms=10_000)))


@both_engines
def test_glare_may_come_with_a_ring_that_crosses_the_seizure(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await box.card.outside[0].call(PILOT)
        line = box.card.trunks[1].line
        while not line.ringing:
            await asyncio.sleep(0.001)
        box.act(GoOffHook(1))  # before the fact of the ring has been delivered, or just after
        await asyncio.sleep(0.1)
        assert line.state.value == "talking"
        await box.reported(RingOn, port=1)
        await box.reported(RingOff, port=1)

    play_scene(engines, scene, layout())


@both_engines
@pytest.mark.parametrize("disconnect", list(Disconnect))
def test_the_callers_hang_up_is_told_in_the_lines_way(engines: Engines, disconnect: Disconnect) -> None:
    async def scene(box: Box) -> None:
        await ringing(box)
        box.act(GoOffHook(1))
        box.listen(1)
        await asyncio.sleep(2)
        box.reports.clear()
        box.card.outside[0].hang_up()
        match disconnect:
            case Disconnect.SILENCE:
                await asyncio.sleep(60)
                assert box.none_of(ToneHeard, Reversal, LoopDrop)
                return
            case Disconnect.LOOP_DROP:
                await box.reported(LoopDrop, port=1, within_s=2)
            case Disconnect.REVERSAL:
                await box.reported(Reversal, port=1, reversed=True, within_s=2)
        await box.reported(ToneHeard, port=1, tone=Tone.BUSY)
        box.act(GoOnHook(1))
        await asyncio.sleep(1)
        assert box.card.trunks[1].line.free
        assert not box.card.trunks[1].line.reversed

    play_scene(engines, scene, layout(replace(BUSY_TONE_LINE, disconnect=disconnect)))


@both_engines
def test_a_call_answered_in_time_is_not_cut_when_the_time_to_answer_is_over(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await ringing(box)
        box.act(GoOffHook(1))
        box.listen(1)
        await asyncio.sleep(300)
        box.card.outside[0].press("8")
        await box.reported(DigitBegan, port=1, key="8")

    play_scene(engines, scene, layout())


@both_engines
def test_a_loop_drop_is_over_when_the_box_hangs_up_in_it(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await ringing(box)
        box.act(GoOffHook(1))
        await asyncio.sleep(1)
        box.card.outside[0].hang_up()
        dropped_s, _ = await box.reported(LoopDrop, port=1)
        box.act(GoOnHook(1))
        restored_s, _ = await box.reported(LoopRestored, port=1)
        assert restored_s - dropped_s < 0.8

    profile = replace(BUSY_TONE_LINE, disconnect=Disconnect.LOOP_DROP, loop_drop_ms=5000)
    play_scene(engines, scene, layout(profile))


@both_engines
def test_a_flash_towards_the_exchange_does_not_release_the_call(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        caller = box.card.outside[0]
        await ringing(box)
        box.act(GoOffHook(1))
        box.listen(1)
        await asyncio.sleep(1)
        box.act(FlashLine(1, 500))
        assert box.card.bits()[0].off_hook
        await asyncio.sleep(2)
        caller.press("8")
        await box.reported(DigitBegan, port=1, key="8")
        assert not caller.log.tones

    play_scene(engines, scene, layout())


@both_engines
def test_an_outside_telephone_may_dial_by_pulses(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        caller = box.card.outside[0]
        caller.lift()
        await caller.hears(Tone.DIAL)
        await caller.pulse("88880001")
        await box.reported(RingOn, port=1)
        assert box.card.exchange.dialled == [(caller.number, "02088880001")]

    play_scene(engines, scene, layout())


@both_engines
def test_a_noisy_call_is_noisy_until_it_ends(engines: Engines) -> None:
    faults = Faults(noise_bursts=1.0, noise_burst_gap_ms=(2000, 3000), lost_busy_tone=1.0)

    async def scene(box: Box) -> None:
        await ringing(box)
        box.act(GoOffHook(1))
        box.listen(1)
        await box.reported(SpeechBegan, port=1)
        await box.reported(SpeechBegan, port=1)
        box.card.outside[0].hang_up()
        await asyncio.sleep(1.5)
        box.reports.clear()
        await asyncio.sleep(20)
        assert box.none_of(SpeechBegan)

    play_scene(engines, scene, layout(faults=faults))


@both_engines
def test_the_caller_hears_busy_when_the_box_hangs_up(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await ringing(box)
        box.act(GoOffHook(1))
        await asyncio.sleep(1)
        box.act(GoOnHook(1))
        await box.card.outside[0].hears(Tone.BUSY)
        box.card.outside[0].hang_up()
        await asyncio.sleep(1)
        assert all(line.free for line in box.card.exchange.lines)

    play_scene(engines, scene, layout())


@both_engines
def test_a_busy_tone_may_be_lost(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await ringing(box)
        box.act(GoOffHook(1))
        box.listen(1)
        await asyncio.sleep(1)
        box.card.outside[0].hang_up()
        await asyncio.sleep(20)
        assert box.none_of(ToneHeard)

    play_scene(engines, scene, layout(faults=Faults(lost_busy_tone=1.0)))


@only_sound
@pytest.mark.parametrize("error_percent", [9.0, -9.0])
def test_a_busy_tone_within_the_tolerance_is_still_heard(engines: Engines, error_percent: float) -> None:
    faults = Faults(ring_error_percent=error_percent, tone_error_percent=error_percent, errors_fixed=True)

    async def scene(box: Box) -> None:
        first_s = await ringing(box)
        over_s, _ = await box.reported(RingOff)
        assert over_s - first_s == pytest.approx(1 + error_percent / 100, abs=0.02)
        box.act(GoOffHook(1))
        box.listen(1)
        box.card.outside[0].hang_up()
        await box.reported(ToneHeard, tone=Tone.BUSY, cycles=3)
        await asyncio.sleep(45)
        box.reports.clear()
        await asyncio.sleep(10)
        assert box.none_of(ToneHeard)  # the exchange has forgotten the line

    play_scene(engines, scene, layout(faults=faults))


@both_engines
def test_a_name_of_markup_or_chinese_arrives_as_it_was_sent(engines: Engines) -> None:
    names: dict[CallerIdFault, str] = {}

    async def scene(box: Box) -> None:
        for fault in (CallerIdFault.MARKUP, CallerIdFault.GB2312_NAME):
            box.card.trunks[1].line.faults = Faults(caller_id_faulty=1.0, caller_id_faults=(fault,))
            await ringing(box)
            _, caller_id = await box.reported(CallerIdHeard)
            names[fault] = caller_id.name
            assert caller_id.number == "13900000001"
            box.card.outside[0].hang_up()
            await asyncio.sleep(2)

    play_scene(engines, scene, layout())
    assert names[CallerIdFault.GB2312_NAME] == "张三丰"
    assert "script" in names[CallerIdFault.MARKUP]


@only_sound
@pytest.mark.parametrize("fault", list(CallerIdFault))
def test_no_spoiled_caller_id_brings_anything_but_digits_as_a_number(
    engines: Engines, fault: CallerIdFault
) -> None:
    async def scene(box: Box) -> None:
        await ringing(box)
        await box.reported(RingOn, within_s=10)
        heard = [report for _, report in box.reports if isinstance(report, CallerIdHeard)]
        assert all(report.number == "" or report.number.isdecimal() for report in heard)
        assert all(report.name.isprintable() for report in heard)
        if fault in (CallerIdFault.BAD_CHECKSUM, CallerIdFault.TRUNCATED):
            assert not any(report.intact for report in heard)
        else:
            assert [report.number for report in heard] == ["13900000001"]

    play_scene(engines, scene, layout(faults=Faults(caller_id_faulty=1.0, caller_id_faults=(fault,))))


@both_engines
def test_outside_telephones_can_call_each_other(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        one, other, _ = box.card.outside
        await one.call(other.number)
        await other.shows_caller(one.number, within_s=15)
        other.lift()
        await other.talks_to(one)
        other.hang_up()
        await one.hears(Tone.BUSY)

    play_scene(engines, scene, layout())
