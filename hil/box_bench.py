# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the benches have in common whose box runs in this process: the box (`Box`), and around it far ends that are
`drivers.simulated.FarEnds` (`BoxBench`).
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from functools import cache

from drivers.simulated import DeskTelephone, FarEnds, Layout, OutsideTelephone
from drivers.simulated.exchange import Exchange
from drivers.simulated.subscriber import SubscriberLine
from firmware.exchange.commands import CoreCommand
from firmware.exchange.vocabulary import AgentReport, CallRecord, LineReport, PhoneReport, Reply
from firmware.settings.model import Settings
from firmware.shell.lending import LendingDesk
from firmware.shell.records import MemoryRecords
from firmware.shell.service import Service
from firmware.store.credentials import Credential, hash_secret
from firmware.virtual import SYSTEM
from hil.bench import PIN
from hil.benches import BenchPlan

POLL_S = 0.05
AT_REST = frozenset({"idle", "out_of_service", "blocked", "locked_out"})


@cache
def _pin_hash() -> str:
    return hash_secret(PIN)


def layout_of(plan: BenchPlan) -> Layout:
    return Layout(fxo=plan.fxo, fxs=plan.fxs, outside=plan.outside)


def give_pins(memory: MemoryRecords, settings: Settings) -> None:
    """Every agent, and the secret of an order, has the scenarios' PIN."""
    for subject in (*(f"agent:{agent.number}" for agent in settings.agents), "order"):
        memory.credentials.setdefault(subject, Credential(_pin_hash(), 0, 0))


class Box(ABC):
    """The box of a bench: what it says of itself, and commands to it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._records_seen = 0

    @property
    @abstractmethod
    def service(self) -> Service: ...

    @property
    @abstractmethod
    def memory(self) -> MemoryRecords: ...

    @property
    def lending(self) -> LendingDesk:
        return self.service.lending

    @abstractmethod
    def _lifted(self) -> Collection[int]:
        """The ports whose desk phones are off hook."""

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def record(self, within_s: float = 30) -> CallRecord:
        calls = self.memory.calls
        await self._until(
            lambda: len(calls) > self._records_seen, within_s, lambda: "no record of a call came"
        )
        self._records_seen += 1
        return calls[self._records_seen - 1]

    async def no_record(self) -> None:
        assert len(self.memory.calls) == self._records_seen, list(self.memory.calls)[self._records_seen :]

    async def agent_is(self, agent: int, state: str, within_s: float = 5) -> AgentReport:
        await self._until(
            lambda: state in ("*", self._agent(agent).state),
            within_s,
            lambda: f"agent {agent} is {self._agent(agent)}, not {state}",
        )
        return self._agent(agent)

    def _agent(self, number: int) -> AgentReport:
        agent = self.service.core.directory.agent(number)
        assert agent is not None, f"no agent {number}"
        return agent.report()

    async def waiting(self, queue: int, count: int, within_s: float = 10) -> None:
        def found() -> int:
            report = self.service.board.queues.get(queue)
            return len(report.waiting) if report is not None else 0

        await self._until(lambda: found() == count, within_s, lambda: f"{found()} wait in queue {queue}")

    async def command(self, command: CoreCommand) -> Reply:
        return await self.service.command(SYSTEM, command)

    def alarms(self) -> tuple[str, ...]:
        return tuple(alarm.what for alarm in self.memory.alarms)

    async def idle(self, within_s: float = 60) -> None:
        await self._until(lambda: not self._unrest(), within_s, lambda: f"still there: {self._unrest()}")

    def _port(self, extension: str) -> int:
        return next(phone.port for phone in self._settings.phones if phone.extension == extension)

    def _unrest(self) -> list[str]:
        directory = self.service.core.directory
        kinds = ("call", "flow", "place", "offer", "transfer")
        living = [str(machine.address) for kind in kinds for machine in directory.of_kind(kind)]
        board = self.service.board
        lifted = self._lifted()
        things: list[LineReport | PhoneReport] = [*board.lines.values(), *board.phones.values()]
        ports = [
            f"port {report.port} {report.state}"
            for report in things
            if report.state not in AT_REST and report.port not in lifted
        ]
        return living + ports

    async def _until(self, holds: Callable[[], bool], within_s: float, wanted: Callable[[], str]) -> None:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + within_s
        while not holds():
            assert loop.time() < deadline_s, f"{wanted()} within {within_s} s"
            await asyncio.sleep(POLL_S)


class BoxBench(Box):
    """`hil.bench.Bench`, but for how the box begins and how it loses its power."""

    def __init__(self, settings: Settings, pilot: str) -> None:
        super().__init__(settings)
        self.pilot = pilot

    @property
    @abstractmethod
    def far_ends(self) -> FarEnds: ...

    @abstractmethod
    async def cut_power(self, off_s: float = 5) -> None: ...

    @abstractmethod
    def recording(self, number: int) -> bytes: ...

    def _lifted(self) -> Collection[int]:
        return {port for port, desk in self.far_ends.desks.items() if desk.off_hook}

    def outside(self, index: int) -> OutsideTelephone:
        return self.far_ends.outside[index]

    def desk(self, extension: str) -> DeskTelephone:
        return self.far_ends.desks[self._port(extension)]

    def emergency_desk(self) -> OutsideTelephone:
        return self.far_ends.emergency_desks[0]

    @property
    def exchange(self) -> Exchange:
        return self.far_ends.exchange

    @property
    def lines(self) -> Mapping[int, SubscriberLine]:
        return self.far_ends.lines

    async def log_in(self, agent: int, extension: str) -> None:
        desk = self.desk(extension)
        await desk.call(f"*11{agent}#")
        await desk.press(f"{PIN}#")
        await self.agent_is(agent, "busy")
        await desk.hears_speech(within_s=5)
        desk.hang_up()
        await self._until(
            lambda: self._agent(agent).state in ("idle", "reserved"),
            5,
            lambda: f"{self._agent(agent)} is not free",
        )
