# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The part of the kernel bench that is played in real time: what is lost and what is late at ticks of 2 ms.

`measure` is called outside; inside the kernel it runs as `python -m hil.kernel.real_time FIGURES.json SECONDS`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.simulated import Layout
from firmware.settings.factory import factory
from hil.kernel.boot import boot
from hil.kernel.recipe import BenchError

if TYPE_CHECKING:
    from hil.kernel.bench import KernelBench

TICK_SAMPLES = 16
MEASURED_S = 20.0
BESIDES_S = 130.0  # at most, until the calls are up
OTHERS_STOP_RINGING_S = 5.0  # every phone is rung for every call, and only a silence tells that it is over


@dataclass(frozen=True, slots=True)
class Figures:
    """Of `seconds` with four ports up.  lost_blocks: of a tick, filled in, discarded, starved or unsent.

    tick_late_p999_us: the media thread's wake-up.  load: of the host, which is in competition.  why: where nothing
    could be measured.
    """

    seconds: float = 0.0
    ports: int = 0
    lost_blocks: int = 0
    tick_late_p999_us: float = 0.0
    load: float = 0.0
    why: str = ""

    @property
    def passed(self) -> bool:
        return not self.why

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def text(self) -> str:
        if self.why:
            return f"real time: not measured: {self.why}"
        return (
            f"real time: {self.lost_blocks} blocks of 2 ms lost on {self.ports} ports in {self.seconds:.0f} s "
            f"(goal 0); of a thousand ticks all but one began within {self.tick_late_p999_us:.0f} us; "
            f"load of the host {self.load:.1f}"
        )


def measure(seconds: float = MEASURED_S) -> Figures:
    """Boot in real time and see for so long."""
    with tempfile.TemporaryDirectory(prefix="switchroom-real-time-") as folder:
        file = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "hil.kernel.real_time", str(file), str(seconds)]
        try:
            ended = boot(command, results=Path(folder), real_time=True, longest_s=seconds + BESIDES_S)
            figures = Figures(**json.loads(file.read_text(encoding="utf-8")))
            return replace(figures, load=round(os.getloadavg()[0], 1))
        except BenchError as error:
            return Figures(why=str(error))
        except FileNotFoundError:
            return Figures(why="\n".join(ended.output.splitlines()[-20:]))


async def _inside(seconds: float) -> Figures:
    from hil.kernel.bench import KernelBench  # needs the channels
    from hil.kernel.trace import Trace

    layout = Layout(fxo=2, fxs=2, outside=2)
    settings = factory(tuple(layout.trunk_ports), tuple(layout.station_ports))
    bench = KernelBench(settings, Trace(), TICK_SAMPLES, layout)
    await bench.begin()
    try:
        for caller, desk in zip(bench.far_ends.outside, bench.far_ends.desks.values(), strict=True):
            await caller.call(bench.pilot)
            await desk.rings(within_s=20)
            desk.lift()
            await caller.talks_to(desk)
            caller.speak()
            desk.speak()
            await bench.passes(OTHERS_STOP_RINGING_S)
        ports = (*layout.trunk_ports, *layout.station_ports)
        before = _lost_samples(bench, ports)
        await bench.passes(seconds)
        lost = _lost_samples(bench, ports) - before
        late_us = bench.media.statistics().late_p999_us
    finally:
        await bench.end()
    return Figures(seconds, len(ports), lost // TICK_SAMPLES, round(late_us, 1))


def _lost_samples(bench: KernelBench, ports: Sequence[int]) -> int:
    counters = [bench.media.counters(port) for port in ports]
    return sum(each.filled + each.discarded + each.starved + each.unsent for each in counters)


def main(file: Path, seconds: float) -> int:
    figures = asyncio.run(_inside(seconds))
    file.write_text(json.dumps(figures.as_json()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2])))
