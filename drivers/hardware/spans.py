# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""DAHDI's devices, spans and channels as sysfs and /proc/dahdi show them, with the error counters of each span."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from drivers.hardware.machine import Machine
from drivers.port import PortKind

SPANS = "/sys/bus/dahdi_spans/devices"
DEVICES = "/sys/bus/dahdi_devices/devices"
CHANNELS = "/sys/bus/dahdi_channels/devices"

# Bits of dahdi/user.h (tests hold them to it), in the words of an installer.
ALARMS = (
    (8, "red alarm"),
    (4, "yellow alarm: the far end does not hear us"),
    (16, "blue alarm"),
    (32, "not started"),
    (1, "recovering"),
    (2, "loopback"),
    (256, "no signal"),
    (512, "no frame alignment"),
    (1024, "no multiframe alignment"),
)
# As /proc/dahdi/N spells them (dahdi-base.c, dahdi_seq_show); those that are 0 are not there.
COUNTERS = {
    "bipolar_violations": "BPV count",
    "crc4_errors": "CRC4 error count",
    "e_bit_errors": "E-bit error count",
    "frame_errors": "FAS error count",
    "interrupts_missed": "IRQ misses",
    "slips": "Timing slips",
}


class DahdiDevice(msgspec.Struct, frozen=True):
    """What a driver has registered: one card, with one span or more.  place: of the card on its bus."""

    name: str
    manufacturer: str
    type: str
    location: str
    hardware_id: str
    span_count: int
    place: str


class Channel(msgspec.Struct, frozen=True):
    """One timeslot.  signalling: as system.conf spells it, empty where it isn't configured.  can: what it could be.

    port: which kind of port it is; None where it could be either, or is a timeslot of an E1.
    """

    number: int
    name: str
    signalling: str
    can: tuple[str, ...]
    port: PortKind | None
    alarms: str
    echo_canceller: str
    in_use: bool


class Span(msgspec.Struct, frozen=True):
    """sync_source: the span that gives it its timing, 0 for none.  base: the number of its first channel."""

    number: int
    name: str
    description: str
    type: str
    base: int
    channel_count: int
    is_digital: bool
    is_timing_master: bool
    sync_source: int
    line_config: str
    line_can: str
    alarms: str
    counters: dict[str, int]
    channels: tuple[Channel, ...]
    device: str

    @property
    def is_dynamic(self) -> bool:
        return self.type == "DYNAMIC"


def dahdi_devices(machine: Machine) -> list[DahdiDevice]:
    return [
        DahdiDevice(
            folder.name,
            machine.text(folder / "manufacturer") or "",
            machine.text(folder / "type") or "",
            machine.text(folder / "location") or "",
            machine.text(folder / "hardware_id") or "",
            machine.number(folder / "span_count"),
            _place(folder),
        )
        for folder in machine.folder(DEVICES)
    ]


def spans(machine: Machine) -> list[Span]:
    """Every span that DAHDI has given a number, by number."""
    by_span: dict[int, list[Channel]] = {}
    for folder in machine.folder(CHANNELS):
        numbers = re.fullmatch(r"dahdi!chan!(\d+)!(\d+)", folder.name)
        if numbers:
            by_span.setdefault(int(numbers[1]), []).append(_channel(machine, folder))
    found = [_span(machine, folder, by_span) for folder in machine.folder(SPANS)]
    return sorted(found, key=lambda span: span.number)


def alarm_text(alarms: int) -> str:
    """Every alarm that is on; empty for none."""
    return ", ".join(text for bit, text in ALARMS if alarms & bit)


def _span(machine: Machine, folder: Path, channels: dict[int, list[Channel]]) -> Span:
    def text(name: str) -> str:
        return machine.text(folder / name) or ""

    number = int(folder.name.removeprefix("span-"))
    return Span(
        number,
        text("name"),
        text("desc"),
        text("spantype"),
        machine.number(folder / "basechan"),
        machine.number(folder / "channels"),
        text("is_digital") == "1",
        text("is_sync_master") == "1",
        machine.number(folder / "syncsrc"),
        text("lineconfig"),
        text("linecompat"),
        alarm_text(machine.number(folder / "alarms")),
        _counters(machine.text(f"/proc/dahdi/{number}") or ""),
        tuple(sorted(channels.get(number, ()), key=lambda channel: channel.number)),
        folder.resolve().parent.name,
    )


def _counters(text: str) -> dict[str, int]:
    found = dict(re.findall(r"^\s+([A-Z][\w\- ]*): (\d+)\s*$", text, re.MULTILINE))
    return {name: int(found.get(spelling, 0)) for name, spelling in COUNTERS.items()}


def _channel(machine: Machine, folder: Path) -> Channel:
    def text(name: str) -> str:
        return machine.text(folder / name) or ""

    can = tuple(re.sub(r"\(.*?\)", "", text("sigcap")).split())
    return Channel(
        machine.number(folder / "channo"),
        text("name"),
        _spelled(text("sig")),
        can,
        _port(can),
        text("alarms").strip(),
        text("ec_factory"),
        text("in_use") == "1",
    )


def _port(can: tuple[str, ...]) -> PortKind | None:
    """A port towards an exchange is signalled fxs.., one towards a telephone fxo..; a timeslot could be both."""
    match "FXSKS" in can, "FXOKS" in can:
        case True, False:
            return PortKind.FXO
        case False, True:
            return PortKind.FXS
        case _:
            return None


def _spelled(signalling: str) -> str:
    """DAHDI's word for a signalling as system.conf has it."""
    word = signalling.split(" ")[0].lower()
    return {"clear": "bchan", "hdlcfcs": "dchan", "unconfigured": "", "unused": "", "none": ""}.get(
        word, word
    )


def _place(folder: Path) -> str:
    """A registered device lies under the card's own folder in sysfs; a dynamic one under none."""
    above = folder.resolve().parent.name
    return above if re.fullmatch(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.\d|\d+-[\d.]+(:.*)?", above) else ""
