# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the line doctor's instruments say of sound whose truth is known."""

from __future__ import annotations

import array

import pytest

from dsp import measure, signals
from dsp.vocabulary import Tone

CN, US = signals.plan_of("cn"), signals.plan_of("us")
SILENCE = bytes([0xD5])


def tone(plan: signals.CompiledPlan, which: Tone, ms: int) -> bytes:
    return signals.to_alaw(signals.tone(plan, which, 8 * ms))


def delayed(alaw: bytes, delay_samples: int, loss_db: float) -> bytes:
    sent = array.array("h", signals.from_alaw(alaw))
    gain = 10 ** (-loss_db / 20)
    heard = [0] * delay_samples + [round(sample * gain) for sample in sent]
    return signals.to_alaw(array.array("h", heard[: len(sent)]).tobytes())


def test_one_frequency_is_found_to_a_tenth_of_a_hertz() -> None:
    pitch = measure.pitch(tone(CN, Tone.DIAL, 500))
    assert pitch is not None
    assert pitch.freq_hz == pytest.approx(450, abs=0.1)
    assert pitch.second_hz == 0
    assert pitch.level_dbm0 == pytest.approx(-10, abs=0.2)


def test_two_frequencies_are_told_apart() -> None:
    pitch = measure.pitch(tone(US, Tone.DIAL, 500))
    assert pitch is not None
    assert sorted((pitch.freq_hz, pitch.second_hz)) == [
        pytest.approx(350, abs=0.5),
        pytest.approx(440, abs=0.5),
    ]


def test_silence_has_no_pitch_and_no_cadence() -> None:
    assert measure.pitch(SILENCE * 4_000) is None
    assert measure.cadence(SILENCE * 40_000) is None
    assert measure.bursts(b"") == []


@pytest.mark.parametrize(
    ("which", "on_ms", "off_ms"),
    [(Tone.BUSY, 350, 350), (Tone.CONGESTION, 700, 700), (Tone.RINGBACK, 1000, 4000)],
)
def test_the_cadences_of_chinas_tones_are_measured(which: Tone, on_ms: int, off_ms: int) -> None:
    cadence = measure.cadence(tone(CN, which, 7_000))
    assert cadence is not None
    assert (cadence.on_ms, cadence.off_ms) == (pytest.approx(on_ms, abs=10), pytest.approx(off_ms, abs=10))


def test_a_continuous_tone_has_no_cadence() -> None:
    assert measure.cadence(tone(CN, Tone.DIAL, 3_000)) is None


@pytest.mark.parametrize(("delay_ms", "loss_db"), [(0, 6), (5, 14), (64, 20), (200, 30)])
def test_an_echo_is_found_with_its_delay_and_loss(delay_ms: int, loss_db: float) -> None:
    sent = measure.probe_noise(1_500)
    echo = measure.echo(sent, delayed(sent, 8 * delay_ms, loss_db))
    assert echo is not None
    assert echo.delay_ms == pytest.approx(delay_ms, abs=0.2)
    assert echo.return_loss_db == pytest.approx(loss_db, abs=0.5)


def test_where_nothing_was_sent_no_echo_is_claimed() -> None:
    assert measure.echo(SILENCE * 12_000, measure.probe_noise(1_500)) is None


def test_no_echo_is_called_fifty_decibels() -> None:
    sent = measure.probe_noise(1_500)
    echo = measure.echo(sent, SILENCE * len(sent))
    assert echo is not None
    assert echo.return_loss_db == measure.ECHO_NONE_DB
