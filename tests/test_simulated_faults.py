# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on the simulated card: cut lines, alarms, lost facts, stuck ringing, and luck that repeats."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from drivers.port import (
    Alarm,
    AlarmCleared,
    GoOffHook,
    GoOnHook,
    OffHook,
    OnHook,
    Removed,
    Ring,
    RingOff,
    RingOn,
    StopRing,
)
from drivers.simulated import BUSY_TONE_LINE, HOSTILE, HOSTILE_SOUND, LONG_PAIR, Layout
from dsp.vocabulary import DigitBegan, SendDigits, Tone, ToneHeard
from tests.simulated_box import Box, Engines, both_engines, only_sound, play_scene

PILOT = "02088880000"


@both_engines
def test_a_line_cut_in_a_call_is_an_alarm_and_the_caller_hears_busy(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        caller = box.card.outside[0]
        await caller.call(PILOT)
        await box.reported(RingOn, port=1, within_s=8)
        box.act(GoOffHook(1))
        await asyncio.sleep(1)
        box.card.troubles.cut_line(1)
        _, alarm = await box.reported(Alarm, port=1)
        assert alarm.cause == "no battery on the line"
        await caller.hears(Tone.BUSY)
        assert box.card.bits()[0].alarm == "no battery on the line"
        box.act(GoOnHook(1))
        box.card.troubles.mend_line(1)
        await box.reported(AlarmCleared, port=1)
        box.listen(1)
        box.act(GoOffHook(1))
        await box.reported(ToneHeard, port=1, tone=Tone.DIAL)

    play_scene(engines, scene)


@both_engines
def test_a_cut_line_carries_no_sound(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        box.listen(3)
        phone.lift()
        box.card.troubles.alarm(3, "power")
        phone.press("1")
        await asyncio.sleep(1)
        assert box.none_of(DigitBegan)
        box.card.troubles.clear_alarm(3)
        await box.reported(OffHook, port=3)
        phone.press("2")
        await box.reported(DigitBegan, port=3, key="2")

    play_scene(engines, scene)


@both_engines
def test_a_card_pulled_out_and_put_back_tells_its_present_state(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        box.card.troubles.unplug()
        for port in (1, 2, 3, 4):
            await box.reported(Removed, port=port)
        assert {bits.alarm for bits in box.card.bits()} == {"removed"}
        box.card.desks[4].lift()
        box.act(Ring(3))
        box.act(GoOffHook(1))
        await asyncio.sleep(1)
        assert not box.card.desks[3].being_rung
        box.card.troubles.plug_in()
        for port in (1, 2, 3, 4):
            await box.reported(AlarmCleared, port=port)
        await box.reported(OffHook, port=4)
        assert {bits.alarm for bits in box.card.bits()} == {""}
        assert not box.card.bits()[0].off_hook

    play_scene(engines, scene)


@both_engines
def test_a_lost_fact_is_seen_in_the_bits(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        phone = box.card.desks[3]
        phone.lift()
        await box.reported(OffHook)
        box.card.troubles.lose_next(OnHook, 3)
        phone.hang_up()
        await asyncio.sleep(3)
        assert box.none_of(OnHook)
        assert not box.card.bits()[2].off_hook
        phone.lift()
        await box.reported(OffHook)
        phone.hang_up()
        await box.reported(OnHook)

    play_scene(engines, scene)


@both_engines
def test_ringing_may_stick_on_either_side(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        box.card.troubles.stick_ring(1)
        box.card.troubles.stick_ring(3)
        assert [bits.ringing for bits in box.card.bits()] == [False] * 4  # stuck is what has begun
        await box.card.outside[0].call(PILOT)
        await box.reported(RingOn, port=1, within_s=8)
        box.card.outside[0].hang_up()
        box.act(Ring(3))
        box.act(StopRing(3))
        await asyncio.sleep(3)
        assert box.none_of(RingOff)
        assert [bits.ringing for bits in box.card.bits()] == [True, False, True, False]
        assert box.card.desks[3].being_rung
        box.card.troubles.free_ring(1)
        box.card.troubles.free_ring(3)
        await box.reported(RingOff, port=1)
        assert [bits.ringing for bits in box.card.bits()] == [False] * 4

    play_scene(engines, scene)


@both_engines
def test_the_bits_tell_what_is_true_at_each_moment(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await box.card.outside[0].call(PILOT)
        await box.reported(RingOn, port=1, within_s=8)
        assert box.card.bits()[0].ringing
        await box.reported(RingOff, port=1)
        assert not box.card.bits()[0].ringing
        box.act(GoOffHook(1))
        assert box.card.bits()[0].off_hook
        box.card.desks[3].lift()
        await box.reported(OffHook, port=3)
        assert box.card.bits()[2].off_hook

    play_scene(engines, scene)


@both_engines
def test_nothing_stands_in_the_bits_before_it_is_told(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        await box.card.outside[0].call(PILOT)
        line = box.card.trunks[1].line
        while not line.ringing:
            await asyncio.sleep(0.001)
        box.act(GoOffHook(1))
        assert not box.card.bits()[0].ringing
        assert [report for _, report in box.reports if isinstance(report, RingOn | RingOff)] == [
            RingOn(1),
            RingOff(1),
        ]

    play_scene(engines, scene)


@both_engines
def test_a_long_noisy_line_with_echo_still_carries_digits(engines: Engines) -> None:
    profile = replace(BUSY_TONE_LINE, line=LONG_PAIR)

    async def scene(box: Box) -> None:
        caller = box.card.outside[0]
        box.act(GoOffHook(2))
        box.listen(2)
        await box.reported(ToneHeard, tone=Tone.DIAL)
        box.say(SendDigits(2, caller.number, tag=1))
        await caller.rings(within_s=8)
        caller.lift()
        caller.press("147")
        for key in "147":
            await box.reported(DigitBegan, port=2, key=key)

    play_scene(engines, scene, Layout(fxo=2, fxs=0, outside=1, profile=profile))


@both_engines
def test_the_world_outside_outlives_the_box(engines: Engines) -> None:
    async def scene(box: Box) -> None:
        talking, ringing, _ = box.card.outside
        desk = box.card.desks[3]
        await talking.call(PILOT)
        await box.reported(RingOn, port=1, within_s=8)
        box.act(GoOffHook(1))
        desk.lift()
        await box.reported(OffHook, port=3)
        box.act(Ring(4))
        await box.card.desks[4].rings()
        far_ends = box.lose_power()
        await talking.hears(Tone.BUSY)  # the line fell on hook
        assert not box.card.desks[4].being_rung
        await ringing.call(PILOT)
        await ringing.hears(Tone.RINGBACK, within_s=10)  # an exchange does not know that nobody is there
        while not far_ends.lines[1].ringing:
            await asyncio.sleep(0.1)
        box.loop.release()
        again = Box(box.engines, box.card.layout, far_ends)
        try:
            await again.reported(OffHook, port=3, within_s=0.1)
            await again.reported(RingOn, port=1, within_s=0.1)
            assert again.none_of(OffHook)
            again.listen(1)
            again.listen(3)
            again.act(GoOffHook(1))
            ringing.press("4")
            await again.reported(DigitBegan, port=1, key="4")
            desk.press("5")
            await again.reported(DigitBegan, port=3, key="5")
            desk.hang_up()
            await again.reported(OnHook, port=3)
        finally:
            again.close()

    play_scene(engines, scene, Layout(fxo=2, fxs=2, outside=3, streams=1))


async def an_hour_of_bad_luck(box: Box) -> list[str]:
    """Callers come and go, the box answers and hangs up; everything reported, with its time."""
    box.listen(1)
    box.listen(2)
    for caller in (*box.card.outside, *box.card.outside):
        caller.lift()
        await asyncio.sleep(3)
        caller.dial(PILOT)
        await asyncio.sleep(12)
        for port in (1, 2):
            box.act(GoOffHook(port))
        await asyncio.sleep(20)
        caller.hang_up()
        await asyncio.sleep(5)
        for port in (1, 2):
            box.act(GoOnHook(port))
        desk = box.card.desks[3]
        desk.lift()
        await asyncio.sleep(1)
        desk.hang_up()
        await asyncio.sleep(3)
    assert all(line.free for line in box.card.exchange.lines)
    return [f"{at_s:.6f} {report}" for at_s, report in box.reports]


@both_engines
def test_bad_luck_is_the_same_for_the_same_seed(engines: Engines) -> None:
    def hour(seed: int) -> list[str]:
        layout = Layout(fxo=2, fxs=1, outside=3, streams=0, faults=replace(HOSTILE, seed=seed))
        reports: list[str] = play_scene(engines, an_hour_of_bad_luck, layout)
        return reports

    first = hour(1)
    assert first == hour(1)
    assert first != hour(2)
    assert len(first) > 20


@only_sound
@pytest.mark.parametrize("seed", range(3))
def test_bad_luck_leaves_every_line_free_in_the_end(engines: Engines, seed: int) -> None:
    layout = Layout(fxo=2, fxs=1, outside=3, streams=0, faults=replace(HOSTILE_SOUND, seed=seed))
    play_scene(engines, an_hour_of_bad_luck, layout)
