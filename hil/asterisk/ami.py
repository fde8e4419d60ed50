# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A client of Asterisk's manager interface (AMI): actions with their responses, and the events between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from itertools import count

Message = Mapping[str, str]

RESPONSE_S = 10.0


class ActionRefused(Exception):
    """Asterisk did not do it: the message says what, and its reason."""


class Client:
    """One connection.  hear: given every event as it comes."""

    def __init__(self, hear: Callable[[Message], None]) -> None:
        self._hear = hear
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Future[Message]] = {}

    async def connect(self, host: str, port: int, user: str, secret: str) -> None:
        """Raises OSError where nobody listens, ActionRefused where the password is wrong."""
        self._reader, self._writer = await asyncio.open_connection(host, port)
        await self._reader.readline()  # its name and version
        self._task = asyncio.create_task(self._read())
        await self.act("Login", Username=user, Secret=secret, Events="on")

    async def act(self, action: str, **fields: str) -> Message:
        """Do something.  Raises ActionRefused."""
        number = str(next(self._numbers))
        lines = [f"Action: {action}", f"ActionID: {number}", *(f"{name}: {fields[name]}" for name in fields)]
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        response: Message = await asyncio.wait_for(answer, RESPONSE_S)
        if response["Response"] not in ("Success", "Goodbye"):
            raise ActionRefused(f"{action} {fields}: {response.get('Message', 'no reason given')}")
        return response

    async def close(self) -> None:
        self._task.cancel()
        self._writer.close()
        await asyncio.gather(self._task, self._writer.wait_closed(), return_exceptions=True)

    async def _read(self) -> None:
        fields: dict[str, str] = {}
        while line := await self._reader.readline():
            name, colon, value = line.decode("utf-8", errors="replace").rstrip("\r\n").partition(":")
            if colon:
                fields[name] = f"{fields[name]}\n{value.strip()}" if name in fields else value.strip()
                continue
            self._take(fields)
            fields = {}

    def _take(self, message: Message) -> None:
        if "Response" in message:
            answer = self._waiting.pop(message.get("ActionID", ""), None)
            if answer is not None and not answer.done():
                answer.set_result(message)
        elif "Event" in message:
            self._hear(message)
