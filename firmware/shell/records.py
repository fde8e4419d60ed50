# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Where the shell puts what must be kept: the store, or, in bare service and in small tests, memory.

Nothing here waits for the disk, except what is awaited.  A record the store refuses is kept in memory and offered
again; it can be derived from the journal, too.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

import msgspec

from firmware.clock import owe, owed, settle
from firmware.errors import StoreError
from firmware.exchange.commands import Actor
from firmware.exchange.vocabulary import AgentReport, AlarmReport, Audit, CallRecord, Instant, SaveMessage
from firmware.store import calls, credentials, events, recordings
from firmware.store.credentials import Credential
from firmware.store.store import Store

log = logging.getLogger(__name__)

Result = TypeVar("Result")
REFUSED_MAX = 10_000  # records waiting for a disk that is full: weeks of a small centre
OFFERED_AGAIN_S = 10.0


class RecordingRow(msgspec.Struct, frozen=True):
    """What is known of a recording when it begins.  file: its path below the recordings folder."""

    recording: int
    call: int
    leg: int
    port: int
    file: str
    began: Instant


class Records(Protocol):
    """Everything the shell keeps."""

    def keep_call(self, record: CallRecord, position: int) -> None: ...
    def keep_message(self, message: SaveMessage, kept: Callable[[dict[int, int]], None]) -> None:
        """kept: called with the number of new messages by mailbox, once the message is safe."""
        ...

    def keep_audit(self, audit: Audit, at: Instant) -> None: ...
    def keep_alarm(self, alarm: AlarmReport) -> None: ...
    def keep_agent(self, report: AgentReport) -> None: ...
    def begin_recording(self, row: RecordingRow) -> None: ...
    def end_recording(
        self, recording: int, state: str, samples: int, lost_samples: int, error: str
    ) -> None: ...
    async def new_messages(self) -> dict[int, int]: ...
    async def credential(self, subject: str) -> Credential | None: ...
    async def secret_right(self, subject: str) -> None: ...
    async def secret_wrong(self, subject: str, at_ns: int, tries_max: int, lock_s: int) -> bool: ...


class MemoryRecords:
    """Keeps the newest of everything in memory."""

    def __init__(self, kept_max: int = REFUSED_MAX) -> None:
        self.calls: deque[CallRecord] = deque(maxlen=kept_max)
        self._kept: set[tuple[int, int]] = set()
        self.messages: deque[SaveMessage] = deque(maxlen=kept_max)
        self.audits: deque[Audit] = deque(maxlen=kept_max)
        self.alarms: deque[AlarmReport] = deque(maxlen=kept_max)
        self.recordings: dict[int, RecordingRow] = {}
        self.recordings_ended: dict[int, tuple[str, int, int, str]] = {}
        self.credentials: dict[str, Credential] = {}

    def keep_call(self, record: CallRecord, position: int) -> None:
        """A record derived from the journal again, after a power cut, is the one that is there."""
        if (position, record.call) not in self._kept:
            self._kept.add((position, record.call))
            self.calls.append(record)

    def keep_message(self, message: SaveMessage, kept: Callable[[dict[int, int]], None]) -> None:
        self.messages.append(message)
        kept(self._new_counts())

    def keep_audit(self, audit: Audit, at: Instant) -> None:
        self.audits.append(audit)

    def keep_alarm(self, alarm: AlarmReport) -> None:
        self.alarms.append(alarm)

    def keep_agent(self, report: AgentReport) -> None:
        """Agents' histories are for reports alone, and those need the store."""

    def begin_recording(self, row: RecordingRow) -> None:
        self.recordings[row.recording] = row

    def end_recording(self, recording: int, state: str, samples: int, lost_samples: int, error: str) -> None:
        self.recordings_ended[recording] = (state, samples, lost_samples, error)

    async def new_messages(self) -> dict[int, int]:
        return self._new_counts()

    async def credential(self, subject: str) -> Credential | None:
        return self.credentials.get(subject)

    async def secret_right(self, subject: str) -> None:
        found = self.credentials[subject]
        self.credentials[subject] = Credential(found.hash, 0, 0)

    async def secret_wrong(self, subject: str, at_ns: int, tries_max: int, lock_s: int) -> bool:
        found = self.credentials[subject]
        locks = found.tries + 1 >= tries_max
        until_ns = at_ns + lock_s * 1_000_000_000 if locks else 0
        self.credentials[subject] = Credential(found.hash, 0 if locks else found.tries + 1, until_ns)
        return locks

    def _new_counts(self) -> dict[int, int]:
        counts: dict[int, int] = {}
        for message in self.messages:
            counts[message.mailbox] = counts.get(message.mailbox, 0) + 1
        return counts


class _Offer(msgspec.Struct):
    """A write the store has refused."""

    what: str
    begin: Callable[[], Future[Any]]
    kept: Callable[[Any], None] | None


class StoreRecords:
    """Keeps everything in the store.  troubled: told when the store begins to refuse."""

    def __init__(
        self, store: Store, loop: asyncio.AbstractEventLoop, troubled: Callable[[str], None]
    ) -> None:
        self._store = store
        self._loop = loop
        self._troubled = troubled
        self._refused: deque[_Offer] = deque(maxlen=REFUSED_MAX)
        self._again: asyncio.TimerHandle | None = None

    @property
    def refused_count(self) -> int:
        """Records that wait for the store to take them."""
        return len(self._refused)

    def keep_call(self, record: CallRecord, position: int) -> None:
        self._keep(f"call={record.call}", lambda: self._store.write(calls.add, record, position))

    def keep_message(self, message: SaveMessage, kept: Callable[[dict[int, int]], None]) -> None:
        self._keep(
            f"message call={message.call}", lambda: self._store.write(recordings.keep_message, message), kept
        )

    def keep_audit(self, audit: Audit, at: Instant) -> None:
        actor: Actor = audit.actor
        self._keep(
            "audit",
            lambda: self._store.write(
                events.add_audit, actor, audit.action, audit.allowed, audit.detail, at.civil_ns
            ),
        )

    def keep_alarm(self, alarm: AlarmReport) -> None:
        self._keep("alarm", lambda: self._store.write(events.add_alarm, alarm))

    def keep_agent(self, report: AgentReport) -> None:
        self._keep("agent", lambda: self._store.write(events.note_agent, report))

    def begin_recording(self, row: RecordingRow) -> None:
        self._keep(
            f"recording={row.recording}",
            lambda: self._store.write(
                recordings.begin, row.recording, row.call, row.leg, row.port, row.file, row.began
            ),
        )

    def end_recording(self, recording: int, state: str, samples: int, lost_samples: int, error: str) -> None:
        self._keep(
            f"recording={recording}",
            lambda: self._store.write(recordings.end, recording, state, samples, lost_samples, error),
        )

    async def new_messages(self) -> dict[int, int]:
        return await self._answer(self._store.write(recordings.new_counts))

    async def credential(self, subject: str) -> Credential | None:
        return await self._answer(self._store.write(credentials.find, subject))

    async def secret_right(self, subject: str) -> None:
        await self._answer(self._store.write(credentials.note_right, subject))

    async def secret_wrong(self, subject: str, at_ns: int, tries_max: int, lock_s: int) -> bool:
        return await self._answer(
            self._store.write(credentials.note_wrong, subject, at_ns, tries_max, lock_s)
        )

    async def _answer(self, future: Future[Result]) -> Result:
        with owed():
            return await asyncio.wrap_future(future)

    def _keep(
        self, what: str, begin: Callable[[], Future[Any]], kept: Callable[[Any], None] | None = None
    ) -> None:
        def done(ended: Future[Any]) -> None:
            # In the writer's thread: whatever follows belongs to the loop.
            error = ended.exception()
            if isinstance(error, StoreError):
                self._loop.call_soon_threadsafe(self._refuse, _Offer(what, begin, kept), error)
            elif error is not None:
                log.error("store: %s is not kept: %r", what, error)
            elif kept is not None:
                self._loop.call_soon_threadsafe(kept, ended.result())
            settle(self._loop)

        owe(self._loop)
        begin().add_done_callback(done)

    def _refuse(self, offer: _Offer, error: StoreError) -> None:
        if not self._refused:
            log.error("store: %s waits for the store: %s", offer.what, error)
            self._troubled(str(error))
        self._refused.append(offer)
        if self._again is None:
            self._again = self._loop.call_later(OFFERED_AGAIN_S, self._offer_again)

    def _offer_again(self) -> None:
        self._again = None
        offers, self._refused = list(self._refused), deque(maxlen=REFUSED_MAX)
        for offer in offers:
            self._keep(offer.what, offer.begin, offer.kept)
