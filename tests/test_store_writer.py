# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The writer thread: what it acknowledges is on the disk, and a wrong write spoils no other."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from firmware.errors import StoreError
from firmware.store import calls, migrations
from firmware.store.opening import copy_database, fault_of, open_for_reading
from firmware.store.store import QUEUE_MAX, Store
from tests.call_records import a_call

WAIT_S = 30


def count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM calls").fetchone()[0])


def test_a_record_is_there_when_its_future_is_done(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        store.write(calls.add, a_call(), 7).result(WAIT_S)
        db = open_for_reading(tmp_path / "s.db")
        assert db.execute("SELECT call, journal_position FROM calls").fetchall() == [(1, 7)]
        db.close()


def test_a_record_derived_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        first = store.write(calls.add, a_call(), 7).result(WAIT_S)
        store.write(calls.add, a_call(2), 8).result(WAIT_S)
        assert store.write(calls.add, a_call(), 8).result(WAIT_S) == first, "links to it lead to it still"
        assert store.write(count).result(WAIT_S) == 2


def test_a_call_number_used_again_makes_a_second_record(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        store.write(calls.add, a_call(1), 7)
        store.write(calls.add, a_call(1, second=5_000), 8)
        assert store.write(count).result(WAIT_S) == 2


def test_a_wrong_write_spoils_none_of_its_transaction(tmp_path: Path) -> None:
    def half(db: sqlite3.Connection) -> None:
        calls.add(db, a_call(99), 1)
        raise ValueError("this one is wrong")

    with Store(tmp_path / "s.db") as store:
        gate = threading.Event()
        store.write(lambda db: gate.wait(WAIT_S))  # so that the others share one transaction
        before, wrong, after = (
            store.write(calls.add, a_call(1), 1),
            store.write(half),
            store.write(calls.add, a_call(2), 2),
        )
        gate.set()
        assert (before.result(WAIT_S), after.result(WAIT_S)) == (1, 2)
        with pytest.raises(ValueError, match="this one"):
            wrong.result(WAIT_S)
        assert store.write(count).result(WAIT_S) == 2


def test_writes_that_wait_share_a_transaction(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        gate = threading.Event()
        store.write(lambda db: gate.wait(WAIT_S))
        begun: list[str] = []
        store.write(lambda db: db.set_trace_callback(begun.append))
        for number in range(200):
            store.write(calls.add, a_call(number + 1), number)
        gate.set()
        store.write(count).result(WAIT_S)
        assert sum(statement.startswith("COMMIT") for statement in begun) <= 2


def test_a_full_queue_refuses_and_never_blocks(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db", durable=False) as store:
        gate = threading.Event()
        store.write(lambda db: gate.wait(WAIT_S))
        futures = [store.write(lambda db: None) for _ in range(QUEUE_MAX + 600)]
        refused = [future for future in futures if future.done()]
        gate.set()
        assert refused and isinstance(refused[-1].exception(), StoreError)
        assert futures[0].exception(WAIT_S) is None


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db")
    store.close()
    store.close()
    assert isinstance(store.write(count).exception(WAIT_S), StoreError)


def test_a_full_disk_is_told_and_writing_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        (pages,) = store.write(lambda db: db.execute("PRAGMA page_count").fetchone()).result(WAIT_S)
        store.write(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchall()).result(WAIT_S)
        futures = [store.write(calls.add, a_call(number), number) for number in range(1, 200)]
        failed = [future.exception(WAIT_S) for future in futures]
        assert isinstance(failed[-1], StoreError) and "full" in str(failed[-1])
        store.write(lambda db: db.execute("PRAGMA max_page_count = 100000").fetchall()).result(WAIT_S)
        store.write(calls.add, a_call(500), 1).result(WAIT_S)


KILLED = """
import os, sys
from pathlib import Path
from firmware.store import calls
from firmware.store.store import Store
from tests.call_records import a_call

store = Store(Path(sys.argv[1]))
for number in range(1, 100_000):
    store.write(calls.add, a_call(number), number).result(30)
    os.write(1, f"{number}\\n".encode())
"""


def test_no_acknowledged_record_is_lost_by_kill_9(tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path / "s.db")], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    acknowledged = b""
    while acknowledged.count(b"\n") < 40:
        acknowledged += os.read(writer.stdout.fileno(), 4_096)
    writer.send_signal(signal.SIGKILL)
    acknowledged += writer.stdout.read()
    writer.stdout.close()
    writer.wait(WAIT_S)
    last = int(acknowledged.split()[-1])
    with Store(tmp_path / "s.db") as store:
        assert store.mended == ""
        numbers = store.write(
            lambda db: [row[0] for row in db.execute("SELECT call FROM calls ORDER BY call")]
        )
        assert numbers.result(WAIT_S)[:last] == list(range(1, last + 1))


def test_a_damaged_file_is_put_aside_and_the_last_backup_takes_its_place(tmp_path: Path) -> None:
    path, backups = tmp_path / "s.db", tmp_path / "backups"
    with Store(path) as store:
        for number in range(1, 300):
            store.write(calls.add, a_call(number), number)
        store.write(count).result(WAIT_S)
        copy_database(path, backups)
    content = bytearray(path.read_bytes())
    content[4_096 * 3 : 4_096 * 6] = bytes(4_096 * 3)
    path.write_bytes(content)
    with Store(path, backups=backups) as store:
        assert "was damaged" in store.mended and "took its place" in store.mended
        assert store.write(count).result(WAIT_S) == 299
    assert [each.name for each in tmp_path.glob("s.db.damaged-*") if each.stat().st_size]


def test_a_damaged_backup_is_passed_over_for_the_one_before(tmp_path: Path) -> None:
    path, backups = tmp_path / "s.db", tmp_path / "backups"
    with Store(path) as store:
        store.write(calls.add, a_call(), 1).result(WAIT_S)
    older = copy_database(path, backups)
    older.rename(backups / "switchroom-20200101-000000.db")
    (backups / "switchroom-20990101-000000.db").write_bytes(b"SQLite format 3\0" + bytes(5_000))
    path.write_bytes(b"nonsense" * 1_000)
    with Store(path, backups=backups) as store:
        assert "switchroom-20200101" in store.mended
        assert store.write(count).result(WAIT_S) == 1


def test_a_damaged_file_without_a_backup_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_bytes(os.urandom(20_000))
    with Store(tmp_path / "s.db", backups=tmp_path / "none") as store:
        assert "a new one was begun" in store.mended
        store.write(calls.add, a_call(), 1).result(WAIT_S)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        store.write(lambda db: db.execute("INSERT INTO migrations VALUES ('from_the_future', 1)")).result(
            WAIT_S
        )
    with pytest.raises(StoreError, match="newer version"):
        Store(tmp_path / "s.db")
    assert fault_of(tmp_path / "s.db") == ""


def test_a_folder_that_is_none_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="can't be opened"):
        Store(tmp_path / "file" / "s.db")


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE half_done (x)")
        raise sqlite3.OperationalError("no")

    Store(tmp_path / "s.db").close()
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, fails))
    with pytest.raises(StoreError, match="brought up to date"):
        Store(tmp_path / "s.db")
    monkeypatch.undo()
    with Store(tmp_path / "s.db") as store:
        assert store.migrated == ()
        found = store.write(
            lambda db: db.execute("SELECT * FROM sqlite_master WHERE name = 'half_done'").fetchall()
        )
        assert found.result(WAIT_S) == []


def test_a_copy_is_whole_while_writing_goes_on(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        futures = [store.write(calls.add, a_call(number), number) for number in range(1, 400)]
        futures[0].result(WAIT_S)
        copy = copy_database(tmp_path / "s.db", tmp_path / "backups")
        assert fault_of(copy) == ""
