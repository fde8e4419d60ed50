# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The service's event stream, handed on to every browser that has the board open.

One thread a role follows the service's stream as that role (numbers are masked there), keeps the whole board, and
copies each report into a bounded box for every browser.  A browser that reads too slowly gets the whole board again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from queue import Empty, Full, Queue
from typing import Any

from firmware.client import Client, ClientError, Unreachable
from webui.access import Role

log = logging.getLogger(__name__)

KEPT = {"line": ("lines", "port"), "phone": ("phones", "port"), "agent": ("agents", "agent"),
        "queue": ("queues", "queue"), "call": ("calls", "call")}  # fmt: skip
ALARMS_MAX = 50
BROWSERS_MAX = 64  # of the server's 96 threads: the others must go on serving pages
WAITING_MAX = 500
HEARTBEAT_S = 15.0
RETRY_S = 1.0

Message = tuple[str, dict[str, Any]]


class TooMany(Exception):
    """More event streams than the server has threads for."""


class Board:
    """The present state of everything, by kind and number, as the stream told it."""

    def __init__(self, whole: dict[str, Any] | None = None) -> None:
        self._parts: dict[str, dict[int, dict[str, Any]]] = {part: {} for part, _ in KEPT.values()}
        self._alarms: list[dict[str, Any]] = []
        for part, key in KEPT.values():
            self._parts[part] = {row[key]: row for row in (whole or {}).get(part, ())}
        self._alarms = list((whole or {}).get("alarms", ()))[-ALARMS_MAX:]

    def apply(self, report: dict[str, Any]) -> None:
        kind = report.get("kind", "")
        if kind == "alarm":
            self._alarms = [*self._alarms, report][-ALARMS_MAX:]
        elif kind in KEPT:
            part, key = KEPT[kind]
            if kind == "call" and report["state"] == "ended":
                self._parts[part].pop(report[key], None)
            else:
                self._parts[part][report[key]] = report

    def whole(self) -> dict[str, Any]:
        parts: dict[str, Any] = {
            part: [rows[key] for key in sorted(rows)] for part, rows in self._parts.items()
        }
        return parts | {"alarms": list(self._alarms)}


class Live:
    def __init__(self, socket: Path, browsers_max: int = BROWSERS_MAX) -> None:
        self._socket = socket
        self._lock = threading.Lock()
        self._followers: dict[Role, _Follower] = {}
        self._closing = threading.Event()
        self._places = threading.BoundedSemaphore(browsers_max)
        self.browsers = 0

    def close(self) -> None:
        self._closing.set()

    def messages(self, role: Role) -> Generator[Message, None, None]:
        """What one browser is told: ("board", whole) first and after a gap, ("report", one), ("away", {}), ("beat", {})

        Raises TooMany when every place is taken.
        """
        if not self._places.acquire(blocking=False):
            raise TooMany
        try:
            self._count(1)
            yield from self._follower(role).messages()
        finally:
            self._count(-1)
            self._places.release()

    def _count(self, change: int) -> None:
        with self._lock:
            self.browsers += change

    def _follower(self, role: Role) -> _Follower:
        with self._lock:
            follower = self._followers.get(role)
            if follower is None:
                follower = self._followers[role] = _Follower(self._socket, role, self._closing)
            return follower


class _Follower:
    """Follows the stream as one role for as long as the process lives."""

    def __init__(self, socket: Path, role: Role, closing: threading.Event) -> None:
        self._role = role
        self._closing = closing
        self._lock = threading.Lock()
        self._board: Board | None = None  # None: the service is away
        self._browsers: set[Queue[Message]] = set()
        self._client = Client(socket)
        threading.Thread(target=self._run, name=f"live-{role.value}", daemon=True).start()

    def messages(self) -> Iterator[Message]:
        box: Queue[Message] = Queue(WAITING_MAX)
        with self._lock:
            self._browsers.add(box)
            box.put_nowait(self._first())
        try:
            while not self._closing.is_set():
                try:
                    yield box.get(timeout=HEARTBEAT_S)
                except Empty:
                    yield "beat", {}
        finally:
            with self._lock:
                self._browsers.discard(box)

    def _first(self) -> Message:
        return ("away", {}) if self._board is None else ("board", self._board.whole())

    def _tell(self, message: Message) -> None:
        for box in self._browsers:
            try:
                box.put_nowait(message)
            except Full:
                with box.mutex:
                    box.queue.clear()
                box.put_nowait(self._first())

    def _run(self) -> None:
        actor = {"kind": "web", "name": "board", "role": self._role.value}
        while not self._closing.is_set():
            try:
                for line in self._client.events(actor=actor):
                    self._take(line)
            except (Unreachable, ClientError) as error:
                log.info("the event stream ended: %s", error)
            self._gone()
            self._closing.wait(RETRY_S)

    def _take(self, line: dict[str, Any]) -> None:
        with self._lock:
            if "resync" in line:
                self._board = Board(line["resync"])
                self._tell(self._first())
            elif self._board is not None and "report" in line:
                self._board.apply(line["report"])
                self._tell(("report", line["report"]))

    def _gone(self) -> None:
        with self._lock:
            if self._board is not None:
                self._board = None
                self._tell(("away", {}))
