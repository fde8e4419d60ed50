# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""How a call brings somebody in: phones rung together, outside lines hunted, the first answer wins.

Layer 3 of `call.Call`.  Whoever asks by `Reach` is answered once, by `Reached` or `ReachFailed`.  A call whose own
user dialled asks itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsp.vocabulary import Presentation
from firmware.exchange import hunting
from firmware.exchange.call_audio import CallAudio
from firmware.exchange.index import index_of
from firmware.exchange.legs import Leg
from firmware.exchange.machine import Context, Output, Send
from firmware.exchange.messages import (
    AnswerLeg,
    LegAlerting,
    LegAnswered,
    LegProceeding,
    LegReleased,
    Reach,
    ReachAlerting,
    Reached,
    ReachFailed,
    ReleaseLeg,
    RingPhone,
    SeizeLine,
    Unreach,
)
from firmware.exchange.vocabulary import AlarmReport, Cause, Expired, Party, Published


class CallReach(CallAudio):
    """Reaching, answering, and giving up."""

    def _reach(self, event: Reach, context: Context) -> Iterator[Output]:
        number = len(self.legs) + 1
        if event.outside:
            party = Party(number=event.outside, presentation=Presentation.SHOWN)
            leg = Leg(number, event.role, "trunk", 0, "out", party, context.now, asked=event)
            self._note(context, "leg.asked", number, outside=event.outside, role=event.role)
            self._put(leg)
            yield from self._alarm_emergency(leg, context)
            yield self._arm(f"reach.{number}", event.ring_ms, context)
            yield from self._hunt(leg, Cause.NO_LINE, context)
            return
        self._note(context, "leg.asked", number, extension=event.extension, role=event.role)
        index = index_of(context.settings)
        port = index.port_of(event.extension)
        station = context.directory.station(port) if port is not None else None
        phone = index.phone(port) if port is not None else None
        if station is None or phone is None:
            yield from self._tell_failed(event, Cause.VACANT, context)
            return
        party = Party("", phone.name, Presentation.SHOWN, phone.extension)
        agent = event.agent or station.agent
        leg = Leg(
            number, event.role, "station", phone.port, "out", party, context.now, agent=agent, asked=event
        )
        self._put(leg)
        yield self._arm(f"reach.{number}", event.ring_ms, context)
        yield leg.tell(RingPhone(self.number, number, self._shown_to(leg), self._is_inside(leg)))

    def _shown_to(self, leg: Leg) -> Party:
        """Whom a rung phone sees: the one who consults, else the one who calls."""
        if leg.asked is not None and not leg.asked.join:
            transferor = self._live(self.transfer_leg)
            held = next((self.leg(number) for number in self.held if self._live(number)), None)
            shown = transferor or held
            if shown is not None:
                return shown.party
        return self.caller

    def _is_inside(self, leg: Leg) -> bool:
        """Whether the phone rings as for a call from within."""
        shown = self._shown_to(leg)
        return bool(shown.extension)

    # --- outside lines ---

    def _hunt(self, leg: Leg, otherwise: Cause, context: Context) -> Iterator[Output]:
        """Take the next line for a leg, or fail with the cause of the last refusal."""
        find = hunting.line_for_emergency if leg.emergency else hunting.line_for
        port = find(leg.tried, context)
        asked = leg.asked
        assert asked is not None
        if port is not None:
            leg = self._change(leg, port=port, tried=(*leg.tried, port))
            self._note(context, "leg.seizing", leg.leg, line=port)
            blind = leg.rounds > 0
            yield leg.tell(SeizeLine(self.number, leg.leg, asked.outside, leg.emergency, blind))
        elif leg.emergency and leg.rounds < hunting.EMERGENCY_ROUNDS:
            self._change(leg, port=0, tried=(), rounds=leg.rounds + 1)
            yield self._arm(f"hunt.{leg.leg}", hunting.EMERGENCY_ROUND_MS, context)
        else:
            yield from self._fail(self._change(leg, port=0), otherwise, context)

    def _alarm_emergency(self, leg: Leg, context: Context) -> Iterator[Output]:
        if leg.emergency:
            self.emergency = True
            # Within a call it is who flashed, and not the customer, who calls for help.
            by = self.leg(self.transfer_leg or 1)
            detail = f"{leg.party.number} from {by.party.extension or by.party.number}"
            yield Published(AlarmReport("emergency", by.port, detail, context.now))

    # --- what becomes of it ---

    def _progress(self, event: LegProceeding | LegAlerting, context: Context) -> Iterator[Output]:
        leg = self._live(event.leg)
        if leg is None or not leg.is_pending or leg.asked is None:
            return
        if isinstance(event, LegProceeding):
            self._note(context, "leg.proceeding", leg.leg)
            self._change(leg, proceeding=True)
            # Finding a line and dialling is no part of the time the other end may ring.
            yield self._arm(f"reach.{leg.leg}", leg.asked.ring_ms, context)
        else:
            self._note(context, "leg.alerting", leg.leg)
            self._change(leg, alerting=True)
            if leg.asked.asker != self.address:
                yield Send(leg.asked.asker, ReachAlerting(leg.asked.request, leg.leg))

    def _answered(self, event: LegAnswered, context: Context) -> Iterator[Output]:
        leg = self._live(event.leg)
        if leg is None or leg.answered is not None:
            return
        leg = self._change(
            leg,
            answered=context.now,
            certainty=event.certainty,
            evidence=(*leg.evidence, *event.evidence),
            alerting=False,
        )
        self._note(context, "leg.answered", leg.leg, certainty=event.certainty.value)
        yield from self._disarm(f"reach.{leg.leg}", f"hunt.{leg.leg}")
        yield from self._record_if_wanted(leg, context)
        if leg.asked is None:
            if leg.leg in self.talk:  # a phone was lifted before the line was answered
                yield from self._arrange(self.talk, self.held, context)
            return
        yield from self._won(leg, leg.asked, context)

    def _won(self, leg: Leg, asked: Reach, context: Context) -> Iterator[Output]:
        """The first answer of those who were to be joined wins; the others stop ringing."""
        if asked.asker != self.address:
            yield Send(asked.asker, Reached(asked.request, leg.leg, leg.port))
        if not asked.join:
            return
        for other in self.legs:
            if other.is_pending and other.asked is not None and other.asked.join:
                yield from self._withdraw(other, Cause.ANSWERED_ELSEWHERE, context)
                yield from self._tell_failed(other.asked, Cause.ANSWERED_ELSEWHERE, context)
        caller = self._live(1)
        if caller is not None and not caller.is_up:
            yield caller.tell(AnswerLeg(1))
        yield from self._arrange((1, leg.leg), (), context)

    def _refused(self, leg: Leg, event: LegReleased, context: Context) -> Iterator[Output]:
        """A pending leg came back: another line may do better, as long as the exchange had not taken our digits."""
        another = not leg.proceeding and event.cause in hunting.TRY_ANOTHER
        if leg.is_outside and (another or leg.emergency):
            self._note(context, "leg.refused", leg.leg, line=leg.port, cause=event.cause.value)
            retried = self._change(
                leg, proceeding=False, alerting=False, evidence=(*leg.evidence, *event.evidence)
            )
            yield from self._hunt(retried, _as_seen_by_caller(event.cause), context)
        else:
            yield from self._fail(leg, event.cause, context, event)

    def _expired(self, event: Expired, context: Context) -> Iterator[Output]:
        what, _, number = event.timer.partition(".")
        leg = self._live(int(number))
        if leg is None or not leg.is_pending:
            return
        if what == "hunt":
            yield from self._hunt(leg, Cause.NO_LINE, context)
        elif leg.emergency and not leg.alerting:
            yield self._arm(event.timer, hunting.EMERGENCY_ROUND_MS, context)
        else:
            if leg.port:
                yield leg.tell(ReleaseLeg(leg.leg, Cause.NO_ANSWER, self.number))
            yield from self._fail(leg, Cause.NO_ANSWER, context)

    def _fail(
        self, leg: Leg, cause: Cause, context: Context, event: LegReleased | None = None
    ) -> Iterator[Output]:
        """A pending leg is over; its asker is told."""
        evidence = event.evidence if event is not None else ()
        self._put(leg.closed(cause, context.now, evidence))
        self._note(context, "leg.released", leg.leg, cause=cause.value)
        yield from self._disarm(f"reach.{leg.leg}", f"hunt.{leg.leg}")
        assert leg.asked is not None
        yield from self._tell_failed(leg.asked, cause, context)

    def _withdraw(self, leg: Leg, cause: Cause, context: Context) -> Iterator[Output]:
        """A pending leg is no longer wanted; nobody is told."""
        self._put(leg.closed(cause, context.now))
        self._note(context, "leg.released", leg.leg, cause=cause.value)
        yield from self._disarm(f"reach.{leg.leg}", f"hunt.{leg.leg}")
        if leg.port:
            yield leg.tell(ReleaseLeg(leg.leg, cause, self.number))

    def _unreach(self, event: Unreach, context: Context) -> Iterator[Output]:
        for leg in self.legs:
            asked = leg.asked
            if (
                leg.is_pending
                and asked is not None
                and (asked.asker, asked.request) == (event.asker, event.request)
            ):
                yield from self._withdraw(leg, event.cause, context)

    def _tell_failed(self, asked: Reach, cause: Cause, context: Context) -> Iterator[Output]:
        if asked.asker != self.address:
            yield Send(asked.asker, ReachFailed(asked.request, cause))
        else:
            yield from self._nobody_there(cause, context)

    def _nobody_there(self, cause: Cause, context: Context) -> Iterator[Output]:
        """What the call's own user dialled can't be had."""
        raise NotImplementedError


def _as_seen_by_caller(cause: Cause) -> Cause:
    """Why no line could be had, once all have refused."""
    return cause if cause in (Cause.NO_DIAL_TONE, Cause.OUT_OF_SERVICE) else Cause.NO_LINE
