# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Random hours with faults, a few seeds of what `make sim` plays by the hundred; and the queue beside the formulas."""

import pytest

from tests.worlds.erlang_world import Case, needless_waits_s, run_case
from tests.worlds.faulty_hour import play_hour

SEEDS = range(1, 21)
WITH_SAMPLES = (1, 11)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_hour_with_faults_settles_and_leaves_nothing_over(seed: int) -> None:
    play_hour(seed, media=seed in WITH_SAMPLES)


def test_the_same_seed_gives_the_same_hour() -> None:
    first, second = (play_hour(7, media=False, hour_s=600) for _ in range(2))
    assert list(first.memory.calls) == list(second.memory.calls)


@pytest.mark.parametrize("case", [Case(120, 180, 8), Case(120, 180, 6, 120)], ids=["Erlang C", "Erlang A"])
def test_the_queue_agrees_with_the_formula(case: Case) -> None:
    outside = [
        metric for metric in run_case(case, range(30), warm_up_h=1, measured_h=2) if not metric.within_999
    ]
    assert outside == []


def test_nobody_waits_longer_than_first_come_first_served_makes_inevitable() -> None:
    needless_s = needless_waits_s(Case(270, 240, 20), seed=1, hours=6)
    assert len(needless_s) > 1000
    assert max(map(abs, needless_s)) < 0.1
