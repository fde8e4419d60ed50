# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Time as a parameter: the real clock, and an event loop whose time jumps to the next deadline.

In virtual time nothing is ever waited for.  When no callback is ready, the loop steps the media engines to
the next deadline, stops at their first event, and sets its time there.  While a thread or process owes us an
answer (`owed`), time stands still and the loop waits in earnest.  `Instant`s come from here and nowhere else.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from dsp.media import Media, Stepper
from dsp.vocabulary import SAMPLE_RATE_HZ
from firmware.errors import Deadlock
from firmware.exchange.vocabulary import Instant

SAMPLE_NS = 1_000_000_000 // SAMPLE_RATE_HZ
CIVIL_START_NS = 1_780_275_600_000_000_000  # Monday 2026-06-01 09:00 in Shanghai: a working day begins
MONO_START_NS = 1_000_000_000_000  # not 0, so that a forgotten "since" shows
OWED_LONGEST_S = 120.0  # an answer owed for longer than this, in real time, is a fault of ours

Result = TypeVar("Result")


class Clock(Protocol):
    def now(self) -> Instant: ...


class RealClock:
    """The machine's own clocks; monotonic time is the one asyncio's loop counts in."""

    def now(self) -> Instant:
        return Instant(time.monotonic_ns(), time.time_ns())


class _JumpingSelector(selectors.BaseSelector):
    """Looks at the real descriptors without waiting; where asyncio would wait, it asks the loop to jump."""

    def __init__(self, jump: Callable[[], None], owed_count: Callable[[], int]) -> None:
        self._real = selectors.DefaultSelector()
        self._jump = jump
        self._owed_count = owed_count

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return self._glance()
        if ready := self._glance():
            return ready
        if self._owed_count():
            return self._wait_for_answer()
        self._jump()
        return []

    def _glance(self) -> list[tuple[selectors.SelectorKey, int]]:
        # The loop's own wake-up pipe is always there; alone, and with nothing owed, it has nothing to say.
        if len(self._real.get_map()) <= 1 and not self._owed_count():
            return []
        return self._real.select(0)

    def _wait_for_answer(self) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(OWED_LONGEST_S)
        if not ready and self._owed_count():
            raise Deadlock(f"a thread or process has owed an answer for {OWED_LONGEST_S:.0f} s of real time")
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time.  It is a Clock too.

    civil_start_ns: the civil moment it begins at.
    """

    def __init__(self, civil_start_ns: int = CIVIL_START_NS) -> None:
        self._now_ns = MONO_START_NS
        self._civil_offset_ns = civil_start_ns - MONO_START_NS
        self._owed = 0
        self._owed_lock = threading.Lock()
        self._stepper: Stepper | None = None
        self._engines: tuple[Media, ...] = ()
        self._origin_ns = 0
        self._after_step: list[Callable[[], None]] = []
        super().__init__(_JumpingSelector(self._jump, lambda: self._owed))
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._now_ns / 1e9

    def now(self) -> Instant:
        return Instant(self._now_ns, self._now_ns + self._civil_offset_ns)

    def set_civil(self, civil_ns: int) -> None:
        """Somebody (or NTP) sets the clock on the wall; monotonic time is not touched."""
        self._civil_offset_ns = civil_ns - self._now_ns

    def drive(self, stepper: Stepper, engines: Sequence[Media], after_step: Callable[[], None]) -> None:
        """Step these engines with time from now on; `after_step` takes their events, in one call per step."""
        self._stepper = stepper
        self._engines = tuple(engines)
        self._origin_ns = self._now_ns - engines[0].now_samples() * SAMPLE_NS
        self._after_step.append(after_step)

    def when_stepped(self, callback: Callable[[], None]) -> None:
        """Call this after each step too, in the order given."""
        self._after_step.append(callback)

    def release(self) -> None:
        """Step no engine any more."""
        self._stepper = None
        self._engines = ()
        self._after_step.clear()

    def owe(self) -> None:
        """From any thread: somebody owes an answer; time stands still until `settle`."""
        with self._owed_lock:
            self._owed += 1

    def settle(self) -> None:
        with self._owed_lock:
            assert self._owed > 0, "settled more often than owed"
            self._owed -= 1
        self.call_soon_threadsafe(_nothing)

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        with owed():  # its threads are joined by a thread
            await super().shutdown_default_executor()

    def _jump(self) -> None:
        """Go to the next deadline, or to the first media event before it."""
        deadline_ns = self._next_deadline_ns()
        if deadline_ns is None:
            raise Deadlock("nothing is due and nothing is owed; waiting: " + self._who_waits())
        if deadline_ns <= self._now_ns:
            return
        stepper = self._stepper
        until_sample = self._last_whole_tick((deadline_ns - self._origin_ns) // SAMPLE_NS)
        if stepper is None or until_sample is None:
            self._now_ns = deadline_ns
            return
        reached_ns = self._origin_ns + stepper(self._engines, until_sample) * SAMPLE_NS
        self._now_ns = max(self._now_ns, reached_ns)
        for callback in self._after_step:
            callback()

    def _last_whole_tick(self, until_sample: int) -> int | None:
        """The end of the last tick to step before the deadline, as steppers go on to the end of a tick begun."""
        if not self._engines:
            return None
        engine = self._engines[0]
        now = engine.now_samples()
        ticks = (until_sample - now) // engine.tick_samples
        return now + ticks * engine.tick_samples if ticks > 0 else None

    def _next_deadline_ns(self) -> int | None:
        # BaseEventLoop keeps its timers in a heap; half a nanosecond early is within the loop's resolution.
        scheduled: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        return round(scheduled[0].when() * 1e9) if scheduled else None

    def _who_waits(self) -> str:
        return ", ".join(sorted(repr(task.get_coro()) for task in asyncio.all_tasks(self))) or "nobody"


def _nothing() -> None:
    """Wakes the loop."""


@contextmanager
def owed() -> Iterator[None]:
    """While this block runs a thread or process owes us an answer, so virtual time stands still."""
    loop = asyncio.get_running_loop()
    owe(loop)
    try:
        yield
    finally:
        settle(loop)


def owe(loop: asyncio.AbstractEventLoop) -> None:
    """From any thread: an answer is owed to this loop, until `settle`.  On a real clock nothing has to be done."""
    if isinstance(loop, VirtualLoop):
        loop.owe()


def settle(loop: asyncio.AbstractEventLoop) -> None:
    if isinstance(loop, VirtualLoop):
        loop.settle()


async def in_thread(work: Callable[..., Result], *arguments: Any) -> Result:
    """Do blocking work in a thread; virtual time waits for it."""
    with owed():
        return await asyncio.get_running_loop().run_in_executor(None, work, *arguments)


def run_virtual(main: Callable[[], Any], civil_start_ns: int = CIVIL_START_NS) -> Any:
    """Run a coroutine function to its end in virtual time, on a loop of its own."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(civil_start_ns)) as runner:
        return runner.run(main())
