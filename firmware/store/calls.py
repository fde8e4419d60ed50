# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the record of a call, once or, derived anew from the journal, again."""

from __future__ import annotations

import sqlite3

import msgspec

from firmware.exchange.vocabulary import CallRecord, Instant
from firmware.store.masking import mask


def add(db: sqlite3.Connection, record: CallRecord, journal_position: int) -> int:
    """Keep the record of a call; the same call (number and beginning) takes the place and id of its former record.

    Returns the row's id, by which pages know the call: call numbers may begin anew where a box lost its
    snapshot.
    """
    same = (record.call, record.began.civil_ns)
    former = db.execute("SELECT id FROM calls WHERE call = ? AND began_ns = ?", same).fetchone()
    db.execute("DELETE FROM calls WHERE call = ? AND began_ns = ?", same)
    row = {
        "id": former[0] if former else None,
        "call": record.call,
        "direction": record.direction,
        "line": record.line,
        "caller_number": record.caller.number or record.caller.extension,
        "caller_name": record.caller.name,
        "called": record.called,
        "began_ns": record.began.civil_ns,
        "answered_ns": record.answered.civil_ns if record.answered else None,
        "ended_ns": record.ended.civil_ns,
        "began_mono_ns": record.began.mono_ns,
        "duration_ms": elapsed_ms(record.began, record.ended),
        "talk_ms": max((leg.talk_ms for leg in record.legs), default=0),
        "cause": record.cause.value,
        "released_by": record.released_by,
        "notice": record.notice,
        "agent": record.agent,
        "queue": record.queue,
        "revision": record.revision,
        "journal_position": journal_position,
    }
    marks = ", ".join(f":{name}" for name in row)
    call_id = db.execute(f"INSERT INTO calls ({', '.join(row)}) VALUES ({marks})", row).lastrowid
    assert call_id is not None
    # Apart from the columns, so that a search reads few pages.
    db.execute("INSERT INTO call_records VALUES (?, ?)", (call_id, msgspec.json.encode(record)))
    _add_numbers(db, call_id, record)
    _add_legs(db, call_id, record)
    _add_visits(db, call_id, record)
    return call_id


def elapsed_ms(began: Instant, ended: Instant) -> int:
    """How long something lasted, by the monotonic clock; by the wall clock where the machine was started in
    between."""
    mono_ns = ended.mono_ns - began.mono_ns
    return max(0, (mono_ns if mono_ns >= 0 else ended.civil_ns - began.civil_ns) // 1_000_000)


def _add_numbers(db: sqlite3.Connection, call_id: int, record: CallRecord) -> None:
    numbers = {record.caller.number, record.called}
    for leg in record.legs:
        numbers |= {leg.party.number, leg.party.extension}
    db.executemany(
        "INSERT INTO call_numbers VALUES (?, ?, ?, ?)",
        [(call_id, number, number[::-1], mask(number)) for number in sorted(numbers) if number],
    )


def _add_legs(db: sqlite3.Connection, call_id: int, record: CallRecord) -> None:
    db.executemany(
        "INSERT INTO legs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                call_id,
                leg.leg,
                leg.role,
                leg.port,
                leg.direction,
                leg.party.number,
                leg.party.extension,
                leg.began.civil_ns,
                leg.answered.civil_ns if leg.answered else None,
                elapsed_ms(leg.began, leg.ended),
                leg.talk_ms,
                leg.hold_ms,
                leg.cause.value,
                leg.agent,
                leg.recording,
            )
            for leg in record.legs
        ],
    )


def _add_visits(db: sqlite3.Connection, call_id: int, record: CallRecord) -> None:
    db.executemany(
        "INSERT INTO queue_visits VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                call_id,
                visit.queue,
                visit.entered.civil_ns,
                elapsed_ms(visit.entered, visit.left),
                visit.outcome,
                visit.agent,
                visit.position,
            )
            for visit in record.queue_visits
        ],
    )
