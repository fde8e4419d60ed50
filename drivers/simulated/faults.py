# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""How an exchange treats a line, and what goes wrong with it: parameters, and chance drawn from a seed.

A `LineProfile` is what an installer would find out about a line that works.  `Faults` is what spoils it.
Both can be set per line, and changed while it runs.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from dsp.media import LineModel
from dsp.vocabulary import CallerIdFormat

T = TypeVar("T")


class Disconnect(Enum):
    """How the exchange tells a line that the far party hung up."""

    LOOP_DROP = "loop_drop"  # the loop opens for a while, then busy tone
    REVERSAL = "reversal"  # polarity turns, then busy tone
    BUSY_TONE = "busy_tone"  # nothing but busy tone
    SILENCE = "silence"  # nothing at all: the line that never releases


class CallerIdTime(Enum):
    NEVER = "never"
    BEFORE_FIRST_RING = "before_first_ring"
    AFTER_FIRST_RING = "after_first_ring"


CLEAR_PAIR = LineModel()
"""No loss, no echo, no noise."""

LONG_PAIR = LineModel(loss_db=6.0, echo_return_db=14.0, noise_dbm0=-55.0)
"""Some kilometres of copper with a poorly matched hybrid."""


@dataclass(frozen=True, slots=True)
class LineProfile:
    """What one subscriber line does when all is well.

    first_ring_delay_ms: between the exchange taking the line for a call and its first ring or caller ID; a
    box that goes off hook in it meets the caller (glare).  recall_ms: openings of the loop up to this are no
    release.
    """

    dial_tone_delay_ms: int = 200
    first_digit_ms: int = 15_000
    post_dial_delay_ms: int = 800
    answer_reversal: bool = False
    disconnect: Disconnect = Disconnect.BUSY_TONE
    loop_drop_ms: int = 600  # kewlstart open interval 500 ms and more: dahdi/kernel.h
    busy_ms: int = 40_000
    recall_ms: int = 600
    ring_cadence_ms: tuple[int, ...] = (1000, 4000)  # GB/T 3380-1982
    first_ring_delay_ms: int = 0
    no_answer_ms: int = 60_000
    caller_id: CallerIdTime = CallerIdTime.AFTER_FIRST_RING
    caller_id_format: CallerIdFormat = CallerIdFormat.FSK
    caller_id_reversal: bool = False
    withheld: bool = False
    line: LineModel = CLEAR_PAIR


BUSY_TONE_LINE = LineProfile()
"""The ordinary analog line: FSK caller ID, no polarity reversal, nothing but busy tone at the end."""


DTMF_LINE = LineProfile(
    caller_id=CallerIdTime.BEFORE_FIRST_RING,
    caller_id_format=CallerIdFormat.DTMF_D_C,
    caller_id_reversal=True,
)
"""The older Chinese exchange: DTMF caller ID before the first ring, after a reversal."""

TRUNK_LINE = LineProfile(answer_reversal=True, disconnect=Disconnect.REVERSAL)
"""A line with reversal at answer and at hang-up, as sold to payphones and PBXs."""

TERMINAL_LINE = LineProfile(dial_tone_delay_ms=600, post_dial_delay_ms=4_500, recall_ms=900)
"""A line from an optical terminal: it gathers the digits before it calls, and never turns polarity (general knowledge,
not measured)."""


class CallerIdFault(Enum):
    BAD_CHECKSUM = "bad_checksum"
    TRUNCATED = "truncated"
    BYTES_255 = "bytes_255"
    NUL = "nul"
    MARKUP = "markup"
    ANSI = "ansi"
    GB2312_NAME = "gb2312_name"


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong.  Shares are probabilities, 0 to 1, drawn on each occasion from the seed and a name.

    ring_error_percent, tone_error_percent: the cadence of ringing, or of tones, is longer or shorter by up to this,
    drawn anew for each; by exactly this where `errors_fixed`.  A tone with an error is one for engines with samples
    only: media off has no ear for it.  no_disconnect: the far party's hang-up is never told, whatever the profile.
    bounces_max: contact bounces at each lift and hang-up, each of up to bounce_ms.
    """

    seed: int = 1
    no_dial_tone: float = 0.0
    late_dial_tone: float = 0.0
    late_dial_tone_ms: tuple[int, int] = (2500, 6000)
    lost_busy_tone: float = 0.0
    no_disconnect: float = 0.0
    noise_bursts: float = 0.0
    noise_burst_gap_ms: tuple[int, int] = (3000, 15_000)
    ring_error_percent: float = 0.0
    tone_error_percent: float = 0.0
    errors_fixed: bool = False
    caller_id_missing: float = 0.0
    caller_id_faulty: float = 0.0
    caller_id_faults: tuple[CallerIdFault, ...] = tuple(CallerIdFault)
    bounces_max: int = 0
    bounce_ms: int = 4


NORMAL = Faults(bounces_max=2)

HOSTILE = Faults(
    no_dial_tone=0.03,
    late_dial_tone=0.1,
    lost_busy_tone=0.05,
    no_disconnect=0.02,
    noise_bursts=0.3,
    ring_error_percent=9.0,  # inside the 10 % the standard allows
    caller_id_missing=0.1,
    caller_id_faulty=0.2,
    bounces_max=5,
    bounce_ms=8,
)


HOSTILE_SOUND = replace(HOSTILE, tone_error_percent=9.0)
"""The same and more, for engines with samples."""


class Chance:
    """The luck of one line or telephone: the same for the same seed and name, whatever the others do."""

    def __init__(self, seed: int, name: str) -> None:
        self._random = random.Random(f"{seed}/{name}")

    def happens(self, share: float) -> bool:
        """Draws also where the share is 0 or 1, so that one share changed does not shift the rest."""
        return self._random.random() < share

    def cadence_error(self, percent: float, fixed: bool) -> float:
        """How much longer every step of a cadence is on this occasion, as a share (0.05 is 5 % too long)."""
        drawn = self.between(-1, 1)
        return (1.0 if fixed else drawn) * percent / 100

    def between(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def count(self, at_most: int) -> int:
        return self._random.randint(0, at_most)

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self._random.randrange(len(choices))]
