# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""One piece of the settings in a form: shown, read back, applied, and its faults shown beside their fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import bottle

from webui import current, forms, pieces
from webui.current import Current
from webui.forms import Form, FormField
from webui.pieces import Piece
from webui.service import Away, Fault, Refused
from webui.visit import Visit


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as the template draws it."""

    piece: str
    key: str
    title: str
    action: str
    fields: list[FormField]
    values: Mapping[str, Any]
    faults: Mapping[str, list[str]] = field(default_factory=dict)
    elsewhere: tuple[Fault, ...] = ()
    revision: int = 0

    @property
    def new(self) -> bool:
        return self.key == "new"


def sheet(visit: Visit, piece: Piece, key: str, action: str) -> Sheet:
    """The form of a member (or "new"), or of a piece of which there is one (key "").  404 where there is none."""
    now = current.settings(visit)
    values = _values(visit, piece, now, key)
    return _sheet(visit, piece, key, action, now, values)


def save(visit: Visit, piece: Piece, key: str, action: str) -> Sheet:
    """Apply what was typed.  Returns the new state of the form, with faults where it was refused."""
    now = current.settings(visit)
    drawn = _sheet(visit, piece, key, action, now, {})
    typed = forms.read(piece.model, drawn.fields, form_of(visit))
    place = 0

    def put(raw: pieces.Raw) -> None:
        nonlocal place
        place = pieces.put(piece, raw, key, _kept(piece, raw, key) | typed)

    shown = forms.shown(piece.model, typed)
    try:
        revision = current.change(visit, put, f"{piece.name} {typed.get(piece.key, '')}".strip())
    except Refused as refused:
        beside, elsewhere = pieces.faults_of(refused.faults, pieces.path(piece, place), visit.texts.language)
        if not refused.faults:
            elsewhere = [Fault("", {visit.texts.language: refused.text(visit.texts)})]
        bottle.response.status = 422
        return _sheet(visit, piece, key, action, now, shown, beside, tuple(elsewhere))
    return _sheet(visit, piece, key, action, Current(revision, now.settings), shown)


def remove(visit: Visit, piece: Piece, key: str, to: str) -> NoReturn:
    try:
        current.change(visit, lambda raw: pieces.take_out(piece, raw, key), f"{piece.name} -{key}")
    except Refused as refused:
        visit.failed(to, refused.text(visit.texts))
    visit.done(to, "form.removed")


def form_of(visit: Visit, prefix: str = "") -> Form:
    return Form({name: visit.form_list(name) for name in visit.form_keys()}, prefix)


def prompt_names(visit: Visit) -> list[str]:
    """The names of every sound that can be played; none while the service is away, since forms must still open."""
    try:
        return [prompt["name"] for prompt in visit.ask("prompt_list")["prompts"]]
    except (Away, Refused):
        return []


def _kept(piece: Piece, raw: pieces.Raw, key: str) -> pieces.Raw:
    """What a member has beside the fields of its form."""
    if not piece.key:
        return dict(raw[piece.name])
    found = pieces.find(piece, raw, key)
    return dict(found[1]) if found else {}


def _values(visit: Visit, piece: Piece, now: Current, key: str) -> Mapping[str, Any]:
    raw = now.raw()
    if not piece.key:
        return forms.shown(piece.model, raw[piece.name])
    if key == "new":
        return forms.shown(piece.model, {})
    found = pieces.find(piece, raw, key)
    if found is None:
        raise bottle.HTTPError(404, visit.t("error.status_404"))
    return forms.shown(piece.model, found[1])


def _sheet(
    visit: Visit,
    piece: Piece,
    key: str,
    action: str,
    now: Current,
    values: Mapping[str, Any],
    faults: Mapping[str, list[str]] | None = None,
    elsewhere: tuple[Fault, ...] = (),
) -> Sheet:
    chosen = pieces.references(now.settings, prompt_names(visit), _ports(visit, piece, now, key))
    if piece.name == "phones":
        chosen.pop("extension")  # a phone's own extension is a number of its own, not one that is there
    fields = forms.fields_of(piece.model, visit.texts, chosen)
    title = (
        visit.t(f"piece.{piece.name}_new") if key == "new" else visit.t(f"piece.{piece.name}_one", key=key)
    )
    return Sheet(piece.name, key, title, action, fields, values, faults or {}, elsewhere, now.revision)


def _ports(visit: Visit, piece: Piece, now: Current, key: str) -> Iterable[int]:
    """The ports that may be chosen: those that are there and free, and this member's own."""
    if piece.name not in ("lines", "phones"):
        return ()
    taken = {member["port"] for member in now.raw()[piece.name]}
    try:
        there = set(visit.ask("ports")[piece.name])
    except (Away, Refused):
        there = set(taken)
    own = {int(key)} if key.isdigit() else set()
    return sorted((there - taken) | own)
