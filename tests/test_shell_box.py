# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""switchroomd as a process: ready, killed, started again, stopped, and with a data folder it can't use."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from dsp.wav import read
from firmware.journal import Closing, Reading
from firmware.journal_files import segments
from firmware.replay import replay
from tests.running_box import (
    WITHIN_S,
    call_the_centre,
    call_the_other_phone,
    client,
    daemon,
    lift_and_dial,
    phones,
    query,
    until,
)


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
            call_the_centre(asking)
            asking.request("bench_lift", who="phone:801")
            until(lambda: phones(asking)["801"] == "talking")
            lift_and_dial(asking, "phone:802", "110")
            until(lambda: any(desk["ringing"] for desk in asking.request("bench_status")["emergency_desks"]))
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
