# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The journal on disk: every cut leaves what came before it, and what is finished is packed and purged."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest

from drivers.port import OffHook, OnHook
from dsp.vocabulary import Detector, SetDetectors
from firmware.exchange.commands import Actor, Pause
from firmware.exchange.vocabulary import AnyFact, Commanded, Instant, KeyPressed
from firmware.journal import Closing, Fed, Journal, MemorySink, Opening, Reading
from firmware.journal_files import FileSink, Retention, Segment, pack, segments

FACTS: tuple[AnyFact, ...] = (
    OffHook(5),
    KeyPressed(5, "#"),
    Commanded(7, Actor("web", "李", "agent"), Pause(101, 3)),
    OnHook(5, reconciled=True),
)


def at(second: int) -> Instant:
    return Instant(second * 10**9, 1_780_000_000 * 10**9 + second * 10**9)


def written(count: int = len(FACTS)) -> bytes:
    """One segment in memory, closed."""
    sink = MemorySink()
    journal = Journal(sink, position=41)
    journal.begin(at(0), b"snapshot")
    for n in range(count):
        journal.record(at(n + 1), FACTS[n % len(FACTS)])
        journal.followed((SetDetectors(5, Detector.DIGITS | Detector.TONES),))
    journal.close()
    return sink.segments[0].read()


def fed(data: bytes) -> list[Fed]:
    return [entry for entry in Reading(data) if isinstance(entry, Fed)]


def test_facts_come_back_as_they_went_in() -> None:
    entries = list(Reading(written()))
    assert isinstance(entries[0], Opening)
    assert (entries[0].position, entries[0].snapshot) == (41, b"snapshot")
    assert tuple(entry.fact for entry in fed(written())) == FACTS
    assert [entry.at for entry in fed(written())] == [at(n) for n in (1, 2, 3, 4)]
    assert isinstance(entries[-1], Closing)
    assert entries[-1].position == 45


def test_a_journal_cut_at_any_byte_ends_cleanly() -> None:
    data = written()
    whole = fed(data)
    for cut in range(len(data)):
        reading = Reading(data[:cut])
        entries = [entry for entry in reading if isinstance(entry, Fed)]
        assert entries == whole[: len(entries)]
        # Cut between two frames it looks finished; anywhere else the damage is seen where it is.
        assert reading.damage is None or reading.damage.offset <= cut


def test_a_damaged_byte_costs_what_follows_and_no_more() -> None:
    data = written()
    whole = fed(data)
    for offset in range(len(data)):
        broken = bytearray(data)
        broken[offset] ^= 0x40
        reading = Reading(bytes(broken))
        entries = [entry for entry in reading if isinstance(entry, Fed)]
        assert entries == whole[: len(entries)]
        assert reading.damage is not None
        assert reading.damage.offset <= offset


def test_a_tail_of_zeros_is_damage() -> None:
    reading = Reading(written() + bytes(4096))
    assert len([entry for entry in reading if isinstance(entry, Fed)]) == len(FACTS)
    assert reading.damage is not None


def test_noise_is_no_journal() -> None:
    noise = random.Random(4)
    for length in (1, 7, 8, 100, 5_000):
        reading = Reading(noise.randbytes(length))
        assert list(reading) == []
        assert reading.damage is not None


def test_what_is_flushed_is_on_the_disk(tmp_path: Path) -> None:
    sink = FileSink(tmp_path)
    journal = Journal(sink)
    journal.begin(at(0), b"")
    for n in range(100):
        journal.record(at(n), FACTS[n % 4])
    assert sink.flush()
    (segment,) = segments(tmp_path)
    assert len(fed(segment.read())) == 100
    journal.close()


def test_a_new_segment_goes_on_where_the_last_ended(tmp_path: Path) -> None:
    sink = FileSink(tmp_path, durable=False)
    journal = Journal(sink)
    journal.begin(at(0), b"")
    for n in range(10):
        journal.record(at(n), FACTS[n % 4])
        journal.followed((SetDetectors(n, Detector.NONE),))
    journal.begin(at(11), b"state")
    journal.record(at(12), FACTS[0])
    journal.close()
    first, second = segments(tmp_path)
    assert (first.position, second.position) == (0, 10)
    closing = list(Reading(first.read()))[-1]
    opening = next(iter(Reading(second.read())))
    assert isinstance(closing, Closing)
    assert isinstance(opening, Opening)
    assert closing.effects_crc == opening.effects_crc != 0


def test_finished_segments_are_packed_and_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "0000000000000041.journal"
    path.write_bytes(written(1_000))
    packed = pack(path)
    assert not path.exists()
    assert packed.stat().st_size < len(written(1_000)) / 2
    (segment,) = segments(tmp_path)
    assert segment == Segment(packed, 41)
    assert segment.read() == written(1_000)


def test_a_packed_segment_that_is_cut_gives_what_it_can(tmp_path: Path) -> None:
    path = tmp_path / "0000000000000041.journal"
    path.write_bytes(written(1_000))
    packed = pack(path)
    packed.write_bytes(packed.read_bytes()[:-200])
    entries = fed(segments(tmp_path)[0].read())
    assert 0 < len(entries) < 1_000
    assert entries == fed(written(1_000))[: len(entries)]


def test_a_cut_while_packing_leaves_the_plain_segment_in_force(tmp_path: Path) -> None:
    path = tmp_path / "0000000000000041.journal"
    path.write_bytes(written())
    (tmp_path / "0000000000000041.journal.gz.part").write_bytes(b"half")
    (tmp_path / "0000000000000041.journal.gz").write_bytes(b"")
    assert segments(tmp_path) == [Segment(path, 41)]


def test_idle_time_packs_and_retention_purges(tmp_path: Path) -> None:
    old = tmp_path / "0000000000000001.journal"
    kept = tmp_path / "0000000000000041.journal"
    for path in (old, kept):
        path.write_bytes(written())
    os.utime(old, (1, 1))
    sink = FileSink(tmp_path, durable=False, retention=Retention(keep_days=30))
    journal = Journal(sink, 45)
    journal.begin(at(0), b"")
    done = threading.Event()
    for _ in range(200):
        if not old.exists() and kept.with_name(kept.name + ".gz").exists():
            break
        done.wait(0.1)
    journal.close()
    assert [segment.position for segment in segments(tmp_path)] == [41, 45]


def test_a_disk_that_refuses_is_told_once_and_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    troubles: list[str] = []
    sink = FileSink(folder, durable=False, troubled=troubles.append)
    folder.rmdir()
    folder.write_text("a file where the folder should be")
    journal = Journal(sink)
    journal.begin(at(0), b"")
    assert not sink.flush()
    for n in range(50):
        journal.record(at(n), FACTS[0])
    assert sink.broken
    assert len(troubles) == 1
    folder.unlink()
    folder.mkdir()
    journal.begin(at(60), b"state")
    journal.record(at(61), FACTS[1])
    assert sink.flush()
    assert not sink.broken
    (segment,) = segments(folder)
    assert segment.position == 50
    assert [entry.fact for entry in fed(segment.read())] == [FACTS[1]]
    journal.close()


@pytest.mark.parametrize("name", ["switchroom.db", "x.journal", "0001.txt"])
def test_other_files_are_no_segments(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert segments(tmp_path) == []
