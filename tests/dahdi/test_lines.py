# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What an exchange does to a line, and what we do on it, on real DAHDI channels."""

from __future__ import annotations

import asyncio

import pytest

from drivers.port import CardError, FlashLine, GoOffHook, GoOnHook, LoopDrop, LoopRestored, RingOff, RingOn
from tests.dahdi.far_ends import IDLE, LOOP_OPEN, OFF_HOOK, PORTS, RINGING, Bench, on_the_bench

pytestmark = on_the_bench
PORT = 1
RING_DEBOUNCE_S = 2.1  # after a line went on hook, and so after it was opened, DAHDI tells no ring


async def burst(bench: Bench, ms: int = 1_000) -> None:
    bench.far[PORT].sends(RINGING)
    await asyncio.sleep(ms / 1000)
    bench.far[PORT].sends(IDLE)


async def test_each_burst_of_ringing_is_told_with_its_end() -> None:
    async with Bench() as bench:
        await asyncio.sleep(RING_DEBOUNCE_S)
        began_s = bench.loop.time()
        for _ in range(2):
            await burst(bench)
            await asyncio.sleep(1)
        assert bench.told(PORT) == [RingOn(PORT), RingOff(PORT)] * 2
        first_off_s = await bench.hears(RingOff(PORT))
        assert first_off_s - began_s == pytest.approx(1.0, abs=0.06), "DAHDI waits 50 ms for more of it"


async def test_a_ring_right_after_we_hung_up_is_told_too() -> None:
    async with Bench() as bench:
        await asyncio.sleep(RING_DEBOUNCE_S)
        bench.card.act(GoOffHook(PORT))
        await asyncio.sleep(0.5)
        bench.card.act(GoOnHook(PORT))
        await asyncio.sleep(0.3)
        began_s = bench.loop.time()
        await burst(bench)
        assert await bench.hears(RingOn(PORT)) - began_s < 0.1
        await bench.hears(RingOff(PORT), within_s=0.3)
        await asyncio.sleep(1)
        assert bench.told(PORT) == [RingOn(PORT), RingOff(PORT)]


async def test_a_line_that_rang_before_we_began_is_told() -> None:
    async with Bench() as bench:
        bench.end()
        bench.far[PORT].sends(RINGING)
        await asyncio.sleep(0.1)
        bench.begin()
        await bench.hears(RingOn(PORT))
        assert bench.card.bits()[PORT - 1].ringing


async def test_the_exchange_sees_us_answer_and_release() -> None:
    async with Bench() as bench:
        assert bench.far[PORT].sees == IDLE
        bench.card.act(GoOffHook(PORT))
        await asyncio.sleep(0.05)
        assert bench.far[PORT].sees == OFF_HOOK
        assert bench.card.bits()[PORT - 1].off_hook
        bench.card.act(GoOnHook(PORT))
        await asyncio.sleep(0.05)
        assert bench.far[PORT].sees == IDLE
        assert not bench.card.bits()[PORT - 1].off_hook


async def test_loop_current_that_goes_and_returns_is_told() -> None:
    async with Bench() as bench:
        bench.card.act(GoOffHook(PORT))
        await asyncio.sleep(0.5)
        bench.far[PORT].sends(LOOP_OPEN)
        await asyncio.sleep(0.6)
        bench.far[PORT].sends(IDLE)
        await bench.hears(LoopRestored(PORT))
        assert bench.told(PORT) == [LoopDrop(PORT), LoopRestored(PORT)]


async def test_loop_current_lost_while_our_answer_is_debounced_is_found_by_the_bits() -> None:
    """DAHDI drops the event of a loss that comes then; the hook bits keep it."""
    async with Bench() as bench:
        bench.card.act(GoOffHook(PORT))
        await asyncio.sleep(0.05)
        bench.far[PORT].sends(LOOP_OPEN)
        for _ in range(3):
            await asyncio.sleep(1.0)
            bench.card.bits()
        assert bench.told(PORT) == [LoopDrop(PORT)]


async def test_a_loop_drop_after_our_release_is_nobodys_hang_up() -> None:
    async with Bench() as bench:
        bench.far[PORT].sends(LOOP_OPEN)
        await asyncio.sleep(0.6)
        bench.far[PORT].sends(IDLE)
        await asyncio.sleep(0.5)
        assert bench.told(PORT) == []


@pytest.mark.parametrize("after_s", (0.0, 1.0))
async def test_a_flash_towards_the_exchange_has_the_length_asked_for(after_s: float) -> None:
    """Also right after we went off hook, where DAHDI refuses for a while."""
    async with Bench() as bench:
        bench.card.act(GoOffHook(PORT))
        await asyncio.sleep(after_s)
        bench.card.act(FlashLine(PORT, 400))
        opened_ms = 0
        for _ in range(1_000):
            await asyncio.sleep(0.001)
            opened_ms += bench.far[PORT].sees == IDLE
            assert bench.card.bits()[PORT - 1].off_hook, "a flash is not a release"
        assert opened_ms == pytest.approx(400, abs=30)
        assert bench.far[PORT].sees == OFF_HOOK


async def test_a_port_that_is_none_is_refused() -> None:
    async with Bench() as bench:
        with pytest.raises(CardError, match=f"1 to {PORTS}"):
            bench.card.act(GoOffHook(PORTS + 1))
