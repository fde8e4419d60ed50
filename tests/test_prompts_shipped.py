# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Every sound that can be named is shipped, in the form, at the level and of the length a telephone wants."""

import itertools
import json
import math
import struct
from pathlib import Path

import pytest

from firmware.speech import sounds_of
from firmware.speech.phrases import LANGUAGES
from firmware.speech.words import PAUSE, WORDS

SOUNDS = Path(__file__).parents[1] / "firmware" / "sounds"
FILES = sorted(SOUNDS.rglob("*.wav"))
SPOKEN = [path for path in FILES if path.stem != PAUSE]
SHIPPED_BYTES_MAX = 7_000_000
FRAME_SAMPLES = 160


def linear(code: int) -> int:
    """ITU-T G.711 A-law: the middle of the interval, on a 16-bit scale."""
    code ^= 0x55
    segment, position = (code >> 4) & 7, code & 15
    magnitude = position * 16 + 8 if segment == 0 else (position * 16 + 264) << (segment - 1)
    return magnitude if code & 0x80 else -magnitude


LINEAR = [linear(code) for code in range(256)]
SQUARES = [value * value for value in LINEAR]


def alaw_samples(path: Path) -> bytes:
    """The samples of a WAV file, after its form was held against 8 kHz A-law, one channel."""
    content = path.read_bytes()
    riff, size, wave = struct.unpack("<4sI4s", content[:12])
    assert (riff, size, wave) == (b"RIFF", len(content) - 8, b"WAVE")
    chunks, at = {}, 12
    while at < len(content):
        name, length = struct.unpack("<4sI", content[at : at + 8])
        chunks[name] = content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    assert struct.unpack("<HHIIHH", chunks[b"fmt "][:16]) == (6, 1, 8000, 8000, 1, 8)
    return chunks[b"data"]


def active_dbm0(samples: bytes) -> float:
    """The level of the 20 ms frames within 25 dB of the loudest; a full-scale sine is +3.14 dBm0 (G.711)."""
    frames = [
        samples[at : at + FRAME_SAMPLES] for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES)
    ]
    powers = [sum(map(SQUARES.__getitem__, frame)) / FRAME_SAMPLES for frame in frames]
    active = [power for power in powers if power > max(powers) / 10**2.5]
    return 10 * math.log10(sum(active) / len(active) / 32768**2) + 3.14 + 3.01


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sound_is_shipped_and_no_file_lies_there_unused(language: str) -> None:
    shipped = {path.stem if path.suffix == ".wav" else path.name for path in (SOUNDS / language).iterdir()}
    assert shipped == set(sounds_of(language)) | {PAUSE}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shipped_sound_was_rendered_from_the_text_it_has_now(language: str) -> None:
    rendered = json.loads((SOUNDS / f"rendered-{language}.json").read_text(encoding="utf-8"))
    assert {sound: made["text"] for sound, made in rendered.items()} == sounds_of(language)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sound_is_eight_kilohertz_alaw_at_level_unclipped_and_quiet_at_its_ends(path: Path) -> None:
    samples = alaw_samples(path)
    loudest = max(abs(LINEAR[code]) for code in set(samples))
    if path.stem == PAUSE:
        assert loudest <= 8 and 800 <= len(samples) <= 4000
        return
    assert -17.0 <= active_dbm0(samples) <= -15.0
    assert loudest < 30_000, "clipped, or nearly"
    if path.parent.name != "music":  # the loop's end runs into its beginning
        edges = samples[:80] + samples[-80:]
        assert max(abs(LINEAR[code]) for code in edges) < loudest / 10


def test_words_are_short_and_phrases_are_not_long() -> None:
    for path in SPOKEN:
        seconds = len(alaw_samples(path)) / 8000
        if path.parent.name == "music":
            assert 30 <= seconds <= 60
        elif path.stem in WORDS[path.parent.name]:
            assert 0.15 <= seconds <= 1.8, path
        else:
            assert 0.2 <= seconds <= 13, path


def test_the_music_loop_has_no_step_at_its_seam() -> None:
    samples = [LINEAR[code] for code in alaw_samples(SOUNDS / "music" / "default.wav")]
    steps = [abs(after - before) for before, after in itertools.pairwise(samples)]
    assert abs(samples[0] - samples[-1]) <= max(steps)
    ends = [sum(value * value for value in part) / len(part) for part in (samples[:4000], samples[-4000:])]
    assert abs(10 * math.log10(ends[0] / ends[1])) < 10


def test_the_sounds_stay_small() -> None:
    assert sum(path.stat().st_size for path in FILES) < SHIPPED_BYTES_MAX


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_recogniser_heard_the_phrases(language: str) -> None:
    """rendered-LANGUAGE.json carries what was heard when the phrases were made."""
    rendered = json.loads((SOUNDS / f"rendered-{language}.json").read_text(encoding="utf-8"))
    judged = [made for made in rendered.values() if made["heard"] is not None]
    assert len(judged) > 85 and all(made["heard"] for made in judged)
    faults, units = (sum(made[key] for made in judged) for key in ("faults", "units"))
    assert faults / units < {"zh": 0.03, "en": 0.02}[language]
