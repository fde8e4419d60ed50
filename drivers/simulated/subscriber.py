# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A subscriber line as its exchange sees it: loop, dial tone, digits, tones, ringing, and how a call ends.

Who is called and who talks with whom is the exchange's (`Switch`); what is plugged in at its end is a
`Terminal`.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from drivers.simulated.callerid import CallerId
from drivers.simulated.far import FarEngine
from drivers.simulated.faults import Chance, Disconnect, Faults, LineProfile
from drivers.simulated.numbering import Completeness, NumberingPlan
from drivers.simulated.ringer import Ringer
from drivers.simulated.sound import noise
from drivers.simulated.tones import ToneSource
from drivers.timers import Timers
from dsp.vocabulary import Detector, DigitBegan, MediaEvent, Play, ResetPort, SetDetectors, Tone

BETWEEN_DIGITS_MS = 4000
_PULSE_MS = (15, 200)  # accepted break of a dial pulse: dahdi/kernel.h
_AFTER_PULSES_MS = 300


class Terminal(Protocol):
    """What is at the subscriber's end of a line, and what it feels of it."""

    def feel_ring(self, on: bool) -> None: ...
    def feel_polarity(self, reversed: bool) -> None: ...
    def feel_loop(self, present: bool) -> None: ...
    def ring_ceased(self) -> None:
        """No more bursts will come; nothing is felt of it, but someone may be waiting to know."""


class Switch(Protocol):
    """What a line needs from its exchange."""

    plan: NumberingPlan

    def route(self, line: SubscriberLine, digits: str) -> None:
        """The caller has dialled."""

    def answered(self, line: SubscriberLine) -> None:
        """A line that was being rung went off hook."""

    def released(self, line: SubscriberLine) -> None:
        """A line that took part in a call went on hook."""

    def unanswered(self, line: SubscriberLine) -> None:
        """A line was rung long enough."""


class LineState(Enum):
    IDLE = "idle"
    DIAL_TONE = "dial_tone"
    DIALLING = "dialling"
    ROUTING = "routing"
    WAITING = "waiting"  # the called line is being rung
    RUNG = "rung"  # taken for an incoming call: rung, or about to be
    TALKING = "talking"
    TOLD = "told"  # hears a tone that tells why there is no call (any more)
    FORGOTTEN = "forgotten"  # off hook, and the exchange has stopped caring


class SubscriberLine:
    """One line.  `profile` and `faults` may be changed while it runs; they count from the next occasion."""

    def __init__(
        self, far: FarEngine, number: str, switch: Switch, profile: LineProfile, faults: Faults
    ) -> None:
        self.far = far
        self.number = number
        self.profile = profile
        self.faults = faults
        self.state = LineState.IDLE
        self.digits = ""
        self.reversed = False
        self.terminal: Terminal | None = None
        self.port = far.take_port(self._hear)
        self._switch = switch
        self._timers = Timers(far.loop)
        self._chance = Chance(faults.seed, f"line {self.port}")
        self._ringer = Ringer(far, self.port, self._timers, self._chance, self._ring_current, self.turn)
        self._tone = ToneSource(far, self.port, self._timers, self._chance)
        self._loop_closed = False
        self._opened_s = 0.0
        self._pulses = 0

    # --- what the terminal does to the loop ---

    def set_loop(self, closed: bool, at_s: float) -> None:
        """The terminal closed or opened the loop.  at_s: when; the loop of events may be late in telling."""
        if closed == self._loop_closed:
            return
        self._loop_closed = closed
        if closed:
            self._loop_closes(at_s)
        else:
            self._loop_opens(at_s)

    def _loop_closes(self, at_s: float) -> None:
        """Off hook, or a dial pulse or flash is over."""
        if self.state is LineState.IDLE:
            self._seized()
        elif self.state is LineState.RUNG:
            self._ring_trip()
        elif "release" in self._timers.running():
            self._timers.cancel("release")
            self._count_pulse(round((at_s - self._opened_s) * 1000))

    def _loop_opens(self, at_s: float) -> None:
        """On hook?  Only an opening longer than the recall time is a release."""
        if self.state is LineState.IDLE:
            return
        self._opened_s = at_s
        self._timers.cancel("pulses")
        self._timers.set_at("release", at_s + self.profile.recall_ms / 1000, self._release)

    # --- what the exchange does with the line ---

    @property
    def free(self) -> bool:
        return self.state is LineState.IDLE and not self._loop_closed

    @property
    def ringing(self) -> bool:
        """Ringing current is on the line at this moment."""
        return self._ringer.current

    @property
    def being_rung(self) -> bool:
        """A burst is on the line or the next one is due."""
        return self._ringer.running

    def ring(self, caller: CallerId) -> None:
        """Take the line for an incoming call and ring it."""
        self.state = LineState.RUNG
        self._timers.set("no answer", self.profile.no_answer_ms, lambda: self._switch.unanswered(self))
        self._ringer.start(self.profile, self.faults, caller)

    def cease_ring(self) -> None:
        """The call went away before anyone answered."""
        self._stop_ringing()
        self._go_idle()

    def wait(self) -> None:
        """The called line is rung: ringback."""
        self.state = LineState.WAITING
        self._tone.send(Tone.RINGBACK, self.faults)

    def talk(self, outgoing: bool) -> None:
        """The talk path is through; the exchange has made the bridge."""
        self.state = LineState.TALKING
        self._tone.stop()
        if outgoing and self.profile.answer_reversal:
            self.turn(True)
        if self._chance.happens(self.faults.noise_bursts):
            self._next_noise()

    def tell(self, tone: Tone | None) -> None:
        """There is no call for this caller, and the tone (None: silence) says why."""
        self.state = LineState.TOLD
        self._timers.cancel("noise")
        self._listen(Detector.NONE)
        if tone is None:
            self._tone.stop()
        else:
            self._tone.send(tone, self.faults)
        self._timers.set("told", self.profile.busy_ms, self._forget)

    def announce(self, sound: int) -> None:
        """Speech tells why there is no call."""
        self.tell(None)
        self.far.submit(Play(self.port, (sound,), self.far.tag(), loop=True))

    def far_party_left(self) -> None:
        """The other party hung up in talk; tell it in this line's way."""
        if self._chance.happens(self.faults.no_disconnect) or self.profile.disconnect is Disconnect.SILENCE:
            self.tell(None)
            return
        if self.profile.disconnect is Disconnect.LOOP_DROP:
            self.tell(None)
            self._feel_loop(False)
            self._timers.set("loop drop", self.profile.loop_drop_ms, self._loop_back)
            return
        if self.profile.disconnect is Disconnect.REVERSAL:
            self.turn(not self.reversed)
        self._busy_tone()

    def turn(self, reversed: bool) -> None:
        """Give the line this polarity."""
        if reversed != self.reversed:
            self.reversed = reversed
            if self.terminal is not None:
                self.terminal.feel_polarity(reversed)

    def close(self) -> None:
        self._timers.clear()

    # --- inside ---

    def _seized(self) -> None:
        self.state = LineState.DIAL_TONE
        self.digits = ""
        self._pulses = 0
        self._listen(Detector.DIGITS)
        delay_ms: float = self.profile.dial_tone_delay_ms
        if self._chance.happens(self.faults.late_dial_tone):
            delay_ms = self._chance.between(*self.faults.late_dial_tone_ms)
        if not self._chance.happens(self.faults.no_dial_tone):
            self._timers.set("dial tone", delay_ms, lambda: self._tone.send(Tone.DIAL, self.faults))
        self._timers.set("digits", self.profile.first_digit_ms, lambda: self.tell(Tone.BUSY))

    def _hear(self, event: MediaEvent) -> None:
        if isinstance(event, DigitBegan) and self.state in (LineState.DIAL_TONE, LineState.DIALLING):
            self._digit(event.key)

    def _digit(self, key: str) -> None:
        self._dial_tone_off()
        self.state = LineState.DIALLING
        self.digits += key
        match self._switch.plan.completeness(self.digits):
            case Completeness.COMPLETE:
                self._dialled()
            case _:
                self._timers.set("digits", BETWEEN_DIGITS_MS, self._dialled)

    def _dial_tone_off(self) -> None:
        self._timers.cancel("dial tone")
        self._tone.stop()

    def _dialled(self) -> None:
        self.state = LineState.ROUTING
        self._listen(Detector.NONE)
        self._timers.cancel("digits")
        self._timers.set(
            "route", self.profile.post_dial_delay_ms, lambda: self._switch.route(self, self.digits)
        )

    def _count_pulse(self, open_ms: int) -> None:
        if self.state not in (LineState.DIAL_TONE, LineState.DIALLING):
            return
        shortest, longest = _PULSE_MS
        if shortest <= open_ms <= longest:
            self._dial_tone_off()
            self._pulses += 1
        if self._pulses:
            self._timers.set("pulses", _AFTER_PULSES_MS, self._pulses_over)

    def _pulses_over(self) -> None:
        count, self._pulses = self._pulses, 0
        self._digit(str(count % 10))

    def _ring_current(self, on: bool) -> None:
        if self.terminal is not None:
            self.terminal.feel_ring(on)

    def _ring_trip(self) -> None:
        self._stop_ringing()
        self._switch.answered(self)

    def _stop_ringing(self) -> None:
        self._timers.cancel("no answer")
        self._ringer.stop()
        self.turn(False)
        if self.terminal is not None:
            self.terminal.ring_ceased()

    def _feel_loop(self, present: bool) -> None:
        if self.terminal is not None:
            self.terminal.feel_loop(present)

    def _loop_back(self) -> None:
        self._feel_loop(True)
        self._busy_tone()

    def _busy_tone(self) -> None:
        self.tell(None if self._chance.happens(self.faults.lost_busy_tone) else Tone.BUSY)

    def _forget(self) -> None:
        self.state = LineState.FORGOTTEN
        self._tone.stop()

    def _next_noise(self) -> None:
        gap_ms = self._chance.between(*self.faults.noise_burst_gap_ms)
        self._timers.set("noise", gap_ms, self._noise)

    def _noise(self) -> None:
        sound = self.far.sound(noise(self._chance.count(3)))
        self.far.submit(Play(self.port, (sound,), self.far.tag()))
        self._next_noise()

    def _release(self) -> None:
        if "loop drop" in self._timers.running():
            self._feel_loop(True)
        self._switch.released(self)
        self._go_idle()

    def _go_idle(self) -> None:
        self.state = LineState.IDLE
        self._timers.clear()
        self._tone.stop()
        self.turn(False)
        self.far.submit(ResetPort(self.port))
        self._listen(Detector.NONE)

    def _listen(self, detectors: Detector) -> None:
        self.far.submit(SetDetectors(self.port, detectors))
