# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What is to happen, by sample; things of one sample happen in the order in which they were put down."""

from __future__ import annotations

import heapq
from collections.abc import Callable

Action = Callable[[int], None]
"""Called with the sample at which it happens."""


class Entry:
    """Something to happen, unless it is called off."""

    __slots__ = ("action",)

    def __init__(self, action: Action) -> None:
        self.action: Action | None = action

    def call_off(self) -> None:
        self.action = None


class Agenda:
    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Entry]] = []
        self._count = 0

    def at(self, sample: int, action: Action) -> Entry:
        entry = Entry(action)
        self._count += 1
        heapq.heappush(self._heap, (sample, self._count, entry))
        return entry

    def next_at(self) -> int | None:
        """When the next thing happens; what was called off is forgotten on the way."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run_next(self) -> None:
        sample, _, entry = heapq.heappop(self._heap)
        action, entry.action = entry.action, None
        if action is not None:
            action(sample)
