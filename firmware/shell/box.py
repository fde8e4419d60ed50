# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The whole box in real time: folder, journal, store, settings, card, engine, service and sockets, put
together.

Whatever of the data folder can't be used is done without: then service is bare, and says so.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.port import Card
from dsp.wav import WavError, read_alaw
from firmware.backup import installed_version
from firmware.clock import RealClock, in_thread
from firmware.control import ControlServer
from firmware.data_folder import DataFolder
from firmware.errors import ConfigError, JournalError, StoreError
from firmware.exchange.vocabulary import AlarmReport, CallRecord, SaveMessage
from firmware.journal import Journal, MemorySink, Sink
from firmware.journal_files import FileSink, Segment, segments
from firmware.replay import Recovered, recover
from firmware.settings import revisions
from firmware.settings.model import Settings
from firmware.settings.toml import to_toml
from firmware.shell.audio_socket import AudioSocket
from firmware.shell.bare import Reason, factory_settings, last_good_settings
from firmware.shell.board import AnyReport
from firmware.shell.cards import SIMULATED_CARD, CardChoice, open_card
from firmware.shell.derivation import derive_missing
from firmware.shell.identity import Identity, next_identity
from firmware.shell.recording_sweep import tend
from firmware.shell.recordings import FolderSink
from firmware.shell.records import MemoryRecords, Records, StoreRecords
from firmware.shell.running import RunningExchange
from firmware.shell.service import Beginning, Service, Surroundings
from firmware.store import prompts
from firmware.store.copies import keep_copies
from firmware.store.store import Store

log = logging.getLogger(__name__)

LOCK_NAME = "lock"
BARE_SEGMENTS = 4  # of the journal in memory: an hour and more of a small centre


@dataclass(frozen=True, slots=True)
class Options:
    """How the box is started.  socket, audio_socket: in the data folder where not given."""

    data: Path
    card: CardChoice = SIMULATED_CARD
    tick_ms: int = 2
    socket: Path | None = None
    audio_socket: Path | None = None


class Box:
    """A running box."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._clock = RealClock()
        self._began_s = time.monotonic()
        self._box = ""
        self.data = DataFolder(options.data)
        self.bare: Reason | None = None
        self._store: Store | None = None
        self._file_sink: FileSink | None = None
        self._former_segments: list[Segment] = []
        self._chores: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Everything up: when this returns a ring is acted on."""
        self._make_folder()
        self._lock_folder()
        recovered = self._recover()
        identity = next_identity(self.data.root, recovered.core.epoch if recovered.core else 0)
        self._box = identity.box
        self._store = self._open_store()
        card, media = open_card(self._options.card, self._options.tick_ms)
        revision, settings = await self._settle_settings(card)
        records = self._open_records()
        self.service = Service(
            Surroundings(
                self._clock,
                card,
                media,
                Journal(self._open_journal(), recovered.position),
                records,
                FolderSink(
                    self.data.recordings, lambda: self.service.core.settings.recording.reserve_percent
                ),
                uploaded=await self._uploaded(),
                journal_broken=lambda: self._file_sink is not None and self._file_sink.broken,
                bare=self.bare,
            )
        )
        _derive_again(records, recovered)
        media.start()
        asyncio.get_running_loop().add_reader(media.fileno(), self.service.take_media)
        snapshot = recovered.core.snapshot() if recovered.core else b""
        seed = int.from_bytes(os.urandom(7))
        await self.service.start(Beginning(identity.box, identity.epoch, seed, revision, settings, snapshot))
        await self._open_sockets(card)
        self._report_start(identity)
        self._begin_chores()

    async def stop(self) -> None:
        for chore in self._chores:
            chore.cancel()
        await self._control.close()
        await self._audio.close()
        asyncio.get_running_loop().remove_reader(self.service.media.fileno())
        await self.service.stop()
        if self._store is not None:
            self._store.close()

    # --- the data folder ---

    def _make_folder(self) -> None:
        try:
            self.data.make()
        except OSError as error:
            self._go_bare(Reason.DISK, f"{self.data.root}: {error.strerror}")

    def _lock_folder(self) -> None:
        """One service a data folder: two would write over each other's records."""
        if self.bare is Reason.DISK:
            return
        self._lock = os.open(self.data.root / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f"another service runs on {self.data.root}: stop it first") from None

    def _recover(self) -> Recovered:
        try:
            self._former_segments = segments(self.data.journal)
            return recover(self._former_segments)
        except (OSError, JournalError) as error:
            log.error("journal: %s can't be read: %s", self.data.journal, error)
            return Recovered(None, 0, ())

    def _open_journal(self) -> Sink:
        try:
            self._file_sink = FileSink(self.data.journal, troubled=self._from_thread("journal_broken"))
        except OSError as error:
            log.error("journal: kept in memory only: %s", error)
            return MemorySink(BARE_SEGMENTS)
        return self._file_sink

    def _open_store(self) -> Store | None:
        if self.bare is Reason.DISK:
            return None
        try:
            store = Store(self.data.database, backups=self.data.backups)
        except (StoreError, OSError) as error:
            self._go_bare(Reason.DATABASE, str(error))
            return None
        return store

    def _open_records(self) -> Records:
        if self._store is None:
            return MemoryRecords()
        return StoreRecords(self._store, asyncio.get_running_loop(), self._alarm("store_refuses"))

    async def _settle_settings(self, card: Card) -> tuple[int, Settings]:
        """The revision in force; else the last good copy; else what the ports give."""
        first = last_good_settings(self.data.last_settings) or factory_settings(card.ports)
        if self._store is None:
            return 1, first
        try:
            found = await asyncio.wrap_future(
                self._store.write(revisions.ensure, first, self._clock.now().civil_ns)
            )
        except StoreError as error:
            self._go_bare(Reason.SETTINGS, str(error))
            return 1, first
        self._keep_copy(found[1])
        return found

    def _keep_copy(self, settings: Settings) -> None:
        if self.data.last_settings.exists():
            return
        try:
            self.data.last_settings.write_text(to_toml(settings), "utf-8")
        except OSError as error:
            log.error("settings: the copy for bare service can't be written: %s", error.strerror)

    async def _uploaded(self) -> dict[str, Path]:
        if self._store is None:
            return {}
        rows = await asyncio.wrap_future(self._store.write(prompts.all_prompts))
        return {row.name: self.data.prompts / row.file for row in rows}

    # --- sockets ---

    async def _open_sockets(self, card: Card) -> None:
        self.exchange = RunningExchange(self.service, self._reload_prompts, self._status, self._clock.now)
        self._control = ControlServer(
            self.exchange, self._store, self.data, self._options.socket or self.data.socket
        )
        self._audio = AudioSocket(card, self.exchange.extension_port)
        try:
            await self._control.start()
            await self._audio.start(self._options.audio_socket or self.data.audio_socket)
        except OSError as error:
            if self.bare is not Reason.DISK:
                raise ConfigError(f"a socket can't be opened: {error}") from error
            log.error("sockets: none, the disk can't be used: %s", error)

    def _reload_prompts(self) -> None:
        task = asyncio.get_running_loop().create_task(self._reload())
        self._chores.append(task)
        task.add_done_callback(self._chores.remove)

    async def _reload(self) -> None:
        self.service.prompts.set_uploaded(await self._uploaded())
        await self._load_sounds()

    def _status(self) -> Mapping[str, Any]:
        statistics = self.service.media.statistics()
        status: dict[str, Any] = {
            "box": self._box,
            "version": installed_version(),
            "up_s": round(time.monotonic() - self._began_s),
            "bare": self.bare.value if self.bare else "",
            "mended": self._store.mended if self._store else "",
            "card": self.service.card.name,
            "scheduling": statistics.scheduling,
            "memory_locked": statistics.memory_locked,
            "tick_p999_us": round(statistics.tick_p999_us, 1),
            "late_p999_us": round(statistics.late_p999_us, 1),
        }
        try:
            disk = shutil.disk_usage(self.data.root)
            status |= {"disk_free_bytes": disk.free, "disk_total_bytes": disk.total}
        except OSError as error:
            status["disk_fault"] = error.strerror or str(error)
        return status

    # --- what is done beside calls ---

    def _begin_chores(self) -> None:
        loop = asyncio.get_running_loop()
        self._chores.append(loop.create_task(self._load_sounds()))
        if self._store is not None:
            self._chores.append(loop.create_task(self._tend_recordings(self._store)))
            self._chores.append(loop.create_task(self._derive_missing(self._store)))
            copies = keep_copies(self.data.database, self.data.backups, self._alarm("no_copy"))
            self._chores.append(loop.create_task(copies))

    async def _derive_missing(self, store: Store) -> None:
        """Calls that ended while the database could not be used are in the journal alone."""
        try:
            await in_thread(derive_missing, store, self._former_segments)
        except (StoreError, TimeoutError) as error:
            log.error("journal: missing records can't be derived: %s", error)

    async def _load_sounds(self) -> None:
        """Have every sound in memory, so that a disk that stalls later stalls no caller."""
        library = self.service.prompts
        for path in await in_thread(library.files):
            try:
                library.load_ahead(path, await in_thread(read_alaw, path))
            except (OSError, WavError) as error:
                log.warning("prompts: %s can't be loaded: %s", path.name, error)

    async def _tend_recordings(self, store: Store) -> None:
        def due() -> tuple[int, int]:
            return self._clock.now().civil_ns, self.service.core.settings.recording.keep_days

        under_way, troubled = self.service.recordings.files_under_way, self._alarm("recordings_untended")
        await tend(store, self.data.recordings, under_way, due, self._until_refused, troubled)

    async def _until_refused(self, longest_s: float) -> None:
        """So long, or until a recording is refused: then there may be something to make room with."""
        refused = asyncio.Event()
        deaf = self.service.board.listen(lambda report: _set_if_refused(report, refused))
        try:
            await asyncio.wait_for(refused.wait(), longest_s)
        except TimeoutError:
            return
        finally:
            deaf()

    def _report_start(self, identity: Identity) -> None:
        took_ms = (time.monotonic() - self._began_s) * 1000
        log.info("started: box=%s epoch=%d took_ms=%.0f", identity.box, identity.epoch, took_ms)
        if self.bare is not None:
            self.service.raise_alarm("bare", 0, self.bare.value)
        if self._store is not None and self._store.mended:
            self.service.raise_alarm("store_mended", 0, self._store.mended)

    def _go_bare(self, reason: Reason, detail: str) -> None:
        log.error("bare service: %s: %s", reason.value, detail)
        self.bare = self.bare or reason

    def _alarm(self, what: str) -> Callable[[str], None]:
        return lambda detail: self.service.raise_alarm(what, 0, detail)

    def _from_thread(self, what: str) -> Callable[[str], None]:
        loop = asyncio.get_running_loop()
        return lambda detail: _post(loop, self._alarm(what), detail)


def _post(loop: asyncio.AbstractEventLoop, alarm: Callable[[str], None], detail: str) -> None:
    loop.call_soon_threadsafe(alarm, detail)


def _set_if_refused(report: AnyReport, refused: asyncio.Event) -> None:
    if isinstance(report, AlarmReport) and report.what == "recording_failed":
        refused.set()


def _derive_again(records: Records, recovered: Recovered) -> None:
    """Records of calls that ended just before the box went down may not have reached the store."""
    for derived in recovered.derived:
        match derived.record:
            case CallRecord():
                records.keep_call(derived.record, derived.position)
            case SaveMessage():
                records.keep_message(derived.record, lambda counts: None)
