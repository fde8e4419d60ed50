# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""An agent: one person, one state, at one seat, in any number of queues.

A reservation expires by itself (C9), wrap-up is a state with its own deadline (C8), misses pause the agent and one code
takes the pause back (C20).  Whether the phone is in use is told by its station; an agent is available when idle,
rested, and at a phone that can be rung.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

import msgspec

from firmware.exchange.commands import JoinQueue, LeaveQueue, LogIn, LogOut, Pause, Ready
from firmware.exchange.machine import IGNORED, Context, Finish, Machine, Output, Outputs, Send
from firmware.exchange.messages import (
    AgentAnswered,
    AgentHandled,
    AgentRefused,
    AgentReleased,
    AgentReserved,
    Answered,
    Ask,
    Configured,
    Message,
    Rematch,
    ReserveAgent,
    SeatBusy,
    SeatIdle,
    SeatOut,
    SeatTaken,
    ServiceRestarted,
)
from firmware.exchange.vocabulary import (
    Address,
    AgentReport,
    AnyFact,
    Arm,
    Cause,
    Disarm,
    Expired,
    Instant,
    Published,
)
from firmware.settings import model

# A phone that could not be rung (lifted this instant, left off hook, out of order) is tried again after so long.
UNREACHABLE_REST_MS = 3_000


class State(Enum):
    LOGGED_OUT = "logged_out"
    IDLE = "idle"
    RESERVED = "reserved"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


class After(Enum):
    """What an agent asked for while a call was on: done when the call is over."""

    NOTHING = "nothing"
    PAUSE = "pause"
    LOG_OUT = "log_out"


# Asked of every agent at every turn of a queue: Python 3.11 takes several times as long for the member of an enum.
_IDLE = State.IDLE


class Agent(Machine):
    """since: the moment of the last change of state.  idle_since_ns orders the longest idle first.

    shown: the board knows the agent, who is there before the first login too.
    """

    KIND: ClassVar[str] = "agent"
    state: State = State.LOGGED_OUT
    extension: str = ""
    port: int = 0
    queues: tuple[int, ...] = ()
    since: Instant = Instant(0, 0)
    idle_since_ns: int = 0
    call: int = 0
    offer: int = 0
    served_queue: int = 0
    served_since_ns: int = 0
    wrap_up_ms: int = 0
    wrap_up_until_civil_ns: int = 0
    pause_code: int = 0
    misses: int = 0
    seat_busy: bool = False
    seat_out: bool = False
    resting: bool = False
    after: After = After.NOTHING
    shown: bool = False

    @property
    def available(self) -> bool:
        """Whether an offer may be made now."""
        return not (self.seat_busy or self.seat_out or self.resting) and self.state is _IDLE

    def timers_allowed(self) -> frozenset[str]:
        allowed = {
            State.IDLE: {"rest"},
            State.RESERVED: {"reservation"},
            State.WRAP_UP: {"wrap_up"},
        }
        return frozenset(allowed.get(self.state, set()))

    def receive(self, event: AnyFact | Message, context: Context) -> Outputs:
        before = msgspec.structs.replace(self)
        outputs = list(self._take(event, context))
        if self == before:
            return outputs
        if self.state is not before.state:
            self.since = context.now
        outputs.append(Published(self.report()))
        if self.available or before.available or self.queues != before.queues or self._login_changed(before):
            outputs += [Send(Address("queue", queue), Rematch()) for queue in {*self.queues, *before.queues}]
        return outputs

    def _login_changed(self, before: Agent) -> bool:
        return (self.state is State.LOGGED_OUT) is not (before.state is State.LOGGED_OUT)

    def _take(self, event: AnyFact | Message, context: Context) -> Outputs:
        match self.state, event:
            case _, Ask():
                return self._command(event, context)
            case State.IDLE, ReserveAgent() if self.available:
                return self._reserve(event)
            case _, ReserveAgent():
                return (Send(Address("offer", event.offer), AgentRefused(Cause.BUSY)),)
            case State.RESERVED, AgentAnswered(offer) if offer == self.offer:
                return self._talk(event, context)
            case State.RESERVED, AgentReleased(offer, missed, unreachable) if offer == self.offer:
                return self._offer_over(missed, unreachable, context)
            case State.RESERVED, Expired(timer="reservation"):
                return self._offer_over(missed=False, unreachable=True, context=context)
            case State.TALKING, SeatIdle():
                self.seat_busy = False
                return self._call_over(context)
            case State.TALKING, SeatOut():
                self.seat_busy, self.seat_out = False, True
                return self._call_over(context)
            case State.TALKING, SeatBusy(call) if call != self.call:
                self.seat_busy = True
                return self._call_over(context)
            case State.WRAP_UP, Expired(timer="wrap_up"):
                return self._wrap_up_over(context)
            case State.IDLE, Expired(timer="rest"):
                self.resting = False
                return ()
            case _, SeatBusy():
                self.seat_busy = True
                return ()
            case _, SeatIdle():
                self.seat_busy = self.seat_out = False
                return ()
            case _, SeatOut():
                self.seat_out = True
                return ()
            case _, Configured():
                return self._configured(context)
            case _, ServiceRestarted():
                return self._restarted(context)
            case _:
                return IGNORED

    # --- commands ---

    def _command(self, ask: Ask, context: Context) -> Outputs:
        match ask.command:
            case LogIn(_, extension):
                outputs, refused = self._log_in(extension, context)
            case _ if self.state is State.LOGGED_OUT:
                outputs, refused = (), Cause.NOT_LOGGED_IN
            case LogOut():
                outputs, refused = self._log_out(context), None
            case Pause(_, code):
                outputs, refused = self._pause(code, context), None
            case Ready():
                outputs, refused = self._ready(context), None
            case JoinQueue(_, queue):
                outputs, refused = self._join(queue, context)
            case LeaveQueue(_, queue):
                outputs, refused = self._leave(queue, context)
            case _:
                raise AssertionError(f"no command of an agent: {ask.command!r}")
        answer = Send(ask.reply_to, Answered(refused is None, refused))
        return (*outputs, answer)

    def _log_in(self, extension: str, context: Context) -> tuple[Outputs, Cause | None]:
        phone = next((phone for phone in context.settings.phones if phone.extension == extension), None)
        if phone is None or context.directory.station(phone.port) is None:
            return (), Cause.VACANT
        others = context.directory.agents()
        if any(other.port == phone.port and other.number != self.number for other in others):
            return (), Cause.SEAT_TAKEN
        if self.state is not State.LOGGED_OUT and self.port == phone.port:
            return (), Cause.ALREADY
        if self.state in (State.RESERVED, State.TALKING):
            return (), Cause.BUSY
        moved: tuple[Output, ...] = () if not self.port else self._leave_seat()
        if self.state is State.LOGGED_OUT:
            self.queues = self._profile(context).queues
            self.misses = 0
        self.extension, self.port = phone.extension, phone.port
        self.seat_out = False
        became_idle = self._become_idle(context)
        return (*moved, *became_idle, Send(Address("station", self.port), SeatTaken(self.number))), None

    def _leave_seat(self) -> tuple[Output, ...]:
        return (Send(Address("station", self.port), SeatTaken(0)),)

    def _log_out(self, context: Context) -> Outputs:
        if self.state in (State.RESERVED, State.TALKING):
            self.after = After.LOG_OUT
            return ()
        return self._become_logged_out()

    def _pause(self, code: int, context: Context) -> Outputs:
        self.pause_code = code
        if self.state in (State.RESERVED, State.TALKING):
            self.after = After.PAUSE
            return ()
        return self._become_paused()

    def _ready(self, context: Context) -> Outputs:
        self.after = After.NOTHING
        self.misses = 0
        if self.state in (State.RESERVED, State.TALKING):
            return ()
        return self._become_idle(context)

    def _join(self, queue: int, context: Context) -> tuple[Outputs, Cause | None]:
        wanted = self._profile(context).queues if queue == 0 else (queue,)
        known = {queue.number for queue in context.settings.queues}
        if not known.issuperset(wanted):
            return (), Cause.UNKNOWN_QUEUE
        self.queues = tuple(sorted({*self.queues, *wanted}))
        return (), None

    def _leave(self, queue: int, context: Context) -> tuple[Outputs, Cause | None]:
        if queue and queue not in self.queues:
            return (), Cause.UNKNOWN_QUEUE
        self.queues = () if queue == 0 else tuple(number for number in self.queues if number != queue)
        return (), None

    # --- offers and calls ---

    def _reserve(self, event: ReserveAgent) -> Outputs:
        self.state = State.RESERVED
        self.offer, self.served_queue, self.call = event.offer, event.queue, event.call
        return (
            Arm("reservation", event.until_ns),
            Send(Address("offer", event.offer), AgentReserved(self.extension)),
        )

    def _talk(self, event: AgentAnswered, context: Context) -> Outputs:
        self.state = State.TALKING
        self.seat_busy = True
        self.misses = 0
        self.served_queue, self.wrap_up_ms = event.queue, event.wrap_up_ms
        self.served_since_ns = context.now.mono_ns
        return (Disarm("reservation"),)

    def _offer_over(self, missed: bool, unreachable: bool, context: Context) -> Outputs:
        """A miss is counted; a phone that can't be rung rests too, or it would be offered again and again at once."""
        queue = next((queue for queue in context.settings.queues if queue.number == self.served_queue), None)
        self.offer = self.call = 0
        disarm: Output = Disarm("reservation")
        if missed:
            self.misses += 1
        if self.after is not After.NOTHING:
            return (disarm, *self._follow_up(context))
        if missed and queue is not None and 0 < queue.pause_after_misses <= self.misses:
            self.pause_code = 0
            return (disarm, *self._become_paused())
        since_ns = self.idle_since_ns
        outputs = (disarm, *self._become_idle(context))
        if not missed:
            self.idle_since_ns = since_ns  # an offer withdrawn costs nobody their turn
        rest_ms = queue.again_after_no_answer_s * 1000 if missed and queue is not None else 0
        if unreachable:
            rest_ms = UNREACHABLE_REST_MS
        if rest_ms:
            self.resting = True
            outputs = (*outputs, Arm("rest", context.after(rest_ms)))
        return outputs

    def _call_over(self, context: Context) -> Outputs:
        """The call stays named during wrap-up: its time belongs to that call's handling."""
        self.offer = 0
        if self.after is not After.NOTHING:
            return (*self._handled(context), *self._follow_up(context))
        if self.wrap_up_ms == 0:
            return (*self._handled(context), *self._become_idle(context))
        self.state = State.WRAP_UP
        self.wrap_up_until_civil_ns = context.now.civil_ns + self.wrap_up_ms * 1_000_000
        return (Arm("wrap_up", context.after(self.wrap_up_ms)),)

    def _wrap_up_over(self, context: Context) -> Outputs:
        return self._become_idle(context)

    def _handled(self, context: Context) -> tuple[Output, ...]:
        """The queue's estimate of waits learns from every caller dealt with."""
        if not self.served_queue:
            return ()
        handled_ms = (context.now.mono_ns - self.served_since_ns) // 1_000_000
        queue, self.served_queue = self.served_queue, 0
        return (Send(Address("queue", queue), AgentHandled(handled_ms)),)

    def _follow_up(self, context: Context) -> tuple[Output, ...]:
        after, self.after = self.after, After.NOTHING
        return self._become_logged_out() if after is After.LOG_OUT else self._become_paused()

    # --- states ---

    def _become_idle(self, context: Context) -> tuple[Output, ...]:
        outputs = self._leave_state(context)
        self.state = State.IDLE
        self.call = self.pause_code = 0
        self.idle_since_ns = context.now.mono_ns
        return outputs

    def _become_paused(self) -> tuple[Output, ...]:
        outputs = self._stop_timers()
        self.state = State.PAUSED
        self.call = 0
        self.after = After.NOTHING
        return outputs

    def _become_logged_out(self) -> tuple[Output, ...]:
        outputs = (*self._stop_timers(), *self._leave_seat())
        self.state = State.LOGGED_OUT
        self.extension, self.port, self.queues = "", 0, ()
        self.call = self.pause_code = self.misses = 0
        self.seat_busy = self.seat_out = False
        self.after = After.NOTHING
        return outputs

    def _leave_state(self, context: Context) -> tuple[Output, ...]:
        handled = self._handled(context) if self.state is State.WRAP_UP else ()
        return (*self._stop_timers(), *handled)

    def _stop_timers(self) -> tuple[Output, ...]:
        self.resting = False
        return tuple(Disarm(timer) for timer in self.timers_allowed())

    # --- settings and restart ---

    def _profile(self, context: Context) -> model.Agent:
        return next(agent for agent in context.settings.agents if agent.number == self.number)

    def _configured(self, context: Context) -> Outputs:
        if not any(agent.number == self.number for agent in context.settings.agents):
            if self.state in (State.RESERVED, State.TALKING):
                self.after = After.LOG_OUT
                return ()
            left = self._become_logged_out() if self.port else ()
            return (*left, Finish())
        known = {queue.number for queue in context.settings.queues}
        self.queues = tuple(number for number in self.queues if number in known)
        phone = next((phone for phone in context.settings.phones if phone.port == self.port), None)
        if self.port and phone is None and self.state not in (State.RESERVED, State.TALKING):
            return self._become_logged_out()
        if phone is not None:
            self.extension = phone.extension
        self.shown = True
        return ()

    def _restarted(self, context: Context) -> Outputs:
        """Login, pause, wrap-up and queues go on; what was in progress is over, and the phone will say how it is."""
        self.offer = self.call = 0
        self.seat_busy = self.seat_out = self.resting = False
        if not self.port:
            return (Published(self.report()),)
        seat = Send(Address("station", self.port), SeatTaken(self.number))
        match self.state:
            case State.WRAP_UP:
                left_ms = (self.wrap_up_until_civil_ns - context.now.civil_ns) // 1_000_000
                # A clock that jumped must not hold an agent for longer than the whole wrap-up.
                wait_ms = min(max(left_ms, 0), self.wrap_up_ms)
                return (seat, Arm("wrap_up", context.after(wait_ms)), Published(self.report()))
            case State.RESERVED | State.TALKING:
                follow_up = (
                    self._become_idle(context) if self.after is After.NOTHING else self._follow_up(context)
                )
                return (*follow_up, seat) if self.port else follow_up
            case State.IDLE:
                self.idle_since_ns = context.now.mono_ns
        return (seat, Published(self.report()))

    def report(self) -> AgentReport:
        state = self.state.value
        if self.state is State.IDLE and (self.seat_busy or self.seat_out):
            state = "busy"
        return AgentReport(
            self.number,
            state,
            self.extension,
            self.call,
            self.pause_code,
            self.misses,
            self.queues,
            self.since,
        )
