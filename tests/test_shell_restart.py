# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""After a power cut: who was logged in still is, what was in progress is on record, and the journal replays."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.simulated import Habit, Layout
from firmware.clock import run_virtual
from firmware.exchange.commands import HangUpCall, JoinQueue, LogIn, Pause, Ready
from firmware.exchange.vocabulary import Cause
from firmware.journal import Entry, Fed, Opening, Reading, frame
from firmware.journal_files import segments
from firmware.replay import recover, replay, replay_bytes
from firmware.settings.model import Flow, HangUpNode, NoticeNode, Queue, QueueNode, Settings
from firmware.shell.derivation import derive_missing
from firmware.shell.records import MemoryRecords
from firmware.store.store import Store
from firmware.virtual import Centre

SMALL = Layout(fxo=2, fxs=2, outside=3)
BUSY = Layout(fxo=12, fxs=8, outside=40)


def queue_settings(settings: Settings, wrap_up_s: int = 15) -> Settings:
    """Every caller waits in queue 1 for an agent."""
    flow = Flow(
        name="front",
        start="notice",
        nodes={
            "notice": NoticeNode(next="queue"),
            "queue": QueueNode(queue=1, overflow="bye"),
            "bye": HangUpNode(),
        },
    )
    queues = (Queue(number=1, name="front", wrap_up_s=wrap_up_s), Queue(number=2, name="second"))
    return settings.model_copy(update={"flows": (flow,), "queues": queues})


async def settle(centre: Centre) -> None:
    """Two agents: one ready in both queues, one at pause."""
    await centre.apply(queue_settings(centre.settings))
    for command in (LogIn(101, "801"), JoinQueue(101, 2), LogIn(102, "802"), Pause(102, 3)):
        assert (await centre.command(command)).ok


def agents(centre: Centre) -> dict[int, tuple[str, str, tuple[int, ...]]]:
    return {
        number: (report.state, report.extension, report.queues)
        for number, report in centre.service.board.agents.items()
        if report.state != "logged_out"
    }


def test_agents_and_their_queues_survive_a_power_cut() -> None:
    async def run() -> None:
        async with Centre(layout=SMALL) as first:
            await settle(first)
            before = agents(first)
            assert before == {101: ("idle", "801", (1, 2)), 102: ("paused", "802", (1,))}
            await first.cut_power()
        async with Centre(first.settings, layout=SMALL, recover_from=first) as second:
            await asyncio.sleep(1)
            assert second.core.epoch == 2
            assert agents(second) == before
            caller = second.outside("13900000001")
            await caller.call(second.pilot)
            await second.phone(801).rings(within_s=30)
            assert (await second.command(Ready(102))).ok
            assert second.replay().agrees

    run_virtual(run)


def test_a_call_in_progress_is_on_record_as_interrupted() -> None:
    async def run() -> None:
        async with Centre(layout=SMALL) as first:
            await settle(first)
            caller, desk = first.outside("13900000001"), first.phone(801)
            await caller.call(first.pilot)
            await desk.rings(within_s=30)
            desk.lift()
            await asyncio.sleep(20)
            await first.cut_power()
            assert first.records == []
        async with Centre(first.settings, layout=SMALL, recover_from=first) as second:
            await asyncio.sleep(1)
            (record,) = second.records
            assert record.cause is Cause.INTERRUPTED
            assert record.agent == 101
            assert any(leg.recording for leg in record.legs)
            assert agents(second)[101][0] in ("idle", "wrap_up")

    run_virtual(run)


def test_a_record_the_store_had_not_taken_is_derived_again() -> None:
    async def run() -> None:
        async with Centre(layout=SMALL) as first:
            await settle(first)
            caller, desk = first.outside("13900000001"), first.phone(801)
            await caller.call(first.pilot)
            await desk.rings(within_s=30)
            desk.lift()
            await asyncio.sleep(5)
            desk.hang_up()
            await asyncio.sleep(5)
            (before,) = first.records
            first.memory = MemoryRecords()
            await first.cut_power()
        async with Centre(first.settings, layout=SMALL, recover_from=first) as second:
            assert second.records == [before]

    run_virtual(run)


def test_going_on_from_files_is_going_on_from_memory(tmp_path: Path) -> None:
    async def run() -> None:
        async with Centre(layout=SMALL, data=tmp_path) as first:
            await settle(first)
            await asyncio.sleep(1_500)  # past two snapshots
            assert first.service.health()["journal_broken"] is False
            first.journal_segments()
            await first.cut_power()
        async with Centre(first.settings, layout=SMALL, data=tmp_path, recover_from=first) as second:
            await asyncio.sleep(1)
            assert agents(second) == {101: ("idle", "801", (1, 2)), 102: ("paused", "802", (1,))}

    run_virtual(run)


@pytest.fixture(scope="module")
def busy_hour() -> list[bytes]:
    """The journal of an hour of callers, some of them impatient, with eight agents."""

    async def run() -> list[bytes]:
        draw = random.Random(11)
        calling: list[asyncio.Future[None]] = []
        async with Centre(layout=BUSY, media=False, seed=11) as centre:
            await centre.apply(queue_settings(centre.settings, wrap_up_s=5))
            for index in range(8):
                assert (await centre.command(LogIn(101 + index, str(801 + index)))).ok
                centre.phone(801 + index).habit = Habit(
                    answer_after_ms=draw.randrange(1_000, 8_000), hang_up_after_ms=90_000
                )
            end_s = centre.loop.time() + 3_600
            while centre.loop.time() < end_s:
                await asyncio.sleep(draw.expovariate(1 / 12))
                idle = [each for each in centre.card.outside if not each.off_hook]
                if idle:
                    caller = draw.choice(idle)
                    calling.append(asyncio.ensure_future(caller.call(centre.pilot)))
                    centre.loop.call_later(draw.expovariate(1 / 150) + 5, caller.hang_up)
            await centre.command(HangUpCall(1))
            missed = [each for each in await asyncio.gather(*calling, return_exceptions=True) if each]
            assert len(missed) < len(calling) / 10, missed[:3]
            await asyncio.sleep(600)
            assert len(centre.records) > 150
            assert centre.replay().agrees
            return [segment.read() for segment in centre.journal_segments()]

    found: list[bytes] = run_virtual(run)
    return found


def test_a_busy_hour_replays_with_the_same_effects(busy_hour: list[bytes]) -> None:
    outcome = replay_bytes((str(n), data) for n, data in enumerate(busy_hour))
    assert outcome.agrees
    assert outcome.facts > 1_500
    assert outcome.segments > 3


def test_each_segment_replays_alone(busy_hour: list[bytes]) -> None:
    for data in busy_hour:
        assert replay_bytes([("alone", data)]).agrees


def test_calls_the_store_never_had_are_derived_from_old_segments(
    busy_hour: list[bytes], tmp_path: Path
) -> None:
    for data in busy_hour:
        opening = next(iter(Reading(data)))
        assert isinstance(opening, Opening)
        (tmp_path / f"{opening.position:016}.journal").write_bytes(data)
    with Store(tmp_path / "switchroom.db", durable=False) as store:
        everything = derive_missing(store, segments(tmp_path))
        assert everything > 150
        assert derive_missing(store, segments(tmp_path)) == 0
        positions = store.write(journal_positions).result()
        assert len(positions) == everything
        store.write(forget_after, positions[-20]).result()
        assert derive_missing(store, segments(tmp_path)) == 19
        assert store.write(journal_positions).result() == positions


def journal_positions(db: sqlite3.Connection) -> list[int]:
    return [position for (position,) in db.execute("SELECT journal_position FROM calls ORDER BY 1")]


def forget_after(db: sqlite3.Connection, position: int) -> None:
    db.execute("DELETE FROM calls WHERE journal_position > ?", (position,))


def effects_before(entry: Entry) -> int:
    assert isinstance(entry, Fed)
    return entry.effects_crc


def test_a_journal_that_was_touched_is_caught_at_the_fact(busy_hour: list[bytes]) -> None:
    entries = list(Reading(busy_hour[1]))
    assert isinstance(entries[0], Opening)
    facts = [n for n, entry in enumerate(entries) if isinstance(entry, Fed)]
    # A fact that had effects is left out: the next one carries a checksum the core can't come to.
    left_out = next(
        n for n, after in pairwise(facts) if effects_before(entries[n]) != effects_before(entries[after])
    )
    data = b"".join(frame(entry) for n, entry in enumerate(entries) if n != left_out)
    outcome = replay_bytes([("touched", data)])
    assert outcome.difference is not None
    assert outcome.difference.position == entries[0].position + facts.index(left_out) - 1


def test_a_cut_journal_replays_up_to_the_cut(busy_hour: list[bytes]) -> None:
    draw = random.Random(5)
    for _ in range(12):
        data = busy_hour[0][: draw.randrange(2_000, len(busy_hour[0]))]
        outcome = replay_bytes([("cut", data)])
        assert outcome.agrees


def test_restarting_works_from_a_journal_cut_anywhere(busy_hour: list[bytes], tmp_path: Path) -> None:
    """Whatever byte the power went at: the newest snapshot that is whole, and the facts behind it."""
    draw = random.Random(6)
    starts = []
    for data in busy_hour:
        opening = next(iter(Reading(data)))
        assert isinstance(opening, Opening)
        starts.append(opening.position)
        (tmp_path / f"{opening.position:016}.journal").write_bytes(data)
    last = tmp_path / f"{starts[-1]:016}.journal"
    whole = last.read_bytes()
    for cut in [0, 1, 9, *(draw.randrange(len(whole)) for _ in range(20))]:
        last.write_bytes(whole[:cut])
        recovered = recover(segments(tmp_path))
        assert recovered.core is not None
        assert recovered.position >= starts[-1]
        assert len(recovered.core.directory.of_kind("agent")) == 8
    last.write_bytes(whole)
    assert replay(tmp_path).agrees
