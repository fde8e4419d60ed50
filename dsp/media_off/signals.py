# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What travels in place of samples.

A signal is one sounding: it begins and ceases, and is told from its like by identity.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsp.tones import Cadence
from dsp.vocabulary import SAMPLE_RATE_HZ, Tone

SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000
FSK_BAUD = 1200  # GR-30


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """A stretch of a sound that is loud enough to be heard."""


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """One DTMF digit."""

    key: str
    level_dbm0: float


@dataclass(frozen=True, slots=True, eq=False)
class ToneSignal:
    """A call-progress tone of a country, from the start of its cadence."""

    country: str
    tone: Tone


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """Caller ID as FSK."""

    raw: bytes
    lead_bits: int

    @property
    def data_samples(self) -> int:
        """From the beginning to the end of the last byte."""
        return round((self.lead_bits + 10 * len(self.raw)) * SAMPLE_RATE_HZ / FSK_BAUD)


def cadence_samples(cadence: Cadence) -> int:
    """All steps once; those that last for ever count nothing."""
    return sum(step.duration_ms for step in cadence.steps) * SAMPLES_PER_MS


Signal = Speech | Key | ToneSignal | Message
