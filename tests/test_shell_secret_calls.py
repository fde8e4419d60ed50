# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""C29: a PIN keyed in a call is in no journal, no log, no event and no recording, and the call still replays."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from drivers.simulated import Layout
from dsp.listen import listen
from firmware.clock import run_virtual
from firmware.settings.model import Agent, Flow, HangUpNode, MenuNode, NoticeNode, SecretNode
from firmware.store import credentials
from firmware.virtual import Centre

PIN = "2580741"
SMALL = Layout(fxo=1, fxs=1, outside=1)


def secret_flow() -> Flow:
    """A menu key, then a PIN, then a last menu that hears ordinary keys again."""
    return Flow(
        name="front",
        start="notice",
        nodes={
            "notice": NoticeNode(next="menu"),
            "menu": MenuNode(prompt="menu.main", keys={"3": "secret"}, failed="bye"),
            "secret": SecretNode(prompt="secret.enter", subject="vip", accepted="after", refused="bye"),
            "after": MenuNode(prompt="menu.main", keys={"6": "bye", "9": "bye"}, failed="bye"),
            "bye": HangUpNode(),
        },
    )


def digits_in(path: Path) -> dict[int, str]:
    """What our detectors find in what the line sent us (1), and in what we sent it (2)."""
    found = {1: "", 2: ""}
    for heard in listen(path, "cn"):
        if heard["kind"] == "digit":
            found[int(str(heard["track"]))] += str(heard["key"])
    return found


def digits_by_others(path: Path, track: int) -> str:
    """What multimon-ng finds in one track."""
    judged = path.with_suffix(f".{track}.judged.wav")
    subprocess.run(
        ["sox", path, "-e", "signed", "-b", "16", "-r", "22050", judged, "remix", str(track)], check=True
    )
    command = ["multimon-ng", "-q", "-t", "wav", "-a", "DTMF", judged]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "".join(re.findall(r"DTMF: (\S)", printed))


async def call_with_pin(centre: Centre, typed_ahead: bool) -> None:
    await centre.apply(centre.settings.model_copy(update={"flows": (secret_flow(),)}))
    await centre.write(credentials.put, "vip", credentials.hash_secret(PIN), 0)
    caller = centre.outside("13900000001")
    await caller.call(centre.pilot)
    await caller.hears_speech(within_s=20)
    if typed_ahead:  # all of it during the notice, before anybody has asked
        await caller.press("3" + PIN + "#", on_ms=60, off_ms=60)
        await asyncio.sleep(3)
    else:
        await asyncio.sleep(6)
        await caller.press("3")
        await asyncio.sleep(4)
        await caller.press(PIN + "#")
    await asyncio.sleep(3)
    await caller.press("6")
    await asyncio.sleep(20)


@pytest.mark.parametrize("typed_ahead", [False, True], ids=["asked for", "typed ahead"])
def test_a_pin_leaves_no_trace(tmp_path: Path, caplog: pytest.LogCaptureFixture, typed_ahead: bool) -> None:
    caplog.set_level(logging.DEBUG)
    events: list[bytes] = []

    async def run() -> None:
        async with Centre(layout=SMALL, data=tmp_path) as centre:
            centre.service.board.listen(lambda report: events.append(msgspec.json.encode(report)))
            await call_with_pin(centre, typed_ahead)
            assert centre.replay().agrees
            facts = b"".join(segment.read() for segment in centre.journal_segments())
            assert facts.count(b"SecretJudged\x01\xa5right") == 1, "the PIN was taken and was right"
            assert facts.count(b"KeyPressed") == 2, "the two menu keys, and no other"

    run_virtual(run)
    (recording,) = (tmp_path / "recordings").rglob("*.wav")
    assert digits_in(recording) == {1: "36", 2: ""}
    assert [digits_by_others(recording, track) for track in (1, 2)] == ["36", ""]
    no_trace(tmp_path, caplog, events)


def no_trace(data: Path, caplog: pytest.LogCaptureFixture, events: list[bytes]) -> None:
    """In no log, no event, and no file: journal, database, recordings."""
    assert PIN not in caplog.text
    assert not any(PIN.encode() in event for event in events)
    files = [path for path in data.rglob("*") if path.is_file()]
    assert {"switchroom.db"} < {path.name for path in files}
    for path in files:
        assert PIN.encode() not in path.read_bytes(), path.name


def test_the_pin_of_an_agent_who_logs_in_leaves_no_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Behind *11, at a desk phone."""
    caplog.set_level(logging.DEBUG)
    events: list[bytes] = []

    async def run() -> None:
        async with Centre(layout=SMALL, data=tmp_path) as centre:
            agent = Agent(number=101, name="Li", queues=())
            await centre.apply(centre.settings.model_copy(update={"agents": (agent,)}))
            centre.service.board.listen(lambda report: events.append(msgspec.json.encode(report)))
            await centre.write(credentials.put, "agent:101", credentials.hash_secret(PIN), 0)
            desk = centre.phone(801)
            await desk.call("*11101#")
            await desk.press(PIN + "#")
            await desk.hears_speech(within_s=5)
            assert b"SecretJudged\x01\xa5right" in b"".join(part.read() for part in centre.journal_segments())
            assert centre.replay().agrees

    run_virtual(run)
    assert any(b'"idle"' in event or b'"busy"' in event for event in events)
    no_trace(tmp_path, caplog, events)
