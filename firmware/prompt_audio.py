# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Makes any ordinary WAV file an 8 kHz A-law one, in a short-lived process with limits of its own.

What an admin uploads is somebody else's data: it is taken apart where nothing is lost if that goes wrong, and
it costs calls no time.  Usage of the process: sound on stdin, A-law samples on stdout, or a word on stderr
and exit 1.
"""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, gcd, pi, sin
from operator import mul
from pathlib import Path

RATE_HZ = 8_000
LONGEST_S = 600
MEMORY_BYTES = 1 << 30
CPU_S = 240
WALL_S = 600
NICENESS = 15  # calls come first
CUTOFF = 0.45  # of the lower rate: what would fold back is 40 dB down at its half
LOBES = 10  # zero crossings of the low-pass on each side

# WAVE format tags, RFC 2361
A_LAW, EXTENSIBLE = 6, 0xFFFE  # of the others, see _values


class NotAudio(ValueError):
    """Why a file can't be a prompt, in words for the one who uploaded it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples between -1 and 1, channels mixed to one."""

    rate_hz: int
    samples: Sequence[float]


def convert(wav: bytes) -> bytes:
    """The sound as 8 kHz A-law samples, made in a process of its own.  Raises NotAudio."""
    # The child finds this package where we are, whatever folder the service was started in.
    surroundings = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "firmware.prompt_audio"]
    try:
        done = subprocess.run(command, input=wav, capture_output=True, timeout=WALL_S, env=surroundings)
    except subprocess.TimeoutExpired:
        raise NotAudio("the sound took too long to convert") from None
    if done.returncode == 1 and done.stderr.startswith(b"not audio: "):
        raise NotAudio(done.stderr.decode("utf-8", "replace").removeprefix("not audio: ").strip())
    if done.returncode != 0 or not done.stdout:
        raise NotAudio("the sound couldn't be converted")
    return done.stdout


def alaw_wav(alaw: bytes) -> bytes:
    """A WAV file of these samples (one channel, format 6)."""
    form = struct.pack("<HHIIHHH", A_LAW, 1, RATE_HZ, RATE_HZ, 1, 8, 0)
    chunks = [
        (b"fmt ", form),
        (b"fact", struct.pack("<I", len(alaw))),
        (b"data", alaw + b"\xd5" * (len(alaw) % 2)),
    ]
    body = b"WAVE"
    for name, data in chunks:
        size = len(alaw) if name == b"data" else len(data)
        body += name + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def read_wav(wav: bytes) -> Sound:
    """Raises NotAudio for anything that isn't a whole WAV file of a known format and a bearable length."""
    form, data = _chunks(wav)
    tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if tag == EXTENSIBLE and len(form) >= 26:
        (tag,) = struct.unpack_from("<H", form, 24)
    if not 1 <= channels <= 8 or not 4_000 <= rate_hz <= 192_000:
        raise NotAudio(f"{channels} channels at {rate_hz} Hz can't be converted")
    frame_bytes = channels * bits // 8
    if frame_bytes == 0 or len(data) < frame_bytes:
        raise NotAudio("there is no sound in the file")
    if len(data) // frame_bytes > LONGEST_S * rate_hz:
        raise NotAudio(f"longer than {LONGEST_S} s")
    values = _values(tag, bits, data[: len(data) // frame_bytes * frame_bytes])
    if channels == 1:
        return Sound(rate_hz, values)
    columns = [values[channel::channels] for channel in range(channels)]
    mixed = (sum(frame) / channels for frame in zip(*columns, strict=True))
    return Sound(rate_hz, array("f", mixed))


def resample(sound: Sound) -> Sequence[float]:
    """The same sound at 8 kHz, by a windowed sinc in as many phases as the two rates need."""
    if sound.rate_hz == RATE_HZ:
        return sound.samples
    common = gcd(RATE_HZ, sound.rate_hz)
    up, down = RATE_HZ // common, sound.rate_hz // common
    half = int(LOBES * max(1.0, sound.rate_hz / RATE_HZ)) + 1
    phases = [_phase(phase / up, half, min(1.0, RATE_HZ / sound.rate_hz)) for phase in range(up)]
    padded = array("f", bytes(4 * half)) + array("f", sound.samples) + array("f", bytes(4 * (half + 1)))
    out = array("f")
    for place in range(len(sound.samples) * up // down):
        first, phase = divmod(place * down, up)
        out.append(sum(map(mul, phases[phase], padded[first + 1 : first + 1 + 2 * half])))
    return out


def to_alaw(samples: Sequence[float]) -> bytes:
    """ITU-T G.711 A-law, even bits inverted."""
    table = [_alaw(value - 4_096) for value in range(8_192)]
    return bytes(table[max(0, min(8_191, round(sample * 4_096) + 4_096))] for sample in samples)


def _chunks(wav: bytes) -> tuple[bytes, bytes]:
    if len(wav) < 12 or wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
        raise NotAudio("this is no WAV file")
    form, at = b"", 12
    while at + 8 <= len(wav):
        name, size = wav[at : at + 4], int.from_bytes(wav[at + 4 : at + 8], "little")
        body = wav[at + 8 : at + 8 + size]
        if len(body) < size:
            raise NotAudio("the file is cut off")
        if name == b"fmt ":
            form = body
        elif name == b"data":
            if len(form) < 16:
                break
            return form, body
        at += 8 + size + size % 2
    raise NotAudio("the file is cut off or has no sound")


def _values(tag: int, bits: int, data: bytes) -> Sequence[float]:
    match tag, bits:
        case 1, 8:
            return array("f", ((value - 128) / 128 for value in data))
        case 1, 16:
            return array("f", (value / 32_768 for value in _array("h", data)))
        case 1, 24:
            widened = b"".join(b"\0" + data[at : at + 3] for at in range(0, len(data), 3))
            return array("f", (value / 2_147_483_648 for value in _array("i", widened)))
        case 1, 32:
            return array("f", (value / 2_147_483_648 for value in _array("i", data)))
        case 3, 32:
            return array("f", (value if -8 < value < 8 else 0.0 for value in _array("f", data)))
        case 6, 8:
            table = [_linear_a(code) for code in range(256)]
            return array("f", (table[code] for code in data))
        case 7, 8:
            table = [_linear_mu(code) for code in range(256)]
            return array("f", (table[code] for code in data))
    raise NotAudio(f"format {tag} with {bits} bits can't be read: save it as 16-bit PCM")


def _array(kind: str, data: bytes) -> array[float]:
    values: array[float] = array(kind, data)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _phase(offset: float, half: int, scale: float) -> list[float]:
    """The taps that make the sample `offset` (0..1) behind an input sample.  scale: output rate / input
    rate."""
    taps = []
    for tap in range(-half + 1, half + 1):
        x = tap - offset
        window = 0.42 + 0.5 * cos(pi * x / half) + 0.08 * cos(2 * pi * x / half)  # Blackman
        wave = 2 * CUTOFF * scale * x
        taps.append(2 * CUTOFF * scale * (sin(pi * wave) / (pi * wave) if wave else 1.0) * max(0.0, window))
    total = sum(taps)
    return [tap / total for tap in taps]


def _alaw(value: int) -> int:
    """G.711 table 1: 13-bit linear to eight bits."""
    sign, value = (0x80, value) if value >= 0 else (0, -value - 1)
    segment = max(0, value.bit_length() - 5)
    code = segment << 4 | (value >> max(1, segment) & 0x0F)
    return (sign | code) ^ 0x55


def _linear_a(code: int) -> float:
    code ^= 0x55
    segment, step = code >> 4 & 7, code & 0x0F
    value = (step << 1 | 1) if segment == 0 else (step << 1 | 0x21) << (segment - 1)
    return (value if code & 0x80 else -value) / 4_096


def _linear_mu(code: int) -> float:
    code ^= 0xFF
    value = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return (-value if code & 0x80 else value) / 32_768


def main() -> int:
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    try:
        alaw = to_alaw(resample(read_wav(sys.stdin.buffer.read())))
    except NotAudio as error:
        sys.stderr.write(f"not audio: {error}\n")
        return 1
    sys.stdout.buffer.write(alaw)
    return 0


if __name__ == "__main__":
    sys.exit(main())
