# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Records derived from the journal again, where the store never had them: after bare service, or a full disk.

It takes as long as the facts took the core, so it is done beside calls, in a thread.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from firmware.errors import JournalError
from firmware.exchange.router import Core
from firmware.exchange.vocabulary import CallRecord
from firmware.journal import Fed, Opening, Reading
from firmware.replay import Derived, Kept, restored
from firmware.store import calls
from firmware.store.store import Store

log = logging.getLogger(__name__)

SEGMENTS_MAX = 500  # two days of a centre that never rests
WRITE_WITHIN_S = 60.0


def derive_missing(store: Store, found: Sequence[Kept]) -> int:
    """Keep every call of these segments that ended after the newest one the store knows; returns how many.

    Raises StoreError.
    """
    since = store.write(_newest_position).result(WRITE_WITHIN_S)
    kept = 0
    for segment in _after(found, since)[-SEGMENTS_MAX:]:
        for derived in _records_of(segment):
            if derived.position > since and isinstance(derived.record, CallRecord):
                store.write(calls.add, derived.record, derived.position).result(WRITE_WITHIN_S)
                kept += 1
    if kept:
        log.warning("journal: %d calls the store did not have are on record now", kept)
    return kept


def _newest_position(db: sqlite3.Connection) -> int:
    (position,) = db.execute("SELECT coalesce(max(journal_position), 0) FROM calls").fetchone()
    return int(position)


def _after(found: Sequence[Kept], since: int) -> list[Kept]:
    """The segments that hold facts behind a position."""
    behind = [segment for segment, following in pairwise(found) if following.position > since]
    return behind + list(found[-1:])


def _records_of(segment: Kept) -> Iterator[Derived]:
    core: Core | None = None
    position = segment.position
    try:
        for entry in Reading(segment.read()):
            if isinstance(entry, Opening):
                core = restored(entry.snapshot) if entry.snapshot else Core()
            elif isinstance(entry, Fed) and core is not None:
                effects = core.receive(entry.fact, entry.at)
                position += 1
                for effect in effects:
                    if isinstance(effect, CallRecord):
                        yield Derived(position, effect)
    except (JournalError, msgspec.MsgspecError) as error:
        log.warning("journal: %s gives no records: %s", segment.name, error)
