# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The command line: what it prints, how it ends, and that it ends well when something isn't there."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware.cli.command import AWAY, DONE, USAGE, WRONG, cell, lasted, table, width
from firmware.cli.main import GROUPS, main, parser
from firmware.prompt_audio import alaw_wav
from firmware.settings.factory import factory
from firmware.settings.toml import to_toml
from firmware.store import calls
from firmware.store.store import Store
from tests.call_records import CUSTOMER, a_call
from tests.quiet_exchange import Desk, desk

WAIT_S = 60


class Box:
    """A service in a thread of its own, and the command line in front of it."""

    def __init__(self, folder: Path, made: Desk, loop: asyncio.AbstractEventLoop) -> None:
        self.folder = folder
        self.made = made
        self.loop = loop

    def run(self, *arguments: str) -> tuple[int, str]:
        return run(self.folder, *arguments)

    def json(self, *arguments: str) -> Any:
        code, text = self.run(*arguments, "--json")
        assert code == DONE
        return json.loads(text)

    def tell(self, port: int, state: str) -> None:
        self.loop.call_soon_threadsafe(self.made.exchange.line, port, state)


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    return main(["--data", str(folder), *arguments], out), out.getvalue()


@contextmanager
def service(folder: Path) -> Iterator[Box]:
    ready, ended = threading.Event(), asyncio.Event()
    held: list[Box] = []

    async def serve() -> None:
        async with desk(folder) as made:
            held.append(Box(folder, made, asyncio.get_running_loop()))
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(WAIT_S)
        yield held[0]
    finally:
        held[0].loop.call_soon_threadsafe(ended.set)
        thread.join(WAIT_S)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with service(tmp_path / "box") as made:
        yield made


def test_status_shows_lines_as_a_table_and_all_as_json(box: Box) -> None:
    box.tell(1, "ringing")
    assert box.json("status")["board"]["lines"][0]["state"] == "ringing"
    code, text = box.run("status")
    assert code == DONE and "port  state" in text and "ringing" in text


def test_the_data_folder_may_be_named_behind_the_command_too(box: Box) -> None:
    out = io.StringIO()
    assert main(["settings", "history", "--data", str(box.folder)], out) == DONE
    assert "factory" in out.getvalue()


def test_events_are_told_until_there_are_enough(box: Box) -> None:
    box.tell(1, "idle")
    told: list[tuple[int, str]] = []
    thread = threading.Thread(target=lambda: told.append(box.run("events", "--count", "2", "--json")))
    thread.start()
    for number in range(5_000):
        box.tell(1 + number % 4, "ringing")
        thread.join(0.01)
        if not thread.is_alive():
            break
    ((code, text),) = told
    lines = [json.loads(line) for line in text.splitlines()]
    assert code == DONE and "resync" in lines[0] and lines[1]["report"]["kind"] == "line"


def test_agents_are_commanded(box: Box, capsys: pytest.CaptureFixture[str]) -> None:
    assert box.run("agents", "pause", "101", "2")[0] == DONE
    assert box.made.exchange.commands[0][1].agent == 101  # type: ignore[union-attr]
    assert box.run("agents", "pause", "404", "2")[0] == WRONG
    assert "there is no such agent; `switchroom agents` lists them" in capsys.readouterr().err
    assert box.run("agents", "pause", "101")[0] == USAGE
    assert box.run("agents", "pause", "x", "2")[0] == USAGE


def test_settings_are_shown_checked_applied_compared_and_restored(
    box: Box, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "s.toml"
    code, text = box.run("settings", "show")
    assert code == DONE
    file.write_text(text.replace('"Switchroom"', '"Anna"'), "utf-8")
    assert box.run("settings", "check", str(file)) == (DONE, "no faults (checked by the service)\n")
    code, text = box.run("settings", "apply", str(file), "--comment", "why")
    assert (code, text) == (DONE, "revision 2 is in force\ncentre.name: Switchroom -> Anna\n")
    assert "centre.name" in box.run("settings", "compare", "1", "2")[1]
    assert box.json("settings", "restore", "1")["revision"] == 3
    assert [row["number"] for row in box.json("settings", "history")] == [3, 2, 1]
    file.write_text("[centre]\nnonsense = 1\n[[lines]]\nport = 5\n")
    code, text = box.run("settings", "check", str(file))
    assert code == WRONG and "centre.nonsense: there is no such setting" in text and "lines[0].name" in text
    assert box.run("settings", "apply", str(file))[0] == WRONG
    assert "centre.nonsense" in capsys.readouterr().err
    assert box.made.exchange.revision == 3


def test_settings_are_checked_without_a_service_too(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text(to_toml(factory([1], [5])))
    code, text = run(tmp_path, "settings", "check", str(file))
    assert code == DONE and "without the service" in text
    file.write_text("nonsense")
    assert run(tmp_path, "settings", "check", str(file))[0] == WRONG


def test_calls_are_found_shown_and_exported(box: Box) -> None:
    for number in (1, 2):
        box.made.store.write(calls.add, a_call(number, second=number * 100), 1).result(WAIT_S)
    code, text = box.run("calls", "--number", "13800138000")
    assert code == DONE and text.count(CUSTOMER) == 2 and "2 of 2" in text and "2026-06-01 09:01:40" in text
    assert box.json("calls", "--until", "2026-06-01T09:02")["total"] == 1
    code, text = box.run("calls", "1")
    assert code == DONE and "queue.left" in text and "outcome=answered" in text
    assert box.run("calls", "77")[0] == WRONG
    assert box.run("calls", "--since", "yesterday")[0] == USAGE
    code, text = box.run("calls", "--csv")
    assert code == DONE and text.startswith("\ufeff") and len(text.splitlines()) == 3


def test_prompts_are_listed_uploaded_and_removed(box: Box, tmp_path: Path) -> None:
    file = tmp_path / "hello.wav"
    file.write_bytes(alaw_wav(bytes(8_000)))
    assert box.run("prompts", "upload", "hello", str(file))[1] == "hello: 0:01\n"
    assert "hello" in [row["name"] for row in box.json("prompts", "list")]
    assert box.run("prompts", "remove", "hello")[0] == DONE
    assert box.run("prompts", "remove", "hello")[0] == WRONG


def test_a_backup_goes_out_and_comes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, file = tmp_path / "box", str(tmp_path / "b.zip")
    with service(folder) as box:
        assert box.run("backup", file)[0] == DONE
        assert box.run("backup", file)[0] == WRONG
        assert box.run("restore", "--compare", file)[0] == DONE
        assert box.run("restore", file)[0] == WRONG
        assert "stop switchroomd" in capsys.readouterr().err
    with Store(folder / "switchroom.db") as store:
        store.write(calls.add, a_call(), 1).result(WAIT_S)
    code, text = run(folder, "restore", file, "--json")
    assert code == DONE and json.loads(text)["rows"]["calls"] == {"here": 1, "backup": 0}
    assert "0 of 0" in run(folder, "calls")[1]


def test_the_doctor_says_what_is_wrong_by_its_exit_code(tmp_path: Path) -> None:
    with service(tmp_path / "box") as box:
        code, text = box.run("doctor", "--bundle", str(tmp_path / "support.zip"))
        assert code == WRONG and "!!  scheduling" in text and "ok  database" in text
    assert (tmp_path / "support.zip").exists()
    assert run(tmp_path / "nothing", "doctor")[0] == WRONG


@pytest.mark.parametrize("command", [["status"], ["agents"], ["settings", "show"], ["prompts", "list"]])
def test_without_a_service_it_says_so(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *command)[0] == AWAY
    assert "switchroomd" in capsys.readouterr().err


def test_without_a_database_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "calls")[0] == AWAY
    assert "switchroom.db" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [[], ["dance"], ["settings"], ["settings", "apply"], ["replay", "/isn't/there"]]
)
def test_wrong_usage_ends_with_two(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(tmp_path, *command)
    assert ended.value.code == USAGE and "usage:" in capsys.readouterr().err


def test_listening_to_a_file_needs_no_service(tmp_path: Path) -> None:
    file = tmp_path / "silence.wav"
    file.write_bytes(alaw_wav(b"\xd5" * 16_000))
    code, text = run(tmp_path, "listen", str(file))
    assert code == DONE
    assert all(json.loads(line)["kind"] for line in text.splitlines())
    file.write_bytes(b"no sound")
    assert run(tmp_path, "listen", str(file))[0] == WRONG


def test_a_day_of_traffic_prints_its_figures(tmp_path: Path) -> None:
    small = ["--hours", "0.1", "--calls", "6", "--agents", "3", "--lines", "3"]
    code, text = run(tmp_path, "traffic", *small, "--json")
    figures = json.loads(text)
    assert code == DONE and figures["offered"] == figures["answered"] + figures["abandoned"]
    assert {"service_level_offered", "asa_s", "abandonment", "occupancy"} <= figures.keys()


def test_what_comes_from_a_line_does_not_steer_the_terminal() -> None:
    assert cell("\x1b[31mred\x07\n") == "·[31mred··"
    assert table([{"a": "x\x1b[2J"}], ["a"]) == "a\nx·[2J"


def test_chinese_names_are_aligned() -> None:
    assert width("座席1") == 5
    assert table([{"n": "座席", "x": 1}, {"n": "ab", "x": 2}], ["n", "x"]).splitlines()[1:] == [
        "座席  1",
        "ab    2",
    ]


def test_lengths_are_said_as_people_do() -> None:
    assert [lasted(ms) for ms in (0, 59_999, 61_000, 3_661_000)] == ["0:00", "0:59", "1:01", "1:01:01"]


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    text = parser().format_help()
    for name in ("status", "calls", "events", "agents", "settings", "prompts", "traffic", "replay", "listen"):
        assert f"\n    {name} " in text
    assert len(GROUPS) == 7
