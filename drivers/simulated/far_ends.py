# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The world outside the card: a simulated exchange, and telephones on its lines and at the end of the FXS ports.

It may outlive a card: when the box loses power, receivers stay where they are and callers go on waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.port import CardError
from drivers.simulated.exchange import Exchange
from drivers.simulated.far import FarEngine
from drivers.simulated.faults import BUSY_TONE_LINE, CLEAR_PAIR, NORMAL, Faults, LineProfile
from drivers.simulated.numbering import EMERGENCY_NUMBERS, GUANGZHOU, NumberingPlan, Treatment
from drivers.simulated.outside import EMERGENCY_DESK, OutsideTelephone
from drivers.simulated.subscriber import SubscriberLine
from drivers.simulated.telephone import DeskTelephone, Jack, Telephone
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

    @property
    def trunk_ports(self) -> range:
        return range(1, self.fxo + 1)

    @property
    def station_ports(self) -> range:
        return range(self.fxo + 1, self.fxo + self.fxs + 1)


class FarEnds:
    """Everything behind the ports of one card, on an engine of its own.

    open_media: opens that engine, of the same kind as the box's.  loop: whose time the far ends live in.
    """

    def __init__(
        self, open_media: OpenMedia, layout: Layout, tick_samples: int, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.layout = layout
        self.far = FarEngine(open_media(layout.far_ports, tick_samples), loop)
        self.exchange = Exchange(self.far, layout.plan)
        self.lines: dict[int, SubscriberLine] = {port: self._centre_line(port) for port in layout.trunk_ports}
        self.desks: dict[int, DeskTelephone] = {}
        self.outside = [self._outside_telephone(f"139{n + 1:08}") for n in range(layout.outside)]
        self.emergency_desks = [self._emergency_desk(n + 1) for n in range(EMERGENCY_DESKS)]
        self._streams = [self.far.take_port(lambda event: None) for _ in range(layout.streams)]
        self.exchange.treatments.update(layout.treatments)
        self.exchange.set_group(layout.pilot, list(self.lines.values()))
        for number in EMERGENCY_NUMBERS:
            self.exchange.set_group(number, [desk.line for desk in self.emergency_desks])

    def plug_desk(self, jack: Jack) -> DeskTelephone:
        """Plug in the desk phone of this port, new or as it has been left."""
        desk = self.desks.get(jack.port)
        if desk is None:
            desk = self.desks[jack.port] = DeskTelephone(self.far, jack, self.layout.faults)
        else:
            desk.plug(jack)
        return desk

    # --- for whoever drives the engines ---

    @property
    def media(self) -> Media:
        return self.far.media

    def start(self) -> None:
        """Run in real time from now on."""
        self.media.start()
        self.far.loop.add_reader(self.media.fileno(), self.far.poll)

    def stop(self) -> None:
        self.far.loop.remove_reader(self.media.fileno())

    def close(self) -> None:
        for telephone in self.telephones():
            telephone.close()
        self.exchange.close()
        self.far.close()

    # --- for scenarios and pages ---

    def telephones(self) -> tuple[Telephone, ...]:
        return (*self.desks.values(), *self.outside, *self.emergency_desks)

    def attach_stream(self, telephone: Telephone) -> Stream:
        """Let somebody else be this telephone's ear and mouth.  Raises CardError when no stream is left."""
        self.detach_stream(telephone)
        if not self._streams:
            raise CardError(f"all {self.layout.streams} streams of the simulated card are taken")
        return telephone.attach_stream(self._streams.pop(0))

    def detach_stream(self, telephone: Telephone) -> None:
        """Part it from its stream, which is closed."""
        port = telephone.detach_stream()
        if port is not None:
            self._streams.append(port)

    def status(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "desks": [phone.status() for phone in self.desks.values()],
            "outside": [phone.status() for phone in self.outside],
            "emergency_desks": [phone.status() for phone in self.emergency_desks],
            "lines": [
                {"port": port, "number": line.number, "state": line.state.value}
                for port, line in self.lines.items()
            ],
            "all_busy": dict(self.exchange.all_busy),
        }

    # --- inside ---

    def _centre_line(self, port: int) -> SubscriberLine:
        profile = self.layout.profiles.get(port, self.layout.profile)
        number = str(int(self.layout.pilot) + port).zfill(len(self.layout.pilot))
        return self.exchange.add_line(number, profile, self.layout.faults)

    def _outside_telephone(self, number: str) -> OutsideTelephone:
        line = self.exchange.add_line(number, BUSY_TONE_LINE, Faults(seed=self.layout.faults.seed))
        return OutsideTelephone(self.far, self.exchange, line, self.layout.faults)

    def _emergency_desk(self, number: int) -> OutsideTelephone:
        desk = self._outside_telephone(f"emergency {number}")
        desk.habit = EMERGENCY_DESK
        return desk
