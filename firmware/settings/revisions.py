# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Settings are never overwritten: each change is a numbered revision with author and time, to compare and
restore."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from firmware.errors import StoreError
from firmware.settings.check import faults_of
from firmware.settings.model import Settings
from firmware.settings.toml import to_plain


class Conflict(Exception):
    """Somebody else has changed the settings meanwhile."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What is known of a revision beside its settings."""

    number: int
    author: str
    at_ns: int
    comment: str


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.  before or after is None where the path isn't on that side."""

    path: str
    before: Any
    after: Any


def add(
    db: sqlite3.Connection, settings: Settings, author: str, comment: str, at_ns: int, base: int | None = None
) -> int:
    """Keep these settings as a new revision; returns its number.

    base: the revision they were made from; Conflict is raised where it isn't the newest any more.
    """
    newest = newest_number(db)
    if base is not None and base != newest:
        raise Conflict(f"revision {newest} is in force by now, and this was made from {base}")
    text = json.dumps(to_plain(settings), ensure_ascii=False, separators=(",", ":"))
    db.execute(
        "INSERT INTO settings_revisions (number, author, at_ns, comment, settings) VALUES (?, ?, ?, ?, ?)",
        (newest + 1, author, at_ns, comment, text),
    )
    return newest + 1


def newest_number(db: sqlite3.Connection) -> int:
    """0 where there is none yet."""
    (number,) = db.execute("SELECT coalesce(max(number), 0) FROM settings_revisions").fetchone()
    return int(number)


def load(db: sqlite3.Connection, number: int | None = None) -> tuple[int, Settings] | None:
    """A revision, or the newest one, whole.  None where it isn't there; StoreError where it can't be read any
    more."""
    row = db.execute(
        "SELECT number, settings FROM settings_revisions WHERE ? IS NULL OR number = ? ORDER BY number DESC"
        " LIMIT 1",
        (number, number),
    ).fetchone()
    if row is None:
        return None
    try:
        return int(row[0]), Settings.model_validate_json(row[1])
    except ValidationError as error:
        why = "; ".join(str(fault) for fault in faults_of(error))
        raise StoreError(
            f"settings revision {row[0]} isn't understood: {why}; put others in force"
            " (switchroom settings apply FILE, or restore REVISION) and restart the service"
        ) from error


def ensure(db: sqlite3.Connection, first: Settings, at_ns: int) -> tuple[int, Settings]:
    """The newest revision; on an empty database, `first` is kept and becomes it."""
    found = load(db)
    return found if found else (add(db, first, "system", "factory state", at_ns), first)


def history(db: sqlite3.Connection, limit: int = 100) -> list[Revision]:
    rows = db.execute(
        "SELECT number, author, at_ns, comment FROM settings_revisions ORDER BY number DESC LIMIT ?", (limit,)
    )
    return [Revision(*row) for row in rows]


def compare(before: Settings, after: Settings) -> list[Change]:
    """What differs, by path.  Lists of lines, phones, agents... are matched by their own numbers, not by
    place."""
    return list(_differences("", to_plain(before), to_plain(after)))


# What tells one item of a list from another.
_KEYS = {
    "lines": "port",
    "phones": "port",
    "agents": "number",
    "queues": "number",
    "mailboxes": "number",
    "hours": "name",
    "flows": "name",
}


def _differences(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    key = _KEYS.get(path)
    if key and isinstance(before, list) and isinstance(after, list):
        yield from _differences_of(
            lambda name: f"{path}[{name}]",
            {item[key]: item for item in before},
            {item[key]: item for item in after},
        )
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _differences_of(lambda name: f"{path}.{name}" if path else str(name), before, after)
    else:
        yield Change(path, before, after)


def _differences_of(path: Any, before: dict[Any, Any], after: dict[Any, Any]) -> Iterator[Change]:
    for name in [*before, *(name for name in after if name not in before)]:
        yield from _differences(path(name), before.get(name), after.get(name))
