# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The install passport (A20): one page for the inside of the cabinet door, Chinese and English beside each other.

What was measured, what follows for the profiles, what a person answered, and the hash of the profiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import KeepInFrame, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from firmware.errors import SwitchroomError
from firmware.line_doctor.findings import CallFound, Findings, LineFound
from firmware.line_doctor.proposal import Proposal, echo_text, told_text, tone_text
from firmware.line_doctor.questions import Answers
from firmware.settings.model import Line

FONT_FILE = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
FONT = "MicroHei"
MARGIN_MM = 12
LINES_UPRIGHT = 4  # columns that fit a page on end
LINES_MAX = 12
INK, PALE, RULE = colors.HexColor("#1b2a38"), colors.HexColor("#eef2f5"), colors.HexColor("#b8c4ce")


class PassportError(SwitchroomError):
    """The page can't be made; says what to do."""


@dataclass(frozen=True, slots=True)
class Passport:
    """Everything on the page.  made_at: civil time of the centre, as text."""

    box: str
    centre: str
    made_at: str
    version: str
    card: str
    findings: Findings
    answers: Answers
    proposal: Proposal


def check_font() -> None:
    """Raises PassportError where there is no Chinese font: said before an hour of measuring, not after."""
    if not FONT_FILE.is_file():
        raise PassportError(
            f"{FONT_FILE} is missing: apt install fonts-wqy-microhei, or leave the passport out"
        )


def pdf(passport: Passport) -> bytes:
    """One page of A4, on its side for more than four lines.  Raises PassportError where there is no font."""
    check_font()
    try:
        pdfmetrics.registerFont(TTFont(FONT, str(FONT_FILE), subfontIndex=0))
    except TTFError as error:
        raise PassportError(f"{FONT_FILE} can't be used: {error}") from error
    lines = passport.proposal.settings.lines[:LINES_MAX]
    page = A4 if len(lines) <= LINES_UPRIGHT else landscape(A4)
    wide, high = page[0] - 2 * MARGIN_MM * mm, page[1] - 2 * MARGIN_MM * mm
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=page,
        leftMargin=MARGIN_MM * mm,
        rightMargin=MARGIN_MM * mm,
        topMargin=MARGIN_MM * mm,
        bottomMargin=MARGIN_MM * mm,
        title=f"Switchroom install passport {passport.box} {passport.made_at}",
        author="Switchroom",
        invariant=1,
    )
    parts = [
        *_head(passport),
        _lines_table(passport, lines, wide),
        *_phones(passport, wide),
        *_changes(passport),
        *_words(passport),
    ]
    # The frame shrinks what would not fit: a passport is one page.
    document.build([KeepInFrame(wide - 12, high - 12, parts, mode="shrink")])
    return out.getvalue()


# --- parts of the page ---


def _style(size: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(
        "p", fontName=FONT, fontSize=size, leading=size * 1.35, textColor=INK, wordWrap="CJK", **more
    )


TITLE, HEADING, BODY, CELL = _style(16), _style(10, spaceBefore=6, spaceAfter=3), _style(8), _style(7)


def _text(words: str, style: ParagraphStyle = CELL) -> Paragraph:
    return Paragraph(escape(words), style)


def _head(passport: Passport) -> list[Any]:
    facts = (
        passport.centre,
        f"机器 Box {passport.box}",
        passport.made_at,
        f"板卡 Card {passport.card}",
        f"Switchroom {passport.version}",
        f"配置指纹 Profile hash {passport.proposal.profile_hash}",
    )
    return [
        _text("安装护照 Install passport", TITLE),
        Spacer(1, 4),
        _text(" · ".join(facts), BODY),
        Spacer(1, 6),
    ]


def _lines_table(passport: Passport, lines: Sequence[Line], wide: float) -> Table:
    columns = [_column(passport, line) for line in lines]
    head = ["外线 Line", *(f"{line.port}　{line.name}" for line in lines)]
    rows = [[label, *(column.get(label, "–") for column in columns)] for label in _labels(columns)]
    first = 34 * mm
    widths = [first, *([(wide - 12 - first) / max(1, len(lines))] * len(lines))]
    table = Table([[_text(cell) for cell in row] for row in (head, *rows)], colWidths=widths, repeatRows=1)
    table.setStyle(_look())
    return table


def _labels(columns: Sequence[dict[str, str]]) -> list[str]:
    return list(dict.fromkeys(label for column in columns for label in column))


def _look() -> TableStyle:
    return TableStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), PALE),
            ("BACKGROUND", (0, 0), (0, -1), PALE),
            ("INNERGRID", (0, 0), (-1, -1), 0.25, RULE),
            ("BOX", (0, 0), (-1, -1), 0.5, RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ]
    )


def _column(passport: Passport, line: Line) -> dict[str, str]:
    findings, answers = passport.findings, passport.answers.of(line.port)
    alone = next((each for each in findings.lines if each.port == line.port), LineFound(line.port))
    nobody = CallFound(0, 0, "")
    outward = next((each for each in findings.calls if each.caller == line.port), nobody)
    inward = next((each for each in findings.calls if each.called == line.port), nobody)
    by_hand = next((each.told for each in findings.hang_ups if each.port == line.port), None)
    return {
        "号码 Number": line.number or "–",
        "拨号音 Dial tone": f"{tone_text(alone.dial_tone)}, {_ms(alone.dial_delay_ms)}",
        "噪声 Noise": "–" if alone.noise_dbm0 is None else f"{alone.noise_dbm0:.0f} dBm0",
        "回声 Echo": echo_text(alone),
        "拨号后延迟 Post-dial delay": _ms(outward.post_dial_ms),
        "回铃音 Ringback": tone_text(outward.ringback),
        "传输衰减 Loss to next line": "–" if outward.loss_db is None else f"{outward.loss_db:.1f} dB",
        "应答反极 Reversal at answer": _yes_no(outward.answer_reversal),
        "振铃 Ringing": f"{_ms(inward.ring_on_ms)} / {_ms(inward.ring_off_ms)}",
        "来电显示 Caller ID": _caller_id(inward),
        "对方挂机（呼入）Hang-up, calls in": told_text(inward.called_told or by_hand),
        "对方挂机（呼出）Hang-up, calls out": told_text(outward.caller_told),
        "忙音 Busy": tone_text(outward.busy or (outward.caller_told.tone if outward.caller_told else None)),
        "线路来源 Source": answers.source or "未问 not asked",
        "振铃电压 Ring voltage": "未问 not asked"
        if answers.ring_volts is None
        else f"{answers.ring_volts:.0f} V",
        "阻抗 Impedance": answers.impedance or "未问 not asked",
    }


def _caller_id(call: CallFound) -> str:
    if call.caller_id_time is None:
        return "–"
    if call.caller_id_time == "never":
        return "无 none"
    before = call.caller_id_time == "before_first_ring"
    when = "响铃前 before ring 1" if before else f"响铃后 after ring 1, {_ms(call.caller_id_wait_ms)}"
    return f"{call.caller_id_format}, {when}"


def _phones(passport: Passport, wide: float) -> list[Any]:
    settings = passport.proposal.settings
    taps = {each.port: each.open_ms for each in passport.findings.flashes if each.open_ms}
    cells = [
        f"{phone.port}: {phone.extension} {phone.name}　"
        f"拍叉 flash {phone.flash_shortest_ms}–{phone.flash_longest_ms} ms"
        + (f"（测得 measured {', '.join(map(str, taps[phone.port]))}）" if phone.port in taps else "")
        for phone in settings.phones[:32]
    ]
    rows = [cells[at : at + 2] for at in range(0, len(cells), 2)]
    rows = [row if len(row) == 2 else [*row, ""] for row in rows]
    if not rows:
        return []
    table = Table([[_text(cell) for cell in row] for row in rows], colWidths=[(wide - 12) / 2] * 2)
    table.setStyle(TableStyle([*_look().getCommands()[2:]]))
    return [_text("话机 Phones", HEADING), table]


def _changes(passport: Passport) -> list[Any]:
    changes = passport.proposal.changes
    head = _text("建议修改的设置 Proposed settings", HEADING)
    if not changes:
        return [head, _text("没有 none", BODY)]
    return [head, *(_text(f"{each.path} = {_value(each.after)}　({each.why})") for each in changes)]


def _words(passport: Passport) -> list[Any]:
    power = passport.answers.power_failure or "未问 not asked"
    parts = [_text("说明 Remarks", HEADING), _text(f"断电直通 In a power failure: {power}")]
    return [*parts, *(_text(remark) for remark in passport.proposal.remarks)]


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _ms(value: int | None) -> str:
    return "–" if value is None else f"{value} ms"


def _yes_no(value: bool | None) -> str:
    return "–" if value is None else ("有 yes" if value else "无 no")
