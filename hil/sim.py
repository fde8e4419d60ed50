# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated bench: the whole product in virtual time, with real samples or with events only."""

from __future__ import annotations

import asyncio
from pathlib import Path

from drivers.simulated import FarEnds
from firmware.clock import run_virtual
from firmware.settings.model import Settings
from firmware.shell.records import MemoryRecords
from firmware.shell.service import Service
from firmware.virtual import Centre
from hil.benches import plans
from hil.box_bench import BoxBench, give_pins, layout_of
from hil.scenario import Scenario

LAYOUT = layout_of(plans()["sim"])


class SimBench(BoxBench):
    """One scenario's centre.  Made by `play`."""

    def __init__(self, settings: Settings, media: bool, seed: int, data: Path | None) -> None:
        super().__init__(settings, LAYOUT.pilot)
        self._media = media
        self._seed = seed
        self._data = data
        self.centre = self._new_centre(None)

    def _new_centre(self, before: Centre | None) -> Centre:
        centre = Centre(
            self._settings,
            layout=LAYOUT,
            seed=self._seed,
            media=self._media,
            data=self._data,
            recover_from=before,
        )
        give_pins(centre.memory, self._settings)
        return centre

    @property
    def service(self) -> Service:
        return self.centre.service

    @property
    def memory(self) -> MemoryRecords:
        return self.centre.memory

    @property
    def far_ends(self) -> FarEnds:
        return self.centre.card.far_ends

    def recording(self, number: int) -> bytes:
        assert self._data is not None, "this scenario was played without files"
        (file,) = (self._data / "recordings").rglob(f"*{number}.wav")
        return file.read_bytes()

    async def cut_power(self, off_s: float = 5) -> None:
        await self.centre.cut_power()
        await asyncio.sleep(off_s)
        self.centre = self._new_centre(self.centre)
        await self.centre.__aenter__()


def play(scenario: Scenario, media: bool, seed: int = 1, data: Path | None = None) -> SimBench:
    """Play a scenario to its end; returns the bench as it was left, for more questions.

    Raises AssertionError (NotHeard among them) where the scenario does not hold.
    """

    async def whole() -> SimBench:
        bench = SimBench(scenario.settings(), media, seed, data)
        async with bench.centre:
            try:
                await scenario.play(bench)
            finally:
                await bench.centre.stop()
        return bench

    bench: SimBench = run_virtual(whole)
    return bench
