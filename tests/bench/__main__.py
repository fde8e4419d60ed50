# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: every figure of speed and memory with its goal, printed and written to build/bench.json."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from typing import Any

from firmware.traffic import Plan, run_day
from hil.kernel import real_time
from hil.kernel.recipe import BenchError
from tests.bench import bench_core, bench_dahdi, bench_media, bench_service

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
    "dahdi_cpu_percent_60": Goal(30, "% of a core"),
    "dahdi_engine_percent_60": Goal(5, "% of a core"),
    "dahdi_one_way_ms": Goal(6, "ms"),
    "dahdi_lost_blocks": Goal(0, "blocks"),
}


@dataclass(frozen=True)
class Figure:
    """One measured value.  scheduling: the class its media thread had, where it has one; note: what else was seen.

    why: where nothing could be measured.
    """

    value: float = math.nan
    scheduling: str = ""
    note: str = ""
    why: str = ""


Figures = Mapping[str, Figure]

OUR_ONE_WAY_MS = 4.0  # of dahdi_one_way_ms
WHOLE_S = 600.0  # of dahdi_lost_blocks

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
    dahdi_channels: int = 60
    dahdi_s: float = 10.0
    dahdi_clicks: int = 100
    dahdi_lost_s: float = 60.0


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


def dahdi_cpu(size: Size) -> Figures:
    cost = bench_dahdi.cpu(size.dahdi_channels, size.dahdi_s)
    note = f"blocks of 20 ms; {cost.user_percent:.1f} % in programs; {cost.lost_blocks:.0f} blocks lost; {_load()}"
    return {"dahdi_cpu_percent_60": Figure(cost.percent, note=note)}


def dahdi_engine(size: Size) -> Figures:
    cost = bench_dahdi.engine_user(size.dahdi_channels, size.dahdi_s)
    note = f"blocks of 2 ms, virtual time, the host's accounts; {cost.lost_blocks:.0f} blocks lost; {_load()}"
    return {"dahdi_engine_percent_60": Figure(cost.user_percent, note=note)}


def dahdi_one_way(size: Size) -> Figures:
    way = bench_dahdi.one_way(size.dahdi_clicks)
    ours = f"ours {way.ours_ms:.1f} ms (goal <= {OUR_ONE_WAY_MS:g})"
    note = f"{ours}; worst of {way.clicks} clicks {way.worst_ms:.1f} ms; {_load()}"
    return {"dahdi_one_way_ms": Figure(way.through_ms, note=note)}


def dahdi_lost(size: Size) -> Figures:
    figures = real_time.measure(size.dahdi_lost_s)
    if figures.why:
        raise BenchError(figures.why)
    late = f"999 of 1000 ticks within {figures.tick_late_p999_us:.0f} us"
    note = f"of 2 ms on {figures.ports} ports in {figures.seconds:.0f} s of {WHOLE_S:.0f}; {late}; {_load()}"
    return {"dahdi_lost_blocks": Figure(figures.lost_blocks, note=note)}


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


MEASURES: Mapping[Callable[[Size], Figures], Sequence[str]] = {
    engine: ("recorded_calls_per_core", "share_of_detectors"),
    ticks: ("tick_p999_us", "tick_late_p999_us"),
    latency: ("one_way_latency_ms",),
    core: ("core_events_per_second",),
    day_media_off: ("virtual_day_media_off_s",),
    day: ("virtual_day_s",),
    start: ("start_s",),
    calls_up: ("rss_mb", "cpu_percent_20_calls"),
    dahdi_cpu: ("dahdi_cpu_percent_60",),
    dahdi_engine: ("dahdi_engine_percent_60",),
    dahdi_one_way: ("dahdi_one_way_ms",),
    dahdi_lost: ("dahdi_lost_blocks",),
}


def measured(measure: Callable[[Size], Figures], size: Size) -> Figures:
    """Its figures, or why there are none."""
    try:
        return measure(size)
    except BenchError as error:
        return dict.fromkeys(MEASURES[measure], Figure(why=str(error)))


def _day(plan: Plan) -> Figure:
    began_s = process_time()
    played = run_day(plan)
    spent_s = process_time() - began_s
    note = f"{spent_s:.1f} s of processor time; {played.records} calls, {played.fact_count} facts"
    return Figure(played.wall_s, note=note)


def met(key: str, figure: Figure) -> bool | None:
    """None where the goal doesn't hold for how this was measured, or nothing was."""
    goal = GOALS[key]
    if figure.why:
        return None
    if goal.only_fifo and figure.scheduling != "fifo":
        return None
    return figure.value >= goal.value if goal.at_least else figure.value <= goal.value


def judged(figures: Figures) -> dict[str, dict[str, Any]]:
    """Each figure beside its goal, as it stands in the file."""
    rows: dict[str, dict[str, Any]] = {}
    for key, figure in figures.items():
        goal = GOALS[key]
        row: dict[str, Any] = {
            "value": None if figure.why else round(figure.value, 3),
            "goal": goal.value,
            "unit": goal.unit,
            "met": met(key, figure),
        }
        if figure.scheduling:
            row["scheduling"] = figure.scheduling
        if figure.note:
            row["note"] = figure.note
        if figure.why:
            row["why"] = figure.why
        rows[key] = row
    return rows


def line(key: str, row: Mapping[str, Any]) -> str:
    if "why" in row:
        return f"{key:<26}not measured: {row['why']}"
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
    parser.add_argument("--whole", action="store_true", help="lost blocks in 10 minutes, not in one")
    given = parser.parse_args()
    wanted = given.measures or names
    size = replace(Size(), dahdi_lost_s=WHOLE_S) if given.whole else Size()
    about = machine() | {"load_before": os.getloadavg()}
    rows: dict[str, dict[str, Any]] = {}
    print(f"{about['processor']}, {about['cores']} cores, load {about['load_before'][0]:.1f}", flush=True)
    for measure in MEASURES:
        if measure.__name__ not in wanted:
            continue
        for key, row in judged(measured(measure, size)).items():
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
