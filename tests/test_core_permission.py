# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Who may command what: the whole table once more, as its readers understand it, and everybody's own things."""

from __future__ import annotations

import pytest

from firmware.exchange.commands import (
    Actor,
    BlockLine,
    CoreCommand,
    DialFrom,
    HangUpCall,
    JoinQueue,
    LeaveQueue,
    LogIn,
    LogOut,
    Pause,
    Ready,
)
from firmware.exchange.permission import allowed
from hil import settings as shapes
from tests.test_core_queueing import Centre

AGENTS: tuple[CoreCommand, ...] = (
    LogIn(101, "803"),
    LogOut(101),
    Pause(101, 1),
    Ready(101),
    JoinQueue(101, 1),
    LeaveQueue(101, 1),
)
HANG_UP, DIAL, BLOCK = HangUpCall(1), DialFrom("803", "913800138000"), BlockLine(1, True)
EVERYTHING = (*AGENTS, HANG_UP, DIAL, BLOCK)

MAY: dict[str, tuple[CoreCommand, ...]] = {
    "system": EVERYTHING,
    "admin": EVERYTHING,
    "supervisor": (*AGENTS, HANG_UP, DIAL),
    "agent": (*AGENTS, DIAL),
    "seat": AGENTS,
    "installer": (DIAL, BLOCK),
    "merchant": (),
    "nobody knows this role": (),
    "": (),
}
NAMES = {"agent": "101", "seat": "803"}


@pytest.fixture
def centre() -> Centre:
    """101 sits at 803."""
    centre = Centre(shapes.centre())
    centre.log_in(101, "803")
    return centre


@pytest.mark.parametrize("role", MAY)
def test_each_role_may_what_the_table_says_and_nothing_else(centre: Centre, role: str) -> None:
    actor = Actor("web", NAMES.get(role, "somebody"), role)
    may = tuple(command for command in EVERYTHING if allowed(actor, command, centre.core.directory))
    assert may == MAY[role]


@pytest.mark.parametrize("command", AGENTS)
def test_an_agent_commands_nobody_else(centre: Centre, command: CoreCommand) -> None:
    assert not allowed(Actor("web", "102", "agent"), command, centre.core.directory)


def test_an_agent_dials_from_no_other_phone(centre: Centre) -> None:
    """Another phone may have rights the agent's own has not."""
    directory = centre.core.directory
    for name, extension in (("101", "804"), ("102", "803"), ("102", ""), ("boss", ""), ("²", "")):
        assert not allowed(Actor("web", name, "agent"), DialFrom(extension, "9110"), directory)


@pytest.mark.parametrize("command", AGENTS)
def test_a_seat_commands_only_who_sits_at_it(centre: Centre, command: CoreCommand) -> None:
    assert not allowed(Actor("seat", "804", "seat"), command, centre.core.directory)
