# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The machines' timers on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware.exchange.vocabulary import Address, Arm, Disarm, Expired


class Timers:
    """Timers by owner and name; one that is armed again starts anew."""

    def __init__(self, loop: asyncio.AbstractEventLoop, expire: Callable[[Expired], None]) -> None:
        self._loop = loop
        self._expire = expire
        self._armed: dict[tuple[Address, str], tuple[int, asyncio.TimerHandle]] = {}

    def arm(self, effect: Arm) -> None:
        key = (effect.owner, effect.timer)
        before = self._armed.get(key)
        if before is not None:
            before[1].cancel()
        # Both clocks count from the same zero, so the loop's time is the Instant's in seconds.
        handle = self._loop.call_at(effect.at_ns / 1e9, self._due, key, effect.at_ns)
        self._armed[key] = (effect.at_ns, handle)

    def disarm(self, effect: Disarm) -> None:
        armed = self._armed.pop((effect.owner, effect.timer), None)
        if armed is not None:
            armed[1].cancel()

    def takes(self, fact: Expired) -> bool:
        """The moment an expiry enters: False where the timer was disarmed or armed anew while it waited."""
        key = (fact.owner, fact.timer)
        armed = self._armed.get(key)
        if armed is None or armed[0] != fact.at_ns:
            return False
        del self._armed[key]
        return True

    def armed(self) -> dict[tuple[Address, str], int]:
        return {key: at_ns for key, (at_ns, _) in self._armed.items()}

    def close(self) -> None:
        for _, handle in self._armed.values():
            handle.cancel()
        self._armed.clear()

    def _due(self, key: tuple[Address, str], at_ns: int) -> None:
        self._expire(Expired(key[0], key[1], at_ns))
