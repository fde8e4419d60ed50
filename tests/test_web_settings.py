# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Settings through the pages: forms with faults beside their fields, menus, files, history, prompts, users."""

from __future__ import annotations

import html
import io
import re
import wave
from typing import Any

from tests.web_box import PASSWORD, Box, box  # noqa: F401


def in_force(box: Box) -> dict[str, Any]:
    settings: dict[str, Any] = box.client.request("settings_show")["settings"]
    return settings


def form_of(page: str) -> dict[str, Any]:
    """Every field of the page's first large form as a browser would send it back unchanged."""
    body = max(re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL), key=len)
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", body):
        got = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if got.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        if "name" in got and got["name"] != "csrf":
            sent.setdefault(got["name"], []).append(html.unescape(got.get("value", "")))
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', body, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = [
            html.unescape(chosen[1] if chosen else (re.search(r'value="([^"]*)"', options) or ["", ""])[1])
        ]
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', body, re.DOTALL):
        sent[name] = [html.unescape(text)]
    return sent


def test_every_form_saved_unchanged_changes_nothing(box: Box) -> None:
    before = in_force(box)
    pages = [
        "lines/1",
        "phones/3",
        "centre",
        "numbering",
        "hours/office",
        "mailboxes/1",
        "recording",
        "codes",
        "timers",
    ]
    for page in [*(f"/settings/{name}" for name in pages), "/agents/101", "/queues/1"]:
        shown = box.admin.get(page)
        assert shown.status == 200, page
        saved = box.admin.post(page, form_of(shown.text))
        assert saved.status == 303, f"{page}: {saved.text}"
        assert in_force(box) == before, page


def test_a_change_is_in_force_and_in_the_history_with_its_author(box: Box) -> None:
    form = form_of(box.admin.get("/settings/lines/1").text)
    box.admin.post("/settings/lines/1", {**form, "name": "Front line", "hangup_proofs": ["tone"]})
    line = in_force(box)["lines"][0]
    assert (line["name"], line["hangup_proofs"]) == ("Front line", ["tone"])
    page = box.admin.get("/settings/history").text
    assert "admin" in page and "lines 1" in page


def test_faults_stand_beside_their_fields_and_nothing_is_changed(box: Box) -> None:
    before = in_force(box)
    form = form_of(box.admin.get("/settings/phones/3").text)
    for field, typed in (("extension", "110"), ("flash_longest_ms", "no number"), ("name", "")):
        answer = box.admin.post("/settings/phones/3", {**form, field: typed})
        assert answer.status == 422
        assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.text), field
        assert f'value="{typed}"' in answer.text  # what was typed is still there
    assert in_force(box) == before


def test_a_fault_elsewhere_is_told_by_its_path(box: Box) -> None:
    answer = box.admin.post("/settings/mailboxes/1/remove")
    assert answer.status == 303
    assert "flows[0].nodes.message.mailbox" in box.admin.follow(answer).text


def test_a_menu_is_built_node_by_node_and_drawn(box: Box) -> None:
    nodes = "/settings/flows/front/nodes"
    asked = box.admin.post(nodes, {"name": "ask", "kind": "menu"})
    assert box.admin.follow(asked).status == 200
    keys = {"keys.1": "queue", "keys.9": "ring", "failed": "message"}
    wrong = box.admin.post(f"{nodes}/ask", {"kind": "menu", "prompt": "menu.main", "tries": "3", **keys})
    assert wrong.status == 422  # the queue node isn't there yet
    made = box.admin.post(
        f"{nodes}/queue", {"kind": "queue", "queue": "1", "priority": "0", "overflow": "message"}
    )
    assert made.status == 303, made.text
    waits = {"wait_ms": "5000", "next_digit_ms": "3000", "tries": "3"}
    right = box.admin.post(f"{nodes}/ask", {"kind": "menu", "prompt": "menu.main", **waits, **keys})
    assert right.status == 303, right.text
    page = html.unescape(box.admin.get("/settings/flows/front").text)
    assert '"from": "ask", "to": "queue", "label": "1"' in page
    assert box.admin.post("/settings/flows/front", {"start": "ask", "language": "en"}).status == 303
    assert (in_force(box)["flows"][0]["start"], in_force(box)["flows"][0]["language"]) == ("ask", "en")
    flow = in_force(box)["flows"][0]["nodes"]["ask"]
    assert flow["keys"] == {"1": "queue", "9": "ring"}
    assert box.admin.post(f"{nodes}/queue/remove").status == 303
    assert in_force(box)["flows"][0]["nodes"]["ask"]["keys"] == {"9": "ring"}


def test_nodes_with_names_of_no_use_are_refused(box: Box) -> None:
    for name in ("", "No Capitals", "<b>", "a" * 61, "../x"):
        answer = box.admin.post("/settings/flows/front/nodes", {"name": name, "kind": "play"})
        assert "node=" not in answer.headers["Location"]


def test_the_settings_go_out_and_in_as_one_file(box: Box) -> None:
    file = box.admin.get("/settings/file.toml")
    assert "attachment" in file.headers["Content-Disposition"]
    changed = file.text.replace('name = "office"', 'name = "hours"')
    box.admin.get("/settings/file")
    checked = box.admin.upload("/settings/file", {"apply": "0"}, "a.toml", changed.encode())
    assert checked.status == 303
    before = in_force(box)
    assert before["hours"][0]["name"] == "office"
    applied = box.admin.upload("/settings/file", {"apply": "1"}, "a.toml", changed.encode())
    assert applied.status == 303
    assert in_force(box)["hours"][0]["name"] == "hours"


def test_a_wrong_file_is_refused_whole_with_every_fault_by_path(box: Box) -> None:
    before = in_force(box)
    box.admin.get("/settings/file")
    wrong = b'[centre]\ntimezone = "Moon/Base"\nno_such = 1\n[[lines]]\nport = "x"\nname = ""\n'
    answer = box.admin.upload("/settings/file", {"apply": "1"}, "wrong.toml", wrong)
    assert answer.status == 422
    for path in ("centre.timezone", "centre.no_such", "lines[0].port", "lines[0].name"):
        assert path in answer.text, path
    for content in (b"\xff\xfe", b"not = = toml", b"\x00" * 100):
        assert box.admin.upload("/settings/file", {"apply": "1"}, "x", content).status == 422
    assert in_force(box) == before


def test_two_revisions_are_compared_and_an_old_one_comes_back(box: Box) -> None:
    revisions = box.client.request("settings_history")["revisions"]
    newest = revisions[0]["number"]
    compared = box.admin.get(f"/settings/history/compare?from=1&to={newest}")
    assert compared.status == 200
    assert "lines[1].name" in compared.text
    assert box.admin.post("/settings/history/1/restore").status == 303
    assert in_force(box) == box.client.request("settings_show", revision=1)["settings"]
    assert box.admin.get("/settings/history/compare?from=x&to=1").status == 400


def sound(seconds: float = 1.0, rate_hz: int = 44_100, channels: int = 2) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(b"\x00\x10" * int(seconds * rate_hz * channels))
    return made.getvalue()


def test_a_prompt_is_uploaded_heard_and_removed(box: Box) -> None:
    box.admin.get("/settings/prompts")
    sent = box.admin.upload("/settings/prompts", {"name": "greeting", "kind": "prompt"}, "hello.wav", sound())
    page = box.admin.follow(sent).text
    assert "hello.wav" in page and "greeting" in page
    heard = box.admin.get("/settings/prompts/greeting/play.wav")
    assert heard.status == 200
    assert abs(len(heard.body) - 44 - 16_000) < 400  # a second at 8 kHz, one track
    assert box.admin.post("/settings/prompts/greeting/remove").status == 303
    assert box.admin.get("/settings/prompts/greeting/play.wav").status == 404


def test_prompts_that_came_with_the_box_are_heard_too(box: Box) -> None:
    assert box.admin.get("/settings/prompts/notice.recorded/play.wav").status == 200
    for name in ("../zh/welcome", "no.such", "..%2f..%2fetc"):
        assert box.admin.get(f"/settings/prompts/{name}/play.wav").status == 404


def test_a_bad_prompt_is_refused_with_its_cause_on_the_page(box: Box) -> None:
    box.admin.get("/settings/prompts")
    for name, content in (("text.wav", b"this is no sound"), ("cut.wav", sound()[:30]), ("empty.wav", b"")):
        sent = box.admin.upload("/settings/prompts", {"name": "bad", "kind": "prompt"}, name, content)
        assert sent.status == 303
        assert "notice bad" in box.admin.follow(sent).text
    assert not [each for each in box.client.request("prompt_list")["prompts"] if each["name"] == "bad"]


def test_a_user_is_added_with_a_first_password_shown_once(box: Box) -> None:
    box.admin.get("/users")
    page = box.admin.follow(
        box.admin.post("/users", {"name": "wang", "role": "agent", "agent": "101", "language": "zh"})
    )
    found = re.search(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", page.text)
    assert found
    assert found[0] not in box.admin.get("/users").text
    wang = box.browser()
    assert wang.sign_in("wang", found[0]).headers["Location"] == "/password"
    assert box.admin.post("/users/wang/change", {"what": "password"}).status == 303
    assert wang.get("/board").headers["Location"].startswith("/signin")


def test_a_change_of_role_holds_at_once(box: Box) -> None:
    leader = box.user("supervisor")
    assert leader.get("/queues").status == 200
    box.admin.get("/users")
    box.admin.post("/users/a-supervisor/change", {"role": "agent", "language": "en"})
    assert leader.get("/queues").status == 403
    box.admin.post("/users/a-supervisor/change", {"role": "supervisor", "language": "en"})


def test_nobody_removes_the_user_they_are(box: Box) -> None:
    assert box.admin.post("/users/admin/remove").status == 303
    assert box.browser().sign_in("admin", PASSWORD).status == 303


def test_a_pin_is_set_and_stands_nowhere(box: Box) -> None:
    box.admin.get("/agents/101")
    assert box.admin.post("/agents/101/pin", {"pin": "739152"}).status == 303
    for page in ("/agents/101", "/system/audit", "/settings/file.toml"):
        assert "739152" not in box.admin.get(page).text
    assert "notice bad" in box.admin.follow(box.admin.post("/agents/101/pin", {"pin": "12"})).text


def test_a_backup_is_made_and_taken_away_with_its_line_of_audit(box: Box) -> None:
    box.admin.get("/system")
    page = box.admin.follow(box.admin.post("/system/backup")).text
    path = re.search(r'href="(/system/backup/[^"]+)"', page)
    assert path
    assert len(box.admin.get(path[1]).body) > 1_000
    compared = box.admin.get(f"{path[1]}/compare")
    assert compared.status == 200
    assert "switchroom restore" in compared.text
    assert box.admin.get("/system/backup/no-such.zip/compare").status == 404
    assert "download_backup" in box.admin.get("/system/audit").text
    assert box.admin.get("/system/backup/..%2fswitchroom.db").status == 404


def test_the_checks_of_the_box_are_told_in_the_readers_language(box: Box) -> None:
    for language, told in (("zh", "没有错误"), ("en", "no faults")):
        box.admin.get("/board")
        box.admin.post("/language", {"language": language, "back": "/"})
        page = box.admin.get("/system").text
        assert [text for text in ("没有错误", "no faults") if text in page] == [told]


def test_a_supervisor_pauses_an_agent_for_a_reason(box: Box) -> None:
    box.client.request("log_in", agent=102, extension="802")
    box.admin.get("/agents")
    paused = box.admin.post("/agents/102/state", {"state": "pause", "pause_code": "7"})
    assert paused.status == 303
    rows = box.client.request("status")["board"]["agents"]
    assert [(row["state"], row["pause_code"]) for row in rows if row["agent"] == 102] == [("paused", 7)]
    page = box.admin.get("/agents").text
    assert re.search(r"paused · Reason 7|示忙 · 原因 7", page)
    for wrong in ("0", "10", "", "x"):
        box.admin.get("/agents")
        assert box.admin.post("/agents/102/state", {"state": "pause", "pause_code": wrong}).status == 400
    box.client.request("log_out", agent=102)


def test_the_newest_install_passport_is_taken_from_the_system_page(box: Box) -> None:
    assert box.admin.get("/system/passport.pdf").status == 404
    assert "passport.pdf" not in box.admin.get("/system").text
    folder = box.data / "passports"
    for day in ("20260101", "20260102"):
        (folder / f"passport-{day}-120000.pdf").write_bytes(b"%PDF " + day.encode())
    assert "passport-20260102-120000.pdf" in box.admin.get("/system").text
    assert box.admin.get("/system/passport.pdf").body == b"%PDF 20260102"
