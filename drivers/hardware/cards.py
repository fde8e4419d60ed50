# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Known cards (`cards.toml`): by ids, with the driver of each and the DAHDI builds that have it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

TABLE = Path(__file__).with_name("cards.toml")
UNKNOWN_DRIVER = ""


class Card(msgspec.Struct, frozen=True, rename={"builds": "in", "made_by": "from"}):
    """A card, or several that differ in nothing that matters here.  See the head of cards.toml for the fields.

    waits: it is a state of a card that shows other ids once its firmware is loaded.
    """

    name: str
    kind: str
    ports: str
    ids: tuple[str, ...]
    driver: str
    builds: tuple[str, ...]
    source: str
    bus: str = "pci"
    made_by: str = ""
    firmware: bool = False
    waits: bool = False


class Driver(msgspec.Struct, frozen=True):
    """What a driver can be told.  law: the option for A-law; empty: none.

    also: modules that belong to it.  country_in: the file its country mode is in, where that is no module option.
    """

    opermode: bool = False
    law: str = ""
    line_mode: str = ""
    ring_detector: bool = False
    bells: bool = False
    also: tuple[str, ...] = ()
    country_in: str = ""


class Build(msgspec.Struct, frozen=True):
    what: str


class Table(msgspec.Struct, frozen=True):
    builds: dict[str, Build]
    drivers: dict[str, Driver]
    cards: tuple[Card, ...]
    makers: dict[str, str]

    def card(self, bus: str, device: str) -> Card | None:
        """The card of a device's whole id, by the longest id that fits."""
        for fits in _from_the_longest(device):
            for card in self.cards:
                if card.bus == bus and fits in card.ids:
                    return card
        return self._of_a_maker(bus, device)

    def driver(self, name: str) -> Driver:
        return self.drivers.get(name, Driver())

    def where(self, card: Card) -> str:
        """Where its driver is to be had, in words."""
        if not card.builds:
            return card.made_by or "no DAHDI that is known here"
        return ", ".join(
            f"DAHDI {name} of {build.what}" if name != "image" else build.what
            for name, build in self.builds.items()
            if name in card.builds
        )

    def _of_a_maker(self, bus: str, device: str) -> Card | None:
        maker = self.makers.get(device[:4])
        if maker is None:
            return None
        return Card(
            f"{maker} card that is not known here",
            "unknown",
            "unknown",
            (device,),
            UNKNOWN_DRIVER,
            (),
            "the maker's id",
            bus,
            f"its maker: look for {device} among the drivers {maker} publishes",
        )


@cache
def table() -> Table:
    return msgspec.convert(tomllib.loads(TABLE.read_text(encoding="utf-8")), Table)


def _from_the_longest(device: str) -> list[str]:
    """v:d/sv:sd, v:d/sv, v:d."""
    head, slash, rest = device.partition("/")
    subvendor = rest.partition(":")[0]
    return [device, f"{head}/{subvendor}", head] if slash else [device]
