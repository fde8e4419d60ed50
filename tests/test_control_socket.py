# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The control socket: framing, garbage, permission, audit, and the event stream."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import stat
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware import control
from firmware.client import AsyncClient, Client, ClientError, Unreachable
from firmware.control import BODY_BYTES_MAX, LINE_BYTES_MAX, UNDER_WAY_MAX
from firmware.exchange.commands import HangUpCall, Pause
from firmware.stream import HISTORY
from firmware.verbs.verb import EVERYBODY, Request, Verb
from tests.quiet_exchange import Desk, desk

DEADLINE_S = 30
ACTOR = {"kind": "web", "name": "root", "role": "admin"}


def on_desk(folder: Path, story: Callable[[Desk], Coroutine[Any, Any, None]]) -> None:
    async def told() -> None:
        async with desk(folder) as made, asyncio.timeout(DEADLINE_S):
            await story(made)

    asyncio.run(told())


class Raw:
    """A client without manners."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    @asynccontextmanager
    async def open(cls, made: Desk, limit: int = 1 << 24) -> AsyncIterator[Raw]:
        reader, writer = await asyncio.open_unix_connection(made.data.socket, limit=limit)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def say(self, data: bytes) -> dict[str, Any]:
        """Send bytes; the next line that comes."""
        self.writer.write(data)
        return await self.hear()

    async def hear(self) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(await self.reader.readline())
        return line

    async def is_closed(self) -> bool:
        try:
            return await self.reader.read() == b""
        except ConnectionResetError:  # what we sent wasn't read to its end
            return True


def request(do: str = "status", **fields: Any) -> bytes:
    return json.dumps({"id": 1, "do": do, "actor": ACTOR, **fields}).encode() + b"\n"


def test_a_command_reaches_the_exchange_with_its_actor(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client("supervisor", "zhang") as client:
            assert (await client.request("hang_up_call", call=12))["ok"]
        ((actor, command),) = made.exchange.commands
        assert (actor.kind, actor.name, actor.role) == ("web", "zhang", "supervisor")
        assert command == HangUpCall(12)

    on_desk(tmp_path, story)


def test_a_refusal_of_the_exchange_comes_back_with_its_cause(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            with pytest.raises(ClientError) as refusal:
                await client.request("pause", agent=404, pause_code=1)
            assert refusal.value.cause == "unknown_agent"

    on_desk(tmp_path, story)


def test_a_web_agent_is_known_to_the_exchange_by_number(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as admin, made.client("agent", "li") as agent:
            await admin.request("user_add", name="li", role="agent", password="long enough", agent=101)
            await agent.request("pause", agent=101, pause_code=2)
        ((actor, command),) = made.exchange.commands
        assert (actor.name, command) == ("101", Pause(101, 2))

    on_desk(tmp_path, story)


def test_the_command_line_cannot_name_itself(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client(kind="cli", name="somebody.else") as client:
            await client.request("hang_up_call", call=1)
        assert made.exchange.commands[0][0].name == pwd.getpwuid(os.getuid()).pw_name

    on_desk(tmp_path, story)


def test_the_socket_is_for_its_owner_and_group(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        assert stat.S_IMODE(made.data.socket.stat().st_mode) == 0o660

    on_desk(tmp_path, story)


GARBAGE = [
    b"\n",
    b"hello\n",
    b"\x00\xff\xfe\n",
    b"null\n",
    b"[1, 2]\n",
    b'"status"\n',
    b"[" * 100_000 + b"\n",
    b'{"id": 1}\n',
    b'{"id": 1, "do": 5}\n',
    b'{"id": 1, "do": "status"}\n',
    b'{"id": null, "do": "status", "actor": {}}\n',
    b'{"id": true, "do": "status", "actor": {}}\n',
    b'{"id": 1, "do": "status", "actor": []}\n',
    request("status", actor={"kind": "seat", "name": "801", "role": "admin"}),
    request("status", actor={"kind": "web", "name": "", "role": "admin"}),
    request("status", actor={"kind": "web", "name": "a\nb", "role": "admin"}),
    request("status", actor={"kind": "web", "name": "x", "role": ["admin"]}),
    request("status", actor={"kind": "web", "name": "x", "role": "emperor"}),
    request("no_such_verb"),
    request("__class__"),
    request("pause", agent=101),
    request("pause", agent="101", pause_code=1),
    request("pause", agent=101, pause_code=1.5),
    request("pause", agent=101, pause_code=10),
    request("pause", agent=10**30, pause_code=1),
    request("log_out", agent=-1),
    request("log_in", agent=101, extension="801\n"),
    request("dial_from", extension="801", digits="A" * 5_000),
    request("hang_up_call", call=None),
    request("settings_show", revision=-1),
    request("settings_show", revision=10**30),
    request("settings_apply", settings=[1]),
    request("user_add", name=5),
    request("status", body_bytes=3) + b"abc",
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_answered_and_the_connection_goes_on(tmp_path: Path, garbage: bytes) -> None:
    async def story(made: Desk) -> None:
        async with Raw.open(made) as raw:
            answer = await raw.say(garbage)
            assert answer["ok"] is False and answer["cause"] == "bad_request" and answer["detail"]
            assert (await raw.say(request()))["ok"] is True
        assert made.exchange.commands == []

    on_desk(tmp_path, story)


def test_a_line_without_end_is_told_and_cut(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with Raw.open(made) as raw:
            answer = await raw.say(b"x" * (LINE_BYTES_MAX + 10))
            assert answer["cause"] == "too_long"
            assert await raw.is_closed()
            async with made.client() as other:
                assert (await other.request("status"))["ok"]

    on_desk(tmp_path, story)


@pytest.mark.parametrize("length", [BODY_BYTES_MAX + 1, -1, "5", True, 1.5])
def test_a_body_of_no_bearable_length_is_told_and_cut(tmp_path: Path, length: object) -> None:
    async def story(made: Desk) -> None:
        async with Raw.open(made) as raw:
            assert (await raw.say(request("prompt_upload", body_bytes=length)))["cause"] == "too_long"
            assert await raw.is_closed()

    on_desk(tmp_path, story)


def test_half_a_line_and_half_a_body_harm_nobody(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        for half in (b'{"id": 1, "do": "st', request("prompt_upload", name="a", body_bytes=100) + b"RIFF"):
            async with Raw.open(made) as raw:
                raw.writer.write(half)
                raw.writer.write_eof()
                assert await raw.is_closed()
        async with made.client() as other:
            assert (await other.request("status"))["ok"]
        assert await made.rows("SELECT * FROM prompts") == []

    on_desk(tmp_path, story)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.binary(max_size=200), max_size=20))
def test_any_bytes_at_all_leave_the_service_whole(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    async def story(made: Desk) -> None:
        async with Raw.open(made) as raw:
            raw.writer.write(b"\n".join(lines) + b"\n")
            raw.writer.write_eof()
            await raw.reader.read()
        async with made.client() as other:
            assert (await other.request("status"))["ok"]

    on_desk(tmp_path_factory.mktemp("fuzz"), story)


def test_many_requests_on_one_connection_are_each_answered_once(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            answers = await asyncio.gather(*(client.request("hang_up_call", call=n) for n in range(300)))
        assert len(answers) == 300
        assert len({command.call for _, command in made.exchange.commands}) == 300  # type: ignore[union-attr]

    on_desk(tmp_path, story)


def test_a_client_may_have_so_many_requests_under_way_and_no_more(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        made.exchange.slow = asyncio.Event()
        async with made.client() as greedy, made.client() as modest:
            asked = [asyncio.ensure_future(greedy.request("hang_up_call", call=n)) for n in range(200)]
            while len(made.exchange.commands) < UNDER_WAY_MAX:
                await asyncio.sleep(0)
            await modest.request("status")
            assert len(made.exchange.commands) == UNDER_WAY_MAX
            made.exchange.slow.set()
            await asyncio.gather(*asked)

    on_desk(tmp_path, story)


def test_what_only_its_client_wants_ends_with_the_client_and_a_change_is_done_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(made: Desk) -> None:
        ended, go_on, begun = asyncio.Queue[str](), asyncio.Event(), asyncio.Queue[str]()

        async def wait(desk: Any, request: Request) -> dict[str, Any]:
            begun.put_nowait(request.verb)
            try:
                await go_on.wait()
            except asyncio.CancelledError:
                ended.put_nowait(f"{request.verb} broken off")
                raise
            ended.put_nowait(f"{request.verb} done")
            return {}

        verbs = {
            "measure": Verb(wait, EVERYBODY, ends_with_client=True),
            "change": Verb(wait, EVERYBODY),
        }
        monkeypatch.setattr(control, "VERBS", verbs)
        async with Raw.open(made) as client:
            client.writer.write(request("change") + request("measure"))
            assert {await begun.get(), await begun.get()} == {"change", "measure"}
        assert await ended.get() == "measure broken off"
        go_on.set()
        assert await ended.get() == "change done"

    on_desk(tmp_path, story)


def test_a_client_that_says_no_more_still_gets_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(made: Desk) -> None:
        looked = asyncio.Event()

        async def wait(desk: Any, request: Request) -> dict[str, Any]:
            await looked.wait()
            return {"found": 1}

        def has_gone(writer: asyncio.StreamWriter) -> bool:
            gone = really_gone(writer)
            looked.set()
            return gone

        really_gone = control._has_gone
        monkeypatch.setattr(control, "_has_gone", has_gone)
        monkeypatch.setattr(control, "VERBS", {"measure": Verb(wait, EVERYBODY, ends_with_client=True)})
        async with Raw.open(made) as client:
            client.writer.write(request("measure"))
            client.writer.write_eof()
            assert json.loads(await client.reader.readline())["found"] == 1

    on_desk(tmp_path, story)


def test_connections_beyond_the_limit_are_refused_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "CONNECTIONS_MAX", 3)

    async def story(made: Desk) -> None:
        async with made.client() as one, made.client() as two, made.client() as three:
            for client in (one, two, three):
                await client.request("status")
            async with Raw.open(made) as fourth:
                assert await fourth.is_closed()
            assert (await one.request("status"))["ok"]
        while made.server.connection_count:
            await asyncio.sleep(0)
        async with made.client() as again:
            assert (await again.request("status"))["ok"]

    on_desk(tmp_path, story)


# --- permission and audit ---

CHANGES: dict[str, dict[str, Any]] = {
    "settings_apply": {"settings": {}},
    "settings_restore": {"revision": 1},
    "user_add": {"name": "x", "role": "admin", "password": "long enough"},
    "user_change": {"name": "admin", "role": "agent"},
    "user_remove": {"name": "admin"},
    "set_pin": {"subject": "agent:101", "pin": "4711"},
    "remove_pin": {"subject": "agent:101"},
    "prompt_upload": {"name": "x"},
    "prompt_remove": {"name": "x"},
    "message_remove": {"message": 1},
    "backup": {},
}


@pytest.mark.parametrize("role", ["agent", "merchant"])
@pytest.mark.parametrize("verb", sorted(set(CHANGES) - {"message_remove"}))
def test_who_may_not_is_refused_and_that_is_kept(tmp_path: Path, verb: str, role: str) -> None:
    async def story(made: Desk) -> None:
        before = await made.rows("SELECT name, role FROM users")
        async with made.client(role, "mallory") as client:
            with pytest.raises(ClientError) as refusal:
                await client.request(verb, **CHANGES[verb])
        assert refusal.value.cause == "not_allowed"
        assert await made.rows("SELECT name, role, action, allowed FROM audit") == [
            ("mallory", role, verb, 0)
        ]
        assert await made.rows("SELECT name, role FROM users") == before
        assert made.exchange.revision == 1

    on_desk(tmp_path, story)


def test_every_change_is_kept_with_its_actor_and_without_secrets(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            await client.request("user_add", name="li", role="agent", password="hunter2hunter2", agent=101)
            await client.request("set_pin", subject="agent:101", pin="4711")
            await client.request("settings_apply", settings={}, comment="emptied")
        rows = await made.rows("SELECT name, action, allowed, detail FROM audit ORDER BY id")
        assert [row[:3] for row in rows] == [
            ("root", verb, 1) for verb in ("user_add", "set_pin", "settings_apply")
        ]
        assert json.loads(rows[0][3])["name"] == "li" and "emptied" in rows[2][3]
        kept = json.dumps(await made.rows("SELECT * FROM audit"))
        assert "hunter2" not in kept and "4711" not in kept

    on_desk(tmp_path, story)


def test_who_has_not_signed_in_may_do_nothing_but_that(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client("", "nobody") as client:
            for verb in ("status", "settings_show", "subscribe", "user_list"):
                with pytest.raises(ClientError) as refusal:
                    await client.request(verb)
                assert refusal.value.cause == "not_allowed"

    on_desk(tmp_path, story)


# --- the stream ---


def test_the_stream_begins_with_the_board_and_tells_each_change_in_order(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        made.exchange.line(1, "idle")
        async with made.client() as client:
            stream = client.events()
            first = await anext(stream)
            assert [line["state"] for line in first["resync"]["lines"]] == ["idle"]
            for state in ("ringing", "up", "clearing"):
                made.exchange.line(1, state)
            told = [await anext(stream) for _ in range(3)]
            assert [line["report"]["state"] for line in told] == ["ringing", "up", "clearing"]
            assert [line["seq"] for line in told] == [first["seq"] + n for n in (1, 2, 3)]
            assert {line["epoch"] for line in told} == {7}

    on_desk(tmp_path, story)


def test_a_client_that_comes_back_carries_on_where_it_was(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        made.exchange.line(1, "idle")
        made.exchange.line(2, "ringing")
        made.exchange.line(3, "up")
        async with made.client() as client:
            stream = client.events(epoch=7, seq=1)
            assert [(await anext(stream))["report"]["port"] for _ in range(2)] == [2, 3]

    on_desk(tmp_path, story)


@pytest.mark.parametrize(("epoch", "seq"), [(6, 1), (7, 99), (7, -5), ("7", 1), (7, None), (None, 3)])
def test_a_place_that_is_not_in_the_history_means_resync(tmp_path: Path, epoch: Any, seq: Any) -> None:
    async def story(made: Desk) -> None:
        made.exchange.line(1, "idle")
        async with made.client() as client:
            assert "resync" in await anext(client.events(epoch=epoch, seq=seq))

    on_desk(tmp_path, story)


def test_a_slow_reader_is_given_the_board_and_costs_the_service_nothing(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with Raw.open(made, limit=1 << 14) as raw:
            assert (await raw.say(request("subscribe")))["ok"]
            for number in range(HISTORY * 3):
                made.exchange.line(1 + number % 4, "ringing", "1380013" + str(number))
                if number % 500 == 0:
                    await asyncio.sleep(0)
            last = made.server.stream.seq
            lines = [await raw.hear()]
            while lines[-1]["seq"] < last:
                lines.append(await raw.hear())
            resyncs = [line for line in lines if "resync" in line]
            assert len(resyncs) >= 2 and len(lines) < HISTORY * 3
            seqs = [line["seq"] for line in lines]
            assert seqs == sorted(seqs)

    on_desk(tmp_path, story)


def test_numbers_in_the_stream_are_masked_for_those_who_may_not_see_them(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        made.exchange.line(1, "ringing", "13800138000")
        async with made.client("agent", "li") as agent, made.client() as admin:
            hidden, seen = await anext(agent.events()), await anext(admin.events())
            assert hidden["resync"]["lines"][0]["caller"]["number"] == "138****8000"
            assert seen["resync"]["lines"][0]["caller"]["number"] == "13800138000"
            status = await agent.request("status")
            assert status["board"]["lines"][0]["caller"]["number"] == "138****8000"

    on_desk(tmp_path, story)


# --- clients ---


def test_threads_share_a_client(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        client = Client(made.data.socket, actor=ACTOR)

        def ask() -> None:
            for number in range(20):
                client.request("hang_up_call", call=number)

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        await asyncio.to_thread(lambda: [thread.join() for thread in threads])
        assert len(made.exchange.commands) == 120
        client.close()

    on_desk(tmp_path, story)


def test_a_client_finds_the_service_again_after_a_restart(tmp_path: Path) -> None:
    client = Client(tmp_path / "switchroom.sock", actor=ACTOR)

    async def ask(made: Desk) -> None:
        assert (await asyncio.to_thread(client.request, "status"))["ok"]

    with pytest.raises(Unreachable):
        client.request("status")
    on_desk(tmp_path, ask)
    with pytest.raises(Unreachable):
        client.request("status")
    on_desk(tmp_path, ask)
    on_desk(tmp_path, ask)  # the connection kept from before is known to be dead
    client.close()


def test_a_stream_that_ends_says_that_the_service_is_gone(tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []
    ended: list[Exception] = []

    def listen() -> None:
        try:
            heard.extend(Client(tmp_path / "switchroom.sock", actor=ACTOR).events())
        except Unreachable as gone:
            ended.append(gone)

    thread = threading.Thread(target=listen)

    async def story(made: Desk) -> None:
        thread.start()
        while not heard:
            await asyncio.sleep(0.01)

    on_desk(tmp_path, story)
    thread.join(DEADLINE_S)
    assert "resync" in heard[0] and len(ended) == 1


def test_two_services_do_not_share_a_socket(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        with pytest.raises(OSError, match="another service"):
            async with desk(tmp_path):
                pass
        async with AsyncClient(made.data.socket, actor=ACTOR) as client:
            assert (await client.request("status"))["ok"]

    on_desk(tmp_path, story)


def test_a_socket_left_by_a_killed_service_is_taken_over(tmp_path: Path) -> None:
    import socket

    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "switchroom.sock"))
    left.close()
    on_desk(tmp_path, lambda made: asyncio.sleep(0))
