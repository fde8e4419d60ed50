# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""An FXS port of the simulated card: hook, flash, dial pulses and ringing as the card reports them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from drivers.port import (
    Alarm,
    AlarmCleared,
    CardFact,
    HookClosed,
    HookOpened,
    OffHook,
    OnHook,
    Pulses,
    Ring,
    SetFlashWindow,
    StopRing,
)
from drivers.simulated.ports import StationPort
from drivers.timers import Timers
from firmware.clock import run_virtual


class Phone:
    """A switch hook moved by the millisecond, and a bell."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.began_s = self.loop.time()
        self.facts: list[tuple[int, CardFact]] = []
        self.bell: list[tuple[int, str]] = []
        self.station = StationPort(5, Timers(self.loop), self._report)
        self.station.telephone = self

    def ms(self) -> int:
        return round((self.loop.time() - self.began_s) * 1000)

    def _report(self, fact: CardFact) -> None:
        self.facts.append((self.ms(), fact))

    async def contacts(self, *moves: tuple[float, bool]) -> None:
        """Each (wait in ms, closed)."""
        for wait_ms, closed in moves:
            await asyncio.sleep(wait_ms / 1000)
            self.station.contact(closed, self.loop.time())

    async def rest(self, wait_ms: float = 3000) -> list[CardFact]:
        """Let time pass; what was reported since the last rest."""
        await asyncio.sleep(wait_ms / 1000)
        facts, self.facts = [fact for _, fact in self.facts], []
        return facts

    def feel_ring(self, on: bool) -> None:
        self.bell.append((self.ms(), "on" if on else "off"))

    def ring_ceased(self) -> None:
        self.bell.append((self.ms(), "ceased"))

    def feel_polarity(self, reversed: bool) -> None:
        raise AssertionError("nobody reversed the line")

    def feel_loop(self, present: bool) -> None:
        raise AssertionError("nobody opened the loop")


def virtually(scene: Callable[[Phone], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        await scene(Phone())

    run_virtual(main)


async def lifted(phone: Phone) -> None:
    await phone.contacts((0, True))
    assert await phone.rest(100) == [OffHook(5)]


def test_a_bouncing_lift_is_one_off_hook() -> None:
    async def scene(phone: Phone) -> None:
        await phone.contacts((0, True), (2, False), (3, True), (1, False), (4, True))
        await asyncio.sleep(1)
        assert phone.facts == [(20, OffHook(5))]

    virtually(scene)


def test_a_bouncing_hang_up_is_one_on_hook_after_the_flash_window() -> None:
    async def scene(phone: Phone) -> None:
        phone.station.act(SetFlashWindow(5, 700))
        await lifted(phone)
        began_ms = phone.ms()
        await phone.contacts((0, False), (2, True), (3, False))
        await asyncio.sleep(3)
        assert phone.facts == [(began_ms + 15, HookOpened(5)), (began_ms + 705, OnHook(5))]

    virtually(scene)


@pytest.mark.parametrize("open_ms", [60, 80, 200, 300, 690])
def test_an_opening_inside_the_window_is_told_with_its_length(open_ms: int) -> None:
    async def scene(phone: Phone) -> None:
        phone.station.act(SetFlashWindow(5, 700))
        await lifted(phone)
        await phone.contacts((0, False), (open_ms, True))
        facts = await phone.rest()
        pulses = [Pulses(5, 1)] if open_ms <= 200 else []
        assert facts == [HookOpened(5), HookClosed(5, open_ms), *pulses]

    virtually(scene)


@pytest.mark.parametrize("open_ms", [701, 900, 1200])
def test_a_longer_opening_is_a_hang_up_and_a_new_lift(open_ms: int) -> None:
    async def scene(phone: Phone) -> None:
        phone.station.act(SetFlashWindow(5, 700))
        await lifted(phone)
        await phone.contacts((0, False), (open_ms, True))
        assert await phone.rest() == [HookOpened(5), OnHook(5), OffHook(5)]

    virtually(scene)


def test_a_break_shorter_than_the_debounce_is_unseen() -> None:
    async def scene(phone: Phone) -> None:
        await lifted(phone)
        await phone.contacts((0, False), (8, True))
        assert await phone.rest() == []

    virtually(scene)


@pytest.mark.parametrize("count", [1, 2, 9, 10])
def test_dial_pulses_are_counted(count: int) -> None:
    async def scene(phone: Phone) -> None:
        await lifted(phone)
        await phone.contacts(*[(40, False), (60, True)] * count)
        began_ms = phone.ms()
        await asyncio.sleep(1)
        assert phone.facts[-1] == (began_ms + 300, Pulses(5, count))
        assert [fact for _, fact in phone.facts if isinstance(fact, Pulses)] == [Pulses(5, count)]

    virtually(scene)


def test_a_ring_cadence_keeps_its_time_until_it_is_stopped() -> None:
    async def scene(phone: Phone) -> None:
        phone.station.act(Ring(5, (1000, 4000)))
        await asyncio.sleep(5.5)
        assert phone.station.bits().ringing
        phone.station.act(StopRing(5))
        await asyncio.sleep(10)
        assert not phone.station.bits().ringing
        assert phone.bell == [(0, "on"), (1000, "off"), (5000, "on"), (5500, "off"), (5500, "ceased")]

    virtually(scene)


def test_lifting_trips_the_ring() -> None:
    async def scene(phone: Phone) -> None:
        phone.station.act(Ring(5))
        await phone.contacts((500, True))
        await asyncio.sleep(10)
        assert phone.bell == [(0, "on"), (510, "off"), (510, "ceased")]
        phone.station.act(Ring(5))  # a card does not ring a lifted phone
        await asyncio.sleep(1)
        assert not phone.station.bits().ringing

    virtually(scene)


def test_a_port_back_from_alarm_tells_that_its_phone_is_lifted() -> None:
    async def scene(phone: Phone) -> None:
        phone.station.fail(Alarm(5, "power"), "power")
        await phone.contacts((0, True))
        assert await phone.rest() == [Alarm(5, "power")]
        assert phone.station.bits().alarm == "power"
        phone.station.recover()
        assert await phone.rest() == [AlarmCleared(5), OffHook(5)]
        assert phone.station.bits().off_hook

    virtually(scene)


def test_a_loop_that_is_late_does_not_take_a_bounce_for_a_pulse() -> None:
    async def scene() -> list[CardFact]:
        loop = asyncio.get_running_loop()
        facts: list[CardFact] = []
        station = StationPort(5, Timers(loop), facts.append)
        station.contact(True, loop.time() - 1)
        began_s = loop.time()

        def move(at_ms: int, closed: bool, *rest: tuple[int, bool]) -> None:
            station.contact(closed, began_s + at_ms / 1000)
            if rest:
                loop.call_at(began_s + rest[0][0] / 1000, move, *rest[0], *rest[1:])

        loop.call_soon(move, 0, False, (4, True), (100, False), (140, True))
        time.sleep(0.2)  # the loop is kept from its timers: in real time it often is
        await asyncio.sleep(0.4)
        return facts

    assert asyncio.run(scene()) == [OffHook(5), HookOpened(5), HookClosed(5, 40), Pulses(5, 1)]
