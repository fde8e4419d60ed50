# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings as files and rows: the row with the file, the cut ones mended, the old ones gone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from drivers.simulated import Layout
from dsp.vocabulary import Tone
from dsp.wav import read, write_alaw
from firmware.clock import run_virtual
from firmware.exchange.vocabulary import Instant
from firmware.shell.recording_sweep import AGAIN_S, PURGE_EVERY_S, Swept, mend, purge, tend
from firmware.store import recordings
from firmware.store.store import Store
from firmware.virtual import Centre

SMALL = Layout(fxo=1, fxs=1, outside=1)
SECOND = b"\x2a" * 16_000  # two tracks


def rows(database: Path) -> list[tuple[str, str, int]]:
    with closing(sqlite3.connect(database)) as db:
        return db.execute("SELECT file, state, samples FROM recordings ORDER BY id").fetchall()


def nobody() -> frozenset[str]:
    return frozenset()


def test_a_call_leaves_one_file_and_its_row(tmp_path: Path) -> None:
    async def run() -> None:
        async with Centre(layout=SMALL, data=tmp_path) as centre:
            caller, desk = centre.outside("13900000001"), centre.phone(801)
            await caller.call(centre.pilot)
            await desk.rings(within_s=30)
            desk.lift()
            await asyncio.sleep(1)
            await caller.talks_to(desk)
            await asyncio.sleep(10)
            desk.hang_up()
            await caller.hears(Tone.BUSY)
            await asyncio.sleep(2)

    run_virtual(run)
    ((file, state, samples),) = rows(tmp_path / "switchroom.db")
    assert state == "closed"
    sound = read(tmp_path / "recordings" / file)
    assert len(sound.tracks) == 2
    assert sound.samples == samples > 12 * 8_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "switchroom.db", durable=False)
    yield store
    store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "recordings" / "2026").mkdir(parents=True)
    return tmp_path / "recordings"


def begin(store: Store, number: int, began_ns: int = 10**18) -> str:
    file = f"2026/1-{number}.wav"
    store.write(recordings.begin, number, 5, 1, 1, file, Instant(1, began_ns)).result()
    return file


def test_a_cut_recording_is_mended_to_its_last_sample(store: Store, folder: Path) -> None:
    file = begin(store, 1)
    write_alaw(folder / file, SECOND * 3, channels=2)
    whole = (folder / file).read_bytes()
    (folder / file).write_bytes(whole[:-7_001])
    assert mend(store, folder, nobody) == Swept(1, 0, 0)
    ((_, state, samples),) = rows(store.path)
    assert (state, samples) == ("interrupted", 24_000 - 3_501)
    assert read(folder / file).samples == samples


def test_a_recording_cut_before_its_header_is_lost_and_says_so(store: Store, folder: Path) -> None:
    (folder / begin(store, 1)).write_bytes(b"RI")
    begin(store, 2)  # its file was never made
    assert mend(store, folder, nobody) == Swept(0, 2, 0)
    assert [state for _, state, _ in rows(store.path)] == ["failed", "failed"]


def test_a_file_without_a_row_is_taken_in_once(store: Store, folder: Path) -> None:
    write_alaw(folder / "2026" / "7-1.wav", SECOND, channels=2)
    (folder / "2026" / "7-2.wav").write_bytes(b"not sound at all")
    assert mend(store, folder, nobody) == Swept(0, 0, 1)
    assert mend(store, folder, nobody) == Swept(0, 0, 0)
    assert rows(store.path) == [("2026/7-1.wav", "interrupted", 8_000)]


def test_what_is_being_written_is_let_alone(store: Store, folder: Path) -> None:
    file = begin(store, 1)
    write_alaw(folder / file, SECOND, channels=2)
    assert mend(store, folder, lambda: frozenset([file])) == Swept(0, 0, 0)
    assert rows(store.path) == [(file, "open", 0)]


def test_retention_removes_the_oldest_and_keeps_their_rows(store: Store, folder: Path) -> None:
    day_ns = 86_400 * 10**9
    now_ns = 1_000 * day_ns
    for number, age in ((1, 181), (2, 200), (3, 10)):
        file = begin(store, number, now_ns - age * day_ns)
        write_alaw(folder / file, SECOND, channels=2)
        store.write(recordings.end, number, "closed", 8_000).result()
    assert purge(store, folder, now_ns, 180) == 2
    assert purge(store, folder, now_ns, 180) == 0
    assert [state for _, state, _ in rows(store.path)] == ["purged", "purged", "closed"]
    assert [path.name for path in folder.rglob("*.wav")] == ["1-3.wav"]


def test_a_store_that_refuses_is_asked_again_and_the_sweeping_goes_on(tmp_path: Path) -> None:
    """Whoever fills a disk must not put an end to what makes room on it."""
    (tmp_path / "files").mkdir()
    old = tmp_path / "files" / "old.wav"
    write_alaw(old, SECOND, channels=2)
    rests: list[float] = []
    troubles: list[str] = []

    async def run() -> None:
        with Store(tmp_path / "switchroom.db") as store:
            store.write(recordings.begin, 1, 1, 1, 1, "old.wav", Instant(0, 0)).result()
            store.write(recordings.end, 1, "closed", 8_000).result()
            with closing(sqlite3.connect(tmp_path / "switchroom.db", isolation_level=None)) as hog:
                hog.execute("BEGIN IMMEDIATE")
                swept = asyncio.Event()

                async def rest(longest_s: float) -> None:
                    rests.append(longest_s)
                    if len(rests) == 2:
                        hog.execute("ROLLBACK")
                    if longest_s == PURGE_EVERY_S:
                        swept.set()
                    await asyncio.sleep(longest_s)

                under_way = tend(
                    store, old.parent, nobody, lambda: (100 * 86_400 * 10**9, 30), rest, troubles.append
                )
                sweeping = asyncio.ensure_future(under_way)
                await swept.wait()
                sweeping.cancel()

    run_virtual(run)
    assert rests == [AGAIN_S, AGAIN_S, PURGE_EVERY_S]
    assert len(troubles) == 1
    assert not old.exists()
    assert [state for _, state, _ in rows(tmp_path / "switchroom.db")] == ["purged"]


def test_a_file_that_cannot_be_removed_holds_up_no_other(tmp_path: Path) -> None:
    (tmp_path / "files" / "stuck.wav").mkdir(parents=True)  # no file, so it can't be unlinked
    with Store(tmp_path / "switchroom.db") as store:
        store.write(recordings.begin, 1, 1, 1, 1, "stuck.wav", Instant(0, 0)).result()
        store.write(recordings.end, 1, "closed", 8_000).result()
        assert purge(store, tmp_path / "files", 100 * 86_400 * 10**9, 30) == 0
