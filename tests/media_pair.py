# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Two engines of one kind, a box and its far ends, wired port to port and stepped together."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from dsp.engine import HASHING_SINK, Engine
from dsp.engine import step as step_samples
from dsp.media import CLEAR_LINE, LineModel, Media, OpenMedia, Stepper
from dsp.media_off import MediaOff
from dsp.media_off import step as step_off
from dsp.vocabulary import MediaCommand, MediaEvent

TICK_SAMPLES = 160
MS = 8

MEDIA_ON: tuple[OpenMedia, Stepper] = (Engine, step_samples)
MEDIA_OFF: tuple[OpenMedia, Stepper] = (MediaOff, step_off)

__all__ = [
    "HASHING_SINK",
    "MEDIA_OFF",
    "MEDIA_ON",
    "MS",
    "TICK_SAMPLES",
    "Pair",
    "alaw_of",
    "conversation",
    "speech_alaw",
]


class Pair:
    """heard: (box or far, sample at which it was told, event), in order."""

    def __init__(
        self,
        kind: tuple[OpenMedia, Stepper] = MEDIA_ON,
        ports: int = 4,
        tick_samples: int = TICK_SAMPLES,
        line: LineModel = CLEAR_LINE,
    ) -> None:
        open_media, self._step = kind
        self.box: Media = open_media(ports, tick_samples)
        self.far: Media = open_media(ports, tick_samples)
        self.heard: list[tuple[str, int, MediaEvent]] = []
        for port in range(1, ports + 1):
            self.box.wire(port, self.far, port, line)

    def __enter__(self) -> Pair:
        return self

    def __exit__(self, *_: object) -> None:
        self.box.close()
        self.far.close()

    def run(self, ms: float) -> None:
        until = self.box.now_samples() + round(ms * MS)
        while self.box.now_samples() < until:
            self._step((self.box, self.far), until)
            self.collect()

    def collect(self) -> None:
        for name, engine in (("box", self.box), ("far", self.far)):
            now = engine.now_samples()
            self.heard += ((name, now, event) for event in engine.poll())

    def events(self, *kinds: type[MediaEvent], at: str = "box") -> list[MediaEvent]:
        """What one of the engines reported, of these kinds (all, where none is named)."""
        return [
            event for name, _, event in self.heard if name == at and (not kinds or isinstance(event, kinds))
        ]

    def box_says(self, *commands: MediaCommand) -> None:
        self.box.submit(commands)

    def far_says(self, *commands: MediaCommand) -> None:
        self.far.submit(commands)


def alaw_of(samples: Sequence[float]) -> bytes:
    """ITU-T G.711 A-law, by its definition: the judge of our tables."""
    return bytes(_code(round(sample)) for sample in samples)


def _code(sample: int) -> int:
    sign = 0x80 if sample >= 0 else 0
    size = min(abs(sample) if sample >= 0 else -sample - 1, 32767) >> 4
    if size < 16:
        return (sign | size) ^ 0x55 if size >= 0 else sign ^ 0x55
    exponent = 1
    while size > 31:
        size >>= 1
        exponent += 1
    return (sign | exponent << 4 | (size & 15)) ^ 0x55


def tone(freq_hz: float, ms: float, peak: float = 8000) -> list[float]:
    return [peak * math.sin(2 * math.pi * freq_hz * n / 8000) for n in range(round(ms * MS))]


def speech_alaw(ms: float) -> bytes:
    """Something like a vowel: harmonics of a gliding pitch, steadily loud."""

    def wave(n: int) -> float:
        phase = 2 * math.pi * (130 * n / 8000 + 8 * math.sin(2 * math.pi * 0.7 * n / 8000))
        return 1500 * sum(math.sin(k * phase) / k for k in range(1, 8))

    return alaw_of([wave(n) for n in range(round(ms * MS))])


def conversation(seconds: int, seed: int) -> list[float]:
    """One side of a call: talk and pauses of a second or two, over line noise of some -60 dBm0."""
    chance = random.Random(seed)
    samples: list[float] = []
    while len(samples) < seconds * 8000:
        pitch_hz, length = chance.uniform(90, 220), round(chance.uniform(0.4, 2) * 8000)
        talking = len(samples) == 0 or chance.random() < 0.6
        for n in range(length):
            noise = chance.gauss(0, 16)
            phase = 2 * math.pi * (pitch_hz * n / 8000 + 6 * math.sin(2 * math.pi * 0.8 * n / 8000))
            syllable = max(0.0, math.sin(2 * math.pi * 3.7 * n / 8000))
            voice = syllable * sum(math.sin(k * phase) / k for k in range(1, 12)) if talking else 0.0
            samples.append(3000 * voice + noise)
    return samples[: seconds * 8000]


Script = Callable[[Pair], None]
