# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The order in which what happens enters the core: within one instant media, cards, commands, timers."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

FACTS_AT_ONCE = 500  # then sockets and descriptors have their turn

Item = TypeVar("Item")


class Rank(IntEnum):
    """Lower enters first."""

    MEDIA = 0
    CARD = 1
    COMMAND = 2
    TIMER = 3


class Inbox(Generic[Item]):
    """Collects what comes while the loop goes round, then feeds it one at a time, in order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, feed: Callable[[Item], None]) -> None:
        self._loop = loop
        self._feed = feed
        self._rows: tuple[deque[Item], ...] = tuple(deque() for _ in Rank)
        self._due: asyncio.Handle | None = None

    def put(self, rank: Rank, item: Item) -> None:
        self._rows[rank].append(item)
        if self._due is None:
            self._due = self._loop.call_soon(self._drain)

    def put_first(self, item: Item) -> None:
        """What must enter before anything else."""
        self._rows[Rank.MEDIA].appendleft(item)
        if self._due is None:
            self._due = self._loop.call_soon(self._drain)

    def count(self, rank: Rank) -> int:
        return len(self._rows[rank])

    def close(self) -> None:
        if self._due is not None:
            self._due.cancel()
        for row in self._rows:
            row.clear()

    def drain_now(self) -> None:
        """Feed everything that is here (at the end of a run)."""
        while any(self._rows):
            self._drain()

    def _drain(self) -> None:
        self._due = None
        for _ in range(FACTS_AT_ONCE):
            row = next((row for row in self._rows if row), None)
            if row is None:
                return
            item = row.popleft()
            try:
                self._feed(item)
            except (
                Exception
            ):  # one of the three places: what goes wrong with one fact must not stop the exchange
                log.exception("%s could not be taken", type(item).__name__)
        if self._due is None and any(self._rows):
            self._due = self._loop.call_soon(self._drain)
