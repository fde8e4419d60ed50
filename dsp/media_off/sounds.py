# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Loaded sounds: how long they are and where they are loud."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

# dsp/csrc/speech.c: loud is -45 dBm0 in a frame of 10 ms, and a pause of less than 400 ms is none.
_FRAME_SAMPLES = 80
_PAUSE_FRAMES = 40
_LOUD_LINEAR = 128  # the peak of a sine of -45 dBm0
_A_FEW_LOUD = 8  # samples of a frame


@dataclass(frozen=True, slots=True)
class Sound:
    """samples: its length.  loud: stretches (from, to) parted by pauses."""

    samples: int
    loud: tuple[tuple[int, int], ...]


def _is_loud(code: int) -> bool:
    """ITU-T G.711, A-law: whether the code stands for at least _LOUD_LINEAR."""
    value = code ^ 0x55
    exponent, mantissa = value >> 4 & 7, value & 15
    step = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return step >= _LOUD_LINEAR


_LOUDNESS = bytes(_is_loud(code) for code in range(256))


@cache
def measured(alaw: bytes) -> Sound:
    """What media off keeps of a sound."""
    marks = alaw.translate(_LOUDNESS)
    loud: list[tuple[int, int]] = []
    for at in range(0, len(marks), _FRAME_SAMPLES):
        if marks.count(1, at, at + _FRAME_SAMPLES) < _A_FEW_LOUD:
            continue
        end = min(at + _FRAME_SAMPLES, len(marks))
        if loud and at - loud[-1][1] < _PAUSE_FRAMES * _FRAME_SAMPLES:
            loud[-1] = (loud[-1][0], end)
        else:
            loud.append((at, end))
    return Sound(len(alaw), tuple(loud))
