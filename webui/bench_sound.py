# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Sound between browsers and simulated telephones: WebSockets on one side, the service's audio socket on the other.

The server for pages can't hold WebSockets, so this is a server of its own on a port of its own, in a thread of the
web process.  A browser is let in by its session cookie, by coming from a page of ours (Origin), and by the token of
that page in its first message.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import ssl
import threading
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from webui.access import RULES
from webui.site import Site
from webui.visit import SESSION_COOKIE

log = logging.getLogger(__name__)

FRAME_BYTES_MAX = 3_200  # as the audio socket takes them
ANSWER_S = 5.0
ROLES = next(rule.roles for rule in RULES if rule.handler == "bench.phone")


class BenchSound:
    """Serves until `close`.  audio: the service's audio socket."""

    def __init__(
        self, site: Site, audio: Path, host: str, port: int, tls: ssl.SSLContext | None = None
    ) -> None:
        self._site = site
        self._audio = audio
        self._address = (host, port)
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._up = threading.Event()
        self._failed: OSError | None = None
        self.port = 0
        self._thread = threading.Thread(target=self._run, name="bench-sound", daemon=True)

    def start(self) -> None:
        """Returns when browsers can connect.  Raises OSError where the port can't be had."""
        self._thread.start()
        self._up.wait()
        if self._failed:
            raise self._failed

    def close(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(5)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._failed = error
        finally:
            self._up.set()
            self._loop.close()

    async def _serve(self) -> None:
        host, port = self._address
        async with serve(
            self._talk,
            host,
            port,
            ssl=self._tls,
            process_request=self._let_in,
            max_size=FRAME_BYTES_MAX,
            compression=None,
        ) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._up.set()
            await self._end.wait()

    def _let_in(self, connection: ServerConnection, request: Request) -> Response | None:
        """None lets in.  Another origin is another site's script using this person's cookie."""
        origin = urlsplit(request.headers.get("Origin", "")).hostname
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname
        if origin is None or origin != host:
            return connection.respond(HTTPStatus.FORBIDDEN, "not from a page of ours\n")
        if self._csrf_of(request) is None:
            return connection.respond(HTTPStatus.UNAUTHORIZED, "sign in first\n")
        return None

    def _csrf_of(self, request: Request) -> str | None:
        """The token of the page, for the session in this request's cookie; None: nobody who may."""
        try:
            cookies = SimpleCookie(request.headers.get("Cookie", ""))
        except CookieError:
            return None
        token = cookies[SESSION_COOKIE].value if SESSION_COOKIE in cookies else ""
        session = self._site.sessions.find(token, renew=False) if token else None
        user = self._site.people.find(session.user) if session else None
        return session.csrf if session and user and user.role in ROLES and not user.must_change else None

    async def _talk(self, browser: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            who = await self._named(browser)
            if who is None:
                await browser.close(1008, "not understood")
                return
            try:
                reader, writer = await asyncio.open_unix_connection(str(self._audio))
            except OSError:
                await browser.send('{"ok": false, "cause": "away"}')
                return
            try:
                if await self._join(browser, reader, writer, who):
                    await self._relay(browser, reader, writer)
            finally:
                writer.close()

    async def _named(self, browser: ServerConnection) -> str | None:
        """The telephone asked for in the first message, if it comes with the page's token."""
        assert browser.request is not None
        expected = self._csrf_of(browser.request)
        try:
            first = json.loads(await asyncio.wait_for(browser.recv(), ANSWER_S))
            given, who = str(first["csrf"]), str(first["who"])
        except (TimeoutError, ValueError, KeyError, TypeError):
            return None
        return who[:60] if expected and hmac.compare_digest(given.encode(), expected.encode()) else None

    async def _join(
        self, browser: ServerConnection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, who: str
    ) -> bool:
        writer.write(json.dumps({"join": who}).encode() + b"\n")
        answer = json.loads(
            await asyncio.wait_for(reader.readline(), ANSWER_S) or b'{"ok": false, "cause": "away"}'
        )
        await browser.send(json.dumps(answer))
        return bool(answer["ok"])

    async def _relay(
        self, browser: ServerConnection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Both ways until either side ends."""
        ways = [
            asyncio.create_task(_to_browser(reader, browser)),
            asyncio.create_task(_from_browser(browser, writer)),
        ]
        done, pending = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in pending:
            way.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for way in done:
            error = way.exception()
            if error is not None and not isinstance(
                error, ConnectionClosed | OSError | asyncio.IncompleteReadError
            ):
                raise error


async def _to_browser(reader: asyncio.StreamReader, browser: ServerConnection) -> None:
    while True:
        length = int.from_bytes(await reader.readexactly(2), "big")
        if length:
            await browser.send(await reader.readexactly(length))


async def _from_browser(browser: ServerConnection, writer: asyncio.StreamWriter) -> None:
    async for frame in browser:
        if isinstance(frame, bytes) and len(frame) % 2 == 0:
            writer.write(len(frame).to_bytes(2, "big") + frame)
            await writer.drain()
