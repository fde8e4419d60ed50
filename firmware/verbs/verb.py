# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a verb is: who may use it, what is kept in the audit, and what it finds on the desk to work with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import msgspec

from firmware.data_folder import DataFolder
from firmware.exchange.commands import Actor, CoreCommand
from firmware.exchange.vocabulary import Instant, Reply
from firmware.settings.check import Around
from firmware.settings.model import Settings
from firmware.shell.board import Board
from firmware.shell.lending import LendingDesk
from firmware.store.queries import Queries
from firmware.store.store import Store
from firmware.stream import Stream

P = ParamSpec("P")
R = TypeVar("R")
SECRET_FIELDS = frozenset({"password", "old", "new", "pin"})
BULKY_FIELDS = frozenset({"settings", "toml", "actor", "do", "id", "body_bytes"})
AUDIT_DETAIL_MAX = 300

ADMIN = frozenset({"admin"})
SETTERS = frozenset({"admin", "installer"})
STAFF = frozenset({"admin", "supervisor", "installer"})
SHIFT = frozenset({"admin", "supervisor", "agent"})
EVERYBODY = frozenset({"admin", "supervisor", "agent", "merchant", "installer"})
ANYBODY = EVERYBODY | {""}  # also who hasn't signed in yet


class Exchange(Protocol):
    """The running service as the socket sees it."""

    @property
    def epoch(self) -> int: ...
    @property
    def revision(self) -> int: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def board(self) -> Board: ...
    @property
    def lending(self) -> LendingDesk: ...

    def now(self) -> Instant: ...

    def ports_now(self) -> tuple[str, list[dict[str, Any]]]:
        """The card's name, and every port of it as it is this moment (`shell.port_view`)."""
        ...

    async def command(self, actor: Actor, command: CoreCommand) -> Reply:
        """Permission and audit are the exchange's own."""
        ...

    def status(self) -> Mapping[str, Any]:
        """What the service says of itself, as plain data."""
        ...

    def apply_settings(self, revision: int, settings: Settings) -> None:
        """Put in force what is on the disk already."""
        ...

    def around(self) -> Around:
        """The ports that are there, and the names that can be played.  Called from another thread: it reads
        the disk."""
        ...

    def prompts_changed(self) -> None: ...

    def messages_changed(self, counts: Mapping[int, int]) -> None:
        """How many new messages each mailbox has now; one that isn't named has none."""
        ...

    async def bench(self, verb: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Hand something to the simulated far ends.  Raises LookupError where there are none, or no such
        one."""
        ...


class Refused(Exception):
    """A request is answered with ok false.  extra: further fields of the answer."""

    def __init__(self, cause: str, detail: str = "", **extra: Any) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        self.extra = extra


@dataclass(frozen=True, slots=True)
class Request:
    """One request, its framing taken off."""

    verb: str
    actor: Actor
    fields: Mapping[str, Any]
    body: bytes = b""

    def text(self, name: str, default: str | None = None, longest: int = 4_000) -> str:
        value: str = self._value(name, str, default)
        if len(value) > longest:
            raise Refused("bad_request", f"{name}: at most {longest} characters")
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        value: int = self._value(name, int, default)
        if not 0 <= value < 1 << 63:
            raise Refused("bad_request", f"{name}: 0 or more")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        value: bool = self._value(name, bool, default)
        return value

    def wholes(self, name: str, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        value: tuple[int, ...] = self._value(name, tuple[int, ...], default)
        return value

    def has(self, name: str) -> bool:
        return self.fields.get(name) is not None

    def audit_detail(self) -> str:
        """What was asked, without secrets and without what is kept elsewhere."""
        shown = {
            name: "…" if name in SECRET_FIELDS else value
            for name, value in self.fields.items()
            if name not in BULKY_FIELDS
        }
        text = msgspec.json.encode(shown).decode() if shown else ""
        return text if len(text) <= AUDIT_DETAIL_MAX else text[:AUDIT_DETAIL_MAX] + "…"

    def _value(self, name: str, kind: Any, default: Any) -> Any:
        value = self.fields.get(name)
        if value is None:
            if default is None:
                raise Refused("bad_request", f"{self.verb} needs {name}")
            return default
        try:
            return msgspec.convert(value, kind, strict=True)
        except msgspec.ValidationError as error:
            raise Refused("bad_request", f"{name}: {error}") from None


@dataclass(slots=True)
class Desk:
    """What verbs work with.  pool: threads for what takes moments; slow_pool: one for what takes minutes."""

    exchange: Exchange
    store: Store | None
    data: DataFolder
    stream: Stream
    pool: Executor
    slow_pool: Executor
    queries: Queries = field(init=False)

    def __post_init__(self) -> None:
        self.queries = Queries(self.data.database)

    async def write(
        self, function: Callable[Concatenate[Any, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Have the store write, and wait until it is on the disk."""
        if self.store is None:
            raise Refused("unavailable", "the database can't be used: the service runs bare")
        return await asyncio.wrap_future(self.store.write(function, *args, **kwargs))

    async def aside(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Have a thread do it, so that calls needn't wait."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, lambda: function(*args, **kwargs))

    async def at_leisure(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same for minutes of work, one after the other, so that nobody waits behind it to sign in."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.slow_pool, lambda: function(*args, **kwargs))


Handler = Callable[[Desk, Request], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Verb:
    """A handler and who may use it.  changes: it is kept in the audit.  ends_with_client: it is broken off where
    its client has gone; anything else is done to its end."""

    handler: Handler
    roles: frozenset[str]
    changes: bool = False
    takes_body: bool = False
    ends_with_client: bool = False
