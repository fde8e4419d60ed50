# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Puts a backup in the place of what a box has, all or nothing, and says before what that would change.

A backup that comes in is somebody else's data: only members with the names `backup` gives are taken, as plain
files of a bounded size, checked whole in a folder of their own before anything of the box is touched.
Restoring is done with the service stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.backup import DATABASE, FORMAT, MANIFEST, MEMBERS, SETTINGS, BackupError
from firmware.data_folder import DataFolder
from firmware.errors import StoreError
from firmware.settings import revisions
from firmware.settings.check import read
from firmware.settings.model import Settings
from firmware.settings.revisions import Change
from firmware.store.migrations import MIGRATIONS, applied
from firmware.store.opening import fault_of, open_for_reading

MEMBERS_MAX = 2_000_000
MANIFEST_BYTES_MAX = 512 << 20
RATIO_MAX = 200  # what packs tighter than this is a bomb: databases reach 20, settings 10, sound 3
TABLES = ("calls", "recordings", "messages", "users", "credentials", "prompts", "settings_revisions", "audit")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What restoring would change.  rows: table -> (here, in the backup)."""

    version: str
    made_at: str
    rows: dict[str, tuple[int, int]]
    settings: list[Change]
    prompts_added: list[str] = field(default_factory=list)
    prompts_lost: list[str] = field(default_factory=list)
    recordings: int = 0

    def plain(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "made_at": self.made_at,
            "rows": {table: {"here": here, "backup": there} for table, (here, there) in self.rows.items()},
            "settings": [{"path": c.path, "here": c.before, "backup": c.after} for c in self.settings],
            "prompts_added": self.prompts_added,
            "prompts_lost": self.prompts_lost,
            "recordings": self.recordings,
        }


def compare(file: Path, data: DataFolder) -> Comparison:
    """What restoring this file would change.  Raises BackupError."""
    with _unpacked(file, data.root.parent) as unpacked:
        return _compared(unpacked, data)


def restore(file: Path, data: DataFolder) -> Comparison:
    """Put a backup in the place of what is here, all or nothing; what was here stays as `before-restore-...`.

    The service must be stopped.  Raises BackupError with nothing changed.
    """
    data.root.mkdir(parents=True, exist_ok=True)
    with _unpacked(file, data.root) as unpacked:
        comparison = _compared(unpacked, data)
        aside = data.root / time.strftime("before-restore-%Y%m%d-%H%M%S", time.gmtime())
        _swap(_moves(unpacked.root, data, aside), aside)
    return comparison


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """A checked backup in a folder of its own."""

    root: Path
    manifest: dict[str, Any]
    folder: tempfile.TemporaryDirectory[str]

    def __enter__(self) -> _Unpacked:
        return self

    def __exit__(self, *_: object) -> None:
        self.folder.cleanup()


def _unpacked(file: Path, beside: Path) -> _Unpacked:
    folder = tempfile.TemporaryDirectory(dir=beside, prefix=".restore-")
    try:
        root = Path(folder.name)
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive)
            _extract(archive, manifest, root)
        _check_database(root / DATABASE, manifest)
        _check_settings(root)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, StoreError) as error:
        folder.cleanup()
        raise BackupError(f"{file.name} can't be used: {error}") from error
    except BaseException:
        folder.cleanup()
        raise
    return _Unpacked(root, manifest, folder)


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The manifest, when every member of the archive is one it names and is what it must be."""
    infos = archive.infolist()
    if len(infos) > MEMBERS_MAX:
        raise BackupError(f"more than {MEMBERS_MAX} members")
    names = [info.filename for info in infos]
    if len(set(names)) != len(names):
        raise BackupError("a member is there twice")
    if MANIFEST not in names:
        raise BackupError("there is no manifest: this is no backup of a Switchroom")
    if archive.getinfo(MANIFEST).file_size > MANIFEST_BYTES_MAX:
        raise BackupError("the manifest is too large")
    try:
        manifest = json.loads(archive.read(MANIFEST))
        members = {
            str(name): (int(it["bytes"]), str(it["sha256"])) for name, it in manifest["members"].items()
        }
        known = manifest["format"] == FORMAT
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupError(f"the manifest isn't understood: {error}") from error
    if not known:
        raise BackupError(f"format {manifest['format']} is unknown: it was made by a newer version")
    for info in infos:
        if info.filename != MANIFEST:
            _check_member(info, members)
    if missing := set(members) - set(names):
        raise BackupError(f"{min(missing)} is missing")
    if DATABASE not in members:
        raise BackupError("there is no database in it")
    return {**manifest, "members": members}


def _check_member(info: zipfile.ZipInfo, members: dict[str, tuple[int, str]]) -> None:
    name = info.filename
    if not MEMBERS.fullmatch(name):
        raise BackupError(f"{name[:80]!r} has no place in a backup")
    if name not in members or members[name][0] != info.file_size:
        raise BackupError(f"{name} isn't as the manifest says")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise BackupError(f"{name} is no plain file")
    if info.file_size > RATIO_MAX * max(info.compress_size, 1_000):
        raise BackupError(f"{name} is packed too tightly to be what it says")


def _extract(archive: zipfile.ZipFile, manifest: dict[str, Any], root: Path) -> None:
    wanted = sum(size for size, _ in manifest["members"].values())
    free = shutil.disk_usage(root).free
    if wanted > free:
        raise BackupError(f"it needs {wanted >> 20} MB, and {free >> 20} MB are free")
    for name, (size, sha256) in manifest["members"].items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        digest, got = hashlib.sha256(), 0
        with archive.open(name) as source, target.open("wb") as sink:
            while piece := source.read(1 << 20):
                got += len(piece)
                if got > size:
                    break
                digest.update(piece)
                sink.write(piece)
        if got != size or digest.hexdigest() != sha256:
            raise BackupError(f"{name} isn't as the manifest says: the file is damaged or was changed")


def _check_database(path: Path, manifest: dict[str, Any]) -> None:
    if fault := fault_of(path):
        raise BackupError(f"its database isn't sound: {fault}")
    ours = [each.__name__ for each in MIGRATIONS]
    try:
        with closing(open_for_reading(path)) as db:
            # A trigger or view would be code that runs in our database.
            strange = db.execute(
                "SELECT name FROM sqlite_master WHERE type NOT IN ('table', 'index')"
            ).fetchone()
            schema = list(applied(db))
    except sqlite3.Error as error:
        raise BackupError(f"its database isn't one of a Switchroom: {error}") from error
    if strange:
        raise BackupError(f"its database has a part that isn't ours: {strange[0]}")
    if schema != ours[: len(schema)]:
        raise BackupError("its database was written by a newer version: update Switchroom first")


def _check_settings(root: Path) -> None:
    with closing(open_for_reading(root / DATABASE)) as db:
        revisions.load(db)
    path = root / SETTINGS
    if path.exists():
        try:
            faults = read(tomllib.loads(path.read_text("utf-8")))[1]
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BackupError(f"its settings aren't TOML: {error}") from error
        if faults:
            raise BackupError(f"its settings are wrong: {faults[0]}")


def _compared(unpacked: _Unpacked, data: DataFolder) -> Comparison:
    here_rows, here_settings = _contents(data.database)
    there_rows, there_settings = _contents(unpacked.root / DATABASE)
    here_prompts = {path.name for path in data.prompts.glob("*.wav")}
    there_prompts = {path.name for path in (unpacked.root / "prompts").glob("*.wav")}
    return Comparison(
        version=str(unpacked.manifest.get("version", "?")),
        made_at=str(unpacked.manifest.get("made_at", "?")),
        rows={table: (here_rows.get(table, 0), there_rows.get(table, 0)) for table in TABLES},
        settings=revisions.compare(here_settings or Settings(), there_settings or Settings()),
        prompts_added=sorted(there_prompts - here_prompts),
        prompts_lost=sorted(here_prompts - there_prompts),
        recordings=sum(name.startswith("recordings/") for name in unpacked.manifest["members"]),
    )


def _contents(database: Path) -> tuple[dict[str, int], Settings | None]:
    """How many rows each table has, and the settings; nothing where there is no database, or a damaged
    one."""
    if not database.exists():
        return {}, None
    try:
        with closing(open_for_reading(database)) as db:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            rows = {
                table: int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
                for table in TABLES
                if table in tables
            }
            found = revisions.load(db) if "settings_revisions" in tables else None
    except (sqlite3.Error, StoreError):
        # A damaged database is a good reason to restore one: it compares as an empty one.
        return {}, None
    return rows, found[1] if found else None


def _moves(root: Path, data: DataFolder, aside: Path) -> Iterator[tuple[Path | None, Path, Path]]:
    """(what comes, its place, where what is there goes).  Recordings are added to, never taken away."""
    for ending in ("-wal", "-shm"):
        yield None, data.database.with_name(data.database.name + ending), aside / (DATABASE + ending)
    yield root / DATABASE, data.database, aside / DATABASE
    if (root / SETTINGS).exists():
        yield root / SETTINGS, data.last_settings, aside / SETTINGS
    (root / "prompts").mkdir(exist_ok=True)
    yield root / "prompts", data.prompts, aside / "prompts"
    for path in sorted((root / "recordings").rglob("*.wav")):
        place = data.recordings / path.relative_to(root / "recordings")
        if not place.exists():
            yield path, place, aside / "recordings" / path.name


def _swap(moves: Iterator[tuple[Path | None, Path, Path]], aside: Path) -> None:
    """Every move, or none: each is a rename within one file system, and undone in reverse where one fails."""
    done: list[tuple[Path, Path]] = []
    try:
        for source, place, away in list(moves):
            if place.exists():
                away.parent.mkdir(parents=True, exist_ok=True)
                place.rename(away)
                done.append((place, away))
            if source is not None:
                place.parent.mkdir(parents=True, exist_ok=True)
                source.rename(place)
                done.append((source, place))
                _sync_folder(place.parent)
    except OSError as error:
        for before, now in reversed(done):
            now.rename(before)
        raise BackupError(f"restoring failed and was undone: {error}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
