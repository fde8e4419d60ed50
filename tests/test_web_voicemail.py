# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Voicemail in the page: a stretch of a call's recording, heard, marked, removed."""

from tests.web_box import Box, box  # noqa: F401

HEARD = "/voicemail/1/heard"


def test_a_message_is_a_stretch_of_the_calls_recording(box: Box) -> None:
    page = box.admin.get("/voicemail")
    assert "&lt;img src=x" in page.text
    assert "/voicemail/1" in page.text
    sound = box.admin.get("/voicemail/1/play.wav").body
    every = box.admin.get("/recordings/1/play.wav").body
    assert sound[44:] == every[44 + 2_000 * 4 : 44 + 6_000 * 4]
    assert box.admin.get("/voicemail/1/peaks.json").json()["seconds"] == 0.5


def test_a_message_is_marked_by_whom_it_was_heard_and_new_again(box: Box) -> None:
    def message() -> dict[str, object]:
        found: dict[str, object] = box.site.records.messages(box.user_reader("admin"))[0]
        return found

    box.user("agent").post(HEARD, {"heard": "1"})
    assert message()["heard_by"] == "a-agent"
    box.admin.get("/voicemail")
    box.admin.post(HEARD, {"heard": "0"})
    assert message()["heard_ns"] is None


def test_hearing_a_message_is_written_down(box: Box) -> None:
    box.user("agent").get("/voicemail/1/play.wav")
    rows = box.site.records.audit(box.user_reader("admin"), action="hear_message")
    assert rows[0]["name"] == "a-agent"


def test_a_message_that_was_removed_is_gone(box: Box) -> None:
    box.admin.get("/voicemail")
    assert box.user("agent").post("/voicemail/1/remove").status == 403
    assert box.admin.post("/voicemail/1/remove").status == 303
    assert box.admin.get("/voicemail/1/play.wav").status == 404
    assert box.admin.get("/voicemail").status == 200
