# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The detectors of a port: signals in, the events of the real detectors out, as late as those are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsp.media_off import delays
from dsp.media_off.agenda import Entry
from dsp.media_off.caller_id import CallerIdEar
from dsp.media_off.signals import SAMPLES_PER_MS, Key, Signal, ToneSignal
from dsp.media_off.tone_ear import ToneEar
from dsp.vocabulary import (
    SAMPLE_RATE_HZ,
    Detector,
    DigitBegan,
    DigitEnded,
    LevelMeasured,
    SpeechBegan,
    SpeechEnded,
)

if TYPE_CHECKING:
    from dsp.media_off.port import Port

_SILENT_DBM0 = -99.0
_SOUNDING_DBM0 = -15.0  # any sound; media off has no levels


class Ears:
    def __init__(self, port: Port) -> None:
        self._port = port
        self.on = Detector.NONE
        self._digit: Key | None = None
        self._digit_since = 0
        self._digit_pending: Entry | None = None
        self._tones = ToneEar(port)
        self._caller_id = CallerIdEar(port)
        self._speaking_since: int | None = None  # sound that counts as speech, reported or not
        self._speech_reported = False
        self._speech_pending: Entry | None = None
        self._level_pending: Entry | None = None

    def turn(self, detectors: Detector, sample: int) -> None:
        """Listen for these from now on; what sounds already is heard as if it began now."""
        new = detectors & ~self.on
        self.on = detectors
        self._forget(~detectors | new)
        for signal in self._port.heard:
            self._hear(signal, sample, new)
        self._judge_speech(sample)
        if Detector.LEVEL in new:
            self._level_pending = self._port.media.agenda.at(sample + SAMPLE_RATE_HZ, self._level)

    def turn_off(self) -> None:
        self.on = Detector.NONE
        self._forget(~Detector.NONE)

    def began(self, signal: Signal, sample: int) -> None:
        self._hear(signal, sample, self.on)
        self._judge_speech(sample)

    def ceased(self, signal: Signal, since: int, sample: int) -> None:
        if signal is self._digit:
            self._digit_ended(sample)
        elif isinstance(signal, ToneSignal):
            self._tones.ceased(signal, sample)
        if Detector.CALLER_ID in self.on:
            self._caller_id.ceased(signal, since, sample)
        self._judge_speech(sample)

    def _hear(self, signal: Signal, sample: int, detectors: Detector) -> None:
        if isinstance(signal, Key) and Detector.DIGITS in detectors:
            self._digit_began(signal, sample)
        elif isinstance(signal, ToneSignal) and Detector.TONES in detectors:
            self._tones.began(signal, self._port.heard[signal], sample)
        if Detector.CALLER_ID in detectors:
            self._caller_id.began(signal, sample)

    def _forget(self, detectors: Detector) -> None:
        if Detector.DIGITS in detectors:
            self._digit = None
            _call_off(self._digit_pending)
        if Detector.TONES in detectors:
            self._tones.forget()
        if Detector.CALLER_ID in detectors:
            self._caller_id.forget()
        if Detector.SPEECH in detectors:
            self._speaking_since = None
            self._speech_reported = False
            _call_off(self._speech_pending)
        if Detector.LEVEL in detectors:
            _call_off(self._level_pending)

    # Digits.

    def _digit_began(self, key: Key, sample: int) -> None:
        self._digit = key
        self._digit_since = sample

        def lasted(now: int) -> None:
            self._digit_pending = None
            self._port.media.report(DigitBegan(self._port.number, sample, key.key), now)

        self._digit_pending = self._port.media.agenda.at(sample + delays.DIGIT_BEGAN, lasted)

    def _digit_ended(self, sample: int) -> None:
        key, self._digit = self._digit, None
        assert key is not None
        if self._digit_pending is not None:  # too short to count
            self._digit_pending.call_off()
            self._digit_pending = None
            return
        duration_ms = (sample - self._digit_since) // SAMPLES_PER_MS
        ended = DigitEnded(self._port.number, sample, key.key, duration_ms, key.level_dbm0, 0.0)
        self._port.media.report(ended, sample + delays.DIGIT_ENDED)

    # Speech: what is neither a digit nor a tone that is being listened for.

    def _judge_speech(self, sample: int) -> None:
        if Detector.SPEECH not in self.on:
            return
        others = any(self._is_other(signal) for signal in self._port.heard)
        speaking = bool(self._port.heard) and not others
        if speaking and self._speaking_since is None:
            self._speaking_since = sample
            _call_off(self._speech_pending)
            if not self._speech_reported:
                self._speech_pending = self._port.media.agenda.at(
                    sample + delays.SPEECH_BEGAN, self._speech_began
                )
        elif not speaking and self._speaking_since is not None:
            self._speaking_since = None
            _call_off(self._speech_pending)
            if self._speech_reported:
                ended = -(-sample // delays.SPEECH_FRAME) * delays.SPEECH_FRAME
                self._speech_pending = self._port.media.agenda.at(
                    ended + delays.SPEECH_ENDED, self._speech_ended
                )

    def _is_other(self, signal: Signal) -> bool:
        return (isinstance(signal, Key) and Detector.DIGITS in self.on) or (
            isinstance(signal, ToneSignal) and Detector.TONES in self.on
        )

    def _speech_began(self, now: int) -> None:
        self._speech_reported = True
        self._port.media.report(SpeechBegan(self._port.number, now - delays.SPEECH_BEGAN), now)

    def _speech_ended(self, now: int) -> None:
        self._speech_reported = False
        self._port.media.report(SpeechEnded(self._port.number, now - delays.SPEECH_ENDED), now)

    # Levels.

    def _level(self, now: int) -> None:
        heard = _SOUNDING_DBM0 if self._port.heard else _SILENT_DBM0
        sent = _SOUNDING_DBM0 if self._port.sent else _SILENT_DBM0
        self._port.media.report(LevelMeasured(self._port.number, now, heard, sent), now + 1)
        self._level_pending = self._port.media.agenda.at(now + SAMPLE_RATE_HZ, self._level)


def _call_off(entry: Entry | None) -> None:
    if entry is not None:
        entry.call_off()
