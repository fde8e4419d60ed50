# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A station: one FXS port, the line to a desk phone.

Its layers: `station_state` (what it is), `station_talks` (what its user is told), `station_digits` (what its user
dials), `station_bell` (how it rings), `station_lent` (the line doctor's loan), and here: the hook, a call as the phone
meets it, and the port itself.  Lifting a phone whose bell has just begun answers; before that it gives dial tone, and
the caller hears busy.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.port import (
    Alarm,
    AlarmCleared,
    HookClosed,
    OffHook,
    OnHook,
    Pulses,
    Removed,
    StopRing,
)
from dsp.vocabulary import (
    Detector,
    PlayEnded,
    PortFailed,
    ResetPort,
    SendEnded,
    SendTone,
    SetDetectors,
    SetPort,
    SpeechBegan,
    SpeechEnded,
    StopSend,
    StopTone,
    Tone,
)
from firmware.exchange.commands import LendPhone, ReturnPhone
from firmware.exchange.index import index_of
from firmware.exchange.machine import IGNORED, Context, Finish, Output, Outputs, Send
from firmware.exchange.messages import (
    Answered,
    Ask,
    Configured,
    DialNow,
    LegAnswered,
    LegConnected,
    LegFlashed,
    LegParted,
    LegReleased,
    LegRingback,
    LegSpeech,
    Message,
    ReleaseLeg,
    RingPhone,
    SeatTaken,
    StopDigits,
    TakeChoice,
    TakeDigits,
)
from firmware.exchange.station_lent import StationLent
from firmware.exchange.station_state import IN_CALL, LEFT_OFF_HOOK, ON_HOOK, State
from firmware.exchange.vocabulary import (
    AddressFound,
    AnyFact,
    Cause,
    Certainty,
    Expired,
    HookFound,
    KeyMode,
    KeyPressed,
    ListenKeys,
    MessagesWaiting,
    Party,
    Published,
    SecretJudged,
)
from firmware.settings.model import Phone, PhoneRole

# An opening no longer than this may be a dial pulse (drivers.port.Pulses), so it is no flash while a number is dialled.
PULSE_LONGEST_MS = 200


ANYTIME = frozenset(
    {
        Alarm,
        AlarmCleared,
        Removed,
        PortFailed,
        Configured,
        SeatTaken,
        MessagesWaiting,
        DialNow,
        RingPhone,
        Ask,
    }
)


class Station(StationLent):
    """See `station_state.StationState` for the fields."""

    def receive(self, event: AnyFact | Message, context: Context) -> Outputs:
        before, shown = self.state, (self.state, self.call, self.agent, self.extension)
        outputs = list(self._take(event, context))
        if shown != (self.state, self.call, self.agent, self.extension):
            if before is not self.state:
                self.since = context.now
                outputs += self._keep_allowed_timers()
            outputs.append(Published(self.report()))
        return outputs

    def _take(self, event: AnyFact | Message, context: Context) -> Outputs:
        match event:
            case Expired():
                return self._expired(event, context) if self._is_due(event.timer) else IGNORED
            case OffHook() | OnHook() | HookClosed() | HookFound():
                return self._hook(event, context)
            case KeyPressed(_, key):
                return self._key(key, context)
            case Pulses():
                return self._pulsed(event, context)
            case SpeechBegan() | SpeechEnded() if self.state in IN_CALL:
                return (self._tell_call(LegSpeech(self.leg, isinstance(event, SpeechBegan))),)
            case _ if type(event) not in ANYTIME:
                return self._in_progress(event, context)
            case Alarm(_, cause):
                return self._fail(Cause.OUT_OF_SERVICE, cause)
            case Removed() | PortFailed():
                return self._fail(Cause.CARD_REMOVED, "removed")
            case AlarmCleared() if self.state is State.OUT_OF_SERVICE:
                return self._recover(context)
            case Configured():
                return self._configure(context)
            case SeatTaken(agent):
                self.agent = agent
                return self._tell_agent()
            case MessagesWaiting(mailbox, count):
                others = tuple(entry for entry in self.waiting if entry[0] != mailbox)
                self.waiting = (*others, (mailbox, count)) if count else others
                return ()
            case DialNow(digits):
                return self._dial_now(digits, context)
            case RingPhone():
                return self._asked_to_ring(event, context)
            case Ask(command=LendPhone()):
                return self._lend(event, context)
            case Ask(command=ReturnPhone()):
                return self._give_back(event, context)
            case _:
                return IGNORED

    def _in_progress(self, event: AnyFact | Message, context: Context) -> Outputs:
        """What only has a meaning in the course of a call or a code."""
        match self.state, event:
            case State.RINGING, SendEnded(_, _, tag) if tag == self.tag and not self.ring_started:
                return self._start_bell(context)
            case State.TELLING, PlayEnded(_, _, tag) if tag == self.tag:
                return self._told(context)
            case State.ASKING, Answered() if self.command is not None:
                return self._answer_heard(event, context)
            case State.ASKING, AddressFound(request) if request == self.request:
                return self._address_heard(event, context)
            case State.SECRET, SecretJudged(request) if request == self.request:
                return self._pin_judged(event, context)
            case _, ReleaseLeg() if self.call and event.call in (0, self.call):
                return self._released(event.cause, context)
            case State.CALLING | State.HELD | State.TALKING, LegConnected():
                return self._connected()
            case State.TALKING, LegParted():
                self.state = State.HELD
                return ()
            case _, LegRingback(_, on) if self.state in IN_CALL:
                return (SendTone(self.number, Tone.RINGBACK) if on else StopTone(self.number),)
            case _, TakeDigits() if self.state in IN_CALL:
                return self._take_digits(event, context)
            case _, TakeChoice() if self.state in IN_CALL:
                return self._take_choice(event, context)
            case State.CONSULTING | State.CHOOSING, StopDigits():
                return self._stop_digits()
            case _:
                return IGNORED

    def _expired(self, event: Expired, context: Context) -> Outputs:
        match self.state, event.timer:
            case State.DIAL_TONE, "first_digit":
                return self._give_busy(Tone.BUSY, context)
            case State.DIALLING, "next_digit":
                return self._dialled(ended=True, context=context)
            case State.TELLING, "telling":
                return (*self._cut_short(), *self._told(context))
            case State.ASKING, "asking":
                return self._no_answer(context)
            case State.SECRET, "secret":
                return self._no_answer(context)
            case State.CONSULTING, "flash_digit":
                return self._consult_dialled(ended=True, context=context)
            case State.CHOOSING, "choice":
                return self._choose("")
            case State.BUSY, "off_hook":
                return self._howl(context)
            case State.HOWLER, "off_hook":
                return self._lock_out(context)
            case State.RINGING, "caller_id":
                return self._send_caller_id(context) if self.ring_started else self._start_bell(context)
            case State.RINGING, "own_ring":
                return self._become_idle(context)
            case State.LENT, "loan":
                return self._loan_over(context)
            case _:
                return IGNORED

    # --- the hook ---

    def _hook(self, event: OffHook | OnHook | HookClosed | HookFound, context: Context) -> Outputs:
        match event:
            case OffHook():
                return self._lift(context)
            case HookFound(_, True) if self.state in ON_HOOK or self.state is State.LENT:
                return self._lift(context)
            case OnHook() | HookFound(_, False) if self.is_lifted:
                return self._hang_up(Cause.NORMAL, context)
            case HookFound(_, False, ringing):
                return self._right_bell(ringing)
            case HookClosed(_, open_ms) if self.is_lifted:
                return self._opened_for(open_ms, context)
            case _:
                return IGNORED

    def _lift(self, context: Context) -> Outputs:
        match self.state:
            case State.IDLE:
                return self._lift_idle(context)
            case State.RINGING:
                return self._lift_ringing(context)
            case State.LENT if not self.lent_lifted:
                return self._lift_lent()
            case _:
                return IGNORED

    def _lift_idle(self, context: Context) -> Iterator[Output]:
        phone = self._phone(context)
        yield SetDetectors(self.number, Detector.DIGITS)
        if phone.role is PhoneRole.HOTLINE and phone.hotline_number:
            yield ListenKeys(self.number, KeyMode.DIRECT)
            yield from self._dial_whole(phone.hotline_number, context)
            return
        yield from self._give_dial_tone(context)
        yield from self._tell_agent()

    def _lift_ringing(self, context: Context) -> Iterator[Output]:
        """Caller ID under way is broken off at once: it must not burst into the user's ear (C6)."""
        yield StopRing(self.number)
        yield StopSend(self.number)
        yield SetDetectors(self.number, Detector.DIGITS)
        if self.dial_now:
            yield ListenKeys(self.number, KeyMode.DIRECT)
            keys, self.dial_now = self.dial_now, ""
            yield from self._dial_whole(keys, context)
            return
        self.state = State.CALLING
        yield self._tell_call(LegAnswered(self.leg, Certainty.SURE))
        yield from self._tell_agent()

    def _hang_up(self, cause: Cause, context: Context) -> Iterator[Output]:
        if self.call:
            yield self._tell_call(LegReleased(self.leg, cause))
        yield from self._become_idle(context)

    def _opened_for(self, open_ms: int, context: Context) -> Outputs:
        """The loop was open and is closed again: noise, a dial pulse, a flash, or a quick hang-up and lift (C28)."""
        phone = self._phone(context)
        if open_ms < phone.flash_shortest_ms or self.state is State.LENT:
            return IGNORED
        if self.state not in IN_CALL:
            quick = self.state not in LEFT_OFF_HOOK and open_ms <= PULSE_LONGEST_MS
            return IGNORED if quick else self._lift_anew(context)
        if phone.role is PhoneRole.FAX and open_ms <= phone.flash_longest_ms:
            return IGNORED
        if open_ms <= phone.flash_longest_ms:
            return self._flash(False, context)
        call = context.directory.call(self.call)
        outside = call is not None and call.has_outside_party
        if open_ms <= context.settings.timers.safe_flash_ms and outside:
            return self._flash(True, context)
        return self._lift_anew(context)

    def _flash(self, safe: bool, context: Context) -> Outputs:
        self.flashed_ns = context.now.mono_ns
        return (self._tell_call(LegFlashed(self.leg, safe)),)

    def _lift_anew(self, context: Context) -> Iterator[Output]:
        """On hook and off again, too quickly for the card to say so."""
        yield from self._hang_up(Cause.NORMAL, context)
        if self.state is State.IDLE:
            yield from self._lift_idle(context)

    # --- the line doctor's loan ---

    def _give_back(self, ask: Ask, context: Context) -> Iterator[Output]:
        lent = self.state is State.LENT
        if lent:
            yield from self._loan_over(context)
        yield Send(ask.reply_to, Answered(lent, None if lent else Cause.ALREADY))

    def _loan_over(self, context: Context) -> Iterator[Output]:
        """Whoever has the receiver in the hand goes on with dial tone."""
        if not self.lent_lifted:
            yield from self._become_idle(context)
            return
        self.lent_lifted = False
        yield self._flash_window(context)
        yield from self._give_dial_tone(context)
        yield from self._tell_agent()

    # --- in a call ---

    def _connected(self) -> Iterator[Output]:
        self.state = State.TALKING
        yield StopTone(self.number)
        yield SetDetectors(self.number, Detector.DIGITS | Detector.SPEECH)

    def _released(self, cause: Cause, context: Context) -> Iterator[Output]:
        """The call lets go of this phone: a bell stops, a lifted phone hears why until it is hung up."""
        if self.state is State.RINGING:
            yield from self._become_idle(context)
            return
        was_calling = self.state is State.CALLING
        self.call = self.leg = 0
        yield StopTone(self.number)
        if was_calling:
            yield from self._refused(cause, context)
        else:
            yield from self._give_busy(Tone.BUSY, context)
        yield from self._tell_agent()

    def _become_idle(self, context: Context) -> Iterator[Output]:
        """On hook: nothing of what was going on remains at the port."""
        was_ringing = self.state is State.RINGING
        if self.state is State.LENT:
            yield self._flash_window(context)
        yield from self._cancel_secret()
        if was_ringing:
            yield StopRing(self.number)
            yield StopSend(self.number)
        else:
            yield ListenKeys(self.number, KeyMode.OFF)
            yield ResetPort(self.number)
            yield SetDetectors(self.number, Detector.NONE)
        self._forget()
        self.state = State.IDLE
        if index_of(context.settings).phone(self.number) is None:
            yield Finish()
            return
        yield from self._tell_agent()

    def _forget(self) -> None:
        self.call = self.leg = self.tag = 0
        self.keys = self.dial_now = ""
        self.emergency = self.inside = self.ring_started = self.lent_lifted = False
        self.caller = Party()
        self.command = None
        self.flashed_ns = -1

    # --- the port ---

    def _configure(self, context: Context) -> Iterator[Output]:
        phone = index_of(context.settings).phone(self.number)
        if phone is None:
            if self.state in (State.IDLE, State.OUT_OF_SERVICE):
                yield Finish()
            return
        if not self.configured:
            self.configured = True
            self.since = context.now
            yield StopRing(self.number)
            yield ResetPort(self.number)
        self.extension = phone.extension
        yield from self._set_up(phone, context)

    def _set_up(self, phone: Phone, context: Context) -> Iterator[Output]:
        yield SetPort(self.number, context.settings.centre.country, phone.rx_gain_db, phone.tx_gain_db)
        yield self._flash_window(context)

    def _fail(self, cause: Cause, alarm: str) -> Iterator[Output]:
        if self.state is State.OUT_OF_SERVICE:
            return
        if self.call:
            yield self._tell_call(LegReleased(self.leg, cause))
        yield from self._cancel_secret()
        yield ListenKeys(self.number, KeyMode.OFF)
        yield StopRing(self.number)
        yield ResetPort(self.number)
        self._forget()
        self.alarm = alarm
        self.state = State.OUT_OF_SERVICE
        yield from self._tell_agent()

    def _recover(self, context: Context) -> Iterator[Output]:
        self.alarm = ""
        self.state = State.IDLE
        yield from self._set_up(self._phone(context), context)
        yield from self._tell_agent()
