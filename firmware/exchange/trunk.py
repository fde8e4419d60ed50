# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A trunk: one FXO port, the line to an exchange.

Inward it waits for caller ID as the line's profile allows, makes a call, and answers when told.  Outward it seizes,
waits for dial tone, dials, and tells from what it hears whether and how surely somebody answered (A5).  In glare the
incoming call wins: the line is off hook already, so that call is answered, and the outgoing leg is refused with GLARE.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.port import (
    Alarm,
    AlarmCleared,
    GoOnHook,
    LoopDrop,
    Removed,
    Reversal,
    RingOn,
)
from dsp.vocabulary import (
    PortFailed,
    ResetPort,
    SendTone,
    SetDetectors,
    SetPort,
    SpeechBegan,
    SpeechEnded,
    StopTone,
    Tone,
    ToneEnded,
    ToneHeard,
)
from firmware.exchange.commands import BlockLine, LendLine, ReturnLine
from firmware.exchange.index import index_of
from firmware.exchange.machine import IGNORED, Context, Finish, Output, Outputs, Send
from firmware.exchange.messages import (
    Answered,
    Ask,
    Configured,
    LegConnected,
    LegParted,
    LegReleased,
    LegRingback,
    Message,
    PeerSpeech,
    ReleaseLeg,
    SeizeLine,
)
from firmware.exchange.supervision import noted
from firmware.exchange.trunk_lent import TrunkLent
from firmware.exchange.trunk_state import OFF_HOOK, State
from firmware.exchange.vocabulary import AnyFact, Cause, Expired, HookFound, Published

__all__ = ["State", "Trunk"]

ANYTIME = frozenset({Configured, Alarm, AlarmCleared, Removed, PortFailed, HookFound, Ask, SeizeLine})


class Trunk(TrunkLent):
    """See `trunk_state.TrunkState` for the fields."""

    def receive(self, event: AnyFact | Message, context: Context) -> Outputs:
        before = (self.state, self.call, self.caller)
        outputs = list(self._take(event, context))
        if before != (self.state, self.call, self.caller):
            if before[0] is not self.state:
                self.since = context.now
                outputs += self._keep_allowed_timers()
            outputs.append(Published(self.report()))
        return outputs

    def _take(self, event: AnyFact | Message, context: Context) -> Outputs:
        if isinstance(event, Expired) and not self._is_due(event.timer):
            return IGNORED
        if type(event) in ANYTIME:
            return self._take_anytime(event, context)
        match self.state, event:
            case _, ReleaseLeg() if self.state in OFF_HOOK and self._is_mine(event):
                return self._clear(context)
            case State.IDLE | State.RINGING | State.DECLINED, _:
                return self._take_incoming(event, context)
            case State.UP | State.CLEARING, _:
                return self._take_up(event, context)
            case State.LENT, _:
                return self._take_lent(event, context)
            case State.SEIZING, RingOn():
                return self._glare(context)
            case _:
                return self._take_outgoing(event, context)

    def _take_anytime(self, event: AnyFact | Message, context: Context) -> Outputs:
        """Whatever the state, the card's word about itself comes first."""
        match event:
            case Configured():
                return self._configure(context)
            case Alarm(_, cause):
                return self._fail(Cause.OUT_OF_SERVICE, cause)
            case Removed() | PortFailed():
                return self._fail(Cause.CARD_REMOVED, "removed")
            case AlarmCleared() if self.state is State.OUT_OF_SERVICE:
                return self._recover(context)
            case HookFound():
                return self._reconcile(event, context)
            case Ask(command=BlockLine(_, blocked)):
                return self._block(event, blocked, context)
            case Ask(command=LendLine() as command):
                return self._lend(event, command, context)
            case Ask(command=ReturnLine() as command):
                return self._give_back(event, command, context)
            case SeizeLine() if self.state is State.LENT and event.emergency:
                return self._recall(event, context)
            case SeizeLine():
                return self._asked_to_seize(event, context)
            case _:
                return IGNORED

    def _take_up(self, event: AnyFact | Message, context: Context) -> Outputs:
        """From the answer to the end, and the rest after it."""
        match self.state, event:
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
            case State.CLEARING, RingOn():
                return self._first_ring(context)
            case State.CLEARING, ReleaseLeg() if self._is_mine(event):
                self.promised, self.call, self.leg = None, 0, 0
                return ()
            case State.CLEARING, Expired(timer="guard"):
                return self._rested(context)
            case _:
                return IGNORED

    # --- settings, service, truth ---

    def _configure(self, context: Context) -> Iterator[Output]:
        line = index_of(context.settings).line(self.number)
        if line is None:
            if not (self.call or self.state in OFF_HOOK or self.state is State.LENT):
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
        if self.state in (State.OUT_OF_SERVICE, State.LENT):
            return IGNORED
        if found.off_hook and self.state not in OFF_HOOK:
            return (GoOnHook(self.number),)
        if not found.off_hook and self.state in OFF_HOOK:
            self.watch = noted(self.watch, "reconciled", context.now, "the card holds no loop", decides=True)
            return self._release(Cause.NORMAL, context)
        if found.ringing and self.state is State.IDLE:
            return self._first_ring(context)
        return IGNORED
