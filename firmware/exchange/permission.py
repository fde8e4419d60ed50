# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Who may command what: the one table, the same for star codes, web, API and command line."""

from __future__ import annotations

from firmware.exchange.commands import (
    Actor,
    BlockLine,
    CoreCommand,
    DialFrom,
    HangUpCall,
    JoinQueue,
    LeaveQueue,
    LendLine,
    LendPhone,
    LogIn,
    LogOut,
    Pause,
    Ready,
    ReturnLine,
    ReturnPhone,
)
from firmware.exchange.directory import Directory

AGENT_COMMANDS = (LogIn, LogOut, Pause, Ready, JoinQueue, LeaveQueue)
MEASURING = (LendLine, ReturnLine, LendPhone, ReturnPhone)

ALLOWED: dict[str, tuple[type, ...]] = {
    "system": (*AGENT_COMMANDS, HangUpCall, DialFrom, BlockLine, *MEASURING),
    "admin": (*AGENT_COMMANDS, HangUpCall, DialFrom, BlockLine, *MEASURING),
    "supervisor": (*AGENT_COMMANDS, HangUpCall, DialFrom),
    "agent": (*AGENT_COMMANDS, DialFrom),
    "seat": AGENT_COMMANDS,
    "installer": (BlockLine, DialFrom, *MEASURING),
    "merchant": (),
}


def allowed(actor: Actor, command: CoreCommand, directory: Directory) -> bool:
    """Whether this actor may do this.

    Agents command themselves, and the phone they sit at, only: a web agent is named by its number; a seat (star codes)
    commands the agent sitting at it, or logs one in there (the seat has had the PIN judged before).
    """
    if not isinstance(command, ALLOWED.get(actor.role, ())):
        return False
    if actor.role == "agent" and isinstance(command, DialFrom):
        own = directory.agent(int(actor.name)) if actor.name.isdecimal() else None
        return own is not None and command.extension == own.extension != ""
    if actor.role == "agent" and isinstance(command, AGENT_COMMANDS):
        return str(command.agent) == actor.name
    if actor.role == "seat" and isinstance(command, AGENT_COMMANDS):
        return _is_own_seat(actor.name, command, directory)
    return True


def _is_own_seat(
    extension: str, command: LogIn | LogOut | Pause | Ready | JoinQueue | LeaveQueue, directory: Directory
) -> bool:
    if isinstance(command, LogIn):
        return command.extension == extension
    agent = directory.agent(command.agent)
    return agent is not None and agent.extension == extension
