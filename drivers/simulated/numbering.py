# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a dialled number means to the simulated exchange: when it is complete, and its normal form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Treatment(Enum):
    """What a caller meets behind a number that is no telephone."""

    BUSY = "busy"
    VACANT = "vacant"
    CONGESTION = "congestion"
    NO_ANSWER = "no_answer"
    ANNOUNCEMENT = "announcement"  # speech instead of a tone, as for a phone that is switched off
    SILENCE = "silence"


class Completeness(Enum):
    MORE = "more"
    MAYBE = "maybe"  # a number, but a longer one may begin with it
    COMPLETE = "complete"


EMERGENCY_NUMBERS = ("110", "119", "120", "122")

# The first pattern that matches decides: (beginning, fewest digits, most digits).  China's national numbering
# plan in outline; it only has to be right about lengths.
_LENGTHS: tuple[tuple[re.Pattern[str], int, int], ...] = (
    (re.compile(r"00"), 6, 20),
    (re.compile(r"01[3-9]"), 12, 12),  # a mobile number with the long-distance 0
    (re.compile(r"0(10|2[0-9])"), 11, 11),
    (re.compile(r"0[3-9]"), 11, 12),
    (re.compile(r"1[3-9]"), 11, 11),
    (re.compile(r"100"), 5, 5),
    (re.compile(r"12[35]"), 5, 5),
    (re.compile(r"1[12]"), 3, 3),
    (re.compile(r"955"), 5, 5),
    (re.compile(r"96"), 5, 6),
    (re.compile(r"[48]00"), 10, 10),
)


@dataclass(frozen=True, slots=True)
class NumberingPlan:
    """The numbering plan as seen from one area."""

    area_code: str = "020"
    local_digits: int = 8

    def completeness(self, digits: str) -> Completeness:
        fewest, most = self._length(digits)
        if len(digits) >= most:
            return Completeness.COMPLETE
        return Completeness.MAYBE if len(digits) >= fewest else Completeness.MORE

    def normal(self, digits: str) -> str:
        """The number with its area code, and a mobile number without a leading 0."""
        if re.fullmatch(r"01[3-9]\d{9}", digits):
            return digits[1:]
        if len(digits) == self.local_digits and digits[:1] in set("2345678") and not digits.startswith("400"):
            return self.area_code + digits
        return digits

    def _length(self, digits: str) -> tuple[int, int]:
        for beginning, fewest, most in _LENGTHS:
            if beginning.match(digits):
                return fewest, most
        if digits[:1] in set("2345678"):
            # "40" and "80" may become 400 or 800 numbers, which are no shorter than a local one.
            return self.local_digits, self.local_digits
        return 3, 20


GUANGZHOU = NumberingPlan()
