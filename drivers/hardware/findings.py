# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a machine's telephony hardware, in the order in which it is mended, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from drivers.hardware.cards import table
from drivers.hardware.inventory import DAHDI, Found, Inventory
from drivers.hardware.modules import Told
from drivers.hardware.spans import Channel, Span
from drivers.port import PortKind

CONFIGURE = "switchroom hardware propose --apply, then dahdi_cfg"


class Finding(msgspec.Struct, frozen=True):
    """about: which card, span, channel or file.  wrong: what is the matter.  do: what mends it."""

    about: str
    wrong: str
    do: str

    def __str__(self) -> str:
        return f"{self.about}: {self.wrong}; {self.do}" if self.do else f"{self.about}: {self.wrong}"


def examine(found: Inventory) -> list[Finding]:
    return [
        *_rights(found),
        *_cards(found),
        *_dahdi(found),
        *_file(found),
        *_channels(found),
        *_spans(found),
        *_options(found),
        *_laws(found),
        *_interrupts(found),
    ]


# --- cards and their drivers ---


def _cards(found: Inventory) -> Iterator[Finding]:
    if not found.cards and not found.spans:
        yield Finding(
            "cards",
            "there is no telephony card on the PCI or USB bus",
            "is it in its slot, with its power plug in? For the simulated card none is needed",
        )
    for each in found.cards:
        about = f"{each.card.name} at {each.device.place}"
        if each.card.waits:
            yield Finding(
                about,
                "its firmware is not loaded",
                "install dahdi and dahdi-firmware-nonfree (Debian's non-free), then plug it in again",
            )
        elif each.device.driver and each.device.driver != each.card.driver and each.card.driver:
            yield Finding(
                about,
                f"the module {each.device.driver} has it, which is not for telephony",
                f"switchroom hardware propose --apply (it blacklists {each.device.driver}), then reboot",
            )
        elif each.state != "running":
            yield _not_driven(found, each, about)


def _not_driven(found: Inventory, each: Found, about: str) -> Finding:
    driver, where = each.card.driver, table().where(each.card)
    match each.state:
        case "unknown":
            return Finding(about, "which driver it takes isn't known", f"ask {where}")
        case "loaded":
            return Finding(
                about,
                f"its driver {driver} runs, but has not taken it",
                f"look in the kernel's log (dmesg) for {driver}: power plug, broken module, other sub-id",
            )
        case "installed":
            return Finding(about, f"its driver {driver} is installed, but not loaded", f"modprobe {driver}")
        case _:
            here = f"DAHDI {found.dahdi} here has not" if found.dahdi else "this kernel has not"
            return Finding(about, f"it needs the driver {driver}, which {here}", f"it comes with {where}")


def _dahdi(found: Inventory) -> Iterator[Finding]:
    if DAHDI in found.modules:
        if not found.devices_there:
            yield Finding(
                "/dev/dahdi",
                "the module dahdi is loaded, but /dev/dahdi/ctl is not there",
                "is udev running?",
            )
        if found.devices and not found.spans:
            yield Finding(
                "spans",
                "the card has none yet",
                "options dahdi auto_assign_spans=1 (switchroom hardware propose --apply), then load dahdi anew",
            )
    elif any(each.card.builds for each in found.cards):
        if DAHDI in found.installed:
            yield Finding("dahdi", "the module is installed, but not loaded", "modprobe dahdi")
        else:
            yield Finding(
                "dahdi",
                f"there is no DAHDI for the kernel {found.kernel}",
                "apt install dahdi dahdi-dkms linux-headers-amd64, or use Switchroom's disk image",
            )


# --- what is configured ---


def _file(found: Inventory) -> Iterator[Finding]:
    if found.conf is None:
        if found.spans:
            yield Finding(found.conf_file, "is not there", CONFIGURE)
        return
    for fault in found.conf.faults:
        about = f"{found.conf_file} line {fault.line}" if fault.line else found.conf_file
        yield Finding(about, fault.text, "mend the line, then run dahdi_cfg")


def _channels(found: Inventory) -> Iterator[Finding]:
    """What system.conf says of each channel against what the channel is."""
    if found.conf is None:
        return
    there: dict[int, Channel] = {channel.number: channel for channel in found.channels()}
    for number, assigned in sorted(found.conf.signalling.items()):
        channel = there.get(number)
        about = f"{found.conf_file} line {assigned.line}"
        if channel is None:
            if there:
                yield Finding(
                    about, f"there is no channel {number}", "is the card's driver loaded? Else mend the line"
                )
        elif (port := channel.port) is not None and assigned.what[:3] in ("fxs", "fxo"):
            wanted = "fxs" if port is PortKind.FXO else "fxo"
            if not assigned.what.startswith(wanted):
                faces = "an exchange" if port is PortKind.FXO else "a telephone"
                yield Finding(
                    about,
                    f"channel {number} is {assigned.what}, but the port faces {faces}, which takes {wanted}ks",
                    "mend the line, then run dahdi_cfg",
                )
        if channel is not None and channel.signalling != assigned.what:
            now = channel.signalling or "not configured"
            yield Finding(about, f"channel {number} is to be {assigned.what}, but is {now}", "run dahdi_cfg")


def _spans(found: Inventory) -> Iterator[Finding]:
    for span in found.spans:
        about = f"span {span.number} ({span.name})"
        if span.alarms:
            yield Finding(about, span.alarms, _alarm_advice(span))
        missed = span.counters.get("interrupts_missed", 0)
        if missed:
            yield Finding(
                about, f"{missed} interrupts were missed", "see interrupts: the card should have its own"
            )
        slips = span.counters.get("slips", 0)
        if slips:
            yield Finding(
                about,
                f"{slips} timing slips",
                "the span nearest to the exchange must give the timing (span=N,1,...)",
            )


def _alarm_advice(span: Span) -> str:
    if not span.is_digital:
        return "is the line plugged in?"
    return "check the cable both ways, then framing and crc4 with the exchange"


# --- options, sound and interrupts ---


def _options(found: Inventory) -> Iterator[Finding]:
    """What modprobe is told twice, or was told too late."""
    first: dict[tuple[str, str], Told] = {}
    for told in found.told:
        if told.verb != "options" or told.module not in found.modules:
            continue
        for name, value in told.options.items():
            before = first.setdefault((told.module, name), told)
            about = f"{told.file} line {told.line}"
            if before.options[name] != value:
                other = f"{before.file} line {before.line} says {before.options[name]}"
                yield Finding(about, f"{told.module} {name}={value}, but {other}", "take one of them away")
                continue
            now = found.modules[told.module].options.get(name)
            if before is told and not same(now, value):
                yield Finding(
                    about, f"{told.module} {name}={value}, but it runs with {now}", "load the module anew"
                )


def same(found: str | None, value: str) -> bool:
    """sysfs writes a switch as Y or N; what can't be read is not known to differ."""
    return found is None or found in (value, {"1": "Y", "0": "N"}.get(value))


def _laws(found: Inventory) -> Iterator[Finding]:
    """A card that speaks mu-law would be heard as noise: DAHDI converts nothing between card and program."""
    for name in sorted({each.card.driver for each in found.cards} & set(found.modules)):
        law = table().driver(name).law
        if law is None:
            continue
        if not law:
            yield Finding(
                name,
                "it speaks mu-law only, the box A-law",
                "use another card, or try it for hook and ring alone",
            )
            continue
        option, _, wanted = law.partition("=")
        value = found.modules[name].options.get(option)
        if value is not None and value != wanted:
            yield Finding(
                name,
                f"{option} is {value}, so the card speaks mu-law",
                "switchroom hardware propose --apply, then load it anew",
            )


def _interrupts(found: Inventory) -> Iterator[Finding]:
    for each in found.cards:
        for number in each.device.interrupts:
            line = found.interrupts.get(number)
            if line is not None and line.is_shared:
                others = ", ".join(line.users)
                yield Finding(
                    f"interrupt {number}",
                    f"{each.card.name} shares it ({others}): blocks may be lost",
                    "put the card into another slot, or switch the other device off in the BIOS",
                )


def _rights(found: Inventory) -> Iterator[Finding]:
    if found.refused:
        shown = ", ".join(found.refused[:3]) + (" and others" if len(found.refused) > 3 else "")
        yield Finding("rights", f"user {found.user} may not read {shown}", "run it as root to see all")
