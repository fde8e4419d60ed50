# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""An A-law WAV file as a browser can play it (16-bit PCM), any stretch of it at a time, and its waveform.

Browsers do not play A-law.  One A-law byte becomes one 16-bit sample, so a range of the rendition is a range of the
file, and nothing needs to be converted but what was asked for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HEADER_BYTES = 44
CHUNK_BYTES = 32_768
_WAVE_ALAW = 6  # RFC 2361 A.7
_WAVE_PCM = 1  # RFC 2361 A.2
_CHUNKS_MAX = 64


class NoWave(Exception):
    """The file is not an A-law WAV file."""


def _expanded(code: int) -> int:
    """The 16-bit sample of an A-law byte (ITU-T G.711 table 1a: 13 bits, here to the left)."""
    code ^= 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return magnitude if code & 0x80 else -magnitude


_SAMPLES = [_expanded(code) for code in range(256)]
_LOW = bytes(sample & 0xFF for sample in _SAMPLES)
_HIGH = bytes((sample >> 8) & 0xFF for sample in _SAMPLES)
# Loudness of a byte on a scale to 255 that grows with level as an eye expects it: the square root of the magnitude.
_LOUDNESS = bytes(min(255, round((abs(sample) / 32_256) ** 0.5 * 255)) for sample in _SAMPLES)


def to_pcm(alaw: bytes) -> bytes:
    """16-bit little-endian samples."""
    pcm = bytearray(2 * len(alaw))
    pcm[0::2] = alaw.translate(_LOW)
    pcm[1::2] = alaw.translate(_HIGH)
    return bytes(pcm)


@dataclass(frozen=True, slots=True)
class Wave:
    """Where the sound of an A-law WAV file lies.  A file still being written, or cut, has as much as is there."""

    path: Path
    channels: int
    rate_hz: int
    data_at: int
    data_bytes: int

    @property
    def seconds(self) -> float:
        return self.data_bytes / self.channels / self.rate_hz

    def part(self, offset_ms: int, length_ms: int) -> Wave:
        """A stretch of it, as a voicemail is a stretch of a call."""
        begin = min(offset_ms * self.rate_hz // 1000 * self.channels, self.data_bytes)
        length = length_ms * self.rate_hz // 1000 * self.channels
        return Wave(
            self.path, self.channels, self.rate_hz, self.data_at + begin, min(length, self.data_bytes - begin)
        )


def read(path: Path) -> Wave:
    """Raises NoWave; OSError where the file is gone."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            raise NoWave(path.name)
        return _chunks(path, file, size)


def _chunks(path: Path, file: BinaryIO, size: int) -> Wave:
    channels = rate_hz = 0
    for _ in range(_CHUNKS_MAX):
        head = file.read(8)
        if len(head) < 8:
            break
        name, length = head[:4], int.from_bytes(head[4:], "little")
        if name == b"fmt ":
            code, channels, rate_hz = struct.unpack("<HHI", file.read(8))
            if code != _WAVE_ALAW or channels not in (1, 2) or not rate_hz:
                raise NoWave(path.name)
            file.seek(length - 8 + length % 2, 1)
        elif name == b"data" and channels:
            at = file.tell()
            whole = size - at if length in (0, 0xFFFFFFFF) else min(length, size - at)
            return Wave(path, channels, rate_hz, at, whole - whole % channels)
        else:
            file.seek(length + length % 2, 1)
    raise NoWave(path.name)


def pcm_size(wave: Wave) -> int:
    """The length in bytes of the PCM rendition, header and all."""
    return HEADER_BYTES + 2 * wave.data_bytes


def pcm(wave: Wave, begin: int, end: int) -> Iterator[bytes]:
    """Bytes begin..end (not included) of the PCM rendition."""
    if begin < HEADER_BYTES:
        yield _header(wave)[begin : min(end, HEADER_BYTES)]
    first, last = max(0, begin - HEADER_BYTES), max(0, end - HEADER_BYTES)
    with wave.path.open("rb") as file:
        file.seek(wave.data_at + first // 2)
        at = first - first % 2
        while at < last:
            alaw = file.read(min(CHUNK_BYTES, -(-(last - at) // 2)))
            if not alaw:
                return
            piece = to_pcm(alaw)
            yield piece[max(0, first - at) : max(0, last - at)]
            at += len(piece)


def _header(wave: Wave) -> bytes:
    align = 2 * wave.channels
    format_chunk = struct.pack(
        "<4sIHHIIHH", b"fmt ", 16, _WAVE_PCM, wave.channels, wave.rate_hz, wave.rate_hz * align, align, 16
    )
    length = 2 * wave.data_bytes
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + length, b"WAVE")
        + format_chunk
        + struct.pack("<4sI", b"data", length)
    )


def peaks(wave: Wave, count: int) -> list[list[int]]:
    """For each track, `count` loudest moments from 0 to 255, evenly over its length."""
    frames = wave.data_bytes // wave.channels
    count = max(1, min(count, frames or 1))
    tracks: list[list[int]] = [[] for _ in range(wave.channels)]
    with wave.path.open("rb") as file:
        file.seek(wave.data_at)
        for index in range(count):
            length = frames * (index + 1) // count - frames * index // count
            loudness = file.read(length * wave.channels).translate(_LOUDNESS)
            for channel, track in enumerate(tracks):
                track.append(max(loudness[channel :: wave.channels], default=0))
    return tracks
