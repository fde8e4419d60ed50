# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The web process is killed while a call is up: the call goes on, and the next web process shows it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running_box import WITHIN_S, call_the_other_phone, client, daemon, phones, query, until


class Pages:
    """`python -m webui` on a free port."""

    def __init__(self, data: Path) -> None:
        command = [sys.executable, "-m", "webui", "--data", str(data), "--port", "0", "--bench-port", "0"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        found = next(filter(None, (re.search(r"http://[^:]+:(\d+)/", line) for line in self.process.stderr)))
        self.port = int(found[1])

    def ask(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WITHIN_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()


@contextmanager
def pages(data: Path) -> Iterator[Pages]:
    running = Pages(data)
    try:
        yield running
    finally:
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait(WITHIN_S)
        assert running.process.stderr is not None
        running.process.stderr.close()


def test_calls_outlive_the_web_process(tmp_path: Path) -> None:
    with daemon(tmp_path) as box, client(tmp_path / "switchroom.sock") as asking:
        box.says("started:")
        with pages(tmp_path) as first:
            assert first.ask("/signin") == 200
            call_the_other_phone(asking)
            asking.request("bench_lift", who="phone:802")
            until(lambda: phones(asking)["801"] == "talking")
        recording = until(lambda: next((tmp_path / "recordings").rglob("*.wav"), None))
        grown = recording.stat().st_size
        with pages(tmp_path) as second:
            assert second.ask("/signin") == 200
            until(lambda: recording.stat().st_size > grown + 16_000)
            assert [phones(asking)[phone] for phone in ("801", "802")] == ["talking"] * 2
            for phone in ("801", "802"):
                asking.request("bench_hang_up", who=f"phone:{phone}")
            until(lambda: query(tmp_path, "SELECT 1 FROM recordings WHERE state = 'closed'"))
        assert query(tmp_path, "SELECT cause FROM calls") == [("normal",)]
        assert box.stop() == 0
