# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a lifted phone is told: tones, spoken results of codes, and the ladder for a phone left off hook.

Layer 2 of `station.Station`.  Dial tone not used becomes busy tone, then the howler, then lock-out: the phone is
rung no more until it has been on hook (D15).
"""

from __future__ import annotations

from collections.abc import Iterator

from dsp.vocabulary import SendTone, StopPlay, StopTone, Tone
from firmware.exchange import codes
from firmware.exchange.machine import Context, Output, Send
from firmware.exchange.messages import Answered, Ask
from firmware.exchange.station_state import State, StationState
from firmware.exchange.vocabulary import (
    Address,
    AddressFound,
    AlarmReport,
    CancelSecret,
    Cause,
    CollectSecret,
    FindAddress,
    KeyMode,
    ListenKeys,
    Published,
    Say,
    SecretJudged,
)
from firmware.speech.grammar import say

PIN_KEYS_MAX = 12
PIN_FIRST_MS = 10_000
PIN_NEXT_MS = 4_000
PIN_GUARD_MS = PIN_FIRST_MS + PIN_KEYS_MAX * PIN_NEXT_MS + 10_000  # the shell's verdict comes long before
ANSWER_MS = 5_000
TELLING_MS = 60_000

TONES = {
    Cause.VACANT: Tone.VACANT,
    Cause.CONGESTION: Tone.CONGESTION,
    Cause.NO_LINE: Tone.CONGESTION,
    Cause.NO_DIAL_TONE: Tone.CONGESTION,
    Cause.OUT_OF_SERVICE: Tone.CONGESTION,
    Cause.GAVE_WAY: Tone.CONGESTION,
    Cause.FAULT: Tone.CONGESTION,
}
PHRASES = {
    Cause.VACANT: "number.vacant",
    Cause.NO_LINE: "lines.busy",
    Cause.NO_DIAL_TONE: "lines.no_dial_tone",
    Cause.LOCKED_OUT: "station.unavailable",
}


class StationTalks(StationState):
    """Tones, speech, and codes."""

    # --- dial tone and the ladder ---

    def _give_dial_tone(self, context: Context) -> Iterator[Output]:
        self.state = State.DIAL_TONE
        self.keys, self.emergency = "", False
        stutter = any(count for _, count in self.waiting)
        yield SendTone(self.number, Tone.STUTTER_DIAL if stutter else Tone.DIAL)
        yield ListenKeys(self.number, KeyMode.DIRECT)
        yield self._arm("first_digit", context.settings.numbering.first_digit_ms, context)

    def _give_busy(self, tone: Tone, context: Context) -> Iterator[Output]:
        self.state = State.BUSY
        self.keys = ""
        yield ListenKeys(self.number, KeyMode.DIRECT)  # for emergency numbers, see `station_digits`
        yield SendTone(self.number, tone)
        yield self._arm("off_hook", context.settings.timers.off_hook_busy_ms, context)

    def _howl(self, context: Context) -> Iterator[Output]:
        self.state = State.HOWLER
        yield SendTone(self.number, Tone.HOWLER)
        yield self._arm("off_hook", context.settings.timers.howler_ms, context)

    def _lock_out(self, context: Context) -> Iterator[Output]:
        """Nothing sounds any more; keys are still heard, because 110 goes out from here too."""
        self.state = State.LOCKED_OUT
        yield StopTone(self.number)
        detail = f"extension {self._phone(context).extension} is left off the hook"
        yield Published(AlarmReport("locked_out", self.number, detail, context.now))
        yield from self._tell_agent()

    # --- speech ---

    def _tell(self, sounds: codes.Sounds, after: Tone | None, context: Context) -> Iterator[Output]:
        """Say it, then give the tone `after`, or dial tone.  A key cuts it short: 110 goes out from here too."""
        self.state = State.TELLING
        self.after = after
        self.keys = ""
        self.failed = False
        self.tag = context.new_number("tag")
        yield StopTone(self.number)
        yield ListenKeys(self.number, KeyMode.DIRECT)
        yield Say(self.number, sounds, self._language(context), self.tag)
        yield self._arm("telling", TELLING_MS, context)

    def _tell_phrase(self, phrase: str, after: Tone | None, context: Context) -> Iterator[Output]:
        return self._tell(say(phrase, self._language(context)), after, context)

    def _tell_failure(self, phrase: str, after: Tone | None, context: Context) -> Iterator[Output]:
        """The number is no good, and its user may not have keyed all of it yet."""
        yield from self._tell_phrase(phrase, after, context)
        self.failed = True

    def _told(self, context: Context) -> Iterator[Output]:
        if self.after is None:
            yield from self._give_dial_tone(context)
        else:
            yield from self._give_busy(self.after, context)

    def _refused(self, cause: Cause, context: Context) -> Iterator[Output]:
        """A call that could not be made: what is said of the cause, then its tone."""
        tone = TONES.get(cause, Tone.BUSY)
        phrase = "emergency.no_line" if self.emergency else PHRASES.get(cause)
        if phrase is None:
            yield from self._give_busy(tone, context)
        else:
            yield from self._tell_failure(phrase, tone, context)

    # --- codes ---

    def _begin_code(self, action: str, arguments: tuple[str, ...], context: Context) -> Iterator[Output]:
        return self._step(codes.begin(action, arguments, self._seat(context), context), context)

    def _step(self, step: codes.Step, context: Context) -> Iterator[Output]:
        match step:
            case codes.Speak(sounds):
                yield from self._tell(sounds, None, context)
            case codes.Do(command):
                self.state = State.ASKING
                self.command = command
                ask = Ask(self._seat(context).actor, command, self.address)
                yield Send(Address("router", 0), ask)
                yield self._arm("asking", ANSWER_MS, context)
            case codes.AskAddress():
                self.state = State.ASKING
                self.command = None
                self.request = context.new_number("request")
                yield FindAddress(self.request)
                yield self._arm("asking", ANSWER_MS, context)
            case codes.AskPin(agent):
                self.state = State.SECRET
                self.pin_of = agent
                self.request = context.new_number("request")
                yield CollectSecret(
                    self.number, self.request, f"agent:{agent}", PIN_KEYS_MAX, PIN_FIRST_MS, PIN_NEXT_MS
                )
                yield self._arm("secret", PIN_GUARD_MS, context)

    def _answer_heard(self, event: Answered, context: Context) -> Iterator[Output]:
        assert self.command is not None
        sounds = codes.result(self.command, event, self._language(context))
        return self._tell(sounds, None, context)

    def _address_heard(self, event: AddressFound, context: Context) -> Iterator[Output]:
        return self._tell(codes.address(event.address, self._language(context)), None, context)

    def _pin_judged(self, event: SecretJudged, context: Context) -> Iterator[Output]:
        return self._step(codes.judged(self.pin_of, event.verdict, self._seat(context)), context)

    def _no_answer(self, context: Context) -> Iterator[Output]:
        yield from self._cancel_secret()
        yield from self._tell_phrase("failed", None, context)

    def _cancel_secret(self) -> Iterator[Output]:
        if self.state is State.SECRET:
            yield CancelSecret(self.request)

    def _cut_short(self) -> Iterator[Output]:
        """Whatever is being said or collected ends: a key or the hook was quicker."""
        yield from self._cancel_secret()
        if self.state is State.TELLING:
            self.tag = 0
            yield StopPlay(self.number)
