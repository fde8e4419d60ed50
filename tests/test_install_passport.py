# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The install passport: one page, in both languages, with what was found and what was said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from firmware.line_doctor import passport
from firmware.line_doctor.findings import CallFound, Findings, FlashFound, LineFound, Told, ToneFound
from firmware.line_doctor.passport import Passport, PassportError, pdf
from firmware.line_doctor.proposal import propose
from firmware.line_doctor.questions import Answers, LineAnswers
from firmware.settings.factory import factory

BUSY = ToneFound("busy", 450.0, 0.0, -11.0, 350, 350)


def made(lines: int, phones: int = 8) -> Passport:
    ports = tuple(range(1, lines + 1))
    findings = Findings(
        tuple(LineFound(port, "", ToneFound("dial", 450.0, 0.0, -12.0), 230, -58.0, 4.0, 17.0) for port in ports),
        tuple(
            CallFound(
                port, port % lines + 1, f"0208888{port:04}", "", 800, BUSY, 1000, 4000, "after_first_ring", "fsk",
                1200, False, f"0208888{port - 1:04}", True, 3.0, 3.1, Told(reversal_ms=500), Told(tone=BUSY),
            )
            for port in ports
        ),
        flashes=(FlashFound(lines + 1, "", (250, 260, 270)),),
    )  # fmt: skip
    answers = Answers({1: LineAnswers("terminal", 48, "600")}, "line 4 on phone 808 <relay> & plug")
    settings = factory(ports, range(lines + 1, lines + phones + 1))
    proposal = propose(settings, findings, answers)
    return Passport("box1", "Centre", "2026-11-25 20:00", "0.1.0", "simulated", findings, answers, proposal)


def text_of(page: bytes, folder: Path) -> tuple[str, int]:
    """What poppler reads in it, and how many pages it finds."""
    file = folder / "passport.pdf"
    file.write_bytes(page)
    text = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True
    ).stdout
    info = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    pages = next(line for line in info.splitlines() if line.startswith("Pages:"))
    return text, int(pages.split()[1])


def test_the_page_says_what_was_found_and_what_was_answered(tmp_path: Path) -> None:
    text, pages = text_of(pdf(made(4)), tmp_path)
    assert pages == 1
    for words in (
        "安装护照",
        "Install passport",
        "450 Hz -12 dBm0",
        "17 dB, 4 ms",
        "48 V",
        "terminal",
        "line 4 on phone 808",
    ):
        assert words in text, words
    assert made(4).proposal.profile_hash in text


@pytest.mark.parametrize("lines", [1, 8, 12])
def test_it_stays_one_page_however_many_lines_there_are(lines: int, tmp_path: Path) -> None:
    assert text_of(pdf(made(lines, phones=32)), tmp_path)[1] == 1


def test_what_was_not_asked_stands_there_as_not_asked(tmp_path: Path) -> None:
    text, _ = text_of(pdf(made(2)), tmp_path)
    assert "not asked" in text


def test_without_a_chinese_font_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passport, "FONT_FILE", Path("/nowhere/font.ttc"))
    with pytest.raises(PassportError, match="apt install fonts-wqy-microhei"):
        pdf(made(1))
