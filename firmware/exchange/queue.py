# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A queue: who waits, in which order, and who is rung for whom.

Order is priority, then arrival.  Matching is done anew at every change (C10) and reads the agents as they are now, so
that no stale copy of anybody's state can leave a caller waiting beside a free agent.  One agent is in one offer at
most; of several offers for one place the first answer wins and the others are withdrawn (C7).
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from firmware.exchange.agent import Agent
from firmware.exchange.machine import IGNORED, Context, Finish, Machine, Output, Outputs, Send, Spawn
from firmware.exchange.messages import (
    AgentHandled,
    BeginOffer,
    Configured,
    Message,
    OfferEnded,
    PlaceAccepted,
    PlaceEntered,
    PlaceGone,
    PlaceMoved,
    PlaceRefused,
    Rematch,
    ServiceRestarted,
    WithdrawOffer,
)
from firmware.exchange.offer import Offer
from firmware.exchange.vocabulary import (
    Address,
    AnyFact,
    Cause,
    Instant,
    Party,
    PlaceReport,
    Published,
    QueueReport,
)
from firmware.settings import model
from firmware.settings.model import Strategy

# The first guess of how long an agent is busy with a caller, until the queue has seen some.
FIRST_HANDLED_MS = 180_000
# Weight of the newest caller in the running mean.
HANDLED_WEIGHT = 8


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """A place in line."""

    place: int
    call: int
    caller: Party
    priority: int
    entered: Instant

    @property
    def rank(self) -> tuple[int, int, int]:
        return (-self.priority, self.entered.mono_ns, self.place)


class Ringing(msgspec.Struct, frozen=True, array_like=True):
    """An offer under way."""

    offer: int
    place: int
    agent: int


class Queue(Machine):
    KIND: ClassVar[str] = "queue"
    waiting: tuple[Waiting, ...] = ()
    ringing: tuple[Ringing, ...] = ()
    handled_ms: int = FIRST_HANDLED_MS
    last_report: QueueReport | None = None

    def timers_allowed(self) -> frozenset[str]:
        return frozenset()

    def is_offered(self, place: int) -> bool:
        """Whether somebody is being rung for this place now."""
        return any(entry.place == place for entry in self.ringing)

    def receive(self, event: AnyFact | Message, context: Context) -> Outputs:
        profile = self._profile(context)
        before = self.waiting
        match event:
            case PlaceEntered():
                outputs = self._enter(event, profile, context)
            case PlaceGone(place, cause):
                outputs = self._leave(place, cause)
            case OfferEnded():
                outputs = self._offer_ended(event)
            case Rematch():
                outputs = []
            case AgentHandled(handled_ms):
                self.handled_ms += (handled_ms - self.handled_ms) // HANDLED_WEIGHT
                return ()
            case Configured():
                outputs = self._configured(profile)
            case ServiceRestarted():
                self.waiting = self.ringing = ()
                self.last_report = None
                outputs = []
            case _:
                return IGNORED
        self._forget_the_gone(context)
        agents = self._agents(context)
        if profile is not None and self.waiting:
            outputs += self._match(agents, profile, context)
        if self.waiting is not before:
            outputs += self._moved(before, agents)
        outputs += self._reported(before, agents)
        if profile is None and not self.waiting:
            outputs.append(Finish())
        return outputs

    def _profile(self, context: Context) -> model.Queue | None:
        return next((queue for queue in context.settings.queues if queue.number == self.number), None)

    def _forget_the_gone(self, context: Context) -> None:
        """Places and offers that ended without a word, which only a fault of ours makes them do."""
        find = context.directory.find
        waiting = tuple(entry for entry in self.waiting if find(Address("place", entry.place)))
        if len(waiting) < len(self.waiting):
            self.waiting = waiting
        self.ringing = tuple(entry for entry in self.ringing if find(Address("offer", entry.offer)))

    # --- places ---

    def _enter(self, event: PlaceEntered, profile: model.Queue | None, context: Context) -> list[Output]:
        place = Address("place", event.place)
        refused = self._refusal(profile, context)
        if refused is not None:
            return [Send(place, PlaceRefused(refused))]
        entry = Waiting(event.place, event.call, event.caller, event.priority, event.entered)
        self.waiting = tuple(sorted((*self.waiting, entry), key=lambda entry: entry.rank))
        return [Send(place, PlaceAccepted(self.waiting.index(entry) + 1))]

    def _refusal(self, profile: model.Queue | None, context: Context) -> Cause | None:
        if profile is None:
            return Cause.UNKNOWN_QUEUE
        if len(self.waiting) >= profile.callers_max:
            return Cause.FULL
        if not profile.join_empty and not self._agents(context):
            return Cause.NO_AGENTS
        return None

    def _leave(self, place: int, cause: Cause) -> list[Output]:
        self.waiting = tuple(entry for entry in self.waiting if entry.place != place)
        gone = [entry for entry in self.ringing if entry.place == place]
        self.ringing = tuple(entry for entry in self.ringing if entry.place != place)
        return [Send(Address("offer", entry.offer), WithdrawOffer(cause)) for entry in gone]

    def _offer_ended(self, event: OfferEnded) -> list[Output]:
        self.ringing = tuple(entry for entry in self.ringing if entry.offer != event.offer)
        if event.cause is None:
            return self._leave(event.place, Cause.ANSWERED_ELSEWHERE)
        return []

    def _configured(self, profile: model.Queue | None) -> list[Output]:
        """Callers of a queue that is no more go on by their overflow."""
        if profile is not None:
            return []
        places = self.waiting
        withdrawn = [output for entry in places for output in self._leave(entry.place, Cause.WITHDRAWN)]
        refused = [Send(Address("place", entry.place), PlaceRefused(Cause.UNKNOWN_QUEUE)) for entry in places]
        return [*withdrawn, *refused]

    # --- matching ---

    def _agents(self, context: Context) -> list[Agent]:
        """Those logged in to this queue; who logs out leaves every queue."""
        return [agent for agent in context.directory.agents() if self.number in agent.queues]

    def _free(self, agents: list[Agent]) -> list[Agent]:
        """Agents who may be rung, in the order of their turn: idle longest first."""
        rung = {entry.agent for entry in self.ringing}
        free = [agent for agent in agents if agent.available and agent.number not in rung]
        return sorted(free, key=lambda agent: (agent.idle_since_ns, agent.number))

    def _match(self, agents: list[Agent], profile: model.Queue, context: Context) -> list[Output]:
        free = self._free(agents)
        outputs: list[Output] = []
        for entry in self.waiting:
            if not free:
                break
            if profile.strategy is Strategy.RING_ALL:
                for agent in free:
                    outputs += self._offer(entry, agent, profile, context)
                break
            if not self.is_offered(entry.place):
                outputs += self._offer(entry, free.pop(0), profile, context)
        return outputs

    def _offer(self, entry: Waiting, agent: Agent, profile: model.Queue, context: Context) -> list[Output]:
        offer = Offer(context.new_number("offer"))
        self.ringing = (*self.ringing, Ringing(offer.number, entry.place, agent.number))
        begin = BeginOffer(self.number, entry.place, entry.call, agent.number, profile.ring_s * 1000)
        return [Spawn(offer), Send(offer.address, begin)]

    # --- what others see ---

    def _moved(self, before: tuple[Waiting, ...], agents: list[Agent]) -> list[Output]:
        outputs: list[Output] = []
        positions = {entry.place: index for index, entry in enumerate(before)}
        serving = max(1, len(agents))
        for index, entry in enumerate(self.waiting):
            if positions.get(entry.place) != index:
                estimate_s = (index + 1) * self.handled_ms // serving // 1000
                outputs.append(Send(Address("place", entry.place), PlaceMoved(index + 1, estimate_s)))
        return outputs

    def _reported(self, before: tuple[Waiting, ...], agents: list[Agent]) -> list[Output]:
        available, logged_in = sum(agent.available for agent in agents), len(agents)
        last = self.last_report
        if (
            last is not None
            and self.waiting is before
            and (last.available_count, last.logged_in_count) == (available, logged_in)
        ):
            return []
        places = tuple(
            PlaceReport(entry.place, entry.call, entry.caller, entry.entered, entry.priority)
            for entry in self.waiting
        )
        report = QueueReport(self.number, places, available, logged_in)
        if report == last:
            return []
        self.last_report = report
        return [Published(report)]
