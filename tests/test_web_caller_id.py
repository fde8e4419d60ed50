# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Caller ID gone wrong, from its sound on a line to the page, the log, the CSV and the terminal."""

from __future__ import annotations

import asyncio
import csv
import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.simulated import CallerIdFault, Faults, Layout
from firmware.cli import main
from firmware.clock import run_virtual
from firmware.logs import LOG_NAME, OneLine
from firmware.virtual import Centre
from tests.web_box import Box

FAULTS = tuple(CallerIdFault)
CALLER = "13900000001"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


async def let_them_call(data: Path) -> None:
    """One call for each fault, heard by the real detectors; call 1 has the first, and so on."""
    async with Centre(layout=Layout(fxo=1, fxs=1, outside=1), data=data) as centre:
        for fault in FAULTS:
            line = centre.card.trunks[1].line
            line.faults = Faults(caller_id_faulty=1.0, caller_id_faults=(fault,))
            caller = centre.outside(CALLER)
            await caller.call(centre.pilot)
            await centre.phone(801).rings(within_s=40)
            caller.hang_up()
            await asyncio.sleep(20)


@pytest.fixture(scope="module")
def log() -> Iterator[list[str]]:
    """Every line of the log of these tests, as the service would write it."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(OneLine().format(record))

    keep, root = Keep(), logging.getLogger()
    level = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(keep)
    root.setLevel(level)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory, log: list[str]) -> Iterator[Box]:
    data = tmp_path_factory.mktemp("box")
    run_virtual(lambda: let_them_call(data))
    whole = Box(data)
    try:
        whole.start()
        yield whole
    finally:
        whole.stop()


def names(box: Box) -> dict[CallerIdFault, tuple[str, str]]:
    """Number and name in the CSV of the calls, by what was wrong with their caller ID."""
    text = box.admin.get("/calls.csv").body.decode("utf-8-sig")
    assert not CONTROL.search(text.replace("\r\n", "\n"))
    _, *calls = csv.reader(io.StringIO(text))
    assert {len(call) for call in calls} == {11}
    return {fault: (call[2], call[3]) for fault, call in zip(FAULTS, sorted(calls), strict=True)}


def test_the_csv_holds_what_was_sent_and_nothing_that_acts(box: Box) -> None:
    found = names(box)
    assert found[CallerIdFault.BAD_CHECKSUM] == found[CallerIdFault.TRUNCATED] == ("", "")
    assert found[CallerIdFault.BYTES_255] == (CALLER, "X" * 230)
    assert found[CallerIdFault.NUL] == (CALLER, "AB")
    assert found[CallerIdFault.MARKUP] == (CALLER, "<script>alert(1)</script>")
    assert found[CallerIdFault.ANSI] == (CALLER, "redline")
    assert found[CallerIdFault.GB2312_NAME] == (CALLER, "张三丰")


def test_the_pages_show_it_as_text(box: Box) -> None:
    for path in ("/calls", *(f"/calls/{number}" for number in range(1, len(FAULTS) + 1)), "/board"):
        page = box.admin.get(path)
        assert page.status == 200, path
        assert "<script>alert" not in page.text, path
        assert not CONTROL.search(page.text), path
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in box.admin.get("/calls").text
    assert "张三丰" in box.admin.get("/calls").text


def test_the_terminal_and_the_log_are_not_steered_by_it(box: Box, log: list[str]) -> None:
    shown = io.StringIO()
    for more in ("--json", "--csv", *(str(number + 1) for number in range(len(FAULTS)))):
        assert main(["--data", str(box.data), "calls", more], shown) == 0
    assert "张三丰" in shown.getvalue()
    kept = (box.data / "log" / LOG_NAME).read_text("utf-8")
    for text in (shown.getvalue(), *log, *kept.splitlines()):
        assert not CONTROL.search(text.replace("\r\n", "\n"))
