# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What all pages of one web process share: the service, the sessions, the records, the live board."""

from __future__ import annotations

import threading
import time
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.errors import StoreError
from firmware.store.queries import Queries
from firmware.store.reader import Reader
from webui import wording
from webui.access import Role
from webui.layout import Pages
from webui.limiter import Limiter
from webui.live import Live
from webui.notices import Notices
from webui.people import People
from webui.service import Away, Refused, Service
from webui.sessions import Sessions

if TYPE_CHECKING:
    from webui.visit import Visit

REMEMBERED_S = 5.0


class Site:
    """socket, data: the service's.  secure: pages are reached by TLS; behind_front: a server of ours is in front.

    bench_port: where browsers' sound enters; 0: nowhere.
    """

    def __init__(self, socket: Path, data: Path, secure: bool = False, behind_front: bool = False) -> None:
        self.data = data
        self.secure = secure
        self.behind_front = behind_front
        self.bench_port = 0
        self.service = Service(socket)
        self.people = People(self.service)
        self.sessions = Sessions(data / "web-sessions.db")
        self.limiter = Limiter()
        self.notices = Notices()
        self.pages = Pages()
        self.live = Live(socket)
        self.records = Queries(data / "switchroom.db")
        self._lock = threading.Lock()
        self._seen_at = float("-inf")
        self._timezone: tzinfo = wording.zone("Asia/Shanghai")
        self._bench = False

    def end_streams(self) -> None:
        """Let every page that listens go; a server can then stop."""
        self.live.close()

    def close(self) -> None:
        """Close what is open, once nobody asks for pages any more."""
        self.end_streams()
        self.sessions.close()
        self.records.close()

    def timezone(self) -> tzinfo:
        """The centre's zone, as last seen: times are written in it whether the service is there or not."""
        self._look()
        return self._timezone

    def audited(self, visit: Visit, action: str, detail: str) -> None:
        """Have the service write down what a person did here that changes nothing: heard, or took away."""
        visit.ask("audit", action=action, detail=detail)

    def has_bench(self) -> bool:
        """Whether the box runs on the simulated card."""
        self._look()
        return self._bench

    def forget(self) -> None:
        """Look anew at what is remembered, since settings were changed."""
        with self._lock:
            self._seen_at = float("-inf")

    def _look(self) -> None:
        with self._lock:
            if time.monotonic() - self._seen_at < REMEMBERED_S:
                return
            self._seen_at = time.monotonic()
        try:
            names = self.records.names(Reader("admin", "web"))
            self._timezone = wording.zone(names["timezone"])
            self._bench = self._bench_answers()
        except (Away, StoreError):
            return  # what was seen last still holds

    def _bench_answers(self) -> bool:
        try:
            self.service.ask("bench_status", "web", Role.ADMIN)
        except Refused:
            return False
        return True
