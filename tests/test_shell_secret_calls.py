# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""C29: a PIN keyed in a call is in no journal, no log, no event and no recording, and the call still replays."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import msgspec
import pytest

from drivers.simulated import Layout
from dsp.listen import listen
from firmware.clock import run_virtual
from firmware.settings.model import Flow, HangUpNode, MenuNode, NoticeNode, SecretNode
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


def digits_in(path: Path) -> str:
    """What our detectors find in what the line sent us."""
    found = (heard for heard in listen(path, "cn") if heard["kind"] == "digit" and heard["track"] == 1)
    return "".join(str(heard["key"]) for heard in found)


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
    assert digits_in(recording) == "36"
    assert PIN not in caplog.text
    assert not any(PIN.encode() in event for event in events)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert PIN.encode() not in path.read_bytes(), path.name
