# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Sound through real DAHDI channels: an engine at either end, and nothing of it lost on the way."""

from __future__ import annotations

import asyncio
import os

import pytest

from dsp.engine import Engine
from dsp.vocabulary import (
    Detector,
    DigitBegan,
    LevelMeasured,
    MediaEvent,
    SendDigits,
    SetBridge,
    SetDetectors,
)
from tests.dahdi.far_ends import IDLE, OFF_HOOK, PORTS, Bench, on_the_bench
from tests.dahdi.test_vanishing import configuration, configure

pytestmark = on_the_bench
LINE, PHONE = 1, 5


class Far:
    """An engine on the far channels; what it heard."""

    def __init__(self, bench: Bench, tick_samples: int, *, mulaw: bool = False) -> None:
        self.engine = Engine(PORTS, tick_samples)
        self.events: list[MediaEvent] = []
        for port, end in bench.far.items():
            end.channel.set_buffers(tick_samples)
            end.channel.flush(events=True)
            if mulaw:
                end.channel.set_mulaw()
                end.channel.set_linear()
            self.engine.open_channel(port, end.channel.descriptor, linear=mulaw)
        self.engine.start()
        self._loop = bench.loop
        self._loop.add_reader(self.engine.fileno(), self._hear)

    def _hear(self) -> None:
        self.events += self.engine.poll()

    def keys(self, port: int) -> str:
        return "".join(
            event.key for event in self.events if isinstance(event, DigitBegan) and event.port == port
        )

    def close(self) -> None:
        self._loop.remove_reader(self.engine.fileno())
        self.engine.close()


async def test_a_card_that_codes_in_mu_law_is_heard_and_heard_right() -> None:
    """As analog cards do unless told otherwise; the kernel converts."""
    await asyncio.to_thread(configure, configuration(near=True, law="mulaw"))
    try:
        async with Bench() as bench:
            far = Far(bench, 16, mulaw=True)
            bench.media.submit([SetBridge(1, (LINE, PHONE)), SetDetectors(LINE, Detector.LEVEL)])
            far.engine.submit([SetDetectors(PHONE, Detector.DIGITS | Detector.LEVEL)])
            far.engine.submit([SendDigits(LINE, "19", 1, 1_500, 100, -9)])
            await asyncio.sleep(4)
            far.close()
            assert far.keys(PHONE) == "19"
            levels = [
                event.rx_dbm0
                for event in far.events
                if isinstance(event, LevelMeasured) and event.port == PHONE
            ]
            sent = [event.rx_dbm0 for event in bench.media.poll() if isinstance(event, LevelMeasured)]
            assert max(levels) == pytest.approx(max(sent), abs=0.3)
            assert max(sent) == pytest.approx(-6, abs=1.5), "two tones of -9 dBm0 each"
    finally:
        await asyncio.to_thread(configure, configuration(near=True))


@pytest.mark.parametrize("tick_samples", (16, 80, 160))
async def test_two_ports_in_a_bridge_talk_through_four_channels(tick_samples: int) -> None:
    async with Bench(tick_samples) as bench:
        far = Far(bench, tick_samples)
        bench.media.submit([SetBridge(1, (LINE, PHONE))])
        far.engine.submit([SetDetectors(LINE, Detector.DIGITS), SetDetectors(PHONE, Detector.DIGITS)])
        far.engine.submit([SendDigits(LINE, "1234567890", 1), SendDigits(PHONE, "ABCD*#", 2)])
        await asyncio.sleep(4)
        far.close()
        assert (far.keys(PHONE), far.keys(LINE)) == ("1234567890", "ABCD*#")


async def test_nothing_is_lost_in_a_minute_on_every_channel() -> None:
    async with Bench() as bench:
        far = Far(bench, 16)
        pairs = [(port, port + PORTS // 2) for port in range(1, PORTS // 2 + 1)]
        bench.media.submit([SetBridge(number, pair) for number, pair in enumerate(pairs, 1)])
        far.engine.submit([SendDigits(port, "5," * 150, port) for port in range(1, PORTS + 1)])
        await asyncio.sleep(1)  # the rows have found their length
        before = {port: bench.media.counters(port) for port in range(1, PORTS + 1)}
        await asyncio.sleep(60)
        after = {port: bench.media.counters(port) for port in range(1, PORTS + 1)}
        far.close()
        for port in before:
            assert after[port].received - before[port].received == pytest.approx(60 * 8_000, abs=320)
            lost = [getattr(after[port], name) - getattr(before[port], name) for name in LOSSES]
            assert lost == [0, 0, 0, 0], f"port {port}: {LOSSES}"


LOSSES = ("filled", "discarded", "starved", "unsent")


async def test_a_click_is_soon_at_the_other_end() -> None:
    """Through both far ends' buffers and ours; how soon exactly is measured by the speed tests."""
    async with Bench() as bench:
        for port in (LINE, PHONE):
            bench.far[port].channel.set_buffers(16)
            bench.far[port].channel.flush(events=True)
        bench.media.submit([SetBridge(1, (LINE, PHONE))])
        delays_ms = [await click(bench, PHONE, LINE) for _ in range(20)]
        assert sorted(delays_ms)[10] <= 14


async def click(bench: Bench, from_port: int, to_port: int) -> float:
    """Milliseconds from the write at one far end to the read at the other."""
    mouth, ear = bench.far[from_port].channel.descriptor, bench.far[to_port].channel.descriptor
    bench.far[to_port].channel.flush()
    await asyncio.sleep(0.0173)
    os.write(mouth, bytes([0x2A]) * 16)
    began_s = bench.loop.time()
    while True:
        try:
            if os.read(ear, 16).strip(b"\xd5\x55"):
                return (bench.loop.time() - began_s) * 1000
        except BlockingIOError:
            await asyncio.sleep(0.0005)


async def test_a_hook_flash_costs_no_other_port_a_sample() -> None:
    async with Bench() as bench:
        far = Far(bench, 16)
        bench.media.submit([SetBridge(1, (LINE, PHONE + 1))])
        far.engine.submit([SendDigits(LINE, "5," * 10, 1)])
        await asyncio.sleep(1)
        before = bench.media.counters(LINE), bench.media.counters(PHONE + 1)
        for bits in (OFF_HOOK, IDLE, OFF_HOOK, IDLE) * 5:
            bench.far[PHONE].sends(bits)
            await asyncio.sleep(0.1)
        after = bench.media.counters(LINE), bench.media.counters(PHONE + 1)
        far.close()
        assert [one.filled for one in after] == [one.filled for one in before]
