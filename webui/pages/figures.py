# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of a day or of any span of days, per queue and agent, each beside its formula."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any

from firmware.store.figures import FORMULAS
from webui.visit import Visit

SPAN_DAYS_MAX = 366
FIRST_DAY = date(2000, 1, 1)
HOURLY_DAYS_MAX = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart: incoming calls that somebody talked to, and those nobody did."""

    label: str
    answered: int
    lost: int


def page(visit: Visit) -> str:
    since, until = _span(visit)
    zone = visit.site.timezone()
    edges = [
        int(datetime.combine(day, clock(), zone).timestamp()) * 10**9
        for day in (since, until + timedelta(days=1))
    ]
    names = visit.records.names(visit.reader)
    hourly = (until - since).days < HOURLY_DAYS_MAX
    now_ns = time.time_ns()
    (whole,) = visit.records.figures(visit.reader, edges[0], edges[1], now_ns)
    parts = visit.records.figures(
        visit.reader, edges[0], edges[1], now_ns, by="hour" if hourly else "day", timezone=names["timezone"]
    )
    return visit.render(
        "figures.html",
        since=since,
        until=until,
        today=datetime.now(zone).date(),
        figures=whole,
        bars=[_bar(part, hourly) for part in parts],
        names=names,
        formulas={key: text[visit.texts.language] for key, text in FORMULAS.items()},
    )


def _span(visit: Visit) -> tuple[date, date]:
    """The days asked for: today where nothing is, in order, and not so many that the box is busy with it."""
    today = datetime.now(visit.site.timezone()).date()
    since, until = (_day(visit.query(key), today) for key in ("from", "to"))
    if since > until:
        since, until = until, since
    return max(since, until - timedelta(days=SPAN_DAYS_MAX - 1)), until


def _day(typed: str, today: date) -> date:
    """The day typed, not before there were records nor after today, which is what there can be figures of."""
    try:
        return min(max(date.fromisoformat(typed), FIRST_DAY), today)
    except ValueError:
        return today


def _bar(part: dict[str, Any], hourly: bool) -> Bar:
    calls = part["calls"].get("in", {"calls": 0, "answered": 0, "talked": 0})
    label = part["label"][11:13] if hourly else part["label"][5:]
    return Bar(label, calls["talked"], calls["calls"] - calls["talked"])
