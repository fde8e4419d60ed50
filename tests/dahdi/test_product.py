# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The whole box on real DAHDI channels, when one of its cards is pulled out in a call.

A second card of two lines (a span pair of its own) stands beside the bench's.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

from firmware.shell.box import Box, Options
from firmware.shell.cards import CardChoice, CardKind
from tests.dahdi.far_ends import FXO, IDLE, OFF_HOOK, PORTS, RINGING, FarEnd, on_the_bench
from tests.dahdi.test_vanishing import DEVICES, configure, told_to

pytestmark = on_the_bench

SECOND = 2 * PORTS + 1  # its first channel; two lines, then their far ends
FIRST_PORT, SECOND_PORT = 1, 2
SECOND_CONFIGURATION = f"""loadzone=cn
defaultzone=cn
fxsks={SECOND}-{SECOND + 1}
cas={SECOND + 2}-{SECOND + 3}:0101
alaw={SECOND}-{SECOND + 3}
"""


class Lines:
    """The far ends of the box's two lines, by port, and the box itself."""

    def __init__(self, box: Box, far: dict[int, FarEnd], data: Path) -> None:
        self.box = box
        self._far = far
        self._data = data

    async def until(self, there: Callable[[], bool], within_s: float) -> float:
        """Seconds it took."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while not there():
            assert loop.time() - began_s < within_s, (
                f"not within {within_s} s: {self.box.service.board.lines}"
            )
            await asyncio.sleep(0.05)
        return loop.time() - began_s

    def state(self, port: int) -> str:
        return self.box.service.board.lines[port].state

    def unheard_samples(self, port: int) -> int:
        counters = self.box.service.media.counters(port)
        return counters.filled + counters.discarded

    async def call(self, port: int) -> None:
        """Ring, until the box has answered."""
        for burst in range(6):
            self._far[port].sends(RINGING)
            await asyncio.sleep(1)
            self._far[port].sends(IDLE)
            await asyncio.sleep(4 if burst < 5 else 0)
            if self._far[port].sees == OFF_HOOK:
                return
        raise AssertionError(f"line {port} was not answered")

    def records(self) -> list[tuple[int, str]]:
        """(line, cause) of the calls that have ended."""
        with closing(sqlite3.connect(self._data / "switchroom.db")) as database:
            return list(database.execute("SELECT line, cause FROM calls ORDER BY id"))


@asynccontextmanager
async def centre(data: Path) -> AsyncIterator[Lines]:
    from drivers.dahdi.kernel import Kernel

    kernel = Kernel()
    for end in (0, 1):
        kernel.create_span("loc", f"3:{end}", 2)
    await asyncio.to_thread(configure, SECOND_CONFIGURATION)
    far = {FIRST_PORT: FarEnd(kernel, PORTS + 1), SECOND_PORT: FarEnd(kernel, SECOND + 2)}
    await asyncio.sleep(0.1)
    channels = ((1, SECOND), (FXO + 1,))
    box = Box(Options(data, CardChoice(CardKind.DAHDI, channels=channels)))
    await box.start()
    try:
        await asyncio.sleep(2.5)  # DAHDI tells no ring right after a channel was opened
        yield Lines(box, far, data)
    finally:
        await box.stop()
        for far_end in far.values():
            far_end.close()
        for end in (0, 1):
            kernel.destroy_span("loc", f"3:{end}")
        kernel.close()


def second_card() -> Path:
    return next(folder for folder in DEVICES.iterdir() if folder.name.endswith(":loc:2"))


async def test_a_card_pulled_out_takes_down_its_call_with_a_record_and_nothing_else(tmp_path: Path) -> None:
    async with centre(tmp_path) as lines:
        await asyncio.gather(lines.call(FIRST_PORT), lines.call(SECOND_PORT))
        assert lines.records() == []
        unheard_before = lines.unheard_samples(FIRST_PORT)
        pulling = asyncio.create_task(told_to(second_card(), "unassign_span", "1"))
        await lines.until(lambda: lines.records() != [], within_s=2)
        ((line, cause),) = lines.records()
        assert (line, cause) == (SECOND_PORT, "card_removed")
        assert lines.state(SECOND_PORT) == "out_of_service"
        await pulling
        assert lines.state(FIRST_PORT) == "up", "the other call goes on"
        assert lines.unheard_samples(FIRST_PORT) == unheard_before, "and hears every sample"

        await told_to(second_card(), "assign_span", f"1:3:{SECOND}")
        await asyncio.to_thread(configure, SECOND_CONFIGURATION)
        await lines.until(lambda: lines.state(SECOND_PORT) == "idle", within_s=3)
        await asyncio.sleep(2.5)
        await lines.call(SECOND_PORT)
        assert lines.state(SECOND_PORT) == "up", "without a restart"
        assert lines.state(FIRST_PORT) == "up"
