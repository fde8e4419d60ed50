# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a machine is: plain state with one `receive`, and what it may say besides effects."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import TYPE_CHECKING, ClassVar, Protocol

import msgspec

from firmware.exchange.messages import Message
from firmware.exchange.vocabulary import Address, AnyFact, Effect, Instant

if TYPE_CHECKING:
    from firmware.exchange.directory import Directory
    from firmware.settings.model import Settings


class Send(msgspec.Struct, frozen=True):
    """Say something to another machine.  A machine that is not there (any more) is no error: the message is counted."""

    to: Address
    message: Message


class Spawn(msgspec.Struct, frozen=True):
    """Bring a new machine to life."""

    machine: Machine


class Finish(msgspec.Struct, frozen=True):
    """This machine is done; its timers, tags, keys and requests go with it."""


class Ignore(msgspec.Struct, frozen=True):
    """A fact out of place: counted, nothing else."""


Output = Effect | Send | Spawn | Finish | Ignore
Outputs = Iterable[Output]


class Context(Protocol):
    """What a machine may know besides its own state: the moment, the settings, numbers, chance, and the directory.

    settings: those in force; a call keeps the revision it began with and reads `settings_of(revision)`.
    """

    @property
    def now(self) -> Instant: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def revision(self) -> int: ...
    @property
    def random(self) -> Random: ...
    @property
    def directory(self) -> Directory: ...
    def settings_of(self, revision: int) -> Settings: ...
    def new_number(self, kind: str) -> int:
        """The next counter of a kind: "call", "flow", "place", "offer", "transfer", "recording", "tag", "request"."""
        ...

    def after(self, ms: int) -> int:
        """The monotonic nanosecond `ms` from now."""
        ...


class Machine(msgspec.Struct, tag=True):
    """Base of every machine.  State is assigned only inside `receive` and its private helpers.

    Field values are immutable (numbers, strings, enums, tuples, frozen structs) and are replaced, never changed in
    place: the router puts a machine back by a shallow copy.
    """

    KIND: ClassVar[str] = ""
    number: int

    @property
    def address(self) -> Address:
        return Address(self.KIND, self.number)

    def receive(self, event: AnyFact | Message, context: Context) -> Outputs:
        """Take one fact or message and say what follows from it."""
        raise NotImplementedError

    def timers_allowed(self) -> frozenset[str]:
        """The timers that may be armed in the present state; the invariant tests hold the router's against them."""
        raise NotImplementedError


IGNORED: tuple[Output, ...] = (Ignore(),)
