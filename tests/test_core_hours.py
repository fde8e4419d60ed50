# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Opening hours: spans, midnight, holidays, and workdays that are none."""

from datetime import datetime

import pytest

from firmware.exchange.steps.hours import is_open
from firmware.settings.model import Hours

OFFICE = Hours(name="office", fri=("09:00-12:00", "13:30-18:00"))
NIGHT = Hours(name="night", fri=("22:00-06:00",), sat=())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-06-05 08:59", False),
        ("2026-06-05 09:00", True),
        ("2026-06-05 11:59", True),
        ("2026-06-05 12:00", False),
        ("2026-06-05 13:30", True),
        ("2026-06-05 18:00", False),
        ("2026-06-06 10:00", False),
    ],
)
def test_a_span_begins_with_its_first_minute_and_ends_before_its_last(moment: str, expected: bool) -> None:
    assert is_open(OFFICE, at(moment)) is expected


def test_a_span_past_midnight_belongs_to_the_day_it_began_on() -> None:
    assert is_open(NIGHT, at("2026-06-05 23:00"))
    assert is_open(NIGHT, at("2026-06-06 05:59"))
    assert not is_open(NIGHT, at("2026-06-06 06:00"))
    assert not is_open(NIGHT, at("2026-06-05 05:00"))


def test_a_span_to_24_00_lasts_to_midnight() -> None:
    hours = Hours(name="late", fri=("20:00-24:00",), sat=())
    assert is_open(hours, at("2026-06-05 23:59"))
    assert not is_open(hours, at("2026-06-06 00:00"))


def test_a_holiday_is_closed_and_an_open_date_wins_over_its_weekday() -> None:
    hours = OFFICE.model_copy(
        update={"closed_dates": ("2026-06-05",), "open_dates": {"2026-06-06": ("10:00-11:00",)}}
    )
    assert not is_open(hours, at("2026-06-05 10:00"))
    assert is_open(hours, at("2026-06-06 10:30"))
