# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Speech against silence, line noise, digits and tones."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from dsp import signals
from dsp.vocabulary import Tone
from tests.line_sounds import noise, pcm, samples_of, silence, sine, speech

CHINA = signals.plan_of("cn")


def heard(line: bytes, samples: int = 160) -> list[signals.Speech]:
    """As the engine feeds it: digits and tones first, since their sound is no speech."""
    digits, tones, detector = signals.DigitDetector(), signals.ToneDetector(CHINA), signals.SpeechDetector()
    found = []
    for at in range(0, len(line), 2 * samples):
        block = line[at : at + 2 * samples]
        digits.feed(block)
        tones.feed(block)
        found += detector.feed(block, digits.sounding or tones.sounding)
    return found


def prompt(language: str = "en") -> np.ndarray:
    """Some speech of 2 s or more, with the silence around it cut off."""
    sound = next(one for one in speech(language) if len(one) > 2 * 16000)
    samples = samples_of(sound)
    loud = np.flatnonzero(np.abs(samples) > 1000)
    return samples[loud[0] : loud[-1]]


def test_a_prompt_is_speech_from_its_first_to_its_last_word() -> None:
    words = prompt()
    found = heard(pcm([silence(8000), words, silence(8000)]))
    assert not found[0].ended
    assert found[-1].ended
    assert abs(found[0].sample - 8000) < 1200
    assert abs(found[-1].sample - 8000 - len(words)) < 1600


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_most_of_every_prompt_is_speech(language: str) -> None:
    for sound in islice((one for one in speech(language) if len(one) > 2 * 12000), 40):
        found = heard(bytes(8000) + sound + bytes(16000))
        assert found, "no speech heard in a prompt"
        spans = zip(found[0::2], found[1::2], strict=True)
        assert sum(end.sample - begin.sample for begin, end in spans) > 0.4 * len(sound) / 2


@pytest.mark.parametrize("level_dbm0", [-30.0, -40.0])
def test_speech_is_told_from_the_noise_of_its_line(level_dbm0: float) -> None:
    words = prompt()
    line = np.concatenate([silence(16000), words, silence(16000)])
    found = heard(pcm(line + noise(len(line), level_dbm0 - 15, np.random.default_rng(1))))
    assert not [one for one in found if one.sample < 15000 or one.sample > 17000 + len(words)]
    assert len(found) >= 2


def test_steady_line_noise_is_silence() -> None:
    for level_dbm0 in (-65.0, -55.0, -45.0, -40.0, -36.0):
        line = noise(80000, level_dbm0, np.random.default_rng(2))
        assert heard(pcm(line)) == []


def test_a_click_is_no_speech() -> None:
    line = silence(16000)
    line[8000:8160] = 10000
    assert heard(pcm(line)) == []


def test_digits_are_no_speech() -> None:
    assert heard(bytes(8000) + signals.digits("0123456789*#", 100, 100) + bytes(16000)) == []


@pytest.mark.parametrize(
    "tone", [Tone.DIAL, Tone.RINGBACK, Tone.BUSY, Tone.CONGESTION, Tone.VACANT, Tone.INFORMATION]
)
def test_tones_of_the_plan_are_no_speech_even_before_they_are_known(tone: Tone) -> None:
    line = samples_of(bytes(8000) + signals.tone(CHINA, tone, 40000) + bytes(16000))
    assert heard(pcm(line)) == []
    assert heard(pcm(line + noise(len(line), -45.0, np.random.default_rng(3)))) == []


def test_a_voice_that_answers_in_the_middle_of_ringback_is_speech() -> None:
    words = prompt()
    line = pcm([silence(4000), sine(450, 8000, -10), silence(12000), words, silence(8000)])
    found = heard(line)
    assert abs(found[0].sample - 24000) < 1200


def test_music_stays_speech_for_as_long_as_it_plays() -> None:
    """There is no silence in it from which a floor could be learnt."""
    chance = np.random.default_rng(4)
    frequencies = chance.uniform(200, 1800, (60, 4))
    chords = [np.sum([sine(freq, 4000, -24.0) for freq in four], axis=0) for four in frequencies]
    found = heard(pcm([silence(8000), *chords, silence(8000)]))
    assert [one.ended for one in found] == [False, True]


@pytest.mark.parametrize("samples", [16, 37, 160])
def test_it_does_not_matter_how_many_samples_come_at_a_time(samples: int) -> None:
    line = pcm([silence(8000), prompt(), silence(8000)])
    detector = signals.SpeechDetector()
    found = [
        one for at in range(0, len(line), 2 * samples) for one in detector.feed(line[at : at + 2 * samples])
    ]
    assert found == signals.SpeechDetector().feed(line)
