# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""An offer: one attempt to ring one agent for one waiting caller.

Reserves the agent, asks the call to reach the seat, and tells queue, agent and place how it ended.  Exactly one of
"answered" and "over" is told to each.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from firmware.exchange.machine import IGNORED, Context, Finish, Machine, Output, Outputs, Send
from firmware.exchange.messages import (
    AgentAnswered,
    AgentRefused,
    AgentReleased,
    AgentReserved,
    BeginOffer,
    Mark,
    Message,
    OfferEnded,
    PlaceServed,
    Reach,
    ReachAlerting,
    Reached,
    ReachFailed,
    ReserveAgent,
    Unreach,
    WithdrawOffer,
)
from firmware.exchange.vocabulary import Address, AnyFact, Arm, Cause, Expired

# A reservation outlives its ringing by so much, in case the end of the ringing is never told.
RESERVATION_MARGIN_MS = 5_000
MISSED = (Cause.NO_ANSWER, Cause.REJECTED)
UNREACHABLE = (Cause.BUSY, Cause.LOCKED_OUT, Cause.OUT_OF_SERVICE, Cause.CARD_REMOVED, Cause.VACANT)


class State(Enum):
    NEW = "new"
    RESERVING = "reserving"
    RINGING = "ringing"


class Offer(Machine):
    KIND: ClassVar[str] = "offer"
    state: State = State.NEW
    queue: int = 0
    place: int = 0
    call: int = 0
    agent: int = 0
    ring_ms: int = 0

    def timers_allowed(self) -> frozenset[str]:
        return frozenset({"ring"}) if self.state is State.RINGING else frozenset()

    def receive(self, event: AnyFact | Message, context: Context) -> Outputs:
        match self.state, event:
            case State.NEW, BeginOffer():
                return self._begin(event, context)
            case State.RESERVING, AgentReserved(extension):
                return self._ring(extension, context)
            case State.RESERVING, AgentRefused(cause):
                return (self._to_queue(cause), Finish())
            case State.RINGING, ReachAlerting():
                return ()
            case State.RINGING, Reached():
                return self._answered(context)
            case State.RINGING, ReachFailed(_, cause):
                return self._over(cause)
            case State.RINGING, Expired(timer="ring"):
                return (self._unreach(Cause.NO_ANSWER), *self._over(Cause.NO_ANSWER))
            case State.RINGING, WithdrawOffer(cause):
                return (self._unreach(cause), self._to_agent(missed=False), Finish())
            case _, WithdrawOffer():
                return (self._to_agent(missed=False), Finish())
            case _:
                return IGNORED

    def _begin(self, event: BeginOffer, context: Context) -> Outputs:
        self.state = State.RESERVING
        self.queue, self.place, self.call = event.queue, event.place, event.call
        self.agent, self.ring_ms = event.agent, event.ring_ms
        until_ns = context.after(self.ring_ms + RESERVATION_MARGIN_MS)
        return (
            Send(Address("agent", self.agent), ReserveAgent(self.number, self.queue, self.call, until_ns)),
        )

    def _ring(self, extension: str, context: Context) -> Outputs:
        self.state = State.RINGING
        reach = Reach(self.address, self.number, "agent", self.ring_ms, extension=extension, agent=self.agent)
        mark = Mark("offer.made", {"agent": self.agent, "extension": extension, "queue": self.queue})
        call = Address("call", self.call)
        # The call's own ring time-out comes first; this one only guards against its loss.
        return Send(call, mark), Send(call, reach), Arm("ring", context.after(self.ring_ms + 2_000))

    def _answered(self, context: Context) -> Outputs:
        profile = next((queue for queue in context.settings.queues if queue.number == self.queue), None)
        wrap_up_ms = profile.wrap_up_s * 1000 if profile is not None else 0
        return (
            Send(Address("agent", self.agent), AgentAnswered(self.number, self.queue, wrap_up_ms)),
            Send(Address("place", self.place), PlaceServed(self.agent)),
            self._to_queue(None),
            Finish(),
        )

    def _over(self, cause: Cause) -> Outputs:
        mark = Mark("offer.ended", {"agent": self.agent, "cause": cause.value})
        return (
            Send(Address("call", self.call), mark),
            self._to_agent(missed=cause in MISSED, unreachable=cause in UNREACHABLE),
            self._to_queue(cause),
            Finish(),
        )

    def _to_agent(self, missed: bool, unreachable: bool = False) -> Output:
        return Send(Address("agent", self.agent), AgentReleased(self.number, missed, unreachable))

    def _to_queue(self, cause: Cause | None) -> Output:
        ended = OfferEnded(self.number, self.place, self.agent, cause)
        return Send(Address("queue", self.queue), ended)

    def _unreach(self, cause: Cause) -> Output:
        return Send(Address("call", self.call), Unreach(self.address, self.number, cause))
