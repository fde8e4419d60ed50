# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at moments nobody chose: while it starts, in a call, between calls, just after one."""

from __future__ import annotations

import random
from pathlib import Path

from dsp.wav import read
from firmware.client import Client
from firmware.replay import replay
from tests.running_box import call_the_other_phone, client, daemon, phones, query, until

BYTES_A_S = 16_000


def end_the_call(asking: Client) -> None:
    for phone in ("801", "802"):
        asking.request("bench_hang_up", who=f"phone:{phone}")
    until(lambda: set(phones(asking).values()) == {"idle"})


def talk(asking: Client) -> None:
    call_the_other_phone(asking)
    asking.request("bench_lift", who="phone:802")
    until(lambda: phones(asking)["801"] == "talking")


def files(data: Path) -> dict[Path, int]:
    """Every recording with the bytes it has."""
    return {path: path.stat().st_size for path in (data / "recordings").rglob("*.wav")}


def calls(data: Path) -> set[tuple[int, int]]:
    """What whoever asks for the calls is shown."""
    return set(query(data, "SELECT call, began_ns FROM calls"))


def test_kill_9_at_any_moment_loses_no_record_and_at_most_a_second_of_sound(tmp_path: Path) -> None:
    draw = random.Random(4)
    shown: set[tuple[int, int]] = set()
    grown: dict[Path, int] = {}
    for calls_before in (1, 0, 2):
        with daemon(tmp_path) as box:
            box.says("started:")
            assert shown <= calls(tmp_path)
            with client(tmp_path / "switchroom.sock") as asking:
                for _ in range(calls_before):
                    talk(asking)
                    end_the_call(asking)
                talk(asking)
                enough = sum(files(tmp_path).values()) + draw.randrange(4 * BYTES_A_S)
                until(lambda enough=enough: sum(files(tmp_path).values()) >= enough)
                shown = calls(tmp_path)
                grown = files(tmp_path)
                box.kill()
        with daemon(tmp_path) as starting:  # and once more in the middle of its start
            starting.says(draw.choice(("started:", "INFO", "")))
            starting.kill()
    with daemon(tmp_path) as box:
        box.says("started:")
        until(lambda: len(calls(tmp_path)) == 6)
        until(lambda: not query(tmp_path, "SELECT file FROM recordings WHERE state = 'open'"))
        assert box.stop() == 0
    assert shown <= calls(tmp_path)
    assert query(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    causes = query(tmp_path, "SELECT cause, count(*) FROM calls GROUP BY cause ORDER BY cause")
    assert causes == [("interrupted", 3), ("normal", 3)]
    for path, size in grown.items():
        assert read(path).samples >= (size - BYTES_A_S) / 2, path.name
    rows = query(tmp_path, "SELECT file, samples, state FROM recordings")
    assert {tmp_path / "recordings" / file for file, _, _ in rows} == set(files(tmp_path))
    assert {file: read(tmp_path / "recordings" / file).samples for file, _, _ in rows} == {
        file: samples for file, samples, _ in rows
    }
    assert sorted(state for _, _, state in rows) == ["closed"] * 3 + ["interrupted"] * 3
    assert replay(tmp_path / "journal").agrees
