# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A transfer: what a desk phone's hook-flash in a call leads to, until two parties talk again or one is left.

Flash holds the other party and gives dial tone; a number, then hanging up, hands the call over: blind while it
rings, or after talking.  With two parties a flash takes a key: 1 drops this one, 2 swaps, 3 joins all, nothing is 2.
A held party is never lost (C27): the phone rings back, then the queue's head, then the operator takes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import ClassVar

from dsp.vocabulary import PlayEnded, StopPlay
from firmware.exchange import hunting
from firmware.exchange.agent import Agent
from firmware.exchange.index import index_of
from firmware.exchange.machine import IGNORED, Context, Finish, Output, Outputs, Send, Spawn
from firmware.exchange.messages import (
    Arrange,
    BeginTransfer,
    CallerGone,
    DigitsTaken,
    DropLeg,
    EndCall,
    EnterQueue,
    LegFlashed,
    Mark,
    Message,
    PartyGone,
    PlaceLeft,
    Reach,
    ReachAlerting,
    Reached,
    ReachFailed,
    StopDigits,
    TakeChoice,
    TakeDigits,
    TransferDone,
    Unreach,
)
from firmware.exchange.place import Place
from firmware.exchange.timed import TimedMachine
from firmware.exchange.vocabulary import Address, AnyFact, Cause, Expired, Say
from firmware.speech.grammar import say

# The station ends its own waits; these only guard against the loss of its answer.
DIGITS_GUARD_MS = 60_000
CHOICE_GUARD_MS = 2_000
TELLING_MS = 10_000
QUEUE_HEAD_PRIORITY = 10


class State(Enum):
    NEW = "new"
    DIGITS = "digits"
    TELLING = "telling"
    CALLING = "calling"
    CONSULTING = "consulting"
    CHOOSING = "choosing"
    THREE_WAY = "three_way"
    BLIND = "blind"  # the one who transfers has hung up while it rang
    RINGING_BACK = "ringing_back"
    QUEUED = "queued"
    OPERATOR = "operator"


TIMERS: dict[State, frozenset[str]] = {
    State.DIGITS: frozenset({"digits"}),
    State.TELLING: frozenset({"telling"}),
    State.CHOOSING: frozenset({"choice"}),
    State.BLIND: frozenset({"ring_back"}),
}
TWO_PARTIES = frozenset({State.CONSULTING, State.CHOOSING, State.THREE_WAY})


class Transfer(TimedMachine):
    """leg, port: the phone that flashed.  other: whom it held.  third: whom it called, 0 until that one answers.

    swapped: the phone talks with `other` again and `third` is held.  emergency: what it called is an emergency number.
    """

    KIND: ClassVar[str] = "transfer"
    state: State = State.NEW
    call: int = 0
    leg: int = 0
    port: int = 0
    other: int = 0
    other_port: int = 0
    third: int = 0
    request: int = 0
    place: int = 0
    swapped: bool = False
    three_way: bool = False
    emergency: bool = False
    tag: int = 0

    def timers_allowed(self) -> frozenset[str]:
        return TIMERS.get(self.state, frozenset())

    def receive(self, event: AnyFact | Message, context: Context) -> Outputs:
        outputs = list(self._take(event, context))
        return [*outputs, *self._keep_allowed_timers()]

    def _take(self, event: AnyFact | Message, context: Context) -> Outputs:
        if isinstance(event, Expired) and not self._is_due(event.timer):
            return IGNORED
        match self.state, event:
            case State.NEW, BeginTransfer():
                return self._begin(event, context)
            case State.DIGITS, DigitsTaken():
                return self._dialled(event, context)
            case State.DIGITS, LegFlashed() | Expired(timer="digits"):
                return self._back()
            case State.TELLING, LegFlashed() | Expired(timer="telling"):
                return (StopPlay(self.port), *self._back())
            case State.TELLING, PlayEnded(tag=tag) if tag == self.tag:
                return self._back()
            case State.CALLING, LegFlashed():
                return (self._unreach(), *self._back())
            case State.CALLING, Reached(request, leg) if request == self.request:
                return self._consult(leg)
            case State.CALLING, ReachFailed(request, cause) if request == self.request:
                return (self._mark("transfer.failed", cause=cause.value), *self._back())
            case State.CONSULTING | State.THREE_WAY, LegFlashed():
                return self._offer_choice(context)
            case State.CHOOSING, DigitsTaken(_, key):
                return self._chosen(key)
            case State.CHOOSING, Expired(timer="choice"):
                return self._chosen("")
            case State.BLIND | State.RINGING_BACK | State.OPERATOR, Reached(request, leg) if (
                request == self.request
            ):
                return self._handed_over(leg)
            case State.BLIND, Expired(timer="ring_back"):
                return (self._unreach(), *self._ring_back(context))
            case State.BLIND, ReachFailed(request) if request == self.request:
                return self._ring_back(context)
            case State.RINGING_BACK, ReachFailed(request) if request == self.request:
                return self._to_queue_or_operator(context)
            case State.QUEUED, PlaceLeft(Cause.NORMAL):
                return self._done("transfer.queue_served")
            case State.QUEUED, PlaceLeft():
                return self._to_operator(context)
            case State.OPERATOR, ReachFailed(request) if request == self.request:
                return self._nobody_left(context)
            case _, PartyGone():
                return self._party_gone(event, context)
            case _, CallerGone():
                return (*self._leave_queue(event.cause), Finish())
            case _, ReachAlerting():
                return ()
            case _:
                return IGNORED

    def _to_call(self, message: Message) -> Output:
        return Send(Address("call", self.call), message)

    def _to_phone(self, message: Message) -> Output:
        return Send(Address("station", self.port), message)

    def _mark(self, what: str, **detail: str | int) -> Output:
        return self._to_call(Mark(what, dict(detail), self.leg))

    # --- the held party and a number ---

    def _begin(self, event: BeginTransfer, context: Context) -> Iterator[Output]:
        self.state = State.DIGITS
        self.call, self.leg, self.port = event.call, event.leg, event.port
        self.other, self.other_port = event.other, event.other_port
        yield self._to_call(Arrange((), (self.other,)))
        yield self._to_phone(TakeDigits(self.leg, self.address))
        yield self._arm("digits", DIGITS_GUARD_MS, context)

    def _dialled(self, event: DigitsTaken, context: Context) -> Iterator[Output]:
        index = index_of(context.settings)
        own = index.phone(self.port)
        if event.outside and not (event.emergency or self._may_go_outside(context)):
            yield from self._tell("not_allowed", context)
        elif event.outside or (event.extension and own is not None and event.extension != own.extension):
            timers = context.settings.timers
            ring_ms = timers.desk_ring_s * 1000
            if event.outside:
                ring_ms = timers.outside_ring_s * 1000 + hunting.RING_GUARD_MS
            yield self._reach("consult", ring_ms, context, event.extension, event.outside, event.emergency)
            self.state = State.CALLING
            self.emergency = event.emergency
        else:
            yield self._mark("transfer.not_dialled", digits=event.digits)
            yield from self._back()

    def _may_go_outside(self, context: Context) -> bool:
        """Against toll fraud an outside line in a transfer is off by default, a second one needs a rule (D27)."""
        phone = index_of(context.settings).phone(self.port)
        if phone is None or not (phone.outside and phone.transfer_outside):
            return False
        return self._may_join_outside(context)

    def _may_join_outside(self, context: Context) -> bool:
        """Whether the held party may be left alone with an outside line."""
        call = context.directory.call(self.call)
        held_outside = call is not None and call.leg(self.other).is_outside
        return context.settings.numbering.trunk_to_trunk or not held_outside

    def _tell(self, phrase: str, context: Context) -> Iterator[Output]:
        phone = index_of(context.settings).phone(self.port)
        language = (phone and phone.language) or context.settings.centre.language
        self.state = State.TELLING
        self.tag = context.new_number("tag")
        yield self._mark(f"transfer.{phrase}")
        yield Say(self.port, say(phrase, language), language, self.tag)
        yield self._arm("telling", TELLING_MS, context)

    def _reach(
        self,
        role: str,
        ring_ms: int,
        context: Context,
        extension: str = "",
        outside: str = "",
        emergency: bool = False,
    ) -> Output:
        self.request = context.new_number("request")
        return self._to_call(
            Reach(self.address, self.request, role, ring_ms, extension, outside, emergency, join=False)
        )

    def _unreach(self) -> Output:
        return self._to_call(Unreach(self.address, self.request, Cause.WITHDRAWN))

    def _back(self) -> Iterator[Output]:
        """The one who flashed and the held party talk again."""
        yield self._to_phone(StopDigits(self.leg))
        yield self._to_call(Arrange((self.leg, self.other)))
        yield from self._done("transfer.back")

    def _done(self, what: str, handed_over_by: int = 0) -> Iterator[Output]:
        yield self._mark(what)
        yield self._to_call(TransferDone(handed_over_by))
        yield Finish()

    # --- two parties ---

    def _consult(self, third: int) -> Iterator[Output]:
        self.third = third
        self.state = State.CONSULTING
        yield self._to_call(Arrange((self.leg, third), (self.other,)))

    def _pair(self) -> tuple[int, int]:
        """Whom the phone talks with, and who is the second party."""
        return (self.other, self.third) if self.swapped else (self.third, self.other)

    def _offer_choice(self, context: Context) -> Iterator[Output]:
        wait_ms = context.settings.timers.flash_choice_ms
        self.state = State.CHOOSING
        yield self._to_phone(TakeChoice(self.leg, self.address, wait_ms))
        yield self._arm("choice", wait_ms + CHOICE_GUARD_MS, context)

    def _chosen(self, key: str) -> Iterator[Output]:
        current, second = self._pair()
        match key:
            case "1":
                yield self._to_call(DropLeg(current, Cause.NORMAL))
                yield self._to_call(Arrange((self.leg, second)))
                yield from self._done("transfer.dropped")
            case "2" | "":
                self.swapped = self.swapped if self.three_way else not self.swapped
                self.three_way = False
                self.state = State.CONSULTING
                current, second = self._pair()
                yield self._mark("transfer.swapped")
                yield self._to_call(Arrange((self.leg, current), (second,)))
            case "3":
                self.three_way = True
                self.state = State.THREE_WAY
                yield self._mark("transfer.three_way")
                yield self._to_call(Arrange((self.leg, self.other, self.third)))
            case _:
                self.state = State.THREE_WAY if self.three_way else State.CONSULTING

    # --- somebody leaves ---

    def _party_gone(self, event: PartyGone, context: Context) -> Outputs:
        if event.leg == self.leg and self.emergency and not self._may_hand_to_emergency(context):
            return self._emergency_left(context)
        if self.state in TWO_PARTIES:
            left = tuple(leg for leg in (self.leg, self.other, self.third) if leg != event.leg)
            over = event.leg == self.leg
            what = "transfer.handed_over" if over else "transfer.party_left"
            done = self._done(what, self.leg if over else 0)
            return (self._to_phone(StopDigits(self.leg)), self._to_call(Arrange(left)), *done)
        if event.leg == self.other:
            return self._held_party_gone(event.cause)
        if event.leg != self.leg:
            return IGNORED
        if self.state is State.CALLING:
            self.state = State.BLIND
            return (
                self._mark("transfer.blind"),
                self._arm("ring_back", context.settings.timers.ring_back_s * 1000, context),
            )
        return self._ring_back(context)

    def _may_hand_to_emergency(self, context: Context) -> bool:
        """An emergency number may always be called, but nobody is left with it unasked, nor past the rule of lines."""
        return self.state in TWO_PARTIES and self._may_join_outside(context)

    def _emergency_left(self, context: Context) -> Iterator[Output]:
        """Who called the emergency number has hung up on it; the held party is theirs still."""
        self.emergency = False
        if self.state in TWO_PARTIES:
            yield self._to_call(Arrange((), (self.other,)))
            yield self._to_call(DropLeg(self.third, Cause.NORMAL))
            self.third = 0
        else:
            yield self._unreach()
        yield from self._ring_back(context)

    def _held_party_gone(self, cause: Cause) -> Iterator[Output]:
        if self.state in (State.CALLING, State.BLIND, State.RINGING_BACK, State.OPERATOR):
            yield self._unreach()
        yield from self._leave_queue(cause)
        yield self._to_call(EndCall(cause))

    def _handed_over(self, leg: int) -> Iterator[Output]:
        returned = self.state is State.RINGING_BACK
        self.third = leg
        yield self._to_call(Arrange((self.other, leg)))
        what = "transfer.returned" if returned else "transfer.handed_over"
        yield from self._done(what, 0 if returned else self.leg)

    def _ring_back(self, context: Context) -> Iterator[Output]:
        """The held party waits on; the phone that left it is rung."""
        phone = index_of(context.settings).phone(self.port)
        if phone is None:
            yield from self._to_queue_or_operator(context)
            return
        self.state = State.RINGING_BACK
        yield self._mark("transfer.ring_back", extension=phone.extension)
        ring_ms = context.settings.timers.ring_back_s * 1000
        yield self._reach("extension", ring_ms, context, phone.extension)

    def _to_queue_or_operator(self, context: Context) -> Outputs:
        """The head of the queue the caller came from, where anybody but the one who left is at work in it."""
        queue = self._queue_of_caller(context)
        agents = (machine for machine in context.directory.of_kind("agent") if isinstance(machine, Agent))
        others = any(queue in agent.queues and agent.port not in (0, self.port) for agent in agents)
        return self._to_queue(queue, context) if queue and others else self._to_operator(context)

    def _queue_of_caller(self, context: Context) -> int:
        """The queue a held caller waited in before; 0: none, or the caller has been sent back there already."""
        call = context.directory.call(self.call)
        return call.last_queue if call is not None and self.other == 1 and not self.place else 0

    def _nobody_left(self, context: Context) -> Outputs:
        """Phone and operator do not answer: the queue is the last resort, whoever is at work in it."""
        queue = self._queue_of_caller(context)
        return self._to_queue(queue, context) if queue else (self._to_call(EndCall(Cause.NO_ANSWER)),)

    def _to_queue(self, queue: int, context: Context) -> Iterator[Output]:
        call = context.directory.call(self.call)
        assert call is not None
        place = Place(context.new_number("place"))
        self.state = State.QUEUED
        self.place = place.number
        index = index_of(context.settings_of(call.revision))
        line = index.line(self.other_port)
        language = index.line_language(line) if line is not None else index.settings.centre.language
        yield self._mark("transfer.queued", queue=queue)
        yield self._to_call(Arrange(()))
        yield Spawn(place)
        enter = EnterQueue(
            self.address,
            self.call,
            self.other_port,
            queue,
            QUEUE_HEAD_PRIORITY,
            call.caller,
            language,
            call.revision,
        )
        yield Send(place.address, enter)

    def _leave_queue(self, cause: Cause) -> Iterator[Output]:
        if self.state is State.QUEUED:
            yield Send(Address("place", self.place), CallerGone(cause))

    def _to_operator(self, context: Context) -> Iterator[Output]:
        extension = index_of(context.settings).operator()
        if extension is None:
            yield from self._nobody_left(context)
            return
        self.state = State.OPERATOR
        yield self._mark("transfer.operator", extension=extension)
        yield self._to_call(Arrange((), (self.other,)))
        ring_ms = context.settings.timers.desk_ring_s * 1000
        yield self._reach("extension", ring_ms, context, extension)
