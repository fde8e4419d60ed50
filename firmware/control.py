# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The Unix socket: every change to the box goes through it, and everybody learns here what happened.

It speaks lines of JSON, one object a line, UTF-8, at most 1 MiB each.  A client may have many requests under
way on one connection; each is answered once, by its `id`, in any order.

    -> {"id": 1, "do": "pause", "actor": {"kind": "web", "name": "li", "role": "agent"}, "agent": 101,
    "pause_code": 2} <- {"id": 1, "ok": true}
    <- {"id": 1, "ok": false, "cause": "not_allowed", "detail": "..."}

id: a number or a string of the client's choosing.  actor: who asks (`vocabulary.Actor`); kind "web", "api" or
"cli"; role "admin", "supervisor", "agent", "merchant" or "installer".  A reply that acknowledges a change is
sent when the change is on the disk.  The process at the other end is trusted to name its user (the socket's
mode is 0660), except kind "cli", whose name is always the Unix user's.

Commands to the exchange: the classes of `vocabulary.CoreCommand` in snake case with their fields:
log_in{agent, extension} log_out{agent} pause{agent, pause_code} ready{agent} join_queue{agent, queue}
leave_queue{agent, queue} hang_up_call{call} dial_from{extension, digits} block_line{port, blocked}
lend_line{port, rings} return_line{port, caller} lend_phone{port} return_phone{port}.
Their causes are those of `vocabulary.Cause`.

Causes of this layer: bad_request (no such verb, a field missing or wrong: `detail` says which), not_allowed,
not_found, conflict, faults (settings are wrong: "faults": [{"path", "code", "values", "message": {"en",
"zh"}}]), too_long, unavailable (the store or the bench isn't there), fault (an error of ours, logged).

The other verbs, with what they take -> what they answer beside id and ok (a ? marks what may be left out):

    status                                 -> epoch, seq, service{...}, board{lines, phones, agents, queues,
    calls, alarms} subscribe{epoch?, seq?}                -> epoch, seq; then the stream, below
    unsubscribe                            -> nothing

    settings_show{revision?, form?}        -> revision, settings (form "json", as is usual) or toml (form
    "toml") settings_check{settings | toml}        -> faults [] where right; cause faults where wrong
    settings_apply{settings | toml, comment?, base?} -> revision, changes.  base: the revision the change was
    made on;
                                              another one in force by now is a conflict
    settings_history{limit?}               -> revisions [{number, author, at_ns, comment}], newest first
    settings_compare{from, to}             -> changes [{path, before, after}]
    settings_restore{revision, comment?}   -> revision (a new one), changes

    prompt_list                            -> prompts [{name, title, ms, author, at_ns, shipped}]
    prompt_upload{name, title?, body_bytes} + body -> name, ms      music is a prompt whose name begins
    "music." prompt_remove{name}                    -> nothing; conflict where the settings use it

    user_list                              -> users [{name, role, language, agent, lines, must_change,
    locked}] user_add{name, role, password, language?, agent?, lines?}
    user_change{name, role?, password?, language?, agent?, lines?}    an admin's password for another must be
    changed user_remove{name}
    sign_in{name, password}                -> user{...}; not_allowed when wrong, locked_out after too many
    tries change_password{name, old, new}        -> nothing
    set_pin{subject, pin}                  -> nothing.  subject "agent:101", "mailbox:1" or a flow's own
    remove_pin{subject}

    message_heard{message, heard?}         -> nothing
    message_remove{message}
    backup{recordings?}                    -> file, bytes (in the data folder's backups/)
    backup_compare{file}                   -> comparison{version, made_at, rows, settings, prompts_added, prompts_lost,
                                              recordings}: what restoring that backup would change
    audit{action, detail?}                 -> nothing.  What changes nothing but must be known of:
                                              hear_recording, download_recording, hear_message,
                                              download_backup, export_calls
    doctor                                 -> findings [{what, well, found, message: {"en", "zh"}}]
    ports                                  -> lines, phones: the ports that are there
    hardware{machine?}                     -> card, ports [{port, kind, name, used_as, state, off_hook, ringing, alarm,
                                              rx_dbm0, tx_dbm0, lost_samples, starved_samples}]; with machine also
                                              what is plugged in: machine{kernel, dahdi, cards, spans, findings
                                              [{code, values, message: {"en", "zh"}}]}
    port_test{port}                        -> of a phone: test "bell", rings_s; of a line: test "dial_tone", heard,
                                              after_ms, level_dbm0, freq_hz.  conflict where it is not at rest
    measure_line{port, digit?}             -> found{...}; these four are the line doctor's and take up to minutes:
    measure_call{caller, called, number, own_number?}    what they find is described in `line_doctor.findings`.
    measure_hang_up{port}                                They end where their client closes, and give back what was
    measure_flash{port}                                  lent

Bench (simulated card only), handed to the far ends as they are: bench_status, bench_lift{who},
bench_hang_up{who}, bench_dial{who, digits}, bench_press{who, digits}, bench_flash{who, ms?}, bench_speak{who,
ms}; who: "phone:801", "outside:13800138000".  Elsewhere the cause is unavailable.

A request with "body_bytes": n is followed, after its newline, by exactly n raw bytes (at most 32 MiB).

The stream.  After its reply to `subscribe` a connection gets lines without an id:

    <- {"epoch": 7, "seq": 812, "report": {"kind": "line", "port": 1, "state": "ringing", ...}}
    <- {"epoch": 7, "seq": 812, "resync": {"lines": [...], "phones": [...], ...}}

report: one of `vocabulary.Report` as an object by field name, with kind "line", "phone", "agent", "queue",
"call", "alarm" (also "message", "settings", "prompts" told by this layer).  Each is the whole present state
of one thing.  seq counts up by one; epoch counts the starts of the service.  `subscribe` with the last epoch
and seq seen carries on behind them; when that isn't possible (another epoch, too old, or the client reads too
slowly) the stream says `resync` with the whole board instead, and carries on behind its seq.  Numbers are
masked for roles that may not see them (`store.masking`). A moment is {"mono_ns", "civil_ns"}; a party
{"number", "name", "presentation", "extension"}.

A line that isn't JSON or isn't a request is answered with id null and cause bad_request; a line or body that
is too long, likewise, and the connection is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pwd
import select
import socket
import struct
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from firmware.data_folder import DataFolder
from firmware.errors import StoreError
from firmware.exchange.commands import Actor
from firmware.store import events, users
from firmware.store.masking import hides_numbers
from firmware.store.store import Store
from firmware.stream import Stream, encode_line
from firmware.verbs import box, hardware, lines, people, prompts, settings
from firmware.verbs.verb import EVERYBODY, Desk, Exchange, Refused, Request, Verb
from firmware.wire import COMMANDS, command_of

log = logging.getLogger(__name__)

LINE_BYTES_MAX = 1 << 20
BODY_BYTES_MAX = 32 << 20
UNDER_WAY_MAX = 32  # requests of one connection at a time; more wait unread
GONE_EVERY_S = 0.5  # how often it is seen whether a client that says no more still listens
CONNECTIONS_MAX = 200  # 96 web threads with a stream each, and the rest
SOCKET_MODE = 0o660
KINDS = ("web", "api", "cli")

VERBS: Mapping[str, Verb] = {
    **box.VERBS,
    **hardware.VERBS,
    **lines.VERBS,
    **people.VERBS,
    **prompts.VERBS,
    **settings.VERBS,
}


class ControlServer:
    """Listens at `path` from `start` to `close`.  store: None in bare service; what needs it is unavailable
    then."""

    def __init__(
        self, exchange: Exchange, store: Store | None, data: DataFolder, path: Path | None = None
    ) -> None:
        self.path = path or data.socket
        self.stream = Stream(exchange.epoch, exchange.board)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="control")
        self._slow_pool = ThreadPoolExecutor(1, thread_name_prefix="control-slow")
        self._desk = Desk(exchange, store, data, self.stream, self._pool, self._slow_pool)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises OSError where the path can't be had or another service answers there."""
        await self._take_path()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._server = await asyncio.start_unix_server(self._accept, self.path, limit=LINE_BYTES_MAX)
        self.path.chmod(SOCKET_MODE)
        await self._first_admin()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self.path.unlink(missing_ok=True)
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self.stream.close()
        for pool in (self._pool, self._slow_pool):
            pool.shutdown(wait=True, cancel_futures=True)
        self._desk.queries.close()

    @property
    def connection_count(self) -> int:
        return len(self._connections)

    async def _take_path(self) -> None:
        if not self.path.exists():
            return
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.path))
            except OSError:
                self.path.unlink()  # left behind by a service that was killed
                return
        raise OSError(f"another service answers at {self.path}")

    async def _first_admin(self) -> None:
        """On a new box somebody must be able to sign in; the password lies in the data folder until it is
        changed."""
        if self._desk.store is None:
            return
        at_ns = self._desk.exchange.now().civil_ns
        if password := await self._desk.write(people.ensure_admin, at_ns):
            file = self._desk.data.first_password
            file.touch(mode=0o600)
            file.write_text(password + "\n", "utf-8")
            log.info("control: the first admin's password is in %s", file.name)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._connections) >= CONNECTIONS_MAX:
            log.warning("control: more than %d connections, one is refused", CONNECTIONS_MAX)
            writer.close()
            return
        self._connections.add(task)
        try:
            await _Connection(self._desk, reader, writer).serve()
        except (ConnectionError, asyncio.CancelledError):
            log.debug("control: a client went away")
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()


class _Connection:
    """One client: its requests, and its place in the stream where it has subscribed."""

    def __init__(self, desk: Desk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._desk = desk
        self._reader = reader
        self._writer = writer
        self._unix_user = _unix_user(writer)
        self._under_way: set[asyncio.Task[None]] = set()
        self._ends_with_client: set[asyncio.Task[None]] = set()
        self._streaming: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        try:
            while await self._take_one():
                while len(self._under_way) >= UNDER_WAY_MAX:
                    await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            while self._under_way:
                if _has_gone(self._writer):
                    for task in self._ends_with_client:
                        task.cancel()
                await asyncio.wait(self._under_way, timeout=GONE_EVERY_S)
        finally:
            self._stop_streaming()
            for task in self._under_way:
                task.cancel()

    async def _take_one(self) -> bool:
        """Read one request and begin it.  False where the connection is to be closed."""
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            await self._refuse(None, "too_long", f"a line may have {LINE_BYTES_MAX} bytes at most")
            return False
        except asyncio.IncompleteReadError:
            return False
        fields = _decoded(line)
        if fields is None:
            await self._refuse(None, "bad_request", "this is no JSON object")
            return True
        body = b""
        if (length := fields.get("body_bytes")) is not None:
            if type(length) is not int or not 0 <= length <= BODY_BYTES_MAX:
                detail = f"body_bytes: a number up to {BODY_BYTES_MAX}"
                await self._refuse(_id_of(fields), "too_long", detail)
                return False
            try:
                body = await self._reader.readexactly(length)
            except asyncio.IncompleteReadError:
                return False
        task = asyncio.create_task(self._answer(fields, body))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        verb = VERBS.get(str(fields.get("do")))
        if verb is not None and verb.ends_with_client:
            self._ends_with_client.add(task)
            task.add_done_callback(self._ends_with_client.discard)
        return True

    async def _answer(self, fields: Mapping[str, Any], body: bytes) -> None:
        request_id = _id_of(fields)
        try:
            answer = await self._do(fields, body)
        except Refused as refusal:
            await self._refuse(request_id, refusal.cause, refusal.detail, **refusal.extra)
        except StoreError as error:
            log.error("control: %s: %s", fields.get("do"), error)
            await self._refuse(request_id, "unavailable", str(error))
        except ConnectionError:
            log.debug("control: a client went away before its answer")
        except Exception:
            log.exception("control: %s failed", fields.get("do"))
            await self._refuse(request_id, "fault", "an error of the service: see its log")
        else:
            if answer is not None:
                await self._send(encode_line({"id": request_id, "ok": True, **answer}))

    async def _do(self, fields: Mapping[str, Any], body: bytes) -> Mapping[str, Any] | None:
        if _id_of(fields) is None:
            raise Refused("bad_request", "id: a number or a string")
        name = fields.get("do")
        if not isinstance(name, str):
            raise Refused("bad_request", 'do: which verb, as "status"')
        actor = self._actor(fields.get("actor"))
        if name in COMMANDS:
            return await self._command(name, actor, fields)
        if name == "subscribe":
            await self._subscribe(actor, fields)
            return None
        if name == "unsubscribe":
            self._stop_streaming()
            return {}
        verb = VERBS.get(name)
        if verb is None:
            raise Refused("bad_request", f"there is no verb {name[:60]!r}")
        if body and not verb.takes_body:
            raise Refused("bad_request", f"{name} takes no body")
        return await self._use(verb, Request(name, actor, fields, body))

    async def _use(self, verb: Verb, request: Request) -> Mapping[str, Any]:
        """Permission and audit of everything but the exchange's own commands, which has its own of both."""
        allowed = request.actor.role in verb.roles
        if (verb.changes or not allowed) and self._desk.store is not None:
            # Written ahead of the change in the same queue, so it is on the disk when the change is.
            self._desk.store.write(
                events.add_audit,
                request.actor,
                request.verb,
                allowed,
                request.audit_detail(),
                self._desk.exchange.now().civil_ns,
            )
        if not allowed:
            raise Refused("not_allowed", f"{request.actor.role or 'nobody'} may not {request.verb}")
        return await verb.handler(self._desk, request)

    async def _command(self, name: str, actor: Actor, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            command = command_of(name, fields)
        except msgspec.ValidationError as error:
            raise Refused("bad_request", str(error)) from None
        reply = await self._desk.exchange.command(await self._as_agent(actor), command)
        if not reply.ok:
            raise Refused(reply.cause.value if reply.cause else "fault", reply.detail)
        return {"detail": reply.detail} if reply.detail else {}

    async def _as_agent(self, actor: Actor) -> Actor:
        """The exchange knows an agent by number; a web user of that role has one."""
        if actor.role != "agent" or actor.name.isdigit() or self._desk.store is None:
            return actor
        user = await self._desk.write(users.find, actor.name)
        return Actor(actor.kind, str(user.agent), actor.role) if user and user.agent else actor

    def _actor(self, value: Any) -> Actor:
        if not isinstance(value, Mapping):
            raise Refused("bad_request", "actor: {kind, name, role}")
        kind, name, role = (value.get(field) for field in ("kind", "name", "role"))
        if kind not in KINDS:
            raise Refused("bad_request", f"actor: kind is one of {', '.join(KINDS)}")
        if not isinstance(name, str) or not 0 < len(name) <= 60 or not name.isprintable():
            raise Refused("bad_request", "actor: name is a text of 1 to 60 characters")
        if not isinstance(role, str) or (role and role not in EVERYBODY):
            raise Refused("bad_request", f"actor: role is one of {', '.join(sorted(EVERYBODY))}")
        return Actor(kind, self._unix_user if kind == "cli" else name, role)

    # --- the stream ---

    async def _subscribe(self, actor: Actor, fields: Mapping[str, Any]) -> None:
        if actor.role not in EVERYBODY:
            raise Refused("not_allowed", "nobody may not subscribe")
        stream, masked = self._desk.stream, hides_numbers(actor.role)
        epoch, seq = fields.get("epoch"), fields.get("seq")
        carries_on = type(epoch) is int and type(seq) is int and stream.holds(epoch, seq)
        self._stop_streaming()
        head = {"id": _id_of(fields), "ok": True, "epoch": stream.epoch, "seq": stream.seq}
        place = seq if carries_on and isinstance(seq, int) else stream.seq
        self._writer.write(encode_line(head))
        if not carries_on:
            self._writer.write(stream.resync(masked))
        self._streaming = asyncio.create_task(self._send_stream(place, masked))

    async def _send_stream(self, seq: int, masked: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._desk.stream.wait_after(seq)
                seq, lines = self._desk.stream.lines_after(seq, masked)
                # Waits here for a slow reader; what happens meanwhile is in the history, or becomes a resync.
                await self._send(b"".join(lines))

    def _stop_streaming(self) -> None:
        if self._streaming is not None:
            self._streaming.cancel()
            self._streaming = None

    # --- answers ---

    async def _refuse(self, request_id: int | str | None, cause: str, detail: str, **extra: Any) -> None:
        with contextlib.suppress(ConnectionError):
            await self._send(
                encode_line({"id": request_id, "ok": False, "cause": cause, "detail": detail, **extra})
            )

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()


def _decoded(line: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _id_of(fields: Mapping[str, Any]) -> int | str | None:
    value = fields.get("id")
    if type(value) is int or (isinstance(value, str) and len(value) <= 100):
        return value
    return None


def _has_gone(writer: asyncio.StreamWriter) -> bool:
    """Whether the client has closed altogether; one that only says no more may still wait for its answers."""
    if writer.is_closing():
        return True
    poll = select.poll()
    poll.register(writer.get_extra_info("socket").fileno(), 0)
    return any(events & select.POLLHUP for _, events in poll.poll(0))


def _unix_user(writer: asyncio.StreamWriter) -> str:
    """The Unix user at the other end, as the kernel knows them."""
    connection = writer.get_extra_info("socket")
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
