# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Which scenario proves which feature: `python -m hil.coverage` writes docs/coverage.md, and a test holds
it to that.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from pathlib import Path

from hil.asterisk.scenario import AsteriskScenario, asterisk_scenarios
from hil.benches import plans
from hil.scenario import LACKS, Scenario, all_scenarios

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "coverage.md"

HEADINGS = {
    "F": "F: the product as ordered",
    "U": "U: what users of such systems expect",
    "A": "A: what no other system has",
    "C": "C: complaints about other systems, answered",
}

INTRODUCTION = """<!--
SPDX-FileCopyrightText: 2026 The Switchroom authors
SPDX-License-Identifier: Apache-2.0
-->

# What is proven, and where

Every feature number with the scenarios that prove it and the benches each is meant for. This page is made by
`python -m hil.coverage` from `hil/features.toml` and the scenarios themselves; a test fails where it is out
of date. What passed where is in `build/hil-BENCH.json` after a run. A number with no scenario stands here empty: it is
not built, or proven by other tests than a scenario.
"""


AnyScenario = Scenario | AsteriskScenario


def every_scenario() -> tuple[AnyScenario, ...]:
    """The shared ones, and those of single benches."""
    return (*all_scenarios(), *asterisk_scenarios())


def features() -> dict[str, str]:
    """Every feature number with its title."""
    tables = tomllib.loads((Path(__file__).parent / "features.toml").read_text(encoding="utf-8"))
    return {f"{kind}{number}": title for kind, table in tables.items() for number, title in table.items()}


def page() -> str:
    """The page as it should be."""
    proofs: defaultdict[str, list[AnyScenario]] = defaultdict(list)
    scenarios = every_scenario()
    for scenario in scenarios:
        for feature in scenario.features:
            proofs[feature].append(scenario)
    titles = features()
    proven = sum(bool(proofs[feature]) for feature in titles)
    lines = [
        INTRODUCTION,
        f"{len(scenarios)} scenarios; {proven} of {len(titles)} numbers have at least one.",
        "",
    ]
    lines += _benches(scenarios)
    for kind, heading in HEADINGS.items():
        lines += [f"## {heading}", "", "| # | feature | scenarios | benches |", "| --- | --- | --- | --- |"]
        for feature, title in titles.items():
            if feature[0] == kind:
                lines.append(_row(feature, title, proofs[feature]))
        lines.append("")
    return "\n".join(lines)


def _benches(scenarios: tuple[AnyScenario, ...]) -> list[str]:
    lines = [
        "## Benches",
        "",
        "| bench | what it is | scenarios | what it can't do, and why |",
        "| --- | --- | --- | --- |",
    ]
    for name, plan in plans().items():
        able = sum(name in scenario.benches for scenario in scenarios)
        reasons = [f"{what.value.replace('_', ' ')}: {why}" for what, why in LACKS[name].items()]
        if plan.own_scenarios:
            reasons.insert(0, f"shared scenarios: {plan.own_scenarios}")
        lacks = "<br>".join(reasons)
        lines.append(f"| {name} | {plan.what} | {able} | {lacks} |")
    return [*lines, ""]


def _row(feature: str, title: str, scenarios: list[AnyScenario]) -> str:
    names = "<br>".join(scenario.title for scenario in scenarios)
    benches = ", ".join(
        bench for bench in plans() if any(bench in scenario.benches for scenario in scenarios)
    )
    return f"| {feature} | {title.replace('|', '/')} | {names} | {benches} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
