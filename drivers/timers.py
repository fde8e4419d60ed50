# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Named timers on the running loop, so that a machine's waits can be listed, moved and dropped together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Timers:
    """The timers of one far-end machine.  Time is the loop's, which may be virtual."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handles: dict[str, asyncio.TimerHandle] = {}

    def now_s(self) -> float:
        return self._loop.time()

    def set(self, name: str, after_ms: float, do: Callable[[], None]) -> None:
        """Do it once, `after_ms` from now; a timer of the same name is moved."""
        self.set_at(name, self._loop.time() + after_ms / 1000, do)

    def set_at(self, name: str, at_s: float, do: Callable[[], None]) -> None:
        self.cancel(name)

        def expire() -> None:
            del self._handles[name]
            do()

        self._handles[name] = self._loop.call_at(at_s, expire)

    def cancel(self, *names: str) -> None:
        for name in names:
            handle = self._handles.pop(name, None)
            if handle is not None:
                handle.cancel()

    def running(self) -> tuple[str, ...]:
        return tuple(self._handles)

    def clear(self) -> None:
        self.cancel(*self.running())


class Cadence:
    """An on/off pattern that goes round for ever, with no drift: of ringing current, or of a tone gone wrong.

    switch: told True when a burst begins and False when it ends; never told the same thing twice running.
    """

    def __init__(self, timers: Timers, name: str, switch: Callable[[bool], None]) -> None:
        self._timers = timers
        self._name = name
        self._switch = switch
        self._steps_ms: tuple[float, ...] = ()
        self._on = False

    def start(self, steps_ms: tuple[float, ...]) -> None:
        """Begin at the first step, which is an `on`."""
        self.stop()
        self._steps_ms = steps_ms
        self._step(0, self._timers.now_s())

    def stop(self) -> None:
        self._timers.cancel(self._name)
        self._steps_ms = ()
        self._turn(False)

    @property
    def running(self) -> bool:
        return bool(self._steps_ms)

    def _step(self, index: int, at_s: float) -> None:
        ends_s = at_s + self._steps_ms[index] / 1000
        following = (index + 1) % len(self._steps_ms)
        self._timers.set_at(self._name, ends_s, lambda: self._step(following, ends_s))
        self._turn(index % 2 == 0)

    def _turn(self, on: bool) -> None:
        if on != self._on:
            self._on = on
            self._switch(on)
