# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a telephone has heard and felt: a log that can be read, shown, and waited on with deadlines."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from dsp.vocabulary import Tone

LOG_LENGTH = 500


class Heard(msgspec.Struct, frozen=True):
    """One thing a telephone noticed.  at_s: the loop's time.

    what: ring, ring_over, ring_ceased, tone, tone_over, digit, speech, speech_over, caller_id, loop_drop,
    loop_back, reversal; and what its user did: lift, hang_up, flash, press, speak.
    """

    at_s: float
    what: str
    detail: str = ""


class NotHeard(AssertionError):
    """A telephone did not hear what it was told to wait for; the message lists what it heard instead."""


class HeardLog:
    """The log of one telephone, with what is going on at this moment.

    A wait is met by what is going on now, or by what happened since the last wait for the same thing was met
    (or since `forget`), or by what comes before the deadline.
    """

    def __init__(self, name: Callable[[], str], loop: asyncio.AbstractEventLoop) -> None:
        self.ringing = False
        self.tones: set[Tone] = set()
        self.speech = False
        self._name = name
        self._loop = loop
        self._entries: deque[Heard] = deque(maxlen=LOG_LENGTH)
        self._count = 0  # of all entries ever, so that a full log does not shift what was met
        self._met: dict[tuple[str, str], int] = {}
        self._forgotten = 0
        self._changed: set[asyncio.Future[None]] = set()

    def add(self, what: str, detail: str = "") -> None:
        self._entries.append(Heard(self._loop.time(), what, detail))
        self._count += 1
        for future in self._changed:
            if not future.done():
                future.set_result(None)
        self._changed.clear()

    def entries(self) -> tuple[Heard, ...]:
        return tuple(self._entries)

    def forget(self) -> None:
        """Count only what comes from now on."""
        self._forgotten = self._count

    def quiet(self) -> None:
        """The receiver is down (or up again): no tone and no speech is going on."""
        self.tones.clear()
        self.speech = False

    def since_met(self, what: str, detail: str = "") -> list[Heard]:
        """The entries of a kind after the last one that met a wait; detail "" is any."""
        first = max(self._met.get((what, detail), 0), self._forgotten)
        skipped = max(0, first - (self._count - len(self._entries)))
        return [
            entry
            for entry in list(self._entries)[skipped:]
            if entry.what == what and detail in ("", entry.detail)
        ]

    def meet(self, what: str, detail: str = "") -> None:
        """What is in the log of this kind has met a wait."""
        self._met[what, detail] = self._count

    async def until(self, holds: Callable[[], bool], within_s: float, wanted: str) -> None:
        """Wait until it holds.  Raises NotHeard after `within_s`."""
        began_s = self._loop.time()
        try:
            async with asyncio.timeout(within_s):
                while not holds():
                    await self._change()
        except TimeoutError:
            raise NotHeard(self._complaint(wanted, within_s, began_s)) from None

    async def stays(self, holds: Callable[[], bool], for_s: float, wanted: str) -> None:
        """See that it holds now and goes on to hold for a time.  Raises NotHeard as soon as it does not."""
        began_s = self._loop.time()
        try:
            async with asyncio.timeout(for_s):
                while holds():
                    await self._change()
        except TimeoutError:
            return
        raise NotHeard(self._complaint(wanted, for_s, began_s))

    async def _change(self) -> None:
        future: asyncio.Future[None] = self._loop.create_future()
        self._changed.add(future)
        try:
            await future
        finally:
            self._changed.discard(future)

    def _complaint(self, wanted: str, within_s: float, began_s: float) -> str:
        lines = [
            f"  {entry.at_s - began_s:+8.2f} s  {entry.what} {entry.detail}".rstrip()
            for entry in list(self._entries)[-12:]
        ]
        now = ", ".join(
            [
                *(["ringing"] if self.ringing else []),
                *sorted(tone.value for tone in self.tones),
                *(["speech"] if self.speech else []),
            ]
        )
        heard = "\n".join(lines) or "  nothing at all"
        return f"{self._name()}: no {wanted} within {within_s:g} s; now: {now or 'silence'}; before:\n{heard}"
