# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A journal run again through a core: to prove that it has the same effects, and to come back after a restart.

Every fact carries the checksum of all effects before it, so the first fact whose effects differ is named.  Where a
segment goes on from the one before, its snapshot is held against the core that was carried over, too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from firmware.errors import JournalError
from firmware.exchange.router import Core
from firmware.exchange.vocabulary import CallRecord, Instant, SaveMessage
from firmware.journal import FORMAT, Closing, Damage, Fed, Opening, Reading, digest
from firmware.journal_files import segments_of

log = logging.getLogger(__name__)

SEGMENTS_TRIED = 3  # how far back recovery looks for a snapshot that can be read


class Difference(msgspec.Struct, frozen=True):
    """Where a replay first parted from the journal.  fact: the one whose effects differ, as text."""

    position: int
    at: Instant | None
    fact: str
    what: str


class Replayed(msgspec.Struct, frozen=True):
    """What a replay came to.  damage: segments that end in a cut, with where and what."""

    segments: int
    facts: int
    effects: int
    first_position: int
    difference: Difference | None
    damage: tuple[tuple[str, Damage], ...]

    @property
    def agrees(self) -> bool:
        return self.difference is None


class _Parted(Exception):
    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.what)
        self.difference = difference


class _Rerun:
    """A core fed again, with the count and checksum of what it says."""

    def __init__(self) -> None:
        self.core: Core | None = None
        self.position = 0
        self.effects_crc = 0
        self.facts = 0
        self.effects = 0
        self._last: Fed | None = None

    def open(self, opening: Opening) -> None:
        if opening.format != FORMAT:
            raise JournalError(f"the journal has format {opening.format}; this version reads format {FORMAT}")
        if not opening.snapshot:
            self.core = Core()
        elif self.core is None or self.position != opening.position:
            self.core = restored(opening.snapshot)
        else:
            self._check(opening.effects_crc)
            if self.core.snapshot() != opening.snapshot:
                raise self._parted("the core's state differs from the snapshot taken here")
        self.position, self.effects_crc = opening.position, opening.effects_crc
        self._last = None

    def feed(self, fed: Fed) -> None:
        if self.core is None:
            raise JournalError("the journal begins without an opening")
        self._check(fed.effects_crc)
        effects = self.core.receive(fed.fact, fed.at)
        if effects:
            self.effects_crc = digest(self.effects_crc, effects)
        self.facts += 1
        self.effects += len(effects)
        self.position += 1
        self._last = fed

    def close(self, closing: Closing) -> None:
        self._check(closing.effects_crc)

    def _check(self, effects_crc: int) -> None:
        if effects_crc != self.effects_crc:
            raise self._parted("the effects of this fact differ from those in the journal")

    def _parted(self, what: str) -> _Parted:
        last = self._last
        fact = "the opening" if last is None else repr(last.fact)
        return _Parted(Difference(self.position - 1, last.at if last else None, fact, what))


def replay(path: Path) -> Replayed:
    """Run a journal (a folder, or one segment) through the core and compare.  Raises JournalError."""
    found = segments_of(path)
    if not found:
        raise JournalError(f"{path} holds no journal")
    return replay_bytes((segment.name, segment.read()) for segment in found)


def replay_bytes(parts: Iterable[tuple[str, bytes]]) -> Replayed:
    """The same for segments in memory, as (name, bytes)."""
    rerun = _Rerun()
    damage: list[tuple[str, Damage]] = []
    difference: Difference | None = None
    count, first_position = 0, -1
    for name, data in parts:
        count += 1
        reading = Reading(data)
        try:
            for entry in reading:
                _take(rerun, entry)
                if first_position < 0:
                    first_position = rerun.position
        except _Parted as parted:
            difference = parted.difference
            break
        if reading.damage is not None:
            damage.append((name, reading.damage))
    return Replayed(count, rerun.facts, rerun.effects, max(first_position, 0), difference, tuple(damage))


def _take(rerun: _Rerun, entry: Opening | Fed | Closing) -> None:
    match entry:
        case Opening():
            rerun.open(entry)
        case Fed():
            rerun.feed(entry)
        case Closing():
            rerun.close(entry)


def restored(snapshot: bytes) -> Core:
    """A core from a snapshot.  Raises JournalError where another version wrote it."""
    try:
        return Core.restored(snapshot)
    except msgspec.MsgspecError as error:
        raise JournalError(f"the snapshot is not one of this version's: {error}") from error


# --- coming back after a restart ---


class Derived(msgspec.Struct, frozen=True):
    """A record derived again from the journal: it may be in the store already, or may not."""

    position: int
    record: CallRecord | SaveMessage


class Kept(Protocol):
    """A segment that can be read: on disk, or in memory."""

    @property
    def name(self) -> str: ...
    @property
    def position(self) -> int: ...
    def read(self) -> bytes: ...


class Recovered(msgspec.Struct, frozen=True):
    """What a journal gives back.  core None: nothing could be read; position: where to go on counting."""

    core: Core | None
    position: int
    derived: tuple[Derived, ...]


def recover(found: Sequence[Kept]) -> Recovered:
    """The core as it was when the box last lived: the newest readable snapshot and the facts behind it.

    found: the segments, oldest first (`journal_files.segments`).
    """
    if not found:
        return Recovered(None, 0, ())
    end = found[-1].position + sum(isinstance(entry, Fed) for entry in Reading(found[-1].read()))
    for begin in range(len(found) - 1, max(len(found) - 1 - SEGMENTS_TRIED, -1), -1):
        try:
            core, derived = _recover_from(found[begin:])
        except (JournalError, msgspec.MsgspecError) as error:
            log.warning("journal: %s can't be gone on from: %s", found[begin].name, error)
            continue
        if (
            core is not None and core.epoch > 0
        ):  # a core whose first fact never came has nothing to go on from
            return Recovered(core, end, derived)
    return Recovered(None, end, ())


def _recover_from(row: Sequence[Kept]) -> tuple[Core | None, tuple[Derived, ...]]:
    core: Core | None = None
    position = row[0].position
    derived: list[Derived] = []
    for segment in row:
        if segment.position != position:
            log.warning("journal: facts %d to %d are missing", position, segment.position)
            position = segment.position
        for entry in Reading(segment.read()):
            if isinstance(entry, Opening):
                if core is None or not entry.snapshot:
                    core = restored(entry.snapshot) if entry.snapshot else Core()
            elif isinstance(entry, Fed) and core is not None:
                effects = core.receive(entry.fact, entry.at)
                position += 1
                derived += [Derived(position, e) for e in effects if isinstance(e, CallRecord | SaveMessage)]
    return core, tuple(derived)
