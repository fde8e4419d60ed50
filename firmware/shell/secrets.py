# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Judges what was keyed as a secret against the stored hash.

Right or wrong, known or unknown, locked or not: the verdict comes after the same time, and a hash is computed each
time.  A subject is locked after `timers.secret_tries` wrong tries, and all of them for a while when wrong tries
come from everywhere.  The keys live in this call alone; they are never logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from firmware.clock import Clock, in_thread
from firmware.errors import StoreError
from firmware.exchange.vocabulary import Verdict
from firmware.settings.model import Timers
from firmware.shell.records import Records
from firmware.store.credentials import agrees

log = logging.getLogger(__name__)

VERDICT_AFTER_S = 0.5  # five times what the hash takes on the slowest box we know
WRONG_EVERYWHERE = 10  # times secret_tries within secret_lock_s, and nobody is let in for so long


class SecretJudge:
    """Verdicts by subject.  alarm: tells an admin (what, detail)."""

    def __init__(
        self, clock: Clock, records: Records, timers: Callable[[], Timers], alarm: Callable[[str, str], None]
    ) -> None:
        self._clock = clock
        self._records = records
        self._timers = timers
        self._alarm = alarm
        self._wrong_ns: deque[int] = deque(maxlen=1_000)

    async def judge(self, subject: str, keys: str) -> Verdict:
        loop = asyncio.get_running_loop()
        due_s = loop.time() + VERDICT_AFTER_S
        try:
            verdict = await self._decide(subject, keys)
        except StoreError as error:
            log.error("secrets: subject=%s can't be judged: %s", subject, error)
            verdict = Verdict.UNKNOWN
        await asyncio.sleep(due_s - loop.time())
        return verdict

    async def _decide(self, subject: str, keys: str) -> Verdict:
        credential = await self._records.credential(subject)
        right = await in_thread(agrees, credential.hash if credential else None, keys)
        now = self._clock.now()
        if self._wrong_everywhere(now.mono_ns):
            return Verdict.LOCKED
        if credential is None:
            self._wrong_ns.append(now.mono_ns)
            return Verdict.UNKNOWN
        if credential.locked_until_ns > now.civil_ns:
            return Verdict.LOCKED
        if right:
            await self._records.secret_right(subject)
            return Verdict.RIGHT
        await self._count_wrong(subject, now.mono_ns, now.civil_ns)
        return Verdict.WRONG

    async def _count_wrong(self, subject: str, mono_ns: int, civil_ns: int) -> None:
        timers = self._timers()
        self._wrong_ns.append(mono_ns)
        if await self._records.secret_wrong(subject, civil_ns, timers.secret_tries, timers.secret_lock_s):
            log.warning("secrets: subject=%s is locked for %d s", subject, timers.secret_lock_s)
            self._alarm("secret_locked", subject)
        if self._wrong_everywhere(mono_ns):
            log.warning("secrets: all are locked for %d s: too many wrong tries", timers.secret_lock_s)
            self._alarm("secrets_locked", "all")

    def _wrong_everywhere(self, mono_ns: int) -> bool:
        timers = self._timers()
        since_ns = mono_ns - timers.secret_lock_s * 1_000_000_000
        while self._wrong_ns and self._wrong_ns[0] < since_ns:
            self._wrong_ns.popleft()
        return len(self._wrong_ns) >= min(WRONG_EVERYWHERE * timers.secret_tries, 1_000)
