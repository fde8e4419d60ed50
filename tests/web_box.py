# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A whole box for tests of the pages: the real service on the simulated card, and the real web server before it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from firmware.client import Client, Unreachable
from firmware.exchange.vocabulary import Party, SaveMessage
from firmware.store import calls, recordings
from firmware.store.reader import Reader
from firmware.store.store import Store
from tests.call_records import a_call, at
from webui.bench_sound import BenchSound
from webui.server import Server, make
from webui.site import Site

PASSWORD = "a sentence of our own"
DEADLINE_S = 30.0
ROOT = Path(__file__).resolve().parent.parent


def until(true: Callable[[], object], what: str, within_s: float = DEADLINE_S) -> None:
    """Wait for an event with a deadline."""
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, f"{what}: not within {within_s} s"
        time.sleep(0.05)


class ServiceProcess:
    """The service in a process of its own, so that it can be killed and started again."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.client = Client(
            data / "switchroom.sock", actor={"kind": "web", "name": "admin", "role": "admin"}
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        code = "import sys; from firmware.main import main; sys.exit(main(sys.argv[1:]))"
        command = [
            sys.executable,
            "-c",
            code,
            "--data",
            str(self.data),
            "--simulated",
            "2,3",
            "--tick-ms",
            "10",
        ]
        with (self.data / "service.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        until(self.answers, "the service answers")

    def answers(self) -> bool:
        try:
            self.client.request("status")
        except Unreachable:
            return False
        return True

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)
            self._process.wait(DEADLINE_S)


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Browser:
    """Somebody's browser, without the eyes: cookies, forms with their token, headers as asked for."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def get(self, path: str, **headers: str) -> Answer:
        answer = self._ask("GET", path, None, {"Accept": "text/html", **headers})
        if found := re.search(r'name="csrf" content="([^"]+)"', answer.body.decode("utf-8", "replace")):
            self.csrf = found[1]
        return answer

    def post(self, path: str, form: Mapping[str, Any] | None = None, csrf: str | None = None) -> Answer:
        fields = {**(form or {}), "csrf": self.csrf if csrf is None else csrf}
        body = urlencode(fields, doseq=True).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
        return self._ask("POST", path, body, headers)

    def post_json(self, path: str, value: Any) -> Answer:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRF": self.csrf}
        return self._ask("POST", path, json.dumps(value).encode(), headers)

    def upload(self, path: str, form: Mapping[str, str], name: str, content: bytes) -> Answer:
        border = "----border-of-parts"
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in {**form, "csrf": self.csrf}.items()
        ]
        head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        body = b"".join([*parts, head.encode(), b"Content-Type: application/octet-stream\r\n\r\n", content])
        headers = {"Content-Type": f"multipart/form-data; boundary={border}", "Accept": "text/html"}
        return self._ask("POST", path, body + f"\r\n--{border}--\r\n".encode(), headers)

    def sign_in(self, name: str, password: str) -> Answer:
        self.get("/signin")
        return self.post("/signin", {"name": name, "password": password})

    def follow(self, answer: Answer) -> Answer:
        assert answer.status == 303, answer.text
        return self.get(answer.headers["Location"].partition("#")[0])

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request(method, path, body, {**headers, **({"Cookie": cookie} if cookie else {})})
            answer = connection.getresponse()
            cookies = answer.headers.get_all("Set-Cookie") or []
            self._keep(cookies)
            return Answer(answer.status, dict(answer.headers), cookies, answer.read())
        finally:
            connection.close()

    def _keep(self, cookies: list[str]) -> None:
        for cookie in cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            if value.strip('"'):
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)


class Box:
    """Service and pages on free ports.  `admin` is signed in and has chosen a password."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.service = ServiceProcess(data)
        self.site: Site
        self.server: Server
        self.admin: Browser
        self._thread: threading.Thread | None = None

    @property
    def client(self) -> Client:
        return self.service.client

    @property
    def port(self) -> int:
        return int(self.server.bind_addr[1])

    def start(self) -> None:
        self.service.start()
        self.start_pages()
        self.admin = self.browser()
        first = self.first_password()
        self.admin.follow(self.admin.sign_in("admin", first))
        self.admin.post("/password", {"old": first, "new": PASSWORD, "again": PASSWORD})
        self.admin.get("/board")

    def first_password(self) -> str:
        """The first admin's, which the service writes when it is up already."""
        file = self.data / "first-password"
        until(lambda: file.exists() and file.read_text().strip(), "the first password is made")
        return file.read_text().strip()

    def start_pages(self) -> None:
        self.site = Site(self.data / "switchroom.sock", self.data)
        self.server = make(self.site, "127.0.0.1", 0)
        self.server.prepare()
        self._sound = BenchSound(self.site, self.data / "audio.sock", "127.0.0.1", 0)
        self._sound.start()
        self.site.bench_port = self._sound.port
        self._thread = threading.Thread(target=self.server.serve, daemon=True)
        self._thread.start()

    def stop_pages(self) -> None:
        self.site.end_streams()
        self._sound.close()
        self.server.stop()
        assert self._thread is not None
        self._thread.join(10)
        self.site.close()

    def stop(self) -> None:
        if self._thread is not None:
            self.stop_pages()
        self.service.stop()
        self.client.close()

    def browser(self) -> Browser:
        return Browser(self.port)

    def user_reader(self, role: str) -> Reader:
        return Reader(role, f"a-{role}")

    def user(self, role: str) -> Browser:
        """Somebody of this role, signed in; made at the first asking."""
        names = {row["name"] for row in self.client.request("user_list")["users"]}
        name = f"a-{role}"
        if name not in names:
            self.client.request("user_add", name=name, role=role, password="first password", language="en")
            new = self.browser()
            new.follow(new.sign_in(name, "first password"))
            new.post("/password", {"old": "first password", "new": PASSWORD, "again": PASSWORD})
        signed_in = self.browser()
        assert signed_in.sign_in(name, PASSWORD).status == 303
        signed_in.get("/calls" if role == "merchant" else "/board")
        return signed_in


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A box for the tests of one file, with some calls on record from before it was started."""
    data = tmp_path_factory.mktemp("box")
    whole = Box(data)
    try:
        put_calls(data)
        whole.start()
        yield whole
    finally:
        whole.stop()


MARKUP = '<img src=x onerror="alert(1)">&amp;'


def put_calls(data: Path) -> None:
    """Calls as a service before this one left them: one with a caller whose name is markup, one with its recording."""
    wav = tone_wav(8_000)
    (data / "recordings" / "old").mkdir(parents=True, exist_ok=True)
    (data / "recordings" / "old" / "1.wav").write_bytes(wav)
    with Store(data / "switchroom.db") as store:
        for number in range(1, 4):
            record = a_call(number, second=number * 100)
            evil = msgspec.structs.replace(record, caller=Party("13800138000", name=MARKUP))
            store.write(calls.add, evil, number).result()
        store.write(recordings.begin, 1, 1, 1, 1, "old/1.wav", at(100)).result()
        store.write(recordings.end, 1, "closed", 8_000).result()
        message = SaveMessage(1, 1, 1, Party("13800138000", name=MARKUP), at(100.25), at(100.75))
        store.write(recordings.save_message, message).result()


def tone_wav(frames: int) -> bytes:
    """An A-law file of two tracks, loud first and then silent."""
    loud, silent = bytes([0xAA, 0xD5]), bytes([0xD5, 0xD5])
    sound = loud * (frames // 2) + silent * (frames - frames // 2)
    head = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 6, 2, 8000, 16000, 2, 8, 0)
    body = b"WAVE" + head + struct.pack("<4sI", b"data", len(sound)) + sound
    return b"RIFF" + len(body).to_bytes(4, "little") + body
