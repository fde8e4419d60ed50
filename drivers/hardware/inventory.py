# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Everything of a machine that has to do with telephony hardware, read at one moment."""

from __future__ import annotations

import getpass

import msgspec

from drivers.hardware.buses import Device, devices
from drivers.hardware.cards import Card, table
from drivers.hardware.interrupts import Interrupt, interrupts
from drivers.hardware.machine import Machine
from drivers.hardware.modules import Module, Told, configured, installed, loaded, module
from drivers.hardware.spans import Channel, DahdiDevice, Span, dahdi_devices, spans
from drivers.hardware.system_conf import FILE, SystemConf, parse

DAHDI = "dahdi"
ECHO_CANCELLERS = ("oslec", "mg2", "kb1", "sec2", "sec", "jpah")


class Found(msgspec.Struct, frozen=True):
    """A card in the machine.  state: of its driver: running, installed, missing, unknown."""

    device: Device
    card: Card
    state: str


class Inventory(msgspec.Struct, frozen=True):
    """build: the row of cards.toml that this DAHDI is; empty where it is none of them or there is no DAHDI.

    modules: those that run and have to do with it, by name.  conf: of `conf_file`; None where there is none.
    """

    kernel: str
    dahdi: str
    build: str
    cards: tuple[Found, ...]
    devices: tuple[DahdiDevice, ...]
    spans: tuple[Span, ...]
    modules: dict[str, Module]
    installed: frozenset[str]
    told: tuple[Told, ...]
    interrupts: dict[int, Interrupt]
    conf_file: str
    conf: SystemConf | None
    devices_there: bool
    refused: tuple[str, ...]
    user: str

    def channels(self) -> list[Channel]:
        return [channel for span in self.spans for channel in span.channels]


def take(machine: Machine, conf_file: str = FILE) -> Inventory:
    running = loaded(machine)
    installable = installed(machine)
    ours = {name: count for name, count in running.items() if _is_ours(name)}
    modules = {name: module(machine, name, count) for name, count in ours.items()}
    version = machine.text("/sys/module/dahdi/version") or ""
    conf_text = machine.text(conf_file)
    found = tuple(
        Found(device, card, _state(card, device, running, installable))
        for device in devices(machine)
        if (card := table().card(device.bus, device.id)) is not None
    )
    return Inventory(
        machine.kernel,
        version,
        _build(version),
        found,
        tuple(dahdi_devices(machine)),
        tuple(spans(machine)),
        modules,
        frozenset(installable),
        tuple(configured(machine)),
        interrupts(machine),
        conf_file,
        None if conf_text is None else parse(conf_text),
        machine.path("/dev/dahdi/ctl").exists(),
        tuple(dict.fromkeys("/" + str(path.relative_to(machine.root)) for path in machine.refused)),
        getpass.getuser(),
    )


def _is_ours(name: str) -> bool:
    known = {name for driver, more in table().drivers.items() for name in (driver, *more.also)}
    known |= {card.driver for card in table().cards}
    return name == "echo" or name.startswith(("dahdi", "xpp", "xpd", "opvx", "oct612x")) or name in known


def _state(card: Card, device: Device, running: dict[str, int], installable: set[str]) -> str:
    if not card.driver:
        return "unknown"
    if device.driver == card.driver:
        return "running"
    if card.driver in running:
        return "loaded"
    return "installed" if card.driver in installable else "missing"


def _build(version: str) -> str:
    """2.11.1.0.20170917 is 2.11.1; a version that none of the rows begins with is none of them."""
    return next((name for name in table().builds if version.startswith(name)), "")
