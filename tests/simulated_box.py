# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A box with no brain: the near engine, the simulated card, and what both report, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

import pytest

from drivers.port import CardAct, CardFact
from drivers.simulated import FarEnds, Layout, SimulatedCard
from dsp.media import Media, OpenMedia, Stepper
from dsp.vocabulary import Detector, MediaCommand, MediaEvent, SetDetectors
from firmware.clock import VirtualLoop, run_virtual

TICK_SAMPLES = 80
HEARING = Detector.DIGITS | Detector.TONES | Detector.SPEECH

Reported = TypeVar("Reported")


def media_on() -> tuple[OpenMedia, Stepper]:
    from dsp.engine import Engine, step

    return Engine, step


def media_off() -> tuple[OpenMedia, Stepper]:
    from dsp.media_off import MediaOff, step

    return MediaOff, step


both_engines = pytest.mark.parametrize("engines", [media_on, media_off], ids=["media_on", "media_off"])
only_sound = pytest.mark.parametrize("engines", [media_on], ids=["media_on"])

Engines = Callable[[], tuple[OpenMedia, Stepper]]


class Box:
    """What a test does in the box's place."""

    def __init__(self, engines: Engines, layout: Layout, far_ends: FarEnds | None = None) -> None:
        open_media, stepper = engines()
        self.engines = engines
        self.loop = cast(VirtualLoop, asyncio.get_running_loop())
        self.media: Media = open_media(layout.fxo + layout.fxs, TICK_SAMPLES)
        self.card = SimulatedCard(open_media, layout, real_time=False, far_ends=far_ends)
        self.reports: list[tuple[float, CardFact | MediaEvent]] = []
        self._changed = asyncio.Event()
        self.card.attach(self.media)
        self.card.start(self._take)
        self.began_s = self.loop.time()
        self.loop.drive(stepper, [self.media, self.card.far_media], self._poll)
        self.loop.when_stepped(self.card.poll)

    def close(self) -> None:
        self.loop.release()
        self.card.close()
        self.media.close()

    def lose_power(self) -> FarEnds:
        """The box is gone; the world outside lives on."""
        far_ends = self.card.leave_far_ends()
        self.close()
        self.loop.drive(self.engines()[1], [far_ends.media], far_ends.far.poll)
        return far_ends

    def act(self, act: CardAct) -> None:
        self.card.act(act)

    def say(self, *commands: MediaCommand) -> None:
        self.media.submit(commands)

    def listen(self, port: int, detectors: Detector = HEARING) -> None:
        self.say(SetDetectors(port, detectors))

    async def reported(
        self, kind: type[Reported], within_s: float = 5, **fields: object
    ) -> tuple[float, Reported]:
        """The first report of a kind not asked for before, when it came (s since the beginning) and itself."""
        deadline_s = self.loop.time() + within_s
        while True:
            for index, (at_s, report) in enumerate(self.reports):
                if isinstance(report, kind) and all(getattr(report, k) == v for k, v in fields.items()):
                    del self.reports[index]
                    return at_s, report
            self._changed.clear()
            try:
                async with asyncio.timeout_at(deadline_s):
                    await self._changed.wait()
            except TimeoutError:
                raise AssertionError(
                    f"no {kind.__name__} {fields} within {within_s} s: {self.reports}"
                ) from None

    def none_of(self, *kinds: type[object]) -> bool:
        """Nothing of these kinds has been reported that was not asked for."""
        return not any(isinstance(report, kinds) for _, report in self.reports)

    def now_s(self) -> float:
        return self.loop.time() - self.began_s

    def _poll(self) -> None:
        for event in self.media.poll():
            self._take(event)

    def _take(self, report: CardFact | MediaEvent) -> None:
        self.reports.append((self.now_s(), report))
        self._changed.set()


def play_scene(
    engines: Engines,
    scene: Callable[[Box], Coroutine[Any, Any, Any]],
    layout: Layout | None = None,
) -> Any:
    """Run a scene in virtual time on a box of 2 lines and 2 phones, or as laid out."""

    async def main() -> Any:
        box = Box(engines, layout or Layout(fxo=2, fxs=2, outside=3, streams=1))
        try:
            return await scene(box)
        finally:
            box.close()

    return run_virtual(main)
