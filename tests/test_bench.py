# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The measurements of `make bench`, in miniature: that they work and what they say, never how fast we are."""

from collections.abc import Callable

import pytest

from firmware.traffic import Plan
from tests.bench import bench_core
from tests.bench.__main__ import GOALS, MEASURES, Figure, Figures, Size, judged, line, met

FEW_MINUTES = Plan(hours=0.05, agents=3, lines=3, calls=6)
MINIATURE = Size(
    media_calls=2,
    media_s=0.2,
    tick_calls=2,
    tick_s=0.2,
    latency_s=0.6,
    busy_hour=FEW_MINUTES,
    core_runs=1,
    day=FEW_MINUTES,
    day_with_media=Plan(hours=0.02, agents=2, lines=2, calls=2, media=True),
    ports=2,
    starts=1,
    service_s=0.5,
)

KEYS = (
    "recorded_calls_per_core",
    "share_of_detectors",
    "tick_p999_us",
    "tick_late_p999_us",
    "one_way_latency_ms",
    "core_events_per_second",
    "virtual_day_s",
    "virtual_day_media_off_s",
    "rss_mb",
    "cpu_percent_20_calls",
    "start_s",
)


def test_the_table_has_the_keys_that_were_set_as_goals() -> None:
    assert set(GOALS) == set(KEYS)


def test_every_goal_is_measured_once() -> None:
    assert sorted(key for keys in MEASURES.values() for key in keys) == sorted(GOALS)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.__name__)
def test_each_measurement_gives_its_figures(measure: Callable[[Size], Figures]) -> None:
    figures = measure(MINIATURE)
    assert tuple(figures) == MEASURES[measure]
    assert all(figure.value > 0 for figure in figures.values())
    for key, row in judged(figures).items():
        assert (row["goal"], row["unit"]) == (GOALS[key].value, GOALS[key].unit)
        assert line(key, row).startswith(key)


def test_more_is_better_or_less_is_as_the_goal_says() -> None:
    assert met("core_events_per_second", Figure(20_000)) is True
    assert met("core_events_per_second", Figure(19_999)) is False
    assert met("start_s", Figure(2.0)) is True
    assert met("start_s", Figure(2.1)) is False


def test_lateness_is_held_to_its_goal_in_real_time_scheduling_only() -> None:
    assert met("tick_late_p999_us", Figure(900, "other")) is None
    assert met("tick_late_p999_us", Figure(900, "fifo")) is False
    assert met("tick_late_p999_us", Figure(400, "fifo")) is True


def test_facts_that_have_other_effects_are_not_measured() -> None:
    entries = bench_core.journal_of(FEW_MINUTES)
    del entries[len(entries) // 2]
    with pytest.raises(ValueError, match="other effects"):
        bench_core.speed_of(entries, runs=1)
