# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Desk phones calling out: dial tone, digits, answers and refusals, barred numbers, glare."""

from __future__ import annotations

from dataclasses import replace

from drivers.simulated import TRUNK_LINE, Faults, Treatment
from dsp.vocabulary import Tone
from firmware.exchange.vocabulary import Cause, Certainty
from hil import settings as shapes
from hil.bench import Ability, Bench
from hil.scenario import scenario
from hil.scenarios import call_in, hung_up_on


@scenario("F15", "F60", "A5", "C4")
async def a_desk_phone_calls_out_with_the_prefix_on_the_last_line(bench: Bench) -> None:
    caller, outside = bench.desk("801"), bench.outside(0)
    await caller.call("9" + outside.number)
    await outside.rings(within_s=20)
    await caller.hears(Tone.RINGBACK, within_s=8)
    outside.lift()
    await outside.talks_to(caller)
    await caller.talks_to(outside)
    await bench.passes(10)
    outside.hang_up()
    await hung_up_on(bench, caller)
    record = await bench.record()
    assert (record.direction, record.called, record.line) == ("out", outside.number, 4)
    assert record.legs[1].certainty is Certainty.LIKELY
    assert record.legs[1].recording
    await bench.idle()


@scenario("F15", settings=shapes.direct_dialling)
async def in_direct_mode_numbers_go_out_as_dialled_and_hash_calls_inside(bench: Bench) -> None:
    caller, outside = bench.desk("801"), bench.outside(0)
    await caller.call(outside.number)
    await outside.rings(within_s=20)
    caller.hang_up()
    await outside.stops_ringing(within_s=10)
    await caller.call("#802")
    await bench.desk("802").rings(within_s=8)


@scenario("A5", needs=(Ability.POLARITY,), settings=lambda: shapes.lines_like(answer_reversal=True))
async def a_reversal_makes_the_answer_sure(bench: Bench) -> None:
    for line in bench.lines.values():
        line.profile = TRUNK_LINE
    caller, outside = bench.desk("801"), bench.outside(0)
    await caller.call("9" + outside.number)
    await outside.rings(within_s=20)
    outside.lift()
    await bench.passes(3)
    outside.hang_up()
    caller.hang_up()
    assert (await bench.record()).legs[1].certainty is Certainty.SURE


@scenario("F53", "F15")
async def a_busy_number_gives_busy_tone_and_the_record_says_busy(bench: Bench) -> None:
    bench.exchange.treat("13700000001", Treatment.BUSY)
    caller = bench.desk("801")
    await caller.call("913700000001")
    await caller.hears(Tone.BUSY, within_s=25)
    await bench.passes(6)  # the exchange is heard first, then the box concludes
    caller.hang_up()
    record = await bench.record()
    assert record.cause is Cause.BUSY
    assert record.answered is None


@scenario("F53")
async def a_vacant_number_is_told_and_recorded_as_vacant(bench: Bench) -> None:
    bench.exchange.treat("13700000002", Treatment.VACANT)
    caller = bench.desk("801")
    await caller.call("913700000002")
    await caller.hears(Tone.VACANT, within_s=25)
    await bench.passes(6)  # the exchange is heard first, then the box concludes
    caller.hang_up()
    assert (await bench.record()).cause is Cause.VACANT


@scenario("F53")
async def congestion_in_the_network_is_told_from_a_busy_number(bench: Bench) -> None:
    bench.exchange.treat("13700000003", Treatment.CONGESTION)
    caller = bench.desk("801")
    await caller.call("913700000003")
    await caller.hears(Tone.CONGESTION, within_s=25)
    await bench.passes(6)  # the exchange is heard first, then the box concludes
    caller.hang_up()
    assert (await bench.record()).cause is Cause.CONGESTION


@scenario("F15", "C3")
async def barred_numbers_do_not_go_out(bench: Bench) -> None:
    caller = bench.desk("801")
    for number in ("90044123456", "9168123456"):
        await caller.call(number)
        await caller.hears_speech(within_s=10)
        caller.hang_up()
        await bench.passes(2)
    for beginning, rest in (
        ("90", "044123456"),
        ("91", "68123456"),
    ):  # the exchange must not collect it in two parts
        await caller.call(beginning)
        await bench.passes(5)
        await caller.press(rest)
        await bench.passes(10)
        caller.hang_up()
        await bench.passes(2)
    assert not bench.exchange.dialled


@scenario("F15", "F116", needs=(Ability.VIRTUAL_TIME,))
async def with_all_lines_busy_a_phone_is_told_so(bench: Bench) -> None:
    for index in range(4):
        await call_in(bench, index)
    caller = bench.desk("805")
    await caller.call("9" + bench.outside(5).number)
    await caller.hears_speech(within_s=10)


@scenario("C3", needs=(Ability.LINE_FAULTS,))
async def a_line_without_dial_tone_is_passed_over_for_the_next(bench: Bench) -> None:
    bench.lines[4].faults = Faults(no_dial_tone=1.0)
    caller, outside = bench.desk("801"), bench.outside(0)
    await caller.call("9" + outside.number)
    await outside.rings(within_s=30)
    assert bench.exchange.dialled[-1][1].endswith(outside.number)


@scenario("F15", needs=(Ability.LINE_FAULTS,))
async def glare_goes_to_the_incoming_call_and_the_outgoing_takes_another_line(bench: Bench) -> None:
    line = bench.lines[4]
    line.profile = replace(line.profile, first_ring_delay_ms=6_000)
    incoming, caller, outside = bench.outside(3), bench.desk("805"), bench.outside(6)
    await incoming.call(line.number)
    await caller.call("9" + outside.number)
    incoming.speak(2_000)
    await outside.rings(within_s=30)
    outside.lift()
    await outside.talks_to(caller, within_s=10)
    await incoming.hears_speech(within_s=30)
    caller.hang_up()
    incoming.hang_up()
    records = {record.direction: record for record in (await bench.record(), await bench.record(within_s=60))}
    assert (records["in"].line, records["in"].notice) == (4, True)
    assert (records["out"].line, records["out"].cause) == (3, Cause.NORMAL)
    refused = [entry.detail for entry in records["out"].timeline if entry.what == "leg.refused"]
    assert refused == [{"line": 4, "cause": "glare"}]


@scenario("C3", settings=lambda: shapes.lines_like(longest_call_s=60), needs=(Ability.VIRTUAL_TIME,))
async def the_longest_call_of_a_line_ends_it(bench: Bench) -> None:
    caller, outside = bench.desk("801"), bench.outside(0)
    await caller.call("9" + outside.number)
    await outside.rings(within_s=20)
    outside.lift()
    outside.speak()
    caller.speak()
    record = await bench.record(within_s=120)
    assert record.cause is Cause.TOO_LONG
