# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The card's two kinds of port: what they report of the line, and what they do with it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from drivers.port import (
    Alarm,
    AlarmCleared,
    CardAct,
    CardFact,
    DropLoop,
    FlashLine,
    GoOffHook,
    GoOnHook,
    HookClosed,
    HookOpened,
    LoopDrop,
    LoopRestored,
    OffHook,
    OnHook,
    PortBits,
    Pulses,
    Removed,
    Reversal,
    ReversePolarity,
    Ring,
    RingOff,
    RingOn,
    SetFlashWindow,
    StopRing,
)
from drivers.simulated.subscriber import SubscriberLine, Terminal
from drivers.timers import Cadence, Timers

Report = Callable[[CardFact], None]

HOOK_DEBOUNCE_MS = 10  # shorter openings and closings are contact noise; below the shortest dial pulse
PULSE_BREAK_MS = (15, 200)  # dahdi/kernel.h
PULSES_OVER_MS = 300
LONGEST_FLASH_MS = 1250  # DAHDI's default, until SetFlashWindow


class TrunkPort:
    """An FXO port: the box's end of a subscriber line."""

    def __init__(self, port: int, line: SubscriberLine, timers: Timers, report: Report) -> None:
        self.port = port
        self.line = line
        self.alarm = ""
        self.ring_stuck = False
        self.ring_held = False  # stuck after a burst has ended
        self._timers = timers
        self._report = report
        self._off_hook = False
        line.terminal = self

    def act(self, act: CardAct) -> None:
        match act:
            case GoOffHook() if not self.alarm:
                self._timers.cancel("flash")
                self._set_loop(True)
            case GoOnHook():  # in alarm too: a relay obeys, and the line must not come back seized
                self._timers.cancel("flash")
                self._set_loop(False)
            case FlashLine(_, open_ms) if self._off_hook:
                closes_s = self._timers.now_s() + open_ms / 1000
                self._set_loop(False)
                self._timers.set_at("flash", closes_s, lambda: self._set_loop(True, closes_s))

    def bits(self) -> PortBits:
        flashing = "flash" in self._timers.running()
        ringing = self.ring_held or (self.line.ringing and not self.alarm)
        return PortBits(self.port, self._off_hook or flashing, ringing, self.alarm)

    def present_state(self) -> tuple[CardFact, ...]:
        """What must be told to someone who knows nothing."""
        return (RingOn(self.port),) if self.line.ringing else ()

    def fail(self, fact: Alarm | Removed, cause: str) -> None:
        """Out of service: the exchange sees an open loop, the box an alarm."""
        self._timers.clear()
        self.line.set_loop(False, self._timers.now_s())
        self.line.terminal = None
        self.alarm = cause
        self._report(fact)

    def recover(self) -> None:
        self.alarm = ""
        self.line.terminal = self
        if self._off_hook:
            self.line.set_loop(True, self._timers.now_s())
        self._report(AlarmCleared(self.port))
        for fact in self.present_state():
            self._report(fact)

    def close(self) -> None:
        """The box is gone: the relay falls back, and the line ends nowhere."""
        self._timers.clear()
        self._off_hook = False
        self.line.set_loop(False, self._timers.now_s())
        if self.line.terminal is self:
            self.line.terminal = None

    def feel_ring(self, on: bool) -> None:
        if on:
            self._report(RingOn(self.port))
        elif self.ring_stuck:
            self.ring_held = True
        else:
            self._report(RingOff(self.port))

    def ring_ceased(self) -> None:
        pass  # a card feels bursts, not intentions

    def feel_polarity(self, reversed: bool) -> None:
        self._report(Reversal(self.port, reversed))

    def feel_loop(self, present: bool) -> None:
        self._report(LoopRestored(self.port) if present else LoopDrop(self.port))

    def _set_loop(self, closed: bool, at_s: float | None = None) -> None:
        self._off_hook = closed
        if not self.alarm:
            self.line.set_loop(closed, self._timers.now_s() if at_s is None else at_s)


class _Hook(Enum):
    ON = "on"
    OFF = "off"
    OPEN = "open"  # was off hook, and open too briefly so far to be on hook


class StationPort:
    """An FXS port: feeds a telephone, rings it, watches its hook switch and counts its dial pulses."""

    def __init__(self, port: int, timers: Timers, report: Report) -> None:
        self.port = port
        self.alarm = ""
        self.ring_stuck = False
        self.telephone: Terminal | None = None
        self._timers = timers
        self._report = report
        self._bell = Cadence(timers, "bell", self._ring_current)
        self._hook = _Hook.ON
        self._closed = False  # the contact as it is, bounces and all
        self._moved_s = 0.0
        self._opened_s = 0.0
        self._pulses = 0
        self._longest_flash_ms = LONGEST_FLASH_MS

    # --- what the box does ---

    def act(self, act: CardAct) -> None:
        match act:
            case SetFlashWindow(_, longest_ms):
                self._longest_flash_ms = longest_ms
            case StopRing() if not self.ring_stuck:
                self.cease_ring()
            case _ if self.alarm:
                pass
            case Ring(_, cadence_ms) if self._hook is _Hook.ON:
                self._bell.start(cadence_ms)
            case ReversePolarity(_, reversed) if self.telephone is not None:
                self.telephone.feel_polarity(reversed)
            case DropLoop(_, open_ms) if self.telephone is not None:
                self.telephone.feel_loop(False)
                self._timers.set("loop drop", open_ms, self._loop_back)

    @property
    def being_rung(self) -> bool:
        """A burst is at the telephone or the next one is due."""
        return self._bell.running

    def bits(self) -> PortBits:
        return PortBits(self.port, self._hook is not _Hook.ON, self._bell.running, self.alarm)

    def present_state(self) -> tuple[CardFact, ...]:
        return (OffHook(self.port),) if self._hook is not _Hook.ON else ()

    def fail(self, fact: Alarm | Removed, cause: str) -> None:
        self.cease_ring()
        self.alarm = cause
        self._report(fact)

    def recover(self) -> None:
        """In service again, with the hook as it is now."""
        self._timers.clear()
        self._pulses = 0
        self.alarm = ""
        self._hook = _Hook.OFF if self._closed else _Hook.ON
        self._report(AlarmCleared(self.port))
        for fact in self.present_state():
            self._report(fact)

    def close(self) -> None:
        """The box is gone: no feed, no ringing."""
        self.cease_ring()
        self._timers.clear()

    # --- what the telephone does ---

    def plugged(self, closed: bool) -> None:
        """A telephone is plugged in, with its hook switch as it is."""
        self._closed = closed
        self._hook = _Hook.OFF if closed else _Hook.ON

    def contact(self, closed: bool, at_s: float) -> None:
        """The hook switch's contact moved.  at_s: when; the loop may be late in telling."""
        if closed == self._closed:
            return
        self._closed = closed
        self._moved_s = at_s
        if not self.alarm:
            self._timers.set_at("debounce", at_s + HOOK_DEBOUNCE_MS / 1000, self._settled)

    def _settled(self) -> None:
        if self.alarm:
            return
        match self._hook, self._closed:
            case _Hook.ON, True:
                self._hook = _Hook.OFF
                self._pulses = 0
                self.cease_ring()
                self._report(OffHook(self.port))
            case _Hook.OFF, False:
                self._hook = _Hook.OPEN
                self._opened_s = self._moved_s
                self._timers.cancel("pulses")
                self._report(HookOpened(self.port))
                hung_up_s = self._opened_s + self._longest_flash_ms / 1000
                self._timers.set_at("flash", hung_up_s, self._hung_up)
            case _Hook.OPEN, True:
                self._closed_again(round((self._moved_s - self._opened_s) * 1000))

    def _closed_again(self, open_ms: int) -> None:
        self._hook = _Hook.OFF
        self._timers.cancel("flash")
        self._report(HookClosed(self.port, open_ms))
        shortest, longest = PULSE_BREAK_MS
        self._pulses = self._pulses + 1 if shortest <= open_ms <= longest else 0
        if self._pulses:
            self._timers.set_at("pulses", self._moved_s + PULSES_OVER_MS / 1000, self._pulses_over)

    def _pulses_over(self) -> None:
        count, self._pulses = self._pulses, 0
        self._report(Pulses(self.port, count))

    def _hung_up(self) -> None:
        if self.alarm or self._closed:  # closed in the last moment: the debounce will tell
            return
        self._hook = _Hook.ON
        self._report(OnHook(self.port))

    def cease_ring(self) -> None:
        if self._bell.running:
            self._bell.stop()
            if self.telephone is not None:
                self.telephone.ring_ceased()

    def _ring_current(self, on: bool) -> None:
        if self.telephone is not None:
            self.telephone.feel_ring(on)

    def _loop_back(self) -> None:
        if self.telephone is not None:
            self.telephone.feel_loop(True)
