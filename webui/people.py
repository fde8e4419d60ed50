# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The users, as the service lists them, remembered for a few seconds so that every page need not ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from webui.access import Role
from webui.service import Answer, Away, Bare, Refused, Service
from webui.visit import User

REMEMBERED_S = 5.0


class People:
    """While the service is away the last list holds, so that pages can still say so to somebody."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._users: Mapping[str, User] = {}
        self._at = float("-inf")

    def find(self, name: str) -> User | None:
        with self._lock:
            if time.monotonic() - self._at > REMEMBERED_S:
                self._refresh()
            return self._users.get(name)

    def forget(self) -> None:
        """Ask anew at the next question, since somebody was changed."""
        with self._lock:
            self._at = float("-inf")

    def _refresh(self) -> None:
        try:
            listed = self._service.ask("user_list", "web", Role.ADMIN)["users"]
        except (Away, Refused) as gone:
            if self._users:
                return
            if isinstance(gone, Refused) and gone.cause == "unavailable":
                raise Bare(gone.detail) from gone
            raise
        self._users = {row["name"]: user_of(row) for row in listed}
        self._at = time.monotonic()


def user_of(row: Answer) -> User:
    return User(
        row["name"],
        Role(row["role"]),
        row.get("language") or "",
        bool(row.get("must_change")),
        int(row.get("agent") or 0),
        tuple(row.get("lines") or ()),
    )
