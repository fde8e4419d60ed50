# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The live board's stream: the whole first, each change after it, and the whole again after every gap."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web_box import Box, ServiceProcess, box, until  # noqa: F401
from webui.access import Role
from webui.live import WAITING_MAX, Board, Live, TooMany
from webui.server import make
from webui.site import Site


class Stream:
    """A browser's open event stream, read line by line."""

    def __init__(self, box: Box, who: Any) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=30)
        cookie = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
        self._connection.request("GET", "/events", headers={"Cookie": cookie, "Accept": "text/event-stream"})
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200
        assert self._answer.headers["Content-Type"].startswith("text/event-stream")
        self._events = self._read()

    def next(self, *kinds: str) -> tuple[str, Any]:
        """The next event of one of these kinds."""
        for kind, data in self._events:
            if kind in kinds:
                return kind, data
        raise AssertionError(f"the stream ended before {kinds}")

    def close(self) -> None:
        self._connection.close()

    def _read(self) -> Iterator[tuple[str, Any]]:
        kind = ""
        while line := self._answer.readline().decode().rstrip("\n"):
            pass
        while True:
            line = self._answer.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield kind, json.loads(line.removeprefix("data: "))


@pytest.fixture
def stream(box: Box) -> Iterator[Stream]:
    opened = Stream(box, box.admin)
    yield opened
    opened.close()


def test_the_whole_board_comes_first_and_then_each_change(box: Box, stream: Stream) -> None:
    _, first = stream.next("board")
    assert [line["port"] for line in first["board"]["lines"]] == [1, 2]
    assert first["now_ms"] > 1e12
    box.client.request("block_line", port=1, blocked=True)
    _, report = stream.next("report")
    while report.get("kind") != "line":
        _, report = stream.next("report")
    assert (report["port"], report["state"]) == (1, "blocked")
    box.client.request("block_line", port=1, blocked=False)


def test_a_new_board_begins_with_what_is_so_now(box: Box) -> None:
    box.client.request("block_line", port=2, blocked=True)
    until(lambda: _line_state(box, 2) == "blocked", "the line is blocked")
    box.client.request("block_line", port=2, blocked=False)
    until(lambda: _line_state(box, 2) == "idle", "the line is back")


def _line_state(box: Box, port: int) -> str:
    opened = Stream(box, box.admin)
    try:
        _, told = opened.next("board")
    finally:
        opened.close()
    return str({line["port"]: line for line in told["board"]["lines"]}[port]["state"])


def test_a_killed_service_is_told_and_its_return_brings_the_whole_board(box: Box, stream: Stream) -> None:
    stream.next("board")
    box.service.kill()
    assert stream.next("away", "report")[0] == "away"
    page = box.admin.get("/calls")
    assert page.status == 200  # what is on record needs no service
    assert box.admin.post("/agents/1/state", {"state": "ready"}).status == 503
    box.service.start()
    _, again = stream.next("board")
    assert [line["state"] for line in again["board"]["lines"]] == ["idle", "idle"]


def test_signing_out_ends_the_stream(box: Box) -> None:
    browser = box.user("supervisor")
    opened = Stream(box, browser)
    opened.next("board")
    browser.get("/board")
    browser.post("/signout")
    box.client.request("block_line", port=1, blocked=True)
    box.client.request("block_line", port=1, blocked=False)
    opened.close()
    assert browser.get("/events", Accept="text/event-stream").status == 401


def test_pages_started_before_the_service_say_so_and_recover_by_themselves(tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path)
    site = Site(tmp_path / "switchroom.sock", tmp_path)
    server = make(site, "127.0.0.1", 0)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        ask = http.client.HTTPConnection("127.0.0.1", int(server.bind_addr[1]), timeout=30)
        assert _status(ask, "/healthz")[1] == {"web": "ok", "service": "away"}
        assert _status(ask, "/signin")[0] == 200
        service.start()
        assert _status(ask, "/healthz")[1] == {"web": "ok", "service": "ok"}
        ask.close()
    finally:
        site.end_streams()
        server.stop()
        thread.join(10)
        site.close()
        service.stop()
        service.client.close()


def _status(connection: http.client.HTTPConnection, path: str) -> tuple[int, Any]:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, json.loads(body) if path == "/healthz" else body


def test_a_board_takes_reports_and_forgets_calls_that_ended() -> None:
    board = Board({"lines": [{"port": 1, "state": "idle"}], "calls": [{"call": 7, "state": "talking"}]})
    board.apply({"kind": "line", "port": 1, "state": "up"})
    board.apply({"kind": "call", "call": 7, "state": "ended"})
    board.apply({"kind": "call", "call": 8, "state": "ringing"})
    board.apply({"kind": "nobody knows this", "x": 1})
    whole = board.whole()
    assert whole["lines"] == [{"kind": "line", "port": 1, "state": "up"}]
    assert [call["call"] for call in whole["calls"]] == [8]


def test_a_slow_browser_is_given_the_whole_board_instead_of_a_backlog(tmp_path: Path) -> None:
    live = Live(tmp_path / "no.sock")
    follower = live._follower(Role.ADMIN)
    follower._take({"resync": {"lines": [{"port": 1, "state": "idle"}]}})
    slow = follower.messages()
    assert next(slow)[0] == "board"
    for number in range(WAITING_MAX + 1):
        follower._take({"report": {"kind": "line", "port": 1, "state": f"state {number}"}})
    kind, whole = next(slow)
    assert kind == "board"
    assert whole["lines"][0]["state"] == f"state {WAITING_MAX}"
    live.close()


def test_more_boards_than_there_are_threads_for_are_refused(tmp_path: Path) -> None:
    live = Live(tmp_path / "no.sock", browsers_max=2)
    opened = [live.messages(Role.ADMIN) for _ in range(3)]
    assert next(opened[0]) and next(opened[1])
    with pytest.raises(TooMany):
        next(opened[2])
    opened[0].close()
    assert next(live.messages(Role.ADMIN))
    live.close()
