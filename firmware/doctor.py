# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Looks a box over: what is well, what isn't, and what to do.

It works with the service running, stopped, or unable to start.
"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from firmware.backup import installed_version
from firmware.client import Client, ClientError, Unreachable
from firmware.data_folder import DataFolder
from firmware.errors import StoreError
from firmware.settings import revisions
from firmware.settings.check import check
from firmware.settings.model import Settings
from firmware.store.opening import fault_of, open_for_reading

RESERVE_PERCENT = 5  # where the settings can't be read
CLOCK_LEAST_NS = 1_750_000_000_000_000_000  # June 2025: a clock that is earlier was never set
CLOCK_SOURCE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
STEADY_CLOCKS = ("tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page")
LIBRARIES = ("msgspec", "pydantic", "bottle", "cheroot", "cffi", "websockets", "argon2-cffi")


Status = Mapping[str, Any] | str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.  found: what was seen, and what to do where it isn't well."""

    what: str
    well: bool
    found: str

    def plain(self) -> dict[str, Any]:
        return {"what": self.what, "well": self.well, "found": self.found}


def examine(data: DataFolder, status: Status) -> list[Finding]:
    """Everything, in the order in which it is mended.  status: `status_of` a client, or the service's own
    answer."""
    settings = settings_of(data)
    return [
        _folder(data),
        _space(data, settings),
        _database(data),
        *_settings_findings(settings, data),
        _service(status),
        *_running(status),
        _clock(),
        _clock_source(),
        Finding("versions", True, ", ".join(f"{name} {value}" for name, value in versions().items())),
    ]


def versions() -> dict[str, str]:
    found = {
        "switchroom": installed_version(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "kernel": platform.release(),
    }
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


# --- what is looked at ---


def _folder(data: DataFolder) -> Finding:
    if not data.root.is_dir():
        return Finding(
            "data folder", False, f"{data.root} isn't there: start switchroomd once, or name it by --data"
        )
    if not os.access(data.root, os.W_OK | os.X_OK):
        return Finding("data folder", False, f"{data.root} can't be written by this user")
    return Finding("data folder", True, str(data.root))


def _space(data: DataFolder, settings: Settings | str) -> Finding:
    try:
        disk = shutil.disk_usage(data.root)
    except OSError as error:
        return Finding("free space", False, f"can't be told: {error.strerror}")
    reserve = settings.recording.reserve_percent if isinstance(settings, Settings) else RESERVE_PERCENT
    percent = 100 * disk.free / disk.total
    found = f"{disk.free / 1e9:.1f} GB, {percent:.0f} % of the disk"
    if percent < reserve:
        return Finding(
            "free space", False, f"{found}: below {reserve} % nothing is recorded; remove or add disk"
        )
    return Finding("free space", True, found)


def _database(data: DataFolder) -> Finding:
    try:
        fault = fault_of(data.database)
    except StoreError as error:
        return Finding("database", False, str(error))
    if fault:
        return Finding(
            "database", False, f"damaged: {fault}; restart the service, the last backup takes its place"
        )
    aside = sorted(
        path.name for path in data.root.glob("switchroom.db.damaged-*") if path.suffix not in ("-wal", "-shm")
    )
    size = f"{data.database.stat().st_size / 1e6:.1f} MB, sound"
    return Finding(
        "database", not aside, size + (f"; a damaged one was put aside: {aside[-1]}" if aside else "")
    )


def settings_of(data: DataFolder) -> Settings | str:
    """The settings in force, or why they can't be read."""
    try:
        with closing(open_for_reading(data.database)) as db:
            found = revisions.load(db)
    except (StoreError, sqlite3.Error) as error:
        return str(error)
    return found[1] if found else "there are none yet: start switchroomd once"


def _settings_findings(settings: Settings | str, data: DataFolder) -> Iterator[Finding]:
    if isinstance(settings, str):
        yield Finding("settings", False, settings)
        return
    faults = check(settings)
    yield Finding("settings", not faults, "; ".join(map(str, faults)) or "no faults")
    missing = _prompts_missing(data)
    yield Finding(
        "prompts", not missing, f"files are missing: {', '.join(missing)}" if missing else "all there"
    )


def _prompts_missing(data: DataFolder) -> list[str]:
    try:
        with closing(open_for_reading(data.database)) as db:
            files = [file for (file,) in db.execute("SELECT file FROM prompts ORDER BY file")]
    except (StoreError, sqlite3.Error):
        return []  # the database has a finding of its own
    return [file for file in files if not (data.prompts / file).is_file()]


def status_of(client: Client) -> Status:
    """What the service says to `status`, or in words why it says nothing."""
    try:
        return client.request("status")
    except Unreachable as error:
        return f"doesn't answer: {error}"
    except ClientError as error:
        return f"refuses: {error}"


def _service(status: Status) -> Finding:
    if isinstance(status, str):
        return Finding("service", False, status)
    service = status["service"]
    if service.get("bare"):
        return Finding("service", False, f"bare service: {service['bare']}; see its log, mend, restart")
    return Finding("service", True, f"epoch {status['epoch']}, up {service.get('up_s', '?')} s")


def _running(status: Status) -> Iterator[Finding]:
    """What only a running service knows."""
    if isinstance(status, str):
        return
    service, board = status["service"], status["board"]
    scheduling = str(service.get("scheduling", "unknown"))
    yield Finding(
        "scheduling",
        "FIFO" in scheduling.upper(),
        scheduling
        if "FIFO" in scheduling.upper()
        else f"{scheduling}: allow SCHED_FIFO (LimitRTPRIO), or sound may stutter",
    )
    locked = bool(service.get("memory_locked"))
    yield Finding("locked memory", locked, "locked" if locked else "not locked: raise LimitMEMLOCK")
    yield Finding("card", bool(service.get("card")), str(service.get("card") or "none is found"))
    out = [
        f"port {row['port']}"
        for kind in ("lines", "phones")
        for row in board[kind]
        if row["state"] == "out_of_service"
    ]
    yield Finding("ports", not out, f"out of service: {', '.join(out)}" if out else "all in service")


def _clock() -> Finding:
    now_ns = time.time_ns()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now_ns // 10**9))
    if now_ns < CLOCK_LEAST_NS:
        return Finding("clock", False, f"{shown}: it was never set; calls would be on record at a wrong time")
    return Finding("clock", True, shown)


def _clock_source() -> Finding:
    try:
        source = CLOCK_SOURCE.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return Finding("clock source", True, "the kernel doesn't say")
    if source in STEADY_CLOCKS:
        return Finding("clock source", True, source)
    return Finding("clock source", False, f"{source}: slow to read; the kernel took the TSC for unsteady")
