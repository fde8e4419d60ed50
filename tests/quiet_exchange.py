# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""An exchange on which nobody telephones, behind a real socket with a real store: what the control socket's
own tests
need of a service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from firmware.client import AsyncClient
from firmware.clock import RealClock
from firmware.control import ControlServer
from firmware.data_folder import DataFolder
from firmware.exchange.commands import Actor, CoreCommand
from firmware.exchange.vocabulary import Cause, Instant, LineReport, Party, Reply
from firmware.settings import revisions
from firmware.settings.check import Around
from firmware.settings.factory import factory
from firmware.settings.model import Settings
from firmware.shell.board import Board
from firmware.shell.lending import LendingDesk
from firmware.store.store import Store

LINES, PHONES = (1, 2, 3, 4), (5, 6, 7, 8)


class QuietExchange:
    """Takes commands and remembers them; agent 404 is nobody's."""

    def __init__(self, settings: Settings) -> None:
        self.epoch = 7
        self.revision = 1
        self.settings = settings
        self.board = Board()
        self.commands: list[tuple[Actor, CoreCommand]] = []
        self.counts: Mapping[int, int] = {}
        self.prompts_changed_count = 0
        self.slow: asyncio.Event | None = None

    def now(self) -> Instant:
        return RealClock().now()

    async def command(self, actor: Actor, command: CoreCommand) -> Reply:
        self.commands.append((actor, command))
        if self.slow is not None:
            await self.slow.wait()
        if getattr(command, "agent", 0) == 404:
            return Reply(1, False, Cause.UNKNOWN_AGENT, "agent 404")
        return Reply(1, True)

    @property
    def lending(self) -> LendingDesk:
        raise NotImplementedError("nothing is measured where nobody telephones")

    def ports_now(self) -> tuple[str, list[dict[str, Any]]]:
        return "quiet", []

    def status(self) -> Mapping[str, Any]:
        return {"up_s": 1}

    def apply_settings(self, revision: int, settings: Settings) -> None:
        self.revision, self.settings = revision, settings

    def around(self) -> Around:
        return Around(frozenset(LINES), frozenset(PHONES), None, frozenset({"default"}))

    def prompts_changed(self) -> None:
        self.prompts_changed_count += 1

    def messages_changed(self, counts: Mapping[int, int]) -> None:
        self.counts = counts

    async def bench(self, verb: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        raise LookupError("this card has no far ends to play")

    def line(self, port: int, state: str, number: str = "") -> None:
        """Tell a line's state, as the core does."""
        self.board.publish(LineReport(port, state, 0, Party(number), self.now()))


class Desk:
    """The exchange, its store and its socket, while they run."""

    def __init__(
        self, exchange: QuietExchange, server: ControlServer, store: Store, data: DataFolder
    ) -> None:
        self.exchange = exchange
        self.server = server
        self.store = store
        self.data = data

    @asynccontextmanager
    async def client(
        self, role: str = "admin", name: str = "root", kind: str = "web"
    ) -> AsyncIterator[AsyncClient]:
        actor = {"kind": kind, "name": name, "role": role}
        async with AsyncClient(self.data.socket, actor=actor) as client:
            yield client

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return await asyncio.wrap_future(self.store.write(lambda db: db.execute(sql).fetchall()))


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    data = DataFolder(folder)
    data.make()
    settings = factory(LINES, PHONES)
    with Store(data.database, durable=False) as store:
        store.write(revisions.ensure, settings, 1).result(30)
        exchange = QuietExchange(settings)
        server = ControlServer(exchange, store, data)
        await server.start()
        try:
            yield Desk(exchange, server, store, data)
        finally:
            await server.close()
