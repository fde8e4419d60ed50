# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The schema, as functions that were each run once; the database records which.

A migration that has left this house is never edited: a change is a new one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from time import time_ns

from firmware.errors import StoreError
from firmware.store import schema

Migration = Callable[[sqlite3.Connection], None]


def calls_and_records(db: sqlite3.Connection) -> None:
    """Calls (the whole record as JSON beside the columns that are searched), their parts, recordings,
    messages."""
    _run(db, schema.CALLS)
    _run(db, schema.RECORDINGS)


def people_settings_and_audit(db: sqlite3.Connection) -> None:
    """Who may do what, what was set, who did it, and what an admin must know."""
    _run(db, schema.PEOPLE)
    _run(db, schema.EVENTS)


MIGRATIONS: tuple[Migration, ...] = (calls_and_records, people_settings_and_audit)


def migrate(db: sqlite3.Connection) -> tuple[str, ...]:
    """Run what this database hasn't had yet, each in one transaction with its record.  Returns the names run.

    Raises StoreError for a database written by a newer Switchroom.
    """
    db.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, at_ns INTEGER NOT NULL)")
    had = applied(db)
    unknown = [name for name in had if name not in {each.__name__ for each in MIGRATIONS}]
    if unknown:
        raise StoreError(
            f"the database was written by a newer version (it has {unknown[0]!r}): update Switchroom first"
        )
    pending = [each for each in MIGRATIONS if each.__name__ not in had]
    for each in pending:
        db.execute("BEGIN IMMEDIATE")
        try:
            each(db)
            db.execute("INSERT INTO migrations VALUES (?, ?)", (each.__name__, time_ns()))
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
    return tuple(each.__name__ for each in pending)


def applied(db: sqlite3.Connection) -> tuple[str, ...]:
    """The migrations this database has had, in order."""
    return tuple(name for (name,) in db.execute("SELECT name FROM migrations ORDER BY rowid"))


def _run(db: sqlite3.Connection, script: str) -> None:
    # executescript() would commit the transaction this runs in.
    for statement in script.split(";"):
        if statement.strip():
            db.execute(statement)
