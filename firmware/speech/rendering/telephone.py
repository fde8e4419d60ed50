# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""From studio sound to what a telephone line carries: band, level, trimmed silence, A-law in a WAV file."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from scipy import signal

SAMPLE_RATE_HZ = 8000
# A telephone line carries 300-3400 Hz (ITU-T G.712); what lies outside only costs level.
BAND_HZ = (300, 3400)
# Speech is brought to this level while it lasts; prompts, words and music then follow each other evenly.
ACTIVE_LEVEL_DBM0 = -16.0
# 0 dBm0 is 3.14 dB under a full-scale sine on A-law (ITU-T G.711, table 5), whose RMS is 3.01 dB under its peak.
FULL_SCALE_RMS_DBM0 = 3.14 + 3.01
LIMIT = 0.85
SILENCE_LEFT_MS = 50
# Between the parts of a sentence a longer silence sounds, and is heard, as its end.
SILENCE_WITHIN_MS = 15
FRAME_MS = 20

Sound: TypeAlias = np.ndarray[Any, Any]


def to_line(sound: Sound, rate_hz: int, silence_ms: int = SILENCE_LEFT_MS) -> Sound:
    """A finished prompt at 8 kHz: in band, trimmed, at level, edges faded.  sound: floats, one channel."""
    band = signal.butter(6, BAND_HZ, "bandpass", fs=rate_hz, output="sos")
    narrow = signal.resample_poly(signal.sosfiltfilt(band, sound), SAMPLE_RATE_HZ, rate_hz)
    return fade(at_level(trim(narrow, silence_ms)))


def frame_levels(sound: Sound) -> Sound:
    """RMS of each 20 ms."""
    size = SAMPLE_RATE_HZ * FRAME_MS // 1000
    count = max(1, len(sound) // size)
    frames = (
        np.resize(sound, (count, size)) if len(sound) < size else sound[: count * size].reshape(count, size)
    )
    levels: Sound = np.sqrt(np.mean(frames**2, axis=1))
    return levels


def active_dbm0(sound: Sound) -> float:
    """The level while there is sound: frames within 25 dB of the loudest."""
    levels = frame_levels(sound)
    active = levels[levels > levels.max() * 10 ** (-25 / 20)]
    return float(20 * np.log10(np.sqrt(np.mean(active**2))) + FULL_SCALE_RMS_DBM0)


def trim(sound: Sound, silence_ms: int) -> Sound:
    """Silence at both ends cut down to silence_ms.  Sound: down to 40 dB below the loudest frame, for consonants."""
    levels = frame_levels(sound)
    heard = np.nonzero(levels > levels.max() * 10 ** (-40 / 20))[0]
    frame, left = SAMPLE_RATE_HZ * FRAME_MS // 1000, SAMPLE_RATE_HZ * silence_ms // 1000
    first, last = heard[0] * frame, (heard[-1] + 1) * frame
    padded = np.concatenate([np.zeros(left), sound, np.zeros(left)])
    return padded[first : last + 2 * left]


def at_level(sound: Sound) -> Sound:
    """Brought to ACTIVE_LEVEL_DBM0; peaks are bent below LIMIT.  Two rounds, for bending lowers the level."""
    for _ in range(2):
        sound = sound * 10 ** ((ACTIVE_LEVEL_DBM0 - active_dbm0(sound)) / 20)
        over = np.abs(sound) > LIMIT * 0.6
        knee = LIMIT * 0.6
        bent = knee + (LIMIT - knee) * np.tanh((np.abs(sound) - knee) / (LIMIT - knee))
        sound = np.where(over, np.sign(sound) * bent, sound)
    return sound


def fade(sound: Sound, edge_ms: int = 10) -> Sound:
    edge = np.linspace(0, 1, SAMPLE_RATE_HZ * edge_ms // 1000)
    sound = sound.copy()
    sound[: len(edge)] *= edge
    sound[-len(edge) :] *= edge[::-1]
    return sound


def encode_alaw(sound: Sound) -> bytes:
    """ITU-T G.711: sign, three bits of segment, four bits of position, even bits inverted."""
    pcm = np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int32)
    magnitude = np.where(pcm < 0, -pcm - 1, pcm) >> 4  # 0..2047: A-law knows 11 bits of magnitude
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 3, 0)
    position = magnitude >> np.maximum(segment - 1, 0)
    code = (segment << 4) | (position & 15)
    code = np.where(pcm < 0, code, code | 0x80) ^ 0x55
    encoded: bytes = code.astype(np.uint8).tobytes()
    return encoded


def write_wav(path: Path, sound: Sound) -> None:
    """An A-law WAV file: format 6, 8 kHz, one channel."""
    data = encode_alaw(sound)
    form = struct.pack("<HHIIHHH", 6, 1, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ, 1, 8, 0)
    chunks = _chunk(b"fmt ", form) + _chunk(b"fact", struct.pack("<I", len(data))) + _chunk(b"data", data)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def read_wav(path: Path) -> Sound:
    """The sound of a file written by `write_wav`."""
    content = path.read_bytes()
    at = content.index(b"data")
    length = struct.unpack("<I", content[at + 4 : at + 8])[0]
    return _DECODED[np.frombuffer(content[at + 8 : at + 8 + length], np.uint8)]


def _decoding() -> Sound:
    """ITU-T G.711, the middle of each interval."""
    code = np.arange(256) ^ 0x55
    segment, position = (code >> 4) & 7, code & 15
    magnitude = (
        np.where(segment == 0, position * 2 + 1, (position * 2 + 33) << np.maximum(segment - 1, 0)) * 8
    )
    signed: Sound = np.where(code & 0x80, magnitude, -magnitude) / 32768
    return signed


_DECODED = _decoding()
