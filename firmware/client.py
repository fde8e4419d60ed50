# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The other end of the control socket: for the command line, the web process and tests.  `control` has the
protocol."""

from __future__ import annotations

import asyncio
import itertools
import json
import select
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

TIMEOUT_S = 30.0
SLOW_TIMEOUT_S = 900.0
# These convert, copy or telephone for minutes.
SLOW_VERBS = frozenset(
    {"prompt_upload", "backup", "measure_line", "measure_call", "measure_hang_up", "measure_flash"}
)
IDLE_MAX = 8  # connections kept for the next request
Actor = Mapping[str, str]
ADMIN_AT_THE_BOX: Actor = {"kind": "cli", "name": "cli", "role": "admin"}


class Unreachable(Exception):
    """Nobody answers at the socket, or not any more; whether the request was carried out isn't known then."""


class ClientError(Exception):
    """The service refused.  cause: see `control`; faults: of settings, as {"path", "code", "values",
    "message"}."""

    def __init__(self, cause: str, detail: str = "", faults: tuple[Mapping[str, Any], ...] = ()) -> None:
        super().__init__(f"{cause}: {detail}" if detail else cause)
        self.cause = cause
        self.detail = detail
        self.faults = faults


class Client:
    """Asks from any number of threads at once; each request has a connection to itself while it lasts."""

    def __init__(self, path: Path, *, actor: Actor = ADMIN_AT_THE_BOX, timeout_s: float = TIMEOUT_S) -> None:
        self.path = path
        self._actor = actor
        self._timeout_s = timeout_s
        self._idle: list[_Connection] = []
        self._lock = threading.Lock()

    def request(
        self, do: str, /, *, actor: Actor | None = None, body: bytes | None = None, **fields: Any
    ) -> dict[str, Any]:
        """The answer to a verb.  Fields that are None are left out.  Raises ClientError or Unreachable."""
        connection = self._connection()
        try:
            request = _request(do, actor or self._actor, body, fields)
            answer = connection.ask(request, body, _timeout_s(do, self._timeout_s))
        except (OSError, ValueError) as error:
            connection.close()
            raise Unreachable(f"{self.path}: {error}") from error
        self._give_back(connection)
        return _judged(answer)

    def events(
        self, *, actor: Actor | None = None, epoch: int | None = None, seq: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """Lines of the stream as they come, the first a resync unless `epoch` and `seq` can be carried on
        from.

        Raises ClientError or Unreachable, also when the service goes away.  Close the generator to end.
        """
        connection = _Connection(self.path)
        try:
            request = _request("subscribe", actor or self._actor, None, {"epoch": epoch, "seq": seq})
            _judged(connection.ask(request, None, self._timeout_s))
            while True:
                yield connection.read(None)
        except (OSError, ValueError) as error:
            raise Unreachable(f"{self.path}: {error}") from error
        finally:
            connection.close()

    def follow(self, *, actor: Actor | None = None, pause_s: float = 1.0) -> Iterator[dict[str, Any]]:
        """The same for ever: connects again when the service has gone away, and carries on where it can."""
        epoch: int | None = None
        seq: int | None = None
        while True:
            try:
                for line in self.events(actor=actor, epoch=epoch, seq=seq):
                    epoch, seq = line["epoch"], line["seq"]
                    yield line
            except Unreachable:
                time.sleep(pause_s)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _connection(self) -> _Connection:
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if connection.is_fresh():
                    return connection
                connection.close()
        return _Connection(self.path)

    def _give_back(self, connection: _Connection) -> None:
        with self._lock:
            if len(self._idle) < IDLE_MAX:
                self._idle.append(connection)
                return
        connection.close()


class AsyncClient:
    """The same on an event loop; one connection, any number of requests under way, one stream."""

    def __init__(self, path: Path, *, actor: Actor = ADMIN_AT_THE_BOX, timeout_s: float = TIMEOUT_S) -> None:
        self.path = path
        self._actor = actor
        self._timeout_s = timeout_s
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._lines: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> AsyncClient:
        try:
            reader, self._writer = await asyncio.open_unix_connection(self.path, limit=1 << 26)
        except OSError as error:
            raise Unreachable(f"{self.path}: {error}") from error
        self._reading = asyncio.create_task(self._read(reader))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()

    async def request(
        self, do: str, /, *, actor: Actor | None = None, body: bytes | None = None, **fields: Any
    ) -> dict[str, Any]:
        """The answer to a verb.  Raises ClientError or Unreachable."""
        if self._writer is None or self._reading is None or self._reading.done():
            raise Unreachable(f"{self.path}: not connected")
        request = _request(do, actor or self._actor, body, fields)
        number = request["id"] = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(_line(request) + (body or b""))
            await self._writer.drain()
            answer = await asyncio.wait_for(self._answers[number], _timeout_s(do, self._timeout_s))
        except (OSError, TimeoutError) as error:
            raise Unreachable(f"{self.path}: {error or 'no answer in time'}") from error
        finally:
            self._answers.pop(number, None)
        return _judged(answer)

    async def events(
        self, *, actor: Actor | None = None, epoch: int | None = None, seq: int | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Lines of the stream, until the service goes away."""
        await self.request("subscribe", actor=actor, epoch=epoch, seq=seq)
        while (line := await self._lines.get()) is not None:
            yield line

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while raw := await reader.readline():
                self._sort(json.loads(raw))
        except (OSError, ValueError) as error:
            self._end(str(error))
        else:
            self._end("the service closed the connection")

    def _sort(self, line: dict[str, Any]) -> None:
        if "id" not in line:
            self._lines.put_nowait(line)
        elif (waiting := self._answers.get(line["id"])) is not None and not waiting.done():
            waiting.set_result(line)

    def _end(self, why: str) -> None:
        self._lines.put_nowait(None)
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError(why))


class _Connection:
    """A connected socket with its lines.  Raises OSError, or ValueError for what isn't JSON."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise Unreachable(f"{path}: {error.strerror}") from error
        self._file = self._socket.makefile("rb")

    def ask(self, request: Mapping[str, Any], body: bytes | None, timeout_s: float) -> dict[str, Any]:
        self._socket.settimeout(timeout_s)
        self._socket.sendall(_line(request) + (body or b""))
        return self.read(timeout_s)

    def read(self, timeout_s: float | None) -> dict[str, Any]:
        self._socket.settimeout(timeout_s)
        line = self._file.readline()
        if not line.endswith(b"\n"):
            raise ConnectionResetError("the service closed the connection")
        value: dict[str, Any] = json.loads(line)
        return value

    def is_fresh(self) -> bool:
        """Nothing to read on an idle connection; else it has been closed at the other end."""
        return not select.select([self._socket], [], [], 0)[0]

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def _request(do: str, actor: Actor, body: bytes | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in fields.items() if value is not None}
    request = {"id": 1, "do": do, "actor": dict(actor), **given}
    return request if body is None else {**request, "body_bytes": len(body)}


def _timeout_s(do: str, usual_s: float) -> float:
    return max(usual_s, SLOW_TIMEOUT_S) if do in SLOW_VERBS else usual_s


def _line(request: Mapping[str, Any]) -> bytes:
    return json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _judged(answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("ok") is True:
        return answer
    faults = tuple(answer.get("faults", ()))
    raise ClientError(str(answer.get("cause", "fault")), str(answer.get("detail", "")), faults)
