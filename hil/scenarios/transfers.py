# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Hold and transfer by hook flash: blind, consultative, back, three-way; nobody held is ever lost."""

from __future__ import annotations

from drivers.simulated import DeskTelephone, OutsideTelephone
from dsp.vocabulary import Tone
from firmware.exchange.vocabulary import Cause
from hil import settings as shapes
from hil.bench import Ability, Bench
from hil.scenario import scenario
from hil.scenarios import connected, hung_up_on


async def holding(bench: Bench) -> tuple[OutsideTelephone, DeskTelephone]:
    """An agent has flashed in a call: the caller is held, the phone has dial tone."""
    await bench.log_in(101, "803")
    caller, desk = await connected(bench)
    desk.flash()
    await desk.hears(Tone.DIAL)
    return caller, desk


async def consulting(bench: Bench) -> tuple[OutsideTelephone, DeskTelephone, DeskTelephone]:
    """The agent talks with phone 806 while the caller is held."""
    caller, desk = await holding(bench)
    await desk.dial("806")
    other = bench.desk("806")
    await other.rings(within_s=8)
    other.lift()
    await desk.talks_to(other, within_s=10)
    await bench.passes(2)
    return caller, desk, other


@scenario("F38", "U10", "C13", "F60")
async def a_blind_transfer_by_flash_and_hanging_up(bench: Bench) -> None:
    caller, desk = await holding(bench)
    await caller.hears_speech(within_s=5)
    await desk.dial("806")
    other = bench.desk("806")
    await other.rings(within_s=8)
    desk.hang_up()
    other.lift()
    await caller.talks_to(other, within_s=10)
    await other.talks_to(caller)
    caller.hang_up()
    await hung_up_on(bench, other)
    record = await bench.record()
    assert [leg.role for leg in record.legs] == ["caller", "agent", "consult"]
    assert record.legs[1].cause is Cause.TRANSFERRED
    assert record.legs[0].recording and record.legs[0].talk_ms > 2000
    await bench.idle()


@scenario("F38", "C12")
async def a_consultative_transfer_talks_first(bench: Bench) -> None:
    caller, desk, other = await consulting(bench)
    desk.hang_up()
    await bench.passes(1)
    await other.talks_to(caller, within_s=10)


@scenario("F38", "C27")
async def a_flash_and_no_digit_returns_to_the_caller(bench: Bench) -> None:
    caller, desk = await holding(bench)
    await bench.passes(6)
    await desk.talks_to(caller, within_s=10)


@scenario("F38", "C27")
async def a_wrong_number_in_a_transfer_returns_to_the_caller(bench: Bench) -> None:
    caller, desk = await holding(bench)
    await desk.dial("899")
    await bench.passes(10)
    await desk.talks_to(caller, within_s=15)


@scenario("C27", "F38", needs=(Ability.VIRTUAL_TIME,))
async def a_transfer_nobody_answers_rings_back(bench: Bench) -> None:
    caller, desk = await holding(bench)
    await desk.dial("806")
    await bench.desk("806").rings(within_s=8)
    desk.hang_up()
    await desk.rings(within_s=60)
    await bench.desk("806").stops_ringing(within_s=5)
    desk.lift()
    await desk.talks_to(caller, within_s=10)


@scenario("C27", "F38")
async def hanging_up_on_a_held_caller_rings_back(bench: Bench) -> None:
    caller, desk = await holding(bench)
    desk.hang_up()
    await desk.rings(within_s=5)
    assert caller.off_hook
    desk.lift()
    await desk.talks_to(caller, within_s=10)


@scenario("C27", needs=(Ability.VIRTUAL_TIME,), settings=lambda: shapes.timers_like(ring_back_s=10))
async def a_ring_back_nobody_answers_goes_to_the_operator(bench: Bench) -> None:
    caller, desk = await holding(bench)
    desk.hang_up()
    await desk.rings(within_s=5)
    operator = bench.desk("801")
    await operator.rings(within_s=25)
    operator.lift()
    await operator.talks_to(caller, within_s=10)


@scenario("U10", "F38")
async def a_second_flash_swaps_between_the_two_parties(bench: Bench) -> None:
    caller, desk, _ = await consulting(bench)
    desk.flash()
    await bench.passes(0.5)
    await desk.press("2")
    await bench.passes(1)
    await desk.talks_to(caller, within_s=10)


@scenario("U10", "F38", "C1")
async def flash_and_3_makes_a_three_way_call(bench: Bench) -> None:
    caller, desk, other = await consulting(bench)
    desk.flash()
    await bench.passes(0.5)
    await desk.press("3")
    await bench.passes(1)
    await caller.talks_to(other, within_s=10)
    await bench.passes(2)
    await caller.talks_to(desk, within_s=10)


@scenario("C27", "U10")
async def a_busy_target_returns_the_transferor_to_the_caller(bench: Bench) -> None:
    await bench.log_in(101, "803")
    bench.desk("806").lift()
    caller, desk = await connected(bench)
    desk.flash()
    await desk.hears(Tone.DIAL)
    await desk.dial("806")
    await bench.passes(8)
    await desk.talks_to(caller, within_s=15)


@scenario("C27", "C3")
async def a_caller_who_hangs_up_while_held_ends_the_call(bench: Bench) -> None:
    caller, desk = await holding(bench)
    caller.hang_up()
    await bench.passes(15)
    desk.hang_up()
    await bench.record()
    await bench.idle()
