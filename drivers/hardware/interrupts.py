# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""/proc/interrupts: how often each interrupt came, and who shares it."""

from __future__ import annotations

import msgspec

from drivers.hardware.machine import Machine


class Interrupt(msgspec.Struct, frozen=True):
    """count: over all processors, since the machine was started.  users: the drivers on this line."""

    number: int
    count: int
    users: tuple[str, ...]

    @property
    def is_shared(self) -> bool:
        return len(self.users) > 1


def interrupts(machine: Machine) -> dict[int, Interrupt]:
    """By number; those that have only a name (NMI, LOC) are left out."""
    lines = (machine.text("/proc/interrupts") or "").splitlines()
    if not lines:
        return {}
    processors = len(lines[0].split())
    found = {}
    for line in lines[1:]:
        head, _, rest = line.partition(":")
        words = rest.split()
        if not head.strip().isdigit() or len(words) < processors:
            continue
        number = int(head)
        count = sum(int(word) for word in words[:processors] if word.isdigit())
        found[number] = Interrupt(number, count, _users(rest.split(None, processors)[processors:]))
    return found


def _users(rest: list[str]) -> tuple[str, ...]:
    """`IO-APIC   16-fasteoi   wctdm, ehci_hcd:usb1` holds the controller, the pin, and the drivers."""
    if not rest:
        return ()
    first, *others = (part.strip() for part in rest[0].split(","))
    return (first.split()[-1], *others)
