# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Settings through the socket: check, apply, history, show, compare, restore."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from firmware.settings import revisions
from firmware.settings.check import read
from firmware.settings.faults import Fault
from firmware.settings.model import Settings
from firmware.settings.revisions import Conflict
from firmware.settings.toml import from_toml, to_plain, to_toml
from firmware.shell.board import Board
from firmware.verbs.verb import ADMIN, SETTERS, STAFF, Desk, Refused, Request, Verb

log = logging.getLogger(__name__)


async def check(desk: Desk, request: Request) -> Mapping[str, Any]:
    await _read(desk, request)
    return {"faults": []}


async def apply(desk: Desk, request: Request) -> Mapping[str, Any]:
    settings = await _read(desk, request)
    base = request.whole("base") if request.has("base") else None
    return await _put_in_force(desk, request, settings, request.text("comment", "", 500), base)


async def restore(desk: Desk, request: Request) -> Mapping[str, Any]:
    number = request.whole("revision")
    settings = await _load(desk, number)
    around = await desk.aside(desk.exchange.around)
    _, faults = read(to_plain(settings), around)
    if faults:
        raise _faulty(faults)
    return await _put_in_force(
        desk, request, settings, request.text("comment", f"restored {number}", 500), None
    )


async def show(desk: Desk, request: Request) -> Mapping[str, Any]:
    form = request.text("form", "json")
    if request.has("revision"):
        number = request.whole("revision")
        settings = await _load(desk, number)
    else:
        number, settings = desk.exchange.revision, desk.exchange.settings
    if form == "toml":
        return {"revision": number, "toml": to_toml(settings)}
    if form == "json":
        return {"revision": number, "settings": to_plain(settings)}
    raise Refused("bad_request", "form: json or toml")


async def history(desk: Desk, request: Request) -> Mapping[str, Any]:
    limit = min(request.whole("limit", 100), 1_000)
    found = await desk.write(revisions.history, limit)
    return {"revisions": [asdict(each) for each in found]}


async def compare(desk: Desk, request: Request) -> Mapping[str, Any]:
    before = await _load(desk, request.whole("from"))
    after = await _load(desk, request.whole("to"))
    return {"changes": [asdict(each) for each in revisions.compare(before, after)]}


async def _read(desk: Desk, request: Request) -> Settings:
    """The settings of a request; Refused with every fault where they are wrong."""
    if request.has("toml"):
        data, faults = from_toml(request.text("toml", longest=1 << 20))
        if faults:
            raise _faulty(faults)
    elif isinstance(request.fields.get("settings"), Mapping):
        data = dict(request.fields["settings"])
    else:
        raise Refused("bad_request", f"{request.verb} needs settings (an object) or toml (a text)")
    around = await desk.aside(desk.exchange.around)
    settings, faults = await desk.aside(read, data, around)
    if settings is None:
        raise _faulty(faults)
    return settings


def _faulty(faults: list[Fault]) -> Refused:
    first = faults[0]
    more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
    return Refused("faults", f"{first}{more}", faults=[fault.plain() for fault in faults])


async def _load(desk: Desk, number: int) -> Settings:
    found = await desk.write(revisions.load, number)
    if found is None:
        raise Refused("not_found", f"there is no revision {number}")
    return found[1]


async def _put_in_force(
    desk: Desk, request: Request, settings: Settings, comment: str, base: int | None
) -> Mapping[str, Any]:
    before = desk.exchange.settings
    at_ns = desk.exchange.now().civil_ns
    try:
        number = await desk.write(revisions.add, settings, request.actor.name, comment, at_ns, base)
    except Conflict as error:
        raise Refused("conflict", str(error)) from None
    desk.exchange.apply_settings(number, settings)
    forget_gone(desk.exchange.board, settings)
    desk.stream.tell({"kind": "settings", "revision": number, "author": request.actor.name})
    try:
        await desk.aside(keep_copy, desk, settings)
    except OSError as error:
        log.error("settings: the copy for bare service can't be written: %s", error)
    changes = revisions.compare(before, settings)
    return {"revision": number, "changes": [asdict(each) for each in changes]}


def keep_copy(desk: Desk, settings: Settings) -> None:
    """The last good settings as a file, for bare service."""
    part = desk.data.last_settings.with_suffix(".part")
    part.write_text(to_toml(settings), "utf-8")
    part.chmod(0o640)
    part.replace(desk.data.last_settings)


def forget_gone(board: Board, settings: Settings) -> None:
    """Agents and queues the settings don't know any more leave the board."""
    for table, known in (
        (board.agents, {agent.number for agent in settings.agents}),
        (board.queues, {queue.number for queue in settings.queues}),
    ):
        for number in set(table) - known:
            del table[number]


VERBS = {
    "settings_check": Verb(check, STAFF),
    "settings_apply": Verb(apply, SETTERS, changes=True),
    "settings_restore": Verb(restore, ADMIN, changes=True),
    "settings_show": Verb(show, STAFF),
    "settings_history": Verb(history, STAFF),
    "settings_compare": Verb(compare, STAFF),
}
