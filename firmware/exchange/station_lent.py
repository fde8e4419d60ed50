# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A desk phone on loan to the line doctor, which learns its flash from taps on the hook.  Layer 5 of `station.Station`.

Taps mean nothing to the exchange meanwhile.  An emergency number is put through all the same, by keys or by dial pulses
(U17), and whoever hangs up has the phone back.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.port import SetFlashWindow
from dsp.vocabulary import Detector, SendTone, SetDetectors, Tone
from firmware.exchange.machine import Context, Output, Send
from firmware.exchange.messages import Answered, Ask
from firmware.exchange.station_bell import StationBell
from firmware.exchange.station_state import State
from firmware.exchange.vocabulary import Cause, KeyMode, ListenKeys

LOAN_MS = 90_000
LONGEST_TAP_MS = 1_500  # the longest flash a profile may have (settings.model.Phone)


class StationLent(StationBell):
    """Lending, and lifting on loan; how a loan ends is `station.Station`'s."""

    def _lend(self, ask: Ask, context: Context) -> Iterator[Output]:
        if self.state is not State.IDLE:
            out = self.state is State.OUT_OF_SERVICE
            yield Send(ask.reply_to, Answered(False, Cause.OUT_OF_SERVICE if out else Cause.BUSY))
            return
        self.state = State.LENT
        yield SetFlashWindow(self.number, LONGEST_TAP_MS)
        yield self._arm("loan", LOAN_MS, context)
        yield from self._tell_agent()
        yield Send(ask.reply_to, Answered(True))

    def _lift_lent(self) -> Iterator[Output]:
        self.lent_lifted = True
        yield SetDetectors(self.number, Detector.DIGITS)
        yield SendTone(self.number, Tone.DIAL)
        yield ListenKeys(self.number, KeyMode.DIRECT)

    def _flash_window(self, context: Context) -> Output:
        """Openings up to the safe flash are reported with their length; longer ones are a hang-up."""
        longest_ms = max(self._phone(context).flash_longest_ms, context.settings.timers.safe_flash_ms)
        return SetFlashWindow(self.number, longest_ms)
