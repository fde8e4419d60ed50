# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What would be set: system.conf, module options and the modules to load, each line with its reason.

What a driver has shown (FXO or FXS modules, E1) decides; before it runs only options and modules can be proposed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import msgspec

from drivers.hardware.cards import Card, Driver, table
from drivers.hardware.countries import COUNTRIES, Country
from drivers.hardware.findings import same
from drivers.hardware.inventory import DAHDI, ECHO_CANCELLERS, Inventory
from drivers.hardware.machine import Machine
from drivers.hardware.modules import module
from drivers.hardware.spans import Channel, Span
from drivers.hardware.system_conf import SystemConf, written
from drivers.port import PortKind

OPTIONS_FILE = "/etc/modprobe.d/switchroom-dahdi.conf"
LOAD_FILE = "/etc/modules-load.d/switchroom-dahdi.conf"
XPP_FILE = "/etc/dahdi/xpp.conf"
HEAD = "# Written by `switchroom hardware propose`; the reason of each line stands over it."
SIGNALLED = {PortKind.FXO: "fxsks", PortKind.FXS: "fxoks"}
USUAL_ECHO_CANCELLER = "oslec"
CARDS_OWN = "hwec"  # the canceller on the card; the card's driver brings it, so no module is called so

Lines = Iterator[str]


class Wishes(msgspec.Struct, frozen=True):
    """What the installer chooses.  boost_ring: 89 V peak instead of the usual, for long lines or several bells.

    full_wave_ring: hear ringing by both half-waves, for lines with a low ringing voltage.
    """

    country: str = "cn"
    boost_ring: bool = False
    full_wave_ring: bool = False
    echo_canceller: str = ""


class File(msgspec.Struct, frozen=True):
    """present: None where there is none yet."""

    place: str
    text: str
    present: str | None

    @property
    def changes(self) -> bool:
        return self.text != self.present

    def difference(self) -> str:
        """Unified; empty where nothing would change."""
        before = (self.present or "").splitlines(keepends=True)
        after = self.text.splitlines(keepends=True)
        name = self.place if self.present is not None else "/dev/null"
        return "".join(difflib.unified_diff(before, after, name, f"{self.place} (proposed)"))


class Option(msgspec.Struct, frozen=True):
    """One option of a module.  reason: why it is so."""

    module: str
    name: str
    value: str
    reason: str


class Proposal(msgspec.Struct, frozen=True):
    """loads: the modules to load, in this order.  notes: what can't be proposed, and why."""

    files: tuple[File, ...]
    options: tuple[Option, ...]
    loads: tuple[str, ...]
    notes: tuple[str, ...]


class InForce(msgspec.Struct, frozen=True):
    """An option as proposed and as sysfs has it.  found: None where the module doesn't run or may not be read."""

    module: str
    name: str
    wanted: str
    found: str | None

    @property
    def agrees(self) -> bool:
        return same(self.found, self.wanted)


def propose(found: Inventory, machine: Machine, wishes: Wishes) -> Proposal:
    country = COUNTRIES[wishes.country]
    drivers = _drivers(found)
    if not drivers and not found.spans:
        return Proposal((), (), (), tuple(_notes(found, drivers)))
    canceller = _echo_canceller(found, wishes)
    options = tuple(_options(found, drivers, country, wishes))
    loads = (DAHDI, *_echo_module(canceller), *drivers)
    texts = {
        OPTIONS_FILE: "\n".join((HEAD, *_options_text(found, options))) + "\n",
        LOAD_FILE: "\n".join((HEAD, *_load_text(found, drivers, canceller))) + "\n",
    }
    if found.spans:
        texts[found.conf_file] = "\n".join((HEAD, *_system_conf(found, country, canceller))) + "\n"
    if any(table().driver(name).country_in == XPP_FILE for name in drivers):
        texts[XPP_FILE] = "\n".join((HEAD, *_xpp_text(country))) + "\n"
    files = tuple(File(place, text, machine_text(machine, place)) for place, text in texts.items())
    return Proposal(files, options, loads, tuple(_notes(found, drivers)))


def machine_text(machine: Machine, place: str) -> str | None:
    """A file with its last newline, as it will be compared and kept; None where there is none.  Raises OSError."""
    try:
        return machine.path(place).read_text("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_back(proposal: Proposal, machine: Machine) -> list[InForce]:
    """Every proposed option as it is now, read from sysfs."""
    return [
        InForce(each.module, each.name, each.value, module(machine, each.module, 0).options.get(each.name))
        for each in proposal.options
    ]


# --- which drivers ---


def _drivers(found: Inventory) -> list[str]:
    """The drivers of the cards that are there, for those that some DAHDI has."""
    names = [
        each.card.driver for each in found.cards if each.card.builds or each.card.driver in found.installed
    ]
    waiting = [each.card.driver for each in found.cards if each.card.waits]
    return list(dict.fromkeys(name for name in (*names, *waiting) if name))


def _echo_canceller(found: Inventory, wishes: Wishes) -> str:
    """The one asked for; else the best that is there."""
    if wishes.echo_canceller:
        return wishes.echo_canceller
    there = {name.removeprefix("dahdi_echocan_") for name in (*found.installed, *found.modules)}
    return next((name for name in ECHO_CANCELLERS if name in there), USUAL_ECHO_CANCELLER)


def _echo_module(canceller: str) -> tuple[str, ...]:
    return () if canceller == CARDS_OWN else (f"dahdi_echocan_{canceller}",)


def _notes(found: Inventory, drivers: list[str]) -> Iterator[str]:
    if not found.spans and drivers:
        yield (
            "system.conf can be proposed once the driver has shown which ports the card has: "
            f"apply this, then modprobe {' '.join(drivers)}, then propose again"
        )
    if not found.cards and not found.spans:
        yield "no telephony card is there, so there is nothing to propose"
    for each in found.cards:
        if not each.card.builds and not each.card.waits:
            yield f"{each.card.name} needs {each.card.driver or 'a driver'} from {table().where(each.card)}"


# --- module options ---


def _options(found: Inventory, drivers: list[str], country: Country, wishes: Wishes) -> Iterator[Option]:
    yield Option(
        DAHDI,
        "auto_assign_spans",
        "1",
        "spans and channels get their numbers at once, in the order of loading",
    )
    cards: dict[str, Card] = {each.card.driver: each.card for each in reversed(found.cards)}
    for name in drivers:
        driver = table().driver(name)
        if driver.opermode:
            impedance = (
                "600 ohm" if not country.impedance else f"the complex impedance number {country.impedance}"
            )
            yield Option(
                name,
                "opermode",
                country.mode,
                f"towards the exchange: line impedance ({impedance} of the line chip), loop current and ring "
                f"threshold of this country",
            )
        if driver.law:
            option, _, value = driver.law.partition("=")
            yield Option(
                name,
                option,
                value,
                "the card codes in A-law, as the box does, so that no sample is converted",
            )
        if driver.line_mode and cards[name].kind == "E1":
            option, _, value = driver.line_mode.partition("=")
            yield Option(name, option, value, "2,048 kbit/s and 31 channels; some drivers begin as T1")
        yield from _ring_options(name, driver, country, wishes)


def _ring_options(name: str, driver: Driver, country: Country, wishes: Wishes) -> Iterator[Option]:
    if driver.bells:
        honour = country.phone_impedance
        yield Option(
            name,
            "fxshonormode",
            "1" if honour else "0",
            "towards telephones: "
            + ("the impedance of this country" if honour else "600 ohm, which its telephones take"),
        )
        boost = wishes.boost_ring
        yield Option(
            name,
            "boostringer",
            "1" if boost else "0",
            "ringing voltage: " + ("89 V peak, for long lines or several bells" if boost
                                   else "the usual one; 1 gives 89 V peak (--boost-ring)"),
        )  # fmt: skip
    if driver.ring_detector:
        full = wishes.full_wave_ring
        yield Option(
            name,
            "fwringdetect",
            "1" if full else "0",
            "ringing is heard by " + ("both half-waves: for a low ringing voltage" if full
                                      else "one half-wave; 1 hears a low ringing voltage too (--full-wave-ring)"),
        )  # fmt: skip


def _options_text(found: Inventory, options: tuple[Option, ...]) -> Lines:
    for each in options:
        yield ""
        yield f"# {each.reason}"
        yield f"options {each.module} {each.name}={each.value}"
    others = {each.device.driver for each in found.cards if each.device.driver not in ("", each.card.driver)}
    if any(each.device.id.startswith("e159:0001") for each in found.cards):
        others.add("netjet")
    for name in sorted(others):
        yield ""
        yield "# it would take the card, which has the same chip as what it is for"
        yield f"blacklist {name}"


def _load_text(found: Inventory, drivers: list[str], canceller: str) -> Lines:
    yield ""
    yield "# telephony itself, first"
    yield DAHDI
    for name in _echo_module(canceller):
        yield ""
        yield "# the echo canceller that system.conf names"
        yield name
    for name in drivers:
        yield ""
        yield f"# drives {', '.join(dict.fromkeys(each.card.name for each in found.cards if each.card.driver == name))}"
        yield name


def _xpp_text(country: Country) -> Lines:
    yield ""
    yield "# line impedance, loop current and ring threshold towards the exchange"
    yield f"opermode {country.mode}"
    yield ""
    yield "# an E1 module has 31 channels"
    yield "pri_protocol E1"


# --- system.conf ---


def _system_conf(found: Inventory, country: Country, canceller: str) -> Lines:
    timing = 0
    for value in found.conf.dynamic if found.conf else ():
        yield ""
        yield "# a span with no card behind it: kept as it is"
        yield f"dynamic={value}"
    for span in found.spans:
        yield ""
        yield f"# Span {span.number}: {span.name}, {span.description}"
        if span.is_digital and not span.is_dynamic:
            timing += 1
            yield from _e1_span(span, timing)
        else:
            yield from _analog_span(span, found.conf)
    yield from _echo_lines(found, canceller)
    yield ""
    yield "# the tones DAHDI itself can send, and those of a channel that names none"
    yield f"loadzone={country.zone}"
    yield f"defaultzone={country.zone}"


def _e1_span(span: Span, timing: int) -> Lines:
    first = span.base
    speech = [first + place for place in range(span.channel_count) if place != 15]
    yield f"# timing {timing}: the exchange's clock is ours, from this span " + (
        "first" if timing == 1 else f"where {timing - 1} before it fail"
    )
    yield "# crc4: as exchanges have it now; take it out where the exchange says so"
    yield f"span={span.number},{timing},0,ccs,hdb3,crc4"
    yield "# 30 channels for speech"
    yield f"bchan={written(speech)}"
    yield "# the D-channel, in timeslot 16"
    yield f"dchan={first + 15}"


def _analog_span(span: Span, conf: SystemConf | None) -> Lines:
    """An analog card has no clock of an exchange, so it needs no span line."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for channel in span.channels:
        signalling, reason = _signalled(channel)
        before = conf.signalling.get(channel.number) if conf else None
        more = before.more if before is not None and before.what == signalling else ""
        groups.setdefault((signalling, more, reason), []).append(channel.number)
    for (signalling, more, reason), numbers in groups.items():
        yield f"# {reason}"
        yield f"{signalling}={written(numbers)}{more}" if signalling else f"# channels {written(numbers)}"


def _signalled(channel: Channel) -> tuple[str, str]:
    match channel.port:
        case PortKind.FXO:
            return (
                "fxsks",
                "towards an exchange (FXO ports): signalled like a telephone, hang-up by an open loop",
            )
        case PortKind.FXS:
            return "fxoks", "towards telephones (FXS ports): signalled like an exchange"
    if not channel.can:
        return "", "no module in these places, or a broken one"
    if channel.signalling:
        return channel.signalling, "could be either: kept as configured"
    return "", "could be either, and says nothing of itself: choose fxsks (exchange) or fxoks (telephone)"


def _echo_lines(found: Inventory, canceller: str) -> Lines:
    """Channels that carry an analog line or speech of an E1; a D-channel has no echo."""
    numbers = []
    for span in found.spans:
        for place, channel in enumerate(span.channels):
            if span.is_digital and not span.is_dynamic:
                speech = place != 15
            else:
                speech = _signalled(channel)[0][:3] in ("fxs", "fxo")
            if speech:
                numbers.append(channel.number)
    if numbers:
        yield ""
        yield f"# {canceller}: {_ECHO_REASONS.get(canceller, 'as asked for')}"
        yield f"echocanceller={canceller},{written(numbers)}"


_ECHO_REASONS = {
    "oslec": "the best of the software ones",
    "mg2": "DAHDI's own; oslec is not installed",
    CARDS_OWN: "the one on the card",
}
