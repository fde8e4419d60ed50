# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Sounds the far ends make that no tone plan has: a voice, line noise, and caller ID gone wrong.

All are made by arithmetic, alike on every machine, as 8 kHz A-law.
"""

from __future__ import annotations

import math
import random
from array import array
from functools import lru_cache

from dsp.vocabulary import SAMPLE_RATE_HZ

# A sine of +3.14 dBm0 just fills the A-law range, which ends at 4032 of 4096 steps (G.711, table 1a).
_FULL_SCALE_DBM0 = 3.14
_FULL_SCALE_PEAK = 32256.0


def peak_of(level_dbm0: float) -> float:
    """The peak of a sine of this level, in 16-bit steps."""
    return float(_FULL_SCALE_PEAK * 10 ** ((level_dbm0 - _FULL_SCALE_DBM0) / 20))


@lru_cache(maxsize=1)
def _alaw_table() -> bytes:
    """A-law of every 13-bit magnitude step, for positive samples (G.711, table 1a)."""
    table = bytearray()
    for step in range(4096):
        segment = max(0, (step >> 5).bit_length())
        mantissa = (step >> 1) & 15 if segment < 2 else (step >> segment) & 15
        table.append((segment << 4 | mantissa) ^ 0x55 | 0x80)
    return bytes(table)


def to_alaw(linear: list[float]) -> bytes:
    """16-bit linear samples as A-law."""
    table = _alaw_table()
    out = bytearray()
    for sample in linear:
        magnitude = min(4095, int(abs(sample)) >> 3)
        out.append(table[magnitude] if sample >= 0 else table[magnitude] ^ 0x80)
    return bytes(out)


_VOWELS_HZ = ((700, 1220), (400, 1900), (450, 1000), (300, 2250), (550, 850))


@lru_cache(maxsize=8)
def voice(pitch_hz: float = 140.0, level_dbm0: float = -16.0, duration_ms: int = 1600) -> bytes:
    """A vowel song that a speech detector takes for speech and no tone or digit detector for its own.

    The pitch glides and the vowel changes five times a second; it never falls silent, so that a repeated play
    is one stretch of speech.
    """
    harmonics = int(3400 / (pitch_hz * 1.2))
    samples = SAMPLE_RATE_HZ * duration_ms // 1000
    out: list[float] = []
    phase = 0.0
    for n in range(samples):
        t = n / SAMPLE_RATE_HZ
        pitch = pitch_hz * (
            1 + 0.12 * math.sin(2 * math.pi * 1.3 * t) + 0.04 * math.sin(2 * math.pi * 3.1 * t)
        )
        phase += 2 * math.pi * pitch / SAMPLE_RATE_HZ
        first, second = _VOWELS_HZ[int(t * 5) % len(_VOWELS_HZ)]
        sample = 0.0
        for k in range(1, harmonics + 1):
            freq = k * pitch
            weight = 1 / (1 + ((freq - first) / 110) ** 2) + 0.5 / (1 + ((freq - second) / 160) ** 2) + 0.03
            sample += weight * math.sin(k * phase + k * k)
        out.append(sample * (0.65 + 0.35 * math.sin(2 * math.pi * 4 * t)))
    return to_alaw(_levelled(out, level_dbm0))


@lru_cache(maxsize=8)
def noise(seed: int = 1, level_dbm0: float = -25.0, duration_ms: int = 300) -> bytes:
    """A crackle of white noise."""
    chance = random.Random(seed)
    return to_alaw(
        _levelled([chance.gauss(0, 1) for _ in range(SAMPLE_RATE_HZ * duration_ms // 1000)], level_dbm0)
    )


def _levelled(samples: list[float], level_dbm0: float) -> list[float]:
    rms = math.sqrt(sum(s * s for s in samples) / len(samples))
    gain = peak_of(level_dbm0) / math.sqrt(2) / rms
    return [max(-32000.0, min(32000.0, s * gain)) for s in samples]


def fsk(message: bytes, level_dbm0: float = -13.5) -> bytes:
    """A caller-ID burst of any bytes: Bell 202, 1200 bit/s, 300 bits of seizure, 180 of mark (GR-30)."""
    bits = array("B", [n % 2 for n in range(300)])
    bits.extend([1] * 180)
    for byte in message:
        bits.append(0)
        bits.extend(byte >> n & 1 for n in range(8))
        bits.append(1)
    bits.extend([1] * 12)
    peak = peak_of(level_dbm0)
    out: list[float] = []
    phase = 0.0
    for n in range(len(bits) * SAMPLE_RATE_HZ // 1200):
        freq_hz = 1200 if bits[n * 1200 // SAMPLE_RATE_HZ] else 2200
        phase += 2 * math.pi * freq_hz / SAMPLE_RATE_HZ
        out.append(peak * math.sin(phase))
    return to_alaw(out)
