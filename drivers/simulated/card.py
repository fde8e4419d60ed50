# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated card: FXO ports on lines of a simulated exchange, FXS ports with telephones on them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from drivers.port import CardAct, CardError, CardFact, PortBits, PortInfo, PortKind
from drivers.simulated.exchange import Exchange
from drivers.simulated.far_ends import FarEnds, Layout
from drivers.simulated.outside import OutsideTelephone
from drivers.simulated.ports import StationPort, TrunkPort
from drivers.simulated.telephone import DeskTelephone, Telephone
from drivers.simulated.troubles import Troubles
from drivers.timers import Timers
from dsp.media import Media, OpenMedia, Stream


class SimulatedCard:
    """A card, with all that is at the far ends of its ports.

    open_media: opens the far engine, of the same kind as the box's.  real_time: the far engine runs by itself
    and is read when it has something to say; otherwise whoever steps it (`far_media`) calls `poll` after each
    step.  loop: whose time the far ends live in; the running one where not given.  far_ends: what a card before
    this one has left (`leave_far_ends`).
    """

    name = "simulated"

    def __init__(
        self,
        open_media: OpenMedia,
        layout: Layout,
        *,
        real_time: bool = True,
        loop: asyncio.AbstractEventLoop | None = None,
        far_ends: FarEnds | None = None,
    ) -> None:
        self.layout = layout
        self.trunks: dict[int, TrunkPort] = {}
        self.troubles = Troubles(self)
        self._open_media = open_media
        self._real_time = real_time
        self._loop = loop
        self._stations: dict[int, StationPort] = {}
        self._near: Media | None = None
        self._far_ends = far_ends
        self._leaves_far_ends = False
        self._untold: deque[CardFact] = deque()
        self._deliver: Callable[[CardFact], None] | None = None

    # --- the card (`drivers.port.Card`) ---

    @property
    def ports(self) -> tuple[PortInfo, ...]:
        lines = [PortInfo(port, PortKind.FXO, f"simulated {port}") for port in self.layout.trunk_ports]
        phones = [PortInfo(port, PortKind.FXS, f"simulated {port}") for port in self.layout.station_ports]
        return (*lines, *phones)

    def attach(self, media: Media) -> None:
        """Make the far ends (where none were left) and wire them to the box's ports."""
        assert self._near is None, "attached twice"
        self._near = media
        loop = self._loop = self._loop or asyncio.get_running_loop()
        if self._far_ends is None:
            self._far_ends = FarEnds(self._open_media, self.layout, media.tick_samples, loop)
        for port, line in self._far_ends.lines.items():
            self.trunks[port] = TrunkPort(port, line, Timers(loop), self.report)
        for port in self.layout.station_ports:
            self._stations[port] = StationPort(port, Timers(loop), self.report)
            self._far_ends.plug_desk(self._stations[port])
        for port in (*self.trunks, *self._stations):
            self.join(port)

    def start(self, deliver: Callable[[CardFact], None]) -> None:
        assert self._near is not None, "start before attach"
        self._deliver = deliver
        if self._real_time:
            self.far_ends.start()
        for end in self._ends():
            for fact in end.present_state():
                self.report(fact)

    def act(self, act: CardAct) -> None:
        self.end_of(act.port).act(act)

    def bits(self) -> tuple[PortBits, ...]:
        """The true state of every port; what led to it is told first, as a driver's queue is read before."""
        self._tell()
        return tuple(end.bits() for end in self._ends())

    def close(self) -> None:
        """Let go of every line and telephone, and end the far ends unless they are left to another card."""
        if self._near is None:
            return
        self._deliver = None
        self._untold.clear()
        if self._real_time:
            self.far_ends.stop()
        for end in self._ends():
            if not end.alarm:
                self.part(end.port)
            end.close()
        if not self._leaves_far_ends:
            self.far_ends.close()
        self._near = None

    def leave_far_ends(self) -> FarEnds:
        """What is outside the box, to be left as it is when this card closes, for the next card."""
        self._leaves_far_ends = True
        return self.far_ends

    # --- for whoever drives the engines ---

    @property
    def far_media(self) -> Media:
        """The far engine, to be stepped together with the box's."""
        return self.far_ends.media

    def poll(self) -> None:
        """Take in what the far engine has heard."""
        self.far_ends.far.poll()

    # --- for scenarios, the bench page and the traffic generator ---

    @property
    def far_ends(self) -> FarEnds:
        assert self._far_ends is not None, "the far ends are made by attach"
        return self._far_ends

    @property
    def exchange(self) -> Exchange:
        return self.far_ends.exchange

    @property
    def desks(self) -> dict[int, DeskTelephone]:
        """The desk phones by port."""
        return self.far_ends.desks

    @property
    def outside(self) -> list[OutsideTelephone]:
        return self.far_ends.outside

    @property
    def emergency_desks(self) -> list[OutsideTelephone]:
        return self.far_ends.emergency_desks

    def telephones(self) -> tuple[Telephone, ...]:
        return self.far_ends.telephones()

    def outside_number(self, number: str) -> OutsideTelephone:
        """The outside telephone with this number."""
        return next(phone for phone in self.outside if phone.number == number)

    def attach_stream(self, telephone: Telephone) -> Stream:
        """Let somebody else be this telephone's ear and mouth.  Raises CardError when no stream is left."""
        return self.far_ends.attach_stream(telephone)

    def detach_stream(self, telephone: Telephone) -> None:
        """Part it from its stream, which is closed."""
        self.far_ends.detach_stream(telephone)

    def status(self) -> dict[str, Any]:
        """Everything at the far ends as plain data."""
        return self.far_ends.status()

    # --- for troubles ---

    def end_of(self, port: int) -> TrunkPort | StationPort:
        end = self.trunks.get(port) or self._stations.get(port)
        if end is None:
            last = self.layout.fxo + self.layout.fxs
            raise CardError(f"the simulated card has no port {port}: it has 1 to {last}")
        return end

    def join(self, port: int) -> None:
        """Wire the box's port to its far end."""
        assert self._near is not None
        trunk = self.trunks.get(port)
        far_port = trunk.line.port if trunk else self.desks[port].port
        line = trunk.line.profile.line if trunk else self.layout.desk_line
        line = replace(line, seed=self.layout.faults.seed * 1000 + port)
        self._near.wire(port, self.far_media, far_port, line)

    def part(self, port: int) -> None:
        """Cut the audio of a port."""
        assert self._near is not None
        self._near.unwire(port)

    def report(self, fact: CardFact) -> None:
        """Deliver a fact, never from inside an act: a card's interrupt comes after the write that caused it.

        A fact that is lost leaves the bits true.
        """
        if self._deliver is None or self.troubles.loses(fact):
            return
        assert self._loop is not None
        if not self._untold:
            self._loop.call_soon(self._tell)
        self._untold.append(fact)

    # --- inside ---

    def _ends(self) -> tuple[TrunkPort | StationPort, ...]:
        return (*self.trunks.values(), *self._stations.values())

    def _tell(self) -> None:
        while self._untold and self._deliver is not None:
            self._deliver(self._untold.popleft())
