# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The kernel bench: the whole product on the DAHDI driver, in real time as the bench's kernel counts it.

The far ends are those of the simulated card, on the other channels of the pairs.  Runs inside the kernel only.
"""

from __future__ import annotations

import asyncio

from drivers.dahdi.card import Channels, DahdiCard
from drivers.simulated import FarEnds, Layout
from dsp.engine import Engine
from dsp.media import Media
from firmware.clock import RealClock
from firmware.exchange.vocabulary import CallRecord
from firmware.journal import Journal, MemorySink
from firmware.replay import Recovered, recover
from firmware.settings.model import Settings
from firmware.shell.recordings import HashingSink, Sink
from firmware.shell.records import MemoryRecords
from firmware.shell.service import Beginning, Service, Surroundings
from firmware.virtual import open_far_engine
from hil.box_bench import BoxBench, give_pins, layout_of
from hil.kernel import spans
from hil.kernel.far_channels import FarChannels
from hil.kernel.trace import Trace, TracedCard
from hil.scenario import Scenario

TICK_SAMPLES = 160  # 20 ms: nobody listens
SEED = 1
ADDRESS = "192.168.1.10"


class KernelBox:
    """One run of the box, from power on to power off.  Records are kept in memory, sound in `recordings`."""

    def __init__(
        self,
        settings: Settings,
        channels: Channels,
        trace: Trace,
        tick_samples: int,
        memory: MemoryRecords,
        epoch: int,
        recordings: Sink | None = None,
    ) -> None:
        self._recordings = recordings or HashingSink()
        self._settings = settings
        self._epoch = epoch
        self.memory = memory
        self.sink = MemorySink()
        give_pins(memory, settings)
        self._card = TracedCard(DahdiCard(channels=channels), trace)
        self.media: Media = Engine(len(self._card.ports), tick_samples)

    async def start(self, recovered: Recovered) -> None:
        self._card.attach(self.media)
        self.service = Service(
            Surroundings(
                RealClock(),
                self._card,
                self.media,
                Journal(self.sink, recovered.position),
                self.memory,
                self._recordings,
                find_address=lambda: ADDRESS,
            )
        )
        for derived in recovered.derived:
            if isinstance(derived.record, CallRecord):
                self.memory.keep_call(derived.record, derived.position)
        self.media.start()
        asyncio.get_running_loop().add_reader(self.media.fileno(), self.service.take_media)
        snapshot = recovered.core.snapshot() if recovered.core else b""
        await self.service.start(Beginning("kernel", self._epoch, SEED, 1, self._settings, snapshot))

    async def stop(self) -> None:
        """End in good order.  A second time, or after a power cut, does nothing."""
        if self.service.ended.is_set():
            return
        asyncio.get_running_loop().remove_reader(self.media.fileno())
        await self.service.stop()

    async def die(self) -> None:
        """As by a power cut: the kernel finds the channels closed."""
        asyncio.get_running_loop().remove_reader(self.media.fileno())
        await self.service.die()


class KernelBench(BoxBench):
    """One scenario's centre and the world around it.  layout: all ports of the bench, where not given."""

    def __init__(
        self, settings: Settings, trace: Trace, tick_samples: int = TICK_SAMPLES, layout: Layout | None = None
    ) -> None:
        layout = layout or layout_of(spans.PLAN)
        super().__init__(settings, layout.pilot)
        self._trace = trace
        self._tick_samples = tick_samples
        self._far_ends = FarEnds(open_far_engine, layout, tick_samples, asyncio.get_running_loop())
        self._channels = Channels(*spans.box_channels(layout.fxo, layout.fxs))
        box_channels = enumerate((*self._channels.fxo, *self._channels.fxs), 1)
        far = {port: spans.far_channel(channel) for port, channel in box_channels}
        self._far_channels = FarChannels(self._far_ends, far, trace)
        self._epoch = 0
        self._memory = MemoryRecords()

    async def begin(self) -> None:
        self._far_ends.start()
        await self._switch_on(Recovered(None, 0, ()))

    async def end(self) -> None:
        await self._box.stop()
        self._far_ends.stop()
        self._far_ends.close()
        self._far_channels.close()

    @property
    def service(self) -> Service:
        return self._box.service

    @property
    def memory(self) -> MemoryRecords:
        return self._memory

    @property
    def far_ends(self) -> FarEnds:
        return self._far_ends

    @property
    def media(self) -> Media:
        """The box's engine."""
        return self._box.media

    def recording(self, number: int) -> bytes:
        raise AssertionError(f"recording {number}: this bench keeps none")

    async def cut_power(self, off_s: float = 5) -> None:
        await self._box.die()
        await asyncio.sleep(off_s)
        await self._switch_on(recover(list(self._box.sink.segments)))

    async def _switch_on(self, recovered: Recovered) -> None:
        self._epoch += 1
        self._box = KernelBox(
            self._settings, self._channels, self._trace, self._tick_samples, self._memory, self._epoch
        )
        await self._box.start(recovered)


async def play(scenario: Scenario, trace: Trace) -> None:
    """Raises AssertionError (NotHeard among them) where the scenario does not hold."""
    bench = KernelBench(scenario.settings(), trace)
    await bench.begin()
    try:
        await scenario.play(bench)
    finally:
        await bench.end()
