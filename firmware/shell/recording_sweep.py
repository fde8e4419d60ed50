# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings of a run that was cut are mended and found again; those past their retention go.

`mend` and `purge` block on the disk and belong in a thread; `tend` sees to that.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from dsp.wav import WavError, repair
from firmware.clock import in_thread
from firmware.errors import StoreError
from firmware.store import recordings
from firmware.store.store import Store

log = logging.getLogger(__name__)

PURGED_AT_ONCE = 200
PURGE_EVERY_S = 3_600.0
AGAIN_S = 10.0  # after a store or a disk that refused
WRITE_WITHIN_S = 60.0
DAY_NS = 86_400 * 10**9

Result = TypeVar("Result")


class Swept(msgspec.Struct, frozen=True):
    """What was found: recordings cut and mended, cut with nothing left, and files nobody knew."""

    mended: int
    lost: int
    adopted: int


async def tend(
    store: Store,
    folder: Path,
    under_way: Callable[[], frozenset[str]],
    due: Callable[[], tuple[int, int]],
    rest: Callable[[float], Awaitable[None]],
    troubled: Callable[[str], None],
) -> None:
    """Mend what was cut; then, every hour, remove what is past its retention.  What is refused is tried again.

    due: the civil time in ns, and for how many days recordings are kept.  rest: waits so long, or for less.
    troubled: told once when it begins to fail.
    """
    mended, well = False, True
    while True:
        try:
            if not mended:
                await in_thread(mend, store, folder, under_way)
                mended = True
            while await in_thread(purge, store, folder, *due()):
                await asyncio.sleep(1)
            well = True
        except (StoreError, OSError) as error:
            log.error("recordings: can't be tended: %s", error)
            if well:
                troubled(str(error))
            well = False
        await rest(PURGE_EVERY_S if well else AGAIN_S)


def mend(store: Store, folder: Path, under_way: Callable[[], frozenset[str]]) -> Swept:
    """Close what was open when the box went down, and take in files without a row.  Raises StoreError.

    under_way: the files being written now, which are let alone.
    """
    cut = store.write(recordings.open_files).result(WRITE_WITHIN_S)
    open_files = [file for file in cut if file not in under_way()]
    mended = sum(_mend_open(store, folder, file) for file in open_files)
    adopted = _adopt_orphans(store, folder, under_way)
    swept = Swept(mended, len(open_files) - mended, adopted)
    if swept != Swept(0, 0, 0):
        log.warning("recordings: %d cut ones mended, %d lost, %d without a row found", *_astuple(swept))
    return swept


def purge(store: Store, folder: Path, now_ns: int, keep_days: int) -> int:
    """Remove the oldest recordings past their retention, some at once; returns how many."""
    before_ns = now_ns - keep_days * DAY_NS
    files = store.write(recordings.files_before, before_ns, PURGED_AT_ONCE).result(WRITE_WITHIN_S)
    removed = 0
    for file in files:
        try:
            (folder / file).unlink(missing_ok=True)
        except OSError as error:
            log.error("recordings: file=%s can't be removed: %s", file, error.strerror)
            continue
        store.write(recordings.purge, file)
        removed += 1
    if removed:
        log.info("recordings: %d past their %d days are removed", removed, keep_days)
    return removed


def _mend_open(store: Store, folder: Path, file: str) -> bool:
    samples, error = _repaired(folder / file)
    state = "failed" if error else "interrupted"
    store.write(recordings.end_file, file, state, samples, error).result(WRITE_WITHIN_S)
    return not error


def _adopt_orphans(store: Store, folder: Path, under_way: Callable[[], frozenset[str]]) -> int:
    adopted = 0
    for path in _wav_files(folder):
        file = path.relative_to(folder).as_posix()
        if file in under_way() or store.write(recordings.knows_file, file).result(WRITE_WITHIN_S):
            continue
        samples, error = _repaired(path)
        if error:
            log.warning("recordings: file=%s has no row and can't be read: %s", file, error)
            continue
        began_ns = path.stat().st_mtime_ns - samples * 125_000
        store.write(recordings.adopt, file, samples, began_ns).result(WRITE_WITHIN_S)
        adopted += 1
    return adopted


def _repaired(path: Path) -> tuple[int, str]:
    try:
        return repair(path), ""
    except FileNotFoundError:
        return 0, "the file isn't there"
    except (OSError, WavError) as error:
        return 0, str(error)


def _wav_files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            if name.endswith(".wav"):
                yield Path(parent) / name


def _astuple(swept: Swept) -> tuple[int, int, int]:
    return swept.mended, swept.lost, swept.adopted


__all__ = ["StoreError", "Swept", "mend", "purge", "tend"]
