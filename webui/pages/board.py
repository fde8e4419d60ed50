# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The live board: lines, queues, agents and calls as they are this second."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import bottle

from firmware.settings.model import Settings
from webui import current
from webui.access import Role
from webui.live import Message, TooMany
from webui.visit import Visit, redirect

# A browser waits so long before it connects again.
RETRY_MS = 2_000


@dataclass(frozen=True, slots=True)
class Factory:
    """What the box does before anybody has set anything."""

    lines: int
    phones: int
    first: str
    last: str
    prefix: str


def home(visit: Visit) -> NoReturn:
    redirect("/calls" if visit.role is Role.MERCHANT else "/board")


def page(visit: Visit) -> str:
    now = current.settings(visit)
    shown = _factory(now.settings) if now.factory and visit.may("admin", "installer") else None
    return visit.render(
        "board.html", names=json.dumps(_names(now.settings)), factory=shown, bench=visit.site.has_bench()
    )


def events(visit: Visit) -> Iterator[bytes]:
    messages = visit.site.live.messages(visit.role)
    try:
        first = next(messages)
    except TooMany:
        raise bottle.HTTPError(503, visit.t("board.too_many")) from None
    bottle.response.content_type = "text/event-stream"
    bottle.response.set_header("Cache-Control", "no-store")
    bottle.response.set_header("X-Accel-Buffering", "no")
    return _stream(visit, first, messages)


def _stream(visit: Visit, first: Message, messages: Iterator[Message]) -> Iterator[bytes]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    yield _event(first)
    for message in messages:
        if visit.session is None or visit.site.sessions.still(visit.session.digest) is False:
            return  # signed out or expired meanwhile: the browser's next try is sent to the sign-in page
        yield _event(message)


def _event(message: Message) -> bytes:
    kind, what = message
    if kind == "beat":
        return b": beat\n\n"
    told = {"board": what, "now_ms": time.time() * 1000} if kind == "board" else what
    return f"event: {kind}\ndata: {json.dumps(told)}\n\n".encode()


def _names(settings: Settings) -> dict[str, dict[int, str]]:
    return {
        "lines": {line.port: line.name for line in settings.lines},
        "phones": {phone.port: phone.name for phone in settings.phones},
        "agents": {agent.number: agent.name for agent in settings.agents},
        "queues": {queue.number: queue.name for queue in settings.queues},
    }


def _factory(settings: Settings) -> Factory:
    extensions = sorted(phone.extension for phone in settings.phones) or ["–"]
    return Factory(
        len(settings.lines),
        len(settings.phones),
        extensions[0],
        extensions[-1],
        settings.numbering.outside_prefix,
    )
