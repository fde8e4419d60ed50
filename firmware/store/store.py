# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The one writer of the database: a thread with a bounded queue that commits many writes at once when busy.

A write is a function of a connection, `write(calls.add, record, position)`.  It runs in a savepoint of its
own, so that a wrong one spoils no other, and its future is done when the transaction is on the disk.  Reading
is not done here: see `queries`.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import Full, Queue
from typing import Any, Concatenate, ParamSpec, TypeVar

from firmware.errors import StoreError
from firmware.store.migrations import migrate
from firmware.store.opening import open_checked

log = logging.getLogger(__name__)

QUEUE_MAX = 20_000  # writes waiting; at 60 s of a stalled disk and 300 rows a second there is still room
BATCH_MAX = 512  # writes in one transaction: bounds how long the first of them waits for its future

P = ParamSpec("P")
R = TypeVar("R")
Write = Callable[[sqlite3.Connection], Any]


class Store:
    """Opens (and where needed makes, migrates or mends) the database, and writes to it until `close`.

    durable: wait for the disk at each commit; off only where nothing need survive (simulations).
    mended: what was wrong with the file at opening and what was done about it, or empty.
    Raises StoreError where no database can be had at all.
    """

    def __init__(self, path: Path, *, backups: Path | None = None, durable: bool = True) -> None:
        self.path = path
        self._db, self.mended = open_checked(path, backups)
        try:
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
            self.migrated = migrate(self._db)
        except (sqlite3.Error, StoreError) as error:
            self._db.close()
            if isinstance(error, StoreError):
                raise
            raise StoreError(
                f"{path} can't be brought up to date: {error}; free the disk or restore a backup"
            ) from error
        self._queue: Queue[tuple[Write, Future[Any]] | None] = Queue(QUEUE_MAX)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def write(
        self, function: Callable[Concatenate[sqlite3.Connection, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]:
        """Have the writer thread call `function(connection, ...)`; the future is done when that is on the
        disk.

        Never blocks and never raises: a full queue, a full disk and a wrong write end in the future, as
        StoreError or as what the function raised.
        """
        future: Future[R] = Future()
        if self._closed:
            future.set_exception(StoreError(f"{self.path} has been closed"))
            return future
        try:
            self._queue.put_nowait((lambda db: function(db, *args, **kwargs), future))
        except Full:
            future.set_exception(StoreError(f"{QUEUE_MAX} writes wait for the disk already: see its health"))
        return future

    @property
    def waiting_count(self) -> int:
        return self._queue.qsize()

    def close(self) -> None:
        """Write what waits, then close.  May be called twice."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join()
            self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        going = True
        while going:
            batch, going = self._next_batch()
            if batch:
                self._commit(batch)

    def _next_batch(self) -> tuple[list[tuple[Write, Future[Any]]], bool]:
        batch: list[tuple[Write, Future[Any]]] = []
        job = self._queue.get()
        while job is not None:
            batch.append(job)
            if len(batch) == BATCH_MAX or self._queue.empty():
                return batch, True
            job = self._queue.get()
        return batch, False

    def _commit(self, batch: list[tuple[Write, Future[Any]]]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for write, future in batch:
                if future.set_running_or_notify_cancel():
                    self._run_one(write, future, done)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._give_up(batch, error)
            return
        for future, result in done:
            future.set_result(result)

    def _run_one(self, write: Write, future: Future[Any], done: list[tuple[Future[Any], Any]]) -> None:
        self._db.execute("SAVEPOINT one")
        try:
            result = write(self._db)
        except Exception as error:
            if not self._db.in_transaction:  # SQLite itself rolled everything back: full disk, I/O error
                raise sqlite3.OperationalError(str(error)) from error
            self._db.execute("ROLLBACK TO one")
            self._db.execute("RELEASE one")
            future.set_exception(_as_ours(error, self.path))
        else:
            self._db.execute("RELEASE one")
            done.append((future, result))

    def _give_up(self, batch: list[tuple[Write, Future[Any]]], error: sqlite3.Error) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        log.error("store: %d writes lost their transaction: %s", len(batch), error)
        for _, future in batch:
            if not future.done():
                future.set_exception(_as_ours(error, self.path))


def _as_ours(error: Exception, path: Path) -> Exception:
    """IntegrityError is the caller's (a row that exists already); other SQLite errors are the disk's."""
    if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError):
        return StoreError(f"{path} can't be written: {error}; free the disk or see its health")
    return error
