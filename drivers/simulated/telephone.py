# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A telephone: a hook switch, keys, a mouth, and an ear that notes what it hears.

Everything it says and hears is sound on a port of the far engine.  What its line is, a jack of the centre's or a
line of the exchange, is the subclass's: `DeskTelephone` here, `outside.OutsideTelephone`.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from drivers.simulated.far import FarEngine
from drivers.simulated.faults import Chance, Faults
from drivers.simulated.heard import HeardLog, NotHeard
from drivers.simulated.sound import voice
from drivers.simulated.subscriber import Terminal
from drivers.timers import Timers
from dsp.media import Stream
from dsp.vocabulary import (
    CallerIdHeard,
    Detector,
    DigitBegan,
    MediaEvent,
    Play,
    ResetPort,
    SendDigits,
    SetBridge,
    SetDetectors,
    SpeechBegan,
    SpeechEnded,
    StopPlay,
    Tone,
    ToneEnded,
    ToneHeard,
)

FLASH_MS = 300
PULSE_BREAK_MS = 60  # 10 pulses a second, 60 % break: GB/T 15279's nominal is not at hand; dial plates vary
PULSE_MAKE_MS = 40
BETWEEN_PULSED_DIGITS_MS = 800

_LEAVES_AFTER_MS = 500
_KEYS = frozenset("0123456789*#ABCD,")
_PAUSE_MS = 500  # a "," of SendDigits
_AFTER_SENDING_MS = 1000
_SPEAKS_MS = 1000
_SPEAKS_ON_MS = 200
_DOWN_FOR_S = 1.5  # beyond the longest flash window of any telephone
_UNHEARD_DIAL_TONE_S = 0.5

ATTENTIVE = Detector.DIGITS | Detector.TONES | Detector.SPEECH


@dataclass(frozen=True, slots=True)
class Habit:
    """What somebody does with a telephone that nobody scripts.

    answer_after_ms: from the first ring; None, never.  speak_ms: after answering.  hang_up_after_ms: after
    answering; None, never by themselves.  leaves_at_busy: hangs up when busy tone is heard.
    """

    answer_after_ms: int | None = None
    speak_ms: int | None = None
    hang_up_after_ms: int | None = None
    leaves_at_busy: bool = False


class NotLifted(ValueError):
    """A telephone on hook can't do that."""


class Telephone(ABC):
    """A plain telephone.

    attention: what its ear tells apart from the next lift on; a long simulation listens for less.
    habit: what it does by itself, besides being scripted.
    """

    def __init__(
        self,
        far: FarEngine,
        name: str,
        faults: Faults,
        pitch_hz: float,
        contact: Callable[[bool, float], None],
    ) -> None:
        self.far = far
        self.name = name
        self.faults = faults
        self.off_hook = False
        self.last_caller_id: CallerIdHeard | None = None
        self.attention = ATTENTIVE
        self.habit = Habit()
        self.log = HeardLog(lambda: self.name, far.loop)
        self.port = far.take_port(self._hear)
        self._contact = contact
        self._timers = Timers(far.loop)
        self._chance = Chance(faults.seed, f"telephone {name}")
        self._pitch_hz = pitch_hz
        self._down_s = -_DOWN_FOR_S
        self._stream: Stream | None = None
        self._stream_port: int | None = None
        self._listen(Detector.CALLER_ID)

    @property
    @abstractmethod
    def being_rung(self) -> bool:
        """The bell sounds, or pauses between two bursts."""

    # --- what its user does ---

    def lift(self) -> None:
        """Pick up the receiver; the hook switch may bounce."""
        if self.off_hook:
            return
        self.off_hook = True
        self.log.quiet()
        self.log.ringing = False
        self.log.forget()
        self.log.add("lift")
        self._listen(self.attention)
        self._join_stream()
        self._move_hook(True)

    def hang_up(self) -> None:
        if not self.off_hook:
            return
        self.off_hook = False
        self.far.submit(ResetPort(self.port), SetDetectors(self.port, Detector.CALLER_ID))
        self._timers.clear()
        self._down_s = self._timers.now_s()
        self.log.quiet()
        self.log.add("hang_up")
        self._move_hook(False)

    def flash(self, open_ms: int = FLASH_MS) -> None:
        """Tap the hook (or press R) for so long."""
        self._need_lifted()
        self.log.add("flash", str(open_ms))
        self._move_contact("flash", [(0, False), (open_ms, True)], lambda: None)

    def press(self, keys: str, on_ms: int = 100, off_ms: int = 100) -> asyncio.Future[None]:
        """Send DTMF ("," waits 500 ms); the result is there when the last digit is out, and need not be awaited.

        Raises NotLifted on hook, and ValueError for what is no key.
        """
        self._need_lifted()
        if not keys or not set(keys) <= _KEYS:
            raise ValueError(f"no telephone has all the keys of {keys!r}")
        self.log.add("press", keys)
        done, tag = self._completion()
        # Virtual time goes from deadline to deadline; whoever awaits the last digit needs one to go to.
        sending_ms = sum(_PAUSE_MS if key == "," else on_ms + off_ms for key in keys)
        self._timers.set("keys", sending_ms + _AFTER_SENDING_MS, lambda: None)
        self.far.submit(SendDigits(self.port, keys, tag, on_ms=on_ms, off_ms=off_ms))
        return done

    def dial(self, number: str) -> asyncio.Future[None]:
        """Press the keys of a number, 100 ms on and 100 ms off."""
        return self.press(number)

    def pulse(self, digits: str) -> asyncio.Future[None]:
        """Dial digits with a dial plate."""
        self._need_lifted()
        if not digits.isdecimal():
            raise ValueError(f"a dial plate has no {digits!r}")
        self.log.add("press", digits)
        done: asyncio.Future[None] = self.far.loop.create_future()
        moves: list[tuple[float, bool]] = []
        at_ms = 0.0
        for digit in digits:
            for _ in range(int(digit) or 10):
                moves += [(at_ms, False), (at_ms + PULSE_BREAK_MS, True)]
                at_ms += PULSE_BREAK_MS + PULSE_MAKE_MS
            at_ms += BETWEEN_PULSED_DIGITS_MS
        self._move_contact("dial plate", moves, lambda: None if done.done() else done.set_result(None))
        return done

    def speak(self, duration_ms: int | None = None) -> None:
        """Talk into the receiver for so long, or until `hush` or the receiver is down."""
        self._need_lifted()
        self.log.add("speak", "" if duration_ms is None else str(duration_ms))
        sound = self.far.sound(voice(self._pitch_hz))
        self.far.submit(StopPlay(self.port), Play(self.port, (sound,), self.far.tag(), loop=True))
        if duration_ms is not None:
            self._timers.set("speak", duration_ms, self.hush)

    def hush(self) -> None:
        self._timers.cancel("speak")
        self.far.submit(StopPlay(self.port))

    def attach_stream(self, stream_port: int) -> Stream:
        """Join ear and mouth to a stream port of the far engine, while the receiver is up."""
        self._stream = self.far.media.open_stream(stream_port)
        self._stream_port = stream_port
        self._join_stream()
        return self._stream

    def detach_stream(self) -> int | None:
        """Close the stream; its port, for another telephone."""
        port, self._stream_port = self._stream_port, None
        if self._stream is not None:
            self.far.submit(SetBridge(self.port, ()))
            self._stream.close()
            self._stream = None
        return port

    # --- what its user waits for ---

    async def rings(self, within_s: float = 5) -> None:
        """It is being rung: the bell sounds, or pauses between two bursts."""
        await self.log.until(lambda: self.being_rung, within_s, "ring")

    async def stops_ringing(self, within_s: float = 5) -> None:
        """It is not, or no longer, being rung."""
        await self.log.until(lambda: not self.being_rung, within_s, "end of ringing")

    async def stays_silent(self, for_s: float) -> None:
        """It is not rung for so long."""
        await self.log.stays(lambda: not self.being_rung, for_s, "silence of the bell")

    async def hears(self, tone: Tone, within_s: float = 5) -> None:
        await self._met(lambda: tone in self.log.tones, "tone", tone.value, within_s, f"{tone.value} tone")

    async def hears_speech(self, within_s: float = 5) -> None:
        await self._met(lambda: self.log.speech, "speech", "", within_s, "speech")

    async def hears_silence(self, for_s: float = 1, within_s: float = 30) -> None:
        """Neither tone nor speech for a time, beginning within the deadline."""

        def silent() -> bool:
            return not self.log.speech and not self.log.tones

        deadline_s = self.far.loop.time() + within_s
        while True:
            await self.log.until(silent, deadline_s - self.far.loop.time(), "silence")
            try:
                await self.log.stays(silent, for_s, "silence")
                return
            except NotHeard:
                if self.far.loop.time() >= deadline_s:
                    raise

    async def hears_digits(self, keys: str, within_s: float = 5) -> None:
        """These keys, in a row, since last asked."""

        def heard() -> bool:
            return keys in "".join(entry.detail for entry in self.log.since_met("digit"))

        await self.log.until(heard, within_s, f"digits {keys}")
        self.log.meet("digit")

    async def shows_caller(self, number: str, within_s: float = 8) -> None:
        """Its display shows this number."""

        def shown() -> bool:
            return self.last_caller_id is not None and self.last_caller_id.number == number

        await self.log.until(shown, within_s, f"caller ID {number}")

    async def feels(self, what: str, within_s: float = 5) -> None:
        """loop_drop, loop_back or reversal."""
        await self._met(lambda: False, what, "", within_s, what)

    async def call(self, number: str, within_s: float = 5) -> None:
        """Lift, wait for dial tone (a moment only, where its ear doesn't tell tones), dial.

        A receiver that has just gone down stays there for long enough to be a hang-up.
        """
        await asyncio.sleep(max(0.0, self._down_s + _DOWN_FOR_S - self._timers.now_s()))
        self.lift()
        if Detector.TONES in self.attention:
            await self.hears(Tone.DIAL, within_s)
        else:
            await asyncio.sleep(_UNHEARD_DIAL_TONE_S)
        await self.dial(number)

    async def talks_to(self, other: Telephone, within_s: float = 3) -> None:
        """Speak until heard there, and for a second at least.  The other end must hear nothing beforehand."""
        await other.hears_silence(0.3, within_s)
        other.log.forget()
        began_s = self._timers.now_s()
        self.speak()
        try:
            await other.hears_speech(within_s)
        finally:
            spoken_ms = (self._timers.now_s() - began_s) * 1000
            self._timers.set("speak", max(_SPEAKS_ON_MS, _SPEAKS_MS - spoken_ms), self.hush)

    # --- what is shown of it ---

    def status(self) -> dict[str, Any]:
        """Its state as plain data, for a page."""
        return {
            "name": self.name,
            "off_hook": self.off_hook,
            "ringing": self.being_rung,
            "tones": sorted(tone.value for tone in self.log.tones),
            "speech": self.log.speech,
            "caller_id": _display(self.last_caller_id),
            "stream": self._stream_port is not None,
            "heard": [msgspec.to_builtins(entry) for entry in self.log.entries()[-20:]],
        }

    def close(self) -> None:
        self._timers.clear()

    # --- what the line does (`subscriber.Terminal`) ---

    def feel_ring(self, on: bool) -> None:
        self.log.ringing = on
        self.log.add("ring" if on else "ring_over")
        if on and self.habit.answer_after_ms is not None and "answer" not in self._timers.running():
            self._timers.set("answer", self.habit.answer_after_ms, self._answer)

    def ring_ceased(self) -> None:
        self._timers.cancel("answer")
        self.log.add("ring_ceased")

    def feel_polarity(self, reversed: bool) -> None:
        self.log.add("reversal", "reversed" if reversed else "normal")

    def feel_loop(self, present: bool) -> None:
        self.log.add("loop_back" if present else "loop_drop")

    # --- inside ---

    def _hear(self, event: MediaEvent) -> None:
        log = self.log
        match event:
            case CallerIdHeard() if not self.off_hook:
                self.last_caller_id = event
                log.add("caller_id", event.number or event.presentation.value)
            case _ if not self.off_hook:
                pass  # what was still under way when the receiver went down
            case ToneHeard():
                if event.tone not in log.tones:
                    log.tones.add(event.tone)
                    log.add("tone", event.tone.value)
            case ToneEnded():
                log.tones.discard(event.tone)
                log.add("tone_over", event.tone.value)
            case SpeechBegan():
                log.speech = True
                log.add("speech")
            case SpeechEnded():
                log.speech = False
                log.add("speech_over")
            case DigitBegan():
                log.add("digit", event.key)

    def _need_lifted(self) -> None:
        if not self.off_hook:
            raise NotLifted(f"{self.name} is on hook")

    def _answer(self) -> None:
        self.lift()
        if self.habit.speak_ms is not None:
            self.speak(self.habit.speak_ms)
        if self.habit.hang_up_after_ms is not None:
            self._timers.set("leave", self.habit.hang_up_after_ms, self.hang_up)

    async def _met(
        self, now: Callable[[], bool], what: str, detail: str, within_s: float, wanted: str
    ) -> None:
        await self.log.until(lambda: now() or bool(self.log.since_met(what, detail)), within_s, wanted)
        self.log.meet(what, detail)

    def _listen(self, detectors: Detector) -> None:
        self.far.submit(SetDetectors(self.port, detectors))

    def _join_stream(self) -> None:
        if self.off_hook and self._stream_port is not None:
            self.far.submit(SetBridge(self.port, (self.port, self._stream_port)))

    def _completion(self) -> tuple[asyncio.Future[None], int]:
        done: asyncio.Future[None] = self.far.loop.create_future()
        return done, self.far.tag(lambda: None if done.done() else done.set_result(None))

    def _move_hook(self, closed: bool) -> None:
        """Move the contact, with the bounces a worn switch makes."""
        moves: list[tuple[float, bool]] = [(0.0, closed)]
        at_ms = 0.0
        for _ in range(self._chance.count(self.faults.bounces_max)):
            for state in (not closed, closed):
                at_ms += self._chance.between(0.5, self.faults.bounce_ms)
                moves.append((at_ms, state))
        self._timers.cancel("flash", "dial plate")
        self._move_contact("hook switch", moves, lambda: None)

    def _move_contact(self, name: str, moves: list[tuple[float, bool]], over: Callable[[], None]) -> None:
        """Run through contact movements, each (ms from now, closed); the first at 0 at once."""
        began_s = self._timers.now_s()

        def run(index: int) -> None:
            after_ms, closed = moves[index]
            self._contact(closed, began_s + after_ms / 1000)
            if index + 1 == len(moves):
                over()
            else:
                self._timers.set_at(name, began_s + moves[index + 1][0] / 1000, lambda: run(index + 1))

        run(0)


def _display(caller_id: CallerIdHeard | None) -> dict[str, Any] | None:
    """What the telephone's display holds, as plain data."""
    if caller_id is None:
        return None
    return {
        "number": caller_id.number,
        "name": caller_id.name,
        "presentation": caller_id.presentation.value,
        "format": caller_id.format.value,
        "intact": caller_id.intact,
    }


_PITCHES_HZ = (120.0, 145.0)


class Jack(Protocol):
    """What a desk phone is plugged into: an FXS port itself, or the far end of a pair that leads to one."""

    port: int
    telephone: Terminal | None

    @property
    def being_rung(self) -> bool:
        """A burst is at the telephone or the next one is due."""
        ...

    def plugged(self, closed: bool) -> None:
        """A telephone is plugged in, with its hook switch as it is."""
        ...

    def contact(self, closed: bool, at_s: float) -> None:
        """The hook switch's contact moved.  at_s: when; the loop may be late in telling."""
        ...


class DeskTelephone(Telephone):
    """A telephone of the centre's own."""

    def __init__(self, far: FarEngine, jack: Jack, faults: Faults) -> None:
        super().__init__(far, f"desk {jack.port}", faults, _PITCHES_HZ[jack.port % 2], self._move)
        self.plug(jack)

    def plug(self, jack: Jack) -> None:
        """Plug it in here, lifted or not."""
        self.jack = jack
        jack.telephone = self
        jack.plugged(self.off_hook)

    @property
    def being_rung(self) -> bool:
        return self.jack.being_rung

    def _move(self, closed: bool, at_s: float) -> None:
        self.jack.contact(closed, at_s)

    def status(self) -> dict[str, Any]:
        return {"kind": "desk", "port": self.jack.port, **super().status()}
