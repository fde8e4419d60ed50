# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Plays one scenario inside the bench's kernel: `python -m hil.kernel.play SCENARIO OUTCOME.json`."""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path

from hil.kernel.bench import play
from hil.kernel.trace import Trace
from hil.scenario import all_scenarios

ENDINGS = 3  # of a traceback: where in the scenario, and what it called


def main(name: str, outcome: Path) -> int:
    scenario = next(scenario for scenario in all_scenarios() if scenario.name == name)
    return write_outcome(lambda trace: play(scenario, trace), outcome)


def write_outcome(playing: Callable[[Trace], Coroutine[None, None, None]], outcome: Path) -> int:
    """Play to the end, and write what came of it for `hil.kernel.run`."""
    trace = Trace()
    told: dict[str, object] = {"result": "passed", "why": "", "trace": []}
    try:
        asyncio.run(playing(trace))
    except Exception as error:  # noqa: BLE001 - whatever a scenario ends in is its result
        where = [
            f"{Path(frame.filename).name}:{frame.lineno}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        why = f"{type(error).__name__}: {error} ({' '.join(where[-ENDINGS:])})"
        told = {"result": "failed", "why": why, "trace": trace.notes()}
    outcome.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
