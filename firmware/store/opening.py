# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Opens the database file for writing or for reading; a damaged one is put aside and the last backup takes
its place."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path
from urllib.parse import quote

from firmware.errors import StoreError

log = logging.getLogger(__name__)

BUSY_MS = 5_000  # how long a lock of another process is waited for
COPY_PATTERN = "switchroom-*.db"  # copies of the database that `copy_database` leaves in the backups folder
CHECK_BYTES_MAX = (
    64 << 20
)  # up to here the whole file is checked at every start; that takes less than a second
COPIES_KEPT = 7


def open_checked(path: Path, backups: Path | None) -> tuple[sqlite3.Connection, str]:
    """The database for writing, checked; and what was mended, in words, or empty."""
    try:
        fresh = not path.exists()
        db, fault = _try_open(path)
        if db is not None:
            if fresh:
                path.chmod(0o640)
            return db, ""
        aside = _quarantine(path)
        source = _restore_newest(path, backups)
    except OSError as error:
        raise StoreError(
            f"{path} can't be opened: {error.strerror}; see the folder's rights and free space"
        ) from error
    mended = f"{path.name} was damaged ({fault}) and is now {aside.name}; " + (
        f"{source.name} took its place" if source else "no backup was there, a new one was begun"
    )
    log.error("store: %s", mended)
    db, fault = _try_open(path)
    if db is None:
        raise StoreError(f"{path} can't be opened: {fault}; see the folder's rights and free space")
    return db, mended


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that can't write.  Raises StoreError where there is no database."""
    if not path.exists():
        raise StoreError(f"{path} isn't there: has the service been started with this data folder?")
    try:
        # One connection a thread; a web server may close it from another thread when it stops.
        db = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False)
        db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        db.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise StoreError(f"{path} can't be read: {error}") from error
    return db


def fault_of(path: Path) -> str:
    """What is wrong with a database file by SQLite's own full check; empty for a sound one."""
    db = open_for_reading(path)
    try:
        found = [text for (text,) in db.execute("PRAGMA integrity_check(3)")]
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        db.close()
    return "" if found == ["ok"] else "; ".join(found)


def copy_database(path: Path, backups: Path) -> Path:
    """A whole, checked copy of the database beside the service's work; the oldest of more than seven goes."""
    backups.mkdir(parents=True, exist_ok=True)
    target = backups / time.strftime("switchroom-%Y%m%d-%H%M%S.db", time.gmtime())
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    copy_into(path, part)
    part.replace(target)
    for old in sorted(backups.glob(COPY_PATTERN))[:-COPIES_KEPT]:
        old.unlink(missing_ok=True)
    return target


def copy_into(path: Path, target: Path) -> None:
    """Copy a database that may be in use, as of one moment.  Raises StoreError."""
    source = open_for_reading(path)
    try:
        copy = sqlite3.connect(target)
        try:
            source.backup(copy, pages=2_000)
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise StoreError(f"{path} can't be copied: {error}") from error
    finally:
        source.close()
    if fault := fault_of(target):
        target.unlink()
        raise StoreError(f"the copy of {path} isn't sound: {fault}")


def _try_open(path: Path) -> tuple[sqlite3.Connection | None, str]:
    """A connection in WAL mode, or why not.  OSError and "unable to open" are the folder's fault, not the
    file's."""
    db: sqlite3.Connection | None = None
    try:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA foreign_keys = ON")
        if fault := _quick_fault(db, path):
            db.close()
            return None, fault
        return db, ""
    except sqlite3.DatabaseError as error:
        if db is not None:
            db.close()
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return None, str(error)
        raise StoreError(
            f"{path} can't be opened: {error}; see the folder's rights, free space and who else has it"
        ) from error


def _quick_fault(db: sqlite3.Connection, path: Path) -> str:
    # A large file is checked whole by `doctor` and by every backup; a start must not wait for it.
    db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if path.stat().st_size > CHECK_BYTES_MAX:
        return ""
    found = [text for (text,) in db.execute("PRAGMA quick_check(3)")]
    return "" if found == ["ok"] else "; ".join(found)


def _quarantine(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.replace(aside.with_name(aside.name + ending))
    return aside


def _restore_newest(path: Path, backups: Path | None) -> Path | None:
    """Put the newest sound copy in the file's place; None where there is none."""
    if backups is None:
        return None
    for copy in sorted(backups.glob(COPY_PATTERN), reverse=True):
        if not fault_of(copy):
            copy_into(copy, path)
            path.chmod(0o640)
            return copy
        log.error("store: backup %s isn't sound either", copy.name)
    return None
