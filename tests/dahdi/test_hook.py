# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What telephones do with their hook, and what is done to them, on real DAHDI channels."""

from __future__ import annotations

import asyncio

import pytest

from drivers.port import (
    DropLoop,
    HookClosed,
    HookOpened,
    OffHook,
    OnHook,
    Pulses,
    ReversePolarity,
    Ring,
    SetFlashWindow,
    StopRing,
)
from tests.dahdi.far_ends import FXO, IDLE, LOOP_OPEN, OFF_HOOK, RINGING, Bench, on_the_bench

pytestmark = on_the_bench
PORT = FXO + 1


async def lift(bench: Bench) -> None:
    bench.far[PORT].sends(OFF_HOOK)
    await bench.hears(OffHook(PORT))
    bench.forget()


async def open_for(bench: Bench, ms: int) -> None:
    bench.far[PORT].sends(IDLE)
    await asyncio.sleep(ms / 1000)
    bench.far[PORT].sends(OFF_HOOK)


async def test_a_telephone_is_lifted_and_hung_up() -> None:
    async with Bench() as bench:
        await lift(bench)
        began_s = bench.loop.time()
        bench.far[PORT].sends(IDLE)
        await bench.hears(HookOpened(PORT))
        hung_up_s = await bench.hears(OnHook(PORT))
        assert hung_up_s - began_s == pytest.approx(1.25, abs=0.02)
        assert bench.told(PORT) == [HookOpened(PORT), OnHook(PORT)]


@pytest.mark.parametrize("flash_ms", (40, 90, 250, 600, 1_200))
async def test_the_length_of_a_flash_is_measured(flash_ms: int) -> None:
    async with Bench() as bench:
        await lift(bench)
        await open_for(bench, flash_ms)
        await bench.until(lambda fact: isinstance(fact, HookClosed), 3, "a flash")
        (closed,) = [fact for fact in bench.told(PORT) if isinstance(fact, HookClosed)]
        assert closed.open_ms == pytest.approx(flash_ms, abs=4)


async def test_an_opening_longer_than_the_window_is_a_hang_up_at_once() -> None:
    async with Bench() as bench:
        bench.card.act(SetFlashWindow(PORT, 300))
        await lift(bench)
        await open_for(bench, 400)
        await bench.hears(OffHook(PORT))
        assert bench.told(PORT) == [HookOpened(PORT), OnHook(PORT), OffHook(PORT)]


async def test_a_bounce_of_the_contact_is_no_flash() -> None:
    async with Bench() as bench:
        await lift(bench)
        await open_for(bench, 6)
        await asyncio.sleep(0.5)
        assert bench.told(PORT) == []


@pytest.mark.parametrize("digit", (1, 3, 10))
async def test_a_pulse_dialled_digit_is_counted(digit: int) -> None:
    async with Bench() as bench:
        await lift(bench)
        for _ in range(digit):
            await open_for(bench, 60)
            await asyncio.sleep(0.04)
        await bench.hears(Pulses(PORT, digit))


async def test_a_telephone_rings_in_our_cadence_until_it_is_lifted() -> None:
    async with Bench() as bench:
        bench.card.act(Ring(PORT, (400, 200, 400, 2_000)))
        seen = []
        for _ in range(40):
            await asyncio.sleep(0.1)
            seen.append(bench.far[PORT].sees == RINGING)
        assert sum(seen[:4]) in (3, 4)
        assert sum(seen[4:6]) in (0, 1)
        assert not any(seen[11:29])
        assert sum(seen[30:34]) in (3, 4)
        bench.far[PORT].sends(OFF_HOOK)
        await bench.hears(OffHook(PORT))
        await asyncio.sleep(2.5)
        assert bench.far[PORT].sees != RINGING


async def test_ringing_stops_when_told() -> None:
    async with Bench() as bench:
        bench.card.act(Ring(PORT))
        await asyncio.sleep(0.5)
        assert bench.far[PORT].sees == RINGING
        bench.card.act(StopRing(PORT))
        await asyncio.sleep(0.1)
        assert bench.far[PORT].sees == IDLE


async def test_a_loop_drop_is_seen_by_the_telephones_side() -> None:
    async with Bench() as bench:
        await lift(bench)
        bench.card.act(DropLoop(PORT))
        await asyncio.sleep(0.2)
        assert bench.far[PORT].sees == LOOP_OPEN
        await asyncio.sleep(1.0)
        assert bench.far[PORT].sees != LOOP_OPEN
        bench.far[PORT].sends(IDLE)
        await bench.hears(OnHook(PORT))
        bench.card.act(Ring(PORT))
        await asyncio.sleep(0.1)
        assert bench.far[PORT].sees == RINGING


async def test_a_card_that_cannot_reverse_polarity_goes_on_without() -> None:
    async with Bench() as bench:
        bench.card.act(ReversePolarity(PORT, True))
        bench.card.act(ReversePolarity(PORT, False))
        await lift(bench)


async def test_a_receiver_that_was_lifted_before_we_began_is_told() -> None:
    async with Bench() as bench:
        await lift(bench)
        bench.end()
        bench.begin()
        await bench.hears(OffHook(PORT))
        assert bench.card.bits()[PORT - 1].off_hook
