# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The line doctor's measurements that need one port: a line by itself, a hang-up made by a person, a phone's flash.

Each borrows what it needs, gives it back whatever happens, and says in `trouble` why it ended early.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from drivers.port import HookClosed, LoopDrop, OffHook, OnHook, Reversal, RingOn
from dsp import measure
from dsp.tones import PLANS
from dsp.vocabulary import CallerIdHeard, Detector, SpeechBegan, Tone, ToneHeard
from firmware.exchange.commands import Actor
from firmware.line_doctor.findings import FlashFound, HangUpFound, LineFound, Told, ToneFound
from firmware.shell.lending import LendingDesk, Loan, LoanLost, NotLent

MS = 8  # samples
DIAL_TONE_S = 12.0
NOISE_S = 0.8
PROBE_MS = 1_200
PROBE_DBM0 = -20.0
AFTER_DIGIT_S = 0.5  # the exchange's dial tone is off by then
HANG_UP_S = 15.0
HANG_UP_CYCLES = 4
CALLER_S = 60.0
TAPS_S = 45.0
TAPS = 3
BOUNCE_MS = 40  # shorter openings are contact noise
HANG_UP_TONES = (Tone.BUSY, Tone.CONGESTION, Tone.VACANT)
CADENCE_WITHIN = 0.15


async def measure_line(desk: LendingDesk, actor: Actor, port: int, digit: str = "2") -> LineFound:
    """Dial tone, then, with one digit dialled so that the exchange is quiet, noise and echo.

    digit: how some number begins that needs more digits.
    """
    try:
        loan = await desk.line(actor, port, rings=False)
    except NotLent as refused:
        return LineFound(port, trouble=in_words(refused))
    found = LineFound(port)
    try:
        lifted = loan.lift(Detector.TONES | Detector.SPEECH)
        found = await _dial_tone(loan, found, lifted)
        if not found.trouble:
            await loan.dial(digit)
            found = await _quiet(loan, found)
    except CallerFound as caller:
        desk.give_caller(actor, loan)
        found = _with(found, trouble=str(caller))
    except LoanLost as lost:
        found = _with(found, trouble=in_words(lost))
    finally:
        desk.give_back(actor, loan)
    return found


async def _dial_tone(loan: Loan, found: LineFound, lifted: int) -> LineFound:
    heard = await dial_tone(loan, lifted)
    await loan.passes(0.5)
    sound = loan.sound(lifted)
    bursts = measure.bursts(sound)
    tone = tone_of(sound[-4_000:], heard[1].tone if heard else None, cadence=False) if bursts else None
    if heard is None:
        what = (
            "nothing was heard"
            if tone is None
            else f"{tone.freq_hz:.0f} Hz was heard, which is none of the country's"
        )
        return _with(
            found,
            dial_tone=tone,
            trouble=f"line {loan.port} gave no dial tone within {DIAL_TONE_S:.0f} s: {what}",
        )
    return _with(found, dial_tone=tone, dial_delay_ms=bursts[0][0])


async def _quiet(loan: Loan, found: LineFound) -> LineFound:
    await loan.passes(AFTER_DIGIT_S)
    began = loan.now()
    await loan.passes(NOISE_S)
    levels = sorted(measure.levels_dbm0(loan.sound(began)))
    noise_dbm0 = levels[len(levels) // 2] if levels else None
    began = await loan.play(measure.probe_noise(PROBE_MS, PROBE_DBM0))
    await loan.passes(0.3)
    heard, sent = loan.both_sides(began)
    echo = measure.echo(sent, heard)
    if echo is None:
        return _with(found, noise_dbm0=noise_dbm0)
    return _with(
        found,
        noise_dbm0=noise_dbm0,
        echo_delay_ms=round(echo.delay_ms, 1),
        echo_return_db=round(echo.return_loss_db, 1),
    )


async def measure_hang_up(desk: LendingDesk, actor: Actor, port: int) -> HangUpFound:
    """A person calls this line and hangs up when it is answered: what the exchange does then is its hang-up."""
    try:
        loan = await desk.line(actor, port, rings=True)
    except NotLent as refused:
        return HangUpFound(port, trouble=in_words(refused))
    found = HangUpFound(port)
    try:
        began = loan.now()
        if await loan.hears(RingOn, CALLER_S, since=began) is None:
            return HangUpFound(port, trouble=f"nobody called line {port} within {CALLER_S:.0f} s")
        caller = await loan.hears(CallerIdHeard, 5.0, since=began)
        found = HangUpFound(port, caller_number=caller[1].number if caller and caller[1].intact else "")
        answered = loan.lift(Detector.TONES)
        loan.beep()
        told = await told_of_hang_up(loan, answered + 800 * MS, within_s=2 * HANG_UP_S)
        found = HangUpFound(port, caller_number=found.caller_number, told=told)
    except LoanLost as lost:
        found = HangUpFound(port, in_words(lost), found.caller_number)
    finally:
        desk.give_back(actor, loan)
    return found


async def measure_flash(desk: LendingDesk, actor: Actor, port: int) -> FlashFound:
    """The person at this phone lifts it and taps the hook three times.  DAHDI's flash event carries no length:
    what counts is how long the hook bit was away (`drivers.port.HookClosed`)."""
    try:
        loan = await desk.phone(actor, port)
    except NotLent as refused:
        return FlashFound(port, trouble=in_words(refused))
    taps: list[int] = []
    trouble = ""
    try:
        began = loan.now()
        if await loan.hears(OffHook, CALLER_S, since=began) is None:
            return FlashFound(port, trouble=f"nobody lifted the phone within {CALLER_S:.0f} s")
        while len(taps) < TAPS:
            last = loan.now()
            tap = await loan.hears(HookClosed, TAPS_S, lambda closed: closed.open_ms >= BOUNCE_MS, since=last)
            if tap is None:
                trouble = f"{len(taps)} of {TAPS} taps came within {TAPS_S:.0f} s"
                break
            taps.append(tap[1].open_ms)
            await loan.passes(0.05)
    except LoanLost as lost:
        hung_up = loan.since(OnHook, began)
        trouble = (
            "the phone was hung up before the third tap, or one tap was longer than 1.5 s"
            if hung_up
            else in_words(lost)
        )
    finally:
        desk.give_back(actor, loan)
    return FlashFound(port, trouble, tuple(taps))


# --- what several measurements need ---


class CallerFound(Exception):
    """Somebody speaks where dial tone should be: a caller whom we answered by lifting (glare with no ring)."""


async def dial_tone(loan: Loan, lifted: int) -> tuple[int, ToneHeard] | None:
    """Dial tone on a line just lifted.  Raises CallerFound."""

    def dial(heard: ToneHeard) -> bool:
        return heard.tone in (Tone.DIAL, Tone.STUTTER_DIAL)

    heard = await loan.hears(ToneHeard, DIAL_TONE_S, dial, since=lifted)
    if heard is None and loan.since(SpeechBegan, lifted):
        raise CallerFound(
            f"somebody was calling on line {loan.port} just then: the caller was answered; try again"
        )
    return heard


async def told_of_hang_up(loan: Loan, since: int, within_s: float = HANG_UP_S) -> Told:
    """What a line says after the other party has hung up: waited for until a tone is sure, or for so long."""

    def sure(heard: ToneHeard) -> bool:
        return heard.tone in HANG_UP_TONES and heard.cycles >= HANG_UP_CYCLES

    tone = await loan.hears(ToneHeard, within_s, sure, since=since)
    drops = loan.since(LoopDrop, since)
    turns = loan.since(Reversal, since)
    sound = loan.sound(since)
    found = tone_of(sound, tone[1].tone if tone else None, cadence=True) if _repeats(sound) or tone else None
    bursts = measure.bursts(sound)
    return Told(
        loop_drop_ms=(drops[0][0] - since) // MS if drops else None,
        reversal_ms=(turns[0][0] - since) // MS if turns else None,
        tone=found,
        tone_ms=bursts[0][0] if found is not None and bursts else None,
    )


def _repeats(sound: bytes) -> bool:
    cadence = measure.cadence(sound)
    return cadence is not None and cadence.cycles >= HANG_UP_CYCLES


def tone_of(sound: bytes, tone: Tone | None, *, cadence: bool) -> ToneFound | None:
    """A tone as measured, under the name the country's plan gives it."""
    heard = measure.sounding(sound) if cadence else sound
    pitch = measure.pitch(heard)
    steps = measure.cadence(sound) if cadence else None
    if pitch is None:
        return None
    return ToneFound(
        tone.value if tone else "",
        round(pitch.freq_hz, 1),
        round(pitch.second_hz, 1),
        round(pitch.level_dbm0, 1),
        steps.on_ms if steps else 0,
        steps.off_ms if steps else 0,
    )


def plans_with(found: ToneFound) -> Sequence[str]:
    """The countries whose plan has a tone of this frequency and cadence for the end of a call."""
    return [country for country in PLANS if _in_plan(country, found)]


def _in_plan(country: str, found: ToneFound) -> bool:
    for cadence in PLANS[country].cadences:
        if cadence.tone not in HANG_UP_TONES or len(cadence.steps) != 2:
            continue
        on, off = cadence.steps
        lengths = ((on.duration_ms, found.on_ms), (off.duration_ms, found.off_ms))
        right = all(abs(ours - theirs) <= CADENCE_WITHIN * ours for ours, theirs in lengths)
        if right and abs(on.f1_hz - found.freq_hz) <= 25 and bool(on.f2_hz) == bool(found.second_hz):
            return True
    return False


def in_words(error: NotLent | LoanLost) -> str:
    """Why a port could not be measured, and what to do."""
    if isinstance(error, LoanLost):
        return f"the exchange took port {error.port} back (it is {error.state} now): a call came first; try again"
    if error.cause == "lent":
        return f"port {error.port} is being measured by somebody else: let that end, and try again"
    if error.cause == "busy":
        return f"port {error.port} is in use: it was left alone; try again when it is idle"
    if error.cause == "out_of_service":
        return (
            f"port {error.port} is out of service: look at its cable, and at its alarm in `switchroom status`"
        )
    if error.cause == "vacant":
        return f"port {error.port} is not in the settings: add it there first"
    return f"port {error.port} is not lent: {error.cause}"


def _with(found: LineFound, **changes: object) -> LineFound:
    return msgspec.structs.replace(found, **changes)
