# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Tone plans: what they say, that every tone of every country is sent and heard, and that speech is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dsp import signals, tones
from dsp._signals import ffi, lib
from dsp.errors import MediaError
from dsp.vocabulary import Tone
from tests.line_sounds import SPEECH_PACKAGES, Samples, noise, pcm, samples_of, silence, sine, speech

CHINA = signals.plan_of("cn")
ALL = [
    (country, cadence.tone)
    for country, plan in tones.PLANS.items()
    for cadence in plan.cadences
    if not cadence.send_only
]


def cadence_ms(cadence: tones.Cadence) -> int:
    return sum(step.duration_ms for step in cadence.steps)


def repeated(country: str, tone: Tone, cycles: int) -> bytes:
    """Some whole cycles of a tone, from the notation alone."""
    cadence = tones.PLANS[country].cadence(tone)
    once = replace(cadence, repeat_from=None, send_only=False)
    plan = signals.CompiledPlan((once,))
    endless = any(step.duration_ms == 0 for step in cadence.steps)
    samples = 8 * cadence_ms(cadence) if not endless else 8 * cadence_ms(cadence) + 8 * 4000
    return signals.tone(plan, tone, samples) * (1 if endless else cycles)


def heard(country: str, line: bytes) -> list[signals.HeardTone]:
    return signals.ToneDetector(signals.plan_of(country)).feed(line)


def summary(found: list[signals.HeardTone]) -> list[tuple[Tone, int, bool]]:
    return [(event.tone, event.cycles, event.ended) for event in found]


def bursts(freq_hz: float, on_ms: float, off_ms: float, cycles: int, level_dbm0: float = -10.0) -> Samples:
    one = [sine(freq_hz, round(on_ms * 8), level_dbm0), silence(round(off_ms * 8))]
    return np.concatenate([silence(4000), *(one * cycles)])


@pytest.mark.parametrize(("country", "tone"), ALL)
def test_every_tone_of_every_country_is_heard_as_itself_and_as_nothing_else(country: str, tone: Tone) -> None:
    line = bytes(8000) + repeated(country, tone, 4) + bytes(2 * 8 * 2000)
    found = heard(country, line)
    # Japan's congestion is its busy tone.
    expected = Tone.BUSY if (country, tone) == ("jp", Tone.CONGESTION) else tone
    assert {event.tone for event in found} == {expected}
    assert not found[0].ended


@pytest.mark.parametrize("country", list(tones.PLANS))
def test_every_tone_can_be_sent_in_every_country(country: str) -> None:
    plan = signals.plan_of(country)
    for tone in Tone:
        assert max(np.abs(samples_of(signals.tone(plan, tone, 4000)))) > 500


def test_the_engines_rows_say_what_the_plans_say() -> None:
    assert tones.steps("xx") == ()
    rows = tones.steps("cn")
    busy = [row for row in rows if row[0] == list(Tone).index(Tone.BUSY)]
    assert busy == [
        (3, False, True, False, 450.0, 0.0, -10.0, 350),
        (3, False, False, False, 0.0, 0.0, -10.0, 350),
    ]


def test_tones_are_numbered_in_c_as_in_the_vocabulary() -> None:
    names = [f"TONE_{tone.name}" for tone in Tone]
    assert [getattr(lib, name) for name in names] == list(range(lib.TONE_COUNT))


def test_busy_is_reported_at_each_cycle_up_to_the_tenth_and_then_its_end() -> None:
    found = heard("cn", bytes(8000) + signals.tone(CHINA, Tone.BUSY, 8 * 700 * 14) + bytes(16000))
    assert summary(found) == [*((Tone.BUSY, cycle, False) for cycle in range(1, 11)), (Tone.BUSY, 13, True)]
    assert found[0].began_sample == 4000
    assert abs(found[2].sample - 4000 - 3 * 5600) < 80
    assert abs(found[0].freq_hz - 450) < 1


def test_three_cycles_of_busy_are_known_within_2_7_s() -> None:
    found = heard("cn", pcm(bursts(450, 350, 350, 5)))
    third = next(event for event in found if event.cycles == 3)
    assert third.sample - 4000 <= 2.7 * 8000


@pytest.mark.parametrize("error", [-0.1, 0.1])
@pytest.mark.parametrize(
    ("tone", "on_ms", "off_ms"),
    [(Tone.BUSY, 350, 350), (Tone.CONGESTION, 700, 700), (Tone.RINGBACK, 1000, 4000)],
)
def test_cadences_off_by_10_percent_are_the_same_tone(
    tone: Tone, on_ms: int, off_ms: int, error: float
) -> None:
    found = heard("cn", pcm(bursts(450, on_ms * (1 + error), off_ms * (1 - error), 4)))
    assert {event.tone for event in found} == {tone}


@pytest.mark.parametrize("freq_hz", [425.0, 475.0])
def test_a_frequency_off_by_25_hz_is_accepted_and_measured(freq_hz: float) -> None:
    found = heard("cn", pcm(bursts(freq_hz, 350, 350, 4)))
    assert {event.tone for event in found} == {Tone.BUSY}
    assert abs(found[-1].freq_hz - freq_hz) < 3


@pytest.mark.parametrize("freq_hz", [350.0, 400.0, 500.0, 620.0])
def test_another_frequency_is_none_of_chinas_tones(freq_hz: float) -> None:
    assert heard("cn", pcm(bursts(freq_hz, 350, 350, 6))) == []


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tone", [Tone.DIAL, Tone.BUSY, Tone.CONGESTION, Tone.VACANT])
def test_line_noise_at_25_db_hides_nothing(tone: Tone, seed: int) -> None:
    line = samples_of(bytes(8000) + signals.tone(CHINA, tone, 8 * 7000))
    found = heard("cn", pcm(line + noise(len(line), -35.0, np.random.default_rng(seed))))
    assert {event.tone for event in found} == {tone}
    assert found[-1].cycles >= (1 if tone is Tone.DIAL else 4)


@pytest.mark.parametrize("level_dbm0", [0.0, -20.0, -35.0])
def test_a_loud_and_a_faint_line_are_heard_alike(level_dbm0: float) -> None:
    assert {event.tone for event in heard("cn", pcm(bursts(450, 350, 350, 4, level_dbm0)))} == {Tone.BUSY}


def test_a_tone_joined_in_the_middle_is_known_from_its_first_whole_cycle() -> None:
    found = heard("cn", pcm(bursts(450, 350, 350, 6))[2 * 5000 :])
    assert {event.tone for event in found} == {Tone.BUSY}


def test_ringback_is_never_dial_tone_and_dial_tone_is_known_after_1_2_s() -> None:
    assert {event.tone for event in heard("cn", pcm(bursts(450, 1000, 4000, 3)))} == {Tone.RINGBACK}
    found = heard("cn", pcm([silence(4000), sine(450, 24000, -10), silence(8000)]))
    assert summary(found) == [(Tone.DIAL, 1, False), (Tone.DIAL, 1, True)]
    assert abs(found[0].sample - 4000 - 1.2 * 8000) < 80
    assert abs(found[1].sample - 28000) < 80


def test_dial_tone_with_frequencies_of_its_own_is_known_after_half_a_second() -> None:
    line = bytes(8000) + signals.tone(signals.plan_of("us"), Tone.DIAL, 16000)
    assert abs(heard("us", line)[0].sample - 4000 - 4000) < 80


def test_a_tone_that_goes_over_into_another_ends_first() -> None:
    line = pcm([bursts(450, 1000, 4000, 2), bursts(450, 350, 350, 4)])
    found = heard("cn", line)
    kinds = [(event.tone, event.ended) for event in found]
    assert kinds[: kinds.index((Tone.BUSY, False))][-1] == (Tone.RINGBACK, True)


def test_a_click_in_the_silence_and_a_hole_in_the_sound_break_nothing() -> None:
    line = bursts(450, 350, 350, 6)
    line[4000 + 2800 + 1200 : 4000 + 2800 + 1220] = 20000  # 2.5 ms, in the first silence
    line[4000 + 5600 + 800 : 4000 + 5600 + 860] = 0  # 7.5 ms, in the second sound
    found = heard("cn", pcm(line))
    assert {event.tone for event in found} == {Tone.BUSY}
    assert max(event.cycles for event in found) >= 5


def test_lost_audio_in_a_tone_is_taken_to_have_gone_on() -> None:
    line = pcm(bursts(450, 350, 350, 6))
    detector = signals.ToneDetector(CHINA)
    lost_at = 4000 + 5600 + 400
    found = detector.feed(line[: 2 * lost_at])
    detector.fill_in(160)
    found += detector.feed(line[2 * (lost_at + 160) :])
    assert {event.tone for event in found} == {Tone.BUSY}
    assert max(event.cycles for event in found) >= 5


@pytest.mark.parametrize("samples", [1, 16, 37, 160])
def test_it_does_not_matter_how_many_samples_come_at_a_time(samples: int) -> None:
    line = bytes(8000) + signals.tone(CHINA, Tone.VACANT, 8 * 4300)
    detector = signals.ToneDetector(CHINA)
    found = [
        event
        for at in range(0, len(line), 2 * samples)
        for event in detector.feed(line[at : at + 2 * samples])
    ]
    assert found == heard("cn", line)


def test_call_waiting_and_confirmation_are_said_once() -> None:
    for tone, lasting_ms in ((Tone.CALL_WAITING, 4400), (Tone.CONFIRM, 500)):
        line = samples_of(signals.tone(CHINA, tone, 8 * 12000))
        assert np.abs(line[: 8 * lasting_ms]).max() > 500
        assert not line[8 * lasting_ms :].any()


def test_a_plan_that_cannot_be_is_refused() -> None:
    def plan(*cadences: tones.Cadence) -> signals.CompiledPlan:
        return signals.CompiledPlan(cadences)

    busy = tones.PLANS["cn"].cadence(Tone.BUSY)
    many = tuple(tones.Step(400.0 + 100 * number, 100) for number in range(9))
    for wrong in (
        (),
        (busy, busy),
        (replace(busy, steps=()),),
        (replace(busy, steps=(tones.Step(100.0, 350),)),),
        (replace(busy, steps=(tones.Step(450.0, 0), tones.Step(0.0, 350))),),
        (replace(busy, steps=many),),
    ):
        with pytest.raises(MediaError):
            plan(*wrong)
    with pytest.raises(MediaError):
        signals.tone(plan(busy), Tone.DIAL, 160)
    with pytest.raises(ValueError, match="no step"):
        tones.parse(Tone.DIAL, "450Hz", "nobody")


# What spandsp's detector stumbled over, held against ours.


def test_a_plan_of_one_frequency_needs_no_decoy() -> None:
    only = signals.CompiledPlan((tones.PLANS["cn"].cadence(Tone.BUSY),))
    line = pcm(bursts(450, 350, 350, 4))
    first, again = signals.ToneDetector(only).feed(line), signals.ToneDetector(only).feed(line)
    assert {event.tone for event in first} == {Tone.BUSY}
    assert first == again
    assert signals.ToneDetector(only).feed(pcm(bursts(950, 350, 350, 4))) == []


def test_silence_in_a_plan_is_written_as_frequency_0_and_as_nothing_else() -> None:
    busy = tones.PLANS["cn"].cadence(Tone.BUSY)
    negative = replace(busy, steps=(busy.steps[0], tones.Step(-1.0, 350)))
    with pytest.raises(MediaError):
        signals.CompiledPlan((negative,))


def test_a_detector_without_a_plan_hears_nothing_and_does_not_fall_over() -> None:
    out = ffi.new("struct tone_detector **")
    assert lib.tone_detector_open(out, ffi.NULL) == 0
    detector = ffi.gc(out[0], lib.tone_detector_close)
    events = ffi.new("struct tone_event[8]")
    line = ffi.from_buffer("int16_t[]", pcm(bursts(450, 350, 350, 2))[:320])
    assert lib.tone_detector_feed(detector, line, 160, events, 8) == 0
    assert lib.tone_detector_feed(detector, line, 160, events, 1) < 0


@pytest.mark.parametrize("language", list(SPEECH_PACKAGES))
def test_no_busy_is_heard_in_speech(language: str) -> None:
    """A hang-up needs three cycles; a single one in an hour would do no harm, and there is none either."""
    detector = signals.ToneDetector(CHINA)
    found = [event for prompt in speech(language) for event in detector.feed(prompt)]
    assert [event for event in found if event.cycles >= 3] == []
    assert [event for event in found if event.tone in (Tone.BUSY, Tone.CONGESTION)] == []
