# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a trunk is, and the steps all of its courses share.  Layer 1 of `trunk.Trunk`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import ClassVar

from drivers.port import (
    GoOnHook,
)
from dsp.vocabulary import (
    Detector,
    ResetPort,
    SetDetectors,
    StopSend,
)
from firmware.exchange.index import index_of
from firmware.exchange.machine import Context, Finish, Output, Send
from firmware.exchange.messages import (
    LegAnswered,
    LegReleased,
    Message,
    ReleaseLeg,
    SeizeLine,
)
from firmware.exchange.supervision import Watch
from firmware.exchange.timed import TimedMachine
from firmware.exchange.vocabulary import (
    Address,
    Cause,
    Certainty,
    Evidence,
    Instant,
    LineReport,
    Party,
)
from firmware.settings.model import CallerIdKind, Line

UP_DETECTORS = Detector.DIGITS | Detector.TONES | Detector.SPEECH


class State(Enum):
    IDLE = "idle"
    RINGING = "ringing"
    DECLINED = "declined"  # it rings, and nobody of ours will answer
    TRIPPING = "tripping"  # off hook to be rid of a caller who rings, for an emergency call
    SEIZING = "seizing"
    DIALLING = "dialling"
    PROCEEDING = "proceeding"  # digits are out, nothing told yet
    ALERTING = "alerting"  # ringback was heard
    UP = "up"
    CLEARING = "clearing"
    BLOCKED = "blocked"
    LENT = "lent"  # to the line doctor
    OUT_OF_SERVICE = "out_of_service"


TIMERS: dict[State, frozenset[str]] = {
    State.IDLE: frozenset({"caller_id"}),
    State.RINGING: frozenset({"caller_id", "ring_silence"}),
    State.DECLINED: frozenset({"ring_silence"}),
    State.TRIPPING: frozenset({"trip"}),
    State.SEIZING: frozenset({"dial_tone"}),
    State.DIALLING: frozenset({"dialled"}),
    State.PROCEEDING: frozenset({"answer", "outside_ring"}),
    State.ALERTING: frozenset({"answer", "outside_ring"}),
    State.UP: frozenset({"silence", "longest_call"}),
    State.CLEARING: frozenset({"guard"}),
    State.BLOCKED: frozenset(),
    State.LENT: frozenset({"loan"}),
    State.OUT_OF_SERVICE: frozenset(),
}
OFF_HOOK = frozenset(
    {State.TRIPPING, State.SEIZING, State.DIALLING, State.PROCEEDING, State.ALERTING, State.UP}
)
SHOWN = {
    State.DECLINED: "ringing",
    State.TRIPPING: "clearing",
    State.PROCEEDING: "dialling",
    State.ALERTING: "dialling",
}


class TrunkState(TimedMachine):
    """number: the port.  call, leg: whose line it is now (0: nobody's).

    identified: caller ID is known, or known not to come.  rings: bursts so far.  promised: an emergency call that gets
    the line as soon as it has rested.  rings_lent: on loan, and a test call is to come in.
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
    rings_lent: bool = False
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

    def report(self) -> LineReport:
        state = SHOWN.get(self.state, self.state.value)
        return LineReport(self.number, state, self.call, self.caller, self.since)

    # --- for the layers above ---

    def _line(self, context: Context) -> Line:
        """The profile; a line taken out of the settings in a call keeps the defaults until it is idle."""
        line = index_of(context.settings).line(self.number)
        return line if line is not None else Line(port=self.number, name="?")

    def _is_mine(self, event: ReleaseLeg) -> bool:
        return self.call != 0 and event.call in (0, self.call)

    def _tell(self, message: Message) -> Output:
        return Send(Address("call", self.call), message)

    def _idle_detectors(self, line: Line) -> Detector:
        """DTMF caller ID comes before the first ring, and FSK may."""
        return Detector.NONE if line.caller_id is CallerIdKind.NONE else Detector.CALLER_ID

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

    def _refuse_promised(self, cause: Cause) -> Iterator[Output]:
        if self.promised is not None:
            yield self._tell(LegReleased(self.promised.leg, cause))
            self._forget_call()

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
