# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The whole path in a real browser: a caller is answered, asked, queued, connected, recorded and shown.

Two tabs play the two telephones; what the one hears is saved by the page and decoded here.  Screenshots of every
stage go to build/screens/.
"""

from __future__ import annotations

import shutil
import subprocess
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dsp.listen import listen
from tests.running_box import telephone
from tests.web_box import PASSWORD, Box, box  # noqa: F401

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser's Python package is not installed")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="chromium is not installed"),
    pytest.mark.timeout(240),
]

SCREENS = Path(__file__).resolve().parent.parent / "build" / "screens"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--disable-sync", "--disable-component-update", "--no-first-run", "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
]  # fmt: skip
SAID = "2580"
PIN = "739152"
WAIT_MS = 30_000

# DTMF as ITU-T Q.23 has it: rows and columns of the keypad.
ROWS_HZ, COLUMNS_HZ, KEYS = (697, 770, 852, 941), (1209, 1336, 1477), ("123", "456", "789", "*0#")


def microphone_file(path: Path, keys: str = SAID) -> Path:
    """A microphone that says keys, over and over: a sound that can be told from any other at the far end."""
    import math

    rate, samples = 48_000, [0.0] * 24_000
    for key in keys:
        row = next(index for index, each in enumerate(KEYS) if key in each)
        frequencies = ROWS_HZ[row], COLUMNS_HZ[KEYS[row].index(key)]
        samples += [
            sum(math.sin(2 * math.pi * f * n / rate) for f in frequencies) * 0.25 for n in range(9_600)
        ]
        samples += [0.0] * 9_600
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(
            b"".join(int(sample * 32_767).to_bytes(2, "little", signed=True) for sample in samples)
        )
    return path


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    fresh = Box(tmp_path_factory.mktemp("walk"))
    try:
        fresh.service.start()
        fresh.start_pages()
        yield fresh
    finally:
        fresh.stop()


class Walker:
    """A person at a browser, who takes a picture of every page they come to."""

    def __init__(self, context: Any, box: Box) -> None:
        self.context = context
        self.box = box
        self.page = context.new_page()
        self.base = f"http://127.0.0.1:{box.port}"
        self.errors: list[str] = []
        self.watch(self.page)

    def watch(self, page: Any) -> None:
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)

    def tab(self, path: str) -> Any:
        page = self.context.new_page()
        self.watch(page)
        page.goto(self.base + path)
        return page

    def picture(self, name: str, page: Any = None) -> None:
        page = page or self.page
        SCREENS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENS / f"{name}.png", full_page=True)
        page.set_viewport_size({"width": 360, "height": 740})
        page.screenshot(path=SCREENS / f"{name}-360.png", full_page=True)
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        page.set_viewport_size({"width": 1280, "height": 800})
        assert too_wide <= 0, f"{name} is {too_wide} px too wide for a phone"

    def unfold_the_menu(self) -> None:
        """As somebody does on a telephone, here by keyboard."""
        self.page.set_viewport_size({"width": 360, "height": 740})
        self.page.focus(".menu-toggle")
        self.page.keyboard.press("Enter")
        assert self.page.is_visible("nav.menu"), f"the menu of {self.page.url} does not unfold"
        self.page.set_viewport_size({"width": 1280, "height": 800})

    def sign_in(self, password: str) -> None:
        self.page.goto(self.base + "/signin")
        self.picture("signin")
        self.page.fill("#name", "admin")
        self.page.fill("#password", password)
        self.page.click("button.primary")
        self.page.fill("#old", password)
        self.page.fill("#new", PASSWORD)
        self.page.fill("#again", PASSWORD)
        self.page.click("main button.primary")
        self.page.wait_for_selector("#link[data-link=live]")
        self.picture("first-visit")


def lift(tab: Any) -> None:
    tab.click(".hooks .lift")
    tab.wait_for_selector(".telephone.lifted")


def press(tab: Any, keys: str) -> None:
    for key in keys:
        tab.click(f".pad button:text-is('{key}')")
        tab.wait_for_timeout(120)


def saved(tab: Any, path: Path) -> Path:
    """What this tab has heard, as its own button saves it."""
    with tab.expect_download() as download:
        tab.click("#save")
    download.value.save_as(path)
    return path


def digits_in(path: Path) -> str:
    """By our ear, and where there is one, by somebody else's."""
    heard = "".join(str(each["key"]) for each in listen(path) if each["kind"] == "digit")
    if judge := shutil.which("multimon-ng"):
        command = [judge, "-q", "-t", "wav", "-a", "DTMF", str(path)]
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        theirs = "".join(line.split()[-1] for line in told.splitlines() if line.startswith("DTMF:"))
        assert SAID[1:3] in theirs, f"another ear heard {theirs!r}"
    return heard


def with_a_menu(box: Box) -> None:
    """Key 1 leads to the queue; the agent of phone 801 has a PIN."""
    settings = box.client.request("settings_show")["settings"]
    (flow,) = settings["flows"]
    flow["nodes"] |= {
        "notice": {"kind": "notice", "next": "ask"},
        "ask": {"kind": "menu", "prompt": "menu.main", "keys": {"1": "queue"}, "failed": "ring"},
        "queue": {"kind": "queue", "queue": 1, "overflow": "message"},
    }
    box.client.request("settings_apply", settings=settings, comment="a menu")
    box.client.request("set_pin", subject="agent:101", pin=PIN)


def agent_state(box: Box) -> str:
    agents = box.client.request("status")["board"]["agents"]
    return next((str(agent["state"]) for agent in agents if agent["agent"] == 101), "")


def until(tab: Any, true: Any, what: str) -> None:
    end = time.monotonic() + WAIT_MS / 1000
    while not true():
        assert time.monotonic() < end, what
        tab.wait_for_timeout(100)


@contextmanager
def walker_at(box: Box, *flags: str) -> Iterator[Walker]:
    """Somebody at a browser of their own; at the end, no script may have complained."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        context = browser.new_context(
            locale="zh-CN",
            viewport={"width": 1280, "height": 800},
            permissions=["microphone"],
            accept_downloads=True,
        )
        walker = Walker(context, box)
        yield walker
        browser.close()
        assert walker.errors == []


def test_a_caller_is_answered_asked_queued_connected_recorded_and_shown(walked: Box, tmp_path: Path) -> None:
    microphone = microphone_file(tmp_path / "microphone.wav")
    with walker_at(walked, f"--use-file-for-fake-audio-capture={microphone}") as walker:
        walker.sign_in(walked.first_password())
        with_a_menu(walked)
        outside, desk = walker.tab("/bench/outside/1"), walker.tab("/bench/phone/801")
        _call_and_wait_in_the_queue(walker, outside)
        _log_in_at_the_desk(walked, desk)
        _talk(walker, outside, desk, tmp_path)
        _hang_up(walked, outside, desk)
        _find_the_call(walker)


def _call_and_wait_in_the_queue(walker: Walker, outside: Any) -> None:
    outside.wait_for_selector(".telephone")
    walker.picture("bench-outside", outside)
    outside.click(".hooks button:nth-child(2)")  # call the centre
    outside.wait_for_selector(".telephone.lifted")
    # The notice and the menu are heard, as sound in this tab and as speech at the simulated telephone.
    until(outside, lambda: "语音" in outside.inner_text(".screen"), "the menu was heard")
    until(outside, lambda: _call_state(walker.box) == "flow", "the call is in the menu")
    outside.wait_for_timeout(6_000)
    press(outside, "1")
    until(outside, lambda: _call_state(walker.box) == "waiting", "the caller waits")
    walker.page.goto(walker.base + "/board")
    walker.page.wait_for_selector(".waiting li")
    walker.picture("board-waiting")


def _call_state(box: Box) -> str:
    calls = box.client.request("status")["board"]["calls"]
    return str(calls[0]["state"]) if calls else ""


def _log_in_at_the_desk(box: Box, desk: Any) -> None:
    lift(desk)
    until(desk, lambda: "拨号音" in desk.inner_text(".screen"), "dial tone was heard")
    press(desk, "*11")
    desk.wait_for_timeout(1_500)
    press(desk, "101#")
    desk.wait_for_timeout(1_500)
    press(desk, f"{PIN}#")
    until(desk, lambda: agent_state(box) not in ("", "logged_out"), "the agent is logged in")
    desk.click(".hooks .down")


def _talk(walker: Walker, outside: Any, desk: Any, folder: Path) -> None:
    desk.wait_for_selector(".telephone.ringing")
    walker.picture("bench-ringing", desk)
    lift(desk)
    until(desk, lambda: _call_state(walker.box) == "talking", "the two are joined")
    outside.click("#microphone")
    outside.wait_for_selector("#microphone[aria-pressed=true]")
    desk.wait_for_timeout(5_000)
    walker.picture("bench-talking", desk)
    walker.page.wait_for_selector("[data-kind=agent][data-state=talking]")
    walker.picture("board-talking")
    assert SAID in digits_in(saved(desk, folder / "desk.wav"))
    outside.click("#microphone")
    heard = [each["kind"] for each in listen(saved(outside, folder / "outside.wav"))]
    assert "speech" in heard and "tone" in heard  # the menu and the music; dial tone and ringback before


def _hang_up(box: Box, outside: Any, desk: Any) -> None:
    outside.click(".hooks .down")
    until(desk, lambda: not box.client.request("status")["board"]["calls"], "the call has ended")
    desk.click(".hooks .down")


def _find_the_call(walker: Walker) -> None:
    page = walker.page
    page.goto(walker.base + "/calls")
    walker.picture("calls")
    page.click("tbody tr:first-child a")
    page.wait_for_selector("[data-player][data-ready='2']")
    timeline = page.inner_text(".timeline")
    for step in ("来电到达", "录音提示播放完毕", "按键选择", "进入队列", "接听", "通话结束"):
        assert step in timeline, step
    page.click("[data-play]")
    until(page, lambda: page.eval_on_selector("[data-player] audio", "a => a.currentTime") > 0.5, "it plays")
    page.eval_on_selector("[data-seek]", "seek => (seek.value = 0.5)")
    page.dispatch_event("[data-seek]", "input")
    share = "a => a.currentTime / a.duration"
    until(page, lambda: page.eval_on_selector("[data-player] audio", share) > 0.45, "it seeks")
    page.click("[data-play]")
    walker.picture("call")
    page.goto(walker.base + "/figures")
    assert "总机" in page.inner_text("main")
    walker.picture("figures")


def signed_in(walker: Walker) -> Walker:
    """The browser of somebody who is signed in already."""
    cookies = walker.box.admin.cookies
    walker.context.add_cookies(
        [{"name": name, "value": cookies[name], "url": walker.base} for name in cookies]
    )
    return walker


def test_the_board_says_when_the_service_is_gone_and_comes_back_with_it(box: Box) -> None:
    with walker_at(box) as walker:
        page = signed_in(walker).page
        page.goto(f"{walker.base}/board")
        page.wait_for_selector("#link[data-link=live]")
        box.service.kill()
        page.wait_for_selector("#link[data-link=away]")
        assert page.query_selector(".stale")
        walker.picture("board-away")
        box.service.start()
        page.wait_for_selector("#link[data-link=live]")
        page.wait_for_selector("[data-kind=line][data-state=idle]")
        assert not page.query_selector(".stale")


PAGES = (
    "board", "calls", "calls/1", "voicemail", "figures?from=2026-06-01&to=2026-06-01", "agents", "agents/101", "queues",
    "queues/1", "settings", "settings/lines", "settings/lines/1", "settings/phones", "settings/phones/3",
    "settings/hours/office", "settings/timers", "settings/flows", "settings/flows/front?node=ask",
    "settings/prompts", "settings/file", "settings/history", "settings/history/compare?from=1&to=2",
    "users", "system", "system/audit", "system/hardware", "bench",
)  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_fits_a_wall_and_a_telephone_and_no_script_complains(box: Box, language: str) -> None:
    if not box.client.request("settings_history")["revisions"][1:]:
        with_a_menu(box)
    box.admin.get("/board")
    box.admin.post("/language", {"language": language, "back": "/"})
    with walker_at(box) as walker:
        signed_in(walker)
        for path in PAGES:
            walker.page.goto(f"{walker.base}/{path}")
            assert walker.page.get_attribute("html", "data-language") == language
            walker.page.wait_for_timeout(150)  # for what scripts draw; a picture is not judged by it
            walker.picture(f"{path.partition('?')[0].replace('/', '-')}-{language}")
            walker.unfold_the_menu()


def test_a_telephone_alone_on_its_page_takes_the_keys_of_the_keyboard(box: Box) -> None:
    with walker_at(box) as walker:
        signed_in(walker)
        desk = walker.tab("/bench/phone/801")
        lift(desk)
        until(desk, lambda: "dial" in telephone(box.client, "phone:801")["tones"], "dial tone was heard")
        desk.keyboard.type("803")
        until(
            desk, lambda: telephone(box.client, "phone:803")["ringing"], "the extension that was typed rings"
        )
        desk.click(".hooks .down")
        until(desk, lambda: not telephone(box.client, "phone:803")["ringing"], "it rings no more")
