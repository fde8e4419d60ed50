# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of recordings and voicemail.  The row comes before the file, so no file is ever without one."""

from __future__ import annotations

import sqlite3

from dsp.vocabulary import SAMPLE_RATE_HZ
from firmware.exchange.vocabulary import Instant, SaveMessage
from firmware.store.calls import elapsed_ms

STATES = ("open", "closed", "interrupted", "failed", "purged")


def begin(
    db: sqlite3.Connection, recording: int, call: int, leg: int, port: int, file: str, began: Instant
) -> int:
    """The row of a recording about to begin, state "open".  file: its path below the recordings folder."""
    row = db.execute(
        "INSERT INTO recordings (recording, call, leg, port, file, state, began_ns, began_mono_ns)"
        " VALUES (?, ?, ?, ?, ?, 'open', ?, ?)",
        (recording, call, leg, port, file, began.civil_ns, began.mono_ns),
    ).lastrowid
    assert row is not None
    return row


def end(
    db: sqlite3.Connection, recording: int, state: str, samples: int, lost_samples: int = 0, error: str = ""
) -> None:
    """Close the newest recording of this number: "closed", "interrupted" or "failed"."""
    assert state in STATES
    db.execute(
        "UPDATE recordings SET state = ?, samples = ?, lost_samples = ?, error = ?"
        " WHERE id = (SELECT max(id) FROM recordings WHERE recording = ?)",
        (state, samples, lost_samples, error, recording),
    )


def end_file(db: sqlite3.Connection, file: str, state: str, samples: int, error: str = "") -> bool:
    """The sweeper's: close the recording of this file.  False where no row knows it."""
    assert state in STATES
    changed = db.execute(
        "UPDATE recordings SET state = ?, samples = ?, error = ? WHERE file = ?",
        (state, samples, error, file),
    )
    return changed.rowcount == 1


def adopt(db: sqlite3.Connection, file: str, samples: int, began_ns: int) -> None:
    """A row for a file found without one: its call isn't known."""
    db.execute(
        "INSERT INTO recordings (recording, call, leg, port, file, state, began_ns, began_mono_ns, samples,"
        " error)"
        " VALUES (0, 0, 0, 0, ?, 'interrupted', ?, 0, ?, 'found without a row') ON CONFLICT (file) DO"
        " NOTHING",
        (file, began_ns, samples),
    )


def open_files(db: sqlite3.Connection) -> list[str]:
    """The files of recordings still open: after a start, those that were cut."""
    return [file for (file,) in db.execute("SELECT file FROM recordings WHERE state = 'open' ORDER BY id")]


def knows_file(db: sqlite3.Connection, file: str) -> bool:
    return db.execute("SELECT 1 FROM recordings WHERE file = ?", (file,)).fetchone() is not None


def files_before(db: sqlite3.Connection, before_ns: int, limit: int) -> list[str]:
    """The oldest files begun before a moment, for purging.  Those of messages not heard yet are kept."""
    rows = db.execute(
        "SELECT file FROM recordings WHERE state IN ('closed', 'interrupted', 'failed') AND began_ns < ?"
        " AND id NOT IN (SELECT recording_id FROM messages WHERE heard_ns IS NULL AND recording_id IS NOT"
        " NULL)"
        " ORDER BY began_ns LIMIT ?",
        (before_ns, limit),
    )
    return [file for (file,) in rows]


def purge(db: sqlite3.Connection, file: str) -> None:
    """The file has been removed by retention; the row stays and says so."""
    db.execute("UPDATE recordings SET state = 'purged' WHERE file = ?", (file,))


# --- voicemail: a stretch of a call's recording ---


def save_message(db: sqlite3.Connection, message: SaveMessage) -> int:
    """Keep a voicemail; returns its row's id.  Saved twice (derived again) it stays one."""
    row = db.execute(
        "SELECT id, began_ns, began_mono_ns FROM recordings WHERE recording = ? ORDER BY id DESC",
        (message.recording,),
    ).fetchone()
    recording_id, offset_ms = None, 0
    if row:
        recording_id = row[0]
        offset_ms = elapsed_ms(Instant(row[2], row[1]), message.began)
    db.execute(
        "INSERT INTO messages (mailbox, call, recording_id, caller_number, caller_name, began_ns, offset_ms,"
        " length_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (call, began_ns) DO NOTHING",
        (
            message.mailbox,
            message.call,
            recording_id,
            message.caller.number or message.caller.extension,
            message.caller.name,
            message.began.civil_ns,
            offset_ms,
            elapsed_ms(message.began, message.ended),
        ),
    )
    (found,) = db.execute(
        "SELECT id FROM messages WHERE call = ? AND began_ns = ?", (message.call, message.began.civil_ns)
    ).fetchone()
    return int(found)


def keep_message(db: sqlite3.Connection, message: SaveMessage) -> dict[int, int]:
    """Keep a voicemail and count those nobody has heard, both or neither."""
    save_message(db, message)
    return new_counts(db)


def mark_heard(db: sqlite3.Connection, message: int, heard: bool, by: str, at_ns: int) -> int:
    """Mark a message heard or new again; returns its mailbox.  Raises KeyError where there is none."""
    mailbox = _mailbox_of(db, message)
    db.execute(
        "UPDATE messages SET heard_ns = ?, heard_by = ? WHERE id = ?",
        (at_ns if heard else None, by if heard else "", message),
    )
    return mailbox


def remove_message(db: sqlite3.Connection, message: int) -> int:
    """Forget a message (its recording stays as long as the call's); returns its mailbox.  Raises KeyError."""
    mailbox = _mailbox_of(db, message)
    db.execute("DELETE FROM messages WHERE id = ?", (message,))
    return mailbox


def new_counts(db: sqlite3.Connection) -> dict[int, int]:
    """How many messages nobody has heard, by mailbox; boxes with none are not in it."""
    rows = db.execute("SELECT mailbox, count(*) FROM messages WHERE heard_ns IS NULL GROUP BY mailbox")
    return {int(mailbox): int(count) for mailbox, count in rows}


def length_ms(samples: int) -> int:
    return samples * 1_000 // SAMPLE_RATE_HZ


def _mailbox_of(db: sqlite3.Connection, message: int) -> int:
    row = db.execute("SELECT mailbox FROM messages WHERE id = ?", (message,)).fetchone()
    if row is None:
        raise KeyError(message)
    return int(row[0])
