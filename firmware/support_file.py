# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The support file of `switchroom doctor --bundle`: enough to find a fault by, and it betrays nobody.

Numbers are masked, keys pressed are dots, and passwords, PINs and their hashes aren't in it at all.
"""

from __future__ import annotations

import io
import json
import os
import platform
import sqlite3
import zipfile
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from drivers.port import Pulses
from firmware.data_folder import DataFolder
from firmware.doctor import Finding, Status, settings_of, versions
from firmware.errors import JournalError, StoreError
from firmware.exchange.vocabulary import Commanded, KeyPressed
from firmware.journal import Fed, Reading
from firmware.journal_files import segments
from firmware.settings.model import Settings
from firmware.settings.toml import to_toml
from firmware.store.masking import mask_all, mask_text
from firmware.store.opening import open_for_reading
from firmware.wire import command_fields, plain, snake

LOG_TAIL_BYTES = 2 << 20
JOURNAL_TAIL_FACTS = 5_000


def write_bundle(target: Path, data: DataFolder, status: Status, findings: list[Finding]) -> None:
    """Logs, settings, status, figures of the database and the journal's tail in one zip.  Numbers are masked;
    passwords, PINs and their hashes aren't in it at all."""
    part = target.with_name(target.name + ".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as bundle:
            os.chmod(part, 0o600)
            for name, text in _contents(data, status, findings):
                bundle.writestr(name, text)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _contents(data: DataFolder, status: Status, findings: list[Finding]) -> Iterator[tuple[str, str]]:
    yield "doctor.json", _json([found.plain() for found in findings])
    yield (
        "versions.json",
        _json({**versions(), "platform": platform.platform(), "machine": platform.machine()}),
    )
    yield "status.json", _json(mask_all(status))
    settings = settings_of(data)
    yield "settings.toml", mask_text(to_toml(settings)) if isinstance(settings, Settings) else settings
    yield "database.json", _json(_database_summary(data))
    for path in sorted(data.log.glob("*.log*")) if data.log.is_dir() else []:
        if path.is_file() and path.suffix != ".gz":
            yield f"log/{path.name}", mask_text(_tail(path, LOG_TAIL_BYTES))
    yield "journal.jsonl", "".join(f"{line}\n" for line in _journal_tail(data.journal))


def _database_summary(data: DataFolder) -> dict[str, Any]:
    """How much is in it; rows of nobody."""
    try:
        with closing(open_for_reading(data.database)) as db:
            tables = [
                name
                for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            ]
            counts = {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
            alarms = db.execute(
                "SELECT at_ns, what, port, detail FROM alarms ORDER BY id DESC LIMIT 200"
            ).fetchall()
            applied = [row[0] for row in db.execute("SELECT name FROM migrations ORDER BY rowid")]
    except (StoreError, sqlite3.Error) as error:
        return {"fault": str(error)}
    return {"rows": counts, "migrations": applied, "alarms": mask_all(alarms)}


def _tail(path: Path, most_bytes: int) -> str:
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - most_bytes))
        return file.read(most_bytes).decode("utf-8", "replace")


def _journal_tail(folder: Path) -> Iterator[str]:
    """The last facts, one a line."""
    last: deque[Fed] = deque(maxlen=JOURNAL_TAIL_FACTS)
    for segment in segments(folder)[-3:] if folder.is_dir() else []:
        try:
            last.extend(entry for entry in Reading(segment.read()) if isinstance(entry, Fed))
        except JournalError as error:
            yield f"{segment.name}: {error}"
    for entry in last:
        yield json.dumps(_harmless(entry), ensure_ascii=False)


def _harmless(entry: Fed) -> dict[str, Any]:
    """A fact without anybody's number.  Keys come one by one, so a number dialled would pass any mask:
    dots."""
    fact = entry.fact
    told: dict[str, Any] = {name: plain(getattr(fact, name)) for name in fact.__struct_fields__}
    told = {name: value for name, value in told.items() if not isinstance(getattr(fact, name), bytes)}
    if isinstance(fact, KeyPressed):
        told["key"] = "•"
    elif isinstance(fact, Pulses):
        told["count"] = 0
    elif isinstance(fact, Commanded):
        told["command"] = command_fields(fact.command)
    masked: dict[str, Any] = mask_all({"at": plain(entry.at), "fact": snake(type(fact).__name__), **told})
    return masked


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
