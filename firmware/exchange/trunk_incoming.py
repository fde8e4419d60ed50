# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Calls that come in on a line: rings, caller ID, answering.  Layer 2 of `trunk.Trunk`.

A call is made once the profile's rings are over and the caller is known, or will not be; who hangs up before that is on
record all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.port import (
    GoOffHook,
    RingOff,
    RingOn,
)
from dsp.vocabulary import (
    CallerIdHeard,
    SetDetectors,
)
from firmware.exchange.call import Call
from firmware.exchange.machine import IGNORED, Context, Output, Outputs, Spawn
from firmware.exchange.messages import (
    AnswerLeg,
    Arrived,
    LegIdentified,
    LegReleased,
    Message,
    ReleaseLeg,
)
from firmware.exchange.trunk_state import State, TrunkState
from firmware.exchange.vocabulary import (
    AnyFact,
    Cause,
    Certainty,
    Expired,
    Party,
)
from firmware.settings.model import CallerIdKind

# Caller ID sent before the first ring is forgotten when no ring follows; 500 ms to 2 s are usual.
CALLER_ID_KEPT_MS = 8_000


class TrunkIncoming(TrunkState):
    """Rings and caller ID."""

    def _take_incoming(self, event: AnyFact | Message, context: Context) -> Outputs:
        match self.state, event:
            case State.IDLE, RingOn():
                return self._first_ring(context)
            case State.RINGING, RingOn():
                return self._ring_again(context)
            case State.RINGING, RingOff():
                return self._ring_over(context)
            case State.DECLINED, RingOn() | RingOff():
                return (self._arm("ring_silence", context.settings.timers.ring_silence_ms, context),)
            case State.IDLE | State.RINGING, CallerIdHeard():
                return self._identify(event, context)
            case State.IDLE, Expired(timer="caller_id"):
                return self._forget_caller()
            case State.RINGING, Expired(timer="caller_id"):
                return self._present_if_due(context, waited=True)
            case State.RINGING, Expired(timer="ring_silence"):
                return self._gave_up(context)
            case State.DECLINED, Expired(timer="ring_silence"):
                return self._become_idle(context)
            case State.RINGING, AnswerLeg():
                return self._answer(context)
            case State.RINGING, ReleaseLeg() if self._is_mine(event):
                return self._decline(context)
            case _:
                return IGNORED

    def _first_ring(self, context: Context) -> Iterator[Output]:
        yield from self._refuse_promised(Cause.GLARE)
        self.state = State.RINGING
        self.rings = 1
        self.first_ring = context.now
        line = self._line(context)
        yield SetDetectors(self.number, self._idle_detectors(line))
        yield from self._disarm("caller_id")
        yield self._arm("ring_silence", context.settings.timers.ring_silence_ms, context)
        if line.caller_id is CallerIdKind.NONE:
            self.identified = True
        yield from self._present_if_due(context)

    def _ring_again(self, context: Context) -> Iterator[Output]:
        self.rings += 1
        yield self._arm("ring_silence", context.settings.timers.ring_silence_ms, context)
        yield from self._present_if_due(context)

    def _ring_over(self, context: Context) -> Iterator[Output]:
        yield self._arm("ring_silence", context.settings.timers.ring_silence_ms, context)
        if self.rings == 1 and not self.identified and not self.call:
            yield self._arm("caller_id", self._line(context).caller_id_ms, context)

    def _identify(self, heard: CallerIdHeard, context: Context) -> Iterator[Output]:
        """A message that is not intact is as good as none, but no other will come."""
        self.identified = True
        if heard.intact:
            self.caller = Party(heard.number, heard.name, heard.presentation)
        if self.state is State.IDLE:
            yield self._arm("caller_id", CALLER_ID_KEPT_MS, context)
        elif not self.call:
            yield from self._present_if_due(context)
        elif heard.intact:
            yield self._tell(LegIdentified(self.leg, self.caller))

    def _forget_caller(self) -> Outputs:
        self.caller, self.identified = Party(), False
        return ()

    def _present_if_due(self, context: Context, waited: bool = False) -> Iterator[Output]:
        """Make the call once the profile's rings are over and the caller is known, or will not be."""
        if waited:
            self.identified = True
        wanted = self._line(context).rings_before_answer
        if not self.call and (self.rings > wanted or (self.rings == wanted and self.identified)):
            yield from self._present(context)

    def _present(self, context: Context) -> Iterator[Output]:
        line = self._line(context)
        call = Call(context.new_number("call"))
        self.call, self.leg = call.number, 1
        yield from self._disarm("caller_id")
        yield Spawn(call)
        yield self._tell(Arrived(self.number, self.caller, line.number, line.flow, self.first_ring))

    def _gave_up(self, context: Context) -> Iterator[Output]:
        """The rings have stopped.  Who hung up before a call was made is on record all the same."""
        if not self.call:
            yield from self._present(context)
        yield self._tell(LegReleased(self.leg, Cause.CALLER_GAVE_UP))
        yield from self._become_idle(context)

    def _decline(self, context: Context) -> Iterator[Output]:
        self._forget_call()
        self.state = State.DECLINED
        yield self._arm("ring_silence", context.settings.timers.ring_silence_ms, context)

    def _answer(self, context: Context) -> Iterator[Output]:
        yield GoOffHook(self.number)
        yield from self._go_up(Certainty.SURE, context)

    def _glare(self, context: Context) -> Iterator[Output]:
        """A caller is on the line we have just taken: the caller is answered, our own call goes elsewhere."""
        yield self._tell(LegReleased(self.leg, Cause.GLARE))
        self._forget_call()
        self.first_ring = context.now
        yield from self._present(context)
        yield from self._go_up(Certainty.SURE, context)
