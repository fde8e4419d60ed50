# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What DAHDI channels cost, and what they delay, on the kernel bench.  Each function boots once, measures inside
(`dahdi_inside`) and returns figures; BenchError says why where nothing could be measured."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil.kernel import spans
from hil.kernel.boot import boot
from hil.kernel.recipe import BenchError, find_kernel
from tests.bench.bench_media import BIG_TICK_SAMPLES, SMALL_TICK_SAMPLES, talk

FIGURES = "figures.json"
TALK = "talk.alaw"
BEGIN, END = "measuring begins", "measuring ends"
LONGEST_S = 300.0
_INSIDE = "tests.bench.dahdi_inside"
_HOST_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def configuration(channels: int) -> str:
    """system.conf for a box of so many analog channels, FXO and FXS by halves, and their far ends."""
    half = channels // 2
    lines = [
        "loadzone=cn",
        "defaultzone=cn",
        f"dynamic=loc,1:0,{channels},0",
        f"dynamic=loc,1:1,{channels},0",
        f"fxsks=1-{half}",
        f"fxoks={half + 1}-{channels}",
        f"cas={channels + 1}-{2 * channels}:{spans.IDLE:04b}",
        f"alaw=1-{2 * channels}",
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Cost:
    """Of `passed_s` with all channels up.  percent: of a core, the engine's threads by the inner kernel's accounts.

    user_percent: all programs inside, without their kernel, by the host's accounts.
    """

    percent: float
    user_percent: float
    passed_s: float
    lost_blocks: float


class _UserTime:
    """Hears when measuring begins and ends, and looks at the host's accounts then: each address space inside is a
    process of the host, whose user time is what its programs have computed."""

    def __init__(self) -> None:
        self._linux = find_kernel().linux
        self._at: list[float] = []

    def hear(self, line: str) -> None:
        if line.strip() in (BEGIN, END):
            self._at.append(self._user_s())

    @property
    def seconds(self) -> float:
        begin, end = self._at
        return end - begin

    def _user_s(self) -> float:
        """proc(5): session is the 6th field of stat, utime the 14th; the second, in brackets, may hold anything."""
        children, user_s = set(), {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if Path(os.readlink(process / "exe")) != self._linux:
                    continue
                fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:  # it has ended, or is another's
                continue
            if int(fields[1]) == os.getpid():
                children.add(int(process.name))
            user_s[int(process.name)] = (int(fields[3]), int(fields[11]) * _HOST_TICK_S)
        return sum(
            spent for number, (leader, spent) in user_s.items() if leader in children and number != leader
        )


def calls_up(channels: int, tick_samples: int, seconds: float, *, real_time: bool) -> Cost:
    """Channels in pairs, both ends of each call talking, recorded, with detectors on."""
    user = _UserTime()
    told = _measured(
        channels,
        "calls_up",
        f"--tick-samples={tick_samples}",
        f"--seconds={seconds}",
        real_time=real_time,
        user=user,
    )
    return Cost(told["percent"], 100 * user.seconds / told["passed_s"], told["passed_s"], told["lost_blocks"])


def cpu(channels: int, seconds: float) -> Cost:
    return calls_up(channels, BIG_TICK_SAMPLES, seconds, real_time=True)


def engine_user(channels: int, seconds: float) -> Cost:
    return calls_up(channels, SMALL_TICK_SAMPLES, seconds, real_time=False)


@dataclass(frozen=True)
class OneWay:
    """From a telephone's end of its line to the exchange's end of another, through the engine at ticks of 2 ms.

    through_ms, looped_ms: medians; looped: the way to the driver's own loop at the telephone's port and back, which
    nothing of ours has a part in.
    """

    through_ms: float
    worst_ms: float
    looped_ms: float
    clicks: int

    @property
    def ours_ms(self) -> float:
        """All that is more than the driver's loop: DAHDI's blocks of a tick in both directions and the engine."""
        return self.through_ms - self.looped_ms


def one_way(clicks: int, channels: int = 4) -> OneWay:
    """Real time, two calls up."""
    told = _measured(channels, "one_way", f"--clicks={clicks}", real_time=True)
    return OneWay(told["through_ms"], told["through_worst_ms"], told["looped_ms"], int(told["clicks"]))


def _measured(
    channels: int, what: str, *arguments: str, real_time: bool, user: _UserTime | None = None
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-dahdi-") as name:
        folder = Path(name)
        (folder / TALK).write_bytes(b"".join(talk()))
        command = [sys.executable, "-m", _INSIDE, what, str(folder), f"--channels={channels}", *arguments]
        ended = boot(
            command,
            configuration=configuration(channels),
            results=folder,
            real_time=real_time,
            every_ms=True,
            longest_s=LONGEST_S,
            hear=user.hear if user else lambda line: None,
        )
        if ended.exit_code:
            raise BenchError("\n".join(ended.output.splitlines()[-15:]))
        told: dict[str, Any] = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
        return told
