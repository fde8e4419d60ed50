# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The measurements of `make bench`, in miniature: that they work and what they say, never how fast we are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.traffic import Plan
from hil.kernel.recipe import BenchError, find_kernel
from tests.bench import bench_core
from tests.bench.__main__ import (
    GOALS,
    MEASURES,
    Figure,
    Figures,
    Size,
    dahdi_cpu,
    dahdi_engine,
    dahdi_lost,
    dahdi_one_way,
    judged,
    line,
    measured,
    met,
)

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
    dahdi_channels=4,
    dahdi_s=0.5,
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
    "dahdi_cpu_percent_60",
    "dahdi_engine_percent_60",
    "dahdi_one_way_ms",
    "dahdi_lost_blocks",
)
IN_REAL_TIME_ON_THE_KERNEL = (dahdi_cpu, dahdi_one_way, dahdi_lost)
MAY_BE_NONE = ("dahdi_engine_percent_60",)  # the host counts hundredths of a second


def test_the_table_has_the_keys_that_were_set_as_goals() -> None:
    assert set(GOALS) == set(KEYS)


def test_every_goal_is_measured_once() -> None:
    assert sorted(key for keys in MEASURES.values() for key in keys) == sorted(GOALS)


def _needs_the_bench_kernel() -> None:
    try:
        find_kernel()
    except BenchError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.__name__)
def test_each_measurement_gives_its_figures(measure: Callable[[Size], Figures]) -> None:
    if measure in IN_REAL_TIME_ON_THE_KERNEL:
        pytest.skip("only a machine that does nothing else can: make bench does")
    if measure is dahdi_engine:
        _needs_the_bench_kernel()
    figures = measure(MINIATURE)
    assert tuple(figures) == MEASURES[measure]
    assert all(figure.value > 0 for key, figure in figures.items() if key not in MAY_BE_NONE)
    for key, row in judged(figures).items():
        assert (row["goal"], row["unit"]) == (GOALS[key].value, GOALS[key].unit)
        assert line(key, row).startswith(key)


def test_what_could_not_be_measured_is_said_and_neither_met_nor_missed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for measure in (dahdi_cpu, dahdi_engine, dahdi_one_way, dahdi_lost):
        ((key, row),) = judged(measured(measure, MINIATURE)).items()
        assert (row["value"], row["met"]) == (None, None)
        assert "not measured" in line(key, row)
        assert "make kernel-bench" in line(key, row)


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
