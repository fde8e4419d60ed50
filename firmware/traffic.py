# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A day of a centre in virtual time: callers by distribution, agents at their phones, the whole product between them.

What `switchroom traffic` runs.  Callers arrive by a Poisson process whose rate follows the hours of a day; patience is
exponential, talk is log-normal, as call centres measure them.  The figures are the store's own, by the same
formulas as on the pages.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from drivers.simulated import Habit, Layout, OutsideTelephone
from dsp.vocabulary import Detector
from firmware.clock import CIVIL_START_NS, run_virtual
from firmware.exchange.commands import LogIn
from firmware.exchange.vocabulary import AgentReport, CallRecord, CallReport, PhoneReport
from firmware.replay import Kept
from firmware.settings.model import (
    Agent,
    CallerIdKind,
    Flow,
    HangUpNode,
    Line,
    MenuNode,
    NoticeNode,
    Phone,
    Queue,
    QueueNode,
    Settings,
)
from firmware.shell.board import AnyReport
from firmware.shell.records import MemoryRecords
from firmware.store import calls, events
from firmware.store.queries import Queries
from firmware.store.reader import Reader
from firmware.store.store import Store
from firmware.virtual import Centre

# Shares of a day's calls by hour from opening: a busy morning, a quiet noon, a second peak.
HOUR_WEIGHTS = (0.9, 1.3, 1.2, 0.7, 0.9, 1.2, 1.1, 0.7)
# The standard deviation of the logarithm of talk times: their median is then about 0.73 of their mean.
TALK_SPREAD = 0.8
MENU_REACHED_S = (6.0, 14.0)  # a caller presses the key so long after dialling
LIFTED_AFTER_MS = (1_500, 6_000)
PUT_DOWN_AFTER_S = 1.0
# Nothing is lost between this card and the core; looking every second would be the dearest part of the day.
RECONCILED_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """One day.  calls: expected in all.  talk_mean_s, patience_mean_s: means.  media: real samples or events only."""

    hours: float = 8.0
    agents: int = 20
    lines: int = 30
    calls: int = 2_000
    talk_mean_s: float = 180.0
    patience_mean_s: float = 120.0
    wrap_up_s: int = 15
    seed: int = 1
    media: bool = False


@dataclass(slots=True)
class Day:
    """What came of it.  wall_s: real seconds it took.  refused: callers who met all lines busy."""

    plan: Plan
    figures: dict[str, Any]
    records: int
    refused: int
    wall_s: float
    fact_count: int
    journal: Sequence[Kept]


def run_day(plan: Plan) -> Day:
    """Play a day and read its figures."""
    began_s = time.perf_counter()
    day: Day = run_virtual(lambda: _Playing(plan).play())
    day.wall_s = time.perf_counter() - began_s
    return day


@dataclass
class _Playing:
    """Everything is kept in memory: a day of recordings is gigabytes, and a disk would only be waited for."""

    plan: Plan
    refused: int = 0
    calling: set[asyncio.Task[None]] = field(default_factory=set)
    answered: dict[int, asyncio.Future[int]] = field(default_factory=dict)
    agent_reports: list[AgentReport] = field(default_factory=list)

    async def play(self) -> Day:
        plan = self.plan
        self.random = Random(f"traffic/{plan.seed}")
        layout = Layout(fxo=plan.lines, fxs=plan.agents, outside=plan.lines + 20)
        centre = self.centre = Centre(
            _settings(plan),
            layout=layout,
            seed=plan.seed,
            media=plan.media,
            check_every_s=RECONCILED_EVERY_S,
        )
        centre.memory = MemoryRecords(kept_max=10 * plan.calls + 1_000)
        async with centre:
            centre.service.board.listen(self._hear)
            self.idle = deque(centre.card.outside)
            for telephone in centre.card.outside:
                telephone.attention = Detector.NONE
            for index in range(plan.agents):
                await self._seat(index)
            await self._callers()
            await asyncio.gather(*self.calling)
            await asyncio.sleep(60)
        figures = _figures_of(centre.records, self.agent_reports, until_ns=centre.loop.now().civil_ns)
        return Day(
            plan,
            figures,
            len(centre.records),
            self.refused,
            0.0,
            centre.service.fact_count,
            centre.journal_segments(),
        )

    async def _seat(self, index: int) -> None:
        desk = self.centre.phone(801 + index)
        desk.attention = Detector.NONE
        reply = await self.centre.command(LogIn(101 + index, str(801 + index)))
        assert reply.ok, reply
        desk.habit = Habit(answer_after_ms=self.random.randrange(*LIFTED_AFTER_MS))

    async def _callers(self) -> None:
        end_s = self.centre.loop.time() + self.plan.hours * 3600
        begin_s = self.centre.loop.time()
        while True:
            share = (self.centre.loop.time() - begin_s) / (self.plan.hours * 3600)
            rate = self._rate_per_s(share)
            await asyncio.sleep(self.random.expovariate(rate))
            if self.centre.loop.time() >= end_s:
                return
            self._caller()

    def _rate_per_s(self, share: float) -> float:
        weight = HOUR_WEIGHTS[min(int(share * len(HOUR_WEIGHTS)), len(HOUR_WEIGHTS) - 1)]
        mean_weight = sum(HOUR_WEIGHTS) / len(HOUR_WEIGHTS)
        return self.plan.calls / (self.plan.hours * 3600) * weight / mean_weight

    def _caller(self) -> None:
        if not self.idle:
            self.refused += 1
            return
        task = asyncio.ensure_future(self._one_call(self.idle.popleft()))
        self.calling.add(task)
        task.add_done_callback(self.calling.discard)

    async def _one_call(self, caller: OutsideTelephone) -> None:
        plan, draw = self.plan, self.random
        patience_s = draw.expovariate(1 / plan.patience_mean_s)
        talk_s = draw.lognormvariate(log(plan.talk_mean_s) - TALK_SPREAD**2 / 2, TALK_SPREAD)
        await caller.call(self.centre.pilot)
        await asyncio.sleep(draw.uniform(*MENU_REACHED_S))
        call = self._call_of(caller)
        if call:
            await caller.press("1")
            await self._wait_and_talk(caller, call, patience_s, talk_s)
        else:
            self.refused += 1
        caller.hang_up()
        await asyncio.sleep(5)
        self.idle.append(caller)

    async def _wait_and_talk(
        self, caller: OutsideTelephone, call: int, patience_s: float, talk_s: float
    ) -> None:
        answered = self.answered[call] = self.centre.loop.create_future()
        try:
            desk = self.centre.card.desks[await asyncio.wait_for(answered, patience_s)]
        except TimeoutError:
            return
        finally:
            del self.answered[call]
        if self.plan.media:
            caller.speak()
            desk.speak()
        await asyncio.sleep(talk_s)
        caller.hang_up()
        await asyncio.sleep(PUT_DOWN_AFTER_S)
        desk.hang_up()

    def _hear(self, report: AnyReport) -> None:
        match report:
            case AgentReport():
                self.agent_reports.append(report)
            case CallReport(state="talking", call=call) if call in self.answered:
                self._answer(self.answered[call], report.ports)
            case PhoneReport(state="dial_tone" | "busy"):
                # Lifted as the caller gave up: an agent who hears a tone puts the receiver down.
                self.centre.loop.call_later(PUT_DOWN_AFTER_S, self._put_down, report.port)

    def _answer(self, answered: asyncio.Future[int], ports: Sequence[int]) -> None:
        if not answered.done():
            answered.set_result(next(port for port in ports if port in self.centre.card.desks))

    def _put_down(self, port: int) -> None:
        if self.centre.service.board.phones[port].state in ("dial_tone", "busy"):
            self.centre.card.desks[port].hang_up()

    def _call_of(self, caller: OutsideTelephone) -> int:
        """The call this caller is in; a simulation may look where a caller could not."""
        for record in self.centre.core.directory.of_kind("trunk"):
            trunk = self.centre.core.directory.trunk(record.number)
            if trunk is not None and trunk.caller.number == caller.number and trunk.call:
                return trunk.call
        return 0


def _figures_of(
    calls_kept: Sequence[CallRecord], agent_reports: Sequence[AgentReport], until_ns: int
) -> dict[str, Any]:
    """What the pages would show: the records are put into a store, and its own queries asked."""
    with TemporaryDirectory(prefix="switchroom-traffic-") as folder:
        path = Path(folder) / "switchroom.db"
        with Store(path, durable=False) as store:
            store.write(_keep, calls_kept, agent_reports).result()
        queries = Queries(path)
        (figures,) = queries.figures(Reader("admin", "traffic"), CIVIL_START_NS, until_ns, until_ns)
        queries.close()
    return figures


def _keep(
    db: sqlite3.Connection, calls_kept: Sequence[CallRecord], agent_reports: Sequence[AgentReport]
) -> None:
    for record in calls_kept:
        calls.add(db, record, 0)
    for report in agent_reports:
        events.note_agent(db, report)


def _settings(plan: Plan) -> Settings:
    flow = Flow(
        name="front",
        start="notice",
        nodes={
            "notice": NoticeNode(next="menu"),
            "menu": MenuNode(prompt="menu.main", keys={"1": "queue"}, failed="bye"),
            "queue": QueueNode(queue=1, overflow="bye"),
            "bye": HangUpNode(prompt="try_later"),
        },
    )
    return Settings(
        lines=tuple(
            Line(port=port, name=f"line {port}", caller_id=CallerIdKind.FSK, longest_silence_s=3_600)
            for port in range(1, plan.lines + 1)
        ),
        phones=tuple(
            Phone(port=plan.lines + 1 + index, extension=str(801 + index), name=f"desk {index + 1}")
            for index in range(plan.agents)
        ),
        agents=tuple(
            Agent(number=101 + index, name=f"agent {index + 1}", queues=(1,)) for index in range(plan.agents)
        ),
        queues=(Queue(number=1, name="front", wrap_up_s=plan.wrap_up_s, max_wait_s=600),),
        flows=(flow,),
    )
