# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a station is and what it says of itself.  Layer 1 of `station.Station`; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import ClassVar

from dsp.vocabulary import Tone
from firmware.exchange.codes import Seat
from firmware.exchange.commands import CoreCommand
from firmware.exchange.index import index_of
from firmware.exchange.machine import Context, Output, Send
from firmware.exchange.messages import Message, SeatBusy, SeatIdle, SeatOut
from firmware.exchange.timed import TimedMachine
from firmware.exchange.vocabulary import Address, Cause, Instant, Party, PhoneReport
from firmware.settings.model import Phone


class State(Enum):
    IDLE = "idle"
    RINGING = "ringing"
    DIAL_TONE = "dial_tone"
    DIALLING = "dialling"
    ASKING = "asking"  # a code's answer is awaited
    SECRET = "secret"  # a PIN is being keyed, in the shell
    TELLING = "telling"  # something is being said
    CALLING = "calling"  # in a call, and nobody to talk with yet
    TALKING = "talking"
    HELD = "held"
    CONSULTING = "consulting"  # dialling in a call, the other party held
    CHOOSING = "choosing"  # one key in a call
    BUSY = "busy"
    HOWLER = "howler"
    LOCKED_OUT = "locked_out"
    OUT_OF_SERVICE = "out_of_service"
    LENT = "lent"  # to the line doctor


TIMERS: dict[State, frozenset[str]] = {
    State.RINGING: frozenset({"caller_id", "own_ring"}),
    State.DIAL_TONE: frozenset({"first_digit"}),
    State.DIALLING: frozenset({"next_digit"}),
    State.ASKING: frozenset({"asking"}),
    State.SECRET: frozenset({"secret"}),
    State.TELLING: frozenset({"telling"}),
    State.CONSULTING: frozenset({"flash_digit"}),
    State.CHOOSING: frozenset({"choice"}),
    State.BUSY: frozenset({"off_hook"}),
    State.HOWLER: frozenset({"off_hook"}),
    State.LENT: frozenset({"loan"}),
}
IN_CALL = frozenset({State.CALLING, State.TALKING, State.HELD, State.CONSULTING, State.CHOOSING})
ON_HOOK = frozenset({State.IDLE, State.RINGING})
LEFT_OFF_HOOK = frozenset({State.BUSY, State.HOWLER, State.LOCKED_OUT})
SHOWN = {
    State.ASKING: "dialling",
    State.SECRET: "dialling",
    State.TELLING: "dialling",
    State.CONSULTING: "dialling",
    State.CHOOSING: "talking",
}


class StationState(TimedMachine):
    """number: the port.  call, leg: the call it takes part in, 0 for none.  agent: who is logged in here, 0 for nobody.

    keys: dialled so far.  dial_now: what to dial when the ringing phone is lifted (click to dial).  caller: whom a
    ringing phone shows.  after: the tone that follows what is being said; None: dial tone.  taker: who wants the digits
    dialled in a call.  waiting: messages by mailbox.  flashed_ns, key_ns: of the last flash and the last key.
    failed: what is being said is that the number was no good.  lent_lifted: on loan, and off hook.
    """

    KIND: ClassVar[str] = "station"
    state: State = State.IDLE
    since: Instant = Instant(0, 0)
    extension: str = ""
    call: int = 0
    leg: int = 0
    agent: int = 0
    keys: str = ""
    emergency: bool = False
    dial_now: str = ""
    caller: Party = Party()
    inside: bool = False
    ring_started: bool = False
    tag: int = 0
    after: Tone | None = None
    command: CoreCommand | None = None
    request: int = 0
    pin_of: int = 0
    taker: Address = Address("", 0)
    waiting: tuple[tuple[int, int], ...] = ()
    flashed_ns: int = -1
    key_ns: int = -1
    failed: bool = False
    lent_lifted: bool = False
    configured: bool = False
    alarm: str = ""

    def timers_allowed(self) -> frozenset[str]:
        return TIMERS.get(self.state, frozenset())

    @property
    def is_lifted(self) -> bool:
        return self.state not in ON_HOOK and self.state is not State.OUT_OF_SERVICE

    def report(self) -> PhoneReport:
        state = SHOWN.get(self.state, self.state.value)
        return PhoneReport(self.number, self.extension, state, self.call, self.agent, self.since)

    # --- for the layers above ---

    def _phone(self, context: Context) -> Phone:
        """The profile; a phone taken out of the settings while in use keeps the defaults until it is on hook."""
        phone = index_of(context.settings).phone(self.number)
        if phone is not None:
            return phone
        return Phone.model_construct(port=self.number, extension=self.extension, name="?", outside=False)

    def _language(self, context: Context) -> str:
        return index_of(context.settings).phone_language(self._phone(context), self.agent)

    def _seat(self, context: Context) -> Seat:
        return Seat(self.number, self._phone(context).extension, self.agent, self._language(context))

    def _tell_call(self, message: Message) -> Output:
        return Send(Address("call", self.call), message)

    def _tell_agent(self) -> Iterator[Output]:
        """Whoever sits here learns how the phone is now."""
        if not self.agent:
            return
        message: Message
        match self.state:
            case State.IDLE:
                message = SeatIdle()
            case State.LOCKED_OUT:
                message = SeatOut(Cause.LOCKED_OUT)
            case State.OUT_OF_SERVICE:
                message = SeatOut(Cause.OUT_OF_SERVICE)
            case _:
                message = SeatBusy(self.call)
        yield Send(Address("agent", self.agent), message)
