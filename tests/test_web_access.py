# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Who gets in where: every address of the table, by nobody and by every role; tokens and headers on all of them."""

import http.client
import re

import pytest

from tests.web_box import Box, Browser, box  # noqa: F401
from webui.access import RULES, Role, Rule

FILLED = {"call": "1", "recording": "1", "message": "1", "number": "1", "revision": "1", "extension": "801"}
WORDS = {"piece": "lines", "language": "en", "path": "app.css", "flow": "front", "node": "ring", "key": "1"}
STREAMS = {"board.events"}


def address(rule: Rule) -> str:
    """The rule's path with something in each of its places."""
    return re.sub(
        r"<(\w+)(?::\w+(?::.*?\))?)?(?::[^>]*)?>", lambda hole: (FILLED | WORDS).get(hole[1], "x"), rule.path
    )


CLOSED = [rule for rule in RULES if not rule.open]
NAMES = [f"{rule.method} {rule.path}" for rule in CLOSED]


@pytest.mark.parametrize("rule", CLOSED, ids=NAMES)
def test_nobody_gets_in_without_signing_in(box: Box, rule: Rule) -> None:
    browser = box.browser()
    browser.get("/signin")
    if rule.method == "POST":
        assert browser.post(address(rule)).status == 401
        return
    answer = browser.get(address(rule))
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/signin")
    assert browser.get(address(rule), Accept="application/json").status == 401


@pytest.mark.parametrize("role", list(Role))
def test_every_role_gets_exactly_what_the_table_gives(box: Box, role: Role) -> None:
    browser = box.user(role.value)
    browser.csrf = "none of ours"  # a POST that the role lets through stops at its token, and changes nothing
    for rule in CLOSED:
        if rule.handler in STREAMS and role in rule.roles:
            continue
        answer = (
            browser.get(address(rule)) if rule.method == "GET" else browser.post(address(rule), csrf="wrong")
        )
        allowed = answer.status not in (401, 403) or "too old" in answer.text
        assert allowed == (role in rule.roles), (
            f"{role.value}: {rule.method} {rule.path} gave {answer.status}"
        )


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.method == "POST"], ids=lambda rule: rule.path
)
def test_a_form_without_its_token_changes_nothing(box: Box, rule: Rule) -> None:
    for token in ("", "wrong"):
        answer = box.admin.post(address(rule), csrf=token)
        assert answer.status == 403
        assert "too old" in answer.text or "过期" in answer.text


def test_a_form_sent_by_another_site_is_refused_even_with_its_token(box: Box) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=10)
    cookie = "; ".join(f"{name}={value}" for name, value in box.admin.cookies.items())
    headers = {"Cookie": cookie, "Sec-Fetch-Site": "cross-site", "X-CSRF": box.admin.csrf}
    connection.request("POST", "/agents/1/remove", b"", headers)
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize(
    "path", ["/signin", "/", "/board", "/calls", "/nowhere", "/static/app.css", "/texts/zh.js"]
)
def test_every_answer_carries_the_security_headers(box: Box, path: str) -> None:
    for browser in (box.browser(), box.admin):
        headers = browser.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_a_page_with_a_persons_data_is_kept_by_no_cache(box: Box) -> None:
    assert box.admin.get("/calls").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd"])
def test_nothing_outside_the_static_folder_is_served(box: Box, path: str) -> None:
    assert box.browser().get(path).status in (403, 404)


def test_templates_and_scripts_hold_nothing_the_policy_forbids() -> None:
    from webui.layout import STATIC

    for path in sorted(STATIC.parent.glob("templates/*.html")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", text), path.name


def test_a_path_of_another_host_is_never_gone_to_after_signing_in(box: Box) -> None:
    for wanted in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        browser = Browser(box.port)
        browser.get("/signin")
        answer = browser.post(
            "/signin", {"name": "admin", "password": "a sentence of our own", "next": wanted}
        )
        assert answer.headers["Location"] == "/"
