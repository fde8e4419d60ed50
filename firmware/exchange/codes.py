# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What each star code asks for, and what is said of its result.

A new code is a field of `settings.model.Codes`, its arguments here, a case in `begin`, and its phrases.  Every code
ends in something spoken (A27), and works with no side service at all (C21).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from firmware.exchange.commands import Actor, CoreCommand, JoinQueue, LeaveQueue, LogIn, LogOut, Pause, Ready
from firmware.exchange.messages import Answered
from firmware.exchange.queue import Queue
from firmware.exchange.vocabulary import Cause, Verdict
from firmware.speech.grammar import say, say_codes

if TYPE_CHECKING:
    from firmware.exchange.machine import Context

Sounds = tuple[str, ...]


class Length(Enum):
    """How long an argument is: one key, or as many as come until '#' or the time-out."""

    ONE = "one"
    FREE = "free"


ARGUMENTS: dict[str, tuple[Length, ...]] = {
    "speak_codes": (),
    "log_in": (Length.FREE,),
    "log_out": (),
    "join_queue": (Length.FREE,),
    "leave_queue": (Length.FREE,),
    "pause": (Length.ONE,),
    "ready": (),
    "waiting": (),
    "who_am_i": (),
    "box_address": (),
}
OF_AN_AGENT = frozenset({"log_out", "join_queue", "leave_queue", "pause", "ready"})


class Seat(msgspec.Struct, frozen=True):
    """Who asks, from where.  agent: 0 where nobody is logged in."""

    port: int
    extension: str
    agent: int
    language: str

    @property
    def actor(self) -> Actor:
        return Actor("seat", self.extension, "seat")


class Speak(msgspec.Struct, frozen=True, tag=True):
    """The answer is known."""

    sounds: Sounds


class Do(msgspec.Struct, frozen=True, tag=True):
    """Ask the exchange; `result` says what came of it."""

    command: CoreCommand


class AskPin(msgspec.Struct, frozen=True, tag=True):
    """Have a PIN keyed and judged; `judged` says how to go on."""

    agent: int


class AskAddress(msgspec.Struct, frozen=True, tag=True):
    """Have the box's address looked up; `address` says it."""


Step = Speak | Do | AskPin | AskAddress


def begin(action: str, arguments: tuple[str, ...], seat: Seat, context: Context) -> Step:
    """The first step of a code."""
    if action in OF_AN_AGENT and not seat.agent:
        return Speak(say("agent.not_logged_in", seat.language))
    match action, tuple(int(argument) for argument in arguments):
        case "log_in", (agent,):
            return AskPin(agent)
        case "log_out", _:
            return Do(LogOut(seat.agent))
        case "join_queue", (queue,):
            return Do(JoinQueue(seat.agent, queue))
        case "leave_queue", (queue,):
            return Do(LeaveQueue(seat.agent, queue))
        case "pause", (code,) if code > 0:
            return Do(Pause(seat.agent, code))
        case "ready", _:
            return Do(Ready(seat.agent))
        case "waiting", _:
            return Speak(say("queue.waiting", seat.language, count=_waiting(seat, context)))
        case "who_am_i", _:
            return Speak(_who_am_i(seat))
        case "box_address", _:
            return AskAddress()
        case "speak_codes", _:
            return Speak(say_codes(_codes_of(seat, context), seat.language))
        case _:
            return Speak(say("code.unknown", seat.language))


def judged(agent: int, verdict: Verdict, seat: Seat) -> Step:
    """How a login goes on.  An unknown agent, no PIN and a wrong PIN sound alike, so that none can be guessed."""
    match verdict:
        case Verdict.RIGHT:
            return Do(LogIn(agent, seat.extension))
        case Verdict.LOCKED:
            return Speak(say("agent.locked", seat.language))
        case Verdict.TIMED_OUT:
            return Speak(say("code.incomplete", seat.language))
        case _:
            return Speak(say("agent.wrong_pin", seat.language))


_REFUSALS = {
    Cause.NOT_LOGGED_IN: "agent.not_logged_in",
    Cause.SEAT_TAKEN: "agent.phone_taken",
    Cause.UNKNOWN_QUEUE: "queue.unknown",
    Cause.UNKNOWN_AGENT: "agent.wrong_pin",
    Cause.NOT_ALLOWED: "not_allowed",
    Cause.BUSY: "not_now",
    Cause.ALREADY: "agent.logged_in",
}


def result(command: CoreCommand, answered: Answered, language: str) -> Sounds:
    """What is said of a command's answer."""
    if not answered.ok:
        phrase = "failed" if answered.cause is None else _REFUSALS.get(answered.cause, "failed")
        return say(phrase, language)
    match command:
        case LogIn():
            return say("agent.logged_in", language)
        case LogOut():
            return say("agent.logged_out", language)
        case JoinQueue(_, 0):
            return say("queue.joined_all", language)
        case JoinQueue(_, queue):
            return say("queue.joined", language, queue=queue)
        case LeaveQueue(_, 0):
            return say("queue.left_all", language)
        case LeaveQueue(_, queue):
            return say("queue.left", language, queue=queue)
        case Pause(_, code):
            return say("agent.paused_reason", language, pause_reason=code)
        case Ready():
            return say("agent.ready", language)
        case _:
            return say("done", language)


def address(found: str, language: str) -> Sounds:
    """The box's address, dotted, or that there is none."""
    return say("box.address", language, address=found) if found else say("box.no_address", language)


def _who_am_i(seat: Seat) -> Sounds:
    agent = (
        say("station.agent", seat.language, agent=seat.agent)
        if seat.agent
        else say("station.no_agent", seat.language)
    )
    extension = say("station.extension", seat.language, extension=seat.extension)
    return (*extension, *agent, *say("station.line", seat.language, port=seat.port))


def _waiting(seat: Seat, context: Context) -> int:
    """Callers in the agent's queues, or in all of them where nobody is logged in."""
    agent = context.directory.agent(seat.agent) if seat.agent else None
    queues = (machine for machine in context.directory.of_kind("queue") if isinstance(machine, Queue))
    return sum(len(queue.waiting) for queue in queues if agent is None or queue.number in agent.queues)


def _codes_of(seat: Seat, context: Context) -> dict[str, str]:
    codes: dict[str, str] = context.settings.codes.model_dump()
    return {action: code for action, code in codes.items() if seat.agent or action not in OF_AN_AGENT}
