# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Calls that come in: from the first ring to the record."""

from __future__ import annotations

from dataclasses import replace

from drivers.simulated import DTMF_LINE, CallerIdTime
from dsp.vocabulary import Presentation, Tone
from firmware.exchange.vocabulary import Cause
from hil import settings as shapes
from hil.bench import Ability, Bench
from hil.scenario import scenario
from hil.scenarios import call_in, connected, hung_up_on


@scenario("F20", "F30", "F40", "F41", "F60", "F93", "C12")
async def a_caller_is_answered_queued_connected_and_the_record_tells_it(bench: Bench) -> None:
    await bench.log_in(101, "803")
    caller, desk = await connected(bench)
    await desk.talks_to(caller)
    caller.hang_up()
    await hung_up_on(bench, desk)
    record = await bench.record()
    assert (record.direction, record.agent, record.queue) == ("in", 101, 1)
    assert (record.cause, record.released_by) == (Cause.NORMAL, "caller")
    assert record.caller.number == caller.number
    assert record.notice
    assert [visit.outcome for visit in record.queue_visits] == ["answered"]
    caller_leg, agent_leg = record.legs
    assert (caller_leg.role, agent_leg.role) == ("caller", "agent")
    assert (agent_leg.agent, agent_leg.port) == (101, 7)
    assert caller_leg.recording
    assert agent_leg.talk_ms > 1500
    assert record.answered is not None
    await bench.idle()


@scenario("A12", "C5")
async def the_desk_phone_shows_the_number_sent_as_fsk_between_the_rings(bench: Bench) -> None:
    await bench.log_in(101, "803")
    caller = await call_in(bench, keys="1")
    await bench.desk("803").shows_caller(caller.number, within_s=20)


@scenario("A12", "C5", needs=(Ability.POLARITY,))
async def the_desk_phone_shows_the_number_sent_as_dtmf_before_the_first_ring(bench: Bench) -> None:
    for line in bench.lines.values():
        line.profile = DTMF_LINE
    await bench.log_in(101, "803")
    caller = await call_in(bench, keys="1")
    await bench.desk("803").shows_caller(caller.number, within_s=20)


@scenario("C5", needs=(Ability.LINE_FAULTS,))
async def a_withheld_number_is_told_from_a_missing_one(bench: Bench) -> None:
    lines = bench.lines.values()
    for line in lines:
        line.profile = replace(line.profile, withheld=True)
    caller = await call_in(bench)
    caller.hang_up()
    withheld = await bench.record()
    assert withheld.caller.presentation is Presentation.WITHHELD
    await bench.idle()
    for line in lines:
        line.profile = replace(line.profile, withheld=False, caller_id=CallerIdTime.NEVER)
    caller = await call_in(bench)
    caller.hang_up()
    missing = await bench.record()
    assert missing.caller.presentation is Presentation.UNAVAILABLE


@scenario("F92", "F40", settings=lambda: shapes.lines_like(rings_before_answer=5))
async def a_caller_who_gives_up_while_it_rings_is_on_record_as_lost(bench: Bench) -> None:
    caller = bench.outside(0)
    await caller.call(bench.pilot)
    await caller.hears(Tone.RINGBACK, within_s=10)
    await bench.passes(8)
    caller.hang_up()
    record = await bench.record()
    assert record.cause is Cause.CALLER_GAVE_UP
    assert record.answered is None
    assert record.caller.number == caller.number
    await bench.idle()


@scenario("F6", "F40")
async def the_record_names_the_line_a_call_came_in_on(bench: Bench) -> None:
    first = await call_in(bench, 0)
    second = await call_in(bench, 1)
    first.hang_up()
    second.hang_up()
    lines = sorted([(await bench.record()).line, (await bench.record()).line])
    assert lines == [1, 2]


@scenario("A37", "F116")
async def a_fifth_caller_on_four_lines_hears_busy(bench: Bench) -> None:
    for index in range(4):
        await call_in(bench, index)
    late = bench.outside(4)
    await late.call(bench.pilot)
    await late.hears(Tone.BUSY, within_s=10)


@scenario("F105", settings=shapes.no_recording_notice)
async def the_record_says_when_no_notice_was_played(bench: Bench) -> None:
    await bench.log_in(101, "803")
    caller, _desk = await connected(bench)
    caller.hang_up()
    assert not (await bench.record()).notice


@scenario("F105", "C11")
async def a_key_does_not_cut_the_recording_notice_short(bench: Bench) -> None:
    await bench.log_in(101, "803")
    caller = await call_in(bench, keys="1")
    await bench.desk("803").rings(within_s=20)
    caller.hang_up()
    assert (await bench.record()).notice
