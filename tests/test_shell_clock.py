# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Virtual time: it jumps, it waits for what is owed, it stops at media events, and it says when it is stuck."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest

from dsp.media import Media
from firmware.clock import MONO_START_NS, SAMPLE_NS, VirtualLoop, in_thread, owed, run_virtual
from firmware.errors import Deadlock


def virtual_loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def test_a_day_passes_at_once() -> None:
    async def day() -> tuple[float, int]:
        loop = virtual_loop()
        began_s, began = loop.time(), loop.now()
        for _ in range(1_000):
            await asyncio.sleep(86.4)
        return loop.time() - began_s, loop.now().civil_ns - began.civil_ns

    before_s = time.monotonic()
    assert run_virtual(day) == (86_400.0, 86_400 * 10**9)
    assert time.monotonic() - before_s < 60


def test_deadlines_are_met_to_the_nanosecond() -> None:
    async def deadlines() -> list[int]:
        loop = virtual_loop()
        met: list[int] = []
        for at_ns in (MONO_START_NS + 1, MONO_START_NS + 123_456_789, MONO_START_NS + 3_600_000_000_001):
            loop.call_at(at_ns / 1e9, lambda: met.append(loop.now().mono_ns))
        await asyncio.sleep(7_200)
        return [at_ns - MONO_START_NS for at_ns in met]

    assert run_virtual(deadlines) == [1, 123_456_789, 3_600_000_000_001]


def test_time_stands_still_while_a_thread_owes_an_answer() -> None:
    async def ask() -> tuple[str, float]:
        loop = virtual_loop()
        began_s = loop.time()
        asyncio.get_running_loop().call_later(3_600, lambda: None)  # a deadline it must not jump to
        gate = threading.Event()
        threading.Timer(0.05, gate.set).start()
        answer = await in_thread(lambda: "answered" if gate.wait(10) else "never")
        return answer, loop.time() - began_s

    assert run_virtual(ask) == ("answered", 0.0)


def test_time_goes_on_when_the_debt_is_paid() -> None:
    async def debt() -> float:
        loop = virtual_loop()
        with owed():
            await asyncio.sleep(0)
        await asyncio.sleep(5)
        return loop.time() - MONO_START_NS / 1e9

    assert run_virtual(debt) == 5.0


def test_waiting_for_what_never_comes_is_named() -> None:
    async def waits_for_nothing() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock, match="waits_for_nothing"):
        run_virtual(waits_for_nothing)


def test_setting_the_wall_clock_moves_no_deadline() -> None:
    async def jump() -> tuple[int, int]:
        loop = virtual_loop()
        before = loop.now()
        loop.set_civil(before.civil_ns + 10 * 365 * 86_400 * 10**9)
        await asyncio.sleep(1)
        after = loop.now()
        return after.mono_ns - before.mono_ns, (after.civil_ns - before.civil_ns) // (86_400 * 10**9)

    assert run_virtual(jump) == (10**9, 3_650)


class Ticking:
    """An engine of which only the clock matters: `events` says at which samples it has something to say."""

    tick_samples = 160

    def __init__(self, events: Sequence[int]) -> None:
        self.sample = 0
        self.events = list(events)

    def now_samples(self) -> int:
        return self.sample

    def step(self, engines: Sequence[Media], until_sample: int) -> int:
        while self.sample < until_sample:  # to the end of a tick begun, as the steppers of dsp do
            self.sample += self.tick_samples
            if self.events and self.events[0] <= self.sample:
                break
        return self.sample


def drive(events: Sequence[int], sleeps_s: Sequence[float]) -> tuple[list[int], int]:
    """When (in samples) an engine with these events was heard, and how far it came."""

    async def run() -> tuple[list[int], int]:
        loop = virtual_loop()
        engine = Ticking(events)
        heard: list[int] = []

        def hear() -> None:
            if engine.events and engine.events[0] <= engine.sample:
                engine.events.pop(0)
                heard.append((loop.now().mono_ns - MONO_START_NS) // SAMPLE_NS)

        loop.drive(engine.step, [engine], hear)  # type: ignore[list-item]
        for sleep_s in sleeps_s:
            await asyncio.sleep(sleep_s)
        return heard, engine.sample

    return run_virtual(run)


def test_the_loop_stops_at_media_events() -> None:
    assert drive([100, 8_000, 8_160], [5]) == ([160, 8_000, 8_160], 40_000)


def test_engines_never_run_ahead_of_a_deadline() -> None:
    # 50 ms is two and a half ticks: the engine has done two, the loop is at 50 ms.
    assert drive([], [0.05]) == ([], 320)
    assert drive([], [0.05, 0.05]) == ([], 800)
