# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Sounds of a telephone line, made here and not by the product's own senders, and speech, which is none of them."""

from __future__ import annotations

import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp import signals

Samples = NDArray[np.float64]

SINE_PEAK_0_DBM0 = 22827.0  # ITU-T G.711: a sine of peak 32768 is +3.14 dBm0
ROWS_HZ = (697.0, 770.0, 852.0, 941.0)
COLUMNS_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS = "123A456B789C*0#D"

SPEECH = Path("/usr/share/asterisk/sounds")
SPEECH_PACKAGES = {
    "en": ("en_US_f_Allison", "asterisk-core-sounds-en-wav"),
    "es": ("es_MX_f_Allison", "asterisk-core-sounds-es-wav"),
    "fr": ("fr_CA_f_June", "asterisk-core-sounds-fr-wav"),
}


@dataclass(frozen=True)
class Pair:
    """How a digit is sent.  Offsets are parts of the frequency; twist is high over low."""

    tone_ms: float = 50.0
    level_dbm0: float = -12.0
    twist_db: float = 0.0
    low_offset: float = 0.0
    high_offset: float = 0.0


def silence(samples: int) -> Samples:
    return np.zeros(samples)


def sine(freq_hz: float, samples: int, level_dbm0: float, phase: float = 0.0) -> Samples:
    peak = SINE_PEAK_0_DBM0 * 10 ** (level_dbm0 / 20)
    return peak * np.sin(2 * np.pi * freq_hz * np.arange(samples) / 8000 + phase)


def noise(samples: int, level_dbm0: float, chance: np.random.Generator) -> Samples:
    return chance.normal(0.0, SINE_PEAK_0_DBM0 / np.sqrt(2) * 10 ** (level_dbm0 / 20), samples)


def digit(key: str, pair: Pair, chance: np.random.Generator) -> Samples:
    row, column = divmod(KEYS.index(key), 4)
    samples = round(pair.tone_ms * 8)
    low_phase, high_phase = chance.uniform(0, 2 * np.pi, 2)
    low_hz = ROWS_HZ[row] * (1 + pair.low_offset)
    high_hz = COLUMNS_HZ[column] * (1 + pair.high_offset)
    low = sine(low_hz, samples, pair.level_dbm0 - pair.twist_db / 2, low_phase)
    return low + sine(high_hz, samples, pair.level_dbm0 + pair.twist_db / 2, high_phase)


def pcm(parts: Samples | Sequence[Samples]) -> bytes:
    """16-bit samples, as they are after A-law."""
    whole = parts if isinstance(parts, np.ndarray) else np.concatenate(list(parts))
    linear = np.clip(np.rint(whole), -32768, 32767).astype("<i2").tobytes()
    return signals.from_alaw(signals.to_alaw(linear))


def samples_of(linear: bytes) -> Samples:
    return np.frombuffer(linear, "<i2").astype(np.float64)


def speech(language: str) -> Iterator[bytes]:
    """Every prompt of one language, as 16-bit samples.  Fails where the package is not installed."""
    folder, package = SPEECH_PACKAGES[language]
    files = sorted((SPEECH / folder).rglob("*.wav"))
    if not files:
        pytest.fail(f"no speech to listen to: apt-get install {package}")
    for path in files:
        with wave.open(str(path)) as file:
            yield file.readframes(file.getnframes())
