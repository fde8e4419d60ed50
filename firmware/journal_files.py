# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The journal's segments as files: one writer thread, group commit, compression and retention.

A segment is `<position>.journal`, named by the number of facts before it; its opening is written beside, synced and
renamed, so that a segment that is there has its snapshot whole.  What follows is appended and synced in groups.
A segment that is finished is compressed (`.journal.gz`) while the thread has nothing else to do.
"""

from __future__ import annotations

import gzip
import logging
import os
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware.atomic import sync_folder
from firmware.errors import JournalError

log = logging.getLogger(__name__)

SUFFIX = ".journal"
PACKED = ".journal.gz"
WAITING_MAX_BYTES = 16 << 20  # ten minutes of a very busy box; more waits only where the disk stands still
IDLE_S = 1.0
GATHER_S = 0.02  # facts of one call come in bursts; one sync takes them all
KEEP_DAYS = 30
KEEP_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Retention:
    """How long finished segments stay; the oldest go first, by whichever is reached first."""

    keep_days: int = KEEP_DAYS
    keep_bytes: int = KEEP_BYTES


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment on disk."""

    path: Path
    position: int

    @property
    def name(self) -> str:
        return self.path.name

    def read(self) -> bytes:
        """Its bytes; of a damaged archive what can be unpacked.  Raises JournalError where it can't be opened."""
        try:
            if not self.path.name.endswith(PACKED):
                return self.path.read_bytes()
            return _unpack(self.path)
        except OSError as error:
            raise JournalError(f"{self.path} can't be read: {error.strerror}") from error


def _unpack(path: Path) -> bytes:
    whole = bytearray()
    unpacking = zlib.decompressobj(wbits=31)  # a gzip member; unlike gzip.open it gives what a cut one holds
    with path.open("rb") as packed:
        try:
            while chunk := packed.read(1 << 16):
                whole += unpacking.decompress(chunk)
        except zlib.error as error:
            log.warning("journal: %s is damaged: %s", path.name, error)
    if not unpacking.eof:
        log.warning("journal: %s is cut; %d bytes of it can be read", path.name, len(whole))
    return bytes(whole)


def segments(folder: Path) -> list[Segment]:
    """All segments of a folder, oldest first.  Where one is there twice (cut while packing), the plain one counts."""
    found: dict[int, Path] = {}
    for path in sorted(folder.glob(f"*{PACKED}")) + sorted(folder.glob(f"*{SUFFIX}")):
        number = path.name.split(".", 1)[0]
        if number.isdigit():
            found[int(number)] = path
    return [Segment(path, position) for position, path in sorted(found.items())]


def segments_of(path: Path) -> list[Segment]:
    """The segments a person means: those of a folder, or the one file."""
    if path.is_dir():
        return segments(path)
    number = path.name.split(".", 1)[0]
    if not path.exists():
        raise JournalError(f"{path} isn't there")
    return [Segment(path, int(number) if number.isdigit() else 0)]


class FileSink:
    """Writes segments into a folder from a thread of its own; nothing here waits for the disk but `close`.

    troubled: called (in the writer's thread) with what is wrong when the disk refuses, once until it works again.
    From the refusal to the next `begin` nothing is kept, since a segment with a hole can't be replayed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        retention: Retention = Retention(),
        durable: bool = True,
        troubled: Callable[[str], None] = lambda what: None,
    ) -> None:
        self._folder = folder
        self._retention = retention
        self._durable = durable
        self._troubled = troubled
        self._lock = threading.Condition()
        self._waiting: list[tuple[int | None, bytes]] = []
        self._waiting_bytes = 0
        self._written = 0
        self._asked = 0
        self._broken = False
        self._closing = False
        self._file = -1
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def broken(self) -> bool:
        """Facts are being lost until the next `begin`."""
        return self._broken

    def begin(self, position: int, opening: bytes) -> None:
        with self._lock:
            self._broken = False
            self._waiting.append((position, opening))
            self._waiting_bytes += len(opening)
            self._asked += 1
            self._lock.notify()

    def write(self, frame_bytes: bytes) -> None:
        with self._lock:
            if self._broken:
                return
            self._waiting.append((None, frame_bytes))
            self._waiting_bytes += len(frame_bytes)
            self._asked += 1
            if self._waiting_bytes > WAITING_MAX_BYTES:
                self._give_up(f"{self._waiting_bytes} bytes wait for the disk")
            elif len(self._waiting) == 1:
                self._lock.notify()

    def flush(self, within_s: float = 30.0) -> bool:
        """Wait until all that was written so far is on the disk; False where that did not come about in time."""
        with self._lock:
            goal = self._asked
            return (
                self._lock.wait_for(lambda: self._written >= goal or self._broken, within_s)
                and not self._broken
            )

    def close(self) -> None:
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        self._thread.join()

    # --- the writer's thread ---

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting and not self._closing:
                    self._lock.wait(IDLE_S)
                if self._closing and not self._waiting:
                    break
                batch, self._waiting = self._waiting, []
                self._waiting_bytes = 0
            if batch:
                self._put(batch)
            else:
                self._tidy_one()
        self._end_file()

    def _put(self, batch: list[tuple[int | None, bytes]]) -> None:
        try:
            pending = bytearray()
            for position, data in batch:
                if position is None:
                    pending += data
                    continue
                self._append(pending)
                pending.clear()
                self._begin_file(position, data)
            self._append(pending)
            if self._durable and self._file >= 0:
                os.fdatasync(self._file)
        except OSError as error:
            with self._lock:
                self._give_up(f"{self._folder}: {error.strerror}")
        with self._lock:
            self._written += len(batch)
            self._lock.notify_all()
        if self._durable and not self._closing:
            time.sleep(GATHER_S)

    def _append(self, data: bytearray) -> None:
        if self._file < 0:
            return
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    def _begin_file(self, position: int, opening: bytes) -> None:
        self._end_file()
        path = self._folder / f"{position:016}{SUFFIX}"
        part = path.with_suffix(".part")
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            view = memoryview(opening)
            while view:
                view = view[os.write(file, view) :]
            if self._durable:
                os.fsync(file)
            part.replace(path)
            if self._durable:
                sync_folder(self._folder)
        except OSError:
            os.close(file)
            part.unlink(missing_ok=True)
            raise
        self._file = file

    def _end_file(self) -> None:
        if self._file >= 0:
            if self._durable:
                os.fdatasync(self._file)
            os.close(self._file)
            self._file = -1

    def _give_up(self, what: str) -> None:
        self._waiting.clear()
        self._waiting_bytes = 0
        self._written = self._asked
        if not self._broken:
            self._broken = True
            log.error("journal: facts are not kept: %s", what)
            self._troubled(what)

    # --- what is done when there is time ---

    def _tidy_one(self) -> None:
        """Purge or pack one finished segment."""
        finished = segments(self._folder)[:-1]
        try:
            if self._purge(finished):
                return
            for segment in finished:
                if not segment.path.name.endswith(PACKED):
                    pack(segment.path)
                    return
        except OSError as error:
            log.warning("journal: a finished segment can't be tidied: %s", error)

    def _purge(self, finished: list[Segment]) -> bool:
        if not finished:
            return False
        oldest = finished[0].path
        total = sum(segment.path.stat().st_size for segment in finished)
        expired = oldest.stat().st_mtime < time.time() - self._retention.keep_days * 86_400
        if expired or total > self._retention.keep_bytes:
            oldest.unlink()
            return True
        return False


def pack(path: Path) -> Path:
    """Compress a finished segment; at every moment one whole copy is there under a name that is read."""
    packed = path.with_name(path.name + ".gz")
    part = path.with_name(path.name + ".part")
    when = path.stat()
    with path.open("rb") as plain, gzip.open(part, "wb", compresslevel=6) as out:
        while chunk := plain.read(1 << 20):
            out.write(chunk)
    with part.open("rb") as done:
        os.fsync(done.fileno())
    os.utime(part, ns=(when.st_atime_ns, when.st_mtime_ns))
    part.replace(packed)
    path.unlink()
    return packed
