# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What somebody asks of the exchange, and who asks: from the socket (`Commanded`) or by a star code (a message)."""

from __future__ import annotations

import msgspec


class Actor(msgspec.Struct, frozen=True, array_like=True):
    """Who commands: kind "web", "seat", "api", "cli" or "system"; name: user, extension or key; role as in
    `permission`.
    """

    kind: str
    name: str
    role: str


class Command(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of what somebody asks of the exchange.  Always answered, never raised."""


class LogIn(Command, frozen=True):
    agent: int
    extension: str


class LogOut(Command, frozen=True):
    agent: int


class Pause(Command, frozen=True):
    """pause_code 1-9: the centre's own list of why."""

    agent: int
    pause_code: int


class Ready(Command, frozen=True):
    """Ends pause and wrap-up."""

    agent: int


class JoinQueue(Command, frozen=True):
    agent: int
    queue: int  # 0: all of the agent's


class LeaveQueue(Command, frozen=True):
    agent: int
    queue: int  # 0: all


class HangUpCall(Command, frozen=True):
    call: int


class DialFrom(Command, frozen=True):
    """Make a lifted or idle desk phone call a number, as if dialled there."""

    extension: str
    digits: str


class BlockLine(Command, frozen=True):
    """Take a line out of use for new calls, or back."""

    port: int
    blocked: bool


class LendLine(Command, frozen=True):
    """Lend a line at rest to the line doctor.  rings: a test call is to come in on it.

    Until `ReturnLine` its facts mean nothing to the exchange, except where `trunk_lent` says so.
    """

    port: int
    rings: bool


class ReturnLine(Command, frozen=True):
    """caller: there is a caller on it, answered by our lifting."""

    port: int
    caller: bool


class LendPhone(Command, frozen=True):
    """Lend a desk phone on hook to the line doctor, to learn its flash."""

    port: int


class ReturnPhone(Command, frozen=True):
    port: int


CoreCommand = (
    LogIn
    | LogOut
    | Pause
    | Ready
    | JoinQueue
    | LeaveQueue
    | HangUpCall
    | DialFrom
    | BlockLine
    | LendLine
    | ReturnLine
    | LendPhone
    | ReturnPhone
)
