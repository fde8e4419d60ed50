# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings as files: the row, the file, the engine's recorder, and how each ends.

The file is opened in a thread, so that a disk that stands still holds up no call.  Below the reserve of free space
nothing new is recorded; what is older than its retention goes first.  Files of a run that was cut are mended by
`recording_sweep`.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import msgspec

from dsp.vocabulary import MediaCommand, Record, RecordingEnded, RecordingTroubled, StopRecording
from firmware.clock import Clock, owed
from firmware.exchange.vocabulary import EndRecording, RecordingRefused, StartRecording
from firmware.shell.records import RecordingRow, Records

log = logging.getLogger(__name__)

ENDS_WITHIN_S = 10.0  # the engine drains a recording in far less; later its end was lost


class Sink(Protocol):
    """Where the sound of recordings goes.  Opening may block: it is called in a thread."""

    blocks: bool

    def refusal(self) -> int:
        """The errno for which nothing new may be recorded, or 0.  Never blocks for long."""
        ...

    def open(self, file: str) -> int:
        """A descriptor open for writing.  Raises OSError."""
        ...


class FolderSink:
    """Files below a folder, as long as the reserve of free space is not touched."""

    blocks = True

    def __init__(self, folder: Path, reserve_percent: Callable[[], int]) -> None:
        self.folder = folder
        self._reserve_percent = reserve_percent

    def refusal(self) -> int:
        disk = os.statvfs(self.folder)
        return errno.ENOSPC if disk.f_bavail * 100 < disk.f_blocks * self._reserve_percent() else 0

    def open(self, file: str) -> int:
        path = self.folder / file
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)


class HashingSink:
    """No file: a stepped engine counts and hashes what it would have written."""

    blocks = False

    def refusal(self) -> int:
        return 0

    def open(self, file: str) -> int:
        return -1


class _Recording(msgspec.Struct):
    """One that has begun.  ending: `EndRecording` came before the file was open."""

    row: RecordingRow
    started: bool = False
    ending: bool = False
    overdue: asyncio.TimerHandle | None = None
    error: int = 0


class RecordingDesk:
    """All recordings under way.

    put: gives commands to the engine, at once.  tell: takes what must enter the core.  alarm: tells an admin.
    """

    def __init__(
        self,
        clock: Clock,
        sink: Sink,
        records: Records,
        put: Callable[[MediaCommand], None],
        tell: Callable[[RecordingRefused | RecordingEnded], None],
        alarm: Callable[[str, int, str], None],
    ) -> None:
        self._clock = clock
        self._sink = sink
        self._records = records
        self._put = put
        self._tell = tell
        self._alarm = alarm
        self._epoch = 0
        self._under_way: dict[int, _Recording] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="recording")
        self._refusing = False

    @property
    def under_way(self) -> tuple[RecordingRow, ...]:
        return tuple(each.row for each in self._under_way.values())

    def files_under_way(self) -> frozenset[str]:
        return frozenset(each.row.file for each in list(self._under_way.values()))

    def begin_run(self, epoch: int) -> None:
        """Numbers of recordings are unique within a run of the service; their files carry both."""
        self._epoch = epoch

    def start(self, effect: StartRecording) -> None:
        now = self._clock.now()
        day = time.strftime("%Y/%m/%d", time.gmtime(now.civil_ns // 1_000_000_000))
        file = f"{day}/{self._epoch}-{effect.recording}.wav"
        row = RecordingRow(effect.recording, effect.call, effect.leg, effect.port, file, now)
        recording = self._under_way[effect.recording] = _Recording(row)
        self._records.begin_recording(row)
        if not self._sink.blocks:
            self._begin(recording, self._sink.open(file))
            return
        task = asyncio.get_running_loop().create_task(self._open(recording))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def end(self, effect: EndRecording) -> None:
        recording = self._under_way.get(effect.recording)
        if recording is None:
            return
        recording.ending = True
        if recording.started:
            self._stop(recording)

    def ended(self, event: RecordingEnded) -> None:
        """The engine has closed a recording."""
        recording = self._under_way.pop(event.tag, None)
        if recording is None:
            return
        if recording.overdue is not None:
            recording.overdue.cancel()
        error = event.error or recording.error
        state = "failed" if error else "closed"
        text = os.strerror(error) if error else ""
        self._records.end_recording(event.tag, state, event.samples, event.lost_samples, text)
        if event.lost_samples:
            log.warning(
                "recording=%d call=%d lost_samples=%d", event.tag, recording.row.call, event.lost_samples
            )

    def troubled(self, event: RecordingTroubled) -> None:
        recording = self._under_way.get(event.tag)
        if recording is not None:
            recording.error = event.error
            self._complain(recording.row, event.error)

    async def close(self) -> None:
        """Wait for files that are being opened; the engine closes those that are open."""
        for task in list(self._tasks):
            await task
        for recording in self._under_way.values():
            if recording.overdue is not None:
                recording.overdue.cancel()
        self._threads.shutdown(wait=False)

    # --- inside ---

    async def _open(self, recording: _Recording) -> None:
        row = recording.row
        with owed():
            loop = asyncio.get_running_loop()
            descriptor, error = await loop.run_in_executor(self._threads, self._open_file, row.file)
        if error:
            del self._under_way[row.recording]
            self._records.end_recording(row.recording, "failed", 0, 0, os.strerror(error))
            self._complain(row, error)
            self._tell(RecordingRefused(row.recording, error))
            return
        self._refusing = False
        self._begin(recording, descriptor)

    def _open_file(self, file: str) -> tuple[int, int]:
        try:
            refusal = self._sink.refusal()
            return (-1, refusal) if refusal else (self._sink.open(file), 0)
        except OSError as error:
            return -1, error.errno or errno.EIO

    def _begin(self, recording: _Recording, descriptor: int) -> None:
        recording.started = True
        self._put(Record(recording.row.port, descriptor, recording.row.recording))
        if recording.ending:
            self._stop(recording)

    def _stop(self, recording: _Recording) -> None:
        self._put(StopRecording(recording.row.port))
        if recording.overdue is None:
            loop = asyncio.get_running_loop()
            recording.overdue = loop.call_later(ENDS_WITHIN_S, self._end_is_overdue, recording)

    def _end_is_overdue(self, recording: _Recording) -> None:
        row = recording.row
        log.error("recording=%d call=%d port=%d its end never came", row.recording, row.call, row.port)
        self._tell(RecordingEnded(row.port, 0, row.recording, 0, 0, errno.ETIMEDOUT))

    def _complain(self, row: RecordingRow, error: int) -> None:
        log.error("recording=%d call=%d port=%d %s", row.recording, row.call, row.port, os.strerror(error))
        if not self._refusing:
            self._refusing = True
            self._alarm("recording_failed", row.port, os.strerror(error))
