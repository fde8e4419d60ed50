# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Events of the C engine, read into the vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dsp import callerid
from dsp._media import ffi, lib
from dsp.vocabulary import (
    SAMPLE_RATE_HZ,
    CallerIdHeard,
    DigitBegan,
    DigitEnded,
    LevelMeasured,
    Lost,
    MediaEvent,
    PlayEnded,
    PortFailed,
    PortFilled,
    RecordingEnded,
    RecordingTroubled,
    SendEnded,
    SpeechBegan,
    SpeechEnded,
    Tone,
    ToneEnded,
    ToneHeard,
)

if TYPE_CHECKING:
    from dsp._media import CData

_TONES = tuple(Tone)
_INTACT = 256
_FSK = 1  # enum callerid_format


def read(e: CData, country: str) -> MediaEvent:
    """One event.  country: of its port."""
    if e.kind == lib.MEDIA_CALLER_ID:
        return _caller_id(e, country)
    return _READERS[e.kind](e)


def _caller_id(e: CData, country: str) -> CallerIdHeard:
    raw = bytes(ffi.buffer(e.raw, e.length))
    intact = e.value >= _INTACT
    return callerid.decode(e.port, e.sample, raw, e.value % _INTACT == _FSK, intact, country)


def _digit_ended(e: CData) -> DigitEnded:
    duration_ms = e.samples * 1000 // SAMPLE_RATE_HZ
    return DigitEnded(e.port, e.sample, chr(e.value), duration_ms, e.level_dbm0, e.other)


def _recording_ended(e: CData) -> RecordingEnded:
    return RecordingEnded(e.port, e.sample, e.tag, e.samples, e.lost, e.value)


_READERS: dict[int, Callable[[CData], MediaEvent]] = {
    lib.MEDIA_DIGIT_BEGAN: lambda e: DigitBegan(e.port, e.sample, chr(e.value)),
    lib.MEDIA_DIGIT_ENDED: _digit_ended,
    lib.MEDIA_TONE_HEARD: lambda e: ToneHeard(e.port, e.sample, _TONES[e.value], e.samples, e.other),
    lib.MEDIA_TONE_ENDED: lambda e: ToneEnded(e.port, e.sample, _TONES[e.value]),
    lib.MEDIA_SPEECH_BEGAN: lambda e: SpeechBegan(e.port, e.sample),
    lib.MEDIA_SPEECH_ENDED: lambda e: SpeechEnded(e.port, e.sample),
    lib.MEDIA_LEVEL: lambda e: LevelMeasured(e.port, e.sample, e.level_dbm0, e.other),
    lib.MEDIA_PLAY_ENDED: lambda e: PlayEnded(e.port, e.sample, e.tag, bool(e.value)),
    lib.MEDIA_SEND_ENDED: lambda e: SendEnded(e.port, e.sample, e.tag, bool(e.value)),
    lib.MEDIA_RECORDING_ENDED: _recording_ended,
    lib.MEDIA_RECORDING_TROUBLED: lambda e: RecordingTroubled(e.port, e.sample, e.tag, e.value),
    lib.MEDIA_PORT_FILLED: lambda e: PortFilled(e.port, e.sample, e.samples),
    lib.MEDIA_PORT_FAILED: lambda e: PortFailed(e.port, e.sample, e.value),
    lib.MEDIA_LOST: lambda e: Lost(e.sample, e.samples),
}
