# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Signing in: the first password, wrong ones, cookies, the end of a session, languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web_box import PASSWORD, Box, box  # noqa: F401
from webui.limiter import FREE_TRIES, KEYS_MAX, LONGEST_WAIT_S, Limiter
from webui.sessions import IDLE_S, LONGEST_S, Sessions
from webui.texts import preferred


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_the_first_password_must_be_changed_before_anything_else(box: Box) -> None:
    box.client.request("user_add", name="fresh", role="supervisor", password="first password")
    browser = box.browser()
    assert browser.sign_in("fresh", "first password").headers["Location"] == "/password"
    assert browser.get("/calls").headers["Location"] == "/password"
    assert browser.get("/events").headers["Location"] == "/password"
    browser.get("/password")
    short = browser.post("/password", {"old": "first password", "new": "short", "again": "short"})
    assert short.status == 200
    assert browser.get("/calls").status == 303
    browser.get("/password")
    assert (
        browser.post("/password", {"old": "first password", "new": PASSWORD, "again": PASSWORD}).status == 303
    )
    assert browser.get("/calls").status == 200


def test_a_wrong_name_and_a_wrong_password_look_the_same(box: Box) -> None:
    wrong_name, wrong_password = box.browser(), box.browser()
    first = wrong_name.sign_in("nobody-here", "something wrong")
    second = wrong_password.sign_in("a-second-nobody", "something else")
    assert first.status == second.status == 401
    assert len(first.text) - len("nobody-here") == len(second.text) - len("a-second-nobody")
    box.site.limiter.succeeded("address 127.0.0.1")


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Box]:
    """A box whose database is no file, with nobody signed in."""
    (tmp_path / "switchroom.db").mkdir()
    made = Box(tmp_path)
    try:
        made.service.start()
        made.start_pages()
        yield made
    finally:
        made.stop()


def test_in_bare_service_nobody_is_told_that_the_password_is_wrong(bare: Box) -> None:
    browser = bare.browser()
    for _ in range(FREE_TRIES + 1):
        answer = browser.sign_in("admin", PASSWORD)
        assert answer.status == 503
        assert "switchroom doctor" in answer.text and "password is wrong" not in answer.text


def test_in_bare_service_somebody_signed_in_is_told_so(bare: Box) -> None:
    browser = bare.browser()
    browser.cookies["switchroom_session"] = bare.site.sessions.open("admin")
    answer = browser.get("/board")
    assert answer.status == 503
    assert "switchroom doctor" in answer.text


def test_many_wrong_passwords_are_answered_with_a_wait(box: Box) -> None:
    browser = box.browser()
    statuses = [browser.sign_in("guesser", f"wrong {number}").status for number in range(FREE_TRIES + 1)]
    assert statuses == [401] * FREE_TRIES + [429]
    assert int(browser.sign_in("guesser", "wrong again").headers["Retry-After"]) > 0
    box.site.limiter.succeeded("address 127.0.0.1", "name guesser")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(box: Box) -> None:
    browser = box.browser()
    (cookie,) = [
        each for each in browser.sign_in("admin", PASSWORD).cookies if each.startswith("switchroom_session")
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie


def test_signing_out_ends_the_session_for_good(box: Box) -> None:
    browser = box.browser()
    browser.sign_in("admin", PASSWORD)
    browser.get("/board")
    cookies = dict(browser.cookies)
    assert browser.post("/signout").status == 303
    browser.cookies = cookies
    assert browser.get("/calls").headers["Location"].startswith("/signin")


def test_sessions_outlive_the_web_process(box: Box) -> None:
    box.stop_pages()
    box.start_pages()
    box.admin.port = box.port
    assert box.admin.get("/calls").status == 200


def test_a_session_ends_when_idle_and_after_its_longest_time(tmp_path: Path) -> None:
    clock = Clock()
    sessions = Sessions(tmp_path / "sessions.db", clock)
    idle, busy = sessions.open("li"), sessions.open("wang")
    for _ in range(int(LONGEST_S / IDLE_S * 2)):
        assert sessions.find(busy)
        clock.now += IDLE_S / 2
    assert sessions.find(idle) is None
    clock.now += 1
    assert sessions.find(busy) is None
    sessions.close()


def test_only_a_digest_of_the_token_is_on_the_disk(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "sessions.db")
    token = sessions.open("li")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    sessions.close()
    assert token.encode() not in kept
    assert (tmp_path / "sessions.db").stat().st_mode & 0o077 == 0


def test_each_failure_doubles_the_wait_up_to_the_longest() -> None:
    clock = Clock()
    limiter = Limiter(clock)
    waits = []
    for _ in range(20):
        limiter.failed("name li")
        waits.append(limiter.wait_s("name li", "address 10.0.0.9"))
        clock.now += waits[-1]
    assert waits[: FREE_TRIES + 2] == [0.0] * (FREE_TRIES - 1) + [2.0, 4.0, 8.0]
    assert waits[-1] == LONGEST_WAIT_S
    limiter.succeeded("name li")
    assert limiter.wait_s("name li") == 0.0


def test_many_attackers_do_not_fill_the_memory() -> None:
    limiter = Limiter()
    for number in range(KEYS_MAX + 100):
        limiter.failed(f"address {number}")
    assert limiter.size == KEYS_MAX


def test_the_language_follows_the_browser_until_somebody_chooses(box: Box) -> None:
    assert "登录" in box.browser().get("/signin", **{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}).text
    assert "Sign in" in box.browser().get("/signin", **{"Accept-Language": "de,en;q=0.5"}).text
    browser = box.user("agent")
    browser.post("/language", {"language": "zh", "back": "/board"})
    assert 'lang="zh-CN"' in browser.get("/board", **{"Accept-Language": "en"}).text


def test_accept_language_is_read_by_weight_and_garbage_is_nothing() -> None:
    assert preferred("en;q=0.3, zh-TW;q=0.8") == "zh"
    assert preferred("") == "en"
    assert preferred("\x00;q=x,;;,zh;q=oops") == "zh"
    assert preferred("fr, ja") == "en"
