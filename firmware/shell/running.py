# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The running service as the socket sees it (`verbs.verb.Exchange`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from drivers.port import PortKind
from firmware.exchange.commands import Actor, CoreCommand
from firmware.exchange.vocabulary import Instant, Reply
from firmware.settings.check import Around
from firmware.settings.model import Settings
from firmware.shell.bench import Bench
from firmware.shell.board import Board
from firmware.shell.lending import LendingDesk
from firmware.shell.service import Service


class RunningExchange:
    """reload_prompts: called when uploaded prompts have changed.  more_status: what the box says besides."""

    def __init__(
        self,
        service: Service,
        reload_prompts: Callable[[], None],
        more_status: Callable[[], Mapping[str, Any]],
        now: Callable[[], Instant],
    ) -> None:
        self._service = service
        self._reload_prompts = reload_prompts
        self._more_status = more_status
        self._now = now
        self._bench = Bench(service.card, self.extension_port, self._extensions)

    @property
    def epoch(self) -> int:
        return self._service.core.epoch

    @property
    def revision(self) -> int:
        return self._service.core.revision

    @property
    def settings(self) -> Settings:
        return self._service.core.settings

    @property
    def board(self) -> Board:
        return self._service.board

    @property
    def lending(self) -> LendingDesk:
        return self._service.lending

    def ports_now(self) -> tuple[str, list[dict[str, Any]]]:
        return self._service.card.name, self._service.port_view.rows()

    def now(self) -> Instant:
        return self._now()

    async def command(self, actor: Actor, command: CoreCommand) -> Reply:
        return await self._service.command(actor, command)

    def status(self) -> Mapping[str, Any]:
        return {**self._service.health(), **self._more_status()}

    def apply_settings(self, revision: int, settings: Settings) -> None:
        self._service.apply_settings(revision, settings)

    def around(self) -> Around:
        """Called from a thread: it looks for files."""
        ports = self._service.card.ports
        names = self._service.prompts.names()
        return Around(
            frozenset(info.port for info in ports if info.kind is PortKind.FXO),
            frozenset(info.port for info in ports if info.kind is PortKind.FXS),
            frozenset(name for name in names if not name.startswith("music.")),
            frozenset(name.removeprefix("music.") for name in names if name.startswith("music.")),
        )

    def prompts_changed(self) -> None:
        self._reload_prompts()

    def messages_changed(self, counts: Mapping[int, int]) -> None:
        self._service.messages_changed(counts)

    async def bench(self, verb: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        await asyncio.sleep(0)  # an act of a person is never in the middle of somebody else's
        return self._bench.do(verb, fields)

    def extension_port(self, extension: str) -> int | None:
        return next((each.port for each in self.settings.phones if each.extension == extension), None)

    def _extensions(self) -> dict[int, str]:
        return {each.port: each.extension for each in self.settings.phones}
