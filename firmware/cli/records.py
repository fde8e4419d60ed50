# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Calls on record: found, shown with their timeline, and exported."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware.cli.command import DONE, READER, Context, Failed, cell, lasted, moment, table
from firmware.store.call_search import ORDERS, CallFilter
from firmware.store.export import calls_csv

COLUMNS = (
    "id",
    "began",
    "direction",
    "line",
    "caller_number",
    "called",
    "lasted",
    "cause",
    "agent",
    "queue",
    "rec",
)


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    calls = commands.add_parser("calls", parents=[shared], help="calls on record; one with its timeline; CSV")
    calls.add_argument("id", nargs="?", type=int, help="show this one whole")
    calls.add_argument("--number", default="", help="beginning or end of a party's number")
    calls.add_argument("--agent", type=int, default=0)
    calls.add_argument("--line", type=int, default=0, help="port of an outside line")
    calls.add_argument("--queue", type=int, default=0)
    calls.add_argument("--direction", choices=("in", "out", "internal"), default="")
    calls.add_argument("--cause", default="")
    calls.add_argument("--since", help="from then on: 2026-06-01 or 2026-06-01T09:00, in the centre's zone")
    calls.add_argument("--until", help="before then")
    calls.add_argument("--order", choices=sorted(ORDERS), default="newest")
    calls.add_argument("--limit", type=int, default=30)
    calls.add_argument("--offset", type=int, default=0)
    calls.add_argument("--csv", action="store_true", help="all that are found, as CSV")
    calls.set_defaults(run=show_calls)


def show_calls(context: Context) -> int:
    queries, options = context.queries, context.options
    zone = queries.names(READER)["timezone"]
    if options.id is not None:
        return _show_one(context, queries.call(READER, options.id), zone)
    wanted = CallFilter(
        number=options.number,
        agent=options.agent,
        line=options.line,
        queue=options.queue,
        direction=options.direction,
        cause=options.cause,
        since_ns=_moment_ns(options.since, zone),
        until_ns=_moment_ns(options.until, zone),
    )
    if options.csv:
        for piece in calls_csv(queries, READER, wanted, zone):
            context.out.write(piece)
        return DONE
    page = queries.calls(READER, wanted, order=options.order, limit=options.limit, offset=options.offset)
    rows = [
        row
        | {
            "began": moment(row["began_ns"], zone),
            "lasted": lasted(row["duration_ms"]),
            "rec": row["recording_count"],
        }
        for row in page.rows
    ]
    text = f"{table(rows, COLUMNS, 'no calls')}\n{len(page.rows)} of {page.total}"
    context.show({"rows": page.rows, "total": page.total}, text)
    return DONE


def _show_one(context: Context, call: dict[str, Any] | None, zone: str) -> int:
    if call is None:
        raise Failed(f"there is no call {context.options.id}")
    record = call["record"]
    head = [
        (name, call[name])
        for name in ("call", "direction", "line", "caller_number", "called", "cause", "notice")
    ]
    legs = [leg | {"number": leg["party"]["number"] or leg["party"]["extension"]} for leg in record["legs"]]
    story = [_entry(entry, zone) for entry in record["timeline"]]
    parts = [
        "\n".join(f"{name}: {cell(value)}" for name, value in head),
        table(legs, ("leg", "role", "port", "number", "cause", "certainty", "agent", "talk_ms", "hold_ms")),
        "\n".join(story),
        table(call["recordings"], ("id", "leg", "state", "ms", "lost_samples"), "no recordings"),
    ]
    context.show(call, "\n\n".join(parts))
    return DONE


def _entry(entry: dict[str, Any], zone: str) -> str:
    """One line of the story.  leg 0: it belongs to the whole call."""
    leg = f"{entry['leg']:3}" if entry["leg"] else "   "
    told = " ".join(f"{name}={cell(value)}" for name, value in entry["detail"].items())
    return f"{moment(entry['at']['civil_ns'], zone)} {leg}  {cell(entry['what']):24} {told}".rstrip()


def _moment_ns(text: str | None, zone: str) -> int | None:
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise Failed(f"{text!r} is no date or time, as 2026-06-01 or 2026-06-01T09:00", 2) from None
    local = given if given.tzinfo else given.replace(tzinfo=ZoneInfo(zone))
    return int(local.timestamp()) * 1_000_000_000
