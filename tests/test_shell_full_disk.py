# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A disk that is really full: calls go on, recording says that it stopped, and with room again all is as before."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from firmware.client import Client
from tests.running_box import Daemon, call_the_other_phone, client, daemon, lift_and_dial, phones, until

DISK_BYTES = 6_000_000
OWN_DISK = (
    "unshare",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    f'mount -t tmpfs -o size={DISK_BYTES} tmpfs "$0" && exec "$@"',
)
"""A small disk of the daemon's own, which nobody needs to be root for."""


@pytest.fixture
def own_disk(tmp_path: Path) -> Iterator[Sequence[str]]:
    disk = tmp_path / "disk"
    disk.mkdir()
    within = (*OWN_DISK, str(disk))
    tried = subprocess.run([*within, "true"], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"this machine lets nobody mount a disk of their own: {tried.stderr.strip()}")
    yield within


def fill(disk: Path) -> Path:
    """Leave not one byte free."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue
    return ballast


def talk(asking: Client) -> None:
    call_the_other_phone(asking)
    asking.request("bench_lift", who="phone:802")
    until(lambda: phones(asking)["801"] == "talking")


def hang_up(asking: Client) -> None:
    for phone in ("801", "802"):
        asking.request("bench_hang_up", who=f"phone:{phone}")
    until(lambda: set(phones(asking).values()) == {"idle"})


def told(asking: Client) -> set[str]:
    return {alarm["what"] for alarm in asking.request("status")["board"]["alarms"]}


def ask_there(box: Daemon, data: Path, *arguments: str) -> Any:
    """What the command line says where the daemon's disk is."""
    there = ("nsenter", "--user", "--preserve-credentials", "--mount", f"--target={box.process.pid}")
    command = (sys.executable, "-m", "firmware.cli", "--data", str(data), *arguments, "--json")
    done = subprocess.run([*there, *command], capture_output=True, text=True, check=True, cwd=Path.cwd())
    return json.loads(done.stdout)


def listed(box: Daemon, data: Path) -> list[Any]:
    found: list[Any] = ask_there(box, data, "calls")["rows"]
    return found


def recordings(disk: Path) -> dict[str, int]:
    """Bytes by file."""
    return {path.name: path.stat().st_size for path in (disk / "recordings").rglob("*.wav")}


def test_on_a_full_disk_calls_go_on_and_recording_says_that_it_stopped(
    tmp_path: Path, own_disk: Sequence[str]
) -> None:
    socket = tmp_path / "s"
    sockets = ("--socket", str(socket), "--audio-socket", str(tmp_path / "a"))
    with daemon(tmp_path / "disk", *sockets, within=own_disk) as box:
        box.says("started:")
        disk = Path(f"/proc/{box.process.pid}/root{tmp_path}/disk")
        assert disk.stat().st_dev != tmp_path.stat().st_dev
        with client(socket) as asking:
            talk(asking)
        until(lambda: recordings(disk))
        ballast = fill(disk)
        with client(socket) as asking:
            until(lambda: told(asking) >= {"recording_failed", "store_refuses"})
            assert [phones(asking)[phone] for phone in ("801", "802")] == ["talking"] * 2
            hang_up(asking)
            lift_and_dial(asking, "phone:801", "110")
            until(lambda: any(desk["off_hook"] for desk in asking.request("bench_status")["emergency_desks"]))
            hang_up(asking)
            talk(asking)
            hang_up(asking)
            assert len(recordings(disk)) == 1, "nothing was begun that could not be written"
            ballast.unlink()
            until(lambda: len(listed(box, tmp_path / "disk")) == 3)
            talk(asking)
            until(lambda: max(recordings(disk).values()) > 16_000)
            hang_up(asking)
            until(lambda: len(listed(box, tmp_path / "disk")) == 4)
        replayed = ask_there(box, tmp_path / "disk", "replay", str(tmp_path / "disk" / "journal"))
        assert replayed["agrees"]
        assert box.stop() == 0
