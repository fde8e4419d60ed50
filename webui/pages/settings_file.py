# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The settings as one file, down and up; and their history, compared and restored."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import bottle

from webui.service import Fault, Refused
from webui.visit import Visit

FILE_BYTES_MAX = 1_000_000


def page(visit: Visit) -> str:
    return visit.render("settings_file.html", faults=(), detail="", name="")


def download(visit: Visit) -> str:
    file = visit.ask("settings_show", form="toml", **_revision(visit))
    bottle.response.content_type = "application/toml; charset=utf-8"
    name = f"switchroom-settings-{file['revision']}.toml"
    bottle.response.set_header("Content-Disposition", f'attachment; filename="{name}"')
    bottle.response.set_header("Cache-Control", "no-store")
    return str(file["toml"])


def upload(visit: Visit) -> str:
    """Check or apply an uploaded file: all of it, or nothing with every fault by its path."""
    given = visit.upload("file", FILE_BYTES_MAX)
    if given is None or not given[1]:
        visit.failed("/settings/file", visit.t("upload.no_file"))
    name, content = given
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _refused(visit, name, (), visit.t("settings_file.not_utf8"))
    verb = "settings_apply" if visit.form("apply") == "1" else "settings_check"
    fields: dict[str, Any] = (
        {"comment": visit.t("settings_file.comment", name=name)} if verb == "settings_apply" else {}
    )
    try:
        answer = visit.ask(verb, toml=text, **fields)
    except Refused as refused:
        return _refused(visit, name, refused.faults, "" if refused.faults else refused.text(visit.texts))
    if verb == "settings_check":
        visit.done("/settings/file", "settings_file.right", name=name)
    visit.site.forget()
    return visit.done("/settings/history", "form.saved", revision=answer["revision"])


def history(visit: Visit) -> str:
    return visit.render("history.html", revisions=visit.records.revisions(visit.reader, limit=200))


def compare(visit: Visit) -> str:
    numbers = [visit.query(key, 9) for key in ("from", "to")]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise bottle.HTTPError(400, visit.t("error.status_400"))
    first, then = sorted(map(int, numbers))
    between: dict[str, Any] = {"from": first, "to": then}
    changes = visit.ask("settings_compare", **between)["changes"]
    rows = [(change["path"], shown(change["before"]), shown(change["after"])) for change in changes]
    return visit.render("compare.html", changes=rows, first=first, then=then)


def restore(visit: Visit, revision: int) -> NoReturn:
    try:
        answer = visit.ask("settings_restore", revision=revision)
    except Refused as refused:
        visit.failed("/settings/history", refused.text(visit.texts))
    visit.site.forget()
    visit.done("/settings/history", "history.restored", revision=revision, now=answer["revision"])


def shown(value: object) -> str:
    """A value as the settings file would have it, near enough to be read."""
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _revision(visit: Visit) -> dict[str, Any]:
    number = visit.query("revision", 9)
    return {"revision": int(number)} if number.isascii() and number.isdigit() else {}


def _refused(visit: Visit, name: str, faults: tuple[Fault, ...], detail: str) -> str:
    bottle.response.status = 422
    return visit.render("settings_file.html", faults=faults, detail=detail, name=name)
