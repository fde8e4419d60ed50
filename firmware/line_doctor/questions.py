# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What no card can measure is asked, and stands in the passport as somebody's word.

Answers may also come in a file:

    power_failure = "line 4 on phone 808, by the card's relay"
    [lines.1]
    source = "terminal"
    ring_volts = 52.0
    impedance = "600"
"""

from __future__ import annotations

from typing import Literal

import msgspec

Source = Literal["", "exchange", "terminal", "gateway", "pbx"]


class LineAnswers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one line.  source: what it comes from; terminal: an operator's optical terminal.  ring_volts: measured at the
    socket, with a telephone on it, while it rings.  impedance: "600", or "complex" as an exchange may have it.
    """

    source: Source = ""
    ring_volts: float | None = None
    impedance: Literal["", "600", "900", "complex"] = ""


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """power_failure: which telephone is on which line when the box has no power, and by what."""

    lines: dict[int, LineAnswers] = {}
    power_failure: str = ""

    def of(self, port: int) -> LineAnswers:
        return self.lines.get(port, LineAnswers())


class Question(msgspec.Struct, frozen=True):
    """field: of LineAnswers, or power_failure with port 0.  choices empty: free words, or a number."""

    port: int
    field: str
    zh: str
    en: str
    choices: tuple[str, ...] = ()


def questions(ports: tuple[int, ...]) -> tuple[Question, ...]:
    found: list[Question] = []
    for port in ports:
        found += [
            Question(
                port,
                "source",
                f"线路 {port} 来自哪里：exchange 交换机，terminal 光猫，gateway 语音网关，pbx 集团电话",
                f"Line {port} comes from an exchange, an optical terminal, a gateway or a pbx",
                ("exchange", "terminal", "gateway", "pbx"),
            ),
            Question(
                port,
                "ring_volts",
                f"线路 {port} 振铃时（接着话机）用万用表测得多少伏交流",
                f"Line {port}: volts AC at the socket while it rings, with a telephone on it",
            ),
            Question(
                port,
                "impedance",
                f"线路 {port} 的阻抗（运营商的说法）：600，900 或 complex",
                f"Line {port}: its impedance as the operator says: 600, 900 or complex",
                ("600", "900", "complex"),
            ),
        ]
    found.append(
        Question(
            0,
            "power_failure",
            "断电时哪部话机接在哪条线路上，通过什么",
            "Which telephone is on which line when the box has no power, and by what",
        )
    )
    return tuple(found)


def answered(answers: Answers, question: Question, word: str) -> Answers:
    """With one more answer; an empty word is none.  Raises msgspec.ValidationError for one that can't be."""
    if not word:
        return answers
    if question.field == "power_failure":
        return msgspec.structs.replace(answers, power_failure=word)
    plain = msgspec.to_builtins(answers.of(question.port)) | {question.field: word}
    line = msgspec.convert(plain, LineAnswers, strict=False)
    return msgspec.structs.replace(answers, lines={**answers.lines, question.port: line})
