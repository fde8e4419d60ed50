# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Calls: searched, listed, exported; and one call whole, with why it went as it did."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import bottle

from firmware.store.call_search import ORDERS, CallFilter
from webui.story import Story
from webui.visit import Visit

PAGE_ROWS = 50
EXPORT_ROWS_MAX = 50_000
FIRST_DAY, LAST_DAY = date(1980, 1, 1), date(2200, 1, 1)  # what a moment in ns can be made of
DIRECTIONS = ("in", "out", "internal")
CAUSES = (
    "normal",
    "caller_gave_up",
    "busy",
    "no_answer",
    "max_wait",
    "no_line",
    "flow_end",
    "silence",
    "interrupted",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def search(visit: Visit) -> str:
    wanted, asked = _wanted(visit)
    order = visit.query("order") if visit.query("order") in ORDERS else "newest"
    page = max(1, _number(visit.query("page")) or 1)
    found = visit.records.calls(
        visit.reader, wanted, order=order, limit=PAGE_ROWS, offset=(page - 1) * PAGE_ROWS
    )
    return visit.render(
        "calls.html",
        rows=found.rows,
        total=found.total,
        first=(page - 1) * PAGE_ROWS + 1,
        page=page,
        pages=max(1, -(-found.total // PAGE_ROWS)),
        asked=asked,
        order=order,
        orders=tuple(ORDERS),
        searched=wanted != CallFilter(),
        names=visit.records.names(visit.reader),
        directions=[(each, visit.texts.word("direction", each)) for each in DIRECTIONS],
        causes=[(each, visit.texts.word("cause", each)) for each in CAUSES],
        link=lambda to: "/calls?" + urlencode({**asked, "order": order, "page": to}),
        export="/calls.csv?" + urlencode(asked),
    )


def export(visit: Visit) -> Iterator[bytes]:
    wanted, asked = _wanted(visit)
    visit.site.audited(visit, "export_calls", urlencode(asked)[:200])
    bottle.response.content_type = "text/csv; charset=utf-8"
    bottle.response.set_header("Content-Disposition", 'attachment; filename="calls.csv"')
    bottle.response.set_header("Cache-Control", "no-store")
    return _csv(visit, wanted)


def one(visit: Visit, call: int) -> str:
    found = visit.records.call(visit.reader, call)
    if found is None:
        raise bottle.HTTPError(404, visit.t("calls.not_found"))
    names = visit.records.names(visit.reader)
    return visit.render("call.html", call=found, story=Story(visit.texts, found, names), names=names)


def hang_up(visit: Visit, call: int) -> dict[str, Any]:
    visit.ask("hang_up_call", call=call)
    return {"ok": True}


# --- what is searched for ---


def _wanted(visit: Visit) -> tuple[CallFilter, dict[str, str]]:
    """The filter asked for, and the same as it was typed, for the form and the links."""
    keys = ("number", "direction", "cause", "line", "agent", "queue", "extension", "answered", "from", "to")
    asked = {key: visit.query(key, 40) for key in keys if visit.query(key, 40)}
    digits = "".join(each for each in asked.get("number", "") if each.isdigit() or each in "*#+")
    answered = {"yes": True, "no": False}.get(asked.get("answered", ""))
    wanted = CallFilter(
        number=digits,
        direction=asked.get("direction", "") if asked.get("direction") in DIRECTIONS else "",
        cause=asked.get("cause", ""),
        line=_number(asked.get("line", "")),
        agent=_number(asked.get("agent", "")),
        queue=_number(asked.get("queue", "")),
        extension=asked.get("extension", ""),
        answered=answered,
    )
    return _between(visit, wanted, asked), asked


def _between(visit: Visit, wanted: CallFilter, asked: dict[str, str]) -> CallFilter:
    """The days typed, as moments of the centre's zone; the last day is part of the span."""
    since, until = _day(asked.get("from", "")), _day(asked.get("to", ""))
    return replace(
        wanted,
        since_ns=_midnight_ns(visit, since) if since else None,
        until_ns=_midnight_ns(visit, until + timedelta(days=1)) if until else None,
    )


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def _midnight_ns(visit: Visit, day: date) -> int:
    return int(datetime.combine(day, time(), visit.site.timezone()).timestamp()) * 1_000_000_000


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


# --- the file for a spreadsheet ---


def _csv(visit: Visit, wanted: CallFilter) -> Iterator[bytes]:
    """UTF-8 with a byte-order mark, as spreadsheets need for Chinese; a text that begins a formula is made inert."""
    columns = (
        "began",
        "direction",
        "from",
        "name",
        "to",
        "line",
        "agent",
        "queue",
        "length_s",
        "talk_s",
        "cause",
    )
    yield b"\xef\xbb\xbf" + _csv_lines([[visit.t(f"csv.{column}") for column in columns]])
    for offset in range(0, EXPORT_ROWS_MAX, 500):
        rows = visit.records.calls(visit.reader, wanted, order="oldest", limit=500, offset=offset).rows
        if not rows:
            return
        yield _csv_lines(_csv_row(visit, row) for row in rows)


def _csv_row(visit: Visit, row: dict[str, Any]) -> list[str]:
    began = datetime.fromtimestamp(row["began_ns"] / 1e9, visit.site.timezone())
    return [
        began.strftime("%Y-%m-%d %H:%M:%S"),
        visit.texts.word("direction", row["direction"]),
        row["caller_number"],
        row["caller_name"],
        row["called"],
        str(row["line"] or ""),
        str(row["agent"] or ""),
        str(row["queue"] or ""),
        f"{row['duration_ms'] / 1000:.1f}",
        f"{row['talk_ms'] / 1000:.1f}",
        visit.texts.word("cause", row["cause"]),
    ]


def _csv_lines(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell for cell in row])
    return text.getvalue().encode()
