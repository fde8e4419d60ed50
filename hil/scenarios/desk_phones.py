# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Desk phones: calling each other, the hook switch, star codes, phones left off hook."""

from __future__ import annotations

from dsp.vocabulary import Tone
from firmware.exchange.vocabulary import Cause
from hil import settings as shapes
from hil.bench import PIN, Ability, Bench
from hil.scenario import scenario
from hil.scenarios import desk_call


@scenario("F60", "F40", "U9")
async def two_desk_phones_talk_and_the_record_says_internal(bench: Bench) -> None:
    caller, other = await desk_call(bench, "801", "802")
    await other.talks_to(caller)
    caller.hang_up()
    await other.hears(Tone.BUSY, within_s=3)
    other.hang_up()
    record = await bench.record()
    assert (record.direction, record.called, record.cause) == ("internal", "802", Cause.NORMAL)
    assert record.legs[0].recording and not record.legs[1].recording
    await bench.idle()


@scenario("U9")
async def a_busy_phone_gives_busy_tone(bench: Bench) -> None:
    bench.desk("802").lift()
    caller = bench.desk("801")
    await caller.call("802")
    await caller.hears(Tone.BUSY, within_s=5)


@scenario("U9")
async def an_extension_that_is_not_there_is_told(bench: Bench) -> None:
    caller = bench.desk("801")
    await caller.call("899")
    await caller.hears(Tone.VACANT, within_s=10)


@scenario("U9", needs=(Ability.VIRTUAL_TIME,))
async def an_unanswered_desk_call_ends_by_itself(bench: Bench) -> None:
    caller = bench.desk("801")
    await caller.call("802")
    await caller.hears(Tone.RINGBACK, within_s=8)
    await bench.desk("802").rings()
    await caller.hears(Tone.BUSY, within_s=70)
    caller.hang_up()
    assert (await bench.record()).cause is Cause.NO_ANSWER


@scenario("U10")
async def a_phone_with_a_dial_plate_calls_an_extension(bench: Bench) -> None:
    caller = bench.desk("801")
    caller.lift()
    await caller.hears(Tone.DIAL)
    await caller.pulse("802")
    await bench.desk("802").rings(within_s=8)


@scenario("U10", "C9", needs=(Ability.VIRTUAL_TIME,))
async def a_phone_left_off_hook_gets_busy_then_howler_then_nothing_and_is_not_rung(bench: Bench) -> None:
    await bench.log_in(101, "803")
    desk = bench.desk("803")
    desk.lift()
    await desk.hears(Tone.DIAL)
    await desk.hears(Tone.BUSY, within_s=20)
    await desk.hears(Tone.HOWLER, within_s=60)
    await desk.hears_silence(for_s=5, within_s=90)
    assert "locked_out" in bench.alarms()
    await bench.agent_is(101, "busy")
    caller = bench.desk("801")
    await caller.call("803")
    await caller.hears(Tone.BUSY, within_s=5)
    desk.hang_up()
    await bench.agent_is(101, "idle")


@scenario("U10", "C28")
async def a_hook_opening_of_40_ms_is_nothing(bench: Bench) -> None:
    caller, other = await desk_call(bench, "801", "802")
    caller.flash(40)
    await bench.passes(1)
    await other.talks_to(caller)


@scenario("U10", "C28", "C27")
async def a_hook_opening_just_beyond_the_window_holds_an_outside_party(bench: Bench) -> None:
    caller = bench.desk("801")
    await caller.call("9" + bench.outside(0).number)
    outside = bench.outside(0)
    await outside.rings(within_s=20)
    outside.lift()
    await outside.talks_to(caller)
    caller.flash(850)
    await bench.passes(1)
    assert outside.off_hook
    await outside.hears_speech(within_s=5)  # music: held, not cut off


@scenario("A27", "F32", "U11", "C21")
async def an_agent_logs_in_pauses_and_logs_out_by_codes_with_spoken_results(bench: Bench) -> None:
    await bench.log_in(101, "803")
    report = await bench.agent_is(101, "idle")
    assert (report.extension, report.queues) == ("803", (1,))
    desk = bench.desk("803")
    for code, state in (("*462", "paused"), ("*48", "idle"), ("*12", "logged_out")):
        await desk.call(code)
        await desk.hears_speech(within_s=8)
        desk.hang_up()
        await bench.agent_is(101, state)


@scenario("U11", "C29")
async def a_wrong_pin_is_refused_and_told(bench: Bench) -> None:
    desk = bench.desk("803")
    await desk.call("*11101#")
    await desk.press("9999#")
    await desk.hears_speech(within_s=8)
    desk.hang_up()
    await bench.agent_is(101, "logged_out")


@scenario("U11")
async def a_second_agent_at_one_phone_is_refused(bench: Bench) -> None:
    await bench.log_in(101, "803")
    desk = bench.desk("803")
    await desk.call("*11102#")
    await desk.press(PIN + "#")
    await desk.hears_speech(within_s=8)
    desk.hang_up()
    await bench.agent_is(102, "logged_out")
    await bench.agent_is(101, "idle")


@scenario("A27", "F32")
async def an_agent_joins_and_leaves_queues_by_codes(bench: Bench) -> None:
    await bench.log_in(101, "803")
    desk = bench.desk("803")
    for code, queues in (("*452", (1, 2)), ("*441", (2,)), ("*440", ())):
        await desk.call(code)
        await desk.hears_speech(within_s=10)
        desk.hang_up()
        await bench.passes(1)
        assert (await bench.agent_is(101, "idle")).queues == queues


@scenario("A27", "U20")
async def the_phone_speaks_codes_waiting_callers_itself_and_the_boxs_address(bench: Bench) -> None:
    desk = bench.desk("801")
    for code in ("*10", "*47", "*65", "*68"):
        await desk.call(code)
        await desk.hears_speech(within_s=8)
        desk.hang_up()
        await bench.passes(1)


@scenario("U18", settings=shapes.with_hotline)
async def a_hotline_calls_its_number_on_lifting(bench: Bench) -> None:
    bench.desk("808").lift()
    await bench.desk("801").rings(within_s=5)


@scenario("U9")
async def the_operator_answers_0(bench: Bench) -> None:
    await bench.desk("805").call("0")
    await bench.desk("801").rings(within_s=8)


@scenario("U10", "C6")
async def a_phone_lifted_while_caller_id_is_sent_is_simply_connected(bench: Bench) -> None:
    caller, other = bench.desk("801"), bench.desk("802")
    await caller.call("802")
    await other.rings()
    await bench.passes(1.5)  # in the first silence, where caller ID is sent
    other.lift()
    await caller.talks_to(other)
