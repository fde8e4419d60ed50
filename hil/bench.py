# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a scenario may use: telephones, and what the box says of itself.

A bench gives outside telephones and desk phones that can lift, dial, speak, listen and hang up (`drivers.simulated`
has the vocabulary; other benches speak it too), and the box's own records and states.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from drivers.simulated import DeskTelephone, OutsideTelephone
from drivers.simulated.exchange import Exchange
from drivers.simulated.subscriber import SubscriberLine
from firmware.exchange.commands import CoreCommand
from firmware.exchange.vocabulary import AgentReport, CallRecord, Reply
from firmware.shell.lending import LendingDesk

PIN = "2468"
"""The PIN of every agent of a scenario."""


class Ability(Enum):
    """What not every bench can do."""

    AUDIO = "audio"  # its sound is samples: measured, recorded, decoded (events alone have none)
    POLARITY = "polarity"  # reversals
    LINE_FAULTS = "line_faults"  # glare, noise, lost tones, on demand
    POWER_CUT = "power_cut"  # the box can be killed and started again
    VIRTUAL_TIME = "virtual_time"  # minutes of waiting cost nothing


class Bench(Protocol):
    """One centre on one bench, for one scenario."""

    pilot: str
    """The number under which outside telephones reach the centre."""

    def outside(self, index: int) -> OutsideTelephone:
        """An outside telephone, 0 upwards."""
        ...

    def desk(self, extension: str) -> DeskTelephone: ...

    def emergency_desk(self) -> OutsideTelephone:
        """Where 110, 119, 120 and 122 arrive."""
        ...

    @property
    def exchange(self) -> Exchange:
        """The exchange that the box's lines come from."""
        ...

    @property
    def lines(self) -> Mapping[int, SubscriberLine]:
        """The exchange's end of each of the box's lines, by port: its profile, and its faults (`LINE_FAULTS`)."""
        ...

    async def passes(self, seconds: float) -> None:
        """Let time pass."""
        ...

    async def record(self, within_s: float = 30) -> CallRecord:
        """The next call record that nobody has asked for yet."""
        ...

    async def no_record(self) -> None:
        """Assert that no record is waiting."""
        ...

    async def agent_is(self, agent: int, state: str, within_s: float = 5) -> AgentReport: ...

    async def waiting(self, queue: int, count: int, within_s: float = 10) -> None:
        """Wait until so many callers are in a queue."""
        ...

    async def log_in(self, agent: int, extension: str) -> None:
        """The agent logs in at the phone by its star code, and hears that it worked."""
        ...

    async def command(self, command: CoreCommand) -> Reply:
        """Command the box as an admin would on the web."""
        ...

    @property
    def lending(self) -> LendingDesk:
        """Where the line doctor borrows the box's ports."""
        ...

    def recording(self, number: int) -> bytes:
        """The file of a recording (WAV), as it is on disk now (`Ability.AUDIO`)."""
        ...

    def alarms(self) -> tuple[str, ...]:
        """What the box has raised alarms about, oldest first."""
        ...

    async def cut_power(self, off_s: float = 5) -> None:
        """Kill the box without warning and start it again (`Ability.POWER_CUT`)."""
        ...

    async def idle(self, within_s: float = 60) -> None:
        """Wait until no call, offer or place is left, and every line and phone on hook is idle."""
        ...
