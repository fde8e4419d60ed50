# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Every scenario on the simulated bench, with events only and with real samples, and both tell the same story."""

import pytest

from firmware.exchange.vocabulary import CallRecord
from hil.bench import Ability
from hil.scenario import Scenario, all_scenarios
from hil.sim import SimBench, play

SCENARIOS = all_scenarios()


def story(record: CallRecord) -> tuple[object, ...]:
    """What a record says that must not depend on how sound is made: all but the moments."""
    legs = tuple((leg.role, leg.port, leg.direction, leg.cause, leg.agent) for leg in record.legs)
    visits = tuple((visit.queue, visit.outcome, visit.agent) for visit in record.queue_visits)
    return record.direction, record.called, record.cause, record.released_by, record.notice, legs, visits


def stories(bench: SimBench) -> list[tuple[object, ...]]:
    return [story(record) for record in bench.centre.records]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario_holds_on_both_engines(scenario: Scenario) -> None:
    with_samples = play(scenario, media=True)
    if Ability.AUDIO in scenario.needs:
        assert with_samples.centre.replay().agrees
        return
    with_events = play(scenario, media=False)
    assert stories(with_events) == stories(with_samples)
    for bench in (with_events, with_samples):
        assert bench.centre.replay().agrees
