# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Callers waiting and agents being rung: order, turn, misses, overflow, wrap-up."""

from __future__ import annotations

from firmware.exchange.commands import JoinQueue, LogOut, Pause, Ready
from firmware.exchange.vocabulary import Cause
from hil import settings as shapes
from hil.bench import Ability, Bench
from hil.scenario import scenario
from hil.scenarios import call_in, connected, hung_up_on


@scenario("F30", "F32")
async def the_agent_idle_longest_is_rung_first(bench: Bench) -> None:
    await bench.log_in(102, "804")
    await bench.passes(5)
    await bench.log_in(101, "803")
    await call_in(bench, keys="1")
    await bench.desk("804").rings(within_s=20)
    assert not bench.desk("803").being_rung


@scenario("F30", "C7")
async def ring_all_rings_everybody_and_the_first_answer_wins(bench: Bench) -> None:
    await bench.log_in(101, "803")
    await bench.log_in(102, "804")
    for agent in (101, 102):
        assert (await bench.command(JoinQueue(agent, 2))).ok
    caller = await call_in(bench, keys="2")
    first, second = bench.desk("803"), bench.desk("804")
    await first.rings(within_s=20)
    await second.rings(within_s=2)
    second.lift()
    await first.stops_ringing(within_s=5)  # between two bursts nobody can tell
    await caller.talks_to(second)
    await bench.agent_is(102, "talking")
    await bench.agent_is(101, "idle")


@scenario("C7", "C10")
async def two_agents_lifting_at_once_never_share_a_caller(bench: Bench) -> None:
    await bench.log_in(101, "803")
    await bench.log_in(102, "804")
    for agent in (101, 102):
        await bench.command(JoinQueue(agent, 2))
    caller = await call_in(bench, keys="2")
    first, second = bench.desk("803"), bench.desk("804")
    await first.rings(within_s=20)
    await second.rings(within_s=2)
    first.lift()
    second.lift()
    await bench.passes(1)
    talking = [agent for agent in (101, 102) if (await bench.agent_is(agent, "*")).state == "talking"]
    assert len(talking) == 1
    winner = first if talking == [101] else second
    await caller.talks_to(winner)


@scenario("F34", "F35", "C10")
async def a_waiting_caller_is_served_as_soon_as_an_agent_is_free(bench: Bench) -> None:
    await bench.log_in(101, "803")
    first, desk = await connected(bench)
    second = await call_in(bench, 1, "1")
    await bench.waiting(1, 1)
    first.hang_up()
    await hung_up_on(bench, desk)
    await bench.agent_is(101, "wrap_up")
    await desk.rings(within_s=15)
    desk.lift()
    await second.talks_to(desk)


@scenario("F34")
async def callers_are_served_in_the_order_of_their_arrival(bench: Bench) -> None:
    callers = []
    for index in range(3):
        callers.append(await call_in(bench, index, "1"))
        await bench.waiting(1, index + 1)
    await bench.log_in(101, "803")
    desk = bench.desk("803")
    for caller in callers:
        await desk.rings(within_s=20)
        desk.lift()
        await caller.talks_to(desk)
        caller.hang_up()
        await hung_up_on(bench, desk)


@scenario("F34", "F24", needs=(Ability.VIRTUAL_TIME,))
async def the_longest_wait_ends_in_the_overflow(bench: Bench) -> None:
    caller = await call_in(bench, keys="1")
    await bench.waiting(1, 1)
    await bench.waiting(1, 0, within_s=140)
    caller.hang_up()
    record = await bench.record()
    assert [visit.outcome for visit in record.queue_visits] == [Cause.MAX_WAIT.value]


@scenario("F35", "U6", "C11")
async def a_second_caller_hears_the_position_and_then_music(bench: Bench) -> None:
    await call_in(bench, 0, "1")
    await bench.waiting(1, 1)
    caller = await call_in(bench, 1, "1")
    await bench.waiting(1, 2)
    await caller.hears_speech(within_s=5)


@scenario("U2", "C20")
async def an_agent_who_misses_twice_is_paused_and_recovers_by_one_code(bench: Bench) -> None:
    await bench.log_in(101, "803")
    caller = await call_in(bench, keys="1")
    desk = bench.desk("803")
    for _ in range(2):
        await desk.rings(within_s=30)
        await desk.stops_ringing(within_s=25)
    report = await bench.agent_is(101, "paused")
    assert report.misses == 2
    await desk.call("*48")
    await desk.hears_speech(within_s=5)
    desk.hang_up()
    await desk.rings(within_s=10)
    desk.lift()
    await caller.talks_to(desk)


@scenario("U3", "C8")
async def wrap_up_keeps_the_agent_free_of_calls_until_its_deadline(bench: Bench) -> None:
    await bench.log_in(101, "803")
    caller, desk = await connected(bench)
    caller.hang_up()
    await hung_up_on(bench, desk)
    await bench.agent_is(101, "wrap_up")
    await call_in(bench, 1, "1")
    await bench.waiting(1, 1)
    await bench.agent_is(101, "reserved", within_s=12)


@scenario("U3", "A27")
async def wrap_up_ends_early_by_code(bench: Bench) -> None:
    await bench.log_in(101, "803")
    caller, desk = await connected(bench)
    caller.hang_up()
    await hung_up_on(bench, desk)
    await bench.agent_is(101, "wrap_up")
    await desk.call("*48")
    await desk.hears_speech(within_s=5)
    desk.hang_up()
    await bench.agent_is(101, "idle", within_s=3)


@scenario("F34", "C9")
async def a_caller_who_hangs_up_while_an_agent_is_rung_frees_the_agent(bench: Bench) -> None:
    await bench.log_in(101, "803")
    caller = await call_in(bench, keys="1")
    desk = bench.desk("803")
    await desk.rings(within_s=20)
    caller.hang_up()
    await desk.stops_ringing(within_s=10)
    await bench.agent_is(101, "idle")
    record = await bench.record()
    assert [visit.outcome for visit in record.queue_visits] == ["abandoned"]
    await bench.idle()


@scenario("F32")
async def an_admin_pauses_and_logs_out_an_agent(bench: Bench) -> None:
    await bench.log_in(101, "803")
    assert (await bench.command(Pause(101, 3))).ok
    report = await bench.agent_is(101, "paused")
    assert report.pause_code == 3
    assert (await bench.command(Ready(101))).ok
    await bench.agent_is(101, "idle")
    assert (await bench.command(LogOut(101))).ok
    await bench.agent_is(101, "logged_out")


@scenario("F32", "C9")
async def an_agent_on_an_own_call_is_not_rung(bench: Bench) -> None:
    await bench.log_in(101, "803")
    desk = bench.desk("803")
    desk.lift()
    await bench.agent_is(101, "busy")
    await call_in(bench, keys="1")
    await bench.waiting(1, 1)
    desk.hang_up()
    await desk.rings(within_s=5)


@scenario("U4", settings=lambda: shapes.queue_like(join_empty=False))
async def a_queue_with_nobody_logged_in_sends_callers_on_at_once(bench: Bench) -> None:
    caller = await call_in(bench, keys="1")
    await bench.passes(20)
    caller.hang_up()
    record = await bench.record()
    assert [visit.outcome for visit in record.queue_visits] == [Cause.NO_AGENTS.value]


@scenario("F34", settings=lambda: shapes.queue_like(callers_max=1))
async def a_full_queue_sends_callers_on(bench: Bench) -> None:
    await call_in(bench, 0, "1")
    await bench.waiting(1, 1)
    late = await call_in(bench, 1, "1")
    await bench.passes(20)
    late.hang_up()
    record = await bench.record()
    assert [visit.outcome for visit in record.queue_visits] == [Cause.FULL.value]
