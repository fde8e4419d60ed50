# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Finds calls: what may be asked for, in which order, page by page, and one call whole."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import msgspec

from firmware.exchange.vocabulary import CallRecord
from firmware.store.reader import Reader
from firmware.store.recordings import length_ms
from firmware.wire import plain

PAGE_MAX = 500
NUMBER_PART_LEAST = 3  # shorter, nearly every number begins or ends so
COLUMNS = (
    "id",
    "call",
    "direction",
    "line",
    "caller_number",
    "caller_name",
    "called",
    "began_ns",
    "answered_ns",
    "ended_ns",
    "duration_ms",
    "talk_ms",
    "cause",
    "released_by",
    "notice",
    "agent",
    "queue",
)
# The only orders there are: what a client names is looked up here and never becomes SQL.
ORDERS = {
    "newest": "calls.began_ns DESC, calls.id DESC",
    "oldest": "calls.began_ns, calls.id",
    "longest": "calls.duration_ms DESC, calls.id DESC",
    "shortest": "calls.duration_ms, calls.id",
}
_DECODER = msgspec.json.Decoder(CallRecord)


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls.  Empty, 0 and None ask for nothing.

    number: the beginning or end of any party's number; the whole number where it has less than three digits.

    since_ns and until_ns: civil time of the call's beginning, the latter not included.
    """

    number: str = ""
    direction: str = ""
    cause: str = ""
    line: int = 0
    agent: int = 0
    queue: int = 0
    extension: str = ""
    answered: bool | None = None
    since_ns: int | None = None
    until_ns: int | None = None
    longer_than_ms: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the rows found, and how many there are."""

    rows: list[dict[str, Any]]
    total: int


def find_calls(
    db: sqlite3.Connection, reader: Reader, wanted: CallFilter, order: str, limit: int, offset: int
) -> Page:
    """One page of the calls this reader may see.  Raises ValueError for an order there isn't."""
    if order not in ORDERS:
        raise ValueError(f"order: one of {', '.join(ORDERS)}")
    condition, values = _condition(reader, wanted)
    (total,) = db.execute(f"SELECT count(*) FROM calls WHERE {condition}", values).fetchone()
    limit = max(1, min(limit, PAGE_MAX))
    # Ids first: skipping rows then reads the index alone.
    found = db.execute(
        f"SELECT {', '.join('calls.' + name for name in COLUMNS)},"
        " (SELECT count(*) FROM recordings WHERE recordings.call = calls.call AND samples > 0"
        "  AND recordings.began_ns BETWEEN calls.began_ns - 86400000000000 AND calls.ended_ns +"
        " 86400000000000)"
        f" FROM calls WHERE calls.id IN (SELECT calls.id FROM calls WHERE {condition}"
        f" ORDER BY {ORDERS[order]} LIMIT ? OFFSET ?) ORDER BY {ORDERS[order]}",
        [*values, limit, max(0, offset)],
    )
    return Page([reader.sees(_row(values)) for values in found], int(total))


def find_call(db: sqlite3.Connection, reader: Reader, call_id: int) -> dict[str, Any] | None:
    """One call whole: its row, the record with legs, visits and timeline, its recordings and messages."""
    condition, values = reader.calls_clause()
    row = db.execute(
        f"SELECT {', '.join(COLUMNS)}, 0, record, journal_position FROM calls"
        f" JOIN call_records ON call_id = id WHERE id = ? AND {condition}",
        [call_id, *values],
    ).fetchone()
    if row is None:
        return None
    call = _row(row[: len(COLUMNS) + 1])
    recordings = recordings_of(db, call["call"], call["began_ns"], call["ended_ns"])
    call |= {
        "record": plain(_DECODER.decode(row[-2])),
        "journal_position": row[-1],
        "recordings": [] if reader.role == "installer" else recordings,
        "recording_count": len(recordings),
    }
    shown: dict[str, Any] = reader.sees(call)
    return shown


def call_id_of(db: sqlite3.Connection, reader: Reader, call: int) -> int | None:
    """The row of the newest call of this number, as the live board names calls."""
    condition, values = reader.calls_clause()
    row = db.execute(
        f"SELECT id FROM calls WHERE call = ? AND {condition} ORDER BY id DESC", [call, *values]
    ).fetchone()
    return int(row[0]) if row else None


def recordings_of(db: sqlite3.Connection, call: int, began_ns: int, ended_ns: int) -> list[dict[str, Any]]:
    """The recordings of a call.  The day around it keeps a call number used again years later apart."""
    day_ns = 86_400_000_000_000
    rows = db.execute(
        "SELECT id, recording, leg, port, state, began_ns, samples, lost_samples, error FROM recordings"
        " WHERE call = ? AND began_ns BETWEEN ? AND ? ORDER BY id",
        (call, began_ns - day_ns, ended_ns + day_ns),
    )
    names = ("id", "recording", "leg", "port", "state", "began_ns", "samples", "lost_samples", "error")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return [row | {"ms": length_ms(row["samples"])} for row in found]


def _row(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(zip((*COLUMNS, "recording_count"), values, strict=True))
    row["notice"] = bool(row["notice"])
    return row


def _condition(reader: Reader, wanted: CallFilter) -> tuple[str, list[Any]]:
    first, values = reader.calls_clause()
    parts = [first]
    for column in ("direction", "cause", "line", "queue"):
        if value := getattr(wanted, column):
            parts.append(f"calls.{column} = ?")
            values.append(value)
    if wanted.agent:
        parts.append("calls.id IN (SELECT call_id FROM legs WHERE agent = ?)")
        values.append(wanted.agent)
    if wanted.extension:
        parts.append("calls.id IN (SELECT call_id FROM legs WHERE extension = ?)")
        values.append(wanted.extension)
    if wanted.answered is not None:
        parts.append(f"calls.answered_ns IS {'NOT ' if wanted.answered else ''}NULL")
    for value, comparison in (
        (wanted.since_ns, "calls.began_ns >= ?"),
        (wanted.until_ns, "calls.began_ns < ?"),
        (wanted.longer_than_ms or None, "calls.duration_ms > ?"),
    ):
        if value is not None:
            parts.append(comparison)
            values.append(value)
    if len(wanted.number) >= NUMBER_PART_LEAST:
        parts.append(f"calls.id IN ({_NUMBERS})")
        values += _number_values(reader, wanted.number)
    elif wanted.number:
        parts.append("calls.id IN (SELECT call_id FROM call_numbers WHERE number = ?)")
        values.append(wanted.number)
    return " AND ".join(f"({part})" for part in parts), values


# A masked reader's search is held against the masked number: else digits could be found out one by one.
_NUMBERS = (
    "SELECT call_id FROM call_numbers WHERE number >= ? AND number < ? AND (NOT ? OR substr(shown, 1, ?) = ?)"
    " UNION SELECT call_id FROM call_numbers WHERE reversed >= ? AND reversed < ?"
    " AND (NOT ? OR substr(shown, -?) = ?)"
)


def _number_values(reader: Reader, number: str) -> list[Any]:
    after = "\U0010ffff"
    backwards = number[::-1]
    masked = int(reader.masked)
    return [
        number,
        number + after,
        masked,
        len(number),
        number,
        backwards,
        backwards + after,
        masked,
        len(number),
        number,
    ]
