# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a port sends of its own: plays, digits and caller ID, a tone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from dsp import tones
from dsp.media_off.agenda import Entry
from dsp.media_off.signals import (
    FSK_BAUD,
    SAMPLES_PER_MS,
    Key,
    Message,
    Signal,
    Speech,
    ToneSignal,
    cadence_samples,
)
from dsp.media_off.sounds import Sound
from dsp.vocabulary import SAMPLE_RATE_HZ, PlayEnded, SendEnded, Tone

if TYPE_CHECKING:
    from dsp.media_off.port import Port

_COMMA_SAMPLES = 500 * SAMPLES_PER_MS
_TRAILING_BITS = 10
_FOR_EVER = 1 << 60
_SENT_ONCE = (Tone.CALL_WAITING, Tone.CONFIRM)  # dsp.vocabulary.SendTone

Edge = tuple[int, Signal | None]
"""Samples to the next edge, and what sounds until then (None: nothing)."""


class Sequence:
    """Edges played out one after the other, on a port."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._edges: Iterator[Edge] = iter(())
        self._entry: Entry | None = None
        self._sounding: Signal | None = None
        self._ended: Callable[[int], None] = lambda sample: None

    def start(self, edges: Iterator[Edge], sample: int, ended: Callable[[int], None]) -> None:
        self._edges = edges
        self._ended = ended
        self._next(sample)

    def stop(self, sample: int) -> None:
        if self._entry is not None:
            self._entry.call_off()
            self._entry = None
        self._silence(sample)

    def _silence(self, sample: int) -> None:
        if self._sounding is not None:
            self._port.cease(self._sounding, sample)
            self._sounding = None

    def _next(self, sample: int) -> None:
        self._silence(sample)
        for samples, signal in self._edges:
            if samples == 0:
                continue
            if signal is not None:
                self._port.emit(signal, sample)
                self._sounding = signal
            self._entry = self._port.media.agenda.at(sample + samples, self._next)
            return
        self._entry = None
        self._ended(sample)


def _sound_edges(sounds: tuple[Sound, ...], loop: bool) -> Iterator[Edge]:
    """Loops that hold nothing end at once, as they do in the real engine."""
    while True:
        for sound in sounds:
            at = 0
            for begin, end in sound.loud:
                yield begin - at, None
                yield end - begin, Speech()
                at = end
            yield sound.samples - at, None
        if not loop or not any(sound.samples for sound in sounds):
            return


class Player:
    """Plays of a port, one after the other."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._sequence = Sequence(port)
        self._waiting: deque[tuple[int, tuple[Sound, ...], bool]] = deque()

    def add(self, tag: int, sounds: tuple[Sound, ...], loop: bool, sample: int) -> None:
        self._waiting.append((tag, sounds, loop))
        if len(self._waiting) == 1:
            self._start(sample)

    def stop(self, sample: int) -> None:
        self._sequence.stop(sample)
        for tag, _, _ in self._waiting:
            self._report(tag, sample, completed=False)
        self._waiting.clear()

    def _start(self, sample: int) -> None:
        _, sounds, loop = self._waiting[0]
        self._sequence.start(_sound_edges(sounds, loop), sample, self._ended)

    def _ended(self, sample: int) -> None:
        tag, _, _ = self._waiting.popleft()
        self._report(tag, sample, completed=True)
        if self._waiting:
            self._start(sample)

    def _report(self, tag: int, sample: int, *, completed: bool) -> None:
        # A play that ends with a tick is found to have ended in the next.
        self._port.media.report(PlayEnded(self._port.number, sample, tag, completed), sample + 1)


class Sending:
    """Digits or an FSK message waiting to be sent."""

    def __init__(self, tag: int, edges: Iterator[Edge]) -> None:
        self.tag = tag
        self.edges = edges


def digit_edges(digits: str, on_ms: int, off_ms: int, level_dbm0: float) -> Iterator[Edge]:
    for key in digits.upper():
        if key == ",":
            yield _COMMA_SAMPLES, None
        else:
            yield on_ms * SAMPLES_PER_MS, Key(key, level_dbm0)
            yield off_ms * SAMPLES_PER_MS, None


def message_edges(raw: bytes, lead_bits: int) -> Iterator[Edge]:
    bits = lead_bits + 10 * len(raw) + _TRAILING_BITS
    yield -(-bits * SAMPLE_RATE_HZ // FSK_BAUD), Message(raw, lead_bits)


class DigitSender:
    """Digits and caller ID of a port, one after the other."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._sequence = Sequence(port)
        self._waiting: deque[Sending] = deque()

    def add(self, sending: Sending, sample: int) -> None:
        self._waiting.append(sending)
        if len(self._waiting) == 1:
            self._sequence.start(sending.edges, sample, self._ended)

    def stop(self, sample: int) -> None:
        self._sequence.stop(sample)
        for sending in self._waiting:
            self._report(sending.tag, sample, sample + 1, completed=False)
        self._waiting.clear()

    def _ended(self, sample: int) -> None:
        self._report(self._waiting.popleft().tag, sample, sample, completed=True)
        if self._waiting:
            self._sequence.start(self._waiting[0].edges, sample, self._ended)

    def _report(self, tag: int, sample: int, known_at: int, *, completed: bool) -> None:
        self._port.media.report(SendEnded(self._port.number, sample, tag, completed), known_at)


class ToneSender:
    """The one tone of a port."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._sequence = Sequence(port)

    def start(self, tone: Tone, sample: int) -> None:
        self.stop(sample)
        cadence = tones.PLANS[self._port.country].cadence(tone)
        once = cadence.repeat_from is None or tone in _SENT_ONCE
        samples = cadence_samples(cadence) if once else _FOR_EVER
        edges: tuple[Edge, ...] = ((samples, ToneSignal(self._port.country, tone)),)
        self._sequence.start(iter(edges), sample, lambda sample: None)

    def stop(self, sample: int) -> None:
        self._sequence.stop(sample)
