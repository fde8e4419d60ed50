# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The DTMF receiver and sender against ITU-T Q.24 (table A-1, AT&T column) and against speech."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from dsp import signals
from dsp.errors import MediaError
from tests.bench.bench_dtmf import WORST, hit_share, splits
from tests.line_sounds import (
    KEYS,
    SPEECH_PACKAGES,
    Pair,
    digit,
    noise,
    pcm,
    samples_of,
    silence,
    sine,
    speech,
)


def keys_of(found: Sequence[signals.Digit]) -> str:
    return "".join(event.key for event in found if not event.ended)


@pytest.mark.parametrize("offset", [-0.015, 0.0, 0.015])
def test_frequencies_off_by_1_5_percent_are_accepted_on_all_16_digits(offset: float) -> None:
    assert hit_share(Pair(low_offset=offset, high_offset=offset)) == 1.0
    assert hit_share(Pair(low_offset=offset, high_offset=-offset)) == 1.0


@pytest.mark.parametrize("offset", [-0.035, 0.035])
def test_frequencies_off_by_3_5_percent_are_rejected(offset: float) -> None:
    assert hit_share(Pair(low_offset=offset)) == 0.0
    assert hit_share(Pair(high_offset=offset)) == 0.0


@pytest.mark.parametrize("twist_db", [4.0, -8.0])
def test_twist_of_4_to_minus_8_db_is_accepted(twist_db: float) -> None:
    assert hit_share(Pair(twist_db=twist_db)) == 1.0
    assert hit_share(Pair(tone_ms=40, twist_db=twist_db)) == 1.0


def test_a_tone_of_40_ms_is_accepted_and_one_of_23_rejected() -> None:
    assert hit_share(Pair(tone_ms=40), repeats=8) == 1.0
    assert hit_share(Pair(tone_ms=23), repeats=8) == 0.0


def test_a_gap_of_10_ms_is_bridged_and_one_of_40_divides() -> None:
    assert splits(10) == 0.0
    assert splits(40) == 1.0
    assert splits(30) == 1.0  # what the NTT column asks


@pytest.mark.parametrize("level_dbm0", [0.0, -25.0])
def test_levels_of_0_to_minus_25_dbm_are_accepted(level_dbm0: float) -> None:
    assert hit_share(Pair(level_dbm0=level_dbm0)) == 1.0


def test_a_level_of_minus_55_dbm_is_not_heard() -> None:
    assert hit_share(Pair(tone_ms=100, level_dbm0=-55.0)) == 0.0


def test_93_ms_a_digit_is_slow_enough() -> None:
    chance = np.random.default_rng(7)
    sent = "".join(chance.choice(list(KEYS), 200))
    line = [part for key in sent for part in (digit(key, Pair(tone_ms=46), chance), silence(47 * 8))]
    assert keys_of(signals.DigitDetector().feed(pcm([*line, silence(800)]))) == sent


def test_digits_are_heard_in_noise_of_15_db_and_with_all_limits_at_once_in_20() -> None:
    assert hit_share(Pair(tone_ms=40), snr_db=15) == 1.0
    assert hit_share(WORST, snr_db=20) >= 0.98


def test_begin_and_end_are_known_to_3_ms_with_level_and_twist() -> None:
    chance = np.random.default_rng(3)
    for key in KEYS:
        lead, tone_ms = int(chance.integers(200, 400)), int(chance.integers(45, 300))
        sound = digit(key, Pair(tone_ms, -14.0, 3.0), chance)
        line = np.concatenate([silence(lead), sound, silence(800)])
        began, ended = signals.DigitDetector().feed(pcm(line + noise(len(line), -40, chance)))
        assert (began.key, began.ended, ended.ended) == (key, False, True)
        assert abs(began.sample - lead) <= 24
        assert abs(ended.sample - lead - tone_ms * 8) <= 24
        assert ended.sample - ended.duration_samples == began.sample
        assert abs(ended.level_dbm0 + 14.0) < 0.5
        assert abs(ended.twist_db - 3.0) < 0.8


def test_a_digit_is_reported_while_it_still_sounds() -> None:
    chance = np.random.default_rng(3)
    found = signals.DigitDetector().feed(pcm([silence(400), digit("5", Pair(40), chance)]))
    assert [(event.key, event.ended) for event in found] == [("5", False)]


@pytest.mark.parametrize("samples", [1, 16, 37, 160, 1000])
def test_it_does_not_matter_how_many_samples_come_at_a_time(samples: int) -> None:
    line = signals.digits("0123456789*#ABCD", 50, 50) + bytes(1600)
    detector = signals.DigitDetector()
    found = [
        event
        for at in range(0, len(line), 2 * samples)
        for event in detector.feed(line[at : at + 2 * samples])
    ]
    assert found == signals.DigitDetector().feed(line)
    assert keys_of(found) == "0123456789*#ABCD"


def test_a_thousand_digits_at_ten_a_second_are_all_heard() -> None:
    chance = np.random.default_rng(11)
    sent = "".join(chance.choice(list(KEYS), 1000))
    assert keys_of(signals.DigitDetector().feed(signals.digits(sent, 50, 50) + bytes(1600))) == sent


def test_digits_are_heard_over_the_echo_of_dial_tone() -> None:
    chance = np.random.default_rng(5)
    digits = samples_of(signals.digits("0123456789", 80, 80, level_dbm0=-12.0))
    line = digits + sine(450, len(digits), -16.0) + noise(len(digits), -50, chance)
    assert keys_of(signals.DigitDetector().feed(pcm(line))) == "0123456789"


def test_dc_and_hum_of_the_line_do_no_harm() -> None:
    digits = samples_of(signals.digits(KEYS, 50, 50, level_dbm0=-15.0))
    for line in (
        digits + 2000,
        digits + sine(50, len(digits), -15.0),
        digits + sine(100, len(digits), -15.0),
    ):
        assert keys_of(signals.DigitDetector().feed(pcm(line))) == KEYS


def test_lost_audio_inside_a_digit_does_not_divide_it() -> None:
    line = pcm([silence(400), digit("8", Pair(200), np.random.default_rng(1)), silence(800)])
    detector = signals.DigitDetector()
    found = detector.feed(line[: 2 * 1000])
    detector.fill_in(160)
    found += detector.feed(line[2 * 1160 :])
    assert [(event.key, event.ended) for event in found] == [("8", False), ("8", True)]
    assert abs(found[1].sample - 2000) <= 24


def test_a_long_loss_ends_a_digit() -> None:
    line = pcm([silence(400), digit("8", Pair(100), np.random.default_rng(1))])
    detector = signals.DigitDetector()
    found = detector.feed(line)
    detector.fill_in(8000)
    found += detector.feed(bytes(800))
    assert [event.ended for event in found] == [False, True]
    assert abs(found[1].sample - 1200) <= 40


def test_one_tone_alone_or_three_are_no_digit() -> None:
    chance = np.random.default_rng(2)
    one = sine(770, 1600, -9)
    three = digit("5", Pair(200, -12), chance) + sine(1209, 1600, -12)
    assert keys_of(signals.DigitDetector().feed(pcm([one, silence(800), three, silence(800)]))) == ""


def test_full_scale_noise_and_square_waves_are_no_digit() -> None:
    chance = np.random.default_rng(2)
    loud = chance.uniform(-32768, 32767, 80000)
    square = 32000 * np.sign(np.sin(2 * np.pi * 697 * np.arange(16000) / 8000))
    assert keys_of(signals.DigitDetector().feed(pcm([loud, square, silence(800)]))) == ""


@pytest.mark.parametrize("language", list(SPEECH_PACKAGES))
def test_no_digit_is_heard_in_speech(language: str) -> None:
    detector = signals.DigitDetector()
    assert "".join(keys_of(detector.feed(prompt)) for prompt in speech(language)) == ""


def test_the_sender_refuses_what_is_no_key_and_more_than_it_can_hold() -> None:
    for wrong in ("", "12E4", "1 2"):
        with pytest.raises(MediaError):
            signals.digits(wrong)
    with pytest.raises(MediaError):
        signals.digits("5" * 1025)
    with pytest.raises(MediaError):
        signals.digits("5", on_ms=0)


def test_a_comma_pauses_500_ms_and_small_letters_are_keys() -> None:
    sent = signals.digits("a,d", 100, 100)
    assert len(sent) == 2 * 8 * (200 + 500 + 200)
    found = signals.DigitDetector().feed(sent)
    assert keys_of(found) == "AD"
    assert abs(found[2].sample - 5600) <= 8
