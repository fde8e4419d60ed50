# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Judging secrets: the same time for every answer, locks, and the limit for the whole box."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from firmware.clock import VirtualLoop, run_virtual
from firmware.exchange.vocabulary import Verdict
from firmware.settings.model import Timers
from firmware.shell.records import MemoryRecords
from firmware.shell.secrets import SecretJudge
from firmware.store.credentials import Credential, hash_secret

USUAL = Timers()
HASHED = hash_secret("2468")


class Court:
    """A judge with its records and alarms."""

    def __init__(self, timers: Timers) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.records = MemoryRecords()
        self.alarms: list[tuple[str, str]] = []
        for agent in range(101, 121):
            self.records.credentials[f"agent:{agent}"] = Credential(HASHED, 0, 0)
        self.judge = SecretJudge(loop, self.records, lambda: timers, lambda *told: self.alarms.append(told))


def in_court(script: Callable[[Court], Awaitable[None]], timers: Timers = USUAL) -> None:
    async def run() -> None:
        await script(Court(timers))

    run_virtual(run)


def test_every_answer_takes_the_same_time() -> None:
    async def script(court: Court) -> None:
        loop = asyncio.get_running_loop()
        for subject, keys, verdict in (
            ("agent:101", "2468", Verdict.RIGHT),
            ("agent:101", "1111", Verdict.WRONG),
            ("agent:101", "", Verdict.WRONG),
            ("nobody", "2468", Verdict.UNKNOWN),
        ):
            began_s = loop.time()
            assert await court.judge.judge(subject, keys) is verdict
            assert loop.time() - began_s == 0.5

    in_court(script)


def test_wrong_tries_lock_the_subject_and_time_opens_it() -> None:
    async def script(court: Court) -> None:
        for _ in range(3):
            assert await court.judge.judge("agent:101", "1") is Verdict.WRONG
        assert court.alarms == [("secret_locked", "agent:101")]
        assert await court.judge.judge("agent:101", "2468") is Verdict.LOCKED
        assert await court.judge.judge("agent:102", "2468") is Verdict.RIGHT
        await asyncio.sleep(61)
        assert await court.judge.judge("agent:101", "2468") is Verdict.RIGHT

    in_court(script, Timers(secret_tries=3, secret_lock_s=60))


def test_a_right_secret_forgets_the_wrong_ones() -> None:
    async def script(court: Court) -> None:
        for keys in ("1", "2468", "1", "2468"):
            await court.judge.judge("agent:101", keys)
        assert await court.judge.judge("agent:101", "2468") is Verdict.RIGHT

    in_court(script, Timers(secret_tries=2))


def test_guessing_everywhere_locks_all() -> None:
    async def script(court: Court) -> None:
        for agent in range(101, 111):
            assert await court.judge.judge(f"agent:{agent}", "1") is not Verdict.RIGHT
        assert ("secrets_locked", "all") in court.alarms
        assert await court.judge.judge("agent:120", "2468") is Verdict.LOCKED
        await asyncio.sleep(61)
        assert await court.judge.judge("agent:120", "2468") is Verdict.RIGHT

    in_court(script, Timers(secret_tries=1, secret_lock_s=60))
