# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Which announcements are heard in a check: all kinds of values, and the small words by sample."""

from __future__ import annotations

from collections.abc import Iterator

Values = dict[str, str | int]

_NUMBERS = [
    *range(2, 21),
    *range(22, 100, 7),
    *range(110, 120, 3),
    *range(200, 1_000, 300),
    *range(2_000, 10_000, 3_000),
    1_005,
    1_050,
    12_345,
]
_TELEPHONES = ("13800138000", "02083762954", "4006017358", "95588", "075526497310")
_ADDRESSES = ("192.168.1.20", "10.0.34.157", "172.16.89.6")


def of(language: str) -> Iterator[tuple[str, Values]]:
    for number in _NUMBERS:
        yield "queue.position", {"position": number}
    for count in (2, 5, 12, 22):
        yield "queue.waiting", {"count": count}
        yield "queue.wait_minutes", {"count": count}
    for number in _TELEPHONES:
        yield "number.called_by", {"number": number}
    for extension in ("801", "8356", "*47", "#24", "+90"):
        yield "station.extension", {"extension": extension}
    for address in _ADDRESSES:
        yield "box.address", {"address": address}
    for seconds in (1, 45, 60, 61, 122, 3_600, 7_320):
        yield "queue.longest_wait", {"seconds": seconds}
    for day in range(1, 32, 3):
        yield (
            "clock.now",
            {"date": f"2026-{day % 12 + 1:02}-{day:02}", "time": f"{day % 24:02}:{day * 7 % 60:02}"},
        )
    yield "clock.now", {"date": "2026-12-31", "time": "14:05"}
    yield "clock.now", {"date": "2026-01-01", "time": "00:00"}
