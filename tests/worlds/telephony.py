# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Lines and desk phones on paper, with the words a telephony test is written in.

Lines are ports 1-4, phones ports 5-12 with extensions 801-808.  Every invariant is held after every fact, and
`all_is_over` says whether anything at all is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drivers.port import HookClosed, LoopDrop, Reversal
from dsp.vocabulary import (
    ResetPort,
    SendDigits,
    SendTone,
    SetBridge,
    SpeechBegan,
    SpeechEnded,
    StopPlay,
    StopTone,
    Tone,
    ToneEnded,
    ToneHeard,
)
from firmware.exchange.station import Station
from firmware.exchange.trunk import Trunk
from firmware.exchange.vocabulary import AlarmReport, CallRecord, Effect, Published, Say
from firmware.settings.factory import factory
from firmware.settings.model import Settings
from tests.worlds.invariants import broken, left_over
from tests.worlds.paper import Paper

LINES = (1, 2, 3, 4)
PHONES = (5, 6, 7, 8, 9, 10, 11, 12)


def settings(**changes: Any) -> Settings:
    """The factory's, with sections changed by field: settings(numbering={"mode": "direct"})."""
    plain = factory(LINES, PHONES).model_dump()
    for section, fields in changes.items():
        if isinstance(fields, dict):
            plain[section].update(fields)
        else:
            plain[section] = fields
    return Settings.model_validate(plain)


def with_lines(ports: tuple[int, ...] = LINES, **fields: Any) -> Settings:
    """The factory's, with every line's profile changed alike."""
    plain = factory(ports, PHONES).model_dump()
    for line in plain["lines"]:
        line.update(fields)
    return Settings.model_validate(plain)


def with_phone(port: int, **fields: Any) -> Settings:
    plain = factory(LINES, PHONES).model_dump()
    next(phone for phone in plain["phones"] if phone["port"] == port).update(fields)
    return Settings.model_validate(plain)


class Telephony(Paper):
    """Paper with a memory for what every port hears."""

    def __init__(self, given: Settings | None = None) -> None:
        self.tones: dict[int, Tone | None] = {}
        self.says: dict[int, tuple[str, ...]] = {}
        self.bridges: dict[int, frozenset[int]] = {}
        self._marked = 0
        super().__init__(given or settings())
        self.after_fact = self._hold_invariants
        self.mark()

    def _hold_invariants(self) -> None:
        assert not self.faults, self.faults
        assert broken(self.core) == []

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case SendTone(port, tone):
                self.tones[port] = tone
            case StopTone(port):
                self.tones[port] = None
            case Say(port, sounds):
                self.says[port] = sounds
            case StopPlay(port):
                self.says.pop(port, None)
            case ResetPort(port):
                self.tones[port] = None
                self.says.pop(port, None)
                self._unbridge(port)
            case SetBridge(bridge, ports):
                for port in ports:
                    self._unbridge(port)
                self.bridges[bridge] = frozenset(ports)
        super()._carry_out(effect)

    def _unbridge(self, port: int) -> None:
        self.bridges = {bridge: ports - {port} for bridge, ports in self.bridges.items()}

    # --- what is so ---

    def trunk(self, port: int) -> Trunk:
        trunk = self.core.directory.trunk(port)
        assert trunk is not None
        return trunk

    def station(self, port: int) -> Station:
        station = self.core.directory.station(port)
        assert station is not None
        return station

    def hears(self, port: int) -> frozenset[int]:
        """The ports this port is joined with."""
        for ports in self.bridges.values():
            if port in ports and len(ports) > 1:
                return ports - {port}
        return frozenset()

    def mark(self) -> None:
        self._marked = len(self.effects)

    def new(self, kind: type) -> list[Any]:
        """Effects of a kind since the last mark."""
        return [effect for effect in self.effects[self._marked :] if isinstance(effect, kind)]

    def dialled(self) -> list[tuple[int, str]]:
        return [(effect.port, effect.digits) for effect in self.new(SendDigits)]

    def alarm_reports(self) -> list[AlarmReport]:
        reports = (effect.report for effect in self.effects if isinstance(effect, Published))
        return [report for report in reports if isinstance(report, AlarmReport)]

    def alarms(self) -> list[str]:
        return [report.what for report in self.alarm_reports()]

    def all_is_over(self) -> None:
        self.run(300_000)
        assert left_over(self.core) == []

    def story(self, record: CallRecord | None = None) -> list[str]:
        return [entry.what for entry in (record or self.records[-1]).timeline]

    # --- what people and exchanges do ---

    def dial(self, port: int, keys: str, and_wait: bool = True) -> None:
        self.lift(port)
        self.press(port, keys)
        if and_wait:
            self.run(100)

    def flash(self, port: int, open_ms: int = 300) -> None:
        self.fact(HookClosed(port, open_ms))

    def line_hears(self, line: int, tone: Tone, cycles: int = 1) -> None:
        for cycle in range(1, cycles + 1):
            self.fact(ToneHeard(line, 0, tone, cycle, 450.0))

    def line_tone_ends(self, line: int, tone: Tone) -> None:
        self.fact(ToneEnded(line, 0, tone))

    def speaks(self, port: int, on: bool = True) -> None:
        self.fact(SpeechBegan(port, 0) if on else SpeechEnded(port, 0))

    def reverses(self, line: int) -> None:
        self.fact(Reversal(line, True))

    def drops_loop(self, line: int) -> None:
        self.fact(LoopDrop(line))

    def call_out(self, phone: int = 5, digits: str = "913800138000", line: int = 4) -> None:
        """A desk phone dials out; the exchange gives dial tone and takes the digits."""
        self.dial(phone, digits)
        self.line_hears(line, Tone.DIAL)
        self.run(200 * len(digits))

    def call_out_and_talk(self, phone: int = 5, digits: str = "913800138000", line: int = 4) -> None:
        self.call_out(phone, digits, line)
        self.speaks(line)
        self.speaks(line, False)

    def call_in_and_talk(self, line: int = 1, phone: int = 5) -> None:
        """A caller hears the notice, all phones ring, one is lifted."""
        self.call_in(line)
        self.run_until(lambda: self.ringing[phone])
        self.lift(phone)
        self.run(10)
        assert self.hears(phone) == {line}

    def run_until(self, holds: Callable[[], bool], within_ms: int = 60_000) -> None:
        for _ in range(within_ms // 100):
            if holds():
                return
            self.run(100)
        raise AssertionError("it never came to that")
