# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What may be read, by whom, and what is masked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.exchange.commands import Actor
from firmware.exchange.vocabulary import AgentReport, AlarmReport, Party, SaveMessage
from firmware.settings import revisions
from firmware.settings.factory import factory
from firmware.store import calls, events, recordings
from firmware.store.call_search import CallFilter
from firmware.store.masking import mask, mask_text
from firmware.store.queries import Queries
from firmware.store.reader import NotAllowed, Reader
from firmware.store.store import Store
from tests.call_records import CUSTOMER, MONDAY_NS, a_call, at

WAIT_S = 60
ADMIN = Reader("admin", "root")
AGENT = Reader("agent", "li", agent=101)
INSTALLER = Reader("installer", "wu")
MERCHANT = Reader("merchant", "shop", lines=(2,))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db", durable=False) as opened:
        yield opened


@pytest.fixture
def queries(store: Store) -> Iterator[Queries]:
    asked = Queries(store.path)
    yield asked
    asked.close()


def keep(store: Store, *records: object) -> None:
    for place, record in enumerate(records):
        store.write(calls.add, record, place).result(WAIT_S)  # type: ignore[arg-type]


def numbers(queries: Queries, reader: Reader, **wanted: object) -> list[int]:
    return [row["call"] for row in queries.calls(reader, CallFilter(**wanted)).rows]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800138000", "138****8000"),
        ("02088880001", "020****0001"),
        ("88880001", "****0001"),
        ("8888000", "***8000"),
        ("10086", "10086"),
        ("801", "801"),
        ("", ""),
        ("138 0013 8000", "138 **** 8000"),
        ("008613800138000", "0086138****8000"),
    ],
)
def test_a_number_is_masked_before_its_last_four_digits(number: str, shown: str) -> None:
    assert mask(number) == shown


def test_numbers_inside_a_text_are_masked_too() -> None:
    assert mask_text("WANG 13800138000, room 12") == "WANG 138****8000, room 12"
    assert mask_text("call 138-0013-8000 now") == "call 138-****-8000 now"
    assert mask_text("home 88123456, shop 5551234, room 123456") == "home ****3456, shop ***1234, room 123456"


def test_an_admin_sees_whole_numbers_and_an_agent_masked_ones(store: Store, queries: Queries) -> None:
    keep(store, a_call())
    assert queries.calls(ADMIN).rows[0]["caller_number"] == CUSTOMER
    assert queries.calls(AGENT).rows[0]["caller_number"] == "138****8000"


@pytest.mark.parametrize("reader", [AGENT, INSTALLER, MERCHANT, Reader("", "nobody"), Reader("root", "x")])
def test_no_digit_of_a_hidden_number_leaves_by_any_query(
    store: Store, queries: Queries, reader: Reader
) -> None:
    keep(store, a_call(line=2))
    store.write(
        recordings.save_message, SaveMessage(1, 1, 1, Party(CUSTOMER, "A 13800138000"), at(5), at(9))
    ).result(WAIT_S)
    store.write(events.add_alarm, AlarmReport("emergency", 1, f"from {CUSTOMER}", at(1))).result(WAIT_S)
    told = [
        queries.calls(reader).rows,
        [queries.call(reader, row["id"]) for row in queries.calls(reader).rows],
    ]
    for question in (queries.messages, queries.alarms):
        try:
            told.append(question(reader))  # type: ignore[operator]
        except NotAllowed:
            continue
    assert "0013" not in json.dumps(told)


def test_a_role_nobody_knows_sees_no_call(store: Store, queries: Queries) -> None:
    keep(store, a_call())
    assert queries.calls(Reader("wizard", "x")).total == 0
    assert queries.call(Reader("wizard", "x"), 1) is None


def test_an_agent_sees_own_calls_alone(store: Store, queries: Queries) -> None:
    keep(store, a_call(1, agent=101), a_call(2, second=100, agent=102))
    assert numbers(queries, AGENT) == [1]
    assert queries.call(AGENT, 2) is None
    assert numbers(queries, Reader("agent", "new")) == []


def test_a_merchant_sees_the_calls_of_own_lines_alone(store: Store, queries: Queries) -> None:
    keep(store, a_call(1, line=1), a_call(2, second=100, line=2))
    assert numbers(queries, MERCHANT) == [2]


def test_calls_are_found_by_the_beginning_or_the_end_of_a_number(store: Store, queries: Queries) -> None:
    keep(store, a_call(1), a_call(2, second=100, number="13911112222"))
    assert numbers(queries, ADMIN, number="1391111") == [2]
    assert numbers(queries, ADMIN, number="2222") == [2]
    assert numbers(queries, ADMIN, number="138") == [1]
    assert numbers(queries, ADMIN, number="801") == [2, 1]
    assert numbers(queries, ADMIN, number="0013") == []


def test_a_masked_reader_cannot_find_out_digits_by_searching(store: Store, queries: Queries) -> None:
    keep(store, a_call(1))
    assert numbers(queries, AGENT, number="138") == [1]
    assert numbers(queries, AGENT, number="8000") == [1]
    for guess in ("1380", "13800138000", "38000", "138001"):
        assert numbers(queries, AGENT, number=guess) == []


@pytest.mark.parametrize("text", ["' OR 1=1 --", "%", "_", "138'; DROP TABLE calls; --", "\x00", "é" * 5_000])
def test_what_is_searched_for_is_data(store: Store, queries: Queries, text: str) -> None:
    keep(store, a_call(1))
    assert numbers(queries, ADMIN, number=text) == []
    assert numbers(queries, ADMIN, direction=text) == []
    assert numbers(queries, ADMIN) == [1]


def test_an_order_that_is_not_on_the_list_is_refused(store: Store, queries: Queries) -> None:
    with pytest.raises(ValueError, match="order"):
        queries.calls(ADMIN, order="began_ns; DROP TABLE calls")


def test_calls_are_found_by_agent_line_queue_time_and_cause(store: Store, queries: Queries) -> None:
    keep(
        store,
        a_call(1, agent=101, line=1, queue=1),
        a_call(2, second=100, agent=102, line=2, queue=2, talk_s=300),
        a_call(3, second=200, outcome="abandoned", queue=1),
    )
    assert numbers(queries, ADMIN, agent=102) == [2]
    assert numbers(queries, ADMIN, line=2) == [2]
    assert numbers(queries, ADMIN, queue=1) == [3, 1]
    assert numbers(queries, ADMIN, extension="801") == [2, 1]
    assert numbers(queries, ADMIN, since_ns=at(100).civil_ns) == [3, 2]
    assert numbers(queries, ADMIN, until_ns=at(100).civil_ns) == [1]
    assert numbers(queries, ADMIN, cause="busy") == []
    assert numbers(queries, ADMIN, longer_than_ms=200_000) == [2]
    assert queries.calls(ADMIN, order="longest").rows[0]["call"] == 2


def test_pages_follow_each_other_without_gap_or_double(store: Store, queries: Queries) -> None:
    keep(store, *(a_call(number, second=number) for number in range(1, 24)))
    pages = [queries.calls(ADMIN, limit=10, offset=offset) for offset in (0, 10, 20)]
    assert [row["call"] for page in pages for row in page.rows] == list(range(23, 0, -1))
    assert {page.total for page in pages} == {23}


def test_one_call_comes_whole(store: Store, queries: Queries) -> None:
    keep(store, a_call(7))
    store.write(recordings.begin, 7, 7, 1, 1, "2026/06/01/7.wav", at(0)).result(WAIT_S)
    store.write(recordings.end, 7, "closed", 80_000).result(WAIT_S)
    call = queries.call(ADMIN, queries.call_id(ADMIN, 7) or 0)
    assert call is not None
    assert call["record"]["timeline"][0]["detail"] == {"number": CUSTOMER, "rings": 2}
    assert call["record"]["legs"][0]["certainty"] == "sure"
    assert [(row["ms"], row["state"]) for row in call["recordings"]] == [(10_000, "closed")]


def test_a_recording_is_handed_to_those_whose_call_it_is(store: Store, queries: Queries) -> None:
    keep(store, a_call(7, agent=101, line=1))
    store.write(recordings.begin, 7, 7, 1, 1, "2026/06/01/7.wav", at(0)).result(WAIT_S)
    store.write(recordings.end, 7, "closed", 80_000).result(WAIT_S)
    assert queries.recording_file(ADMIN, 1) == "2026/06/01/7.wav"
    assert queries.recording_file(AGENT, 1) == "2026/06/01/7.wav"
    for other in (MERCHANT, INSTALLER, Reader("agent", "x", agent=102), Reader("", "")):
        assert queries.recording_file(other, 1) is None


def test_a_message_knows_its_place_in_the_recording(store: Store, queries: Queries) -> None:
    store.write(recordings.begin, 3, 9, 1, 1, "a.wav", at(0)).result(WAIT_S)
    message = SaveMessage(1, 9, 3, Party(CUSTOMER), at(12.5), at(20))
    first = store.write(recordings.save_message, message).result(WAIT_S)
    assert store.write(recordings.save_message, message).result(WAIT_S) == first
    assert queries.message_file(ADMIN, first) == ("a.wav", 12_500, 7_500)
    assert store.write(recordings.new_counts).result(WAIT_S) == {1: 1}
    store.write(recordings.mark_heard, first, True, "li", at(99).civil_ns).result(WAIT_S)
    assert store.write(recordings.new_counts).result(WAIT_S) == {}
    assert queries.messages(AGENT)[0]["heard_by"] == "li"


def test_retention_leaves_messages_nobody_has_heard(store: Store) -> None:
    for recording in (1, 2):
        store.write(recordings.begin, recording, recording, 1, 1, f"{recording}.wav", at(0)).result(WAIT_S)
        store.write(recordings.end, recording, "closed", 8).result(WAIT_S)
    store.write(recordings.save_message, SaveMessage(1, 2, 2, Party(), at(1), at(2))).result(WAIT_S)
    assert store.write(recordings.files_before, at(10).civil_ns, 10).result(WAIT_S) == ["1.wav"]


def test_figures_by_their_formulas(store: Store, queries: Queries) -> None:
    keep(
        store,
        a_call(1, wait_s=10, talk_s=100),
        a_call(2, second=1_000, wait_s=30, talk_s=50),
        a_call(3, second=2_000, wait_s=3, outcome="abandoned"),
        a_call(4, second=3_000, wait_s=60, outcome="abandoned"),
        a_call(5, second=4_000, wait_s=300, outcome="max_wait"),
        a_call(6, second=5_000, wait_s=40, outcome="abandoned"),
    )
    for second, state, call in (
        (0, "idle", 0),
        (10, "talking", 1),
        (110, "wrap_up", 1),
        (125, "idle", 0),
        (1_030, "talking", 2),
        (1_080, "wrap_up", 2),
        (1_095, "idle", 0),
        (2_000, "paused", 0),
        (2_100, "logged_out", 0),
    ):
        report = AgentReport(101, state, "801", call, 0, 0, (1,), at(second))
        store.write(events.note_agent, report).result(WAIT_S)
    (span,) = queries.figures(ADMIN, MONDAY_NS, at(10_000).civil_ns, at(10_000).civil_ns)
    (queue,) = span["queues"]
    assert (queue["offered"], queue["answered"], queue["abandoned"], queue["overflowed"]) == (6, 2, 3, 1)
    assert queue["service_level_offered"] == 1 / 6
    assert queue["service_level_less_short"] == 1 / 5
    assert queue["service_level_answered"] == 1 / 2
    assert queue["asa_s"] == 20
    assert queue["abandonment"] == 3 / 6
    assert queue["aht_s"] == (150 + 30) / 2
    (agent,) = span["agents"]
    idle_s = 10 + (1_030 - 125) + (2_000 - 1_095)
    assert (agent["calls"], agent["talk_s"], agent["wrap_up_s"], agent["idle_s"]) == (2, 150, 30, idle_s)
    assert agent["occupancy"] == pytest.approx(180 / (180 + idle_s))
    assert (agent["aht_s"], agent["paused_s"], agent["logged_in_s"]) == (90, 100, 2_100)
    assert span["calls"]["in"]["calls"] == 6


def test_a_figure_of_nothing_is_none_and_not_naught(queries: Queries, store: Store) -> None:
    keep(store, a_call(1, outcome="abandoned"))
    (span,) = queries.figures(ADMIN, MONDAY_NS, at(100).civil_ns, at(100).civil_ns)
    assert span["queues"][0]["asa_s"] is None and span["agents"] == []


def test_the_service_level_is_held_against_the_queues_own_limit(store: Store, queries: Queries) -> None:
    settings = factory([1], [5])
    queue = settings.queues[0].model_copy(update={"service_level_s": 5})
    settings = settings.model_copy(update={"queues": (queue,)})
    store.write(revisions.add, settings, "x", "", 1).result(WAIT_S)
    keep(store, a_call(1, wait_s=10))
    (span,) = queries.figures(ADMIN, MONDAY_NS, at(100).civil_ns, at(100).civil_ns)
    assert (span["queues"][0]["service_level_s"], span["queues"][0]["in_time"]) == (5, 0)


def test_days_are_the_centres_own(store: Store, queries: Queries) -> None:
    keep(store, a_call(1), a_call(2, second=16 * 3_600))
    days = queries.figures(
        ADMIN, MONDAY_NS, at(30 * 3_600).civil_ns, at(30 * 3_600).civil_ns, by="day", timezone="Asia/Shanghai"
    )
    assert [(day["label"], day["calls"]["in"]["calls"]) for day in days] == [
        ("2026-06-01", 1),
        ("2026-06-02", 1),
    ]


def test_hours_over_a_change_of_the_clock_are_met_once_each(queries: Queries, store: Store) -> None:
    # Berlin's clocks go back from 3:00 to 2:00 on 2026-10-25: that day has 25 hours.
    begins_ns = 1_792_879_200_000_000_000
    hours = queries.figures(
        ADMIN, begins_ns, begins_ns + 25 * 3_600_000_000_000, begins_ns, by="hour", timezone="Europe/Berlin"
    )
    labels = [hour["label"] for hour in hours]
    assert len(labels) == len(set(labels)) == 25
    assert all(hour["until_ns"] - hour["since_ns"] == 3_600_000_000_000 for hour in hours)
    days = queries.figures(
        ADMIN, begins_ns, begins_ns + 25 * 3_600_000_000_000, begins_ns, by="day", timezone="Europe/Berlin"
    )
    assert [day["label"] for day in days] == ["2026-10-25"]


def test_durations_stand_a_clock_that_jumps(store: Store, queries: Queries) -> None:
    import msgspec

    record = a_call(1, wait_s=10, talk_s=60)
    back = msgspec.structs.replace(record.ended, civil_ns=record.ended.civil_ns - 3_600_000_000_000)
    keep(store, msgspec.structs.replace(record, ended=back))
    assert queries.calls(ADMIN).rows[0]["duration_ms"] == 70_000


def test_the_audit_is_the_admins_alone(store: Store, queries: Queries) -> None:
    store.write(events.add_audit, Actor("web", "li", "agent"), "pause", True, "", 5).result(WAIT_S)
    assert queries.audit(ADMIN)[0]["action"] == "pause"
    for reader in (AGENT, INSTALLER, Reader("supervisor", "s")):
        with pytest.raises(NotAllowed):
            queries.audit(reader)


def test_the_same_agent_state_told_again_is_one_row(store: Store) -> None:
    report = AgentReport(101, "idle", "801", 0, 0, 0, (), at(0))
    for _ in range(3):
        store.write(events.note_agent, report).result(WAIT_S)
    rows = store.write(lambda db: db.execute("SELECT state, duration_ms FROM agent_states").fetchall())
    assert rows.result(WAIT_S) == [("idle", None)]


def test_a_reading_connection_cannot_write(store: Store, queries: Queries) -> None:
    with pytest.raises(sqlite3.OperationalError):
        queries._db().execute("DELETE FROM calls")


def test_a_page_of_many_calls_reads_little(store: Store, queries: Queries) -> None:
    """No wall clock: SQLite itself counts what it reads for the first page of 20,000 calls."""
    record = a_call(1)

    def fill(db: sqlite3.Connection) -> None:
        calls.add(db, record, 0)
        db.executemany(
            "INSERT INTO calls SELECT id + :n, call + :n, direction, line, caller_number, caller_name,"
            " called,"
            " began_ns + :n * 1000000000, answered_ns, ended_ns, began_mono_ns, duration_ms, talk_ms, cause,"
            " released_by, notice, agent, queue, revision, journal_position FROM calls WHERE id = 1",
            [{"n": number} for number in range(1, 20_000)],
        )

    store.write(fill).result(WAIT_S)
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    queries._db().set_progress_handler(step, 100)
    page = queries.calls(ADMIN, limit=50)
    queries._db().set_progress_handler(None, 0)
    assert (page.total, page.rows[0]["call"]) == (20_000, 20_000)
    assert steps * 100 < 20_000 * 8, "a scan of an index at most, never a sort or a scan of the records"
