# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The box itself: health, versions, disk, ports, alarms, backups, and who did what."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

import bottle

from webui import ranges
from webui.pages.recordings import file_bytes, inside
from webui.pages.settings_file import shown
from webui.service import Away, Refused
from webui.visit import Visit

AUDIT_ROWS = 100
BACKUPS_SHOWN = 20


def page(visit: Visit) -> str:
    try:
        status: dict[str, Any] | None = visit.ask("status")
    except Away:
        status = None
    disk = shutil.disk_usage(visit.site.data)
    return visit.render(
        "system.html",
        status=status,
        disk=disk,
        versions=_versions(),
        checks=_checks(visit) if status else [],
        alarms=visit.records.alarms(visit.reader, limit=30),
        backups=_backups(visit) if visit.may("admin") else [],
        passport=_last_passport(visit),
        streams=visit.site.live.browsers,
    )


def audit(visit: Visit) -> str:
    page = visit.query("page", 6)
    number = max(1, int(page)) if page.isascii() and page.isdigit() else 1
    rows = visit.records.audit(
        visit.reader,
        name=visit.query("name", 60),
        action=visit.query("action", 60),
        limit=AUDIT_ROWS,
        offset=(number - 1) * AUDIT_ROWS,
    )
    return visit.render(
        "audit.html",
        rows=rows,
        page=number,
        more=len(rows) == AUDIT_ROWS,
        name=visit.query("name", 60),
        action=visit.query("action", 60),
    )


def make_backup(visit: Visit) -> NoReturn:
    try:
        made = visit.ask("backup", recordings=visit.form("recordings") == "1")
    except Refused as refused:
        visit.failed("/system", refused.text(visit.texts))
    visit.done("/system", "system.backup_made", name=Path(str(made["file"])).name)


def backup(visit: Visit, name: str) -> Iterator[bytes]:
    path = inside(visit.site.data / "backups", name)
    if path is None:
        raise bottle.HTTPError(404, visit.t("error.status_404"))
    visit.site.audited(visit, "download_backup", path.name)
    return ranges.answer(
        path.stat().st_size,
        lambda begin, end: file_bytes(path, begin, end),
        "application/octet-stream",
        path.name,
    )


def passport(visit: Visit) -> Iterator[bytes]:
    """The newest install passport, as `switchroom doctor lines` wrote it."""
    name = _last_passport(visit)
    path = inside(visit.site.data / "passports", name) if name else None
    if path is None:
        raise bottle.HTTPError(404, visit.t("error.status_404"))
    return ranges.answer(
        path.stat().st_size,
        lambda begin, end: file_bytes(path, begin, end),
        "application/pdf",
        path.name,
    )


def compare_backup(visit: Visit, name: str) -> str:
    """What restoring a backup would change, and how it is done."""
    comparison = visit.ask("backup_compare", file=name)["comparison"]
    changes = [(each["path"], shown(each["here"]), shown(each["backup"])) for each in comparison["settings"]]
    return visit.render("backup.html", name=name, comparison=comparison, changes=changes)


def block_line(visit: Visit) -> NoReturn:
    """Take a line out of use, or back."""
    port = visit.form("port", 6)
    if not (port.isascii() and port.isdigit()):
        raise bottle.HTTPError(400, visit.t("error.status_400"))
    try:
        visit.ask("block_line", port=int(port), blocked=visit.form("blocked") == "1")
    except Refused as refused:
        visit.failed("/system", refused.text(visit.texts))
    visit.done("/system")


def _versions() -> list[tuple[str, str]]:
    named = [(name, _version(name)) for name in ("switchroom", "bottle", "cheroot", "pydantic", "msgspec")]
    return [*named, ("python", platform.python_version()), ("linux", platform.release())]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "–"


def _checks(visit: Visit) -> list[dict[str, Any]]:
    """What the service's own doctor found."""
    try:
        return list(visit.ask("doctor")["findings"])
    except Refused:
        return []


def _last_passport(visit: Visit) -> str:
    """Its file name, which holds its date; empty where none was written."""
    if not visit.may("admin", "installer"):
        return ""
    return max((path.name for path in (visit.site.data / "passports").glob("*.pdf")), default="")


def _backups(visit: Visit) -> list[tuple[str, int, int]]:
    """(name, bytes, when in ns) of the newest backups."""
    folder = visit.site.data / "backups"
    if not folder.is_dir():
        return []
    found = [
        (path.name, path.stat())
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".")
    ]
    listed = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in found]
    return sorted(listed, key=lambda each: -each[2])[:BACKUPS_SHOWN]
