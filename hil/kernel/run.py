# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Plays scenarios on the kernel bench, one boot each, from outside: what one leaves behind can't spoil the next."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from hil.kernel.boot import boot
from hil.kernel.recipe import BenchError
from hil.outcome import Outcome
from hil.scenario import all_scenarios

LONGEST_S = 120.0
TESTS_LONGEST_S = 300.0
TESTS = "tests/dahdi"


def outcome_of(name: str) -> Outcome:
    scenario = next(scenario for scenario in all_scenarios() if scenario.name == name)
    return played("hil.kernel.play", name, scenario.features)


def played(
    player: str,
    name: str,
    features: tuple[str, ...],
    configuration: str | None = None,
    folders: Sequence[Path] = (),
) -> Outcome:
    """player: the module that plays a scenario inside.  The rest is as `boot` takes it."""
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="switchroom-outcome-") as folder:
        file = Path(folder) / "outcome.json"
        command = [sys.executable, "-m", player, name, str(file)]
        try:
            ended = boot(
                command,
                configuration=configuration,
                results=Path(folder),
                longest_s=LONGEST_S,
                folders=folders,
            )
            told = json.loads(file.read_text(encoding="utf-8"))
        except BenchError as error:
            told = {"result": "failed", "why": str(error), "trace": []}
        except FileNotFoundError:
            last = "\n".join(ended.output.splitlines()[-20:])
            told = {"result": "failed", "why": f"the player broke ({ended.exit_code}): {last}", "trace": []}
    return Outcome(
        name, features, told["result"], told["why"], time.monotonic() - began_s, tuple(told["trace"])
    )


def driver_tests() -> Outcome:
    """The tests of the DAHDI driver that need its channels, in one boot."""
    began_s = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", TESTS]
    try:
        ended = boot(command, longest_s=TESTS_LONGEST_S)
    except BenchError as error:
        return Outcome(TESTS, (), "failed", str(error), time.monotonic() - began_s)
    lines = ended.output.splitlines()
    summed = next((line for line in reversed(lines) if " passed" in line or " failed" in line), "no summary")
    if ended.exit_code:
        failures = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
        why = f"{summed}: " + "; ".join(failures)
        return Outcome(TESTS, (), "failed", why, ended.seconds, tuple(lines))
    return Outcome(TESTS, (), "passed", summed, ended.seconds)
