# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""`switchroom replay`: a journal's folder or one of its files, whole, cut and touched."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest

from drivers.simulated import Layout
from firmware.cli.command import DONE, WRONG
from firmware.cli.main import main
from firmware.clock import run_virtual
from firmware.journal import Fed, Reading, frame
from firmware.virtual import Centre


def replayed(journal: Path) -> tuple[int, dict[str, Any], str]:
    """The exit code, what is said as JSON, and as text."""
    plain, text = io.StringIO(), io.StringIO()
    code = main(["replay", str(journal), "--json"], plain)
    assert main(["replay", str(journal)], text) == code
    return code, json.loads(plain.getvalue()), text.getvalue()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Of a box in which one desk phone has called another."""

    async def run() -> None:
        async with Centre(layout=Layout(fxo=1, fxs=2, outside=1), media=False, data=tmp_path) as centre:
            await centre.phone(801).call("802")
            await centre.phone(802).rings()
            centre.phone(802).lift()
            await asyncio.sleep(5)
            centre.phone(801).hang_up()
            await asyncio.sleep(5)

    run_virtual(run)
    return tmp_path / "journal"


def test_a_journal_that_is_whole_has_the_same_effects(journal: Path) -> None:
    (segment,) = journal.iterdir()
    for path in (journal, segment):
        code, plain, text = replayed(path)
        assert (code, plain["agrees"], plain["segments"]) == (DONE, True, 1)
        assert plain["facts"] > 5
        assert plain["effects"] > plain["facts"]
        assert "the effects agree" in text


def test_a_journal_that_was_cut_agrees_as_far_as_it_goes_and_says_so(journal: Path) -> None:
    (segment,) = journal.iterdir()
    segment.write_bytes(segment.read_bytes()[:-7])
    code, plain, text = replayed(journal)
    assert (code, plain["agrees"]) == (DONE, True)
    assert plain["damage"]
    assert "cut: " in text


def test_a_fact_that_was_taken_out_is_named_by_its_position(journal: Path) -> None:
    (segment,) = journal.iterdir()
    entries = list(Reading(segment.read_bytes()))
    facts = [entry for entry in entries if isinstance(entry, Fed)]
    taken = facts[2]
    segment.write_bytes(b"".join(frame(entry) for entry in entries if entry is not taken))
    code, plain, text = replayed(journal)
    assert (code, plain["agrees"]) == (WRONG, False)
    assert f"from position {plain['difference']['position']}" in text
