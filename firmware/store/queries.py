# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Everything that may be read from the database, by whom.  Page, export and API all come through here.

Every question takes its `Reader` first; which rows are theirs and whether numbers are masked is decided below
this line and nowhere else.  Connections are read-only, one a thread.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from firmware.errors import StoreError
from firmware.store import call_search, figures, prompts
from firmware.store.call_search import CallFilter, Page
from firmware.store.opening import open_for_reading
from firmware.store.reader import Reader
from firmware.store.recordings import length_ms

STAFF = ("admin", "supervisor", "installer")
LISTENERS = ("admin", "supervisor", "agent", "merchant")


class Queries:
    """Reads one database.  A question raises StoreError where the file can't be read, NotAllowed for a wrong
    role."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}

    # --- calls ---

    def calls(
        self,
        reader: Reader,
        wanted: CallFilter | None = None,
        *,
        order: str = "newest",
        limit: int = 50,
        offset: int = 0,
    ) -> Page:
        """One page of calls.  order: a key of `call_search.ORDERS`."""
        return call_search.find_calls(self._db(), reader, wanted or CallFilter(), order, limit, offset)

    def call(self, reader: Reader, call_id: int) -> dict[str, Any] | None:
        """One call whole, by the id of its row; None where there is none this reader may see."""
        return call_search.find_call(self._db(), reader, call_id)

    def call_id(self, reader: Reader, call: int) -> int | None:
        """The id of the newest call with this number (as the event stream names it)."""
        return call_search.call_id_of(self._db(), reader, call)

    def recording_file(self, reader: Reader, recording_id: int) -> str | None:
        """The file of a recording, below the recordings folder; None where this reader may not hear it."""
        if reader.role not in LISTENERS:
            return None
        condition, values = reader.calls_clause()
        row = self._one(
            "SELECT file FROM recordings WHERE id = ? AND samples > 0 AND state != 'purged'"
            + (
                ""
                if reader.role in ("admin", "supervisor")
                else f" AND call IN (SELECT call FROM calls WHERE {condition}"
                " AND recordings.began_ns BETWEEN calls.began_ns - 86400000000000 AND calls.ended_ns +"
                " 86400000000000)"
            ),
            [recording_id, *values],
        )
        return str(row[0]) if row else None

    # --- voicemail ---

    def messages(
        self, reader: Reader, mailbox: int = 0, *, limit: int = 100, offset: int = 0
    ) -> list[dict[str, Any]]:
        """Messages, newest first.  Agents see every mailbox: a centre's voicemail is everybody's work."""
        reader.must_be("admin", "supervisor", "agent")
        rows = self._db().execute(
            "SELECT messages.id, mailbox, messages.call, recording_id, caller_number, caller_name,"
            " messages.began_ns,"
            " offset_ms, length_ms, heard_ns, heard_by FROM messages WHERE (? = 0 OR mailbox = ?)"
            " ORDER BY messages.began_ns DESC LIMIT ? OFFSET ?",
            (mailbox, mailbox, max(1, min(limit, call_search.PAGE_MAX)), max(0, offset)),
        )
        names = (
            "id",
            "mailbox",
            "call",
            "recording_id",
            "caller_number",
            "caller_name",
            "began_ns",
            "offset_ms",
            "length_ms",
            "heard_ns",
            "heard_by",
        )
        return [reader.sees(dict(zip(names, row, strict=True))) for row in rows]

    def message_file(self, reader: Reader, message: int) -> tuple[str, int, int] | None:
        """(file, offset in ms, length in ms) of a message."""
        reader.must_be("admin", "supervisor", "agent")
        row = self._one(
            "SELECT file, offset_ms, length_ms FROM messages JOIN recordings ON recordings.id = recording_id"
            " WHERE messages.id = ? AND recordings.state != 'purged'",
            [message],
        )
        return (str(row[0]), int(row[1]), int(row[2])) if row else None

    # --- figures ---

    def figures(
        self,
        reader: Reader,
        since_ns: int,
        until_ns: int,
        now_ns: int,
        *,
        by: str = "",
        timezone: str = "UTC",
    ) -> list[dict[str, Any]]:
        """Figures of the span (by ""), or of each local "day" or "hour" in it.  Agents see their own row
        alone.

        Each is {"label", "since_ns", "until_ns", "calls", "queues", "agents"}; `FORMULAS` says what they
        mean.
        """
        reader.must_be("admin", "supervisor", "agent")
        if by not in ("", "day", "hour"):
            raise ValueError("by: day, hour or nothing")
        spans = figures.buckets(since_ns, until_ns, timezone, by) if by else [("", since_ns, until_ns)]
        return [
            {"label": label, "since_ns": since, "until_ns": until}
            | self._figures(reader, since, until, now_ns)
            for label, since, until in spans
        ]

    def _figures(self, reader: Reader, since_ns: int, until_ns: int, now_ns: int) -> dict[str, Any]:
        db = self._db()
        if reader.role == "agent":
            own = figures.agent_figures(db, since_ns, until_ns, now_ns, reader.agent) if reader.agent else []
            return {"calls": {}, "queues": [], "agents": own}
        return {
            "calls": figures.call_figures(db, since_ns, until_ns),
            "queues": figures.queue_figures(db, since_ns, until_ns),
            "agents": figures.agent_figures(db, since_ns, until_ns, now_ns),
        }

    # --- who did what ---

    def audit(
        self, reader: Reader, *, name: str = "", action: str = "", limit: int = 100, offset: int = 0
    ) -> list[dict[str, Any]]:
        """Who commanded what, newest first."""
        reader.must_be("admin")
        rows = self._db().execute(
            "SELECT id, at_ns, kind, name, role, action, allowed, detail FROM audit"
            " WHERE (? = '' OR name = ?) AND (? = '' OR action = ?) ORDER BY id DESC LIMIT ? OFFSET ?",
            (name, name, action, action, max(1, min(limit, call_search.PAGE_MAX)), max(0, offset)),
        )
        names = ("id", "at_ns", "kind", "name", "role", "action", "allowed", "detail")
        return [dict(zip(names, row, strict=True)) | {"allowed": bool(row[6])} for row in rows]

    def alarms(self, reader: Reader, *, limit: int = 100, offset: int = 0) -> list[dict[str, Any]]:
        """What an admin had to know, newest first."""
        reader.must_be(*STAFF)
        rows = self._db().execute(
            "SELECT id, at_ns, what, port, detail FROM alarms ORDER BY id DESC LIMIT ? OFFSET ?",
            (max(1, min(limit, call_search.PAGE_MAX)), max(0, offset)),
        )
        names = ("id", "at_ns", "what", "port", "detail")
        return [reader.sees(dict(zip(names, row, strict=True))) for row in rows]

    # --- settings and prompts ---

    def settings_json(self, reader: Reader, revision: int | None = None) -> tuple[int, dict[str, Any]] | None:
        """(number, settings as plain data) of a revision, or of the newest."""
        reader.must_be(*STAFF)
        row = self._one(
            "SELECT number, settings FROM settings_revisions WHERE (? IS NULL OR number = ?)"
            " ORDER BY number DESC LIMIT 1",
            [revision, revision],
        )
        return (int(row[0]), json.loads(row[1])) if row else None

    def revisions(self, reader: Reader, *, limit: int = 100) -> list[dict[str, Any]]:
        reader.must_be(*STAFF)
        rows = self._db().execute(
            "SELECT number, author, at_ns, comment FROM settings_revisions ORDER BY number DESC LIMIT ?",
            (limit,),
        )
        return [dict(zip(("number", "author", "at_ns", "comment"), row, strict=True)) for row in rows]

    def names(self, reader: Reader) -> dict[str, Any]:
        """What lists show beside numbers, to every role: agents, queues, mailboxes, lines; language and time
        zone."""
        row = self._one("SELECT settings FROM settings_revisions ORDER BY number DESC LIMIT 1", [])
        settings = json.loads(row[0]) if row else {}
        centre = settings.get("centre", {})
        named = {
            kind: {item[key]: item["name"] for item in settings.get(kind, [])}
            for kind, key in (
                ("agents", "number"),
                ("queues", "number"),
                ("mailboxes", "number"),
                ("lines", "port"),
            )
        }
        return named | {
            "centre": centre.get("name", "Switchroom"),
            "timezone": centre.get("timezone", "Asia/Shanghai"),
            "language": centre.get("language", "zh"),
        }

    def prompts(self, reader: Reader) -> list[dict[str, Any]]:
        reader.must_be(*STAFF)
        return [
            asdict(prompt) | {"ms": length_ms(prompt.samples)} for prompt in prompts.all_prompts(self._db())
        ]

    # --- connections ---

    def close(self) -> None:
        """Close every thread's connection; nobody may be asking any more."""
        with self._lock:
            for db in self._connections.values():
                db.close()
            self._connections.clear()

    def _one(self, sql: str, values: list[Any]) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._db().execute(sql, values).fetchone()
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} can't be read: {error}") from error
        return row

    def _db(self) -> sqlite3.Connection:
        thread = threading.current_thread()
        with self._lock:
            if thread not in self._connections:
                self._connections[thread] = open_for_reading(self.path)
                for gone in [each for each in self._connections if not each.is_alive()]:
                    self._connections.pop(gone).close()
            return self._connections[thread]
