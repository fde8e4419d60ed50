# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Plays scenarios on the Asterisk bench, one boot each, from outside."""

from __future__ import annotations

from hil.asterisk import spans
from hil.asterisk.fetch import find_asterisk
from hil.asterisk.scenario import asterisk_scenarios
from hil.kernel.run import played
from hil.outcome import Outcome


def outcome_of(name: str) -> Outcome:
    scenario = next(scenario for scenario in asterisk_scenarios() if scenario.name == name)
    folders = (find_asterisk(),)
    return played("hil.asterisk.play", name, scenario.features, spans.configuration(), folders)
