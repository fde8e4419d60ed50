# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""From findings to profiles: a function of data.  What was not found leaves the profile as it is."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dsp.measure import ECHO_NONE_DB
from firmware.line_doctor.findings import CallFound, Findings, LineFound, Told, ToneFound
from firmware.line_doctor.measuring import HANG_UP_TONES, plans_with
from firmware.line_doctor.questions import Answers
from firmware.settings.model import CallerIdKind, HangupProof, Line, Phone, Settings
from firmware.settings.toml import HEAD, to_toml

PLAN_LEVEL_DBM0 = -10.0  # China's tones are -10 +-3 dBm at the exchange (dsp.tones)
LEVEL_WITHIN_DB = 3.0
GAIN_MOST_DB = 6.0  # more would bring up the echo too
ECHO_POOR_DB = 12.0
NOISY_DBM0 = -45.0
SLOW_POST_DIAL_MS = (
    3_000  # an exchange answers its own numbers sooner; terminals and gateways collect digits first
)
LOW_RING_VOLTS = 45.0  # an exchange gives 75-105 V (GB/T 3380-1982), a terminal on a short wire 40-60
SILENCE_S = 30
MARGIN_MS = 1_500
KNOWN_TONES = frozenset(tone.value for tone in HANG_UP_TONES)


@dataclass(frozen=True, slots=True)
class Change:
    """One setting.  path as in a comparison of settings, by port: "lines[1].caller_id"."""

    path: str
    before: Any
    after: Any
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """settings: whole, with the changes in them.  remarks: what no setting can mend."""

    settings: Settings
    changes: tuple[Change, ...]
    remarks: tuple[str, ...]

    @property
    def profile_hash(self) -> str:
        """Of the profiles as they would be: a line that was changed later shows in it."""
        parts = [each.model_dump_json() for each in (*self.settings.lines, *self.settings.phones)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def toml(self) -> str:
        """For `switchroom settings apply`: all settings, and why each change, as a comment at the head."""
        notes = [f"# {each.path}: {each.before!s} -> {each.after!s}: {each.why}" for each in self.changes]
        return (
            "\n".join([*notes, *(f"# {remark}" for remark in self.remarks)]) + "\n" + to_toml(self.settings)
        )


def propose(settings: Settings, findings: Findings, answers: Answers) -> Proposal:
    changes: list[Change] = []
    remarks: list[str] = []
    lines = [
        _changed(line, f"lines[{line.port}]", _Line(line, findings, answers), changes, remarks)
        for line in settings.lines
    ]
    phones = [_phone(phone, f"phones[{phone.port}]", findings, changes) for phone in settings.phones]
    whole = settings.model_copy(update={"lines": tuple(lines), "phones": tuple(phones)})
    assert HEAD in to_toml(whole)
    return Proposal(whole, tuple(changes), tuple(remarks))


class _Line:
    """What was found of one line, from every measurement it took part in."""

    def __init__(self, line: Line, findings: Findings, answers: Answers) -> None:
        self.line = line
        self.alone = next((each for each in findings.lines if each.port == line.port), None)
        self.outward = next((each for each in findings.calls if each.caller == line.port), None)
        self.inward = next((each for each in findings.calls if each.called == line.port), None)
        self.answers = answers.of(line.port)
        self.told = [each for each in self._told(findings) if each is not None]

    def _told(self, findings: Findings) -> Iterator[Told | None]:
        yield self.outward.caller_told if self.outward else None
        yield self.inward.called_told if self.inward else None
        yield from (each.told for each in findings.hang_ups if each.port == self.line.port)

    @property
    def hang_up_tones(self) -> list[ToneFound]:
        tones = [each.tone for each in self.told if each.tone is not None]
        return [*tones, *([self.outward.busy] if self.outward and self.outward.busy else [])]

    @property
    def from_terminal(self) -> bool:
        """Said so, or as slow as a terminal, with no reversal."""
        if self.answers.source:
            return self.answers.source in ("terminal", "gateway")
        return looks_like_terminal(self.outward)


def looks_like_terminal(call: CallFound | None) -> bool:
    """What can be measured of an optical terminal or gateway: digits are long under way, and answer turns nothing."""
    return (
        call is not None
        and call.post_dial_ms is not None
        and call.post_dial_ms >= SLOW_POST_DIAL_MS
        and call.answer_reversal is False
    )


def _changed(line: Line, path: str, found: _Line, changes: list[Change], remarks: list[str]) -> Line:
    wanted = [*_number(found), *_caller_id(found), *_hang_up(found), *_dialling(found), *_level(found)]
    update: dict[str, Any] = {}
    for field, value, why in wanted:
        before = getattr(line, field)
        if before != value:
            update[field] = value
            changes.append(Change(f"{path}.{field}", _plain(before), _plain(value), why))
    remarks += [f"line {line.port}: {remark}" for remark in _remarks(found)]
    return line.model_copy(update=update)


Wanted = tuple[str, Any, str]


def _number(found: _Line) -> Iterator[Wanted]:
    if found.outward is not None and found.outward.caller_number:
        number = found.outward.caller_number
        yield "number", number, f"line {found.outward.called} was called from here and showed it"
    elif found.inward is not None and found.inward.ring_on_ms is not None and not found.line.number:
        yield "number", found.inward.number, "this line rang when it was dialled"


def _caller_id(found: _Line) -> Iterator[Wanted]:
    call = found.inward
    if call is None or call.caller_id_time is None:
        return
    if call.caller_id_time == "never":
        yield "caller_id", CallerIdKind.NONE, "none came with the test call"
        return
    fsk = call.caller_id_format.startswith("fsk")
    when = "before the first ring" if call.caller_id_time == "before_first_ring" else "after the first ring"
    yield "caller_id", CallerIdKind.FSK if fsk else CallerIdKind.DTMF, f"{call.caller_id_format} came {when}"
    if call.caller_id_wait_ms is None:
        yield "caller_id_ms", 500, "it comes before the first ring: what isn't there then never comes"
    else:
        wait_ms = min(12_000, _up(call.caller_id_wait_ms + MARGIN_MS, 500))
        yield "caller_id_ms", wait_ms, f"it was there {call.caller_id_wait_ms} ms after the first ring"


def _hang_up(found: _Line) -> Iterator[Wanted]:
    if found.outward is not None and found.outward.answer_reversal is not None:
        turns = found.outward.answer_reversal
        yield (
            "answer_reversal",
            turns,
            "polarity turned at answer" if turns else "polarity did not turn at answer",
        )
    if not found.told:
        return
    proofs = [
        (HangupProof.LOOP_DROP, any(each.loop_drop_ms is not None for each in found.told)),
        (HangupProof.REVERSAL, any(each.reversal_ms is not None for each in found.told)),
        (HangupProof.TONE, any(tone.tone in KNOWN_TONES for tone in found.hang_up_tones)),
    ]
    seen = tuple(proof for proof, there in proofs if there)
    if seen:
        words = ", ".join(proof.value for proof in seen)
        yield "hangup_proofs", seen, f"seen when the other party hung up: {words}"
    unknown = [tone for tone in found.hang_up_tones if tone.tone not in KNOWN_TONES and tone.on_ms]
    plans = plans_with(unknown[0]) if unknown else ()
    if unknown and not seen:
        where = "is not in the plan of its country" if plans else "is in no country's plan"
        yield "longest_silence_s", SILENCE_S, f"its hang-up tone, {tone_text(unknown[0])}, {where}"
    elif not seen:
        yield "longest_silence_s", SILENCE_S, "nothing tells this line that the other party has hung up"
    for country in plans:
        yield "country", country, f"its hang-up tone is {tone_text(unknown[0])}, as in the plan of {country}"
        break


def _dialling(found: _Line) -> Iterator[Wanted]:
    alone = found.alone
    if alone is None or alone.dial_delay_ms is None:
        return
    wait_ms = min(20_000, max(found.line.dial_wait_ms, _up(2 * alone.dial_delay_ms + MARGIN_MS, 500)))
    yield "dial_wait_ms", wait_ms, f"dial tone came after {alone.dial_delay_ms} ms"


def _level(found: _Line) -> Iterator[Wanted]:
    tone = found.alone.dial_tone if found.alone else None
    if tone is None or not tone.tone:
        return
    off_db = tone.level_dbm0 - PLAN_LEVEL_DBM0
    gain_db = 0.0
    if off_db < -LEVEL_WITHIN_DB:
        gain_db = min(GAIN_MOST_DB, round(-LEVEL_WITHIN_DB - off_db, 0))
    elif off_db > LEVEL_WITHIN_DB:
        gain_db = max(-GAIN_MOST_DB, round(LEVEL_WITHIN_DB - off_db, 0))
    yield (
        "rx_gain_db",
        gain_db,
        f"dial tone came in at {tone.level_dbm0:.0f} dBm0; {PLAN_LEVEL_DBM0:.0f} +-3 is right",
    )


def _remarks(found: _Line) -> Iterator[str]:
    alone = found.alone
    for trouble in (alone.trouble if alone else "", *_call_troubles(found)):
        if trouble:
            yield trouble
    if alone is not None:
        yield from _sound_remarks(alone)
    if found.inward is not None and found.inward.caller_id_time == "never":
        yield "no caller ID came: ask the operator whether it is ordered for this line"
    if found.from_terminal:
        yield "from an optical terminal or gateway: it is dead in a power failure unless that has a battery"
    volts = found.answers.ring_volts
    if volts is not None and volts < LOW_RING_VOLTS:
        yield f"it rings with {volts:.0f} V: if rings are missed, lower the card's ring detection"
    if found.told and all(each.nothing for each in found.told):
        yield "gives no sign of a hang-up: ask the operator for reversal or a loop drop at hang-up"


def _call_troubles(found: _Line) -> Sequence[str]:
    return [found.inward.trouble] if found.inward is not None else []


def _sound_remarks(alone: LineFound) -> Iterator[str]:
    if alone.echo_return_db is not None and alone.echo_return_db < ECHO_POOR_DB:
        yield f"its echo is strong ({alone.echo_return_db:.0f} dB back): the line's impedance and the card's differ"
    if alone.noise_dbm0 is not None and alone.noise_dbm0 > NOISY_DBM0:
        yield f"its noise is {alone.noise_dbm0:.0f} dBm0: look at joints, splitters and mains near the cable"


def _phone(phone: Phone, path: str, findings: Findings, changes: list[Change]) -> Phone:
    """The window lies around what the phone did, with room for another finger; a hang-up stays one."""
    taps = next((each.open_ms for each in findings.flashes if each.port == phone.port), ())
    if not taps:
        return phone
    shortest_ms = max(20, min(80, math.floor(min(taps) * 0.7 / 10) * 10))
    longest_ms = min(1_500, max(300, _up(round(max(taps) * 1.4), 50)))
    why = "its hook was open for " + ", ".join(f"{tap} ms" for tap in taps)
    update: dict[str, Any] = {}
    for field, value in (("flash_shortest_ms", shortest_ms), ("flash_longest_ms", longest_ms)):
        if getattr(phone, field) != value:
            update[field] = value
            changes.append(Change(f"{path}.{field}", getattr(phone, field), value, why))
    return phone.model_copy(update=update)


def tone_text(tone: ToneFound | None) -> str:
    """450 Hz 350/350 ms -10 dBm0."""
    if tone is None:
        return "–"
    second = f"+{tone.second_hz:.0f}" if tone.second_hz else ""
    steps = f" {tone.on_ms}/{tone.off_ms} ms" if tone.on_ms else ""
    return f"{tone.freq_hz:.0f}{second} Hz{steps} {tone.level_dbm0:.0f} dBm0"


def echo_text(found: LineFound) -> str:
    if found.echo_return_db is None:
        return "–"
    if found.echo_return_db >= ECHO_NONE_DB:
        return f"> {ECHO_NONE_DB:.0f} dB"
    return f"{found.echo_return_db:.0f} dB, {found.echo_delay_ms:.0f} ms"


def told_text(told: Told | None) -> str:
    if told is None:
        return "–"
    parts = [
        f"loop drop {told.loop_drop_ms} ms" if told.loop_drop_ms is not None else "",
        f"reversal {told.reversal_ms} ms" if told.reversal_ms is not None else "",
        tone_text(told.tone) if told.tone is not None else "",
    ]
    return ", ".join(part for part in parts if part) or "nothing"


def _up(value: float, step: int) -> int:
    return math.ceil(value / step) * step


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return getattr(value, "value", value)
