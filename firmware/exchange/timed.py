# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A machine that keeps account of its own timers, so that a change of state disarms what the new state may not have."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.exchange.machine import Context, Machine, Output
from firmware.exchange.vocabulary import Arm, Disarm


class TimedMachine(Machine):
    """armed: the timers now running; an `Expired` of any other is stale."""

    armed: tuple[str, ...] = ()

    def _arm(self, timer: str, ms: int, context: Context) -> Output:
        if timer not in self.armed:
            self.armed = (*self.armed, timer)
        return Arm(timer, context.after(ms))

    def _disarm(self, *timers: str) -> Iterator[Output]:
        for timer in timers:
            if timer in self.armed:
                self.armed = tuple(other for other in self.armed if other != timer)
                yield Disarm(timer)

    def _is_due(self, timer: str) -> bool:
        """Whether a timer that comes back was still armed; it no longer is."""
        due = timer in self.armed
        self.armed = tuple(other for other in self.armed if other != timer)
        return due

    def _keep_allowed_timers(self) -> Iterator[Output]:
        allowed = self.timers_allowed()
        yield from self._disarm(*(timer for timer in self.armed if timer not in allowed))
