# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The bell of a desk phone and the caller ID it shows.  Layer 4 of `station.Station`.

Caller ID is sent between the first two rings (FSK) or before the first (DTMF), and only to a phone that is on hook: a
lift leaves this state, and breaks it off (C6).
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.port import (
    Ring,
    StopRing,
)
from dsp.vocabulary import (
    CallerIdFormat,
    SendCallerId,
    StopTone,
)
from firmware.exchange.machine import IGNORED, Context, Output, Outputs, Send
from firmware.exchange.messages import (
    LegAlerting,
    LegReleased,
    RingPhone,
)
from firmware.exchange.station_digits import StationDigits
from firmware.exchange.station_state import State
from firmware.exchange.vocabulary import (
    Address,
    Cause,
    Party,
)
from firmware.settings.model import CallerIdKind, Phone

OUTSIDE_CADENCE_MS = (1_000, 4_000)  # standards of China's ringing current: 1 s on, 4 s off
INSIDE_CADENCE_MS = (400, 200, 400, 4_000)
# FSK begins so long after the bell stops: GR-30 asks for at least 300 ms, phones' own relays need some more.
CALLER_ID_AFTER_RING_MS = 500
# DTMF caller ID comes before the first ring; when its end is never told, the bell must not wait for ever.
CALLER_ID_BEFORE_RING_MS = 4_000


class StationBell(StationDigits):
    """Ringing, for a call or for click to dial."""

    def _asked_to_ring(self, event: RingPhone, context: Context) -> Outputs:
        match self.state:
            case State.IDLE:
                return self._ring(event, context)
            case State.LOCKED_OUT | State.HOWLER:
                cause = Cause.LOCKED_OUT
            case State.OUT_OF_SERVICE:
                cause = Cause.OUT_OF_SERVICE
            case _:
                cause = Cause.BUSY
        return (Send(Address("call", event.call), LegReleased(event.leg, cause)),)

    def _ring(self, event: RingPhone, context: Context) -> Iterator[Output]:
        self.state = State.RINGING
        self.call, self.leg = event.call, event.leg
        self.caller, self.inside = event.caller, event.inside
        yield from self._begin_ringing(context)
        yield self._tell_call(LegAlerting(self.leg))

    def _dial_now(self, digits: str, context: Context) -> Outputs:
        """Click to dial: a lifted phone dials at once, one on hook rings its own user first."""
        match self.state:
            case State.IDLE:
                return self._ring_own(digits, context)
            case State.DIAL_TONE:
                return (StopTone(self.number), *self._dial_whole(digits, context))
            case _:
                return IGNORED

    def _ring_own(self, digits: str, context: Context) -> Iterator[Output]:
        self.state = State.RINGING
        self.dial_now, self.inside, self.caller = digits, True, Party()
        yield from self._begin_ringing(context)
        yield self._arm("own_ring", context.settings.timers.ring_back_s * 1000, context)

    def _begin_ringing(self, context: Context) -> Iterator[Output]:
        if self._phone(context).caller_id is CallerIdKind.DTMF and not self.dial_now:
            yield from self._send_caller_id(context)
            yield self._arm("caller_id", CALLER_ID_BEFORE_RING_MS, context)
        else:
            yield from self._start_bell(context)

    def _start_bell(self, context: Context) -> Iterator[Output]:
        cadence_ms = INSIDE_CADENCE_MS if self.inside else OUTSIDE_CADENCE_MS
        self.ring_started = True
        yield from self._disarm("caller_id")
        yield Ring(self.number, cadence_ms)
        if self._phone(context).caller_id in (CallerIdKind.FSK, CallerIdKind.AUTO) and not self.dial_now:
            yield self._arm("caller_id", sum(cadence_ms[:-1]) + CALLER_ID_AFTER_RING_MS, context)

    def _send_caller_id(self, context: Context) -> Iterator[Output]:
        """Only ever sent to a phone that is on hook: any hook fact has left this state."""
        phone: Phone = self._phone(context)
        dtmf = phone.caller_id is CallerIdKind.DTMF
        self.tag = context.new_number("tag")
        yield SendCallerId(
            self.number,
            CallerIdFormat.DTMF_D_C if dtmf else CallerIdFormat.FSK,
            self.caller.number or self.caller.extension,
            self.tag,
            self.caller.name,
            self.caller.presentation,
        )

    def _right_bell(self, ringing: bool) -> Outputs:
        """The bell is not as it should be (reconciled)."""
        if ringing and self.state is not State.RINGING:
            return (StopRing(self.number),)
        if not ringing and self.state is State.RINGING and self.ring_started:
            return (Ring(self.number, INSIDE_CADENCE_MS if self.inside else OUTSIDE_CADENCE_MS),)
        return IGNORED
