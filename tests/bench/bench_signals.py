# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the detectors cost, and the limits of tones and caller ID: `python -m tests.bench.bench_signals`.

Digits have a table of their own in bench_dtmf.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from dsp import callerid, signals
from dsp._signals import ffi, lib
from dsp.vocabulary import CallerIdFormat, SendCallerId, Tone
from tests.line_sounds import Samples, noise, pcm, samples_of, silence, sine, speech

if TYPE_CHECKING:
    from dsp._signals import CData

CHINA = signals.plan_of("cn")
BLOCK_SAMPLES = 160
_BLOCKS = 2000
_ROUNDS = 5

Feed = Callable[["CData", int], int]


def _sounds() -> dict[str, bytes]:
    """40 s each of what a line carries."""
    samples, chance = _BLOCKS * BLOCK_SAMPLES, np.random.default_rng(1)
    words = b"".join(islice((one for one in speech("en") if len(one) > 32000), 40))
    busy = signals.tone(CHINA, Tone.BUSY, samples)
    keys = signals.digits("0123456789" * 20, 100, 100)
    return {
        "silence": bytes(2 * samples),
        "line noise": pcm(noise(samples, -50, chance)),
        "speech": (words * 2)[: 2 * samples],
        "busy tone": busy,
        "digits": keys[: 2 * samples],
    }


def _opened(open_it: Callable[..., int], kind: str, *rest: object) -> CData:
    out = ffi.new(f"{kind} **")
    assert open_it(out, *rest) == 0
    return out[0]


def _detectors() -> dict[str, tuple[Feed, int]]:
    """How each is fed, and how much at a time: as much as it takes, so that calls from Python cost little."""
    many = 8000
    digits, tones = (
        _opened(lib.dtmf_open, "struct dtmf"),
        _opened(lib.tone_detector_open, "struct tone_detector", CHINA.pointer),
    )
    caller_id = _opened(lib.callerid_detector_open, "struct callerid_detector")
    words = _opened(lib.speech_detector_open, "struct speech_detector")
    digit_events, tone_events = ffi.new("struct dtmf_event[256]"), ffi.new("struct tone_event[256]")
    messages, spans = ffi.new("struct callerid_event[2]"), ffi.new("struct speech_event[256]")
    return {
        "digits": (lambda pcm, count: lib.dtmf_feed(digits, pcm, count, digit_events, 256), many),
        "tones": (lambda pcm, count: lib.tone_detector_feed(tones, pcm, count, tone_events, 256), many),
        "caller_id": (lambda pcm, count: lib.callerid_detector_feed(caller_id, pcm, count, messages, 2), 160),
        "speech": (lambda pcm, count: lib.speech_detector_feed(words, pcm, count, 0, spans, 256), many),
    }


def _nanoseconds(feed: Feed, at_once: int, sound: bytes) -> float:
    """The least of some rounds, per block of 20 ms."""
    samples = ffi.from_buffer("int16_t[]", sound)
    parts = [samples + at for at in range(0, len(samples) - at_once + 1, at_once)]
    best = float("inf")
    for _ in range(_ROUNDS):
        begun = time.thread_time_ns()
        for part in parts:
            feed(part, at_once)
        best = min(best, time.thread_time_ns() - begun)
    return best / (len(parts) * at_once / BLOCK_SAMPLES)


def nanoseconds_per_block() -> dict[str, dict[str, float]]:
    """Detector -> sound -> nanoseconds of processor time per 20 ms.  Some 300 ns of caller ID's are Python's call."""
    sounds = _sounds()
    return {
        name: {sound: _nanoseconds(feed, at_once, line) for sound, line in sounds.items()}
        for name, (feed, at_once) in _detectors().items()
    }


def _busy(freq_hz: float = 450, on_ms: float = 350, off_ms: float = 350, level_dbm0: float = -10) -> Samples:
    one = [sine(freq_hz, round(on_ms * 8), level_dbm0), silence(round(off_ms * 8))]
    return np.concatenate([silence(4000), *(one * 5)])


def _is_busy(line: Samples) -> bool:
    found = signals.ToneDetector(CHINA).feed(pcm(line))
    return {event.tone for event in found} == {Tone.BUSY} and max(event.cycles for event in found) >= 3


def _last(values: Iterable[float], holds: Callable[[float], bool]) -> float:
    reached = float("nan")
    for value in values:
        if not holds(value):
            break
        reached = value
    return reached


def _busy_in_noise(snr_db: float) -> bool:
    line = _busy()
    return all(
        _is_busy(line + noise(len(line), -10 - snr_db, np.random.default_rng(seed))) for seed in range(20)
    )


def _caller_id_heard(level_dbm0: float, snr_db: float | None = None) -> bool:
    message = callerid.encode(SendCallerId(1, CallerIdFormat.FSK, "01012345678", 1, name="WANG"), "cn")
    assert isinstance(message, bytes)
    line = samples_of(bytes(8000) + signals.fsk(message, level_dbm0=level_dbm0) + bytes(8000))
    for seed in range(20):
        noisy = (
            line
            if snr_db is None
            else line + noise(len(line), level_dbm0 - snr_db, np.random.default_rng(seed))
        )
        if [one.raw for one in signals.CallerIdDetector().feed(pcm(noisy)) if one.intact] != [message]:
            return False
    return True


def limits() -> list[tuple[str, str, str]]:
    """Item, what is asked, what is reached."""
    below = _last(range(450, 350, -1), lambda hz: _is_busy(_busy(hz)))
    above = _last(range(450, 550), lambda hz: _is_busy(_busy(hz)))
    longer = _last(
        range(40), lambda part: _is_busy(_busy(450, 350 * (1 + part / 100), 350 * (1 + part / 100)))
    )
    shorter = _last(
        range(40), lambda part: _is_busy(_busy(450, 350 * (1 - part / 100), 350 * (1 - part / 100)))
    )
    faint = _last(range(-10, -60, -1), lambda level: _is_busy(_busy(level_dbm0=level)))
    noisy = _last(range(40, -5, -1), _busy_in_noise)
    quiet = _last(range(-5, -60, -1), lambda level: _caller_id_heard(level))
    loud = _last(range(-10, 4), lambda level: _caller_id_heard(level))
    fsk_noisy = _last(range(40, 0, -1), lambda snr: _caller_id_heard(-20, snr))
    return [
        ("busy tone, frequency", "450 +-25 Hz", f"{below:.0f} to {above:.0f} Hz"),
        ("busy tone, cadence", "+-10 %", f"-{shorter:.0f} to +{longer:.0f} %"),
        ("busy tone, level", "-10 +-3 dBm at the exchange", f">= {faint:.0f} dBm0"),
        ("busy tone, signal to noise", "25 dB", f">= {noisy:.0f} dB"),
        ("caller ID by FSK, level", "-36 dBm0", f"{quiet:.0f} to {loud:+.0f} dBm0"),
        ("caller ID by FSK, signal to noise", "20 dB", f">= {fsk_noisy:.0f} dB"),
    ]


def main() -> None:
    lines = [f"{item:<36}{asked:<30}{reached}" for item, asked, reached in limits()]
    lines.append("")
    for name, costs in nanoseconds_per_block().items():
        said = ", ".join(f"{sound} {cost:.0f}" for sound, cost in costs.items())
        lines.append(f"{name} detector, ns per 20 ms: {said}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
