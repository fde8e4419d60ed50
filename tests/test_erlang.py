# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The queueing formulas against values worked out independently (Erlang tables, four digits)."""

import pytest

from firmware.erlang import blocking_probability, with_patience, without_patience

ERLANG_C = [
    (40, 180, 3, 0.4444, 80.00, 0.6023),
    (40, 180, 4, 0.1739, 15.65, 0.8607),
    (60, 180, 4, 0.5094, 91.70, 0.5441),
    (60, 180, 5, 0.2362, 21.25, 0.8109),
    (120, 180, 8, 0.3570, 32.13, 0.7142),
    (180, 240, 14, 0.4817, 57.80, 0.5922),
    (240, 240, 18, 0.5312, 63.74, 0.5504),
    (270, 240, 20, 0.5508, 66.09, 0.5338),
]
ERLANG_A = [
    (60, 180, 4, 120, 0.3297, 0.1221, 14.65),
    (120, 180, 6, 120, 0.5110, 0.1762, 21.15),
    (270, 240, 18, 180, 0.4981, 0.1002, 18.04),
]


@pytest.mark.parametrize(("calls", "handling_s", "agents", "waits", "asa_s", "level"), ERLANG_C)
def test_callers_without_patience_wait_as_erlang_c_says(
    calls: float, handling_s: float, agents: int, waits: float, asa_s: float, level: float
) -> None:
    found = without_patience(calls, handling_s, agents)
    assert found.wait_probability == pytest.approx(waits, abs=5e-5)
    assert found.wait_mean_s == pytest.approx(asa_s, abs=5e-3)
    assert found.service_level == pytest.approx(level, abs=5e-5)


@pytest.mark.parametrize(
    ("calls", "handling_s", "agents", "patience_s", "waits", "leave", "wait_s"), ERLANG_A
)
def test_callers_with_patience_leave_as_erlang_a_says(
    calls: float, handling_s: float, agents: int, patience_s: float, waits: float, leave: float, wait_s: float
) -> None:
    found = with_patience(calls, handling_s, agents, patience_s)
    assert found.wait_probability == pytest.approx(waits, abs=5e-5)
    assert found.abandon_probability == pytest.approx(leave, abs=5e-5)
    assert found.wait_mean_s == pytest.approx(wait_s, abs=5e-3)


def test_a_queue_that_can_not_keep_up_is_refused() -> None:
    with pytest.raises(ValueError, match="can't keep up"):
        without_patience(60, 180, 3)


def test_one_line_blocks_as_erlang_b_says() -> None:
    assert blocking_probability(1.0, 1) == 0.5
