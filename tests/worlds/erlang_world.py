# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The core's queue against the formulas: Poisson calls, exponential handling and patience, agents who answer at once.

Every call goes through the real machines: trunk, call, flow, place, queue, offer, agent, station.  One run is some
hours; the first are left out as warm-up.  What is compared is the share of callers who waited, the mean wait, and the
share within 20 s (Erlang C) or of those who left (Erlang A).
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from math import sqrt
from random import Random
from statistics import mean, stdev

from drivers.port import LoopDrop
from firmware.erlang import Waiting, with_patience, without_patience
from firmware.exchange.commands import Actor, LogIn
from firmware.exchange.vocabulary import CallRecord, Commanded
from firmware.settings.model import (
    Agent,
    CallerIdKind,
    Flow,
    Line,
    Phone,
    Queue,
    QueueNode,
    Recording,
    Settings,
)
from tests.worlds.paper import MONO_START_NS, Paper

SERVICE_WITHIN_S = 20.0
# Waits below this are the machines' own instants, not waiting.
NO_WAIT_S = 0.001
# Two-sided quantiles of Student's t with 29 degrees of freedom (30 replications).
T_95 = 2.045
T_999 = 3.659


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table.  patience_s None: callers wait for ever."""

    calls_per_hour: float
    handling_s: float
    agents: int
    patience_s: float | None = None

    def expected(self) -> Waiting:
        if self.patience_s is None:
            return without_patience(self.calls_per_hour, self.handling_s, self.agents, SERVICE_WITHIN_S)
        return with_patience(self.calls_per_hour, self.handling_s, self.agents, self.patience_s)


CASES = (
    Case(40, 180, 3),
    Case(40, 180, 4),
    Case(60, 180, 4),
    Case(60, 180, 5),
    Case(120, 180, 8),
    Case(180, 240, 14),
    Case(240, 240, 18),
    Case(270, 240, 20),
    Case(60, 180, 4, 120),
    Case(120, 180, 6, 120),
    Case(270, 240, 18, 180),
)


@dataclass(frozen=True, slots=True)
class Metric:
    """One compared figure: what the formula says, and the mean and half-width of the runs' 95 % interval."""

    case: Case
    name: str
    expected: float
    found: float
    half_width_95: float
    half_width_999: float

    @property
    def within_95(self) -> bool:
        return abs(self.found - self.expected) <= self.half_width_95

    @property
    def within_999(self) -> bool:
        return abs(self.found - self.expected) <= self.half_width_999


def run_case(case: Case, seeds: range, warm_up_h: float = 5, measured_h: float = 10) -> list[Metric]:
    """Replications of one case, and what they say of each metric."""
    runs = [_Run(case, seed, warm_up_h, measured_h).play() for seed in seeds]
    expected = case.expected()
    wanted = [("waited", expected.wait_probability), ("mean_wait_s", expected.wait_mean_s)]
    third = ("within_20_s", expected.service_level) if case.patience_s is None else None
    wanted.append(third if third and third[1] is not None else ("left", expected.abandon_probability))  # type: ignore[arg-type]
    return [_metric(case, name, value, [run[name] for run in runs]) for name, value in wanted]


def needless_waits_s(case: Case, seed: int, hours: float) -> list[float]:
    """How much longer each caller waited than first come, first served makes inevitable: calls without patience.

    Exact where the formulas are but probable: the same arrivals and handling times, served on paper.
    """
    run = _Run(case, seed, 0, hours)
    run.play()
    records = sorted(run.world.records, key=lambda record: record.call)
    free_ns = [0] * case.agents
    needless_s = []
    for number, record in enumerate(records, start=records[0].call):
        if record.call != number:
            break  # one still goes on at the end: it has no record, and those after it waited for it
        (visit,) = record.queue_visits
        served_ns = max(heappop(free_ns), visit.entered.mono_ns)
        heappush(free_ns, served_ns + record.ended.mono_ns - visit.left.mono_ns)
        needless_s.append((visit.left.mono_ns - served_ns) / 1e9)
    return needless_s


def _metric(case: Case, name: str, expected: float, values: list[float]) -> Metric:
    error = stdev(values) / sqrt(len(values))
    return Metric(case, name, expected, mean(values), T_95 * error, T_999 * error)


# With 33 figures a right model has at most so many outside their 95 % interval, but for one time in 43.
OUTSIDE_95_MAX = 4


def verdict(metrics: list[Metric]) -> tuple[bool, str]:
    """Whether figures agree with the formulas as a whole, and that in words."""
    outside_95 = sum(not metric.within_95 for metric in metrics)
    outside_999 = sum(not metric.within_999 for metric in metrics)
    words = (
        f"{outside_95} of {len(metrics)} outside their 95 % interval (at most {OUTSIDE_95_MAX}),"
        f" {outside_999} outside 99.9 % (none)"
    )
    return outside_95 <= OUTSIDE_95_MAX and outside_999 == 0, words


class _Run:
    """One replication."""

    def __init__(self, case: Case, seed: int, warm_up_h: float, measured_h: float) -> None:
        self.case = case
        self.random = Random(f"erlang/{case}/{seed}")
        self.warm_up_ms = warm_up_h * 3_600_000
        self.end_ms = self.warm_up_ms + measured_h * 3_600_000
        self.line_count = 40 + 2 * case.agents + int(case.calls_per_hour * 0.4)
        self.world = Paper(_settings(case, self.line_count), self.line_count, case.agents, seed)
        self.world.keep_effects = False
        self.free = list(self.world.lines)
        self.overflowed = 0
        self.busy: dict[int, int] = {}
        self.caller_on: dict[int, int] = {}

    def play(self) -> dict[str, float]:
        world = self.world
        admin = Actor("system", "test", "system")
        for index in range(self.case.agents):
            world.fact(Commanded(index + 1, admin, LogIn(101 + index, str(801 + index))))
        world.on_ring = self._agent_answers
        self._next_call()
        world.run(self.end_ms)
        assert not self.overflowed, "the world has too few lines for this case"
        assert not world.faults, world.faults[:1]
        return self._figures()

    def _next_call(self) -> None:
        gap_ms = self.random.expovariate(self.case.calls_per_hour) * 3_600_000
        self.world.later(gap_ms, self._call)

    def _call(self) -> None:
        self._next_call()
        if not self.free:
            self.overflowed += 1
            return
        line = self.free.pop()
        self.world.call_in(line, "")
        if self.case.patience_s is not None:
            # Patience counts from the queue, which begins when the line has settled after its answer.
            patience_ms = self.random.expovariate(1 / self.case.patience_s) * 1000 + 500
            call = self._call_on(line)
            self.world.later(patience_ms, lambda: self._loses_patience(line, call))

    def _call_on(self, line: int) -> int:
        trunk = self.world.core.directory.trunk(line)
        assert trunk is not None
        return trunk.call

    def _loses_patience(self, line: int, call: int) -> None:
        trunk = self.world.core.directory.trunk(line)
        assert trunk is not None
        if trunk.call == call and call not in self.busy:
            self._caller_hangs_up(line)

    def _agent_answers(self, port: int) -> None:
        station = self.world.core.directory.station(port)
        assert station is not None
        call = station.call
        self.world.lift(port)
        line = next(leg.port for leg in self.world.core.directory.call(call).legs if leg.leg == 1)  # type: ignore[union-attr]
        self.busy[call] = port
        handling_ms = self.random.expovariate(1 / self.case.handling_s) * 1000
        self.world.later(handling_ms, lambda: self._handled(call, line, port))

    def _handled(self, call: int, line: int, port: int) -> None:
        del self.busy[call]
        self._caller_hangs_up(line)
        self.world.hang_up(port)

    def _caller_hangs_up(self, line: int) -> None:
        self.world.fact(LoopDrop(line))
        # The line rests on hook for its guard time before it can be rung again.
        self.world.later(2_000, lambda: self.free.append(line))

    def _figures(self) -> dict[str, float]:
        begin_ns = MONO_START_NS + int(self.warm_up_ms * 1_000_000)
        visits = [_visit(record) for record in self.world.records if record.began.mono_ns >= begin_ns]
        waits = [wait_s for wait_s, _ in visits]
        served = [wait_s for wait_s, left in visits if not left]
        return {
            "waited": mean(wait_s > NO_WAIT_S for wait_s in waits),
            "mean_wait_s": mean(waits),
            "within_20_s": mean(wait_s <= SERVICE_WITHIN_S for wait_s in served),
            "left": mean(left for _, left in visits),
        }


def _visit(record: CallRecord) -> tuple[float, bool]:
    """The wait in the queue, and whether the caller left it by hanging up."""
    (visit,) = record.queue_visits
    return (visit.left.mono_ns - visit.entered.mono_ns) / 1e9, visit.outcome == "abandoned"


def _settings(case: Case, line_count: int) -> Settings:
    phones = range(line_count + 1, line_count + case.agents + 1)
    # Nobody speaks on paper, and no call may end but by its people.
    lines = (
        Line(
            port=port,
            name=f"line {port}",
            caller_id=CallerIdKind.NONE,
            longest_silence_s=3_600,
            longest_call_s=86_400,
        )
        for port in range(1, line_count + 1)
    )
    flow = Flow(name="front", start="queue", nodes={"queue": QueueNode(queue=1)})
    queue = Queue(
        number=1, name="test", wrap_up_s=0, max_wait_s=7_200, callers_max=1_000, announce_every_s=0,
        announce_position=False, announce_wait=False,
    )  # fmt: skip
    return Settings(
        lines=tuple(lines),
        phones=tuple(
            Phone(port=port, extension=str(801 + index), name="desk") for index, port in enumerate(phones)
        ),
        agents=tuple(Agent(number=101 + index, name="agent", queues=(1,)) for index in range(case.agents)),
        queues=(queue,),
        flows=(flow,),
        recording=Recording(on=False, notice=False),
    )
