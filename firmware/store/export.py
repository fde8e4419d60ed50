# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Lists as CSV for spreadsheets: UTF-8 with the mark that makes them read it so, and nothing that acts as a
formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware.store.call_search import CallFilter
from firmware.store.queries import Queries
from firmware.store.reader import Reader

BYTE_ORDER_MARK = "\ufeff"
# A cell that begins so is run as a formula by one spreadsheet or another.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
PAGE = 500

# column -> heading
CALL_COLUMNS = {
    "id": ("Record", "记录号"),
    "began_ns": ("Began", "开始时间"),
    "answered_ns": ("Answered", "接听时间"),
    "ended_ns": ("Ended", "结束时间"),
    "direction": ("Direction", "方向"),
    "line": ("Line", "外线"),
    "caller_number": ("Caller", "主叫号码"),
    "caller_name": ("Caller's name", "主叫名称"),
    "called": ("Called", "被叫号码"),
    "agent": ("Agent", "座席"),
    "queue": ("Queue", "队列"),
    "duration_ms": ("Length (s)", "时长（秒）"),
    "talk_ms": ("Talk (s)", "通话（秒）"),
    "cause": ("Ended by", "结束原因"),
    "released_by": ("Released by", "挂机方"),
    "notice": ("Notice played", "已播录音提示"),
    "recording_count": ("Recordings", "录音数"),
}


def inert(value: Any) -> str:
    """A cell's text; one that would begin a formula is made a text by an apostrophe."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(FORMULA_SIGNS) else text


def calls_csv(
    queries: Queries, reader: Reader, wanted: CallFilter, timezone: str, language: str = "en"
) -> Iterator[str]:
    """Every call found, oldest first, piece by piece; masked as for any other reading."""
    zone = ZoneInfo(timezone)
    place = 1 if language == "zh" else 0
    yield BYTE_ORDER_MARK + _lines([[headings[place] for headings in CALL_COLUMNS.values()]])
    after_ns, seen = wanted.since_ns, set[int]()
    while True:
        # By time rather than by offset: a call that ends meanwhile shifts no page.
        rows = queries.calls(reader, replace(wanted, since_ns=after_ns), order="oldest", limit=PAGE).rows
        fresh = [row for row in rows if row["id"] not in seen]
        if not fresh:
            return
        yield _lines([[_cell(name, row[name], zone) for name in CALL_COLUMNS] for row in fresh])
        after_ns = fresh[-1]["began_ns"]
        seen = {row["id"] for row in rows if row["began_ns"] == after_ns}


def _cell(name: str, value: Any, zone: ZoneInfo) -> str:
    if name.endswith("_ns"):
        return (
            ""
            if value is None
            else datetime.fromtimestamp(value // 10**9, zone).strftime("%Y-%m-%d %H:%M:%S")
        )
    if name.endswith("_ms"):
        return f"{value / 1_000:.1f}"
    return inert(value)


def _lines(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
