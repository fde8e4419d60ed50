# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated exchange's numbering plan."""

from __future__ import annotations

import pytest

from drivers.simulated.numbering import Completeness, NumberingPlan

PLAN = NumberingPlan(area_code="020", local_digits=8)


def complete_at(number: str) -> int | None:
    """After how many digits the plan calls the number complete."""
    for count in range(1, len(number) + 1):
        if PLAN.completeness(number[:count]) is Completeness.COMPLETE:
            return count
    return None


@pytest.mark.parametrize(
    "number",
    [
        "110",
        "119",
        "120",
        "122",
        "114",
        "12315",
        "10086",
        "95588",
        "13800138000",
        "16612345678",
        "013800138000",
        "02088880001",
        "01012345678",
        "88880001",
        "4008123123",
        "8001234567",
    ],
)
def test_a_number_is_complete_at_its_last_digit(number: str) -> None:
    assert complete_at(number) == len(number)


def test_what_may_still_grow_waits_for_the_time_out() -> None:
    assert PLAN.completeness("07601234567") is Completeness.MAYBE
    assert PLAN.completeness("96123") is Completeness.MAYBE
    assert PLAN.completeness("1380013") is Completeness.MORE


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("88880001", "02088880001"),
        ("02088880001", "02088880001"),
        ("013800138000", "13800138000"),
        ("01012345678", "01012345678"),
        ("110", "110"),
        ("4008123123", "4008123123"),
    ],
)
def test_a_number_has_one_normal_form(dialled: str, number: str) -> None:
    assert PLAN.normal(dialled) == number
