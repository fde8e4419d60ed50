# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Runs every scenario on a bench and writes build/hil-BENCH.json: `python -m hil --bench kernel`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from hil.asterisk import run as asterisk
from hil.asterisk.fetch import find_asterisk
from hil.asterisk.scenario import AsteriskScenario, asterisk_scenarios
from hil.benches import plans
from hil.kernel import real_time
from hil.kernel import run as kernel
from hil.kernel.recipe import BenchError, find_kernel
from hil.outcome import Outcome
from hil.scenario import Scenario, all_scenarios
from hil.sim import play

TRACE_LINES = 80

AnyScenario = Scenario | AsteriskScenario


def sim_outcome(name: str) -> Outcome:
    """Play one scenario on the simulated bench, with real samples."""
    scenario = next(scenario for scenario in all_scenarios() if scenario.name == name)
    began_s = time.perf_counter()
    try:
        play(scenario, media=True)
    except Exception as error:  # noqa: BLE001 - whatever a scenario ends in is its result
        result, why = "failed", f"{type(error).__name__}: {error}"
    else:
        result, why = "passed", ""
    return Outcome(name, scenario.features, result, why, time.perf_counter() - began_s)


RUNNERS: dict[str, Callable[[str], Outcome]] = {
    "sim": sim_outcome,
    "kernel": kernel.outcome_of,
    "asterisk": asterisk.outcome_of,
}
"""The benches that can be run; what the others wait for stands in hil/README.md."""


def _scenarios(bench: str) -> tuple[AnyScenario, ...]:
    """Those that all benches share; its own where it has them."""
    return asterisk_scenarios() if bench == "asterisk" else all_scenarios()


def _missing(bench: str) -> str:
    """What has to be built or fetched before it can be run; empty where nothing."""
    try:
        if bench in ("kernel", "asterisk"):
            find_kernel()
        if bench == "asterisk":
            find_asterisk()
    except BenchError as error:
        return str(error)
    return ""


def _outcomes(bench: str, scenarios: tuple[AnyScenario, ...], workers: int) -> Iterator[Outcome]:
    """As they come."""
    able = [scenario.name for scenario in scenarios if bench in scenario.benches]
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(RUNNERS[bench], able)
    for scenario in scenarios:
        if scenario.name not in able:
            yield Outcome(scenario.name, scenario.features, "skipped", scenario.why_not(bench))


def _print(outcome: Outcome) -> None:
    print(f"{outcome.result:8}{outcome.seconds:8.2f} s  {outcome.scenario}  {outcome.why}", flush=True)
    for line in outcome.trace[-TRACE_LINES:]:
        print(f"    {line}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m hil", description=__doc__)
    parser.add_argument("--bench", choices=sorted(plans()), default="sim")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("scenarios", nargs="*", help="some of them only, by name; then no file is written")
    return parser.parse_args()


def main() -> int:
    given = _arguments()
    if given.bench not in RUNNERS:
        print(f"the {given.bench} bench can't be run yet: see hil/README.md", file=sys.stderr)
        return 2
    if missing := _missing(given.bench):
        print(f"switchroom: {missing}", file=sys.stderr)
        return 2
    chosen = tuple(
        each for each in _scenarios(given.bench) if not given.scenarios or each.name in given.scenarios
    )
    if unknown := set(given.scenarios) - {each.name for each in chosen}:
        print(f"there is no scenario {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    outcomes: list[Outcome] = []
    for outcome in _outcomes(given.bench, chosen, given.workers):
        _print(outcome)
        outcomes.append(outcome)
    told: dict[str, object] = {"bench": given.bench, "scenarios": [each.as_json() for each in outcomes]}
    failed = any(each.result == "failed" for each in outcomes)
    if not given.scenarios:
        if given.bench == "kernel":
            failed |= _kernel_besides(told)
        _write(given.bench, told)
    counts = Counter(each.result for each in outcomes)
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if failed else 0


def _kernel_besides(told: dict[str, object]) -> bool:
    """The driver's own tests and the part in real time; whether anything failed."""
    tests = kernel.driver_tests()
    _print(tests)
    figures = real_time.measure()
    print(figures.text(), flush=True)
    told |= {"driver_tests": tests.as_json(), "real_time": figures.as_json()}
    return tests.result == "failed" or not figures.passed


def _write(bench: str, told: dict[str, object]) -> None:
    build = Path("build")
    build.mkdir(exist_ok=True)
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (build / f"hil-{bench}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
