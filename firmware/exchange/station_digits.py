# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a phone's user dials, from dial tone and within a call.  Layer 3 of `station.Station`.

Only this phone's own keys come here (C26); `numbering` says what they mean, and nothing but that decides where they go.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.port import Pulses
from dsp.vocabulary import SendTone, StopTone, Tone
from firmware.exchange.call import Call
from firmware.exchange.index import index_of
from firmware.exchange.machine import IGNORED, Context, Output, Outputs, Send, Spawn
from firmware.exchange.messages import DigitsTaken, Lifted, TakeChoice, TakeDigits
from firmware.exchange.numbering import (
    DIGITS_MAX,
    Barred,
    Code,
    Extension,
    Incomplete,
    Meaning,
    Operator,
    Outside,
    Vacant,
    interpret,
)
from firmware.exchange.station_state import State
from firmware.exchange.station_talks import StationTalks
from firmware.exchange.vocabulary import KeyMode, ListenKeys

KEYS = frozenset("0123456789*#")
# A flash within the length of a dial pulse is counted as one by the card, 300 ms later (drivers.port.Pulses).
FLASH_IS_NO_PULSE_MS = 500
# Keys that follow each other so quickly belong to one number, also when its beginning was refused already: the rest of
# a barred number must not be dialled as another one.
SAME_NUMBER_MS = 2_000


class StationDigits(StationTalks):
    """Keys, and where they lead."""

    def _pulsed(self, event: Pulses, context: Context) -> Outputs:
        """A pulse-dialled digit is a key like any other; the single pulse of a flash is none."""
        since_flash_ns = context.now.mono_ns - self.flashed_ns
        flashed = self.flashed_ns >= 0 and since_flash_ns < FLASH_IS_NO_PULSE_MS * 1_000_000
        if (flashed and event.count == 1) or not 1 <= event.count <= 10:
            return IGNORED
        return self._key(str(event.count % 10), context)

    def _key(self, key: str, context: Context) -> Outputs:
        if key not in KEYS:
            return IGNORED
        goes_on = self.key_ns >= 0 and context.now.mono_ns - self.key_ns < SAME_NUMBER_MS * 1_000_000
        self.key_ns = context.now.mono_ns
        match self.state:
            case State.DIAL_TONE | State.DIALLING:
                return self._dial_key(key, context)
            case State.TELLING if self.failed and goes_on:
                return ()
            case State.TELLING:
                return (*self._cut_short(), *self._dial_key(key, context))
            case State.BUSY | State.HOWLER | State.LOCKED_OUT | State.LENT:
                return self._emergency_key(key if not goes_on else self.keys + key, context)
            case State.CONSULTING:
                return self._consult_key(key, context)
            case State.CHOOSING:
                return self._choose(key)
            case _:
                return IGNORED

    # --- from dial tone ---

    def _dial_key(self, key: str, context: Context) -> Iterator[Output]:
        if not self.keys:
            yield StopTone(self.number)
        self.state = State.DIALLING
        self.keys += key
        yield from self._dialled(ended=False, context=context)

    def _dial_whole(self, keys: str, context: Context) -> Iterator[Output]:
        """Keys that are known at once: a hotline's, or a click's."""
        self.state = State.DIALLING
        self.keys = keys
        yield from self._dialled(ended=True, context=context)

    def _dialled(self, ended: bool, context: Context) -> Iterator[Output]:
        index = index_of(context.settings)
        phone = self._phone(context)
        meaning: Meaning = interpret(self.keys, index.plan, ended)
        match meaning:
            case Incomplete():
                yield self._arm("next_digit", context.settings.numbering.next_digit_ms, context)
            case Extension(extension) if extension == phone.extension:
                yield from self._tell_failure("station.self", Tone.BUSY, context)
            case Extension(extension):
                yield from self._make_call(Lifted(self.number, extension=extension), context)
            case Operator():
                operator = index.operator()
                if operator is None or operator == phone.extension:
                    yield from self._tell_failure("number.vacant", Tone.VACANT, context)
                else:
                    yield from self._make_call(Lifted(self.number, extension=operator), context)
            case Outside(_, emergency) if not (phone.outside or emergency):
                yield from self._tell_failure("outside.not_allowed", Tone.BUSY, context)
            case Outside(digits, emergency):
                self.emergency = emergency
                yield from self._make_call(Lifted(self.number, outside=digits, emergency=emergency), context)
            case Barred():
                yield from self._tell_failure("number.barred", Tone.BUSY, context)
            case Code(action, arguments):
                yield from self._begin_code(action, arguments, context)
            case Vacant(code=True):
                yield from self._tell_failure("code.unknown", None, context)
            case Vacant():
                yield from self._tell_failure("number.vacant", Tone.VACANT, context)

    def _make_call(self, lifted: Lifted, context: Context) -> Iterator[Output]:
        call = Call(context.new_number("call"))
        self.state = State.CALLING
        self.call, self.leg = call.number, 1
        self.keys = ""
        yield ListenKeys(self.number, KeyMode.OFF)
        yield Spawn(call)
        yield self._tell_call(lifted)
        yield from self._tell_agent()

    def _emergency_key(self, keys: str, context: Context) -> Outputs:
        """Of a phone left off hook, locked out too, only emergency numbers count, and they need no hanging up."""
        self.keys = keys[-DIGITS_MAX:]
        match interpret(self.keys, index_of(context.settings).plan):
            case Outside(digits, True):
                self.emergency = True
                lifted = Lifted(self.number, outside=digits, emergency=True)
                return (StopTone(self.number), *self._make_call(lifted, context))
            case _:
                return ()

    # --- in a call, for a transfer ---

    def _take_digits(self, event: TakeDigits, context: Context) -> Iterator[Output]:
        self.state = State.CONSULTING
        self.taker = event.to
        self.keys = ""
        yield SendTone(self.number, Tone.DIAL)
        yield ListenKeys(self.number, KeyMode.DIRECT)
        yield self._arm("flash_digit", context.settings.timers.flash_digit_ms, context)

    def _take_choice(self, event: TakeChoice, context: Context) -> Iterator[Output]:
        self.state = State.CHOOSING
        self.taker = event.to
        yield ListenKeys(self.number, KeyMode.DIRECT)
        yield self._arm("choice", event.wait_ms, context)

    def _consult_key(self, key: str, context: Context) -> Iterator[Output]:
        if not self.keys:
            yield StopTone(self.number)
        self.keys += key
        yield from self._consult_dialled(ended=False, context=context)

    def _consult_dialled(self, ended: bool, context: Context) -> Iterator[Output]:
        """In a call only extensions and outside numbers count; anything else leads back to the held party."""
        index = index_of(context.settings)
        keys, meaning = self.keys, interpret(self.keys, index.plan, ended)
        match meaning:
            case Incomplete():
                yield self._arm("flash_digit", context.settings.timers.flash_digit_ms, context)
                return
            case Extension(extension):
                taken = DigitsTaken(self.leg, keys, extension=extension)
            case Operator():
                taken = DigitsTaken(self.leg, keys, extension=index.operator() or "")
            case Outside(digits, emergency):
                taken = DigitsTaken(self.leg, keys, outside=digits, emergency=emergency)
            case _:
                taken = DigitsTaken(self.leg, keys)
        self.state = State.CALLING
        self.keys = ""
        yield StopTone(self.number)
        yield ListenKeys(self.number, KeyMode.OFF)
        yield Send(self.taker, taken)

    def _choose(self, key: str) -> Iterator[Output]:
        self.state = State.TALKING
        yield ListenKeys(self.number, KeyMode.OFF)
        yield Send(self.taker, DigitsTaken(self.leg, key))

    def _stop_digits(self) -> Iterator[Output]:
        self.state = State.TALKING if self.state is State.CHOOSING else State.CALLING
        self.keys = ""
        yield StopTone(self.number)
        yield ListenKeys(self.number, KeyMode.OFF)
