# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The tones an exchange sends into one line, in their right cadence or in a wrong one."""

from __future__ import annotations

from drivers.simulated.far import FarEngine
from drivers.simulated.faults import Chance, Faults
from drivers.timers import Cadence, Timers
from dsp.vocabulary import SendTone, StopTone, Tone

# China has one frequency for all of them, so a wrong cadence is the dial tone switched on and off.  The
# figures are those of the plan in `dsp.tones`, where their sources are.
_CADENCES_MS: dict[Tone, tuple[int, ...]] = {
    Tone.RINGBACK: (1000, 4000),
    Tone.BUSY: (350, 350),
    Tone.CONGESTION: (700, 700),
}


class ToneSource:
    """Sends at most one tone at a time into a port."""

    def __init__(self, far: FarEngine, port: int, timers: Timers, chance: Chance) -> None:
        self._far = far
        self._port = port
        self._chance = chance
        self._wrong = Cadence(timers, "tone cadence", self._switch)
        self.tone: Tone | None = None

    def send(self, tone: Tone, faults: Faults) -> None:
        """Send it until `stop`, with the cadence error this line draws."""
        self.stop()
        self.tone = tone
        error = self._chance.cadence_error(faults.tone_error_percent, faults.errors_fixed)
        steps_ms = _CADENCES_MS.get(tone)
        if error and steps_ms:
            self._wrong.start(tuple(step * (1 + error) for step in steps_ms))
        else:
            self._far.submit(SendTone(self._port, tone))

    def stop(self) -> None:
        if self.tone is None:
            return
        self.tone = None
        if self._wrong.running:
            self._wrong.stop()
        else:
            self._far.submit(StopTone(self._port))

    def _switch(self, on: bool) -> None:
        self._far.submit(SendTone(self._port, Tone.DIAL) if on else StopTone(self._port))
