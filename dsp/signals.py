# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The detectors and senders of dsp/csrc one by one, without the engine around them: for files, limits and
tests.

Everything here is fed or makes 16-bit linear samples at 8 kHz, as bytes; a detector can be fed any number at
a time. The engine calls the same C directly; nothing here is on its way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsp import tones
from dsp._signals import ffi, lib
from dsp.errors import MediaError
from dsp.vocabulary import Tone

if TYPE_CHECKING:
    from dsp._signals import CData

BLOCK_SAMPLES = 160
_EVENTS = 8  # more than any detector can have in a block
_TONES = tuple(Tone)


@dataclass(frozen=True, slots=True)
class Digit:
    """A digit began, or (ended) was over.  sample: where its tone began or ended."""

    key: str
    ended: bool
    sample: int
    duration_samples: int
    level_dbm0: float
    twist_db: float


@dataclass(frozen=True, slots=True)
class HeardTone:
    """A cycle of a tone was heard, or (ended) the tone is over."""

    tone: Tone
    ended: bool
    cycles: int
    freq_hz: float
    sample: int
    began_sample: int


@dataclass(frozen=True, slots=True)
class HeardCallerId:
    """A caller-ID message.  raw: see dsp.callerid.decode."""

    fsk: bool
    intact: bool
    raw: bytes
    sample: int


@dataclass(frozen=True, slots=True)
class Speech:
    """Speech began, or (ended) fell silent, at `sample`."""

    ended: bool
    sample: int


def _check(result: int, what: str) -> int:
    if result < 0:
        raise MediaError(-result, what)
    return result


def _blocks(pcm: bytes) -> list[tuple[CData, int]]:
    """Samples in blocks a detector takes whole.  The memory stays the caller's."""
    samples = ffi.from_buffer("int16_t[]", pcm)
    return [
        (samples + at, min(BLOCK_SAMPLES, len(samples) - at)) for at in range(0, len(samples), BLOCK_SAMPLES)
    ]


class DigitDetector:
    """A DTMF receiver."""

    def __init__(self) -> None:
        out = ffi.new("struct dtmf **")
        _check(lib.dtmf_open(out), "DTMF receiver")
        self._d = ffi.gc(out[0], lib.dtmf_close)
        self._events = ffi.new(f"struct dtmf_event[{_EVENTS}]")

    def feed(self, pcm: bytes) -> list[Digit]:
        found: list[Digit] = []
        for block, samples in _blocks(pcm):
            count = _check(lib.dtmf_feed(self._d, block, samples, self._events, _EVENTS), "digits")
            found += (
                Digit(
                    e.key.decode(),
                    e.kind == lib.DTMF_ENDED,
                    e.sample,
                    e.duration_samples,
                    e.level_dbm0,
                    e.twist_db,
                )
                for e in self._events[0:count]
            )
        return found

    def fill_in(self, samples: int) -> None:
        lib.dtmf_fillin(self._d, samples)

    def reset(self) -> None:
        lib.dtmf_reset(self._d)

    @property
    def sounding(self) -> bool:
        return bool(lib.dtmf_sounding(self._d))


def _cadence(cadence: tones.Cadence) -> dict[str, object]:
    count = len(cadence.steps)
    return {
        "tone": _TONES.index(cadence.tone),
        "step_count": count,
        "repeat_from": count if cadence.repeat_from is None else cadence.repeat_from,
        "send_only": cadence.send_only,
        "steps": [
            (step.f1_hz, step.f2_hz, step.modulated, step.level_dbm0, step.duration_ms)
            for step in cadence.steps
        ],
    }


class CompiledPlan:
    """A tone plan as detectors and senders use it; they keep it alive."""

    def __init__(self, cadences: tuple[tones.Cadence, ...]) -> None:
        out = ffi.new("struct tone_plan **")
        rows = ffi.new("struct tone_cadence[]", [_cadence(cadence) for cadence in cadences])
        _check(lib.tone_plan_open(out, rows, len(rows)), "tone plan")
        self.pointer = ffi.gc(out[0], lib.tone_plan_close)


def plan_of(country: str) -> CompiledPlan:
    return CompiledPlan(tones.PLANS[country].cadences)


class ToneDetector:
    """Listens for the tones of a plan."""

    def __init__(self, plan: CompiledPlan) -> None:
        self._plan = plan
        out = ffi.new("struct tone_detector **")
        _check(lib.tone_detector_open(out, plan.pointer), "tone detector")
        self._d = ffi.gc(out[0], lib.tone_detector_close)
        self._events = ffi.new(f"struct tone_event[{_EVENTS}]")

    def feed(self, pcm: bytes) -> list[HeardTone]:
        found: list[HeardTone] = []
        for block, samples in _blocks(pcm):
            count = _check(lib.tone_detector_feed(self._d, block, samples, self._events, _EVENTS), "tones")
            found += (
                HeardTone(
                    _TONES[e.tone],
                    e.kind == lib.TONE_ENDED,
                    e.cycles,
                    e.freq_hz,
                    e.sample,
                    e.began_sample,
                )
                for e in self._events[0:count]
            )
        return found

    def fill_in(self, samples: int) -> None:
        lib.tone_detector_fillin(self._d, samples)

    @property
    def sounding(self) -> bool:
        return bool(lib.tone_detector_sounding(self._d))


class CallerIdDetector:
    """Listens for caller ID by FSK and by DTMF."""

    def __init__(self) -> None:
        out = ffi.new("struct callerid_detector **")
        _check(lib.callerid_detector_open(out), "caller-ID detector")
        self._d = ffi.gc(out[0], lib.callerid_detector_close)
        self._events = ffi.new("struct callerid_event[2]")

    def feed(self, pcm: bytes) -> list[HeardCallerId]:
        found: list[HeardCallerId] = []
        for block, samples in _blocks(pcm):
            count = _check(lib.callerid_detector_feed(self._d, block, samples, self._events, 2), "caller ID")
            found += (
                HeardCallerId(
                    e.format == lib.CALLERID_FSK,
                    bool(e.intact),
                    bytes(ffi.buffer(e.raw, e.length)),
                    e.sample,
                )
                for e in self._events[0:count]
            )
        return found

    def fill_in(self, samples: int) -> None:
        lib.callerid_detector_fillin(self._d, samples)


class SpeechDetector:
    """Tells speech from silence."""

    def __init__(self) -> None:
        out = ffi.new("struct speech_detector **")
        _check(lib.speech_detector_open(out), "speech detector")
        self._d = ffi.gc(out[0], lib.speech_detector_close)
        self._events = ffi.new(f"struct speech_event[{_EVENTS}]")

    def feed(self, pcm: bytes, other_sound: bool = False) -> list[Speech]:
        found: list[Speech] = []
        for block, samples in _blocks(pcm):
            count = _check(
                lib.speech_detector_feed(self._d, block, samples, other_sound, self._events, _EVENTS),
                "speech",
            )
            found += (Speech(e.kind == lib.SPEECH_ENDED, e.sample) for e in self._events[0:count])
        return found


def level_dbm0(pcm: bytes) -> float:
    """The mean level of some samples; -99 for silence."""
    meter = ffi.new("struct level_meter *")
    samples = ffi.from_buffer("int16_t[]", pcm)
    lib.level_meter_feed(meter, samples, len(samples))
    return lib.level_meter_take(meter)


def tone(plan: CompiledPlan, tone: Tone, samples: int) -> bytes:
    """The first samples of a tone; zero after the end of one that ends.  Raises MediaError(ENOENT) where the
    plan has none."""
    out = ffi.new("struct tone_sender **")
    _check(lib.tone_sender_open(out), "tone sender")
    sender = ffi.gc(out[0], lib.tone_sender_close)
    _check(lib.tone_sender_start(sender, plan.pointer, _TONES.index(tone)), tone.value)
    pcm = ffi.new("int16_t[]", samples)
    lib.tone_sender_make(sender, pcm, samples)
    return bytes(ffi.buffer(pcm))


def digits(keys: str, on_ms: int = 100, off_ms: int = 100, level_dbm0: float = -9.0) -> bytes:
    """Keys as DTMF, the last pause included.  Raises MediaError for keys that are none."""
    out = ffi.new("struct digits_sender **")
    _check(lib.digits_sender_open(out), "digit sender")
    sender = ffi.gc(out[0], lib.digits_sender_close)
    _check(lib.digits_sender_start(sender, keys.encode(), on_ms, off_ms, level_dbm0), repr(keys))
    pcm, made = ffi.new(f"int16_t[{BLOCK_SAMPLES}]"), bytearray()
    while not lib.digits_sender_done(sender):
        count = lib.digits_sender_make(sender, pcm, BLOCK_SAMPLES)
        made += ffi.buffer(pcm, 2 * count)
    return bytes(made)


def fsk(message: bytes, seizure_bits: int = 300, mark_bits: int = 180, level_dbm0: float = -13.5) -> bytes:
    """A caller-ID message, whole from type to checksum, as FSK.  Raises MediaError for one too long."""
    out = ffi.new("struct callerid_sender **")
    _check(lib.callerid_sender_open(out), "caller-ID sender")
    sender = ffi.gc(out[0], lib.callerid_sender_close)
    _check(
        lib.callerid_sender_start_fsk(sender, message, len(message), seizure_bits, mark_bits, level_dbm0),
        f"caller ID of {len(message)} bytes",
    )
    pcm, made = ffi.new(f"int16_t[{BLOCK_SAMPLES}]"), bytearray()
    while not lib.callerid_sender_done(sender):
        count = lib.callerid_sender_make(sender, pcm, BLOCK_SAMPLES)
        made += ffi.buffer(pcm, 2 * count)
    return bytes(made)


def from_alaw(alaw: bytes) -> bytes:
    pcm = ffi.new("int16_t[]", len(alaw))
    lib.alaw_decode_vector(pcm, ffi.from_buffer("uint8_t[]", alaw), len(alaw))
    return bytes(ffi.buffer(pcm))


def to_alaw(pcm: bytes) -> bytes:
    samples = ffi.from_buffer("int16_t[]", pcm)
    alaw = ffi.new("uint8_t[]", len(samples))
    lib.alaw_encode_vector(alaw, samples, len(samples))
    return bytes(ffi.buffer(alaw))


def resampled(sound: bytes, rate_hz: int) -> bytes:
    """32-bit floats in the range of 16-bit samples, at any rate -> 16-bit samples at 8 kHz.  Raises
    MediaError(EINVAL) for a rate outside 4..192 kHz."""
    samples = ffi.from_buffer("float[]", sound)
    pcm = ffi.new("int16_t[]", lib.resampled_samples(len(samples), rate_hz))
    _check(lib.resample(pcm, samples, len(samples), rate_hz), f"sampling rate {rate_hz} Hz")
    return bytes(ffi.buffer(pcm))
