# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The benches, one TOML file each: their ports, and what they can't do with the reason in words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """fxo, fxs: ports of the box, numbered from 1.  outside: telephones elsewhere.  e1_pairs: E1 spans joined.

    cables: (port of the box, DAHDI channel at the other end), where real cards are wired.
    lacks: ability to reason.  own_scenarios: why the shared scenarios are not played on it, where it has its own.
    """

    name: str
    what: str
    fxo: int
    fxs: int
    outside: int
    e1_pairs: int
    cables: tuple[tuple[int, int], ...]
    lacks: Mapping[str, str]
    own_scenarios: str = ""


def read_plan(file: Path) -> BenchPlan:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    box = table["box"]
    return BenchPlan(
        name=file.stem,
        what=table["what"],
        fxo=box["fxo"],
        fxs=box["fxs"],
        outside=box["outside"],
        e1_pairs=box.get("e1_pairs", 0),
        cables=tuple((port, channel) for port, channel in table.get("cables", ())),
        lacks=table.get("lacks", {}),
        own_scenarios=table.get("own_scenarios", ""),
    )


@cache
def plans() -> Mapping[str, BenchPlan]:
    """Every bench by name, in the order in which they come nearer to copper."""
    return {name: read_plan(FOLDER / f"{name}.toml") for name in ("sim", "kernel", "asterisk", "cabled")}
