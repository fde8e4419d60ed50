# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated bench: the whole product in virtual time, with real samples or with events only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path

from drivers.simulated import DeskTelephone, Layout, OutsideTelephone, SimulatedCard
from firmware.clock import run_virtual
from firmware.exchange.commands import CoreCommand
from firmware.exchange.vocabulary import AgentReport, CallRecord, LineReport, PhoneReport, Reply
from firmware.settings.model import Settings
from firmware.store.credentials import Credential, hash_secret
from firmware.virtual import Centre
from hil.bench import PIN, Ability
from hil.scenario import Scenario

LAYOUT = Layout(fxo=4, fxs=8, outside=8)
POLL_S = 0.05
AT_REST = frozenset({"idle", "out_of_service", "blocked", "locked_out"})


@cache
def _pin_hash() -> str:
    return hash_secret(PIN)


class SimBench:
    """One scenario's centre.  Made by `play`."""

    abilities = frozenset(Ability)

    def __init__(self, settings: Settings, media: bool, seed: int, data: Path | None) -> None:
        self._settings = settings
        self._media = media
        self._seed = seed
        self._data = data
        self._records_seen = 0
        self.centre = self._new_centre(None)
        self.pilot = self.centre.pilot

    def _new_centre(self, before: Centre | None) -> Centre:
        centre = Centre(
            self._settings,
            layout=LAYOUT,
            seed=self._seed,
            media=self._media,
            data=self._data,
            recover_from=before,
        )
        subjects = [f"agent:{agent.number}" for agent in self._settings.agents]
        for subject in (*subjects, "order"):
            centre.memory.credentials.setdefault(subject, Credential(_pin_hash(), 0, 0))
        return centre

    # --- telephones ---

    def outside(self, index: int) -> OutsideTelephone:
        return self.centre.card.outside[index]

    def desk(self, extension: str) -> DeskTelephone:
        return self.centre.phone(extension)

    def emergency_desk(self) -> OutsideTelephone:
        return self.centre.card.emergency_desks[0]

    def faults_of(self) -> SimulatedCard:
        return self.centre.card

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    # --- the box ---

    async def record(self, within_s: float = 30) -> CallRecord:
        await self._until(
            lambda: len(self.centre.records) > self._records_seen,
            within_s,
            lambda: "no record of a call came",
        )
        self._records_seen += 1
        return self.centre.records[self._records_seen - 1]

    async def no_record(self) -> None:
        assert len(self.centre.records) == self._records_seen, self.centre.records[self._records_seen :]

    async def agent_is(self, agent: int, state: str, within_s: float = 5) -> AgentReport:
        await self._until(
            lambda: state in ("*", self._agent(agent).state),
            within_s,
            lambda: f"agent {agent} is {self._agent(agent)}, not {state}",
        )
        return self._agent(agent)

    def _agent(self, number: int) -> AgentReport:
        agent = self.centre.core.directory.agent(number)
        assert agent is not None, f"no agent {number}"
        return agent.report()

    async def waiting(self, queue: int, count: int, within_s: float = 10) -> None:
        def found() -> int:
            report = self.centre.service.board.queues.get(queue)
            return len(report.waiting) if report is not None else 0

        await self._until(lambda: found() == count, within_s, lambda: f"{found()} wait in queue {queue}")

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

    async def command(self, command: CoreCommand) -> Reply:
        return await self.centre.command(command)

    def recording(self, number: int) -> bytes:
        assert self._data is not None, "this scenario was played without files"
        (file,) = (self._data / "recordings").rglob(f"*{number}.wav")
        return file.read_bytes()

    def alarms(self) -> tuple[str, ...]:
        return tuple(alarm.what for alarm in self.centre.memory.alarms)

    async def cut_power(self, off_s: float = 5) -> None:
        await self.centre.cut_power()
        await asyncio.sleep(off_s)
        self.centre = self._new_centre(self.centre)
        await self.centre.__aenter__()

    async def idle(self, within_s: float = 60) -> None:
        await self._until(lambda: not self._unrest(), within_s, lambda: f"still there: {self._unrest()}")

    def _unrest(self) -> list[str]:
        directory = self.centre.core.directory
        kinds = ("call", "flow", "place", "offer", "transfer")
        living = [str(machine.address) for kind in kinds for machine in directory.of_kind(kind)]
        board = self.centre.service.board
        lifted = {desk.station.port for desk in self.centre.card.desks.values() if desk.off_hook}
        things: list[LineReport | PhoneReport] = [*board.lines.values(), *board.phones.values()]
        ports = [
            f"port {report.port} {report.state}"
            for report in things
            if report.state not in AT_REST and report.port not in lifted
        ]
        return living + ports

    async def _until(self, holds: Callable[[], bool], within_s: float, wanted: Callable[[], str]) -> None:
        deadline_s = self.centre.loop.time() + within_s
        while not holds():
            assert self.centre.loop.time() < deadline_s, f"{wanted()} within {within_s} s"
            await asyncio.sleep(POLL_S)


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
