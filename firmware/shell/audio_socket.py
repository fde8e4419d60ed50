# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Sound between a browser and a simulated telephone, over a Unix socket of its own.

The protocol, for whoever bridges it to a browser:

1. The client connects and sends one line of JSON, at most 1,000 bytes, ended by a newline:
   `{"join": "phone:801"}` (the desk phone of that extension) or `{"join": "outside:13800138000"}` (the
   outside telephone of that number).
2. The service answers with one line of JSON: `{"ok": true, "rate_hz": 8000, "frame_samples": 160}`, or
   `{"ok": false, "cause": "vacant", "detail": "..."}` and closes.  Causes: "vacant" (no such telephone),
   "busy" (somebody else has joined it), "not_allowed" (not a simulated card), "garbage" (not understood).
3. From then on both sides send frames: a length in bytes as a 16-bit big-endian number, then that many bytes
   of 16-bit little-endian mono samples at 8 kHz.  A frame is normally 320 bytes (20 ms), at most 3,200, never
   odd.  The service sends a frame every 20 ms, silence included, so the client needs no clock.  A client may
   send frames when it likes; what comes more than 200 ms early is dropped, and what is missing is silence.
   A frame of length 0 is a keep-alive and means nothing.
4. Either side closes to end; the telephone stays as it is (lifted or not).  Lifting, dialling and hanging up
   are commands on the control socket, not here.

One client plays one telephone; a telephone has one client at a time.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import struct
from collections.abc import Callable
from pathlib import Path

from drivers.port import CardError
from drivers.simulated import SimulatedCard, Telephone
from dsp.media import Stream
from dsp.vocabulary import SAMPLE_RATE_HZ

log = logging.getLogger(__name__)

FRAME_SAMPLES = 160
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
FRAME_MAX_BYTES = 3_200
EARLY_MAX_SAMPLES = SAMPLE_RATE_HZ // 5
JOIN_LINE_MAX_BYTES = 1_000
JOIN_WITHIN_S = 10.0
UNSENT_MAX_BYTES = 64_000  # four seconds for a client that doesn't read; then it has to come again
LENGTH = struct.Struct(">H")


class Refused(Exception):
    """The client can't join: `cause` as in the protocol."""

    def __init__(self, cause: str, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail


class AudioSocket:
    """The server.  extension_port: the port of an extension, or None."""

    def __init__(self, card: object, extension_port: Callable[[str], int | None]) -> None:
        self._card = card if isinstance(card, SimulatedCard) else None
        self._extension_port = extension_port
        self._joined: set[str] = set()
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, path, limit=FRAME_MAX_BYTES * 4)
        os.chmod(path, 0o660)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            await self._serve_client(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            log.debug("audio: a client is gone; the telephone stays as it is")
        finally:
            self._clients.discard(task)
            writer.close()

    async def _serve_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            who, telephone = await self._joining(reader)
            stream = self._join(who, telephone)
        except Refused as refused:
            _say(writer, {"ok": False, "cause": refused.cause, "detail": refused.detail})
            await writer.drain()
            return
        _say(writer, {"ok": True, "rate_hz": SAMPLE_RATE_HZ, "frame_samples": FRAME_SAMPLES})
        sending = asyncio.get_running_loop().create_task(_send(stream, writer))
        try:
            await _receive(reader, stream)
        except Refused as refused:
            log.warning("audio: %s is parted: %s", who, refused.detail)
        finally:
            sending.cancel()
            self._part(who, telephone)

    async def _joining(self, reader: asyncio.StreamReader) -> tuple[str, Telephone]:
        try:
            line = await asyncio.wait_for(reader.readuntil(b"\n"), JOIN_WITHIN_S)
            request = json.loads(line)
        except (ValueError, asyncio.LimitOverrunError, TimeoutError):
            raise Refused("garbage", "expected one line of JSON") from None
        if len(line) > JOIN_LINE_MAX_BYTES or not isinstance(request, dict):
            raise Refused("garbage", "expected one short line of JSON")
        who = request.get("join")
        if not isinstance(who, str):
            raise Refused("garbage", 'expected {"join": "phone:801"}')
        return who, self._telephone(who)

    def _telephone(self, who: str) -> Telephone:
        if self._card is None:
            raise Refused("not_allowed", "only telephones of the simulated card can be played")
        kind, _, number = who.partition(":")
        if kind == "phone":
            telephone: Telephone | None = self._card.desks.get(self._extension_port(number) or 0)
        elif kind == "outside":
            telephone = next((each for each in self._card.outside if each.number == number), None)
        else:
            raise Refused("garbage", "expected phone:EXTENSION or outside:NUMBER")
        if telephone is None:
            raise Refused("vacant", f"there is no {who[:60]}")
        return telephone

    def _join(self, who: str, telephone: Telephone) -> Stream:
        assert self._card is not None
        if who in self._joined:
            raise Refused("busy", f"somebody else has joined {who}")
        try:
            stream = self._card.attach_stream(telephone)
        except CardError as error:
            raise Refused("busy", str(error)) from error
        self._joined.add(who)
        return stream

    def _part(self, who: str, telephone: Telephone) -> None:
        assert self._card is not None
        self._joined.discard(who)
        self._card.detach_stream(telephone)


def _say(writer: asyncio.StreamWriter, answer: dict[str, object]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")


async def _send(stream: Stream, writer: asyncio.StreamWriter) -> None:
    """What the telephone hears, frame by frame as it comes."""
    waiting = b""
    while True:
        await asyncio.sleep(FRAME_S)
        waiting += stream.read(SAMPLE_RATE_HZ)
        whole = len(waiting) // (2 * FRAME_SAMPLES) * 2 * FRAME_SAMPLES
        for begin in range(0, whole, 2 * FRAME_SAMPLES):
            writer.write(LENGTH.pack(2 * FRAME_SAMPLES) + waiting[begin : begin + 2 * FRAME_SAMPLES])
        waiting = waiting[whole:]
        if writer.transport.get_write_buffer_size() > UNSENT_MAX_BYTES:
            log.warning("audio: a client doesn't read; it is parted")
            writer.transport.abort()
            return


async def _receive(reader: asyncio.StreamReader, stream: Stream) -> None:
    """What is said into the telephone.  What comes too early is dropped; too late is the engine's to fill in."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    given = 0
    while True:
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        if length > FRAME_MAX_BYTES or length % 2:
            raise Refused("garbage", f"a frame of {length} bytes")
        pcm = await reader.readexactly(length)
        played = int((loop.time() - began_s) * SAMPLE_RATE_HZ)
        given = max(given, played)
        if pcm and given - played < EARLY_MAX_SAMPLES:
            given += stream.write(pcm)
