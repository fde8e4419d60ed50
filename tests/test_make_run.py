# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What `make run` starts: the service and the web process, of which neither takes the other with it; on which card."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from firmware.client import Client
from tests.running_box import until

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv" / "bin" / "switchroomd").exists(), reason="this tree was not prepared by make"
)


@contextmanager
def made_run(data: Path) -> Iterator[Callable[[str], str]]:
    """What `make run` starts, with its data in `data`; hands over a wait for a line of what it says."""
    here = dict(os.environ, DATA=str(data), PORT=str(free_port()), PORTS="1,2")
    running = subprocess.Popen(
        [ROOT / ".ci" / "serve"], env=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert running.stdout is not None

    def says(text: str) -> str:
        assert running.stdout is not None
        return next(line for line in running.stdout if text in line)

    try:
        yield says
    finally:
        running.terminate()
        running.stdout.read()
        running.stdout.close()
        assert running.wait(30) == 0


def test_a_part_of_make_run_that_is_killed_is_started_again_and_the_other_goes_on(tmp_path: Path) -> None:
    with made_run(tmp_path) as says, closing(Client(tmp_path / "switchroom.sock")) as asking:
        says("Ctrl-C stops it")
        epoch = asking.request("status")["epoch"]
        kill_one("webui", tmp_path)
        says("the web process was killed")
        says("pages on http://")
        assert asking.request("status")["epoch"] == epoch
        kill_one("switchroomd", tmp_path)
        says("the service was killed")
        says("started: ")
        until(lambda: asking.request("status")["epoch"] == epoch + 1)


@pytest.mark.skipif(Path("/dev/dahdi/ctl").exists(), reason="this machine has DAHDI")
def test_make_run_on_a_real_card_whose_driver_is_not_loaded_says_so_and_ends(tmp_path: Path) -> None:
    here = dict(os.environ, DATA=str(tmp_path), PORT=str(free_port()), CARD="dahdi")
    ended = subprocess.run([ROOT / ".ci" / "serve"], env=here, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "no DAHDI" in ended.stderr
    assert "the service has ended" in ended.stdout


def kill_one(name: str, data: Path) -> None:
    """The process of this program that works on this data folder."""
    (found,) = [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and {name, str(data)} <= words_of(process)
    ]
    os.kill(found, signal.SIGKILL)


def words_of(process: Path) -> set[str]:
    try:
        words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:  # it has ended meanwhile
        return set()
    return {Path(word).name for word in words} | set(words)


def free_port() -> int:
    """The first of two that are free together."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
