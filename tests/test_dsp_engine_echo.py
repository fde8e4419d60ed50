# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Keys count only when they came from that port: the echo of a digit being sent to it does not (C26)."""

from __future__ import annotations

import pytest

from dsp.media import LineModel
from dsp.vocabulary import Detector, DigitBegan, DigitEnded, Play, SendDigits, SetBridge, SetDetectors
from tests.media_pair import MEDIA_ON, MS, Pair, alaw_of, tone

# What a phone's hybrid sends back: 6 dB is a short line at the wrong impedance, 20 dB a good one.
ECHO_RETURN_DB = (6.0, 8.0, 10.0, 14.0, 20.0)


def keys(pair: Pair, port: int) -> str:
    return "".join(e.key for e in pair.events(DigitBegan) if isinstance(e, DigitBegan) and e.port == port)


@pytest.mark.parametrize("tick_samples", [16, 160])
@pytest.mark.parametrize("echo_return_db", ECHO_RETURN_DB)
def test_digits_sent_to_a_phone_do_not_come_back_as_its_keys(
    echo_return_db: float, tick_samples: int
) -> None:
    line = LineModel(echo_return_db=echo_return_db)
    with Pair(MEDIA_ON, tick_samples=tick_samples, line=line) as pair:
        pair.box_says(SetDetectors(1, Detector.DIGITS), SendDigits(1, "##159D*0", 1))
        pair.run(2000)
        assert not pair.events(DigitBegan, DigitEnded)


@pytest.mark.parametrize("echo_return_db", ECHO_RETURN_DB)
def test_the_customers_keys_are_the_customers_and_not_the_agents(echo_return_db: float) -> None:
    with Pair(MEDIA_ON, line=LineModel(loss_db=2, echo_return_db=echo_return_db)) as pair:
        customer, agent = 1, 2
        pair.box_says(
            SetBridge(1, (customer, agent)),
            SetDetectors(customer, Detector.DIGITS),
            SetDetectors(agent, Detector.DIGITS),
        )
        pair.far_says(SendDigits(customer, "##", 1))
        pair.run(1000)
        assert keys(pair, customer) == "##"
        assert keys(pair, agent) == ""


def test_digits_in_a_sound_do_not_come_back_either() -> None:
    with Pair(MEDIA_ON, line=LineModel(echo_return_db=8)) as pair:
        pair_of_five = [a + b for a, b in zip(tone(770, 200), tone(1336, 200), strict=True)]
        sound = pair.box.load_sound(alaw_of(pair_of_five + [0.0] * 800))
        pair.box_says(SetDetectors(1, Detector.DIGITS), Play(1, (sound,), 1, loop=True))
        pair.run(2000)
        assert not pair.events(DigitBegan, DigitEnded)


@pytest.mark.parametrize("echo_return_db", ECHO_RETURN_DB)
def test_another_key_pressed_during_the_digit_counts(echo_return_db: float) -> None:
    """A phone sends its keys at some -6 dBm0; the digit it hears comes back at -15 and less."""
    with Pair(MEDIA_ON, line=LineModel(echo_return_db=echo_return_db)) as pair:
        pair.box_says(SetDetectors(1, Detector.DIGITS), SendDigits(1, "5", 1, on_ms=1000, level_dbm0=-10))
        pair.run(200)
        pair.far_says(SendDigits(1, "9", 1, on_ms=150, level_dbm0=-5))
        pair.run(1500)
        assert keys(pair, 1) == "9"
        ended = pair.events(DigitEnded)
        assert len(ended) == 1


def test_the_same_key_pressed_by_the_phone_itself_counts() -> None:
    """As loud as what is sent to it, or louder: no hybrid returns that."""
    with Pair(MEDIA_ON, line=LineModel(echo_return_db=10)) as pair:
        pair.box_says(SetDetectors(1, Detector.DIGITS), SendDigits(1, "5", 1, on_ms=60))
        pair.far_says(SendDigits(1, "5", 1, on_ms=300, level_dbm0=-6))
        pair.run(1000)
        assert keys(pair, 1) == "5"


def test_a_key_soon_after_the_digit_counts() -> None:
    with Pair(MEDIA_ON, line=LineModel(echo_return_db=10)) as pair:
        pair.box_says(SetDetectors(1, Detector.DIGITS), SendDigits(1, "5", 1, on_ms=100))
        pair.run(300)
        pair.far_says(SendDigits(1, "5", 1, level_dbm0=-20))
        pair.run(500)
        assert keys(pair, 1) == "5"
        began = pair.events(DigitBegan)[0]
        assert began.sample // MS == pytest.approx(320, abs=5)


def test_a_quiet_key_during_loud_speech_counts() -> None:
    """Speech to the phone holds its frequencies now and then, but not they alone."""
    with Pair(MEDIA_ON, line=LineModel(loss_db=10)) as pair:
        mixture = [
            sum(parts)
            for parts in zip(*(tone(hz, 1000, 2500) for hz in (300, 770, 1000, 1336, 2100)), strict=True)
        ]
        sound = pair.box.load_sound(alaw_of(mixture))
        pair.box_says(SetDetectors(1, Detector.DIGITS), Play(1, (sound,), 1, loop=True))
        pair.run(200)
        pair.far_says(SendDigits(1, "5", 1, level_dbm0=-12))
        pair.run(500)
        assert keys(pair, 1) == "5"
