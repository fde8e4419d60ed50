# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The bench: telephones commanded from a page, and their sound by WebSocket, for those who may and nobody else."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.web_box import Box, Browser, box, until  # noqa: F401

OUTSIDE = "outside:13900000001"
FRAME_BYTES = 320


def dial_in(box: Box, who: Browser, origin: str = "") -> ClientConnection:
    cookie = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
    return connect(
        f"ws://127.0.0.1:{box.site.bench_port}/",
        origin=Origin(origin or f"http://127.0.0.1:{box.port}"),
        additional_headers={"Cookie": cookie} if cookie else None,
        compression=None,
        proxy=None,
    )


def state(box: Box, who: str) -> dict[str, Any]:
    answer = box.admin.get("/bench/state.json", Accept="application/json").json()
    found: dict[str, Any] = next(each for each in answer["telephones"] if each["who"] == who)
    return found


def act(box: Box, who: str, what: str, **fields: Any) -> int:
    return box.admin.post_json("/bench/act", {"who": who, "act": what, **fields}).status


def test_a_telephone_is_lifted_hears_dial_tone_and_is_put_down(box: Box) -> None:
    assert act(box, OUTSIDE, "lift") == 200
    until(lambda: "dial" in state(box, OUTSIDE)["tones"], "dial tone is heard")
    assert act(box, OUTSIDE, "hang_up") == 200
    until(lambda: not state(box, OUTSIDE)["off_hook"], "it is down")


def test_the_sound_of_a_telephone_comes_as_frames(box: Box) -> None:
    with dial_in(box, box.admin) as sound:
        sound.send(json.dumps({"csrf": box.admin.csrf, "who": OUTSIDE}))
        assert json.loads(sound.recv(10))["ok"] is True
        act(box, OUTSIDE, "lift")
        loud = False
        end = time.monotonic() + 20
        while not loud and time.monotonic() < end:
            frame = sound.recv(10)
            assert isinstance(frame, bytes) and len(frame) == FRAME_BYTES
            loud = max(frame[1::2]) > 2 and any(frame)
            sound.send(bytes(FRAME_BYTES))
        assert loud
        act(box, OUTSIDE, "hang_up")


def test_a_telephone_that_is_played_elsewhere_says_so(box: Box) -> None:
    with dial_in(box, box.admin) as first, dial_in(box, box.admin) as second:
        first.send(json.dumps({"csrf": box.admin.csrf, "who": "phone:801"}))
        assert json.loads(first.recv(10))["ok"] is True
        second.send(json.dumps({"csrf": box.admin.csrf, "who": "phone:801"}))
        assert json.loads(second.recv(10)) | {"detail": ""} == {"ok": False, "cause": "busy", "detail": ""}


def test_nobody_hears_a_telephone_without_signing_in(box: Box) -> None:
    with pytest.raises(InvalidStatus) as refused:
        dial_in(box, box.browser())
    assert refused.value.response.status_code == 401
    with pytest.raises(InvalidStatus) as refused:
        dial_in(box, box.user("merchant"))
    assert refused.value.response.status_code == 401


def test_another_sites_script_is_not_let_in_with_a_persons_cookie(box: Box) -> None:
    for origin in ("http://evil.example", "null"):
        with pytest.raises(InvalidStatus) as refused:
            dial_in(box, box.admin, origin)
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "first",
    [
        '{"csrf": "wrong", "who": "phone:801"}',
        "no json",
        "{}",
        "[]",
        '"text"',
        "5",
        '{"csrf": null, "who": {}}',
    ],
)
def test_a_first_message_without_the_pages_token_ends_it(box: Box, first: str) -> None:
    with dial_in(box, box.admin) as sound:
        sound.send(first)
        with pytest.raises(ConnectionClosed):
            sound.recv(10)


def test_a_page_of_one_telephone_may_speak_to_the_sounds_port_and_no_other(box: Box) -> None:
    policy = box.admin.get("/bench/outside/1").headers["Content-Security-Policy"]
    assert f"connect-src 'self' ws://127.0.0.1:{box.site.bench_port};" in policy
    evil = box.admin.get("/bench/outside/1", Host="evil.example; script-src *")
    assert "script-src *" not in evil.headers.get("Content-Security-Policy", "")


def test_what_makes_no_sense_to_the_bench_is_refused(box: Box) -> None:
    nonsense: tuple[Any, ...] = (
        [],
        {},
        {"act": "explode", "who": OUTSIDE},
        {"act": "lift"},
        {"act": "lift", "who": "phone:1"},
    )
    for wrong in nonsense:
        assert box.admin.post_json("/bench/act", wrong).status in (400, 404, 503), wrong
    assert act(box, OUTSIDE, "dial", digits="<script>") == 400
    assert box.admin.get("/bench/phone/9999").status == 404
    assert box.admin.get("/bench/outside/99").status == 404
