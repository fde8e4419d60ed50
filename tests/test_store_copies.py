# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A copy of the database every day, in virtual time."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from firmware.clock import run_virtual
from firmware.errors import StoreError
from firmware.store import copies
from firmware.store.copies import copy_with_room, is_due, keep_copies
from firmware.store.opening import COPIES_KEPT, COPY_PATTERN, copy_database
from firmware.store.store import Store


def test_a_copy_is_due_when_the_newest_is_a_day_old(tmp_path: Path) -> None:
    Store(tmp_path / "s.db").close()
    assert is_due(tmp_path / "backups", 1e9)
    made = copy_database(tmp_path / "s.db", tmp_path / "backups")
    os.utime(made, (1e9, 1e9))
    assert not is_due(tmp_path / "backups", 1e9 + 3_600)
    assert is_due(tmp_path / "backups", 1e9 + 86_400)
    assert is_due(tmp_path / "backups", 1e9 - 3_600), "made by a clock that ran ahead"


def test_a_week_of_copies_is_kept_and_no_more(tmp_path: Path) -> None:
    Store(tmp_path / "s.db").close()
    for day in range(1, 12):
        made = copy_database(tmp_path / "s.db", tmp_path / "backups")
        made.rename(made.with_name(f"switchroom-202601{day:02}-000000.db"))
    copy_database(tmp_path / "s.db", tmp_path / "backups")
    kept = sorted(path.name for path in (tmp_path / "backups").glob(COPY_PATTERN))
    assert len(kept) == COPIES_KEPT and kept[0] == "switchroom-20260106-000000.db"


def test_a_copy_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s.db").write_bytes(b"nonsense" * 2_000)
    told: list[str] = []

    async def story() -> None:
        task = asyncio.ensure_future(keep_copies(tmp_path / "s.db", tmp_path / "backups", told.append))
        await asyncio.sleep(2 * copies.FIRST_LOOK_S)
        task.cancel()

    run_virtual(story)
    assert len(told) == 1 and "s.db" in told[0]


def test_no_copy_is_made_where_calls_need_the_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(tmp_path / "s.db").close()
    monkeypatch.setattr(copies, "ROOM_FACTOR", 1 << 40)
    with pytest.raises(StoreError, match="make room"):
        copy_with_room(tmp_path / "s.db", tmp_path / "backups")
