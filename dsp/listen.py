# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Our detectors on a file: what an installer asks of a recording, and how our ears are judged by others.

Each thing heard is one dict of plain values: `kind`, `track` (1, 2 ... in the file's order), `sample` and
`end_sample` at 8 kHz, `duration_ms`, and what belongs to the kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dsp import callerid, signals, wav
from dsp.vocabulary import SAMPLE_RATE_HZ

Heard = dict[str, object]

_FLUSH = bytes(2 * SAMPLE_RATE_HZ)  # a second of silence lets every detector finish
_SILENCE_MIN_SAMPLES = SAMPLE_RATE_HZ // 2
_BLOCK_BYTES = 2 * signals.BLOCK_SAMPLES


class _Track:
    """One track under all detectors."""

    def __init__(self, number: int, samples: int, country: str) -> None:
        self.number = number
        self.samples = samples
        self._country = country
        self._digits = signals.DigitDetector()
        self._tones = signals.ToneDetector(signals.plan_of(country))
        self._caller_id = signals.CallerIdDetector()
        self._speech = signals.SpeechDetector()
        self._digit_began: signals.Digit | None = None
        self._tone_heard: signals.HeardTone | None = None
        self._speech_began: int | None = None
        self.heard: list[Heard] = []

    def feed(self, pcm: bytes) -> None:
        for digit in self._digits.feed(pcm):
            self._take_digit(digit)
        for tone in self._tones.feed(pcm):
            self._take_tone(tone)
        for message in self._caller_id.feed(pcm):
            self._take_caller_id(message)
        for speech in self._speech.feed(pcm, self._digits.sounding or self._tones.sounding):
            self._take_speech(speech)

    def _add(self, kind: str, sample: int, end_sample: int, **what: object) -> None:
        end = min(end_sample, self.samples)
        duration_ms = (end - sample) * 1000 // SAMPLE_RATE_HZ
        place: Heard = {
            "kind": kind,
            "track": self.number,
            "sample": sample,
            "end_sample": end,
            "duration_ms": duration_ms,
        }
        self.heard.append(place | what)

    def _take_digit(self, digit: signals.Digit) -> None:
        self._digit_began = None if digit.ended else digit
        if digit.ended:
            self._add(
                "digit",
                digit.sample - digit.duration_samples,
                digit.sample,
                key=digit.key,
                level_dbm0=round(digit.level_dbm0, 1),
                twist_db=round(digit.twist_db, 1),
            )

    def _take_tone(self, tone: signals.HeardTone) -> None:
        self._tone_heard = None if tone.ended else tone
        if tone.ended:
            self._add_tone(tone, tone.sample)

    def _add_tone(self, tone: signals.HeardTone, end_sample: int) -> None:
        self._add(
            "tone",
            tone.began_sample,
            end_sample,
            tone=tone.tone.value,
            cycles=tone.cycles,
            freq_hz=round(tone.freq_hz, 1),
        )

    def _take_caller_id(self, message: signals.HeardCallerId) -> None:
        waiting = callerid.decode_message_waiting(message.raw) if message.fsk and message.intact else None
        if waiting is not None:
            self._add("message_waiting", message.sample, message.sample, waiting=waiting)
            return
        said = callerid.decode(0, message.sample, message.raw, message.fsk, message.intact, self._country)
        self._add(
            "caller_id",
            message.sample,
            message.sample,
            format=said.format.value,
            intact=said.intact,
            number=said.number,
            name=said.name,
            presentation=said.presentation.value,
            date=said.date,
        )

    def _take_speech(self, speech: signals.Speech) -> None:
        if speech.ended and self._speech_began is not None:
            self._add("speech", self._speech_began, speech.sample)
        self._speech_began = None if speech.ended else speech.sample

    def finish(self) -> None:
        """Close what was still sounding when the file ended, and name the silences."""
        if self._digit_began is not None:
            self._take_digit(self._digit_began)
        if self._tone_heard is not None:
            self._add_tone(self._tone_heard, self.samples)
        if self._speech_began is not None:
            self._add("speech", self._speech_began, self.samples)
        self._add_silences()
        self.heard.sort(key=lambda heard: (heard["sample"], heard["end_sample"]))

    def _add_silences(self) -> None:
        spans = sorted(
            (int(str(heard["sample"])), int(str(heard["end_sample"])))
            for heard in self.heard
            if heard["kind"] in ("digit", "tone", "speech")
        )
        quiet_from = 0
        for begin, end in [*spans, (self.samples, self.samples)]:
            if begin - quiet_from >= _SILENCE_MIN_SAMPLES:
                self._add("silence", quiet_from, begin)
            quiet_from = max(quiet_from, end)


def _listen_to(number: int, pcm: bytes, country: str) -> _Track:
    track = _Track(number, len(pcm) // 2, country)
    for sound in (pcm, _FLUSH):
        for at in range(0, len(sound), _BLOCK_BYTES):
            track.feed(sound[at : at + _BLOCK_BYTES])
    track.finish()
    return track


def listen(path: Path, country: str = "cn") -> Iterator[Heard]:
    """Everything our detectors hear in a WAV file, track by track in the order of its beginning.

    A file that was cut off is heard as far as it goes.  Raises WavError, OSError, and KeyError for a country
    we have no plan of.
    """
    for number, pcm in enumerate(wav.read(path, cut_allowed=True).tracks, 1):
        yield from _listen_to(number, pcm, country).heard
