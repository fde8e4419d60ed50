# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of queues and agents over a span of time, each with its formula in words.

Service level counts from entry into the queue; the menu before it is left out.  Every denominator is stated,
and the service levels stand side by side, because each centre swears by another one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

SHORT_ABANDON_MS = 5_000  # who gives up sooner is counted as never having waited
SERVICE_LEVEL_S = 20  # where a queue isn't in the settings any more
STATE_LONGEST_NS = (
    31 * 86_400 * 1_000_000_000
)  # an agent's state that began before this span's month is not read
BUCKETS_MAX = 1_000

FORMULAS: dict[str, dict[str, str]] = {
    "service_level_offered": {
        "en": "answered within T / offered",
        "zh": "T 秒内接听数 ÷ 进队数",
    },
    "service_level_less_short": {
        "en": "answered within T / (offered - abandoned within 5 s)",
        "zh": "T 秒内接听数 ÷（进队数 − 5 秒内放弃数）",
    },
    "service_level_answered": {
        "en": "answered within T / answered",
        "zh": "T 秒内接听数 ÷ 接听数",
    },
    "asa_s": {
        "en": "waiting time of answered calls / answered",
        "zh": "已接听来电的等待时长之和 ÷ 接听数",
    },
    "abandonment": {"en": "abandoned / offered", "zh": "放弃数 ÷ 进队数"},
    "aht_s": {
        "en": "(talk + hold + wrap-up) / calls handled",
        "zh": "（通话 + 保持 + 话后处理时长）÷ 处理的通话数",
    },
    "occupancy": {
        "en": "(talk + hold + wrap-up) / (talk + hold + wrap-up + idle)",
        "zh": "（通话 + 保持 + 话后处理）÷（通话 + 保持 + 话后处理 + 空闲）",
    },
}


def ratio(part: float, whole: float) -> float | None:
    """part / whole, or None where there is nothing to divide by: no figure is not 0."""
    return part / whole if whole else None


def buckets(since_ns: int, until_ns: int, timezone: str, by: str) -> Iterator[tuple[str, int, int]]:
    """(label, since, until) of each local day or hour in the span; hours are real ones, so none is met
    twice."""
    zone = ZoneInfo(timezone)
    begin_ns, count = since_ns, 0
    while begin_ns < until_ns:
        count += 1
        if count > BUCKETS_MAX:
            raise ValueError(f"at most {BUCKETS_MAX} {by}s at once")
        local = datetime.fromtimestamp(begin_ns // 1_000_000_000, zone)
        if by == "day":
            midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), zone)
            end_ns = int(midnight.timestamp()) * 1_000_000_000
            label = local.date().isoformat()
        else:
            end_ns = (begin_ns // 3_600_000_000_000 + 1) * 3_600_000_000_000
            label = local.strftime("%Y-%m-%d %H:00 %z")
        yield label, begin_ns, min(end_ns, until_ns)
        begin_ns = end_ns


def queue_figures(db: sqlite3.Connection, since_ns: int, until_ns: int) -> list[dict[str, Any]]:
    """A row for every queue with visits in the span, and their sum (queue 0) at the end where there are
    several."""
    levels = _service_levels(db)
    rows = _queue_counts(db, levels, since_ns, until_ns)
    if len(rows) > 1:
        rows.append(_summed(rows))
    return [_with_queue_ratios(row) for row in rows]


def agent_figures(
    db: sqlite3.Connection, since_ns: int, until_ns: int, now_ns: int, agent: int = 0
) -> list[dict[str, Any]]:
    """A row for every agent (or one) with any time in the span.  Times in s; a state still going on counts up
    to now."""
    times = _state_times(db, since_ns, min(until_ns, now_ns), now_ns)
    handled = {
        int(row[0]): row[1:]
        for row in db.execute(
            "SELECT agent, count(*), sum(talk_ms), sum(hold_ms), max(talk_ms) FROM legs"
            " WHERE agent > 0 AND answered_ns IS NOT NULL AND began_ns >= ? AND began_ns < ? GROUP BY agent",
            (since_ns, until_ns),
        )
    }
    return [
        _agent_row(number, times.get(number, {}), handled.get(number, (0, 0, 0, 0)))
        for number in sorted(set(times) | set(handled))
        if agent in (0, number)
    ]


def call_figures(db: sqlite3.Connection, since_ns: int, until_ns: int) -> dict[str, Any]:
    """Calls by direction, whether or not a queue was in them: what a centre without queues has."""
    rows = db.execute(
        "SELECT direction, count(*), sum(answered_ns IS NOT NULL), sum(talk_ms > 0), sum(talk_ms),"
        " sum(duration_ms)"
        " FROM calls WHERE began_ns >= ? AND began_ns < ? GROUP BY direction",
        (since_ns, until_ns),
    )
    figures = {
        name: {"calls": 0, "answered": 0, "talked": 0, "talk_s": 0.0, "length_s": 0.0} for name in _DIRECTIONS
    }
    for direction, calls, answered, talked, talk_ms, length_ms in rows:
        figures[direction] = {
            "calls": calls,
            "answered": answered,
            "talked": talked,
            "talk_s": talk_ms / 1_000,
            "length_s": length_ms / 1_000,
        }
    return figures


_DIRECTIONS = ("in", "out", "internal")
_SUMMED = (
    "offered",
    "answered",
    "abandoned",
    "abandoned_short",
    "overflowed",
    "in_time",
    "wait_ms",
    "handling_ms",
)


def _service_levels(db: sqlite3.Connection) -> dict[int, int]:
    row = db.execute("SELECT settings FROM settings_revisions ORDER BY number DESC LIMIT 1").fetchone()
    queues = json.loads(row[0]).get("queues", []) if row else []
    return {int(queue["number"]): int(queue.get("service_level_s", SERVICE_LEVEL_S)) for queue in queues}


def _queue_counts(
    db: sqlite3.Connection, levels: dict[int, int], since_ns: int, until_ns: int
) -> list[dict[str, Any]]:
    """One pass over the visits of the span.  The limits are numbers of our settings, never a client's
    text."""
    limits = "".join(f" WHEN {queue:d} THEN {level_s * 1_000:d}" for queue, level_s in levels.items())
    limit = (
        f"CASE queue{limits} ELSE {SERVICE_LEVEL_S * 1_000} END" if limits else str(SERVICE_LEVEL_S * 1_000)
    )
    rows = db.execute(
        "SELECT queue, count(*), sum(outcome = 'answered'), sum(outcome = 'abandoned'),"
        f" sum(outcome = 'abandoned' AND wait_ms <= {SHORT_ABANDON_MS}),"
        f" sum(outcome = 'answered' AND wait_ms <= {limit}),"
        " sum(iif(outcome = 'answered', wait_ms, 0)), max(wait_ms)"
        " FROM queue_visits WHERE entered_ns >= ? AND entered_ns < ? GROUP BY queue ORDER BY queue",
        (since_ns, until_ns),
    ).fetchall()
    handling = _handling_ms(db, since_ns, until_ns)
    return [
        {
            "queue": queue,
            "service_level_s": levels.get(queue, SERVICE_LEVEL_S),
            "offered": offered,
            "answered": answered,
            "abandoned": abandoned,
            "abandoned_short": short,
            "overflowed": offered - answered - abandoned,
            "in_time": in_time,
            "wait_ms": wait_ms,
            "longest_wait_ms": longest_ms,
            "handling_ms": handling.get(queue, 0),
        }
        for queue, offered, answered, abandoned, short, in_time, wait_ms, longest_ms in rows
    ]


def _handling_ms(db: sqlite3.Connection, since_ns: int, until_ns: int) -> dict[int, int]:
    """Talk, hold and wrap-up of the agents who answered each queue's calls."""
    talked = db.execute(
        "SELECT queue, sum(legs.talk_ms + legs.hold_ms) FROM queue_visits"
        " JOIN legs ON legs.call_id = queue_visits.call_id AND legs.agent = queue_visits.agent"
        " WHERE outcome = 'answered' AND entered_ns >= ? AND entered_ns < ? GROUP BY queue",
        (since_ns, until_ns),
    ).fetchall()
    # Wrap-up follows its call at once; the minute keeps a call number used again apart.
    wrapped = db.execute(
        "SELECT queue_visits.queue, sum(agent_states.duration_ms) FROM queue_visits"
        " JOIN calls ON calls.id = queue_visits.call_id"
        " JOIN agent_states ON agent_states.call = calls.call AND agent_states.state = 'wrap_up'"
        "  AND agent_states.agent = queue_visits.agent AND agent_states.began_ns >= calls.began_ns"
        "  AND agent_states.began_ns < calls.ended_ns + 60000000000"
        " WHERE outcome = 'answered' AND entered_ns >= ? AND entered_ns < ? GROUP BY queue_visits.queue",
        (since_ns, until_ns),
    ).fetchall()
    sums: dict[int, int] = {}
    for queue, ms in (*talked, *wrapped):
        sums[queue] = sums.get(queue, 0) + (ms or 0)
    return sums


def _summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = {name: sum(row[name] for row in rows) for name in _SUMMED}
    return {
        "queue": 0,
        "service_level_s": None,
        "longest_wait_ms": max(row["longest_wait_ms"] for row in rows),
    } | total


def _with_queue_ratios(row: dict[str, Any]) -> dict[str, Any]:
    offered, answered, in_time = row["offered"], row["answered"], row["in_time"]
    return row | {
        "service_level_offered": ratio(in_time, offered),
        "service_level_less_short": ratio(in_time, offered - row["abandoned_short"]),
        "service_level_answered": ratio(in_time, answered),
        "asa_s": ratio(row["wait_ms"] / 1_000, answered),
        "abandonment": ratio(row["abandoned"], offered),
        "aht_s": ratio(row["handling_ms"] / 1_000, answered),
    }


def _state_times(
    db: sqlite3.Connection, since_ns: int, until_ns: int, now_ns: int
) -> dict[int, dict[str, float]]:
    """Seconds in each state within the span, by agent.  A state's length is monotonic, its place is civil."""
    rows = db.execute(
        "SELECT agent, state, sum(min(ended_ns, :until) - max(began_ns, :since)) FROM ("
        " SELECT agent, state, began_ns,"
        "  began_ns + coalesce(duration_ms, max(0, (:now - began_ns) / 1000000)) * 1000000 AS ended_ns"
        "  FROM agent_states WHERE began_ns < :until AND began_ns > :since - :longest)"
        " WHERE ended_ns > :since GROUP BY agent, state",
        {"since": since_ns, "until": until_ns, "now": now_ns, "longest": STATE_LONGEST_NS},
    )
    times: dict[int, dict[str, float]] = {}
    for agent, state, lasted_ns in rows:
        times.setdefault(int(agent), {})[state] = max(0, lasted_ns) / 1e9
    return times


def _agent_row(agent: int, states: dict[str, float], handled: tuple[int, ...]) -> dict[str, Any]:
    calls, talk_ms, hold_ms, longest_ms = handled
    talk_s, hold_s = talk_ms / 1_000, hold_ms / 1_000
    wrap_up_s = states.get("wrap_up", 0.0)
    busy_s = talk_s + hold_s + wrap_up_s
    return {
        "agent": agent,
        "calls": calls,
        "talk_s": talk_s,
        "hold_s": hold_s,
        "wrap_up_s": wrap_up_s,
        "longest_talk_s": longest_ms / 1_000,
        "idle_s": states.get("idle", 0.0),
        "paused_s": states.get("paused", 0.0),
        "logged_in_s": sum(lasted for state, lasted in states.items() if state != "logged_out"),
        "aht_s": ratio(busy_s, calls),
        "occupancy": ratio(busy_s, busy_s + states.get("idle", 0.0)),
    }
