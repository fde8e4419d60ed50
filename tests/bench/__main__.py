# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: every figure of speed and memory with its goal, printed and written to build/bench.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

from firmware.traffic import Plan, run_day
from tests.bench import bench_core, bench_media, bench_service

OUT = Path("build/bench.json")


@dataclass(frozen=True)
class Goal:
    """What a figure should reach.  at_least: more is better; else less is.  only_fifo: held to it with that class."""

    value: float
    unit: str
    at_least: bool = False
    only_fifo: bool = False


GOALS: Mapping[str, Goal] = {
    "recorded_calls_per_core": Goal(2_000, "calls", at_least=True),
    "share_of_detectors": Goal(0.4, "of spandsp's detectors alone", at_least=True),
    "tick_p999_us": Goal(200, "us"),
    "tick_late_p999_us": Goal(500, "us", only_fifo=True),
    "one_way_latency_ms": Goal(4, "ms"),
    "core_events_per_second": Goal(20_000, "facts/s", at_least=True),
    "virtual_day_s": Goal(300, "s"),
    "virtual_day_media_off_s": Goal(20, "s"),
    "rss_mb": Goal(100, "MB"),
    "cpu_percent_20_calls": Goal(5, "% of a core"),
    "start_s": Goal(2, "s"),
}


@dataclass(frozen=True)
class Figure:
    """One measured value.  scheduling: the class its media thread had, where it has one; note: what else was seen."""

    value: float
    scheduling: str = ""
    note: str = ""


Figures = Mapping[str, Figure]


DAY = Plan()
DAY_WITH_MEDIA = Plan(media=True)


@dataclass(frozen=True)
class Size:
    """How much is measured; `make bench` takes the defaults, a test as little as shows that it works."""

    media_calls: int = 100
    media_s: float = 5.0
    tick_calls: int = 30
    tick_s: float = 8.0
    latency_s: float = 3.0
    busy_hour: Plan = bench_core.BUSY_HOUR
    core_runs: int = bench_core.RUNS
    day: Plan = DAY
    day_with_media: Plan = DAY_WITH_MEDIA
    ports: int = 20
    starts: int = 5
    service_s: float = 20.0


def engine(size: Size) -> Figures:
    recorded = bench_media.recorded_calls_per_core(size.media_calls, size.media_s)
    return {
        "recorded_calls_per_core": Figure(recorded),
        "share_of_detectors": Figure(bench_media.share_of_detectors(recorded)),
    }


def ticks(size: Size) -> Figures:
    cost = bench_media.ticks(size.tick_calls, size.tick_s)
    scheduling = str(cost["scheduling"])
    return {
        "tick_p999_us": Figure(cost["tick_p999_us"], scheduling),
        "tick_late_p999_us": Figure(cost["tick_late_p999_us"], scheduling),
    }


def latency(size: Size) -> Figures:
    return {"one_way_latency_ms": Figure(bench_media.one_way_latency_ms(size.latency_s))}


def core(size: Size) -> Figures:
    speed = bench_core.core_speed(size.busy_hour, size.core_runs)
    note = f"{speed.per_thread_second:.0f} per second of its thread's own time; {speed.facts} facts"
    return {"core_events_per_second": Figure(speed.per_second, note=note)}


def day_media_off(size: Size) -> Figures:
    return {"virtual_day_media_off_s": _day(size.day)}


def day(size: Size) -> Figures:
    return {"virtual_day_s": _day(size.day_with_media)}


def start(size: Size) -> Figures:
    return {"start_s": Figure(bench_service.start_s(size.ports, size.starts))}


def calls_up(size: Size) -> Figures:
    up = bench_service.calls_up(size.ports, size.service_s)
    note = f"without the far ends' thread, which took {up.far_percent:.1f} %"
    return {
        "rss_mb": Figure(up.rss_mb, note="the simulated far ends included"),
        "cpu_percent_20_calls": Figure(up.cpu_percent, up.scheduling, note),
    }


MEASURES: Mapping[Callable[[Size], Figures], Sequence[str]] = {
    engine: ("recorded_calls_per_core", "share_of_detectors"),
    ticks: ("tick_p999_us", "tick_late_p999_us"),
    latency: ("one_way_latency_ms",),
    core: ("core_events_per_second",),
    day_media_off: ("virtual_day_media_off_s",),
    day: ("virtual_day_s",),
    start: ("start_s",),
    calls_up: ("rss_mb", "cpu_percent_20_calls"),
}


def _day(plan: Plan) -> Figure:
    began_s = process_time()
    played = run_day(plan)
    spent_s = process_time() - began_s
    note = f"{spent_s:.1f} s of processor time; {played.records} calls, {played.fact_count} facts"
    return Figure(played.wall_s, note=note)


def met(key: str, figure: Figure) -> bool | None:
    """None where the goal doesn't hold for how this was measured."""
    goal = GOALS[key]
    if goal.only_fifo and figure.scheduling != "fifo":
        return None
    return figure.value >= goal.value if goal.at_least else figure.value <= goal.value


def judged(figures: Figures) -> dict[str, dict[str, Any]]:
    """Each figure beside its goal, as it stands in the file."""
    rows: dict[str, dict[str, Any]] = {}
    for key, figure in figures.items():
        goal = GOALS[key]
        row: dict[str, Any] = {
            "value": round(figure.value, 3),
            "goal": goal.value,
            "unit": goal.unit,
            "met": met(key, figure),
        }
        if figure.scheduling:
            row["scheduling"] = figure.scheduling
        if figure.note:
            row["note"] = figure.note
        rows[key] = row
    return rows


def line(key: str, row: Mapping[str, Any]) -> str:
    sign = ">=" if GOALS[key].at_least else "<="
    word = {True: "met", False: "NOT MET", None: "printed only"}[row["met"]]
    scheduling = f"SCHED_{row['scheduling'].upper()}" if "scheduling" in row else ""
    remarks = "; ".join(part for part in (scheduling, row.get("note", "")) if part)
    goal = f"{sign} {row['goal']:g} {row['unit']}"
    return f"{key:<26}{row['value']:>10.2f}   {goal:<36}{word:<14}{remarks}".rstrip()


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [entry.partition(":")[2].strip() for entry in cpuinfo if entry.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = [measure.__name__ for measure in MEASURES]
    parser.add_argument("measures", nargs="*", choices=[[], *names], help="only these")
    wanted = parser.parse_args().measures or names
    about = machine() | {"load_before": os.getloadavg()}
    rows: dict[str, dict[str, Any]] = {}
    print(f"{about['processor']}, {about['cores']} cores, load {about['load_before'][0]:.1f}", flush=True)
    for measure in MEASURES:
        if measure.__name__ not in wanted:
            continue
        for key, row in judged(measure(Size())).items():
            rows[key] = row
            print(line(key, row), flush=True)
    about["load_after"] = os.getloadavg()
    OUT.parent.mkdir(exist_ok=True)
    about["scheduling"] = sorted({row["scheduling"] for row in rows.values() if "scheduling" in row})
    OUT.write_text(json.dumps({**rows, "machine": about}, indent=2) + "\n", encoding="utf-8")
    print(f"load {about['load_after'][0]:.1f}; written to {OUT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
