# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A switchroomd in a process of its own, for tests that kill it, starve it, or just use it as a centre would."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from firmware.client import Client

WITHIN_S = 60.0
CALLER = "outside:13900000001"
PILOT = "02088880000"


class Daemon:
    """A running switchroomd.

    ports: outside lines and desk phones.  within: a command it is run by (`unshare ...`), which must exec it.
    """

    def __init__(
        self,
        data: Path,
        *arguments: str,
        ports: str = "2,2",
        within: Sequence[str] = (),
        env: dict[str, str] | None = None,
    ) -> None:
        self.data = data
        command = [sys.executable, "-m", "firmware.main", "--data", str(data), "--simulated", ports]
        self.process = subprocess.Popen(
            [*within, *command, "--tick-ms", "20", *arguments],
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
def daemon(
    data: Path,
    *arguments: str,
    ports: str = "2,2",
    within: Sequence[str] = (),
    env: dict[str, str] | None = None,
) -> Iterator[Daemon]:
    running = Daemon(data, *arguments, ports=ports, within=within, env=env)
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


def lift_and_dial(asking: Client, who: str, digits: str) -> None:
    """Somebody lifts a telephone, waits for dial tone and dials."""
    asking.request("bench_lift", who=who)
    until(lambda: {"dial", "stutter_dial"} & set(telephone(asking, who)["tones"]))
    asking.request("bench_dial", who=who, digits=digits)


def call_the_centre(asking: Client) -> None:
    """An outside telephone calls, until a desk phone rings."""
    lift_and_dial(asking, CALLER, PILOT)
    until(lambda: phones(asking)["801"] == "ringing")


def call_the_other_phone(asking: Client) -> None:
    """801 calls 802, which rings: the box acts on hooks and keys (a line's ring takes ten seconds more)."""
    asking.request("bench_lift", who="phone:801")
    until(lambda: phones(asking)["801"] == "dial_tone")
    asking.request("bench_dial", who="phone:801", digits="802")
    until(lambda: phones(asking)["802"] == "ringing")


def telephone(asking: Client, who: str) -> dict[str, Any]:
    """What one telephone hears and does: `phone:801` or `outside:13900000001`."""
    status = asking.request("bench_status")
    found: dict[str, Any] = next(
        each for each in (*status["desks"], *status["outside"]) if each["who"] == who
    )
    return found


def query(data: Path, text: str) -> list[Any]:
    with closing(sqlite3.connect(data / "switchroom.db", timeout=30)) as db:
        return db.execute(text).fetchall()
