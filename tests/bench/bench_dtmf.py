# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The limits our DTMF receiver reaches, item by item of ITU-T Q.24 table A-1: `python -m tests.bench.bench_dtmf`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from dsp import signals
from tests.line_sounds import KEYS, Pair, Samples, digit, noise, pcm, silence

QUIET = 800  # samples after the last digit: more than the receiver needs to end it


@dataclass(frozen=True)
class Item:
    """One row of the table: what the standard asks (AT&T column), and the range we were measured to reach."""

    name: str
    standard: str
    reached: str


def hit_share(
    pair: Pair, repeats: int = 4, keys: str = KEYS, snr_db: float | None = None, seed: int = 1
) -> float:
    """Which part of digits sent so is heard as exactly one right digit each."""
    chance = np.random.default_rng(seed)
    right = 0
    for key in keys:
        parts: list[Samples] = []
        for _ in range(repeats):
            parts += [silence(400 + int(chance.integers(0, 80))), digit(key, pair, chance)]
        line = np.concatenate([*parts, silence(QUIET)])
        if snr_db is not None:
            # The level of a digit is that of both its tones: 3 dB over one.
            line = line + noise(len(line), pair.level_dbm0 + 3 - snr_db, chance)
        heard = [found.key for found in signals.DigitDetector().feed(pcm(line)) if not found.ended]
        right += min(repeats, heard.count(key)) - sum(other != key for other in heard)
    return right / (repeats * len(keys))


def splits(gap_ms: float, repeats: int = 2, seed: int = 1) -> float:
    """Which part of digits of 100 ms with a gap in the middle is heard as two."""
    chance = np.random.default_rng(seed)
    two = 0
    for key in KEYS * repeats:
        halves = digit(key, Pair(50), chance), digit(key, Pair(50), chance)
        line = [silence(400 + int(chance.integers(0, 80))), halves[0], silence(round(gap_ms * 8)), halves[1]]
        heard = signals.DigitDetector().feed(pcm([*line, silence(QUIET)]))
        two += sum(not found.ended for found in heard) == 2
    return two / (len(KEYS) * repeats)


def _last(values: Iterable[float], holds: Callable[[float], bool]) -> float:
    """The last of rising or falling values up to which it holds."""
    reached = float("nan")
    for value in values:
        if not holds(value):
            break
        reached = value
    return reached


def _offset(offset: float) -> Pair:
    return Pair(low_offset=offset, high_offset=offset)


def _both_ways(steps: list[float], wanted: float) -> list[float]:
    """How far frequencies may be off, down and up, with just this part of digits heard."""

    def holds(sign: int) -> Callable[[float], bool]:
        return lambda part: hit_share(_offset(sign * part)) == wanted

    return [_last(steps, holds(sign)) for sign in (-1, 1)]


def _frequency() -> list[Item]:
    steps = [step / 1000 for step in range(1, 60)]
    accepted, rejected = min(_both_ways(steps, 1.0)), max(_both_ways(steps[::-1], 0.0))
    return [
        Item("frequency accepted", "+-1.5 %", f"+-{100 * accepted:.1f} %"),
        Item("frequency rejected", "+-3.5 %", f"+-{100 * rejected:.1f} %"),
    ]


def _duration() -> list[Item]:
    accepted = _last(range(60, 20, -1), lambda ms: hit_share(Pair(ms)) == 1.0)
    rejected = _last(range(10, 60), lambda ms: hit_share(Pair(ms)) == 0.0)
    return [
        Item("tone accepted", ">= 40 ms", f">= {accepted:.0f} ms"),
        Item("tone rejected", "<= 23 ms", f"<= {rejected:.0f} ms"),
    ]


def _pauses() -> list[Item]:
    bridged = _last(range(1, 60), lambda ms: splits(ms) == 0.0)
    kept = _last(range(60, 5, -1), lambda ms: splits(ms) == 1.0)
    return [
        Item("interruption bridged", "<= 10 ms", f"<= {bridged:.0f} ms"),
        Item("pause between digits", ">= 40 ms", f">= {kept:.0f} ms"),
    ]


def _levels() -> list[Item]:
    weakest = _last(range(-12, -60, -1), lambda level: hit_share(Pair(level_dbm0=level)) == 1.0)
    loudest = _last(range(-12, 4), lambda level: hit_share(Pair(level_dbm0=level)) == 1.0)
    deaf = _last(range(-60, -20), lambda level: hit_share(Pair(level_dbm0=level)) == 0.0)
    over = _last(range(20), lambda twist: hit_share(Pair(twist_db=twist)) == 1.0)
    under = _last(range(0, -20, -1), lambda twist: hit_share(Pair(twist_db=twist)) == 1.0)
    return [
        Item("level per tone accepted", "0 to -25 dBm0", f"{loudest:+.0f} to {weakest:.0f} dBm0"),
        Item("level not operated", "-55 dBm0", f"{deaf:.0f} dBm0"),
        Item("high tone over low", "+4 to -8 dB", f"{over:+.0f} to {under:.0f} dB"),
    ]


WORST = Pair(tone_ms=40, level_dbm0=-21.0, twist_db=-8.0, low_offset=0.015, high_offset=-0.015)


def _together() -> list[Item]:
    snr = _last(range(30, 0, -1), lambda snr: hit_share(Pair(), snr_db=snr) >= 0.999)
    worst = (
        hit_share(WORST, repeats=10, snr_db=20),
        hit_share(replace(WORST, twist_db=4.0), repeats=10, snr_db=20),
    )
    return [
        Item("signal to noise, 50 ms", "not given (spandsp: 15 dB)", f">= {snr:.0f} dB"),
        Item("all limits at once, 20 dB of noise", "not given", f"{100 * min(worst):.1f} % heard"),
    ]


def limits() -> list[Item]:
    return [*_frequency(), *_duration(), *_pauses(), *_levels(), *_together()]


def main() -> None:
    rows = [Item("DTMF, ITU-T Q.24 (AT&T)", "standard", "reached"), *limits()]
    sys.stdout.writelines(f"{row.name:<36}{row.standard:<28}{row.reached}\n" for row in rows)


if __name__ == "__main__":
    main()
