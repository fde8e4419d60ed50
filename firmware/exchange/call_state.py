# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a call is: its legs, its story, and how it shows itself.  Layer 1 of `call.Call`; nothing here acts.

The words of a call's timeline, each with its values:

    call.arrived {line, flow}       call.lifted {extension | outside | emergency}     call.ended {cause, by}
    caller.identified {number}      leg.asked {extension | outside, role}             leg.seizing {line}
    leg.refused {line, cause}       leg.proceeding                                    leg.alerting
    leg.answered {certainty}        leg.released {cause}                              leg.flashed {safe}
    legs.arranged {talk, held}      recording.started {recording}                     recording.refused {error}
    recording.troubled {error}      recording.incomplete {lost_samples}               notice.played
    queue.left {queue, outcome, agent}     transfer.* and what flow, place and offer mark (flow.*, queue.*, offer.*)
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from firmware.exchange import hunting
from firmware.exchange.legs import Leg, replace
from firmware.exchange.machine import Context
from firmware.exchange.timed import TimedMachine
from firmware.exchange.vocabulary import (
    CallRecord,
    CallReport,
    Cause,
    Instant,
    Party,
    QueueVisit,
    TimelineEntry,
)

# A story nobody reads to its end costs memory in every snapshot: a stuck caller's menu may go round for hours.
TIMELINE_MAX = 500


class State(Enum):
    """What a call is doing, as shown (`CallReport.state`)."""

    NEW = "new"
    RINGING = "ringing"
    FLOW = "flow"
    WAITING = "waiting"
    CALLING = "calling"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


class CallState(TimedMachine):
    """legs: by number, the ended ones too.  talk: legs that hear each other; held: legs that hear music.

    flow, transfer: the machine now at work for this call, 0 for none.  early: a waiting leg that hears the line of an
    outside party not yet answered, and that party's leg.  bridged, ringing_back: what the ports were last told.
    speaking: legs whose party speaks.  closing: over, but the flow or a queue still owes its account.
    """

    KIND: ClassVar[str] = "call"
    revision: int = 0
    direction: str = ""
    began: Instant = Instant(0, 0)
    ended: Instant | None = None
    caller: Party = Party()
    called: str = ""
    emergency: bool = False
    legs: tuple[Leg, ...] = ()
    talk: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    early: tuple[int, ...] = ()
    bridged: tuple[int, ...] = ()
    ringing_back: tuple[int, ...] = ()
    speaking: tuple[int, ...] = ()
    flow: int = 0
    transfer: int = 0
    transfer_leg: int = 0
    queue: int = 0
    last_queue: int = 0
    agent: int = 0
    notice: bool = False
    cause: Cause = Cause.NORMAL
    released_by: str = ""
    closing: bool = False
    timeline: tuple[TimelineEntry, ...] = ()
    visits: tuple[QueueVisit, ...] = ()
    last_report: CallReport | None = None

    def timers_allowed(self) -> frozenset[str]:
        if self.closing:
            return frozenset({"close"})
        pending = [leg.leg for leg in self.legs if leg.is_pending]
        return frozenset(f"reach.{leg}" for leg in pending) | frozenset(f"hunt.{leg}" for leg in pending)

    @property
    def state(self) -> State:
        if not self.legs:
            return State.NEW
        if self.ended is not None:
            return State.ENDED
        if len(self.talk) > 1 and sum(self.leg(number).is_up for number in self.talk) > 1:
            return State.TALKING
        if self.held:
            return State.HELD
        if self.queue:
            return State.WAITING
        first = self.legs[0]
        if first.is_outside:
            return State.FLOW if first.is_up else State.RINGING
        return State.CALLING

    @property
    def importance(self) -> int:
        """What an emergency call weighs a call by when no line is free: the lower, the sooner it gives way."""
        if self.emergency:
            return hunting.IMPORTANCE_EMERGENCY
        waiting = self.state in (State.RINGING, State.FLOW, State.WAITING)
        return hunting.IMPORTANCE_WAITING if waiting else hunting.IMPORTANCE_TALKING

    @property
    def has_outside_party(self) -> bool:
        """Whether an outside line takes part now."""
        return any(leg.is_live and leg.is_outside for leg in self.legs)

    def leg(self, number: int) -> Leg:
        return self.legs[number - 1]

    def recording_of(self, leg: int) -> int:
        """The number of a leg's recording, 0 where there is none."""
        return self.leg(leg).recording if 0 < leg <= len(self.legs) else 0

    def record(self, context: Context, cause: Cause) -> CallRecord:
        """The call's record as it stands now (a call that fails is recorded by the router)."""
        now = self.ended or context.now
        line = next((leg.port for leg in self.legs if leg.is_outside and leg.port), 0)
        return CallRecord(
            self.number,
            self._shown_direction(),
            line,
            self.caller,
            self.called,
            self.began,
            self._answered_at(),
            now,
            cause,
            self.released_by or "us",
            self.notice,
            self.agent,
            self.last_queue,
            tuple(leg.record(now) for leg in self.legs),
            self.visits,
            self.timeline,
            self.revision,
        )

    def report(self) -> CallReport:
        live = [leg for leg in self.legs if leg.is_live]
        lines = [leg.port for leg in self.legs if leg.is_outside and leg.port]
        return CallReport(
            self.number,
            self._shown_direction(),
            self.state.value,
            lines[0] if lines else 0,
            self.caller,
            self.called,
            self.agent,
            self.queue,
            tuple(leg.port for leg in live if leg.port),
            self.began,
            any(leg.recording for leg in live),
        )

    def _seen(self) -> tuple[object, ...]:
        """All that the report and the tones of progress follow from."""
        return (
            self.legs,
            self.talk,
            self.held,
            self.queue,
            self.caller,
            self.called,
            self.agent,
            self.transfer_leg,
            self.ended,
        )

    def _shown_direction(self) -> str:
        """A call between desk phones becomes an outgoing one when an outside line is brought in."""
        if self.direction == "internal" and any(leg.is_outside for leg in self.legs):
            return "out"
        return self.direction

    def _answered_at(self) -> Instant | None:
        """Inward when we answered the caller; else when the called party did."""
        legs = self.legs[:1] if self.direction == "in" else self.legs[1:]
        return min((leg.answered for leg in legs if leg.answered is not None), default=None, key=_mono)

    # --- for the layers above ---

    def _put(self, leg: Leg) -> None:
        self.legs = (*self.legs[: leg.leg - 1], leg, *self.legs[leg.leg :])

    def _change(self, leg: Leg, **fields: object) -> Leg:
        changed = replace(leg, **fields)
        self._put(changed)
        return changed

    def _live(self, number: int) -> Leg | None:
        """The leg of that number while it lasts."""
        if 0 < number <= len(self.legs) and self.legs[number - 1].is_live:
            return self.legs[number - 1]
        return None

    def _note(self, context: Context, what: str, leg: int = 0, **detail: str | int | float | bool) -> None:
        if len(self.timeline) < TIMELINE_MAX:
            self.timeline = (*self.timeline, TimelineEntry(context.now, what, leg, detail))


def _mono(instant: Instant) -> int:
    return instant.mono_ns
