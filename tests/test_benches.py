# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The benches as their files say them, and what a bench's report tells."""

import asyncio

import pytest

from drivers.port import CardAct, CardFact, GoOffHook, OffHook
from drivers.simulated import Layout, SimulatedCard
from firmware.virtual import open_far_engine
from hil.bench import Ability
from hil.benches import plans
from hil.kernel.real_time import Figures
from hil.kernel.trace import Trace, TracedCard
from hil.outcome import Outcome
from hil.scenario import LACKS, all_scenarios
from hil.settings import LINES, PHONES


def test_every_bench_has_the_ports_the_scenarios_play_on() -> None:
    for plan in plans().values():
        assert (plan.fxo, plan.fxs) == (len(LINES), len(PHONES)), plan.name


def test_the_simulated_bench_can_do_everything() -> None:
    assert not LACKS["sim"]
    assert all("sim" in scenario.benches for scenario in all_scenarios())


def test_a_scenario_that_a_bench_can_not_play_says_why() -> None:
    for scenario in all_scenarios():
        for bench in plans():
            assert bool(scenario.why_not(bench)) == (bench not in scenario.benches)
    reversal = next(each for each in all_scenarios() if Ability.POLARITY in each.needs)
    assert "DAHDI_SETPOLARITY" in reversal.why_not("kernel")


def test_every_port_of_the_cabled_bench_has_one_cable() -> None:
    plan = plans()["cabled"]
    ports, channels = zip(*plan.cables, strict=True)
    assert sorted(ports) == list(range(1, plan.fxo + plan.fxs + 1))
    assert len({*ports, *channels}) == 2 * len(ports)


def test_the_kernel_bench_plays_forty_scenarios_and_more() -> None:
    assert sum("kernel" in scenario.benches for scenario in all_scenarios()) >= 40


def test_a_trace_tells_what_both_ends_of_a_line_saw_in_its_order() -> None:
    async def lift() -> tuple[str, ...]:
        trace = Trace()
        facts: list[CardFact] = []
        card = SimulatedCard(open_far_engine, Layout(fxo=1, fxs=1, outside=1), real_time=False)
        traced = TracedCard(card, trace)
        media = open_far_engine(2, 160)
        traced.attach(media)
        traced.start(facts.append)
        act: CardAct = GoOffHook(1)
        traced.act(act)
        trace.note(2, "far", "closes")
        card.desks[2].lift()
        await asyncio.sleep(0.1)
        traced.close()
        media.close()
        assert facts == [OffHook(2)]
        return trace.notes()

    does, closes, hears = asyncio.run(lift())
    assert "port  1  box  does GoOffHook" in does
    assert "port  2  far  closes" in closes
    assert "port  2  box  hears OffHook" in hears


def test_a_trace_is_not_for_the_file_of_results() -> None:
    outcome = Outcome("a_call", ("F1",), "failed", "no ring", 1.23456, ("port 1",))
    assert outcome.as_json() == {
        "scenario": "a_call",
        "features": ["F1"],
        "result": "failed",
        "why": "no ring",
        "seconds": 1.235,
    }


@pytest.mark.parametrize("figures", [Figures(why="cut off after 150 s"), Figures(20, 4, 3, 180.0, 0.5)])
def test_the_real_time_part_says_what_it_found_or_why_it_found_nothing(figures: Figures) -> None:
    assert figures.passed == (not figures.why)
    assert (figures.why or "3 blocks of 2 ms lost on 4 ports in 20 s (goal 0)") in figures.text()
