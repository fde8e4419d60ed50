# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Who may sign in on the web: name, role, password hash, and the agent or lines that are theirs."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

ROLES = ("admin", "supervisor", "agent", "merchant", "installer")
LANGUAGES = ("zh", "en")
NAME = re.compile(r"[a-z0-9][a-z0-9_.@-]{0,39}")
PASSWORD_LEAST = 8


class WrongUser(ValueError):
    """What is wrong with a user's data, in words."""


@dataclass(frozen=True, slots=True)
class User:
    """A web user.  agent: whose calls an agent sees; lines: whose calls a merchant sees."""

    name: str
    role: str
    password_hash: str
    language: str = "zh"
    agent: int = 0
    lines: tuple[int, ...] = ()
    must_change: bool = False
    locked_until_ns: int = 0

    def shown(self, now_ns: int) -> dict[str, Any]:
        """The user for screens: no hash."""
        return {
            "name": self.name,
            "role": self.role,
            "language": self.language,
            "agent": self.agent,
            "lines": list(self.lines),
            "must_change": self.must_change,
            "locked": self.locked_until_ns > now_ns,
        }


def add(db: sqlite3.Connection, user: User, at_ns: int) -> None:
    """Raises WrongUser; sqlite3.IntegrityError where the name is taken."""
    _check(user)
    db.execute(
        "INSERT INTO users (name, role, password_hash, language, agent, lines, must_change, changed_ns)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            user.name,
            user.role,
            user.password_hash,
            user.language,
            user.agent,
            json.dumps(user.lines),
            user.must_change,
            at_ns,
        ),
    )


def change(db: sqlite3.Connection, name: str, at_ns: int, /, **values: Any) -> User:
    """Change some fields of a user.  Raises KeyError, or WrongUser (also for taking away the last admin)."""
    user = find(db, name)
    if user is None:
        raise KeyError(name)
    changed = replace(user, **values)
    _check(changed)
    if user.role == "admin" and changed.role != "admin":
        _keep_an_admin(db)
    db.execute(
        "UPDATE users SET role = ?, password_hash = ?, language = ?, agent = ?, lines = ?, must_change = ?,"
        " changed_ns = ? WHERE name = ?",
        (
            changed.role,
            changed.password_hash,
            changed.language,
            changed.agent,
            json.dumps(changed.lines),
            changed.must_change,
            at_ns,
            name,
        ),
    )
    if "password_hash" in values:
        note_signed_in(db, name)
    return changed


def remove(db: sqlite3.Connection, name: str) -> None:
    """Raises KeyError, or WrongUser for the last admin."""
    user = find(db, name)
    if user is None:
        raise KeyError(name)
    if user.role == "admin":
        _keep_an_admin(db)
    db.execute("DELETE FROM users WHERE name = ?", (name,))


def note_signed_in(db: sqlite3.Connection, name: str) -> None:
    """Former wrong tries are forgotten."""
    db.execute("UPDATE users SET tries = 0, locked_until_ns = 0 WHERE name = ?", (name,))


def find(db: sqlite3.Connection, name: str) -> User | None:
    row = db.execute(f"{_SELECT} WHERE name = ?", (name,)).fetchone()
    return _user(row) if row else None


def everyone(db: sqlite3.Connection) -> list[User]:
    return [_user(row) for row in db.execute(f"{_SELECT} ORDER BY name")]


_SELECT = "SELECT name, role, password_hash, language, agent, lines, must_change, locked_until_ns FROM users"


def _user(row: tuple[Any, ...]) -> User:
    name, role, hashed, language, agent, lines, must_change, locked_until_ns = row
    return User(
        name, role, hashed, language, agent, tuple(json.loads(lines)), bool(must_change), locked_until_ns
    )


def _check(user: User) -> None:
    if not NAME.fullmatch(user.name):
        raise WrongUser(
            "name: small letters, digits and . _ @ -, at most 40, beginning with a letter or digit"
        )
    if user.role not in ROLES:
        raise WrongUser(f"role: one of {', '.join(ROLES)}")
    if user.language not in LANGUAGES:
        raise WrongUser(f"language: one of {', '.join(LANGUAGES)}")


def _keep_an_admin(db: sqlite3.Connection) -> None:
    (count,) = db.execute("SELECT count(*) FROM users WHERE role = 'admin'").fetchone()
    if count < 2:
        raise WrongUser("the last admin must stay an admin: name another one first")
