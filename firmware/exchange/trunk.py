# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A trunk: one FXO port, the line to an exchange.

Inward it waits for caller ID as the line's profile allows, makes a call, and answers when told.  Outward it seizes,
waits for dial tone, dials, and tells from what it hears whether and how surely somebody answered (A5).  In glare the
incoming call wins: the line is off hook already, so that call is answered, and the outgoing leg is refused with GLARE.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import ClassVar

from drivers.port import (
    Alarm,
    AlarmCleared,
    GoOffHook,
    GoOnHook,
    LoopDrop,
    Removed,
    Reversal,
    RingOff,
    RingOn,
)
from dsp.vocabulary import (
    CallerIdHeard,
    Detector,
    PortFailed,
    ResetPort,
    SendDigits,
    SendEnded,
    SendTone,
    SetDetectors,
    SetPort,
    SpeechBegan,
    SpeechEnded,
    StopSend,
    StopTone,
    Tone,
    ToneEnded,
    ToneHeard,
)
from firmware.exchange.call import Call
from firmware.exchange.index import index_of
from firmware.exchange.machine import IGNORED, Context, Finish, Output, Outputs, Send, Spawn
from firmware.exchange.messages import (
    Answered,
    AnswerLeg,
    Arrived,
    Ask,
    Configured,
    LegAlerting,
    LegAnswered,
    LegConnected,
    LegIdentified,
    LegParted,
    LegProceeding,
    LegReleased,
    LegRingback,
    LegSpeech,
    Message,
    PeerSpeech,
    ReleaseLeg,
    SeizeLine,
)
from firmware.exchange.supervision import HANGUP_TONES, Watch, noted, observed
from firmware.exchange.timed import TimedMachine
from firmware.exchange.vocabulary import (
    Address,
    AnyFact,
    BlockLine,
    Cause,
    Certainty,
    Evidence,
    Expired,
    HookFound,
    Instant,
    LineReport,
    Party,
    Published,
)
from firmware.settings.model import CallerIdKind, Line

# Caller ID sent before the first ring is forgotten when no ring follows; 500 ms to 2 s are usual.
CALLER_ID_KEPT_MS = 8_000
# How long digits may take beyond their own length before the trunk goes on without being told.
DIALLED_MARGIN_MS = 5_000
# A guess at an answer must leave room for the set-up of a call (seconds) and one full ringback cycle (5 s in China).
GUESS_FACTOR = 2
UP_DETECTORS = Detector.DIGITS | Detector.TONES | Detector.SPEECH
FAILURES = {
    Tone.BUSY: Cause.BUSY,
    Tone.CONGESTION: Cause.CONGESTION,
    Tone.VACANT: Cause.VACANT,
    Tone.INFORMATION: Cause.VACANT,
}


class State(Enum):
    IDLE = "idle"
    RINGING = "ringing"
    DECLINED = "declined"  # it rings, and nobody of ours will answer
    SEIZING = "seizing"
    DIALLING = "dialling"
    PROCEEDING = "proceeding"  # digits are out, nothing told yet
    ALERTING = "alerting"  # ringback was heard
    UP = "up"
    CLEARING = "clearing"
    BLOCKED = "blocked"
    OUT_OF_SERVICE = "out_of_service"


TIMERS: dict[State, frozenset[str]] = {
    State.IDLE: frozenset({"caller_id"}),
    State.RINGING: frozenset({"caller_id", "ring_silence"}),
    State.DECLINED: frozenset({"ring_silence"}),
    State.SEIZING: frozenset({"dial_tone"}),
    State.DIALLING: frozenset({"dialled"}),
    State.PROCEEDING: frozenset({"answer", "outside_ring"}),
    State.ALERTING: frozenset({"answer", "outside_ring"}),
    State.UP: frozenset({"silence", "longest_call"}),
    State.CLEARING: frozenset({"guard"}),
    State.BLOCKED: frozenset(),
    State.OUT_OF_SERVICE: frozenset(),
}
OFF_HOOK = frozenset({State.SEIZING, State.DIALLING, State.PROCEEDING, State.ALERTING, State.UP})
SHOWN = {State.DECLINED: "ringing", State.PROCEEDING: "dialling", State.ALERTING: "dialling"}


class Trunk(TimedMachine):
    """number: the port.  call, leg: whose line it is now (0: nobody's).

    identified: caller ID is known, or known not to come.  rings: bursts so far.  promised: an emergency call that gets
    the line as soon as it has rested.
    """

    KIND: ClassVar[str] = "trunk"
    state: State = State.IDLE
    since: Instant = Instant(0, 0)
    call: int = 0
    leg: int = 0
    caller: Party = Party()
    identified: bool = False
    rings: int = 0
    first_ring: Instant = Instant(0, 0)
    seizure: SeizeLine | None = None
    promised: SeizeLine | None = None
    sending: int = 0
    speech_heard: bool = False
    watch: Watch = Watch(0)
    blocked: bool = False
    alarm: str = ""
    configured: bool = False

    def timers_allowed(self) -> frozenset[str]:
        return TIMERS[self.state]

    @property
    def is_idle(self) -> bool:
        return self.state is State.IDLE

    @property
    def is_emergency(self) -> bool:
        """The line carries, or is promised to, an emergency call."""
        return any(seizure is not None and seizure.emergency for seizure in (self.seizure, self.promised))

    def receive(self, event: AnyFact | Message, context: Context) -> Outputs:
        before = (self.state, self.call, self.caller)
        outputs = list(self._take(event, context))
        if before != (self.state, self.call, self.caller):
            if before[0] is not self.state:
                self.since = context.now
                outputs += self._keep_allowed_timers()
            outputs.append(Published(self.report()))
        return outputs

    def report(self) -> LineReport:
        state = SHOWN.get(self.state, self.state.value)
        return LineReport(self.number, state, self.call, self.caller, self.since)

    def _take(self, event: AnyFact | Message, context: Context) -> Outputs:
        if isinstance(event, Expired) and not self._is_due(event.timer):
            return IGNORED
        match self.state, event:
            # Whatever the state, the card's word about itself comes first.
            case _, Configured():
                return self._configure(context)
            case _, Alarm(_, cause):
                return self._fail(Cause.OUT_OF_SERVICE, cause)
            case _, Removed() | PortFailed():
                return self._fail(Cause.CARD_REMOVED, "removed")
            case State.OUT_OF_SERVICE, AlarmCleared():
                return self._recover(context)
            case _, HookFound():
                return self._reconcile(event, context)
            case _, Ask(command=BlockLine(_, blocked)):
                return self._block(event, blocked, context)
            case _, SeizeLine():
                return self._asked_to_seize(event, context)
            # Incoming.
            case State.IDLE | State.CLEARING, RingOn():
                return self._first_ring(context)
            case State.SEIZING, RingOn():
                return self._glare(context)
            case State.RINGING, RingOn():
                return self._ring_again(context)
            case State.RINGING, RingOff():
                return self._ring_over(context)
            case State.DECLINED, RingOn() | RingOff():
                return (self._arm("ring_silence", context.settings.timers.ring_silence_ms, context),)
            case State.IDLE | State.RINGING, CallerIdHeard():
                return self._identify(event, context)
            case State.IDLE, Expired(timer="caller_id"):
                return self._forget_caller()
            case State.RINGING, Expired(timer="caller_id"):
                return self._present_if_due(context, waited=True)
            case State.RINGING, Expired(timer="ring_silence"):
                return self._gave_up(context)
            case State.DECLINED, Expired(timer="ring_silence"):
                return self._become_idle(context)
            case State.RINGING, AnswerLeg():
                return self._answer(context)
            case State.RINGING, ReleaseLeg() if self._is_mine(event):
                return self._decline(context)
            # Outgoing.
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
            case State.PROCEEDING | State.ALERTING, _ if not isinstance(event, ReleaseLeg):
                return self._progress(event, context)
            # Both.
            case (
                State.UP,
                LoopDrop() | Reversal() | ToneHeard() | ToneEnded() | SpeechBegan() | SpeechEnded(),
            ):
                return self._supervise(event, context)
            case State.UP, PeerSpeech() | LegConnected() | LegParted():
                return self._supervise(event, context)
            case State.UP, LegRingback(_, on):
                return (SendTone(self.number, Tone.RINGBACK) if on else StopTone(self.number),)
            case State.UP, Expired(timer="silence"):
                seconds = self._line(context).longest_silence_s
                self.watch = noted(self.watch, "silence", context.now, f"{seconds} s", decides=True)
                return self._release(Cause.SILENCE, context)
            case State.UP, Expired(timer="longest_call"):
                seconds = self._line(context).longest_call_s
                self.watch = noted(self.watch, "longest_call", context.now, f"{seconds} s", decides=True)
                return self._release(Cause.TOO_LONG, context)
            case _, ReleaseLeg() if self.state in OFF_HOOK and self._is_mine(event):
                return self._clear(context)
            case State.CLEARING, ReleaseLeg() if self._is_mine(event):
                self.promised, self.call, self.leg = None, 0, 0
                return ()
            case State.CLEARING, Expired(timer="guard"):
                return self._rested(context)
            case _:
                return IGNORED

    def _line(self, context: Context) -> Line:
        """The profile; a line taken out of the settings in a call keeps the defaults until it is idle."""
        line = index_of(context.settings).line(self.number)
        return line if line is not None else Line(port=self.number, name="?")

    def _is_mine(self, event: ReleaseLeg) -> bool:
        return self.call != 0 and event.call in (0, self.call)

    def _tell(self, message: Message) -> Output:
        return Send(Address("call", self.call), message)

    # --- settings, service, truth ---

    def _configure(self, context: Context) -> Iterator[Output]:
        line = index_of(context.settings).line(self.number)
        if line is None:
            if not (self.call or self.state in OFF_HOOK):
                yield ResetPort(self.number)
                yield Finish()
            return
        if not self.configured:
            self.configured = True
            self.since = context.now
            yield GoOnHook(self.number)
            yield ResetPort(self.number)
            yield Published(self.report())
        yield SetPort(self.number, line.country, line.rx_gain_db, line.tx_gain_db)
        if self.state is State.IDLE:
            yield SetDetectors(self.number, self._idle_detectors(line))

    def _idle_detectors(self, line: Line) -> Detector:
        """DTMF caller ID comes before the first ring, and FSK may."""
        return Detector.NONE if line.caller_id is CallerIdKind.NONE else Detector.CALLER_ID

    def _block(self, ask: Ask, blocked: bool, context: Context) -> Iterator[Output]:
        self.blocked = blocked
        if self.state is State.IDLE and blocked:
            self.state = State.BLOCKED
        elif self.state is State.BLOCKED and not blocked:
            yield from self._become_idle(context)
        yield Send(ask.reply_to, Answered(True))

    def _fail(self, cause: Cause, alarm: str) -> Iterator[Output]:
        if self.call:
            seizure = self.promised or self.seizure
            leg = seizure.leg if self.promised is not None and seizure is not None else self.leg
            yield self._tell(LegReleased(leg, cause, (*self.watch.evidence,)))
        self._forget_call()
        self.alarm = alarm
        self.state = State.OUT_OF_SERVICE
        yield GoOnHook(self.number)  # a relay obeys even in alarm, and the line must not come back seized
        yield ResetPort(self.number)

    def _recover(self, context: Context) -> Iterator[Output]:
        self.alarm = ""
        line = self._line(context)
        yield SetPort(self.number, line.country, line.rx_gain_db, line.tx_gain_db)
        yield from self._become_idle(context)

    def _reconcile(self, found: HookFound, context: Context) -> Outputs:
        if self.state is State.OUT_OF_SERVICE:
            return IGNORED
        if found.off_hook and self.state not in OFF_HOOK:
            return (GoOnHook(self.number),)
        if not found.off_hook and self.state in OFF_HOOK:
            self.watch = noted(self.watch, "reconciled", context.now, "the card holds no loop", decides=True)
            return self._release(Cause.NORMAL, context)
        if found.ringing and self.state is State.IDLE:
            return self._first_ring(context)
        return IGNORED

    # --- incoming ---

    def _first_ring(self, context: Context) -> Iterator[Output]:
        yield from self._refuse_promised(Cause.GLARE)
        self.state = State.RINGING
        self.rings = 1
        self.first_ring = context.now
        line = self._line(context)
        yield SetDetectors(self.number, self._idle_detectors(line))
        yield from self._disarm("caller_id")
        yield self._arm("ring_silence", context.settings.timers.ring_silence_ms, context)
        if line.caller_id is CallerIdKind.NONE:
            self.identified = True
        yield from self._present_if_due(context)

    def _ring_again(self, context: Context) -> Iterator[Output]:
        self.rings += 1
        yield self._arm("ring_silence", context.settings.timers.ring_silence_ms, context)
        yield from self._present_if_due(context)

    def _ring_over(self, context: Context) -> Iterator[Output]:
        yield self._arm("ring_silence", context.settings.timers.ring_silence_ms, context)
        if self.rings == 1 and not self.identified and not self.call:
            yield self._arm("caller_id", self._line(context).caller_id_ms, context)

    def _identify(self, heard: CallerIdHeard, context: Context) -> Iterator[Output]:
        """A message that is not intact is as good as none, but no other will come."""
        self.identified = True
        if heard.intact:
            self.caller = Party(heard.number, heard.name, heard.presentation)
        if self.state is State.IDLE:
            yield self._arm("caller_id", CALLER_ID_KEPT_MS, context)
        elif not self.call:
            yield from self._present_if_due(context)
        elif heard.intact:
            yield self._tell(LegIdentified(self.leg, self.caller))

    def _forget_caller(self) -> Outputs:
        self.caller, self.identified = Party(), False
        return ()

    def _present_if_due(self, context: Context, waited: bool = False) -> Iterator[Output]:
        """Make the call once the profile's rings are over and the caller is known, or will not be."""
        if waited:
            self.identified = True
        wanted = self._line(context).rings_before_answer
        if not self.call and (self.rings > wanted or (self.rings == wanted and self.identified)):
            yield from self._present(context)

    def _present(self, context: Context) -> Iterator[Output]:
        line = self._line(context)
        call = Call(context.new_number("call"))
        self.call, self.leg = call.number, 1
        yield from self._disarm("caller_id")
        yield Spawn(call)
        yield self._tell(Arrived(self.number, self.caller, line.number, line.flow, self.first_ring))

    def _gave_up(self, context: Context) -> Iterator[Output]:
        """The rings have stopped.  Who hung up before a call was made is on record all the same."""
        if not self.call:
            yield from self._present(context)
        yield self._tell(LegReleased(self.leg, Cause.CALLER_GAVE_UP))
        yield from self._become_idle(context)

    def _decline(self, context: Context) -> Iterator[Output]:
        self._forget_call()
        self.state = State.DECLINED
        yield self._arm("ring_silence", context.settings.timers.ring_silence_ms, context)

    def _answer(self, context: Context) -> Iterator[Output]:
        yield GoOffHook(self.number)
        yield from self._go_up(Certainty.SURE, context)

    def _glare(self, context: Context) -> Iterator[Output]:
        """A caller is on the line we have just taken: the caller is answered, our own call goes elsewhere."""
        yield self._tell(LegReleased(self.leg, Cause.GLARE))
        self._forget_call()
        self.first_ring = context.now
        yield from self._present(context)
        yield from self._go_up(Certainty.SURE, context)

    # --- outgoing ---

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

    def _refuse_promised(self, cause: Cause) -> Iterator[Output]:
        if self.promised is not None:
            yield self._tell(LegReleased(self.promised.leg, cause))
            self._forget_call()

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
        yield self._tell(LegProceeding(self.leg))
        yield self._arm("outside_ring", timers.outside_ring_s * 1000, context)
        yield self._arm("answer", GUESS_FACTOR * timers.outside_answer_s * 1000, context)

    def _progress(self, event: AnyFact | Message, context: Context) -> Outputs:
        """Between dialling and answer: ringback, failure, or a sign that somebody lifted."""
        line, timers = self._line(context), context.settings.timers
        by_reversal = line.answer_reversal  # then nothing else is an answer: ringback may be music or a voice
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
            case Expired(timer="answer") if by_reversal:
                return ()
            case Expired(timer="answer") if self.state is State.ALERTING:
                return self._far_answered(Certainty.LIKELY, "ringback_stopped", context)
            case Expired(timer="answer"):
                return self._far_answered(Certainty.GUESS, "time_out", context)
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

    # --- up, and the end ---

    def _go_up(
        self,
        certainty: Certainty,
        context: Context,
        evidence: tuple[Evidence, ...] = (),
        far_speaking: bool = False,
    ) -> Iterator[Output]:
        self.state = State.UP
        self.watch = Watch(context.now.mono_ns, far_speaking=far_speaking)
        yield SetDetectors(self.number, UP_DETECTORS)
        if not self.is_emergency:
            yield self._arm("longest_call", self._line(context).longest_call_s * 1000, context)
        yield self._tell(LegAnswered(self.leg, certainty, evidence))

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

    def _release(self, cause: Cause, context: Context) -> Iterator[Output]:
        """On hook at once, then the call is told."""
        told = self._tell(LegReleased(self.leg, cause, self.watch.evidence))
        yield from self._clear(context)
        yield told

    def _clear(self, context: Context) -> Iterator[Output]:
        self._forget_call()
        self.state = State.CLEARING
        yield GoOnHook(self.number)
        yield StopSend(self.number)
        yield ResetPort(self.number)
        yield SetDetectors(self.number, Detector.NONE)
        yield self._arm("guard", context.settings.timers.guard_ms, context)

    def _rested(self, context: Context) -> Iterator[Output]:
        promised, self.promised = self.promised, None
        if promised is not None:
            yield from self._seize(promised, context)
        else:
            yield from self._become_idle(context)

    def _become_idle(self, context: Context) -> Iterator[Output]:
        self._forget_call()
        self.state = State.BLOCKED if self.blocked else State.IDLE
        line = index_of(context.settings).line(self.number)
        if line is None:
            yield ResetPort(self.number)
            yield Finish()
        else:
            yield SetDetectors(self.number, self._idle_detectors(line))

    def _forget_call(self) -> None:
        self.call = self.leg = self.rings = self.sending = 0
        self.caller, self.identified = Party(), False
        self.seizure = self.promised = None
        self.speech_heard = False
        self.watch = Watch(0)
