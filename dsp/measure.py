# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What an installer's instruments would say of a stretch of sound from one port: frequencies, levels, cadence, echo.

Sound is A-law at 8 kHz, as `Media.history` gives it.  Nothing here is on the engine's way.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from dsp import signals
from dsp._signals import ffi, lib
from dsp.errors import MediaError
from dsp.vocabulary import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from dsp._signals import CData

BLOCK_MS = 10
BLOCK_SAMPLES = SAMPLE_RATE_HZ * BLOCK_MS // 1000
QUIETEST_DBM0 = -64.0
"""A-law's least step, 8 of 32,768, is a level of -66 dBm0 when it is idle: quieter can't be told."""

ECHO_NONE_DB = 50.0
"""An echo this weak, or weaker, is none."""

_ON_BELOW_PEAK_DB = 15.0
_SHORTEST_MS = 40  # shorter gaps and bursts are clicks; the shortest step of a plan's cadence has 50 ms
_TONE_SAMPLES_MIN = lib.MEASURE_SAMPLES_MIN
_TONE_SAMPLES_MAX = SAMPLE_RATE_HZ // 2
_FULL_SCALE = 32767


@dataclass(frozen=True, slots=True)
class Pitch:
    """The strongest frequency of a sound, and a second one where there is one (0: none)."""

    freq_hz: float
    second_hz: float
    level_dbm0: float


@dataclass(frozen=True, slots=True)
class Cadence:
    """A sound that comes and goes.  cycles: whole ones heard.  Lengths are the medians, in ms."""

    on_ms: int
    off_ms: int
    cycles: int


@dataclass(frozen=True, slots=True)
class Echo:
    """What comes back of what we sent.  return_loss_db: how much weaker."""

    delay_ms: float
    return_loss_db: float


def level_dbm0(alaw: bytes) -> float:
    """The mean level of a stretch; never less than `QUIETEST_DBM0`."""
    return max(QUIETEST_DBM0, signals.level_dbm0(signals.from_alaw(alaw))) if alaw else QUIETEST_DBM0


def levels_dbm0(alaw: bytes) -> list[float]:
    """The level of each 10 ms."""
    whole = len(alaw) - len(alaw) % BLOCK_SAMPLES
    return [level_dbm0(alaw[at : at + BLOCK_SAMPLES]) for at in range(0, whole, BLOCK_SAMPLES)]


def pitch(alaw: bytes) -> Pitch | None:
    """The frequencies of a stretch of at least 100 ms (of a longer one, its middle); None where nothing stands out."""
    if len(alaw) > _TONE_SAMPLES_MAX:
        begin = (len(alaw) - _TONE_SAMPLES_MAX) // 2
        alaw = alaw[begin : begin + _TONE_SAMPLES_MAX]
    if len(alaw) < _TONE_SAMPLES_MIN:
        return None
    found = ffi.new("struct measured_tone[2]")
    pcm = signals.from_alaw(alaw)
    samples = ffi.from_buffer("int16_t[]", pcm)
    _check(lib.measure_tones(samples, len(samples), found), "tones")
    if not found[0].freq_hz:
        return None
    return Pitch(found[0].freq_hz, found[1].freq_hz, level_dbm0(alaw))


def bursts(alaw: bytes) -> list[tuple[int, int]]:
    """Where the stretch sounds: (begin, end) in ms, as loud as its loudest within 15 dB.  One that goes on at
    the end of the stretch ends there."""
    levels = levels_dbm0(alaw)
    loudest = max(levels, default=QUIETEST_DBM0)
    if loudest < QUIETEST_DBM0 + _ON_BELOW_PEAK_DB:
        return []
    found: list[tuple[int, int]] = []
    for place, level in enumerate(levels):
        if level < loudest - _ON_BELOW_PEAK_DB:
            continue
        begin_ms, end_ms = place * BLOCK_MS, (place + 1) * BLOCK_MS
        if found and begin_ms - found[-1][1] < _SHORTEST_MS:
            found[-1] = (found[-1][0], end_ms)
        else:
            found.append((begin_ms, end_ms))
    return [(begin_ms, end_ms) for begin_ms, end_ms in found if end_ms - begin_ms >= _SHORTEST_MS]


def cadence(alaw: bytes) -> Cadence | None:
    """The cadence of a stretch that holds one whole cycle or more; None where it has none."""
    found = bursts(alaw)
    if len(found) < 2:
        return None
    ons = [end_ms - begin_ms for begin_ms, end_ms in found[:-1]]
    offs = [after[0] - before[1] for before, after in pairwise(found)]
    return Cadence(_median(ons), _median(offs), len(offs))


def sounding(alaw: bytes) -> bytes:
    """The longest burst of a stretch, without its edges: what its frequency is taken from."""
    longest = max(bursts(alaw), key=lambda burst: burst[1] - burst[0], default=(0, 0))
    per_ms = SAMPLE_RATE_HZ // 1000
    return alaw[(longest[0] + BLOCK_MS) * per_ms : max(0, longest[1] - BLOCK_MS) * per_ms]


def echo(sent: bytes, heard: bytes) -> Echo | None:
    """The echo of test noise; both from one moment on, 350 ms and more.  None where nothing was sent."""
    found: CData = ffi.new("struct measured_echo *")
    out, back = signals.from_alaw(sent), signals.from_alaw(heard)
    sent_pcm, heard_pcm = ffi.from_buffer("int16_t[]", out), ffi.from_buffer("int16_t[]", back)
    try:
        _check(lib.measure_echo(sent_pcm, heard_pcm, min(len(sent_pcm), len(heard_pcm)), found), "echo")
    except MediaError:
        return None
    return Echo(found.delay_ms, min(ECHO_NONE_DB, found.return_loss_db))


@cache
def probe_noise(ms: int, level_dbm0: float = -20.0) -> bytes:
    """White noise to measure echo and loss with, alike on every machine."""
    chance = random.Random("line doctor")
    rms = _FULL_SCALE * 10 ** ((level_dbm0 - 3.14) / 20) / 2**0.5
    linear = bytearray()
    for _ in range(SAMPLE_RATE_HZ * ms // 1000):
        sample = max(-_FULL_SCALE, min(_FULL_SCALE, round(chance.gauss(0, rms))))
        linear += sample.to_bytes(2, "little", signed=True)
    return signals.to_alaw(bytes(linear))


def _median(values: list[int]) -> int:
    return sorted(values)[len(values) // 2]


def _check(result: int, what: str) -> None:
    if result < 0:
        raise MediaError(-result, what)
