# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The true bits of every port held against what the card has told: a fact that was lost is found within seconds."""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from drivers.port import (
    Alarm,
    AlarmCleared,
    Card,
    CardAct,
    CardFact,
    GoOffHook,
    GoOnHook,
    HookClosed,
    HookOpened,
    OffHook,
    OnHook,
    PortBits,
    Pulses,
    Removed,
    Ring,
    RingOff,
    RingOn,
    StopRing,
)
from firmware.exchange.vocabulary import HookFound

log = logging.getLogger(__name__)

PERSISTS_NS = 1_000_000_000  # shorter differences are facts on their way
MOVING_CHECKS = 3  # seconds: twice the longest flash


class _Told(msgspec.Struct):
    """What the card has told of a port, and acts have made of it."""

    off_hook: bool = False
    ringing: bool = False
    alarm: str = ""
    moving: int = 0  # the hook is open and may close again: for so many more checks it isn't compared
    differs_since_ns: int = 0


class Reconciler:
    """tell: takes the missing fact."""

    def __init__(self, card: Card, tell: Callable[[HookFound | Alarm | AlarmCleared], None]) -> None:
        self._card = card
        self._tell = tell
        self._told = {info.port: _Told() for info in card.ports}
        self.found_count = 0

    def heard(self, fact: CardFact) -> None:
        """A fact the card has delivered."""
        told = self._told.setdefault(fact.port, _Told())
        match fact:
            case OffHook() | HookClosed() | Pulses():
                told.off_hook, told.ringing, told.moving = True, False, 0
            case OnHook():
                told.off_hook, told.moving = False, 0
            case HookOpened():
                told.moving = MOVING_CHECKS
            case RingOn():
                told.ringing = True
            case RingOff():
                told.ringing = False
            case Alarm():
                told.alarm = fact.cause or "alarm"
            case Removed():
                told.alarm = "removed"
            case AlarmCleared():
                told.alarm = ""

    def acted(self, act: CardAct) -> None:
        told = self._told.setdefault(act.port, _Told())
        match act:
            case GoOffHook():
                told.off_hook = True
            case GoOnHook():
                told.off_hook = False
            case Ring():
                told.ringing = True
            case StopRing():
                told.ringing = False

    def check(self, now_ns: int) -> None:
        """Tell every difference that persists."""
        for bits in self._card.bits():
            told = self._told.get(bits.port) or self._told.setdefault(bits.port, _Told())
            if told.moving:
                told.moving -= 1
            if _agree(told, bits):
                told.differs_since_ns = 0
            elif not told.differs_since_ns:
                told.differs_since_ns = now_ns
            elif now_ns - told.differs_since_ns >= PERSISTS_NS:
                self._correct(told, bits)

    def forget_all(self) -> None:
        """Events were lost: whatever differs now is to be told at the next check."""
        for told in self._told.values():
            told.moving = 0

    def _correct(self, told: _Told, bits: PortBits) -> None:
        told.differs_since_ns = 0
        self.found_count += 1
        if bool(told.alarm) != bool(bits.alarm):
            log.warning("port=%d alarm=%s was not told", bits.port, bits.alarm or "cleared")
            told.alarm = bits.alarm
            self._tell(Alarm(bits.port, bits.alarm) if bits.alarm else AlarmCleared(bits.port))
        if bits.alarm or (told.off_hook, told.ringing) == (bits.off_hook, bits.ringing):
            return
        log.warning("port=%d off_hook=%s ringing=%s was not told", bits.port, bits.off_hook, bits.ringing)
        told.off_hook, told.ringing, told.moving = bits.off_hook, bits.ringing, 0
        self._tell(HookFound(bits.port, bits.off_hook, bits.ringing))


def _agree(told: _Told, bits: PortBits) -> bool:
    if not told.alarm and not bits.alarm:
        return bool(told.moving) or (told.off_hook is bits.off_hook and told.ringing is bits.ringing)
    return bool(told.alarm) == bool(bits.alarm)
