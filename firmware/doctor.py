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
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
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


# What a finding says, in English and Chinese; what comes from elsewhere (an error's own words) stands in {why}.
TEXTS: Mapping[str, tuple[str, str]] = {
    "told": ("{why}", "{why}"),
    "folder_absent": (
        "{path} isn't there: start switchroomd once, or name it by --data",
        "{path} 不存在：请先启动一次 switchroomd，或用 --data 指定",
    ),
    "folder_closed": ("{path} can't be written by this user", "当前用户无权写入 {path}"),
    "space_unknown": ("can't be told: {why}", "无法得知：{why}"),
    "space": ("{free} GB, {percent} % of the disk", "剩余 {free} GB，占磁盘 {percent} %"),
    "space_low": (
        "{free} GB, {percent} % of the disk: below {reserve} % nothing is recorded; remove or add disk",
        "剩余 {free} GB，占磁盘 {percent} %：低于 {reserve} % 停止录音，请清理或增加磁盘",
    ),
    "damaged": (
        "damaged: {why}; restart the service, the last backup takes its place",
        "已损坏：{why}；请重启服务，将由最近的备份代替",
    ),
    "sound": ("{size} MB, sound", "{size} MB，完好"),
    "put_aside": (
        "{size} MB, sound; a damaged one was put aside: {name}",
        "{size} MB，完好；曾有一份损坏的数据库，已移到 {name}",
    ),
    "no_faults": ("no faults", "没有错误"),
    "faults": ("{faults}", "{faults_zh}"),
    "prompts_there": ("all there", "齐全"),
    "prompts_missing": ("files are missing: {names}", "缺少文件：{names}"),
    "bare": ("bare service: {why}; see its log, mend, restart", "基本服务（{why}）：请查看日志，修复后重启"),
    "up": ("epoch {epoch}, up {up} s", "第 {epoch} 次启动，已运行 {up} 秒"),
    "weak_scheduling": (
        "{why}: allow SCHED_FIFO (LimitRTPRIO), or sound may stutter",
        "{why}：请允许 SCHED_FIFO（LimitRTPRIO），否则声音可能断续",
    ),
    "locked": ("locked", "已锁定"),
    "not_locked": ("not locked: raise LimitMEMLOCK", "未锁定：请提高 LimitMEMLOCK"),
    "no_card": ("none is found", "没有找到"),
    "ports_well": ("all in service", "全部正常"),
    "ports_out": ("out of service: {ports}", "停用：{ports}"),
    "ports_absent": (
        "the settings name ports that no card has: {ports}; put the card in, or take them out of the settings",
        "设置中有板卡上不存在的端口：{ports}；请插上板卡，或从设置中删除",
    ),
    "ports_both": (
        "out of service: {ports}; the settings name ports that no card has: {absent}",
        "停用：{ports}；设置中有板卡上不存在的端口：{absent}",
    ),
    "clock_unset": (
        "{why}: it was never set; calls would be on record at a wrong time",
        "{why}：时钟从未设置，通话记录的时间会不对",
    ),
    "source_unknown": ("the kernel doesn't say", "内核没有说明"),
    "source_slow": (
        "{why}: slow to read; the kernel took the TSC for unsteady",
        "{why}：读取较慢，内核认为 TSC 不稳定",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.  code: a key of TEXTS, what was seen and what to do where it isn't well."""

    what: str
    well: bool
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str) -> str:
        return TEXTS[self.code][1 if language == "zh" else 0].format_map(dict(self.values))

    @property
    def found(self) -> str:
        return self.text("en")

    def plain(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "well": self.well,
            "found": self.found,
            "message": {"en": self.text("en"), "zh": self.text("zh")},
        }


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
        *_running(status, settings),
        _clock(),
        _clock_source(),
        _told("versions", True, ", ".join(f"{name} {value}" for name, value in versions().items())),
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


def _told(what: str, well: bool, why: str) -> Finding:
    return Finding(what, well, "told", {"why": why})


def _folder(data: DataFolder) -> Finding:
    what, path = "data folder", {"path": data.root}
    if not data.root.is_dir():
        return Finding(what, False, "folder_absent", path)
    if not os.access(data.root, os.W_OK | os.X_OK):
        return Finding(what, False, "folder_closed", path)
    return _told(what, True, str(data.root))


def _space(data: DataFolder, settings: Settings | str) -> Finding:
    try:
        disk = shutil.disk_usage(data.root)
    except OSError as error:
        return Finding("free space", False, "space_unknown", {"why": error.strerror})
    reserve = settings.recording.reserve_percent if isinstance(settings, Settings) else RESERVE_PERCENT
    percent = 100 * disk.free / disk.total
    found = {"free": f"{disk.free / 1e9:.1f}", "percent": f"{percent:.0f}", "reserve": reserve}
    well = percent >= reserve
    return Finding("free space", well, "space" if well else "space_low", found)


def _database(data: DataFolder) -> Finding:
    try:
        fault = fault_of(data.database)
    except StoreError as error:
        return _told("database", False, str(error))
    if fault:
        return Finding("database", False, "damaged", {"why": fault})
    aside = sorted(
        path.name for path in data.root.glob("switchroom.db.damaged-*") if path.suffix not in ("-wal", "-shm")
    )
    found = {"size": f"{data.database.stat().st_size / 1e6:.1f}", "name": aside[-1] if aside else ""}
    return Finding("database", not aside, "put_aside" if aside else "sound", found)


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
        yield _told("settings", False, settings)
        return
    faults = check(settings)
    said = {
        "faults": "; ".join(map(str, faults)),
        "faults_zh": "；".join(f"{fault.path}：{fault.text('zh')}" for fault in faults),
    }
    yield Finding("settings", not faults, "faults" if faults else "no_faults", said)
    missing = _prompts_missing(data)
    yield Finding(
        "prompts",
        not missing,
        "prompts_missing" if missing else "prompts_there",
        {"names": ", ".join(missing)},
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
        return _told("service", False, status)
    service = status["service"]
    if service.get("bare"):
        return Finding("service", False, "bare", {"why": service["bare"]})
    return Finding("service", True, "up", {"epoch": status["epoch"], "up": service.get("up_s", "?")})


def _running(status: Status, settings: Settings | str) -> Iterator[Finding]:
    """What only a running service knows."""
    if isinstance(status, str):
        return
    service = status["service"]
    scheduling = str(service.get("scheduling", "unknown"))
    fifo = "FIFO" in scheduling.upper()
    yield Finding("scheduling", fifo, "told" if fifo else "weak_scheduling", {"why": scheduling})
    locked = bool(service.get("memory_locked"))
    yield Finding("locked memory", locked, "locked" if locked else "not_locked")
    card = service.get("card")
    yield Finding("card", bool(card), "told" if card else "no_card", {"why": card})
    yield _ports(status["board"], settings)


def _ports(board: Mapping[str, Any], settings: Settings | str) -> Finding:
    """Ports whose card reports trouble, and those of the settings that no card has."""
    rows = [row for kind in ("lines", "phones") for row in board[kind]]
    out = [row["port"] for row in rows if row["state"] == "out_of_service"]
    there = {row["port"] for row in rows}
    absent = [port for port in _ports_named(settings) if port not in there]
    found = {"ports": _list(out or absent), "absent": _list(absent)}
    if out and absent:
        return Finding("ports", False, "ports_both", found)
    code = "ports_out" if out else "ports_absent" if absent else "ports_well"
    return Finding("ports", not out and not absent, code, found)


def _ports_named(settings: Settings | str) -> list[int]:
    if isinstance(settings, str):
        return []
    return [*(line.port for line in settings.lines), *(phone.port for phone in settings.phones)]


def _list(ports: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(ports)))


def _clock() -> Finding:
    now_ns = time.time_ns()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now_ns // 10**9))
    well = now_ns >= CLOCK_LEAST_NS
    return Finding("clock", well, "told" if well else "clock_unset", {"why": shown})


def _clock_source() -> Finding:
    try:
        source = CLOCK_SOURCE.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return Finding("clock source", True, "source_unknown")
    steady = source in STEADY_CLOCKS
    return Finding("clock source", steady, "told" if steady else "source_slow", {"why": source})
