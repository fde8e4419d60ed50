# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Calls that go out on a line: seizing, dial tone, digits, and what is heard until somebody answers.

Layer 3 of `trunk.Trunk`.  An answer is sure by reversal, likely by speech or by ringback that stopped, and a guess
where the line says nothing at all (A5).
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.port import (
    GoOffHook,
    LoopDrop,
    Reversal,
)
from dsp.vocabulary import (
    Detector,
    SendDigits,
    SendEnded,
    SetDetectors,
    SpeechBegan,
    SpeechEnded,
    StopTone,
    Tone,
    ToneEnded,
    ToneHeard,
)
from firmware.exchange.machine import IGNORED, Context, Output, Outputs, Send
from firmware.exchange.messages import (
    LegAlerting,
    LegConnected,
    LegProceeding,
    LegReleased,
    LegSpeech,
    Message,
    SeizeLine,
)
from firmware.exchange.supervision import HANGUP_TONES, Watch, noted, observed
from firmware.exchange.trunk_incoming import TrunkIncoming
from firmware.exchange.trunk_state import OFF_HOOK, State
from firmware.exchange.vocabulary import (
    Address,
    AnyFact,
    Cause,
    Certainty,
    Evidence,
    Expired,
    Party,
)

# An exchange sees an answer within 200 ms of loop current (general knowledge); shorter may be taken for noise.
TRIP_MS = 500
# How long digits may take beyond their own length before the trunk goes on without being told.
DIALLED_MARGIN_MS = 5_000
# A guess at an answer must leave room for the set-up of a call (seconds) and one full ringback cycle (5 s in China).
GUESS_FACTOR = 2
FAILURES = {
    Tone.BUSY: Cause.BUSY,
    Tone.CONGESTION: Cause.CONGESTION,
    Tone.VACANT: Cause.VACANT,
    Tone.INFORMATION: Cause.VACANT,
}


class TrunkOutgoing(TrunkIncoming):
    """Seizing, dialling, and the signs of an answer."""

    def _take_outgoing(self, event: AnyFact | Message, context: Context) -> Outputs:
        match self.state, event:
            case State.TRIPPING, Expired(timer="trip"):
                return self._tripped(context)
            case State.SEIZING, ToneHeard(_, _, Tone.DIAL | Tone.STUTTER_DIAL):
                return self._dial(context)
            case State.SEIZING, ToneHeard(_, _, Tone.BUSY | Tone.CONGESTION, cycles) if cycles > 1:
                return self._release(Cause.NO_DIAL_TONE, context)
            case State.SEIZING, SpeechBegan():
                self.speech_heard = True
                return ()
            case State.SEIZING, Expired(timer="dial_tone"):
                return self._no_dial_tone(context)
            case State.DIALLING, SendEnded(_, _, tag) if tag == self.sending:
                return self._proceed(context)
            case State.DIALLING, Expired(timer="dialled"):
                return self._proceed(context)
            case State.PROCEEDING | State.ALERTING, _:
                return self._progress(event, context)
            case _:
                return IGNORED

    def _asked_to_seize(self, event: SeizeLine, context: Context) -> Outputs:
        match self.state:
            case State.IDLE:
                return self._seize(event, context)
            case State.BLOCKED if event.emergency:
                return self._seize(event, context)
            case State.CLEARING if event.emergency and self.promised is None:
                self.promised, self.call, self.leg = event, event.call, event.leg
                return ()
            case _ if self.state in OFF_HOOK and event.emergency and not self.is_emergency:
                return self._give_way(event, context)
            case State.RINGING | State.DECLINED if event.emergency:
                return self._trip(event, context)
            case State.RINGING | State.DECLINED:
                cause = Cause.GLARE
            case State.OUT_OF_SERVICE | State.BLOCKED:
                cause = Cause.OUT_OF_SERVICE
            case _:
                cause = Cause.BUSY
        return (Send(Address("call", event.call), LegReleased(event.leg, cause)),)

    def _seize(self, event: SeizeLine, context: Context) -> Iterator[Output]:
        self.state = State.SEIZING
        self.seizure, self.call, self.leg = event, event.call, event.leg
        self.caller, self.identified, self.speech_heard = Party(), False, False
        self.watch = Watch(0)
        yield GoOffHook(self.number)
        yield SetDetectors(self.number, Detector.TONES | Detector.SPEECH)
        yield self._arm("dial_tone", self._line(context).dial_wait_ms, context)

    def _give_way(self, event: SeizeLine, context: Context) -> Iterator[Output]:
        yield from self._release(Cause.GAVE_WAY, context)
        self.promised, self.call, self.leg = event, event.call, event.leg

    def _trip(self, event: SeizeLine, context: Context) -> Iterator[Output]:
        """Nobody but the caller can end the ringing of a line, except by answering: it is lifted and hung up."""
        if self.state is State.RINGING:
            if not self.call:
                yield from self._present(context)
            yield self._tell(LegReleased(self.leg, Cause.GAVE_WAY))
        self._forget_call()
        self.promised, self.call, self.leg = event, event.call, event.leg
        self.state = State.TRIPPING
        yield GoOffHook(self.number)
        yield self._arm("trip", TRIP_MS, context)

    def _tripped(self, context: Context) -> Iterator[Output]:
        promised = self.promised
        assert promised is not None
        yield from self._clear(context)
        self.promised, self.call, self.leg = promised, promised.call, promised.leg

    def _no_dial_tone(self, context: Context) -> Outputs:
        """Speech in place of dial tone is a caller whom we answered by seizing (glare with no ring)."""
        assert self.seizure is not None
        if self._line(context).dial_without_tone or self.seizure.blind:
            return self._dial(context)
        return self._glare(context) if self.speech_heard else self._release(Cause.NO_DIAL_TONE, context)

    def _dial(self, context: Context) -> Iterator[Output]:
        assert self.seizure is not None
        line, digits = self._line(context), self.seizure.digits
        self.state = State.DIALLING
        self.sending = context.new_number("tag")
        yield SendDigits(self.number, digits, self.sending, line.digit_on_ms, line.digit_off_ms)
        dialled_ms = len(digits) * (line.digit_on_ms + line.digit_off_ms)
        yield self._arm("dialled", dialled_ms + DIALLED_MARGIN_MS, context)

    def _proceed(self, context: Context) -> Iterator[Output]:
        timers = context.settings.timers
        self.state = State.PROCEEDING
        self.speech_heard = False
        yield self._tell(LegProceeding(self.leg))
        yield self._arm("outside_ring", timers.outside_ring_s * 1000, context)
        yield self._arm("answer", GUESS_FACTOR * timers.outside_answer_s * 1000, context)

    def _progress(self, event: AnyFact | Message, context: Context) -> Outputs:
        """Between dialling and answer: ringback, failure, or a sign that somebody lifted."""
        line, timers = self._line(context), context.settings.timers
        # Where the exchange reverses, nothing else is an answer: ringback may be music or a voice.  Emergency desks and
        # free numbers may be answered with no reversal, and must not be cut for it.
        by_reversal = line.answer_reversal and not self.is_emergency
        match event:
            case ToneHeard(_, _, Tone.RINGBACK):
                return self._alert()
            case ToneEnded(_, _, Tone.RINGBACK) if self.state is State.ALERTING:
                return (self._arm("answer", timers.outside_answer_s * 1000, context),)
            case ToneHeard(_, _, tone, cycles) if tone in FAILURES and cycles >= timers.busy_cycles:
                self.watch = noted(self.watch, f"{tone.value}_tone", context.now, f"{cycles} cycles")
                return self._release(FAILURES[tone], context)
            case ToneHeard(_, _, tone) if tone in HANGUP_TONES:
                return self._disarm("answer")
            case Reversal() if by_reversal:
                return self._far_answered(Certainty.SURE, "reversal", context)
            case SpeechBegan() if not by_reversal:
                return self._far_answered(Certainty.LIKELY, "speech", context)
            case SpeechBegan():
                self.speech_heard = True
                return ()
            case Expired(timer="answer") if by_reversal:
                return ()
            case Expired(timer="answer") if self.state is State.ALERTING:
                return self._far_answered(Certainty.LIKELY, "ringback_stopped", context)
            case Expired(timer="answer"):
                return self._far_answered(Certainty.GUESS, "time_out", context)
            case Expired(timer="outside_ring") if self.speech_heard:
                return self._far_answered(Certainty.LIKELY, "speech", context)
            case Expired(timer="outside_ring"):
                return self._release(Cause.NO_ANSWER, context)
            case LoopDrop():
                return self._supervise(event, context)
            case _:
                return IGNORED

    def _alert(self) -> Iterator[Output]:
        yield from self._disarm("answer")
        if self.state is State.PROCEEDING:
            self.state = State.ALERTING
            yield self._tell(LegAlerting(self.leg))

    def _far_answered(self, certainty: Certainty, kind: str, context: Context) -> Iterator[Output]:
        evidence = (Evidence(kind, context.now),)
        return self._go_up(certainty, context, evidence, far_speaking=kind == "speech")

    # --- supervision, from the answer on ---

    def _supervise(self, event: AnyFact | Message, context: Context) -> Iterator[Output]:
        line = self._line(context)
        self.watch = observed(self.watch, event, line, context.settings.timers.busy_cycles, context.now)
        if isinstance(event, LegConnected):
            yield StopTone(self.number)
        if isinstance(event, SpeechBegan | SpeechEnded):
            yield self._tell(LegSpeech(self.leg, self.watch.far_speaking))
        if self.watch.proof:
            yield from self._release(Cause.NORMAL, context)
        elif not self.watch.quiet or self.is_emergency:
            yield from self._disarm("silence")
        elif "silence" not in self.armed:
            yield self._arm("silence", line.longest_silence_s * 1000, context)

    def _rested(self, context: Context) -> Iterator[Output]:
        promised, self.promised = self.promised, None
        if promised is not None:
            yield from self._seize(promised, context)
        else:
            yield from self._become_idle(context)
