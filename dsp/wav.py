# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""WAV files: any common one in, 8 kHz A-law out; and the repair of a recording that was cut off.

Files come from people and from power cuts.  Whatever is wrong with one is a WavError that says what, in words
for the person who brought it.  No other program and no large library is needed, so the service may call this.
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dsp import signals
from dsp.vocabulary import SAMPLE_RATE_HZ

LONGEST_S = 3600
_CHANNELS_MAX = 8
_RATE_MIN_HZ, _RATE_MAX_HZ = 4000, 192000
_CHUNKS_MAX = 1000

# Format codes of RFC 2361 and the WAVE specification.
_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE
_OTHER_FORMATS = {
    0x0002: "Microsoft ADPCM",
    0x0011: "IMA ADPCM",
    0x0031: "GSM 6.10",
    0x0055: "MP3",
    0x00FF: "AAC",
}


class WavError(ValueError):
    """This is no WAV file we can use; the text says why."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What a file holds: one string of 16-bit samples at 8 kHz for each track."""

    tracks: tuple[bytes, ...]

    @property
    def samples(self) -> int:
        return len(self.tracks[0]) // 2


@dataclass(frozen=True, slots=True)
class _Format:
    code: int
    channels: int
    rate_hz: int
    bits: int

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.bits // 8


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things are in a file."""

    format: _Format
    data_at: int
    data_bytes: int  # as the header says
    fact_at: int | None


def _format(body: bytes) -> _Format:
    if len(body) < 16:
        raise WavError("its format chunk is cut off")
    code, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if code == _EXTENSIBLE and len(body) >= 26:
        (code,) = struct.unpack_from("<H", body, 24)
    allowed = {_PCM: (8, 16, 24, 32), _FLOAT: (32,), _ALAW: (8,), _ULAW: (8,)}
    if code not in allowed:
        name = _OTHER_FORMATS.get(code, f"format {code:#06x}")
        raise WavError(f"it is compressed ({name}): save it as PCM, A-law or µ-law")
    if bits not in allowed[code]:
        raise WavError(f"it has {bits} bits a sample, which its format does not have")
    if not 1 <= channels <= _CHANNELS_MAX:
        raise WavError(f"it has {channels} channels")
    if not _RATE_MIN_HZ <= rate_hz <= _RATE_MAX_HZ:
        raise WavError(f"its sampling rate is {rate_hz} Hz: {_RATE_MIN_HZ} to {_RATE_MAX_HZ} can be used")
    return _Format(code, channels, rate_hz, bits)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, where the body begins, and how long it says it is."""
    for _ in range(_CHUNKS_MAX):
        header = file.read(8)
        if len(header) < 8:
            return
        name, size = header[:4], int.from_bytes(header[4:], "little")
        at = file.tell()
        yield name, at, size
        file.seek(at + size + size % 2)  # chunks begin at even places


def _layout(file: BinaryIO) -> _Layout:
    start = file.read(12)
    if len(start) < 12 or start[:4] != b"RIFF" or start[8:] != b"WAVE":
        raise WavError("it is no WAV file" if start else "it is empty")
    found: _Format | None = None
    fact_at: int | None = None
    for name, at, size in _chunks(file):
        if name == b"fmt ":
            found = _format(file.read(min(size, 64)))
        elif name == b"fact":
            fact_at = at
        elif name == b"data":
            if found is None:
                raise WavError("it does not say what format its sound has")
            return _Layout(found, at, size, fact_at)
    raise WavError("there is no sound in it")


def _there(file: BinaryIO, layout: _Layout) -> int:
    """How many bytes of sound the file really has, in whole frames."""
    size = os.fstat(file.fileno()).st_size - layout.data_at
    return size - size % layout.format.frame_bytes


# Samples of one channel to 16 bits, by taking bytes apart: fast enough without any library.


def _tables(linear: bytes) -> tuple[bytes, bytes]:
    return linear[0::2], linear[1::2]


def _ulaw_linear() -> bytes:
    """ITU-T G.711 table 2a, decoded, for every code."""
    values = array("h")
    for code in range(256):
        inverted = ~code & 0xFF
        magnitude = ((((inverted & 0x0F) << 3) + 0x84) << ((inverted & 0x70) >> 4)) - 0x84
        values.append(-magnitude if inverted & 0x80 else magnitude)
    return values.tobytes()


_ALAW_LOW, _ALAW_HIGH = _tables(signals.from_alaw(bytes(range(256))))
_ULAW_LOW, _ULAW_HIGH = _tables(_ulaw_linear())
_UNSIGNED = bytes(value ^ 0x80 for value in range(256))


def _halves(low: bytes, high: bytes) -> bytes:
    linear = bytearray(2 * len(high))
    linear[0::2], linear[1::2] = low, high
    return bytes(linear)


def _float_linear(data: bytes) -> bytes:
    """Whatever is no number is silence."""
    values = (value if value == value else 0.0 for value in memoryview(data).cast("f"))
    return array("h", (int(max(-32768.0, min(32767.0, value * 32768.0))) for value in values)).tobytes()


def _linear(data: bytes, sound: _Format) -> bytes:
    """Samples of one channel, as 16 bits."""
    match sound.code, sound.bits:
        case code, 8 if code == _ALAW:
            return _halves(data.translate(_ALAW_LOW), data.translate(_ALAW_HIGH))
        case code, 8 if code == _ULAW:
            return _halves(data.translate(_ULAW_LOW), data.translate(_ULAW_HIGH))
        case _, 8:
            return _halves(bytes(len(data)), data.translate(_UNSIGNED))
        case code, 32 if code == _FLOAT:
            return _float_linear(data)
        case _, bits:
            width = bits // 8  # the lowest bytes of 24 and 32 bits are below anything A-law can hold
            return _halves(data[width - 2 :: width], data[width - 1 :: width])


def _channel(data: bytes, number: int, sound: _Format) -> bytes:
    if sound.channels == 1:
        return data
    width = sound.bits // 8
    taken = bytearray(len(data) // sound.channels)
    for byte in range(width):
        taken[byte::width] = data[number * width + byte :: sound.frame_bytes]
    return bytes(taken)


def _at_8_khz(linear: bytes, rate_hz: int) -> bytes:
    if rate_hz == SAMPLE_RATE_HZ:
        return linear
    return signals.resampled(array("f", memoryview(linear).cast("h")).tobytes(), rate_hz)


def _bytes_wanted(file: BinaryIO, layout: _Layout, longest_s: float, cut_allowed: bool) -> int:
    there = _there(file, layout)
    says = layout.data_bytes - layout.data_bytes % layout.format.frame_bytes
    if says > there and not cut_allowed:
        raise WavError(f"it is cut off: {there} bytes of sound are there of {says}")
    # A recording whose box lost its power may say 0 and hold all but the last second.
    wanted = there if says > there or (cut_allowed and says == 0) else says
    if wanted == 0:
        raise WavError("there is no sound in it")
    seconds = wanted / layout.format.frame_bytes / layout.format.rate_hz
    if seconds > longest_s:
        raise WavError(f"it is too long: {seconds:.0f} s, where {longest_s:.0f} are allowed")
    return wanted


def read(path: Path, longest_s: float = LONGEST_S, cut_allowed: bool = False) -> Sound:
    """Every track of a file.  cut_allowed: take what is there of one that was cut off.  Raises WavError,
    OSError."""
    with path.open("rb") as file:
        layout = _layout(file)
        wanted = _bytes_wanted(file, layout, longest_s, cut_allowed)
        file.seek(layout.data_at)
        data = file.read(wanted)
    sound = layout.format
    return Sound(
        tuple(
            _at_8_khz(_linear(_channel(data, number, sound), sound), sound.rate_hz)
            for number in range(sound.channels)
        )
    )


def _mixed(tracks: tuple[bytes, ...]) -> bytes:
    if len(tracks) == 1:
        return tracks[0]
    columns = zip(*(memoryview(track).cast("h") for track in tracks), strict=True)
    return array("h", (sum(column) // len(tracks) for column in columns)).tobytes()


def read_alaw(path: Path, longest_s: float = LONGEST_S) -> bytes:
    """A file as one track of 8 kHz A-law, its channels mixed.  Raises WavError, OSError."""
    return signals.to_alaw(_mixed(read(path, longest_s).tracks))


def write_alaw(path: Path, alaw: bytes, channels: int = 1) -> None:
    """Write 8 kHz A-law (frames of one byte a channel) as a WAV file."""
    # A format other than PCM has a size of extension (0) and a fact chunk: the number of frames.
    format_chunk = struct.pack(
        "<HHIIHHH", _ALAW, channels, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * channels, channels, 8, 0
    )
    body = b"WAVEfmt " + struct.pack("<I", len(format_chunk)) + format_chunk
    body += b"fact" + struct.pack("<II", 4, len(alaw) // channels)
    body += b"data" + struct.pack("<I", len(alaw)) + alaw + bytes(len(alaw) % 2)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def repair(path: Path) -> int:
    """Make the header of a recording that was cut off say what is there; returns how many frames that is.

    Raises WavError where not even the header is there, OSError."""
    with path.open("r+b") as file:
        layout = _layout(file)
        there = _there(file, layout)
        file.seek(layout.data_at - 4)
        file.write(struct.pack("<I", there))
        if layout.fact_at is not None:
            file.seek(layout.fact_at)
            file.write(struct.pack("<I", there // layout.format.frame_bytes))
        file.truncate(layout.data_at + there)
        file.seek(layout.data_at + there)
        file.write(bytes(there % 2))
        file.seek(4)
        file.write(struct.pack("<I", layout.data_at + there + there % 2 - 8))
    return there // layout.format.frame_bytes
