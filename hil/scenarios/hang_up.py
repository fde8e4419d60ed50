# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""How a far hang-up is found, by evidence, and never where somebody still speaks."""

from __future__ import annotations

from dataclasses import replace

from drivers.simulated import Disconnect
from dsp.vocabulary import Tone
from hil import settings as shapes
from hil.bench import Ability, Bench
from hil.scenario import scenario
from hil.scenarios import connected


def lines_that(bench: Bench, disconnect: Disconnect) -> None:
    for line in bench.lines.values():
        line.profile = replace(line.profile, disconnect=disconnect)


async def released_by_evidence(bench: Bench, within_s: float) -> list[str]:
    await bench.log_in(101, "803")
    caller, desk = await connected(bench)
    caller.hang_up()
    await bench.agent_is(101, "wrap_up", within_s=within_s)
    await desk.hears(Tone.BUSY)
    desk.hang_up()
    record = await bench.record()
    assert record.released_by == "caller"
    await bench.idle()
    return [evidence.kind for evidence in record.legs[0].evidence]


@scenario("A3", "C3")
async def busy_tone_over_three_cycles_ends_the_call_and_is_kept_as_evidence(bench: Bench) -> None:
    lines_that(bench, Disconnect.BUSY_TONE)
    assert "busy_tone" in await released_by_evidence(bench, within_s=10)


@scenario("A3", "C3")
async def a_loop_drop_ends_the_call_at_once(bench: Bench) -> None:
    lines_that(bench, Disconnect.LOOP_DROP)
    assert await released_by_evidence(bench, within_s=3) == ["loop_drop"]


@scenario(
    "A3", needs=(Ability.POLARITY,), settings=lambda: shapes.lines_like(hangup_proofs=("reversal", "tone"))
)
async def a_reversal_ends_the_call_where_the_line_gives_it(bench: Bench) -> None:
    lines_that(bench, Disconnect.REVERSAL)
    assert "reversal" in await released_by_evidence(bench, within_s=10)


@scenario("A3", "C3", needs=(Ability.VIRTUAL_TIME,), settings=lambda: shapes.lines_like(longest_silence_s=30))
async def a_line_that_never_releases_is_ended_by_its_silence(bench: Bench) -> None:
    lines_that(bench, Disconnect.SILENCE)
    assert "silence" in await released_by_evidence(bench, within_s=60)


@scenario("C1", "C2")
async def busy_tone_does_not_end_a_call_in_which_the_caller_still_speaks(bench: Bench) -> None:
    await bench.log_in(101, "803")
    caller, desk = await connected(bench)
    caller.speak(10_000)
    await bench.passes(10)
    assert not bench.desk("803").log.tones
    await desk.talks_to(caller)


@scenario("C26", "C2", needs=(Ability.LINE_FAULTS,))
async def a_customers_keys_echoed_by_the_agents_phone_trigger_nothing(bench: Bench) -> None:
    await bench.log_in(101, "803")
    caller, desk = await connected(bench)
    await caller.press("##")
    await caller.press("*12")
    await bench.passes(5)
    await desk.talks_to(caller, within_s=10)
    await bench.agent_is(101, "talking")
