# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The `hours` node: one way when the centre is open, another when it is closed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from firmware.exchange.machine import Context, Outputs
from firmware.settings import model

if TYPE_CHECKING:
    from firmware.exchange.flow import Flow

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_open(hours: model.Hours, moment: datetime) -> bool:
    """Whether a moment (in the centre's zone) is within opening hours.

    A span ends before its second time; one that ends before it begins goes on past midnight.
    """
    yesterday = datetime.fromordinal(moment.toordinal() - 1)
    minute = moment.hour * 60 + moment.minute
    today_open = any(_within(span, minute) for span in _spans(hours, moment))
    return today_open or any(_past_midnight(span, minute) for span in _spans(hours, yesterday))


def _spans(hours: model.Hours, day: datetime) -> tuple[tuple[int, int], ...]:
    date = day.date().isoformat()
    if date in hours.open_dates:
        texts = hours.open_dates[date]
    elif date in hours.closed_dates:
        texts = ()
    else:
        texts = getattr(hours, WEEKDAYS[day.weekday()])
    return tuple((_minute(text[:5]), _minute(text[6:])) for text in texts)


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _within(span: tuple[int, int], minute: int) -> bool:
    begin, end = span
    return begin <= minute < end if begin < end else minute >= begin


def _past_midnight(span: tuple[int, int], minute: int) -> bool:
    begin, end = span
    return end <= begin and minute < end


def enter_hours(node: model.HoursNode, flow: Flow, context: Context) -> Outputs:
    settings = flow.settings(context)
    hours = next(hours for hours in settings.hours if hours.name == node.hours)
    zone = ZoneInfo(settings.centre.timezone)
    moment = datetime.fromtimestamp(context.now.civil_ns / 1e9, UTC).astimezone(zone)
    open_now = is_open(hours, moment)
    mark = flow.mark("hours", hours=hours.name, open=open_now)
    return (mark, *flow.go(node.open if open_now else node.closed, context))
