# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated card: FXO ports on lines of a simulated exchange, FXS ports with telephones on them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from drivers.port import CardAct, CardError, CardFact, PortBits, PortInfo, PortKind
from drivers.simulated.exchange import Exchange
from drivers.simulated.far import FarEngine
from drivers.simulated.faults import BUSY_TONE_LINE, CLEAR_PAIR, NORMAL, Faults, LineProfile
from drivers.simulated.numbering import EMERGENCY_NUMBERS, GUANGZHOU, NumberingPlan, Treatment
from drivers.simulated.outside import EMERGENCY_DESK, OutsideTelephone
from drivers.simulated.ports import StationPort, TrunkPort
from drivers.simulated.telephone import DeskTelephone, Telephone
from drivers.simulated.timers import Timers
from drivers.simulated.troubles import Troubles
from dsp.media import LineModel, Media, OpenMedia, Stream

EMERGENCY_DESKS = 2

_STOCK_TREATMENTS: Mapping[str, Treatment] = {
    "02081110001": Treatment.BUSY,
    "02081110002": Treatment.VACANT,
    "02081110003": Treatment.CONGESTION,
    "02081110004": Treatment.NO_ANSWER,
    "02081110005": Treatment.ANNOUNCEMENT,
    "02081110006": Treatment.SILENCE,
}


@dataclass(frozen=True, slots=True)
class Layout:
    """What is plugged together.

    fxo: ports 1 to fxo, on lines of the exchange; fxs: the ports after them.  pilot: the centre's number,
    hunting over all its lines; each line has a number of its own besides, from the pilot's next one on.
    outside: telephones elsewhere, with the numbers 13900000001 and on.  profiles: by port, where a line
    differs from `profile`.  streams: how many telephones can be played by a browser at once.
    """

    fxo: int = 4
    fxs: int = 8
    outside: int = 6
    streams: int = 4
    pilot: str = "02088880000"
    profile: LineProfile = BUSY_TONE_LINE
    profiles: Mapping[int, LineProfile] = field(default_factory=dict)
    desk_line: LineModel = CLEAR_PAIR
    faults: Faults = NORMAL
    plan: NumberingPlan = GUANGZHOU
    treatments: Mapping[str, Treatment] = field(default_factory=lambda: dict(_STOCK_TREATMENTS))

    @property
    def far_ports(self) -> int:
        """How many ports the far engine needs: an outside telephone takes one, and its line another."""
        return self.fxo + self.fxs + 2 * (self.outside + EMERGENCY_DESKS) + self.streams


class SimulatedCard:
    """A card, with all that is at the far ends of its ports.

    open_media: opens the far engine, of the same kind as the box's.  real_time: the far engine runs by itself
    and is read when it has something to say; otherwise whoever steps it (`far_media`) calls `poll` after each
    step.  loop: whose time the far ends live in; the running one where not given.
    """

    name = "simulated"

    def __init__(
        self,
        open_media: OpenMedia,
        layout: Layout,
        *,
        real_time: bool = True,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.layout = layout
        self.trunks: dict[int, TrunkPort] = {}
        self.desks: dict[int, DeskTelephone] = {}
        self.outside: list[OutsideTelephone] = []
        self.emergency_desks: list[OutsideTelephone] = []
        self._open_media = open_media
        self._real_time = real_time
        self._loop = loop
        self._stations: dict[int, StationPort] = {}
        self._stream_ports: list[int] = []
        self._timers: list[Timers] = []
        self._near: Media | None = None
        self._deliver: Callable[[CardFact], None] | None = None

    # --- the card (`drivers.port.Card`) ---

    @property
    def ports(self) -> tuple[PortInfo, ...]:
        trunks = [PortInfo(port, PortKind.FXO, f"simulated {port}") for port in self._trunk_ports()]
        return (
            *trunks,
            *(PortInfo(port, PortKind.FXS, f"simulated {port}") for port in self._station_ports()),
        )

    def attach(self, media: Media) -> None:
        """Open the far engine, build the far ends on it and wire them to the box's ports."""
        assert self._near is None, "attached twice"
        self._near = media
        loop = self._loop or asyncio.get_running_loop()
        self._loop = loop
        self._far = FarEngine(self._open_media(self.layout.far_ports, media.tick_samples), loop)
        self.exchange = Exchange(self._far, self.layout.plan)
        self.exchange.treatments.update(self.layout.treatments)
        for port in self._trunk_ports():
            self._build_trunk(port, loop)
        for port in self._station_ports():
            self._build_station(port, loop)
        self._build_outside()
        self._stream_ports = [self._far.take_port(lambda event: None) for _ in range(self.layout.streams)]
        self.exchange.set_group(self.layout.pilot, [trunk.line for trunk in self.trunks.values()])
        self.troubles = Troubles(self)
        for port in (*self.trunks, *self._stations):
            self.join(port)

    def start(self, deliver: Callable[[CardFact], None]) -> None:
        assert self._loop is not None, "start before attach"
        self._deliver = deliver
        if self._real_time:
            self._far.media.start()
            self._loop.add_reader(self._far.media.fileno(), self.poll)
        for end in self._ends():
            for fact in end.present_state():
                self.report(fact)

    def act(self, act: CardAct) -> None:
        self.end_of(act.port).act(act)

    def bits(self) -> tuple[PortBits, ...]:
        return tuple(end.bits() for end in self._ends())

    def close(self) -> None:
        if self._near is None:
            return
        self._deliver = None
        if self._real_time and self._loop is not None:
            self._loop.remove_reader(self._far.media.fileno())
        for telephone in self.telephones():
            telephone.close()
        self.exchange.close()
        for timers in self._timers:
            timers.clear()
        self._far.media.close()
        self._near = None

    # --- for whoever drives the engines ---

    @property
    def far_media(self) -> Media:
        """The far engine, to be stepped together with the box's."""
        return self._far.media

    def poll(self) -> None:
        """Take in what the far engine has heard."""
        self._far.poll()

    # --- for scenarios, the bench page and the traffic generator ---

    def telephones(self) -> tuple[Telephone, ...]:
        return (*self.desks.values(), *self.outside, *self.emergency_desks)

    def outside_number(self, number: str) -> OutsideTelephone:
        """The outside telephone with this number."""
        return next(phone for phone in self.outside if phone.number == number)

    def attach_stream(self, telephone: Telephone) -> Stream:
        """Let somebody else be this telephone's ear and mouth.  Raises CardError when no stream is left."""
        self.detach_stream(telephone)
        if not self._stream_ports:
            raise CardError(f"all {self.layout.streams} streams of the simulated card are taken")
        return telephone.attach_stream(self._stream_ports.pop(0))

    def detach_stream(self, telephone: Telephone) -> None:
        """Part it from its stream, which is closed."""
        port = telephone.detach_stream()
        if port is not None:
            self._stream_ports.append(port)

    def status(self) -> dict[str, Any]:
        """Everything at the far ends as plain data."""
        return {
            "desks": [phone.status() for phone in self.desks.values()],
            "outside": [phone.status() for phone in self.outside],
            "emergency_desks": [phone.status() for phone in self.emergency_desks],
            "lines": [
                {"port": port, "number": trunk.line.number, "state": trunk.line.state.value}
                for port, trunk in self.trunks.items()
            ],
            "all_busy": dict(self.exchange.all_busy),
        }

    # --- for troubles ---

    def end_of(self, port: int) -> TrunkPort | StationPort:
        end = self.trunks.get(port) or self._stations.get(port)
        if end is None:
            raise CardError(
                f"the simulated card has no port {port}: it has 1 to {self.layout.fxo + self.layout.fxs}"
            )
        return end

    def join(self, port: int) -> None:
        """Wire the box's port to its far end."""
        assert self._near is not None
        trunk = self.trunks.get(port)
        far_port = trunk.line.port if trunk else self.desks[port].port
        line = trunk.line.profile.line if trunk else self.layout.desk_line
        line = replace(line, seed=self.layout.faults.seed * 1000 + port)
        self._near.wire(port, self._far.media, far_port, line)

    def part(self, port: int) -> None:
        """Cut the audio of a port."""
        assert self._near is not None
        self._near.unwire(port)

    # --- inside ---

    def _ends(self) -> tuple[TrunkPort | StationPort, ...]:
        return (*self.trunks.values(), *self._stations.values())

    def _trunk_ports(self) -> range:
        return range(1, self.layout.fxo + 1)

    def _station_ports(self) -> range:
        return range(self.layout.fxo + 1, self.layout.fxo + self.layout.fxs + 1)

    def _build_trunk(self, port: int, loop: asyncio.AbstractEventLoop) -> None:
        profile = self.layout.profiles.get(port, self.layout.profile)
        number = str(int(self.layout.pilot) + port).zfill(len(self.layout.pilot))
        line = self.exchange.add_line(number, profile, self.layout.faults)
        self.trunks[port] = TrunkPort(port, line, self._new_timers(loop), self.report)

    def _build_station(self, port: int, loop: asyncio.AbstractEventLoop) -> None:
        station = StationPort(port, self._new_timers(loop), self.report)
        self._stations[port] = station
        self.desks[port] = DeskTelephone(self._far, station, self.layout.faults)

    def _build_outside(self) -> None:
        for n in range(self.layout.outside):
            self.outside.append(self._outside_telephone(f"139{n + 1:08}"))
        for n in range(EMERGENCY_DESKS):
            desk = self._outside_telephone(f"emergency {n + 1}")
            desk.habit = EMERGENCY_DESK
            self.emergency_desks.append(desk)
        for number in EMERGENCY_NUMBERS:
            self.exchange.set_group(number, [desk.line for desk in self.emergency_desks])

    def _outside_telephone(self, number: str) -> OutsideTelephone:
        line = self.exchange.add_line(number, BUSY_TONE_LINE, Faults(seed=self.layout.faults.seed))
        return OutsideTelephone(self._far, self.exchange, line, self.layout.faults)

    def _new_timers(self, loop: asyncio.AbstractEventLoop) -> Timers:
        timers = Timers(loop)
        self._timers.append(timers)
        return timers

    def report(self, fact: CardFact) -> None:
        """Deliver a fact, never from inside an act: a card's interrupt comes after the write that caused it.

        A fact that is lost leaves the bits true.
        """
        if self.troubles.loses(fact):
            return
        assert self._loop is not None
        self._loop.call_soon(self._hand_over, fact)

    def _hand_over(self, fact: CardFact) -> None:
        if self._deliver is not None:
            self._deliver(fact)
