# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Test calls from one of the box's lines to another: three, each showing what the others can't.

The first is never answered: if the ringing goes on after our line has hung up, it was a caller's, and the line is
given back to be answered.  From then on a call is answered only if it bears the number the first one bore.  The second
is ended by the line that called, the third by the line that was called.
"""

from __future__ import annotations

from typing import Any

import msgspec

from drivers.port import Reversal, RingOff, RingOn
from dsp import measure
from dsp.vocabulary import CallerIdHeard, Detector, Tone, ToneHeard
from firmware.exchange.commands import Actor
from firmware.line_doctor.findings import CallFound
from firmware.line_doctor.measuring import (
    DIAL_TONE_S,
    HANG_UP_S,
    MS,
    PROBE_DBM0,
    PROBE_MS,
    CallerFound,
    dial_tone,
    in_words,
    told_of_hang_up,
    tone_of,
)
from firmware.shell.lending import LendingDesk, Loan, LoanLost, NotLent

RING_S = 25.0  # post-dial delay of a slow gateway, and more
CALLER_ID_S = 5.0
RING_PAUSE_S = 6.5  # the pauses of all ringing cadences are shorter
RELEASE_S = 1.5  # until the exchange has seen our hang-up; a burst in between is still ours
REST_S = 2.5
ANSWER_S = 2.0
BUSY_S = 8.0


class _Trouble(Exception):
    """A call could not go on; the message is for the installer."""


class CallSeries:
    """One pair of lent lines.  found: what is known so far."""

    def __init__(self, caller: Loan, called: Loan, number: str) -> None:
        self.caller = caller
        self.called = called
        self.found = CallFound(caller.port, called.port, number)

    async def all(self, own_number: str) -> None:
        await self.unanswered()
        await self.rest()
        await self.ended_by_the_caller()
        await self.rest()
        await self.ended_by_the_called()
        if not self._busy_heard():
            await self.rest()
            await self.busy(self.found.caller_number or own_number)

    async def unanswered(self) -> None:
        """Post-dial delay, ringback, the ring's cadence and the caller ID."""
        dialled = await self._dial()
        first = await self._rings(dialled)
        ended = await self.called.hears(RingOff, 8.0, since=first)
        over = ended[0] if ended else first
        again = await self.called.hears(RingOn, RING_PAUSE_S, since=over + 1)
        if again is not None:
            await self.called.hears(RingOff, 8.0, since=again[0])
            await self.called.passes(0.3)
        caller_id = next(iter(self.called.since(CallerIdHeard, dialled)), None)
        self._note(ring_on_ms=(over - first) // MS, ring_off_ms=(again[0] - over) // MS if again else None)
        self._note_caller_id(caller_id, dialled, first, over)
        self._note_ringback(dialled)
        hung_up = self.caller.hang_up()
        if await self.called.hears(
            RingOn, RING_PAUSE_S + RELEASE_S, since=hung_up + round(RELEASE_S * 1000) * MS
        ):
            raise _Trouble(
                f"somebody else is calling line {self.called.port}: it was given back; try again when it is idle"
            )

    async def ended_by_the_caller(self) -> None:
        """Reversal at answer, the loss between the lines, and what the called line is told in the end."""
        answered = await self._answered_call()
        turned = await self.caller.hears(Reversal, ANSWER_S, since=answered)
        self._note(answer_reversal=turned is not None)
        self._note(loss_db=await _loss_db(self.caller, self.called))
        self._note(loss_back_db=await _loss_db(self.called, self.caller))
        self.caller.hang_up()
        self._note(called_told=await told_of_hang_up(self.called, self.called.now(), HANG_UP_S))
        self.called.hang_up()

    async def ended_by_the_called(self) -> None:
        await self._answered_call()
        await self.called.passes(ANSWER_S)
        self.called.hang_up()
        self._note(caller_told=await told_of_hang_up(self.caller, self.caller.now(), HANG_UP_S))
        self.caller.hang_up()

    async def busy(self, own_number: str) -> None:
        """A line that calls itself is busy: where no hang-up had a busy tone, this shows what it is like."""
        if not own_number:
            return
        dialled = await self._dial(own_number)
        heard = await self.caller.hears(
            ToneHeard, BUSY_S, lambda tone: tone.tone is Tone.BUSY and tone.cycles >= 3, since=dialled
        )
        if heard is not None:
            self._note(busy=tone_of(self.caller.sound(dialled), Tone.BUSY, cadence=True))
        self.caller.hang_up()

    async def rest(self) -> None:
        """Both lines on hook, until the exchange is ready for the next call."""
        self.called.listen(Detector.CALLER_ID)
        await self.caller.passes(REST_S)

    # --- inside ---

    async def _dial(self, number: str = "") -> int:
        lifted = self.caller.lift(Detector.TONES | Detector.SPEECH)
        if await dial_tone(self.caller, lifted) is None:
            raise _Trouble(f"line {self.caller.port} gave no dial tone within {DIAL_TONE_S:.0f} s")
        dialled = await self.caller.dial(number or self.found.number)
        if self.called.since(RingOn, lifted):
            raise _Trouble(f"somebody else is calling line {self.called.port}: it was given back; try again")
        return dialled

    async def _rings(self, dialled: int) -> int:
        """When the called line began to ring."""
        rings = await self.called.hears(RingOn, RING_S, since=dialled)
        if rings is None:
            tones = [heard.tone.value for _, heard in self.caller.since(ToneHeard, dialled)]
            heard = f"heard {tones[-1]}" if tones else "heard no tone"
            raise _Trouble(
                f"line {self.called.port} did not ring within {RING_S:.0f} s of {self.found.number} being dialled"
                f" (line {self.caller.port} {heard}): is that its number?"
            )
        return rings[0]

    async def _answered_call(self) -> int:
        """Dial, and answer on the other line, once it is known to be our call; the moment of the answer."""
        dialled = await self._dial()
        await self._rings(dialled)
        if self.found.caller_id_time != "never":
            await self._is_ours(dialled)
        return self.called.lift(Detector.TONES)

    async def _is_ours(self, dialled: int) -> None:
        heard = await self.called.hears(CallerIdHeard, CALLER_ID_S, since=dialled)
        number = heard[1].number if heard is not None and heard[1].intact else ""
        if number and self.found.caller_number and number != self.found.caller_number:
            raise _Trouble(
                f"another call came to line {self.called.port} first: it was given back; try again"
            )

    def _note_caller_id(
        self, heard: tuple[int, CallerIdHeard] | None, dialled: int, first: int, over: int
    ) -> None:
        if heard is None:
            self._note(caller_id_time="never")
            return
        sample, message = heard
        before = sample < first
        self._note(
            caller_id_time="before_first_ring" if before else "after_first_ring",
            caller_id_format=message.format.value,
            caller_id_wait_ms=None if before else max(0, sample - over) // MS,
            caller_id_reversal=bool(
                [turn for turn in self.called.since(Reversal, dialled) if turn[0] < sample]
            ),
            caller_number=message.number if message.intact else "",
        )

    def _note_ringback(self, dialled: int) -> None:
        sound = self.caller.sound(dialled + 200 * MS)
        bursts = measure.bursts(sound)
        if not bursts:
            return
        named = [heard.tone for _, heard in self.caller.since(ToneHeard, dialled)]
        tone = Tone.RINGBACK if Tone.RINGBACK in named else None
        self._note(post_dial_ms=bursts[0][0] + 200, ringback=tone_of(sound, tone, cadence=True))

    def _busy_heard(self) -> bool:
        told = self.found.caller_told
        return told is not None and told.tone is not None

    def _note(self, **changes: Any) -> None:
        self.found = msgspec.structs.replace(self.found, **changes)


async def _loss_db(speaks: Loan, listens: Loan) -> float | None:
    """How much weaker noise from one line arrives on the other."""
    began = listens.now()
    await speaks.play(measure.probe_noise(PROBE_MS, PROBE_DBM0))
    await listens.passes(0.2)
    heard = measure.sounding(listens.sound(began))
    return round(PROBE_DBM0 - measure.level_dbm0(heard), 1) if heard else None


async def measure_call(
    desk: LendingDesk, actor: Actor, caller: int, called: int, number: str, own_number: str = ""
) -> CallFound:
    """number: what the caller dials to reach the called line.  own_number: the caller's, where it is known."""
    loans: list[Loan] = []
    nothing = CallFound(caller, called, number)
    try:
        loans.append(await desk.line(actor, called, rings=True))
        loans.append(await desk.line(actor, caller, rings=False))
    except NotLent as refused:
        desk.give_back(actor, *loans)
        return msgspec.structs.replace(nothing, trouble=in_words(refused))
    calls = CallSeries(loans[1], loans[0], number)
    trouble = ""
    try:
        await calls.all(own_number)
    except CallerFound as caller_found:
        desk.give_caller(actor, loans[1])
        trouble = str(caller_found)
    except LoanLost as lost:
        trouble = in_words(lost)
    except _Trouble as found:
        trouble = str(found)
    finally:
        desk.give_back(actor, *loans)
    return msgspec.structs.replace(calls.found, trouble=trouble)
