# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What went over the lines of a bench, seen from both ends, for whoever looks into a failure."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from drivers.port import Card, CardAct, CardFact, PortBits, PortInfo
from dsp.media import Media

LINES_MAX = 2_000


class Trace:
    """The last notes of all lines, in the order they were made.  Time is the kernel's."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._notes: deque[str] = deque(maxlen=LINES_MAX)

    def note(self, port: int, end: str, what: str) -> None:
        """end: box or far."""
        self._notes.append(f"{time.monotonic() - self._began_s:9.3f} s  port {port:2}  {end:3}  {what}")

    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)


class TracedCard:
    """A card, with every fact and act noted."""

    def __init__(self, card: Card, trace: Trace) -> None:
        self._card = card
        self._trace = trace
        self.name = card.name

    @property
    def ports(self) -> tuple[PortInfo, ...]:
        return self._card.ports

    def attach(self, media: Media) -> None:
        self._card.attach(media)

    def start(self, deliver: Callable[[CardFact], None]) -> None:
        def noted(fact: CardFact) -> None:
            self._trace.note(fact.port, "box", f"hears {fact}")
            deliver(fact)

        self._card.start(noted)

    def act(self, act: CardAct) -> None:
        self._trace.note(act.port, "box", f"does {act}")
        self._card.act(act)

    def bits(self) -> tuple[PortBits, ...]:
        return self._card.bits()

    def close(self) -> None:
        self._card.close()
