# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Stored secrets: hashes of PINs by subject and of users' passwords, with their failed tries.  Never the
secret.

Hashing takes a tenth of a second on purpose: `hash_secret` and `agrees` belong in a thread, never in the
writer's.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP Password Storage: argon2id with 19 MiB, 2 passes, 1 lane at the least.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@dataclass(frozen=True, slots=True)
class Credential:
    """What is known of a subject's secret.  locked_until_ns: civil time; 0 where it isn't locked."""

    hash: str
    tries: int
    locked_until_ns: int


def hash_secret(secret: str) -> str:
    return _HASHER.hash(secret)


def agrees(hashed: str | None, secret: str) -> bool:
    """Whether the secret is the one that was hashed.  A subject nobody knows (None) takes the same time to
    refuse."""
    try:
        _HASHER.verify(hashed if hashed is not None else _nobody(), secret)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def find(db: sqlite3.Connection, subject: str) -> Credential | None:
    row = db.execute(
        "SELECT hash, tries, locked_until_ns FROM credentials WHERE subject = ?", (subject,)
    ).fetchone()
    return Credential(*row) if row else None


def put(db: sqlite3.Connection, subject: str, hashed: str, at_ns: int) -> None:
    """Store a new secret's hash; former tries and locks are forgotten."""
    db.execute(
        "INSERT INTO credentials (subject, hash, changed_ns) VALUES (?, ?, ?) ON CONFLICT (subject)"
        " DO UPDATE SET hash = excluded.hash, tries = 0, locked_until_ns = 0, changed_ns ="
        " excluded.changed_ns",
        (subject, hashed, at_ns),
    )


def remove(db: sqlite3.Connection, subject: str) -> bool:
    return db.execute("DELETE FROM credentials WHERE subject = ?", (subject,)).rowcount == 1


def note_right(db: sqlite3.Connection, subject: str) -> None:
    db.execute("UPDATE credentials SET tries = 0, locked_until_ns = 0 WHERE subject = ?", (subject,))


def note_wrong(db: sqlite3.Connection, subject: str, at_ns: int, tries_max: int, lock_s: int) -> bool:
    """Count a wrong try; True where it has locked the subject for `lock_s`."""
    return _count_wrong(db, "credentials", "subject", subject, at_ns, tries_max, lock_s)


def note_wrong_password(db: sqlite3.Connection, user: str, at_ns: int, tries_max: int, lock_s: int) -> bool:
    return _count_wrong(db, "users", "name", user, at_ns, tries_max, lock_s)


def _count_wrong(
    db: sqlite3.Connection, table: str, key: str, value: str, at_ns: int, tries_max: int, lock_s: int
) -> bool:
    row = db.execute(
        f"UPDATE {table} SET tries = tries + 1 WHERE {key} = ? RETURNING tries", (value,)
    ).fetchone()
    if row is None or row[0] < tries_max:
        return False
    db.execute(
        f"UPDATE {table} SET tries = 0, locked_until_ns = ? WHERE {key} = ?",
        (at_ns + lock_s * 1_000_000_000, value),
    )
    return True


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this")
