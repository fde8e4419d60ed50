# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a machine's telephony hardware, in the order in which it is mended, and what to do about each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from drivers.hardware.cards import table
from drivers.hardware.inventory import DAHDI, Found, Inventory
from drivers.hardware.modules import Told
from drivers.hardware.spans import Channel
from drivers.hardware.system_conf import Assigned
from drivers.port import PortKind

MESSAGES = Path(__file__).with_name("findings.toml")
SHOWN_MAX = 3
Values = dict[str, str | int]


class Finding(msgspec.Struct, frozen=True):
    """code: a table of findings.toml; values: what is filled in there."""

    code: str
    values: Mapping[str, str | int] = {}

    def message(self, language: str = "en") -> str:
        """What it is about: what is wrong; what to do."""
        about, wrong, do = (text.format(**self.values) for text in _messages()[self.code][language])
        return f"{about}: {wrong}; {do}" if language == "en" else f"{about}：{wrong}。{do}"

    def plain(self) -> dict[str, Any]:
        """For JSON, as faults of settings are told."""
        message = {language: self.message(language) for language in ("en", "zh")}
        return {"code": self.code, "values": dict(self.values), "message": message}


@cache
def _messages() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(MESSAGES.read_text(encoding="utf-8"))


def _found(code: str, **values: str | int) -> Finding:
    return Finding(code, values)


def examine(found: Inventory) -> list[Finding]:
    return [
        *_rights(found),
        *_cards(found),
        *_dahdi(found),
        *_file(found),
        *_channels(found),
        *_spans(found),
        *_options(found),
        *_interrupts(found),
    ]


# --- cards and their drivers ---


def _cards(found: Inventory) -> Iterator[Finding]:
    if not found.cards and not found.spans:
        yield _found("no_card")
    for each in found.cards:
        card, device = each.card, each.device
        if card.waits:
            yield _found("no_firmware", card=card.name, place=device.place)
        elif card.driver and device.driver not in ("", card.driver):
            yield _found("taken", card=card.name, place=device.place, module=device.driver)
        elif each.state != "running":
            yield _not_driven(found, each)


def _not_driven(found: Inventory, each: Found) -> Finding:
    code = {
        "unknown": "unknown_driver",
        "loaded": "not_taken",
        "installed": "not_loaded",
        "missing": "driver_missing" if found.dahdi else "driver_missing_without_dahdi",
    }[each.state]
    return _found(
        code,
        card=each.card.name,
        place=each.device.place,
        driver=each.card.driver,
        dahdi=found.dahdi,
        where=table().where(each.card),
    )


def _dahdi(found: Inventory) -> Iterator[Finding]:
    if DAHDI in found.modules:
        if not found.devices_there:
            yield _found("no_devices")
        if found.devices and not found.spans:
            yield _found("no_spans")
    elif any(each.card.builds for each in found.cards):
        if DAHDI in found.installed:
            yield _found("dahdi_not_loaded")
        else:
            yield _found("no_dahdi", kernel=found.kernel)


# --- what is configured ---


def _file(found: Inventory) -> Iterator[Finding]:
    if found.conf is None:
        if found.spans:
            yield _found("no_file", file=found.conf_file)
        return
    for fault in found.conf.faults:
        code = "wrong_line" if fault.line else "wrong_file"
        yield _found(code, file=found.conf_file, line=fault.line, fault=fault.text)


def _channels(found: Inventory) -> Iterator[Finding]:
    """What system.conf says of each channel against what the channel is."""
    there = {channel.number: channel for channel in found.channels()}
    if found.conf is None or not there:
        return
    for number, assigned in sorted(found.conf.signalling.items()):
        for code, more in _differences(assigned, there.get(number)):
            where: Values = {"file": found.conf_file, "line": assigned.line, "channel": number}
            yield Finding(code, {**where, "signalling": assigned.what, **more})


def _differences(assigned: Assigned, channel: Channel | None) -> Iterator[tuple[str, dict[str, str]]]:
    if channel is None:
        yield "no_channel", {}
        return
    if channel.port is PortKind.FXO and assigned.what.startswith("fxo"):
        yield "faces_exchange", {}
    if channel.port is PortKind.FXS and assigned.what.startswith("fxs"):
        yield "faces_telephone", {}
    if not channel.signalling:
        yield "not_configured", {}
    elif channel.signalling != assigned.what:
        yield "configured_otherwise", {"now": channel.signalling}


def _spans(found: Inventory) -> Iterator[Finding]:
    for span in found.spans:
        where: Values = {"span": span.number, "name": span.name}
        if span.alarms:
            yield Finding("e1_alarm" if span.is_digital else "line_alarm", {**where, "alarms": span.alarms})
        for code in ("interrupts_missed", "slips"):
            if count := span.counters[code]:
                yield Finding(code, {**where, "count": count})


# --- options and interrupts ---


def _options(found: Inventory) -> Iterator[Finding]:
    """What modprobe is told twice, or was told too late."""
    first: dict[tuple[str, str], Told] = {}
    for told in found.told:
        if told.verb != "options" or told.module not in found.modules:
            continue
        for name, value in told.options.items():
            before = first.setdefault((told.module, name), told)
            here: Values = {
                "file": told.file, "line": told.line, "option": f"{told.module} {name}={value}"
            }  # fmt: skip
            now = found.modules[told.module].options.get(name)
            if before.options[name] != value:
                other: Values = {
                    "other": before.file,
                    "other_line": before.line,
                    "other_value": before.options[name],
                }
                yield Finding("told_twice", {**here, **other})
            elif before is told and now is not None and not same(now, value):
                yield Finding("told_too_late", {**here, "now": now})


def same(found: str | None, value: str) -> bool:
    """sysfs writes a switch as Y or N."""
    return found in (value, {"1": "Y", "0": "N"}.get(value))


def _interrupts(found: Inventory) -> Iterator[Finding]:
    for each in found.cards:
        for number in each.device.interrupts:
            line = found.interrupts.get(number)
            if line is not None and line.is_shared:
                others = ", ".join(line.users)
                yield _found("shared_interrupt", number=number, card=each.card.name, others=others)


def _rights(found: Inventory) -> Iterator[Finding]:
    if found.refused:
        files = ", ".join(found.refused[:SHOWN_MAX]) + (", ..." if len(found.refused) > SHOWN_MAX else "")
        yield _found("no_rights", user=found.user, files=files)
