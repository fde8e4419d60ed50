# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What is shown once, on the next page, to the person whose change it tells of."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

PEOPLE_MAX = 200
EACH_MAX = 5


@dataclass(frozen=True, slots=True)
class Notice:
    kind: str
    text: str


class Notices:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, list[Notice]] = OrderedDict()

    def put(self, whose: str, kind: str, text: str) -> None:
        with self._lock:
            self._waiting.setdefault(whose, []).append(Notice(kind, text[:1_000]))
            del self._waiting[whose][:-EACH_MAX]
            while len(self._waiting) > PEOPLE_MAX:
                self._waiting.popitem(last=False)

    def take(self, whose: str) -> list[Notice]:
        with self._lock:
            return self._waiting.pop(whose, [])
