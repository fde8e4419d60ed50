# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Virtual time: a day's traffic of a centre, and a journal replayed.  Neither needs the service."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from firmware.cli.command import DONE, WRONG, Context, a_file, cell, table


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    traffic = commands.add_parser(
        "traffic", parents=[shared], help="a day of a centre in virtual time, with its figures"
    )
    traffic.add_argument("--hours", type=float, default=8.0)
    traffic.add_argument("--agents", type=int, default=20)
    traffic.add_argument("--lines", type=int, default=30)
    traffic.add_argument("--calls", type=int, default=2_000, help="expected in all")
    traffic.add_argument("--talk-s", type=float, default=180.0, help="mean")
    traffic.add_argument("--patience-s", type=float, default=120.0, help="mean")
    traffic.add_argument("--wrap-up-s", type=int, default=15)
    traffic.add_argument("--seed", type=int, default=1)
    traffic.add_argument("--media", action="store_true", help="with every sample of sound")
    traffic.set_defaults(run=run_traffic)
    replay = commands.add_parser(
        "replay", parents=[shared], help="run a journal through the core again and compare"
    )
    replay.add_argument("journal", type=a_file, help="a journal's folder or one of its files")
    replay.set_defaults(run=run_replay)


def run_traffic(context: Context) -> int:
    from firmware.traffic import Plan, run_day  # the engine's C is loaded for this command alone

    options = context.options
    plan = Plan(
        hours=options.hours,
        agents=options.agents,
        lines=options.lines,
        calls=options.calls,
        talk_mean_s=options.talk_s,
        patience_mean_s=options.patience_s,
        wrap_up_s=options.wrap_up_s,
        seed=options.seed,
        media=options.media,
    )
    day = run_day(plan)
    names = (
        "service_level_offered",
        "service_level_less_short",
        "service_level_answered",
        "asa_s",
        "abandonment",
        "aht_s",
    )
    queue = day.figures["queues"][-1] if day.figures["queues"] else {}
    occupied = [row["occupancy"] for row in day.figures["agents"] if row["occupancy"] is not None]
    figures = {name: queue.get(name) for name in ("offered", "answered", "abandoned", *names)}
    figures |= {
        "occupancy": sum(occupied) / len(occupied) if occupied else None,
        "all_lines_busy": day.refused,
        "records": day.records,
        "facts": day.fact_count,
        "wall_s": round(day.wall_s, 2),
    }
    text = table(
        ({"figure": name, "value": cell(value)} for name, value in figures.items()), ("figure", "value")
    )
    context.show({"plan": asdict(plan), **figures, "figures": day.figures}, text)
    return DONE


def run_replay(context: Context) -> int:
    from firmware.replay import replay

    result = replay(context.options.journal)
    difference = result.difference
    plain = {
        "agrees": result.agrees,
        "segments": result.segments,
        "facts": result.facts,
        "effects": result.effects,
        "first_position": result.first_position,
        "damage": [{"segment": name, "what": str(damage)} for name, damage in result.damage],
        "difference": None
        if difference is None
        else {"position": difference.position, "fact": difference.fact, "what": difference.what},
    }
    lines = [f"{result.facts} facts in {result.segments} segments, {result.effects} effects"]
    lines += [f"cut: {name}: {damage}" for name, damage in result.damage]
    if difference is None:
        lines.append("the effects agree")
    else:
        lines.append(
            f"the effects differ from position {difference.position}:"
            f" {difference.what}\n{cell(difference.fact)}"
        )
    context.show(plain, "\n".join(lines))
    return DONE if result.agrees else WRONG
