# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The whole product in virtual time: core, shell, simulated card, and either media engine.

    async def scenario() -> None:
        async with Centre(settings, seed=7, media=True) as centre:
            caller, agent = centre.outside("13900000001"), centre.phone("801")
            await caller.call(centre.pilot)
            await agent.rings(within_s=20)
            agent.lift()
            await caller.talks_to(agent)

    run_virtual(scenario)

Tests, scenarios, traffic and simulations all stand on it.  A data folder makes records, recordings and the journal
real files; without one records are in memory and recordings are counted and hashed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from drivers.simulated import DeskTelephone, FarEnds, Layout, OutsideTelephone, SimulatedCard
from dsp.engine import Engine
from dsp.engine import step as step_engines
from dsp.media import Media, OpenMedia, Stepper
from dsp.media_off import MediaOff
from dsp.media_off import step as step_media_off
from firmware.clock import VirtualLoop, owed
from firmware.data_folder import DataFolder
from firmware.exchange.commands import Actor, CoreCommand
from firmware.exchange.router import Core
from firmware.exchange.vocabulary import CallRecord, Reply
from firmware.journal import Journal, MemorySink, Sink
from firmware.journal_files import FileSink, segments
from firmware.replay import Kept, Recovered, Replayed, recover, replay_bytes
from firmware.settings.factory import factory
from firmware.settings.model import Settings
from firmware.shell.bare import Reason
from firmware.shell.prompts import SHIPPED
from firmware.shell.recordings import FolderSink, HashingSink
from firmware.shell.recordings import Sink as RecordingSink
from firmware.shell.records import MemoryRecords, Records, StoreRecords
from firmware.shell.service import CHECK_EVERY_S, Beginning, Service, Surroundings
from firmware.store.store import Store

Result = TypeVar("Result")
TICK_SAMPLES = (
    160  # 20 ms: nobody listens, so the echo between desk phones that 2 ms avoids matters to nobody
)
SYSTEM = Actor("system", "virtual", "admin")
ADDRESS = "192.168.1.10"


def open_engine(ports: int, tick_samples: int) -> Media:
    return Engine(ports, tick_samples)


def open_far_engine(ports: int, tick_samples: int) -> Media:
    return Engine(ports, tick_samples, history_samples=0)


def open_media_off(ports: int, tick_samples: int) -> Media:
    return MediaOff(ports, tick_samples)


class Centre:
    """One box with everything around it.  Made and used inside a VirtualLoop.

    settings: the factory's where not given.  media: real samples, or events only.  data: a folder for everything
    that is kept.  recover_from: an earlier centre whose journal and records this one goes on with, as after a
    power cut.  bare: service is bare for this reason.  reserve_percent: of the disk, that recordings leave free.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        layout: Layout | None = None,
        seed: int = 1,
        media: bool = True,
        tick_samples: int = TICK_SAMPLES,
        data: Path | None = None,
        sounds: Path = SHIPPED,
        uploaded: Mapping[str, Path] | None = None,
        check_every_s: float = CHECK_EVERY_S,
        recover_from: Centre | None = None,
        bare: Reason | None = None,
        reserve_percent: int = 0,
    ) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop), "a Centre lives in virtual time: run_virtual(...)"
        self.loop = loop
        self.layout = layout or Layout()
        self.seed = seed
        self.tick_samples = tick_samples
        self.data = DataFolder(data) if data else None
        self.recover_from = recover_from
        self.settings = settings or factory(self._line_ports(), self._phone_ports())
        self._near_media, self._far_media, self._step = _engines(media)
        self._sounds = sounds
        self._uploaded = uploaded or {}
        self._check_every_s = check_every_s
        self._bare = bare
        self._reserve_percent = reserve_percent
        self.far_ends: FarEnds | None = None
        self._store: Store | None = None
        self.memory: MemoryRecords = recover_from.memory if recover_from else MemoryRecords()
        self.journal_sink: Sink = MemorySink()
        self.epoch: int = recover_from.epoch + 1 if recover_from else 1

    async def __aenter__(self) -> Self:
        recovered = self._recovered()
        self.media = self._near_media(self.layout.fxo + self.layout.fxs, self.tick_samples)
        self.card = SimulatedCard(
            self._far_media, self.layout, real_time=False, far_ends=self._far_ends_left()
        )
        self.card.attach(self.media)
        records = self._open_records()
        if self.data is not None:
            self.journal_sink = FileSink(self.data.journal, durable=False)
        self.service = Service(
            Surroundings(
                self.loop,
                self.card,
                self.media,
                Journal(self.journal_sink, recovered.position),
                records,
                self._recording_sink(),
                self._sounds,
                self._uploaded,
                lambda: ADDRESS,
                self._check_every_s,
                bare=self._bare,
            )
        )
        for derived in recovered.derived:
            if isinstance(derived.record, CallRecord):
                records.keep_call(derived.record, derived.position)
        self.loop.release()
        self.loop.drive(self._step, [self.media, self.card.far_media], self.service.take_media)
        self.loop.when_stepped(self.card.poll)
        snapshot = recovered.core.snapshot() if recovered.core else b""
        await self.service.start(Beginning("virtual", self.epoch, self.seed, 1, self.settings, snapshot))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End in good order.  A second time does nothing."""
        if self.service.ended.is_set():
            return
        self.loop.release()
        await self.service.stop()
        if self._store is not None:
            self._store.close()

    async def cut_power(self) -> None:
        """Nothing is said any more: what is not on the disk by now is gone.  The world outside goes on."""
        self.loop.release()
        self.far_ends = self.card.leave_far_ends()
        await self.service.die()
        self.loop.drive(self._step, [self.far_ends.media], self.far_ends.far.poll)
        if self._store is not None:
            self._store.close()

    # --- what scenarios use ---

    @property
    def core(self) -> Core:
        return self.service.core

    @property
    def pilot(self) -> str:
        """The centre's number."""
        return self.layout.pilot

    def phone(self, extension: str | int) -> DeskTelephone:
        """The desk phone of an extension."""
        port = next(phone.port for phone in self.settings.phones if phone.extension == str(extension))
        return self.card.desks[port]

    def outside(self, number: str) -> OutsideTelephone:
        """The outside telephone with this number (13900000001 and on)."""
        return self.card.outside_number(number)

    def line_to(self, port: int) -> str:
        """The number that calls one line of the centre directly."""
        return self.card.trunks[port].line.number

    @property
    def records(self) -> list[CallRecord]:
        """The records of all calls that have ended, oldest first (kept in memory only)."""
        return list(self.memory.calls)

    async def command(self, command: CoreCommand, actor: Actor = SYSTEM) -> Reply:
        """Put a command, as from the socket."""
        return await self.service.command(actor, command)

    async def write(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Have the store write (only with a data folder), and wait until it has."""
        assert self._store is not None, "a centre without a data folder has no store"
        with owed():
            return await asyncio.wrap_future(self._store.write(function, *arguments))

    async def apply(self, settings: Settings) -> None:
        """Put new settings in force."""
        self.settings = settings
        self.service.apply_settings(self.core.revision + 1, settings)
        await asyncio.sleep(0)

    def replay(self) -> Replayed:
        """The journal so far, run again through a core of its own."""
        return replay_bytes((part.name, part.read()) for part in self.journal_segments())

    def journal_segments(self) -> list[Kept]:
        if isinstance(self.journal_sink, MemorySink):
            return list(self.journal_sink.segments)
        assert self.data is not None
        assert isinstance(self.journal_sink, FileSink)
        self.journal_sink.flush()
        return list(segments(self.data.journal))

    # --- inside ---

    def _line_ports(self) -> tuple[int, ...]:
        return tuple(range(1, self.layout.fxo + 1))

    def _phone_ports(self) -> tuple[int, ...]:
        return tuple(range(self.layout.fxo + 1, self.layout.fxo + self.layout.fxs + 1))

    def _open_records(self) -> Records:
        if self.data is None:
            return self.memory
        self.data.make()
        self._store = Store(self.data.database, durable=False)
        return StoreRecords(self._store, self.loop, lambda what: None)

    def _recording_sink(self) -> RecordingSink:
        if self.data is None:
            return HashingSink()
        return FolderSink(self.data.recordings, lambda: self._reserve_percent)

    def _far_ends_left(self) -> FarEnds | None:
        return self.recover_from.far_ends if self.recover_from else None

    def _recovered(self) -> Recovered:
        if self.recover_from is not None:
            return recover(self.recover_from.journal_segments())
        if self.data is not None and self.data.journal.is_dir():
            return recover(segments(self.data.journal))
        return Recovered(None, 0, ())


def _engines(media: bool) -> tuple[OpenMedia, OpenMedia, Stepper]:
    if media:
        return open_engine, open_far_engine, step_engines
    return open_media_off, open_media_off, step_media_off
