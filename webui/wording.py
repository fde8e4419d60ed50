# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""How things are said on a page: times in the centre's zone, spans, sizes, parties, causes."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webui.texts import Texts

NS_PER_S = 1_000_000_000


def zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


class Wording:
    def __init__(self, texts: Texts, timezone: tzinfo) -> None:
        self._t = texts
        self._zone = timezone

    def moment(self, civil_ns: int | None, seconds: bool = True) -> str:
        """A civil time as a person of the centre reads it."""
        if not civil_ns:
            return "–"
        at = datetime.fromtimestamp(civil_ns / NS_PER_S, self._zone)
        return at.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")

    def clock(self, civil_ns: int | None) -> str:
        if not civil_ns:
            return "–"
        return datetime.fromtimestamp(civil_ns / NS_PER_S, self._zone).strftime("%H:%M:%S")

    def span(self, seconds: float | None) -> str:
        """A length of time: 0:07, 12:30, 1:02:03."""
        if seconds is None:
            return "–"
        whole = max(0, round(seconds))
        hours, rest = divmod(whole, 3600)
        return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"

    def size(self, count_bytes: float | None) -> str:
        if count_bytes is None:
            return "–"
        for unit in ("B", "kB", "MB", "GB"):
            if count_bytes < 1000:
                return f"{count_bytes:.0f} {unit}" if unit == "B" else f"{count_bytes:.1f} {unit}"
            count_bytes /= 1000
        return f"{count_bytes:.1f} TB"

    def percent(self, share: float | None) -> str:
        return "–" if share is None else f"{share * 100:.1f} %"

    def word(self, group: str, value: object) -> str:
        return self._t.word(group, value)
