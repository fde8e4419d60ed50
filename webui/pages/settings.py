# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Settings by piece: lines, phones, hours, codes and the rest, each a form or a list of forms."""

from __future__ import annotations

from typing import NoReturn

from webui import current, editing, forms
from webui.pieces import PIECES, Piece
from webui.visit import Visit, redirect

SECTIONS = (
    ("settings.section_lines", ("lines", "phones", "numbering")),
    ("settings.section_callers", ("flows", "hours", "prompts", "mailboxes")),
    ("settings.section_centre", ("centre", "recording", "codes", "timers")),
    ("settings.section_whole", ("file", "history")),
)


def index(visit: Visit) -> str:
    now = current.settings(visit)
    counts = {
        name: len(getattr(now.settings, name)) for name in ("lines", "phones", "flows", "hours", "mailboxes")
    }
    return visit.render("settings.html", sections=SECTIONS, counts=counts, revision=now.revision)


def piece(visit: Visit, piece: str) -> str:
    chosen = PIECES[piece]
    if not chosen.key:
        return visit.render(
            "settings_form.html", sheet=editing.sheet(visit, chosen, "", f"/settings/{piece}")
        )
    return visit.render(
        "settings_list.html", piece=chosen, rows=_rows(visit, chosen), labels=_labels(visit, chosen)
    )


def save_whole(visit: Visit, piece: str) -> str:
    if PIECES[piece].key:
        redirect(f"/settings/{piece}")
    return _saved(visit, PIECES[piece], "", f"/settings/{piece}", "/settings")


def member(visit: Visit, piece: str, key: str) -> str:
    sheet = editing.sheet(visit, PIECES[piece], key, f"/settings/{piece}/{key}")
    return visit.render("settings_form.html", sheet=sheet)


def save_member(visit: Visit, piece: str, key: str) -> str:
    return _saved(visit, PIECES[piece], key, f"/settings/{piece}/{key}", f"/settings/{piece}")


def remove(visit: Visit, piece: str, key: str) -> NoReturn:
    editing.remove(visit, PIECES[piece], key, f"/settings/{piece}")


def mailbox_pin(visit: Visit, number: int) -> NoReturn:
    visit.ask("set_pin", subject=f"mailbox:{number}", pin=visit.form("pin", 20))
    visit.done(f"/settings/mailboxes/{number}", "pin.set")


def _saved(visit: Visit, piece: Piece, key: str, action: str, then: str) -> str:
    sheet = editing.save(visit, piece, key, action)
    if not sheet.faults and not sheet.elsewhere:
        visit.done(then, "form.saved", revision=sheet.revision)
    return visit.render("settings_form.html", sheet=sheet)


def _rows(visit: Visit, piece: Piece) -> list[tuple[str, list[str]]]:
    members = current.settings(visit).raw()[piece.name]
    return [
        (str(member[piece.key]), [_cell(visit, column, member[column]) for column in piece.columns])
        for member in members
    ]


def _cell(visit: Visit, column: str, value: object) -> str:
    if isinstance(value, bool):
        return visit.t("form.yes" if value else "form.no")
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value) or "–"
    return visit.texts.word(f"choice.{column}", value) if value not in (None, "") else "–"


def _labels(visit: Visit, piece: Piece) -> list[str]:
    fields = forms.fields_of(piece.model, visit.texts, {})
    by_name = {each.name: each.label for each in fields}
    return [by_name[column] for column in piece.columns]
