# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Runs every scenario on a bench and writes build/hil-BENCH.json: `python -m hil --bench sim`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from hil.scenario import BENCHES, Scenario, all_scenarios
from hil.sim import play

BUILT = ("sim",)
"""The benches that can be run; the others have a plan in hil/README.md."""


def outcome_of(name: str) -> dict[str, object]:
    """Play one scenario on the simulated bench, with real samples; what came of it, as the result file says it."""
    scenario = next(scenario for scenario in all_scenarios() if scenario.name == name)
    began_s = time.perf_counter()
    try:
        play(scenario, media=True)
    except Exception as error:  # noqa: BLE001 - whatever a scenario ends in is its result
        result, why = "failed", f"{type(error).__name__}: {error}"
    else:
        result, why = "passed", ""
    return {
        "scenario": name,
        "features": list(scenario.features),
        "result": result,
        "why": why,
        "seconds": round(time.perf_counter() - began_s, 3),
    }


def _skipped(scenario: Scenario, bench: str) -> dict[str, object]:
    lacking = ", ".join(sorted(ability.value for ability in scenario.needs - BENCHES[bench]))
    return {
        "scenario": scenario.name,
        "features": list(scenario.features),
        "result": "skipped",
        "why": f"the {bench} bench can't do: {lacking}",
        "seconds": 0.0,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m hil", description=__doc__)
    parser.add_argument("--bench", choices=sorted(BENCHES), default="sim")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.bench not in BUILT:
        print(f"the {arguments.bench} bench is not built yet: see hil/README.md", file=sys.stderr)
        return 2
    scenarios = all_scenarios()
    able = [scenario.name for scenario in scenarios if arguments.bench in scenario.benches]
    with ProcessPoolExecutor(arguments.workers) as pool:
        outcomes = list(pool.map(outcome_of, able))
    outcomes += [_skipped(scenario, arguments.bench) for scenario in scenarios if scenario.name not in able]
    for outcome in outcomes:
        print(f"{outcome['result']:8}{outcome['seconds']:8.2f} s  {outcome['scenario']}  {outcome['why']}")
    build = Path("build")
    build.mkdir(exist_ok=True)
    text = json.dumps({"bench": arguments.bench, "scenarios": outcomes}, ensure_ascii=False, indent=1)
    (build / f"hil-{arguments.bench}.json").write_text(text + "\n", encoding="utf-8")
    counts = Counter(outcome["result"] for outcome in outcomes)
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
