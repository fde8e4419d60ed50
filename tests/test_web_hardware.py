# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""System, hardware: the ports live, tested by those who may."""

from __future__ import annotations

from typing import Any

from tests.web_box import Box, Browser, box, until  # noqa: F401


def ports(who: Browser, query: str = "") -> dict[str, Any]:
    answer = who.get(f"/system/hardware/state.json{query}", Accept="application/json")
    assert answer.status == 200
    told: dict[str, Any] = answer.json()
    return told


def port(who: Browser, number: int) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in ports(who)["ports"] if each["port"] == number)
    return found


def try_port(who: Browser, number: object) -> Any:
    return who.post_json("/system/hardware/test", {"port": number})


def test_the_page_is_reached_from_system_in_both_languages(box: Box) -> None:
    for language, title in (("zh", "硬件"), ("en", "Hardware")):
        box.admin.post("/language", {"language": language, "back": "/"})
        assert f'href="/system/hardware">{title}</a>' in box.admin.get("/system").text
        assert f"<h1>{title}</h1>" in box.admin.get("/system/hardware").text


def test_each_port_is_told_with_its_use_and_the_machine_where_asked(box: Box) -> None:
    told = ports(box.admin)
    assert told["card"] == "simulated"
    assert [(each["port"], each["kind"]) for each in told["ports"]] == [
        (1, "fxo"), (2, "fxo"), (3, "fxs"), (4, "fxs"), (5, "fxs"),
    ]  # fmt: skip
    assert "machine" not in told
    assert {"cards", "spans", "findings"} <= ports(box.admin, "?machine=1")["machine"].keys()


def test_a_phones_bell_is_rung_by_an_installer(box: Box) -> None:
    answer = try_port(box.user("installer"), 3)
    assert answer.status == 200
    assert answer.json() == {"test": "bell", "rings_s": 30}
    until(lambda: port(box.admin, 3)["ringing"], "the phone rings")
    again = try_port(box.admin, 3)
    assert again.status >= 400
    box.client.request("bench_lift", who="phone:801")
    until(lambda: port(box.admin, 3)["off_hook"], "it is lifted")
    box.client.request("bench_hang_up", who="phone:801")
    until(lambda: port(box.admin, 3)["state"] == "idle", "it is at rest")


def test_a_lines_dial_tone_is_heard(box: Box) -> None:
    answer = try_port(box.admin, 1)
    assert answer.status == 200
    assert answer.json()["heard"]


def test_a_supervisor_looks_but_does_not_test(box: Box) -> None:
    supervisor = box.user("supervisor")
    assert 'data-test="0"' in supervisor.get("/system/hardware").text
    assert try_port(supervisor, 3).status == 403


def test_what_is_no_port_is_refused(box: Box) -> None:
    for nonsense in ("1", None, 1.5, [1]):
        assert try_port(box.admin, nonsense).status == 400
