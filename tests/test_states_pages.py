# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""docs/states shows the machines as they are."""

from __future__ import annotations

from types import ModuleType

import pytest

from docs.states.generate import FOLDER, pages
from firmware.exchange import agent, offer, place, station_state, transfer, trunk_state
from firmware.exchange.call_state import State as CallShown
from firmware.exchange.vocabulary import CallReport, LineReport, PhoneReport

PAGES = pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_of_a_machine_is_up_to_date(name: str) -> None:
    page = FOLDER / name
    assert page.is_file() and page.read_text(encoding="utf-8") == PAGES[name], (
        "run: python docs/states/generate.py"
    )


@pytest.mark.parametrize("module", [agent, offer, place, station_state, transfer, trunk_state])
def test_every_state_can_be_reached(module: ModuleType) -> None:
    """Each state but the first is assigned somewhere: it stands in the last column of some row."""
    name = module.__name__.rpartition(".")[2].removesuffix("_state")
    rows = [line.split("|") for line in PAGES[f"{name}.md"].splitlines() if line.count("|") >= 4]
    reached = {state.strip() for row in rows for state in row[-2].split(",")}
    first = next(iter(module.State)).name
    assert {state.name for state in module.State} - {first} <= reached


def test_every_shown_state_is_one_the_vocabulary_names() -> None:
    lines = {trunk_state.SHOWN.get(state, state.value) for state in trunk_state.State}
    phones = {station_state.SHOWN.get(state, state.value) for state in station_state.State}
    calls = {state.value for state in CallShown} - {"new"}
    for shown, report in ((lines, LineReport), (phones, PhoneReport), (calls, CallReport)):
        assert [state for state in shown if f'"{state}"' not in str(report.__doc__)] == []
