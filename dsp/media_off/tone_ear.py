# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The call-progress tone detector of a port, by the plan of its country."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dsp import tones
from dsp.media_off import delays
from dsp.media_off.agenda import Entry
from dsp.media_off.signals import SAMPLES_PER_MS, ToneSignal, cadence_samples
from dsp.tones import Cadence, Step
from dsp.vocabulary import Tone, ToneEnded, ToneHeard

if TYPE_CHECKING:
    from dsp.media_off.port import Port

_CYCLES_REPORTED = 10


def _same_sound(a: Step, b: Step) -> bool:
    return (a.f1_hz, a.f2_hz, a.modulated) == (b.f1_hz, b.f2_hz, b.modulated)


def _same_step(a: Step, b: Step) -> bool:
    return _same_sound(a, b) and a.duration_ms == b.duration_ms


def _endless_step(cadence: Cadence) -> Step | None:
    last = cadence.steps[-1]
    return last if last.duration_ms == 0 and last.f1_hz else None


@cache
def _meant(sent_by: str, heard_by: str, tone: Tone) -> Cadence | None:
    """Which tone of its own plan a country hears in a tone of another (or the same) country."""
    sent = tones.PLANS[sent_by].cadence(tone)
    listened = [cadence for cadence in tones.PLANS[heard_by].cadences if not cadence.send_only]
    for cadence in listened:
        if len(cadence.steps) == len(sent.steps) and all(map(_same_step, cadence.steps, sent.steps)):
            return cadence
    endless = _endless_step(sent)
    if endless is not None:
        return next((c for c in listened if (step := _endless_step(c)) and _same_sound(step, endless)), None)
    return None


@cache
def _endless_samples(country: str, sound: Step) -> int:
    """How long a continuous tone lasts before it is one: longer than any cadence with its frequency has it."""
    steps = (
        step
        for c in tones.PLANS[country].cadences
        if not c.send_only and not _endless_step(c)
        for step in c.steps
    )
    longest_ms = max((step.duration_ms for step in steps if _same_sound(step, sound)), default=0)
    return max(delays.CONTINUOUS_MIN, round(longest_ms * SAMPLES_PER_MS * delays.CONTINUOUS_PART))


def _lead_samples(cadence: Cadence, sound: Step) -> int:
    """What comes before the sound that lasts for ever."""
    before = [step.duration_ms for step in cadence.steps if not _same_sound(step, sound)]
    return sum(before) * SAMPLES_PER_MS


def _step_at(cadence: Cadence, at: int) -> tuple[int, Step]:
    """The step that sounds at a sample of the cycle, and where it begins."""
    begins = 0
    for step in cadence.steps:
        if at < begins + step.duration_ms * SAMPLES_PER_MS:
            return begins, step
        begins += step.duration_ms * SAMPLES_PER_MS
    return begins - cadence.steps[-1].duration_ms * SAMPLES_PER_MS, cadence.steps[-1]


def _freq_hz(cadence: Cadence) -> float:
    frequencies = {(step.f1_hz, step.f2_hz) for step in cadence.steps if step.f1_hz}
    f1_hz, f2_hz = next(iter(frequencies))
    return f1_hz if len(frequencies) == 1 and not f2_hz else 0.0


class ToneEar:
    def __init__(self, port: Port) -> None:
        self._port = port
        self._signal: ToneSignal | None = None
        self._since = 0
        self._cadence: Cadence | None = None
        self._cycles = 0
        self._pending: Entry | None = None
        self._ending: tuple[Entry, ToneEnded] | None = None

    def forget(self) -> None:
        """Listen anew; nothing is reported of what was heard before."""
        self._signal = None
        for entry in (self._pending, self._ending and self._ending[0]):
            if entry is not None:
                entry.call_off()
        self._ending = None

    def began(self, signal: ToneSignal, since: int, sample: int) -> None:
        """since: when the tone began on this port; we listen from `sample`."""
        cadence = _meant(signal.country, self._port.country, signal.tone)
        if self._ending is not None:
            self._end_now(sample + delays.TONE_CYCLE)
        if cadence is None:
            return
        self._signal = signal
        self._since = since
        self._cadence = cadence
        self._cycles = 0
        sound = _endless_step(cadence)
        if sound is not None:
            sent = tones.PLANS[signal.country].cadence(signal.tone)
            begins = max(sample, since + _lead_samples(sent, sound))
            self._await(begins + _endless_samples(self._port.country, sound), 0, 0)
            return
        cycle = cadence_samples(cadence)
        cycles_missed = -(-(sample - since) // cycle)
        self._await(since + (cycles_missed + 1) * cycle, cycle, delays.TONE_CYCLE)

    def _await(self, ends: int, cycle: int, delay: int) -> None:
        """A cycle ends at `ends`, and is reported `delay` later."""
        cadence = self._cadence
        assert cadence is not None

        def over(now: int) -> None:
            self._pending = None
            self._cycles += 1
            told = self._port.media.end_of_tick(now)
            heard = ToneHeard(
                self._port.number, ends if cycle else told, cadence.tone, self._cycles, _freq_hz(cadence)
            )
            self._port.media.report(heard, now)
            if cycle and self._cycles < _CYCLES_REPORTED:
                self._await(ends + cycle, cycle, delay)

        self._pending = self._port.media.agenda.at(ends + delay, over)

    def ceased(self, signal: ToneSignal, sample: int) -> None:
        if signal is not self._signal:
            return
        self._signal = None
        if self._pending is not None:
            self._pending.call_off()
        if self._cycles:
            self._end(sample)

    def _end(self, sample: int) -> None:
        """A sound that broke off ends the tone soon, a silence only when it has lasted longer than it should."""
        cadence = self._cadence
        assert cadence is not None
        ended, told = sample, sample + delays.TONE_BROKEN
        if _endless_step(cadence) is None:
            at = (sample - self._since) % cadence_samples(cadence)
            begins, step = _step_at(cadence, at or cadence_samples(cadence))
            ended = sample - (at or cadence_samples(cadence)) + begins
            if not step.f1_hz:
                should_ms = step.duration_ms * delays.TONE_MISSING_PART
                told = ended + round(should_ms * SAMPLES_PER_MS) + delays.TONE_MISSING
        event = ToneEnded(self._port.number, ended, cadence.tone)
        self._ending = (self._port.media.agenda.at(told, self._ended), event)

    def _ended(self, now: int) -> None:
        if self._ending is not None:
            event, self._ending = self._ending[1], None
            self._port.media.report(event, now)

    def _end_now(self, now: int) -> None:
        """Another tone shows that this one is over."""
        if self._ending is not None:
            self._ending[0].call_off()
            self._ended(now)
