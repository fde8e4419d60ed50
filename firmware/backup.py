# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Everything of a box in one file: database, settings, prompts, recordings where wanted.

The file is a zip with a manifest that names every member, its size and its hash.  `restore` reads it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
import zipfile
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, BinaryIO

from firmware.data_folder import DataFolder
from firmware.errors import SwitchroomError
from firmware.settings import revisions
from firmware.settings.toml import to_toml
from firmware.store.migrations import MIGRATIONS
from firmware.store.opening import copy_into, open_for_reading

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "switchroom.db"
SETTINGS = "settings.toml"
# What a member may be called, and so where it may go.
MEMBERS = re.compile(
    r"switchroom\.db|settings\.toml|prompts/[a-z0-9][a-z0-9_.-]{0,99}\.wav"
    r"|recordings/[0-9]{4}/[0-9]{2}/[0-9]{2}/[A-Za-z0-9_-]{1,80}\.wav"
)


class BackupError(SwitchroomError):
    """A backup can't be written, read or restored; nothing has been changed.  The message says why."""


def write_backup(data: DataFolder, target: Path | None = None, *, recordings: bool = False) -> Path:
    """Write a backup of a box that may be running.  target: a file; None makes one in the backups folder.

    Raises BackupError, StoreError or OSError, and leaves no half file.
    """
    if target is None:
        data.backups.mkdir(parents=True, exist_ok=True)
        target = data.backups / time.strftime("switchroom-%Y%m%d-%H%M%S.zip", time.gmtime())
    part = target.with_name(target.name + ".part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
            copy = Path(folder) / DATABASE
            copy_into(data.database, copy)
            with part.open("wb") as file:
                os.fchmod(file.fileno(), 0o600)  # hashes of passwords are in it
                _write_zip(file, data, copy, recordings)
                file.flush()
                os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _write_zip(file: BinaryIO, data: DataFolder, database: Path, recordings: bool) -> None:
    members: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _add(archive, members, DATABASE, database)
        with closing(open_for_reading(database)) as db:
            found = revisions.load(db)
        if found is not None:
            _add_bytes(archive, members, SETTINGS, to_toml(found[1]).encode())
        for path in sorted(data.prompts.glob("*.wav")):
            _add(archive, members, f"prompts/{path.name}", path)
        if recordings:
            for path in sorted(data.recordings.rglob("*.wav")):
                _add(archive, members, f"recordings/{path.relative_to(data.recordings).as_posix()}", path)
        manifest = {
            "format": FORMAT,
            "version": installed_version(),
            "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "schema": [each.__name__ for each in MIGRATIONS],
            "members": members,
        }
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))


def _add(archive: zipfile.ZipFile, members: dict[str, dict[str, Any]], name: str, path: Path) -> None:
    """A file that may be growing (a recording under way) is taken up to where it was."""
    if not MEMBERS.fullmatch(name):
        return
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as sink:
        while piece := source.read(1 << 20):
            digest.update(piece)
            size += len(piece)
            sink.write(piece)
    members[name] = {"bytes": size, "sha256": digest.hexdigest()}


def _add_bytes(archive: zipfile.ZipFile, members: dict[str, dict[str, Any]], name: str, text: bytes) -> None:
    archive.writestr(name, text)
    members[name] = {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}


def installed_version() -> str:
    try:
        return version("switchroom")
    except PackageNotFoundError:
        return "unknown"
