# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""How many facts the core takes a second: a busy hour's journal fed again, written to a journal again."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time

from firmware.exchange.router import Core
from firmware.journal import Closing, Entry, Fed, Journal, Reading
from firmware.journal_files import FileSink
from firmware.shell.service import SEGMENT_FACTS
from firmware.traffic import Plan, run_day

# As many calls as twenty agents can take in an hour.
BUSY_HOUR = Plan(hours=1.0, calls=360)
RUNS = 9


@dataclass(frozen=True)
class CoreSpeed:
    """Facts per second of the clock and of the thread's own processor time: medians of the runs."""

    per_second: float
    per_thread_second: float
    facts: int


def journal_of(plan: Plan) -> list[Entry]:
    """Every entry of the journal that this day leaves."""
    return [entry for segment in run_day(plan).journal for entry in Reading(segment.read())]


def feed_again(facts: Sequence[Fed], folder: Path) -> tuple[float, float, int]:
    """Seconds of the clock and of this thread, and the checksum of all effects.

    The same steps as `Service._take` and its segments: recorded, taken, checksummed; synced by the sink's thread.
    """
    sink = FileSink(folder)
    journal, core = Journal(sink), Core()
    journal.begin(facts[0].at, b"")
    began_s, began_thread_s = perf_counter(), thread_time()
    for number, fed in enumerate(facts, 1):
        journal.record(fed.at, fed.fact)
        journal.followed(core.receive(fed.fact, fed.at))
        if number % SEGMENT_FACTS == 0:
            journal.begin(fed.at, core.snapshot())
    took_s, took_thread_s = perf_counter() - began_s, thread_time() - began_thread_s
    journal.close()
    return took_s, took_thread_s, journal.effects_crc


def core_speed(plan: Plan = BUSY_HOUR, runs: int = RUNS) -> CoreSpeed:
    """Play the hour once, then feed its facts again so many times."""
    return speed_of(journal_of(plan), runs)


def speed_of(entries: Sequence[Entry], runs: int) -> CoreSpeed:
    """Raises ValueError where the core does not say again what it said in the journal: then nothing was measured."""
    facts = [entry for entry in entries if isinstance(entry, Fed)]
    said = next(entry.effects_crc for entry in reversed(entries) if isinstance(entry, Closing))
    clock, thread = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="bench") as folder:
            took_s, took_thread_s, effects_crc = feed_again(facts, Path(folder))
        if effects_crc != said:
            raise ValueError("fed again, the facts had other effects")
        clock.append(took_s)
        thread.append(took_thread_s)
    return CoreSpeed(len(facts) / median(clock), len(facts) / median(thread), len(facts))
