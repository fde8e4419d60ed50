# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Ringing one subscriber line: polarity, caller ID and ringing current in the exchange's order."""

from __future__ import annotations

from collections.abc import Callable

from drivers.simulated import callerid
from drivers.simulated.callerid import CallerId
from drivers.simulated.far import FarEngine
from drivers.simulated.faults import CallerIdTime, Chance, Faults, LineProfile
from drivers.timers import Cadence, Timers
from dsp.vocabulary import Presentation, StopPlay, StopSend

_BEFORE_CALLER_ID_MS = 300  # from the line being taken (or its reversal) to DTMF caller ID; ours
_BEFORE_RING_MS = 400  # from the end of DTMF caller ID to the first ring; ours
_AFTER_RING_MS = 600  # GR-30: data begins 500 ms and more after the end of the first ring


class Ringer:
    """The ringing of a line for one call after another.

    switch: ringing current on and off.  turn: polarity for caller ID, given whether it is reversed.
    """

    def __init__(
        self,
        far: FarEngine,
        port: int,
        timers: Timers,
        chance: Chance,
        switch: Callable[[bool], None],
        turn: Callable[[bool], None],
    ) -> None:
        self._far = far
        self._port = port
        self._timers = timers
        self._chance = chance
        self._switch = switch
        self._turn = turn
        self._cadence = Cadence(timers, "ring cadence", self._burst)
        self._profile = LineProfile()
        self._faults = Faults()
        self._caller: CallerId | None = None
        self._sending = False
        self._call_number = 0
        self.current = False

    def start(self, profile: LineProfile, faults: Faults, caller: CallerId) -> None:
        """Ring from now on.  The line's faults decide whether and how the caller ID is told."""
        self._profile, self._faults = profile, faults
        self._call_number += 1
        missing = self._chance.happens(faults.caller_id_missing)
        self._caller = None if missing or profile.caller_id is CallerIdTime.NEVER else caller
        if self._caller is not None and profile.withheld:
            self._caller = CallerId("", presentation=Presentation.WITHHELD)
        self._timers.set("first ring", profile.first_ring_delay_ms, self._begin)

    def stop(self) -> None:
        """Cease at once: ring trip, or the caller gave up."""
        self._timers.cancel("first ring", "caller id")
        self._cadence.stop()
        self._caller = None
        if self._sending:
            self._sending = False
            self._far.submit(StopSend(self._port), StopPlay(self._port))

    @property
    def running(self) -> bool:
        """The first burst has begun and no stop has come."""
        return self._cadence.running

    def _begin(self) -> None:
        if self._caller is None or self._profile.caller_id is not CallerIdTime.BEFORE_FIRST_RING:
            self._ring()
            return
        if self._profile.caller_id_reversal:
            self._turn(True)
        self._timers.set("caller id", _BEFORE_CALLER_ID_MS, self._send_caller_id)

    def _ring(self) -> None:
        stretch = 1 + self._chance.cadence_error(self._faults.ring_error_percent, self._faults.errors_fixed)
        self._cadence.start(tuple(step * stretch for step in self._profile.ring_cadence_ms))

    def _burst(self, on: bool) -> None:
        self.current = on
        self._switch(on)
        if on or self._caller is None or not self._cadence.running:
            return
        if self._profile.caller_id is CallerIdTime.AFTER_FIRST_RING:
            self._timers.set("caller id", _AFTER_RING_MS, self._send_caller_id)

    def _send_caller_id(self) -> None:
        caller, self._caller = self._caller, None
        assert caller is not None
        fault = (
            self._chance.one_of(self._faults.caller_id_faults)
            if self._chance.happens(self._faults.caller_id_faulty)
            else None
        )
        call = self._call_number

        def ended() -> None:
            if self._call_number == call:
                self._caller_id_sent()

        self._sending = True
        callerid.send(self._far, self._port, self._profile.caller_id_format, caller, fault, ended)

    def _caller_id_sent(self) -> None:
        if not self._sending:
            return
        self._sending = False
        if self._profile.caller_id is CallerIdTime.BEFORE_FIRST_RING:
            if self._profile.caller_id_reversal:
                self._turn(False)
            self._timers.set("first ring", _BEFORE_RING_MS, self._ring)
