# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""/etc/dahdi/system.conf as dahdi_cfg reads it, with every fault by its line."""

from __future__ import annotations

import re

import msgspec

FILE = "/etc/dahdi/system.conf"
CHANNELS_MAX = 1023  # DAHDI_MAX_CHANNELS of dahdi/user.h is one more
SIGNALLINGS = frozenset(
    {
        *("fxsls", "fxsgs", "fxsks", "fxols", "fxogs", "fxoks", "e&m", "e&me1", "cas"),
        *("bchan", "inclear", "indclear", "clear", "unused", "rawhdlc", "dchan", "fcshdlc"),
        *("hardhdlc", "nethdlc", "mtp2", "dacs", "dacsrbs"),
    }
)
WITH_MORE = ("cas", "dacs", "dacsrbs", "nethdlc")
LAWS = frozenset({"alaw", "mulaw", "deflaw"})
OTHERS = frozenset({"span", "dynamic", "loadzone", "defaultzone", "echocanceller"})
# Of two-way radio cards, which are none of ours.
RADIO = frozenset(
    {
        *("bursttime", "channels", "corthresh", "ctcss", "dcsrx", "debouncetime", "deemp", "exttone"),
        *("invertcor", "preemp", "rxdcs", "rxgain", "rxtone", "tx", "txgain", "txtone"),
    }
)
FRAMINGS = {"d4", "sf", "superframe", "esf", "cas", "ccs"}
CODINGS = {"ami", "b8zs", "hdb3"}
SAME = {"inclear": "bchan", "fcshdlc": "dchan"}


class Fault(msgspec.Struct, frozen=True):
    """line: from 1; 0: the file as a whole."""

    line: int
    text: str


class Assigned(msgspec.Struct, frozen=True):
    """What one line says of a channel.  more: what follows the channels there, as :0101 (cas)."""

    line: int
    what: str
    more: str = ""


class SpanLine(msgspec.Struct, frozen=True):
    line: int
    number: int
    timing: int
    framing: str
    coding: str


class SystemConf(msgspec.Struct):
    """signalling, echo_canceller: by channel.  dynamic: the values of the `dynamic` lines, as they stand there."""

    spans: dict[int, SpanLine] = {}
    signalling: dict[int, Assigned] = {}
    echo_canceller: dict[int, Assigned] = {}
    dynamic: list[str] = []
    zones: list[str] = []
    default_zone: str = ""
    faults: list[Fault] = []


def parse(text: str) -> SystemConf:
    conf = SystemConf()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if line:
            _take(conf, number, line)
    if conf.default_zone and conf.default_zone not in conf.zones:
        conf.faults.append(
            Fault(0, f"defaultzone={conf.default_zone} needs a line loadzone={conf.default_zone}")
        )
    return conf


def channel_list(text: str) -> list[int]:
    """1,3,5-8 as numbers.  Raises ValueError, saying what is wrong."""
    found: list[int] = []
    for part in text.split(","):
        ends = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        if ends is None:
            raise ValueError(f"{part.strip()!r} is no channel and no range of channels (as 1-4)")
        first, last = int(ends[1]), int(ends[2] or ends[1])
        if not 1 <= first <= last <= CHANNELS_MAX:
            raise ValueError(f"{part.strip()!r}: channels are 1 to {CHANNELS_MAX}, the lower first")
        found += range(first, last + 1)
    return found


def written(channels: list[int]) -> str:
    """The other way: 1,3,5-8."""
    parts: list[list[int]] = []
    for channel in sorted(channels):
        if parts and channel == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], channel]
        else:
            parts.append([channel])
    return ",".join("-".join(map(str, part)) for part in parts)


def _take(conf: SystemConf, number: int, line: str) -> None:
    key, equals, value = (part.strip() for part in line.partition("="))
    key = key.lower()
    try:
        if not equals:
            raise ValueError(f"{line[:40]!r} is no setting: each line is NAME=VALUE")
        if not value:
            raise ValueError(f"{key} has no value")
        _take_setting(conf, number, key, value)
    except ValueError as error:
        conf.faults.append(Fault(number, str(error)))


def _take_setting(conf: SystemConf, number: int, key: str, value: str) -> None:
    if key in SIGNALLINGS:
        channels, colon, more = value.partition(":") if key in WITH_MORE else (value, "", "")
        _assign(conf.signalling, channel_list(channels), Assigned(number, SAME.get(key, key), colon + more))
    elif key in LAWS:
        channel_list(value)
    elif key == "echocanceller":
        name, comma, channels = value.partition(",")
        if not comma:
            raise ValueError("echocanceller=NAME,CHANNELS is what is wanted, as echocanceller=mg2,1-4")
        _assign(conf.echo_canceller, channel_list(channels), Assigned(number, name.strip().lower()))
    elif key == "span":
        span = _span(number, value)
        if span.number in conf.spans:
            raise ValueError(f"span {span.number} is set in line {conf.spans[span.number].line} already")
        conf.spans[span.number] = span
    elif key == "dynamic":
        if len(value.split(",")) < 4:
            raise ValueError("dynamic=DRIVER,ADDRESS,CHANNELS,TIMING is what is wanted")
        conf.dynamic.append(value)
    elif key == "loadzone":
        conf.zones.append(value)
    elif key == "defaultzone":
        conf.default_zone = value
    elif key not in RADIO:
        near = ", ".join(sorted(SIGNALLINGS & {"fxsks", "fxoks", "bchan", "dchan"}))
        raise ValueError(f"there is no setting {key!r} (channels take {near}, and others)")


def _assign(table: dict[int, Assigned], channels: list[int], assigned: Assigned) -> None:
    for channel in channels:
        before = table.get(channel)
        if before is not None and before.what != assigned.what:
            raise ValueError(f"channel {channel} is {before.what} by line {before.line} already")
        table[channel] = assigned


def _span(number: int, value: str) -> SpanLine:
    fields = [field.strip().lower() for field in value.split(",")]
    if len(fields) < 5:
        raise ValueError(
            "span=NUMBER,TIMING,BUILD-OUT,FRAMING,CODING is what is wanted, as span=1,1,0,ccs,hdb3,crc4"
        )
    if not all(field.isdigit() for field in fields[:3]):
        raise ValueError("span: the first three values are numbers")
    if fields[3] not in FRAMINGS:
        raise ValueError(
            f"span: framing {fields[3]!r} is none of {', '.join(sorted(FRAMINGS))} (an E1 takes ccs)"
        )
    if fields[4] not in CODINGS:
        raise ValueError(
            f"span: coding {fields[4]!r} is none of {', '.join(sorted(CODINGS))} (an E1 takes hdb3)"
        )
    return SpanLine(number, int(fields[0]), int(fields[1]), fields[3], fields[4])
