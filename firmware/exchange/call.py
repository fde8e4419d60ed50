# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A call: the whole from first seizure to last release, and its record.

A call owns its legs and nothing else: ports look after their lines and phones, flow, place and offer decide
who is to be reached, a transfer who talks with whom.  Its layers: `call_state` (what it is), `call_audio` (who
hears what), `call_reach` (how somebody is brought in), and here: how it begins, what its parties do, how it ends.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsp.vocabulary import PlayEnded, Presentation, RecordingEnded, RecordingTroubled
from firmware.exchange import hunting
from firmware.exchange.call_reach import CallReach
from firmware.exchange.call_state import State
from firmware.exchange.flow import Flow
from firmware.exchange.index import index_of
from firmware.exchange.legs import Leg
from firmware.exchange.machine import IGNORED, Context, Finish, Output, Outputs, Send, Spawn
from firmware.exchange.messages import (
    AnswerCaller,
    AnswerLeg,
    Arrange,
    Arrived,
    BeginFlow,
    BeginTransfer,
    CallerGone,
    DropLeg,
    EndCall,
    Farewell,
    LegAlerting,
    LegAnswered,
    LegFlashed,
    LegIdentified,
    LegProceeding,
    LegReleased,
    LegSpeech,
    Lifted,
    Mark,
    Message,
    NoticePlayed,
    PartyGone,
    QueueLeft,
    Reach,
    ReachFailed,
    ReleaseCall,
    ReleaseLeg,
    TransferDone,
    Unreach,
)
from firmware.exchange.transfer import Transfer
from firmware.exchange.vocabulary import (
    Address,
    AnyFact,
    Cause,
    Certainty,
    Evidence,
    Expired,
    Party,
    Published,
    QueueVisit,
    RecordingRefused,
)

__all__ = ["Call", "State"]

# Flow and queue give their account within the same fact; this only guards against its loss.
CLOSE_MS = 1_000
# A party's port lets go of it for these, and the party would have stayed.
ENDED_BY_US = frozenset({Cause.GAVE_WAY, Cause.TOO_LONG, Cause.OUT_OF_SERVICE, Cause.CARD_REMOVED})
# The most frequent events change nothing of what a call shows.
UNSEEN = frozenset({LegSpeech, LegFlashed, NoticePlayed, RecordingTroubled, RecordingEnded, PlayEnded})


class Call(CallReach):
    """See `call_state.CallState` for the fields."""

    def receive(self, event: AnyFact | Message, context: Context) -> Outputs:
        before = self._seen()
        outputs = list(self._take(event, context))
        if self.closing or type(event) in UNSEEN or self._seen() == before:
            return outputs
        if self.ended is None:
            if self.ringing_back or self.early or any(leg.is_pending for leg in self.legs):
                outputs += self._hear_progress()
            if not any(leg.is_live for leg in self.legs):
                outputs += self._end(self.cause, self.released_by or "us", context)
        report = self.report()
        if report != self.last_report:
            self.last_report = report
            outputs.append(Published(report))
        if self.ended is not None:
            outputs += self._close(context)
        return outputs

    def _take(self, event: AnyFact | Message, context: Context) -> Outputs:
        if isinstance(event, Expired) and not self._is_due(event.timer):
            return IGNORED
        if self.ended is not None:
            return self._take_ended(event, context)
        match event:
            case Arrived() if not self.legs:
                return self._arrived(event, context)
            case Lifted() if not self.legs:
                return self._lifted(event, context)
            case _ if not self.legs:
                return IGNORED
            # What goes into the record.
            case Mark():
                return self._marked(event, context)
            case NoticePlayed():
                self.notice = True
                self._note(context, "notice.played")
                return ()
            case QueueLeft():
                self._visited(event, context)
                return ()
            case RecordingRefused() | RecordingTroubled() | RecordingEnded():
                return self._recording_fact(event, context)
            # What the parties' ports say.
            case LegProceeding() | LegAlerting():
                return self._progress(event, context)
            case LegAnswered():
                return self._answered(event, context)
            case LegIdentified():
                return self._identified(event, context)
            case LegFlashed():
                return self._flashed(event, context)
            case LegSpeech():
                return self._heard_speech(event)
            case LegReleased():
                return self._released(event, context)
            # What flow, offer and transfer ask.
            case Reach():
                return self._reach(event, context)
            case Unreach():
                return self._unreach(event, context)
            case AnswerCaller():
                first = self.legs[0]
                return (first.tell(AnswerLeg(1)),) if first.is_live and not first.is_up else ()
            case Arrange(talk, held):
                return self._arrange(talk, held, context)
            case DropLeg(number, cause):
                return self._drop(number, cause, context)
            case TransferDone(handed_over_by):
                return self._transferred(handed_over_by, context)
            case EndCall(cause) | ReleaseCall(cause):
                return self._end(cause, "us", context)
            case PlayEnded():
                return ()
            case Expired():
                return self._expired(event, context)
            case _:
                return IGNORED

    def _take_ended(self, event: AnyFact | Message, context: Context) -> Outputs:
        """What flow and queue still have to tell before the record is written."""
        match event:
            case Mark():
                return self._marked(event, context)
            case QueueLeft():
                self._visited(event, context)
                return self._write_record_if_told(context)
            case Farewell():
                self.flow = 0
                return self._write_record_if_told(context)
            case Expired(timer="close"):
                return self._write_record(context)
            case _:
                return IGNORED

    # --- beginnings ---

    def _arrived(self, event: Arrived, context: Context) -> Iterator[Output]:
        self.direction = "in"
        self.revision = context.revision
        self.began = event.began or context.now
        self.caller, self.called = event.caller, event.called
        self._put(Leg(1, "caller", "trunk", event.port, "in", event.caller, self.began))
        self._note(context, "call.arrived", 1, line=event.port, flow=event.flow)
        flow = Flow(context.new_number("flow"))
        self.flow = flow.number
        language = self._language(event.port, context)
        yield Spawn(flow)
        begin = BeginFlow(self.number, event.port, event.flow, event.caller, language, self.revision)
        yield Send(flow.address, begin)

    def _lifted(self, event: Lifted, context: Context) -> Iterator[Output]:
        index, timers = index_of(context.settings), context.settings.timers
        phone = index.phone(event.port)
        station = context.directory.station(event.port)
        self.direction = "out" if event.outside else "internal"
        self.revision = context.revision
        self.began = context.now
        if phone is not None:
            self.caller = Party("", phone.name, Presentation.SHOWN, phone.extension)
        self.called = event.outside or event.extension
        agent = station.agent if station is not None else 0
        leg = Leg(1, "caller", "station", event.port, "in", self.caller, context.now, agent=agent)
        self._put(leg)
        self._change(leg, answered=context.now, certainty=Certainty.SURE)
        self.agent = agent
        self._note(
            context,
            "call.lifted",
            1,
            extension=event.extension,
            outside=event.outside,
            emergency=event.emergency,
        )
        ring_ms = (
            timers.outside_ring_s * 1000 + hunting.RING_GUARD_MS
            if event.outside
            else timers.desk_ring_s * 1000
        )
        role = "outside" if event.outside else "extension"
        asked = Reach(self.address, 0, role, ring_ms, event.extension, event.outside, event.emergency)
        yield from self._reach(asked, context)

    # --- what parties do ---

    def _identified(self, event: LegIdentified, context: Context) -> Outputs:
        leg = self._live(event.leg)
        if leg is None:
            return IGNORED
        self._change(leg, party=event.party)
        if event.leg == 1:
            self.caller = event.party
        self._note(context, "caller.identified", event.leg, number=event.party.number)
        return ()

    def _flashed(self, event: LegFlashed, context: Context) -> Iterator[Output]:
        """The first flash begins a transfer, which hears of every further one."""
        leg = self._live(event.leg)
        if leg is None:
            return
        self._note(context, "leg.flashed", event.leg, safe=event.safe)
        if self.transfer:
            if event.leg == self.transfer_leg:
                yield Send(Address("transfer", self.transfer), event)
            return
        others = tuple(number for number in self.talk if number != event.leg and self._live(number))
        if event.leg not in self.talk or len(others) != 1:
            return
        other = self.leg(others[0])
        if other.emergency:
            return  # nobody puts an emergency number on hold
        transfer = Transfer(context.new_number("transfer"))
        self.transfer, self.transfer_leg = transfer.number, event.leg
        yield Spawn(transfer)
        begin = BeginTransfer(self.number, leg.leg, leg.port, other.leg, other.port, event.safe)
        yield Send(transfer.address, begin)

    def _released(self, event: LegReleased, context: Context) -> Outputs:
        leg = self._live(event.leg)
        if leg is None:
            return IGNORED
        if leg.is_pending:
            return self._refused(leg, event, context)
        return self._party_left(leg, event.cause, event.evidence, context)

    def _party_left(
        self, leg: Leg, cause: Cause, evidence: tuple[Evidence, ...], context: Context
    ) -> Iterator[Output]:
        """A party is gone: a transfer decides what becomes of the others; without one there were but two."""
        yield from self._close_leg(leg, cause, evidence, context)
        by_party = "caller" if leg.leg == 1 else "called"
        self.released_by = "us" if cause in ENDED_BY_US else by_party
        self.cause = cause
        rest = tuple(number for number in self.talk if number != leg.leg)
        held = tuple(number for number in self.held if number != leg.leg)
        if self.transfer:
            yield from self._arrange(rest, held, context)
            yield Send(Address("transfer", self.transfer), PartyGone(leg.leg, cause))
        elif leg.leg in self.talk or leg.leg == 1:
            yield from self._end(cause, self.released_by, context)

    def _drop(self, number: int, cause: Cause, context: Context) -> Iterator[Output]:
        """Release one leg on somebody's word; a single leg that is not held has nobody left to hear."""
        leg = self._live(number)
        if leg is None:
            return
        yield leg.tell(ReleaseLeg(number, cause, self.number))
        yield from self._close_leg(leg, cause, (), context)
        yield from self._arrange(self.talk, self.held, context)
        live = [other.leg for other in self.legs if other.is_live]
        if len(live) == 1 and live[0] not in self.held:
            yield from self._end(cause, "us", context)

    def _close_leg(
        self, leg: Leg, cause: Cause, evidence: tuple[Evidence, ...], context: Context
    ) -> Iterator[Output]:
        yield from self._end_recording(leg)
        yield from self._disarm(f"reach.{leg.leg}", f"hunt.{leg.leg}")
        self.speaking = tuple(number for number in self.speaking if number != leg.leg)
        self._put(leg.closed(cause, context.now, evidence))
        proof = evidence[-1].kind if evidence else ""
        self._note(context, "leg.released", leg.leg, cause=cause.value, proof=proof)

    def _nobody_there(self, cause: Cause, context: Context) -> Iterator[Output]:
        if self.ended is None and self._live(1):
            yield from self._end(cause, "us", context)

    def _transferred(self, handed_over_by: int, context: Context) -> Outputs:
        """The transfer is over; should it have left somebody alone, that one has nobody to wait for."""
        self.transfer = self.transfer_leg = 0
        if handed_over_by:
            self._change(self.leg(handed_over_by), cause=Cause.TRANSFERRED)
        talking = [number for number in self.talk if self._live(number)]
        pending = any(leg.is_pending for leg in self.legs)
        return () if len(talking) > 1 or pending else self._end(self.cause, self.released_by or "us", context)

    # --- the record ---

    def _marked(self, event: Mark, context: Context) -> Outputs:
        self._note(context, event.what, event.leg, **event.detail)
        queue = event.detail.get("queue")
        if event.what == "queue.entered" and isinstance(queue, int):
            self.queue = self.last_queue = queue
        return ()

    def _visited(self, event: QueueLeft, context: Context) -> None:
        visit = QueueVisit(
            event.queue, event.entered, context.now, event.outcome, event.agent, event.position
        )
        self.visits = (*self.visits, visit)
        self.queue = 0
        self.last_queue = event.queue
        self._note(context, "queue.left", queue=event.queue, outcome=event.outcome, agent=event.agent)

    # --- the end ---

    def _end(self, cause: Cause, by: str, context: Context) -> Iterator[Output]:
        """Release every leg; those at work for the call are told that its caller is gone."""
        if self.ended is not None:
            return
        self.ended = context.now
        self.cause, self.released_by = cause, by
        for leg in self.legs:
            if leg.is_live:
                if leg.port:
                    yield leg.tell(ReleaseLeg(leg.leg, cause, self.number))
                yield from self._close_leg(leg, cause, (), context)
                if leg.asked is not None and leg.answered is None and leg.asked.asker.kind == "offer":
                    yield Send(leg.asked.asker, ReachFailed(leg.asked.request, Cause.CALLER_GAVE_UP))
        self.talk = self.held = self.early = ()
        yield from self._state_bridge()
        for kind, number in (("flow", self.flow), ("transfer", self.transfer)):
            if number:
                yield Send(Address(kind, number), CallerGone(cause))
        self._note(context, "call.ended", cause=cause.value, by=by)

    def _close(self, context: Context) -> Iterator[Output]:
        """Write the record now, or when the flow and the queue the caller was in have given their account."""
        self.closing = True
        yield from self._keep_allowed_timers()
        if context.directory.find(Address("flow", self.flow)) is None:
            self.flow = 0
        if self.queue or self.flow:
            yield self._arm("close", CLOSE_MS, context)
        else:
            yield from self._write_record(context)

    def _write_record_if_told(self, context: Context) -> Outputs:
        return () if self.queue or self.flow else self._write_record(context)

    def _write_record(self, context: Context) -> Iterator[Output]:
        yield self.record(context, self.cause)
        yield Finish()
