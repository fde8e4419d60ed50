# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of the prompts somebody uploaded; the sound itself is a file in the prompts folder."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """An uploaded sound.  name: as the settings call it; file: below the prompts folder; samples at 8 kHz."""

    name: str
    title: str
    file: str
    samples: int
    sha256: str
    author: str
    at_ns: int


def put(db: sqlite3.Connection, prompt: Prompt) -> str | None:
    """Keep a prompt; one of the same name gives way, and its file's name is returned for removal."""
    before = find(db, prompt.name)
    db.execute(
        "INSERT OR REPLACE INTO prompts (name, title, file, samples, sha256, author, at_ns) VALUES (?, ?, ?,"
        " ?, ?, ?, ?)",
        (prompt.name, prompt.title, prompt.file, prompt.samples, prompt.sha256, prompt.author, prompt.at_ns),
    )
    return before.file if before and before.file != prompt.file else None


def remove(db: sqlite3.Connection, name: str) -> str:
    """Forget a prompt; returns its file's name.  Raises KeyError."""
    before = find(db, name)
    if before is None:
        raise KeyError(name)
    db.execute("DELETE FROM prompts WHERE name = ?", (name,))
    return before.file


def find(db: sqlite3.Connection, name: str) -> Prompt | None:
    row = db.execute(f"{_SELECT} WHERE name = ?", (name,)).fetchone()
    return Prompt(*row) if row else None


def all_prompts(db: sqlite3.Connection) -> list[Prompt]:
    return [Prompt(*row) for row in db.execute(f"{_SELECT} ORDER BY name")]


_SELECT = "SELECT name, title, file, samples, sha256, author, at_ns FROM prompts"
