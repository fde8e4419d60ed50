# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""110, 119, 120 and 122: from every phone, in every state, at once."""

from __future__ import annotations

from dsp.vocabulary import Tone
from firmware.exchange.vocabulary import Cause
from firmware.settings.model import Flow, RingNode, Settings
from hil import settings as shapes
from hil.bench import Ability, Bench
from hil.scenario import scenario
from hil.scenarios import call_in


async def reaches_the_emergency_desk(bench: Bench, extension: str, digits: str) -> None:
    phone = bench.desk(extension)
    if not phone.off_hook:
        phone.lift()
    await phone.hears(Tone.DIAL)
    await phone.dial(digits)
    desk = bench.emergency_desk()
    await desk.rings(within_s=20)
    await bench.passes(2)
    await phone.talks_to(desk)
    phone.hang_up()
    await bench.passes(3)
    desk.hang_up()
    await bench.passes(15)


@scenario("U17")
async def every_emergency_number_goes_out_with_and_without_the_prefix(bench: Bench) -> None:
    for number in ("110", "119", "120", "122"):
        await reaches_the_emergency_desk(bench, "805", number)
    await reaches_the_emergency_desk(bench, "805", "9110")
    assert "emergency" in bench.alarms()


@scenario("U17")
async def a_tap_on_the_hook_does_not_put_110_on_hold(bench: Bench) -> None:
    phone = bench.desk("805")
    await phone.call("110")
    desk = bench.emergency_desk()
    await desk.rings(within_s=20)
    await phone.talks_to(desk, within_s=10)
    phone.flash()
    await bench.passes(1)
    await desk.talks_to(phone)
    phone.hang_up()
    await bench.idle()


@scenario("U17", settings=shapes.direct_dialling)
async def an_emergency_number_goes_out_in_direct_mode(bench: Bench) -> None:
    await reaches_the_emergency_desk(bench, "806", "120")


@scenario("U17")
async def a_paused_agents_phone_calls_110(bench: Bench) -> None:
    await bench.log_in(101, "803")
    desk = bench.desk("803")
    await desk.call("*461")
    await desk.hears_speech(within_s=8)
    desk.hang_up()
    await bench.passes(1)
    await reaches_the_emergency_desk(bench, "803", "110")


@scenario("U17", needs=(Ability.VIRTUAL_TIME,))
async def a_locked_out_phone_calls_110_as_it_lies_there_and_after_its_hook_was_down(bench: Bench) -> None:
    desk = bench.desk("804")
    desk.lift()
    await desk.hears(Tone.HOWLER, within_s=90)
    await desk.hears_silence(for_s=5, within_s=90)
    assert "locked_out" in bench.alarms()
    await desk.dial("110")
    emergency = bench.emergency_desk()
    await emergency.rings(within_s=20)
    await bench.passes(2)
    await desk.talks_to(emergency)
    desk.hang_up()
    await bench.passes(3)
    emergency.hang_up()
    await bench.passes(15)
    await reaches_the_emergency_desk(bench, "804", "119")


@scenario("U17", "A16")
async def with_no_line_free_the_least_important_call_gives_way_to_110(bench: Bench) -> None:
    await bench.log_in(101, "803")
    talking = await call_in(bench, 0, "1")
    agent = bench.desk("803")
    await agent.rings(within_s=20)
    agent.lift()
    for index in (1, 2, 3):
        await call_in(bench, index, "1")
    phone = bench.desk("806")
    await phone.call("110")
    desk = bench.emergency_desk()
    await desk.rings(within_s=25)
    await phone.talks_to(desk, within_s=10)
    assert talking.off_hook
    await talking.talks_to(agent)  # who talks is not cut off while somebody only waits
    gave_way = await bench.record()
    assert gave_way.cause is Cause.GAVE_WAY


def a_phone_for_each_line() -> Settings:
    """A centre whose line n rings phone 80n, for two minutes."""
    base = shapes.centre()
    flows = tuple(
        Flow(name=f"line{n}", start="ring", nodes={"ring": RingNode(extensions=(f"80{n}",), ring_s=120)})
        for n in range(1, 5)
    )
    lines = tuple(line.model_copy(update={"flow": f"line{line.port}"}) for line in base.lines)
    return base.model_copy(update={"flows": flows, "lines": lines})


@scenario("U17", settings=a_phone_for_each_line)
async def with_every_line_ringing_110_still_goes_out(bench: Bench) -> None:
    for index in range(4):
        await bench.outside(index).call(bench.pilot)
    for extension in ("801", "802", "803", "804"):
        await bench.desk(extension).rings(within_s=20)
    phone = bench.desk("806")
    await phone.call("110")
    desk = bench.emergency_desk()
    await desk.rings(within_s=25)
    await phone.talks_to(desk, within_s=10)
    gave_way = await bench.record()
    assert (gave_way.cause, gave_way.answered, gave_way.released_by) == (Cause.GAVE_WAY, None, "us")
