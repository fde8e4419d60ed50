# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Plays one scenario inside the bench's kernel: `python -m hil.asterisk.play SCENARIO OUTCOME.json`."""

from __future__ import annotations

import sys
from pathlib import Path

from hil.asterisk.bench import play
from hil.asterisk.fetch import find_asterisk
from hil.asterisk.scenario import asterisk_scenarios
from hil.kernel.play import write_outcome


def main(name: str, outcome: Path) -> int:
    scenario = next(scenario for scenario in asterisk_scenarios() if scenario.name == name)
    return write_outcome(lambda trace: play(scenario, trace, find_asterisk()), outcome)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
