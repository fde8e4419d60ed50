# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Music on hold: a slow arpeggio over eight chords, synthesised, whose end runs into its beginning.

Written for the telephone band: every note has its fundamental or first harmonics between 300 and 3400 Hz.
The notes are struck and fade, so none is taken for a dial, busy or fax tone.
"""

from __future__ import annotations

import numpy as np
from scipy import signal

from firmware.speech.rendering.telephone import BAND_HZ, SAMPLE_RATE_HZ, Sound, at_level

BEAT_S = 0.375
BEATS_A_CHORD = 8
# MIDI notes.  C major seventh, A minor seventh, F major seventh, G sixth; then by way of E minor back to the beginning.
CHORDS = (
    (60, 64, 67, 71), (57, 60, 64, 67), (53, 57, 60, 64), (55, 59, 62, 64),
    (52, 55, 59, 62), (57, 60, 64, 67), (50, 53, 57, 60), (55, 59, 62, 65),
    (60, 64, 67, 71), (64, 67, 71, 74), (57, 60, 64, 67), (53, 57, 60, 64),
    (50, 53, 57, 60), (55, 59, 62, 65), (60, 64, 67, 69), (55, 59, 62, 64),
)  # fmt: skip
FIGURE = (0, 2, 1, 3, 2, 1, 3, 2)  # which note of the chord on each beat
MELODY = {
    0: 3,
    6: 2,
    11: 3,
    16: 2,
    22: 1,
    27: 3,
    32: 3,
    38: 2,
    43: 0,
    48: 1,
    54: 2,
    59: 3,
}  # at a half of a chord


def loop() -> Sound:
    """The whole loop at 8 kHz: sixteen chords of three seconds.  What rings past the end is added to the beginning."""
    length = round(len(CHORDS) * BEATS_A_CHORD * BEAT_S * SAMPLE_RATE_HZ)
    track = np.zeros(length)
    for at, chord in enumerate(CHORDS):
        start = at * BEATS_A_CHORD
        for beat, voice in enumerate(FIGURE):
            _add(track, chord[voice] + 12, start + beat, strength=0.6, ring_s=1.6)
        _add(track, chord[0], start, strength=0.8, ring_s=3.0)
        _add(track, chord[1] + 12, start, strength=0.3, ring_s=3.0)
    for half, voice in MELODY.items():
        chord = CHORDS[half // 4]
        _add(track, chord[voice] + 24, half * 2, strength=0.5, ring_s=2.2)
    band = signal.butter(4, BAND_HZ, "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    around = np.tile(track, 3)  # filtered with its neighbours, so that the seam is no edge
    return at_level(signal.sosfiltfilt(band, around)[length : 2 * length])


def _add(track: Sound, note: int, beat: float, strength: float, ring_s: float) -> None:
    """Add a struck string: harmonics that fade the faster the higher they are."""
    freq_hz = 440 * 2 ** ((note - 69) / 12)
    time = np.arange(int(ring_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    sound = np.zeros_like(time)
    for harmonic in range(1, 7):
        if harmonic * freq_hz < BAND_HZ[1]:
            shape = np.exp(-time * (1.2 + 0.9 * harmonic)) / harmonic**1.3
            sound += shape * np.sin(2 * np.pi * harmonic * freq_hz * time)
    attack = np.minimum(1, time / 0.012)
    release = np.minimum(1, (ring_s - time) / 0.1)
    first = round(beat * BEAT_S * SAMPLE_RATE_HZ)
    places = (first + np.arange(len(time))) % len(track)
    np.add.at(track, places, strength * sound * attack * release)
