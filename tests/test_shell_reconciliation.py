# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a card did not tell is found from its bits, and what it will still tell is not found too early."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from drivers.port import (
    Alarm,
    AlarmCleared,
    CardAct,
    CardFact,
    GoOffHook,
    OffHook,
    OnHook,
    Ring,
    RingOff,
    RingOn,
    StopRing,
)
from drivers.simulated import Layout, SimulatedCard
from dsp.engine import Engine, step
from firmware.clock import VirtualLoop, run_virtual
from firmware.exchange.vocabulary import HookFound
from firmware.shell.reconciliation import Reconciler

LINE, DESK = 1, 2


class Watch:
    """A card whose every fact and act a reconciler hears, checked once a second."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.loop = loop
        self.told: list[CardFact] = []
        self.found: list[object] = []
        self.media = Engine(2, 160)
        self.card = SimulatedCard(Engine, Layout(fxo=1, fxs=1, outside=1), real_time=False)
        self.card.attach(self.media)
        self.reconciler = Reconciler(self.card, self.found.append)
        self.card.start(self.hear)
        loop.drive(step, [self.media, self.card.far_media], self.poll)
        self.check()

    def hear(self, fact: CardFact) -> None:
        self.told.append(fact)
        self.reconciler.heard(fact)

    def act(self, act: CardAct) -> None:
        self.card.act(act)
        self.reconciler.acted(act)

    def poll(self) -> None:
        self.media.poll()
        self.card.poll()

    def check(self) -> None:
        self.timer = self.loop.call_later(1, self.check)
        self.reconciler.check(self.loop.now().mono_ns)

    def close(self) -> None:
        self.timer.cancel()
        self.loop.release()
        self.card.close()
        self.media.close()


def watching(script: Callable[[Watch], Awaitable[None]]) -> None:
    async def run() -> None:
        watch = Watch()
        await script(watch)
        watch.close()

    run_virtual(run)


def test_a_lift_that_was_not_told_is_found() -> None:
    async def script(watch: Watch) -> None:
        watch.card.troubles.lose_next(OffHook, DESK)
        watch.card.desks[DESK].lift()
        await asyncio.sleep(5)
        assert watch.told == []
        assert watch.found == [HookFound(DESK, True, False)]

    watching(script)


def test_a_hang_up_that_was_not_told_is_found() -> None:
    async def script(watch: Watch) -> None:
        watch.card.desks[DESK].lift()
        await asyncio.sleep(3)
        watch.card.troubles.lose_next(OnHook, DESK)
        watch.card.desks[DESK].hang_up()
        await asyncio.sleep(8)
        assert watch.found == [HookFound(DESK, False, False)]

    watching(script)


def test_what_was_told_is_not_found_again() -> None:
    async def script(watch: Watch) -> None:
        desk = watch.card.desks[DESK]
        for open_ms in (60, 300, 900):
            desk.lift()
            await asyncio.sleep(2.5)
            desk.flash(open_ms)
            await asyncio.sleep(3)
            desk.hang_up()
            await asyncio.sleep(2.5)
        watch.act(Ring(DESK))
        await asyncio.sleep(10)
        desk.lift()
        await asyncio.sleep(3)
        desk.hang_up()
        await asyncio.sleep(3)
        watch.act(Ring(DESK))
        await asyncio.sleep(3)
        watch.act(StopRing(DESK))
        watch.act(GoOffHook(LINE))
        await asyncio.sleep(5)
        assert watch.found == []

    watching(script)


def test_ringing_whose_end_was_not_told_is_found() -> None:
    async def script(watch: Watch) -> None:
        caller = watch.card.outside[0]
        await caller.call("02088880000")
        await asyncio.sleep(7)
        assert RingOn(LINE) in watch.told
        assert watch.found == []
        watch.card.troubles.lose_next(RingOff, LINE)
        await asyncio.sleep(6)
        caller.hang_up()
        await asyncio.sleep(10)
        assert watch.found in ([HookFound(LINE, False, False)], [])
        assert watch.reconciler.found_count == len(watch.found)

    watching(script)


def test_an_alarm_is_told_once_and_cleared_once() -> None:
    async def script(watch: Watch) -> None:
        watch.card.troubles.lose_next(Alarm, LINE)
        watch.card.troubles.cut_line(LINE)
        await asyncio.sleep(5)
        (found,) = watch.found
        assert isinstance(found, Alarm)
        watch.card.troubles.lose_next(AlarmCleared, LINE)
        watch.card.troubles.mend_line(LINE)
        await asyncio.sleep(5)
        assert watch.found[1:] == [AlarmCleared(LINE)]

    watching(script)
