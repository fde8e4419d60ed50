# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The settings cut into the pieces a person edits: one form each, and what may be chosen in its fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel

from firmware.settings.model import (
    Agent,
    Centre,
    Codes,
    Flow,
    Hours,
    Line,
    Mailbox,
    Numbering,
    Phone,
    Queue,
    Recording,
    Settings,
    Timers,
)
from webui.forms import Choices
from webui.service import Fault

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the settings with a form.  key: what tells its members apart; "" where there is only one.

    columns: the fields a list of them shows.
    """

    name: str
    model: type[BaseModel]
    key: str = ""
    columns: tuple[str, ...] = ()


PIECES: Mapping[str, Piece] = {
    piece.name: piece
    for piece in (
        Piece("centre", Centre),
        Piece("lines", Line, "port", ("port", "name", "number", "flow", "outgoing")),
        Piece("phones", Phone, "port", ("port", "extension", "name", "role", "outside")),
        Piece("numbering", Numbering),
        Piece("hours", Hours, "name", ("name", "mon", "sat", "sun", "closed_dates")),
        Piece("mailboxes", Mailbox, "number", ("number", "name", "extension")),
        Piece("recording", Recording),
        Piece("codes", Codes),
        Piece("timers", Timers),
        Piece("agents", Agent, "number"),
        Piece("queues", Queue, "number"),
    )
}


def find(piece: Piece, raw: Raw, key: str) -> tuple[int, Raw] | None:
    """A member of a list piece by its key, with its place in the list."""
    for index, member in enumerate(raw[piece.name]):
        if str(member[piece.key]) == key:
            return index, member
    return None


def put(piece: Piece, raw: Raw, key: str, values: Raw) -> int:
    """Change or add a member (key "new"), or the whole of a piece of which there is one; returns its place."""
    if not piece.key:
        raw[piece.name] = values
        return 0
    found = find(piece, raw, key) if key != "new" else None
    if found is None:
        raw[piece.name] = [*raw[piece.name], values]
        return len(raw[piece.name]) - 1
    raw[piece.name] = [*raw[piece.name][: found[0]], values, *raw[piece.name][found[0] + 1 :]]
    return found[0]


def path(piece: Piece, place: int) -> str:
    """The path of a piece or a member of it, as faults name it: lines[0]."""
    return f"{piece.name}[{place}]" if piece.key else piece.name


def take_out(piece: Piece, raw: Raw, key: str) -> None:
    raw[piece.name] = [member for member in raw[piece.name] if str(member[piece.key]) != key]


def references(
    settings: Settings, prompts: Iterable[str], ports: Iterable[int] = (), flow: Flow | None = None
) -> dict[str, Choices]:
    """By field name, what may be chosen: things that exist, by the names people gave them.

    A prompt or a node that is named already is offered too, so that saving another field does not lose it.
    """
    nodes = [(name, name) for name in flow.nodes] if flow else []
    sounds = sorted(set(prompts) | _named_prompts(settings))
    music = [name for name in sounds if name.startswith("music.")] or ["default"]
    phones = [(phone.extension, f"{phone.extension} {phone.name}") for phone in settings.phones]
    queues = [(str(queue.number), f"{queue.number} {queue.name}") for queue in settings.queues]
    chosen: dict[str, Choices] = {
        "timezone": [(name, name) for name in sorted(available_timezones()) if "/" in name],
        "flow": [(each.name, each.name) for each in settings.flows],
        "hours": [(each.name, each.name) for each in settings.hours],
        "queue": queues,
        "queues": queues,
        "mailbox": [(str(box.number), f"{box.number} {box.name}") for box in settings.mailboxes],
        "extension": phones,
        "extensions": phones,
        "operator_extension": phones,
        "music": [(name.removeprefix("music."), name.removeprefix("music.")) for name in music],
    }
    chosen |= {field: [(name, name) for name in sounds] for field in ("prompt", "notice_prompt", "greeting")}
    chosen |= dict.fromkeys(("next", "failed", "open", "closed", "overflow", "unanswered", "accepted"), nodes)
    chosen |= {"refused": nodes, "keys": nodes, "start": nodes}
    if ports:
        chosen["port"] = [(str(port), str(port)) for port in sorted(ports)]
    return chosen


def _named_prompts(settings: Settings) -> set[str]:
    named = {settings.recording.notice_prompt, *(box.greeting for box in settings.mailboxes)}
    for flow in settings.flows:
        named |= {prompt for node in flow.nodes.values() if (prompt := getattr(node, "prompt", None))}
    return named | {f"music.{queue.music}" for queue in settings.queues}


def faults_of(
    faults: Iterable[Fault], prefix: str, language: str
) -> tuple[dict[str, list[str]], list[Fault]]:
    """Faults by the field of one form, whose path begins with `prefix`; and those that are elsewhere."""
    beside: dict[str, list[str]] = {}
    elsewhere: list[Fault] = []
    for fault in faults:
        inside = fault.path.startswith(f"{prefix}.")
        field = re.split(r"[.\[]", fault.path[len(prefix) + 1 :])[0] if inside else ""
        if field:
            beside.setdefault(field, []).append(fault.text(language))
        else:
            elsewhere.append(fault)
    return beside, elsewhere
