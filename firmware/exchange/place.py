# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A place in a queue held by a live call: music, announcements, and the longest wait.

The queue decides order and who is rung; the place is what the caller hears of it.  An announcement never delays the
answer: being served stops it.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from dsp.vocabulary import PlayEnded, StopPlay
from firmware.exchange.machine import IGNORED, Context, Finish, Machine, Output, Outputs, Send
from firmware.exchange.messages import (
    CallerGone,
    EnterQueue,
    Mark,
    Message,
    PlaceAccepted,
    PlaceEntered,
    PlaceGone,
    PlaceLeft,
    PlaceMoved,
    PlaceRefused,
    PlaceServed,
    QueueLeft,
)
from firmware.exchange.queue import Queue
from firmware.exchange.vocabulary import Address, AnyFact, Arm, Cause, Expired, Instant, Say
from firmware.settings import model
from firmware.speech import say

# Waits beyond this are not said in minutes: they would be wrong, and discourage.
SPOKEN_WAIT_MAX_S = 1_800
# A caller whose wait is up while somebody is being rung for them waits for that ring to end.
OVERFLOW_AGAIN_MS = 1_000


class State(Enum):
    ENTERING = "entering"
    MUSIC = "music"
    ANNOUNCING = "announcing"


class Place(Machine):
    KIND: ClassVar[str] = "place"
    state: State = State.ENTERING
    flow: Address = Address("", 0)
    call: int = 0
    port: int = 0
    queue: int = 0
    language: str = ""
    revision: int = 0
    entered: Instant = Instant(0, 0)
    first_position: int = 0
    position: int = 0
    estimate_s: int = 0
    tag: int = 0

    def timers_allowed(self) -> frozenset[str]:
        waiting = {"max_wait", "announce"} if self.state is State.MUSIC else {"max_wait"}
        return frozenset() if self.state is State.ENTERING else frozenset(waiting)

    def receive(self, event: AnyFact | Message, context: Context) -> Outputs:
        match self.state, event:
            case State.ENTERING, EnterQueue():
                return self._begin(event, context)
            case State.ENTERING, PlaceAccepted(position):
                return self._accepted(position, context)
            case _, PlaceMoved(position, estimate_s):
                self.position, self.estimate_s = position, estimate_s
                return ()
            case State.ENTERING, PlaceRefused(cause):
                return self._overflow(cause, context)
            case _, PlaceRefused(cause):
                return (StopPlay(self.port), *self._overflow(cause, context))
            case _, PlaceServed(agent):
                return self._served(agent)
            case _, CallerGone():
                return (*self._leave("abandoned", 0, Cause.CALLER_GAVE_UP), Finish())
            case State.MUSIC, Expired(timer="announce"):
                return self._announce(context)
            case State.ANNOUNCING, PlayEnded(tag=tag) if tag == self.tag:
                return self._music(context)
            case State.MUSIC, PlayEnded(tag=tag) if tag == self.tag:
                # The music could not be played or ended: silence would make the caller hang up.
                return self._music(context)
            case _, PlayEnded():
                return ()
            case _, Expired(timer="max_wait"):
                return self._waited_longest(context)
            case _:
                return IGNORED

    def _profile(self, context: Context) -> model.Queue | None:
        queues = context.settings_of(self.revision).queues
        return next((queue for queue in queues if queue.number == self.queue), None)

    def _begin(self, event: EnterQueue, context: Context) -> Outputs:
        self.flow, self.call, self.port = event.flow, event.call, event.port
        self.queue, self.language, self.revision = event.queue, event.language, event.revision
        self.entered = context.now
        entered = PlaceEntered(self.number, self.call, event.caller, event.priority, self.entered)
        queue = Address("queue", self.queue)
        if self._profile(context) is None or queue not in (
            machine.address for machine in context.directory.of_kind("queue")
        ):
            return self._overflow(Cause.UNKNOWN_QUEUE, context)
        return (Send(queue, entered),)

    def _accepted(self, position: int, context: Context) -> Outputs:
        profile = self._profile(context)
        assert profile is not None
        self.position = self.first_position = position
        mark = Send(
            Address("call", self.call), Mark("queue.entered", {"queue": self.queue, "position": position})
        )
        longest = Arm("max_wait", context.after(profile.max_wait_s * 1000))
        begin = self._music(context) if position == 1 else self._announce(context)
        return (mark, longest, *begin)

    # --- what the caller hears ---

    def _music(self, context: Context) -> Outputs:
        profile = self._profile(context)
        assert profile is not None
        self.state = State.MUSIC
        self.tag = context.new_number("tag")
        music = Say(self.port, (f"music:{profile.music}",), self.language, self.tag, loop=True)
        if not profile.announce_every_s:
            return (music,)
        return music, Arm("announce", context.after(profile.announce_every_s * 1000))

    def _announce(self, context: Context) -> Outputs:
        profile = self._profile(context)
        assert profile is not None
        sounds = self._announcement(profile)
        if not sounds:
            return self._music(context)
        self.state = State.ANNOUNCING
        self.tag = context.new_number("tag")
        return StopPlay(self.port), Say(self.port, sounds, self.language, self.tag)

    def _announcement(self, profile: model.Queue) -> tuple[str, ...]:
        sounds: tuple[str, ...] = ()
        if profile.announce_position:
            next_in_line = self.position == 1
            sounds += (
                say("queue.next", self.language)
                if next_in_line
                else say("queue.position", self.language, position=self.position)
            )
        if profile.announce_wait and self.estimate_s:
            if self.estimate_s > SPOKEN_WAIT_MAX_S:
                sounds += say("queue.wait_long", self.language)
            else:
                sounds += say("queue.wait_minutes", self.language, count=round(self.estimate_s / 60))
        return sounds

    # --- how it ends ---

    def _waited_longest(self, context: Context) -> Outputs:
        queue = next(
            (queue for queue in context.directory.of_kind("queue") if queue.number == self.queue), None
        )
        if isinstance(queue, Queue) and queue.is_offered(self.number):
            return (Arm("max_wait", context.after(OVERFLOW_AGAIN_MS)),)
        gone = Send(Address("queue", self.queue), PlaceGone(self.number, Cause.MAX_WAIT))
        return (StopPlay(self.port), gone, *self._overflow(Cause.MAX_WAIT, context))

    def _overflow(self, cause: Cause, _context: Context) -> Outputs:
        left = QueueLeft(self.queue, self.entered, cause.value, 0, self.first_position)
        return Send(Address("call", self.call), left), Send(self.flow, PlaceLeft(cause)), Finish()

    def _served(self, agent: int) -> Outputs:
        left = QueueLeft(self.queue, self.entered, "answered", agent, self.first_position)
        return (
            StopPlay(self.port),
            Send(Address("call", self.call), left),
            Send(self.flow, PlaceLeft(Cause.NORMAL)),
            Finish(),
        )

    def _leave(self, outcome: str, agent: int, cause: Cause) -> tuple[Output, ...]:
        left = QueueLeft(self.queue, self.entered, outcome, agent, self.first_position)
        gone = PlaceGone(self.number, cause)
        return Send(Address("call", self.call), left), Send(Address("queue", self.queue), gone)
