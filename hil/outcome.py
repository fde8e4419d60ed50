# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What came of a scenario on a bench, as build/hil-BENCH.json says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """result: passed, failed or skipped.  why: of the last two.  seconds: of the host.  trace: of a failure, both ends
    of every line; it is printed, and stays out of the file."""

    scenario: str
    features: tuple[str, ...]
    result: str
    why: str = ""
    seconds: float = 0.0
    trace: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "scenario": self.scenario,
            "features": list(self.features),
            "result": self.result,
            "why": self.why,
            "seconds": round(self.seconds, 3),
        }
