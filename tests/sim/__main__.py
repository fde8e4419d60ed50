# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""`make sim`: the queue model against Erlang C and A, then SEEDS random hours with faults, some with real samples."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from tests.worlds.erlang_world import CASES, Case, Metric, run_case, verdict
from tests.worlds.faulty_hour import Broken, play_hour

REPLICATIONS = 30
# Fixed, so that a run says the same each time; an unlucky thirty are to be expected once in some forty.
FIRST_REPLICATION = 1001
MEDIA_ONE_IN = 25


def erlang(pool: ProcessPoolExecutor) -> bool:
    """Run every case and print each figure; whether the rule of `erlang_world.verdict` holds."""
    print(f"Queue model against Erlang C and A: {REPLICATIONS} runs of 10 h a case, 5 h of warm-up left out")
    metrics: list[Metric] = []
    for found in pool.map(_case, CASES):
        for metric in found:
            mark = " " if metric.within_95 else "*" if metric.within_999 else "!"
            print(
                f"  {mark} {metric.case.calls_per_hour:5.0f}/h {metric.case.handling_s:.0f} s N={metric.case.agents:<3}"
                f" patience {metric.case.patience_s or 'none':>5}  {metric.name:12}"
                f" formula {metric.expected:8.4f}  found {metric.found:8.4f} ± {metric.half_width_95:.4f}"
            )
        metrics += found
    holds, words = verdict(metrics)
    print(f"  {words}")
    return holds


def _case(case: Case) -> list[Metric]:
    return run_case(case, range(FIRST_REPLICATION, FIRST_REPLICATION + REPLICATIONS))


def hours(pool: ProcessPoolExecutor, seeds: range) -> bool:
    """Play the seeds; whether all held."""
    print(f"{len(seeds)} random hours with faults, {len(seeds[::MEDIA_ONE_IN])} of them with real samples")
    began_s = time.perf_counter()
    plays: dict[Future[str], int] = {
        pool.submit(_hour, seed, seed % MEDIA_ONE_IN == seeds[0] % MEDIA_ONE_IN): seed for seed in seeds
    }
    failures = [failure for play in as_completed(plays) if (failure := play.result())]
    for failure in failures:
        print(f"  {failure}")
    print(
        f"  {len(seeds) - len(failures)} held, {len(failures)} did not; {time.perf_counter() - began_s:.0f} s"
    )
    return not failures


def _hour(seed: int, media: bool) -> str:
    try:
        play_hour(seed, media)
    except Broken as broken:
        return str(broken)
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument(
        "--first", type=int, default=1, help="the first seed; a failing one alone: --first N --seeds 1"
    )
    parser.add_argument("--no-erlang", action="store_true")
    arguments = parser.parse_args()
    # What a box warns of in hours full of faults, thousands of times, is not what is asked here.
    with ProcessPoolExecutor(2, initializer=logging.disable, initargs=(logging.ERROR,)) as pool:
        agrees = arguments.no_erlang or erlang(pool)
        held = (
            hours(pool, range(arguments.first, arguments.first + arguments.seeds))
            if arguments.seeds
            else True
        )
    return 0 if agrees and held else 1


if __name__ == "__main__":
    sys.exit(main())
