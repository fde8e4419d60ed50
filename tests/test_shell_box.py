# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""switchroomd as a process: ready, killed, started again, stopped, and with a data folder it can't use."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from dsp.wav import read
from firmware.client import Client
from firmware.journal import Closing, Reading
from firmware.journal_files import segments
from firmware.replay import replay

WITHIN_S = 60.0
CALLER = "outside:13900000001"
PILOT = "02088880000"


class Daemon:
    """A running switchroomd with two lines and two phones."""

    def __init__(self, data: Path, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.data = data
        command = [sys.executable, "-m", "firmware.main", "--data", str(data), "--simulated", "2,2"]
        self.process = subprocess.Popen(
            [*command, "--tick-ms", "20", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(env or {})},
        )
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()

    def says(self, what: str) -> str:
        """The first log line that holds this, waited for."""

        def found() -> str | None:
            return next((line for line in self.lines if what in line), None)

        with self._news:
            assert self._news.wait_for(found, WITHIN_S), "".join(self.lines)
            line = found()
        assert line is not None
        return line

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.end()

    def stop(self) -> int:
        self.process.terminate()
        return self.end()

    def end(self) -> int:
        code = self.process.wait(WITHIN_S)
        self._reader.join(WITHIN_S)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


@contextmanager
def daemon(data: Path, *arguments: str, env: dict[str, str] | None = None) -> Iterator[Daemon]:
    running = Daemon(data, *arguments, env=env)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()


@contextmanager
def client(path: Path) -> Iterator[Client]:
    asking = Client(path)
    try:
        yield asking
    finally:
        asking.close()


def until(condition: Callable[[], Any]) -> Any:
    """What the condition gives as soon as it is true."""
    deadline_s = time.monotonic() + WITHIN_S
    while not (found := condition()):
        assert time.monotonic() < deadline_s, "it did not come about in time"
        time.sleep(0.05)  # another process: what it does to files tells nobody
    return found


def phones(asking: Client) -> dict[str, str]:
    return {phone["extension"]: phone["state"] for phone in asking.request("status")["board"]["phones"]}


def call_the_centre(asking: Client) -> None:
    """An outside telephone calls, until a desk phone rings."""
    asking.request("bench_lift", who=CALLER)
    until(lambda: "dial" in outside(asking)["tones"])
    asking.request("bench_dial", who=CALLER, digits=PILOT)
    until(lambda: phones(asking)["801"] == "ringing")


def call_the_other_phone(asking: Client) -> None:
    """801 calls 802, which rings: the box acts on hooks and keys (a line's ring takes ten seconds more)."""
    asking.request("bench_lift", who="phone:801")
    until(lambda: phones(asking)["801"] == "dial_tone")
    asking.request("bench_dial", who="phone:801", digits="802")
    until(lambda: phones(asking)["802"] == "ringing")


def outside(asking: Client) -> dict[str, Any]:
    found: dict[str, Any] = asking.request("bench_status")["outside"][0]
    return found


def query(data: Path, text: str) -> list[Any]:
    with closing(sqlite3.connect(data / "switchroom.db", timeout=30)) as db:
        return db.execute(text).fetchall()


def test_kill_9_in_a_call_costs_a_second_of_sound_and_no_record(tmp_path: Path) -> None:
    with daemon(tmp_path) as first:
        first.says("started:")
        with client(tmp_path / "switchroom.sock") as asking:
            asking.request("log_in", agent=102, extension="802")
            asking.request("pause", agent=102, pause_code=4)
            call_the_centre(asking)
            asking.request("bench_lift", who="phone:801")
            until(lambda: phones(asking)["801"] == "talking")
            recording = until(lambda: next((tmp_path / "recordings").rglob("*.wav"), None))
            until(lambda: recording.stat().st_size > 6 * 16_000)
            shown = recording.stat().st_size
            first.kill()
    with daemon(tmp_path) as second:
        second.says("started:")
        second.says("cut ones mended")
        until(lambda: query(tmp_path, "SELECT 1 FROM calls"))
        assert query(tmp_path, "SELECT caller_number, cause FROM calls") == [("13900000001", "interrupted")]
        ((state, samples),) = query(tmp_path, "SELECT state, samples FROM recordings")
        assert state == "interrupted"
        assert samples >= shown / 2 - 8_000
        assert read(recording).samples == samples
        with client(tmp_path / "switchroom.sock") as asking:
            status = asking.request("status")
            assert status["epoch"] == 2
            agents = {agent["agent"]: agent["state"] for agent in status["board"]["agents"]}
            assert agents[102] == "paused"
            call_the_other_phone(asking)
        assert second.stop() == 0
    assert replay(tmp_path / "journal").agrees


def test_it_is_ready_when_it_says_so_and_stops_in_good_order(tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
        systemd.bind(str(address))
        systemd.settimeout(WITHIN_S)
        with daemon(tmp_path / "var", env={"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "400000"}) as box:
            assert systemd.recv(100) == b"READY=1"
            assert systemd.recv(100) == b"WATCHDOG=1"
            with client(tmp_path / "var" / "switchroom.sock") as asking:
                assert asking.request("status")["service"]["bare"] == ""
            refused = subprocess.run(
                [sys.executable, "-m", "firmware.main", "--data", str(tmp_path / "var")],
                capture_output=True,
                text=True,
                timeout=WITHIN_S,
            )
            assert refused.returncode == 1
            assert "another service runs" in refused.stderr
            assert box.stop() == 0
    last = segments(tmp_path / "var" / "journal")[-1]
    assert isinstance(list(Reading(last.read()))[-1], Closing)
    assert not (tmp_path / "var" / "switchroom.sock").exists()


def test_without_a_database_it_still_connects_calls(tmp_path: Path) -> None:
    (tmp_path / "switchroom.db").mkdir()
    with daemon(tmp_path) as box:
        box.says("started:")
        with client(tmp_path / "switchroom.sock") as asking:
            assert asking.request("status")["service"]["bare"] == "database"
            call_the_other_phone(asking)


def test_without_any_disk_it_still_connects_calls(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    sockets = ("--socket", str(tmp_path / "s"), "--audio-socket", str(tmp_path / "a"))
    with daemon(tmp_path / "var", *sockets) as box:
        box.says("started:")
        with client(tmp_path / "s") as asking:
            assert asking.request("status")["service"]["bare"] == "disk"
            call_the_other_phone(asking)
        assert box.stop() == 0


def test_settings_that_cannot_be_read_give_way_to_the_last_good_ones(tmp_path: Path) -> None:
    with daemon(tmp_path) as first:
        first.says("started:")
        assert first.stop() == 0
    copy = (tmp_path / "settings.toml").read_text("utf-8")
    (tmp_path / "settings.toml").write_text(copy.replace('extension = "801"', 'extension = "855"'), "utf-8")
    with closing(sqlite3.connect(tmp_path / "switchroom.db")) as db:
        db.execute("UPDATE settings_revisions SET settings = '{\"centre\": 5'")
        db.commit()
    with daemon(tmp_path) as second:
        second.says("started:")
        with client(tmp_path / "switchroom.sock") as asking:
            assert asking.request("status")["service"]["bare"] == "settings"
            until(lambda: "855" in phones(asking))
