# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the line doctor has found, as plain data.  None: not found, or not looked for.

trouble: why a measurement ended early, in words for the installer; what was found until then stands.
"""

from __future__ import annotations

from typing import Literal

import msgspec

CallerIdTime = Literal["before_first_ring", "after_first_ring", "never"]


class ToneFound(msgspec.Struct, frozen=True):
    """A tone as it came in, without gain.  tone: its name in the country's plan, empty where the plan has none like it.

    on_ms, off_ms: 0 for a continuous tone.  second_hz: 0 for a single frequency.
    """

    tone: str
    freq_hz: float
    second_hz: float
    level_dbm0: float
    on_ms: int = 0
    off_ms: int = 0


class LineFound(msgspec.Struct, frozen=True):
    """One line by itself: lifted, one digit, and listened to.

    Echo is what is left of it behind the card's echo canceller, where that is on.
    """

    port: int
    trouble: str = ""
    dial_tone: ToneFound | None = None
    dial_delay_ms: int | None = None
    noise_dbm0: float | None = None
    echo_delay_ms: float | None = None
    echo_return_db: float | None = None


class Told(msgspec.Struct, frozen=True):
    """How the exchange tells a line that the other party has hung up; times in ms after that."""

    loop_drop_ms: int | None = None
    reversal_ms: int | None = None
    tone: ToneFound | None = None
    tone_ms: int | None = None

    @property
    def nothing(self) -> bool:
        return self.loop_drop_ms is None and self.reversal_ms is None and self.tone is None


class CallFound(msgspec.Struct, frozen=True):
    """Three test calls from one line to another: unanswered, ended by the caller, ended by the called.

    post_dial_ms: from the last digit to the first sound.  caller_id_wait_ms: from the end of the first ring to the end
    of the caller ID.  loss_db: from line to line; both copper pairs and the exchange together.
    """

    caller: int
    called: int
    number: str
    trouble: str = ""
    post_dial_ms: int | None = None
    ringback: ToneFound | None = None
    ring_on_ms: int | None = None
    ring_off_ms: int | None = None
    caller_id_time: CallerIdTime | None = None
    caller_id_format: str = ""
    caller_id_wait_ms: int | None = None
    caller_id_reversal: bool = False
    caller_number: str = ""
    answer_reversal: bool | None = None
    loss_db: float | None = None
    loss_back_db: float | None = None
    called_told: Told | None = None
    caller_told: Told | None = None
    busy: ToneFound | None = None


class HangUpFound(msgspec.Struct, frozen=True):
    """A call that a person made to a line, and hung up when it was answered."""

    port: int
    trouble: str = ""
    caller_number: str = ""
    told: Told | None = None


class FlashFound(msgspec.Struct, frozen=True):
    """Taps on the hook of a desk phone: how long the loop was open at each."""

    port: int
    trouble: str = ""
    open_ms: tuple[int, ...] = ()


class Findings(msgspec.Struct, frozen=True):
    """Everything of one examination."""

    lines: tuple[LineFound, ...] = ()
    calls: tuple[CallFound, ...] = ()
    hang_ups: tuple[HangUpFound, ...] = ()
    flashes: tuple[FlashFound, ...] = ()
