# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What is plugged into the PCI and USB buses, as the kernel lists it, with its ids written as in `cards.toml`."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from drivers.hardware.machine import Machine, link_name

PCI = "/sys/bus/pci/devices"
USB = "/sys/bus/usb/devices"
_PCI_IDS = ("vendor", "device", "subsystem_vendor", "subsystem_device")
_USB_DEVICE = re.compile(r"\d+-[\d.]+|usb\d+")


class Device(msgspec.Struct, frozen=True):
    """One device.  id: `vendor:device/subvendor:subdevice` (PCI) or `vendor:product` (USB), hexadecimal.

    place: where it is, as 0000:03:02.0 or 1-2.  driver: the module that has it now.  interrupts: their numbers.
    words: what it says of itself (USB alone).
    """

    bus: str
    place: str
    id: str
    driver: str = ""
    interrupts: tuple[int, ...] = ()
    words: str = ""


def devices(machine: Machine) -> list[Device]:
    """Everything on both buses, PCI first, by place."""
    return [*_pci(machine), *_usb(machine)]


def _pci(machine: Machine) -> list[Device]:
    found = []
    for folder in machine.folder(PCI):
        ids = [(machine.text(folder / name) or "").removeprefix("0x").lower() for name in _PCI_IDS]
        if not (ids[0] and ids[1]):
            continue
        number = machine.number(folder / "irq")
        many = tuple(int(entry.name) for entry in machine.folder(str(_under(machine, folder) / "msi_irqs")))
        found.append(
            Device(
                "pci",
                folder.name,
                f"{ids[0]}:{ids[1]}/{ids[2]}:{ids[3]}",
                _module(folder / "driver"),
                many or ((number,) if number else ()),
            )
        )
    return found


def _usb(machine: Machine) -> list[Device]:
    found = []
    for folder in machine.folder(USB):
        if not _USB_DEVICE.fullmatch(folder.name):
            continue  # an interface of a device
        ids = [(machine.text(folder / name) or "").lower() for name in ("idVendor", "idProduct")]
        if not (ids[0] and ids[1]):
            continue
        said = [machine.text(folder / name) or "" for name in ("manufacturer", "product", "serial")]
        interfaces = sorted(folder.parent.glob(f"{folder.name}:*"))
        drivers = [name for interface in interfaces if (name := _module(interface / "driver"))]
        found.append(
            Device(
                "usb",
                folder.name,
                f"{ids[0]}:{ids[1]}",
                drivers[0] if drivers else "",
                words=" ".join(word for word in said if word),
            )
        )
    return found


def _module(driver: Path) -> str:
    """The module behind a `driver` link, which may bear another name than the driver; empty where none has it."""
    return link_name(driver / "module") or link_name(driver)


def _under(machine: Machine, folder: Path) -> Path:
    return folder.relative_to(machine.root)
