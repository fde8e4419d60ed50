# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A checked copy of the database every day: what takes its place when it is found damaged."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from firmware.clock import in_thread
from firmware.errors import StoreError
from firmware.store.opening import COPY_PATTERN, copy_database

log = logging.getLogger(__name__)

EVERY_S = 86_400.0
FIRST_LOOK_S = 60.0  # the start belongs to calls
LOOK_EVERY_S = 600.0
ROOM_FACTOR = 3  # free space, in sizes of the database, below which recordings need the room more


async def keep_copies(database: Path, backups: Path, troubled: Callable[[str], None]) -> None:
    """Copy the database when the newest copy is a day old, for ever.  troubled: told when that can't be
    done."""
    await asyncio.sleep(FIRST_LOOK_S)
    while True:
        if is_due(backups, time.time()):
            try:
                await in_thread(copy_with_room, database, backups)
            except (StoreError, OSError) as error:
                log.error("store: no copy was made: %s", error)
                troubled(str(error))
                await asyncio.sleep(EVERY_S / 24)
        await asyncio.sleep(LOOK_EVERY_S)


def is_due(backups: Path, now_s: float) -> bool:
    """Whether the newest copy is a day old, or was made by a clock that ran ahead."""
    newest = max((path.stat().st_mtime for path in backups.glob(COPY_PATTERN)), default=0.0)
    return not 0 <= now_s - newest < EVERY_S


def copy_with_room(database: Path, backups: Path) -> Path:
    """Raises StoreError where the disk is too full, or the database isn't sound."""
    backups.mkdir(parents=True, exist_ok=True)
    free, size = shutil.disk_usage(backups).free, database.stat().st_size
    if free < ROOM_FACTOR * size:
        raise StoreError(f"{free >> 20} MB are free, too few beside a database of {size >> 20} MB: make room")
    return copy_database(database, backups)
