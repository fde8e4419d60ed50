# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Who is signed in.  Sessions are the web process's own and outlive its restarts; of each token a digest is kept."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

IDLE_S = 8 * 3600  # a shift: an agent who comes back after lunch is still signed in
LONGEST_S = 24 * 3600
SESSIONS_MAX = 500

_SCHEMA = """
create table if not exists sessions (
    digest text primary key, user text not null, csrf text not null, began real not null, seen real not null
) without rowid
"""


@dataclass(frozen=True, slots=True)
class Session:
    digest: str
    user: str
    csrf: str


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Sessions:
    def __init__(self, path: Path | str, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._lock = threading.Lock()
        if path != ":memory:":
            Path(path).touch(mode=0o600)
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("pragma journal_mode=wal")
        self._database.execute(_SCHEMA)

    def open(self, user: str) -> str:
        """A new session's token.  The oldest go when there are too many, and those that have expired go now."""
        token, now = secrets.token_urlsafe(32), self._now()
        row = (_digest(token), user, secrets.token_urlsafe(24), now, now)
        with self._lock:
            self._database.execute(
                "delete from sessions where seen < ? or began < ?", (now - IDLE_S, now - LONGEST_S)
            )
            self._database.execute("insert into sessions values (?, ?, ?, ?, ?)", row)
            self._database.execute(
                "delete from sessions where digest in"
                " (select digest from sessions order by seen desc limit -1 offset ?)",
                (SESSIONS_MAX,),
            )
        return token

    def find(self, token: str, renew: bool = True) -> Session | None:
        """The session of a token, if it has not expired; renew: this counts as being there."""
        now, digest = self._now(), _digest(token)
        with self._lock:
            row = self._database.execute(
                "select user, csrf from sessions where digest = ? and seen >= ? and began >= ?",
                (digest, now - IDLE_S, now - LONGEST_S),
            ).fetchone()
            if row and renew:
                self._database.execute(
                    "update sessions set seen = ? where digest = ? and seen < ?", (now, digest, now - 60)
                )
        return Session(digest, row[0], row[1]) if row else None

    def still(self, digest: str) -> bool:
        """Whether a session is still there, without counting as being there."""
        now = self._now()
        with self._lock:
            row = self._database.execute(
                "select 1 from sessions where digest = ? and seen >= ? and began >= ?",
                (digest, now - IDLE_S, now - LONGEST_S),
            ).fetchone()
        return row is not None

    def end(self, digest: str) -> None:
        with self._lock:
            self._database.execute("delete from sessions where digest = ?", (digest,))

    def close(self) -> None:
        """Close the file; sessions outlive it."""
        with self._lock:
            self._database.close()

    def end_all_of(self, user: str, but: str = "") -> None:
        """End every session of a user: after a change of password, role or name."""
        with self._lock:
            self._database.execute("delete from sessions where user = ? and digest <> ?", (user, but))
