# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""How often a sign-in may fail: five times at will, then each failure doubles the wait, by address and by name."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE_TRIES = 5
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 300.0
FORGET_S = 3_600.0
KEYS_MAX = 10_000  # an attacker with many addresses may not fill our memory


@dataclass(slots=True)
class _Record:
    failures: int
    last: float


class Limiter:
    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._records: OrderedDict[str, _Record] = OrderedDict()

    @property
    def size(self) -> int:
        """How many addresses and names are remembered."""
        return len(self._records)

    def wait_s(self, *keys: str) -> float:
        """How long the next try must wait; 0: now."""
        with self._lock:
            return max((self._wait_s(key) for key in keys), default=0.0)

    def failed(self, *keys: str) -> None:
        now = self._now()
        with self._lock:
            for key in keys:
                record = self._records.pop(key, None)
                if record is None or now - record.last > FORGET_S:
                    record = _Record(0, now)
                self._records[key] = _Record(record.failures + 1, now)
            while len(self._records) > KEYS_MAX:
                self._records.popitem(last=False)

    def succeeded(self, *keys: str) -> None:
        with self._lock:
            for key in keys:
                self._records.pop(key, None)

    def _wait_s(self, key: str) -> float:
        record = self._records.get(key)
        if record is None or record.failures < FREE_TRIES:
            return 0.0
        wait: float = min(FIRST_WAIT_S * 2 ** (record.failures - FREE_TRIES), LONGEST_WAIT_S)
        return max(0.0, record.last + wait - self._now())
