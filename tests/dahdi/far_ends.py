# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A card on the bench's near channels, and raw far ends on the other side of each pair.

The far channels are signalled `cas`: they send the bits a telephone or an exchange would put on the line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.port import CardFact
from dsp.engine import Engine

if TYPE_CHECKING:
    from drivers.dahdi.card import DahdiCard
    from drivers.dahdi.kernel import Kernel

FXO, FXS = 4, 8  # hil/benches/kernel.toml
PORTS = FXO + FXS
TICK_SAMPLES = 16
DEADLINE_S = 10.0

A, B, C, D = 8, 4, 2, 1
IDLE = B | D
RINGING = 0  # the exchange rings
LOOP_OPEN = A | B | C | D  # the exchange has taken loop current away
OFF_HOOK = A | B | C | D  # the telephone has closed the loop

on_the_bench = pytest.mark.skipif(
    "BENCH_JOB=" not in Path("/proc/cmdline").read_text(encoding="ascii", errors="replace"),
    reason="needs DAHDI's kernel modules: make hil BENCH=kernel",
)


class Bench:
    """facts: what the card has told, with the second it was told in."""

    def __init__(self, tick_samples: int = TICK_SAMPLES) -> None:
        from drivers.dahdi.card import Channels, DahdiCard
        from drivers.dahdi.kernel import Kernel

        self.loop = asyncio.get_running_loop()
        self.kernel: Kernel = Kernel()
        self.channels = Channels(tuple(range(1, FXO + 1)), tuple(range(FXO + 1, PORTS + 1)))
        self.facts: list[tuple[float, CardFact]] = []
        self.far: dict[int, FarEnd] = {}
        self._tick_samples = tick_samples
        self._card = DahdiCard
        self._told = asyncio.Event()

    async def __aenter__(self) -> Bench:
        for port in range(1, PORTS + 1):
            self.far[port] = FarEnd(self.kernel, PORTS + port)
        await asyncio.sleep(0.1)  # the bits are at the other end
        try:
            self.begin()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    def begin(self) -> None:
        """A card and an engine, as when the service starts."""
        self.forget()
        self.media = Engine(PORTS, self._tick_samples)
        self.card: DahdiCard = self._card(channels=self.channels)
        self.card.attach(self.media)
        self.media.start()
        self.card.start(self._hear)

    def end(self) -> None:
        self.card.close()
        self.media.close()

    async def __aexit__(self, *_: object) -> None:
        self.end()
        for far in self.far.values():
            far.close()
        self.far.clear()
        self.kernel.close()

    def _hear(self, fact: CardFact) -> None:
        self.facts.append((self.loop.time(), fact))
        self._told.set()

    def told(self, port: int) -> list[CardFact]:
        return [fact for _, fact in self.facts if fact.port == port]

    def forget(self) -> None:
        self.facts.clear()

    async def hears(self, fact: CardFact, within_s: float = DEADLINE_S) -> float:
        """Wait for a fact, or find it told; returns when."""
        return await self.until(lambda each: each == fact, within_s, repr(fact))

    async def until(self, fits: Callable[[CardFact], bool], within_s: float, what: str) -> float:
        ends_s = self.loop.time() + within_s
        while True:
            for at_s, fact in self.facts:
                if fits(fact):
                    return at_s
            self._told.clear()
            try:
                await asyncio.wait_for(self._told.wait(), ends_s - self.loop.time())
            except TimeoutError:
                raise AssertionError(f"{what} was not told within {within_s} s, but {self.facts}") from None


class FarEnd:
    """The other end of a port's pair."""

    def __init__(self, kernel: Kernel, number: int) -> None:
        self.channel = kernel.open(number)
        self.channel.set_alaw()
        self.sends(IDLE)

    def sends(self, bits: int) -> None:
        self.channel.set_tx_bits(bits)

    @property
    def sees(self) -> int:
        return self.channel.rx_bits()

    def close(self) -> None:
        self.channel.close()
