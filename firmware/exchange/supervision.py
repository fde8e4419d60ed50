# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Hang-up by evidence (A3): when the far end of an answered outside line is taken to be gone.

An analog line may give several proofs or nearly none.  Which count is said by the line's profile; each is kept
with the call.  A tone counts after several cycles and silence both ways, never against somebody speaking (C1); ten
cycles are a hard bound, because a perfect cadence of that length is no speech.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drivers.port import LoopDrop, Reversal
from dsp.vocabulary import SpeechBegan, SpeechEnded, Tone, ToneEnded, ToneHeard
from firmware.exchange.messages import LegConnected, LegParted, Message, PeerSpeech
from firmware.exchange.vocabulary import AnyFact, Evidence, Instant
from firmware.settings.model import HangupProof

if TYPE_CHECKING:
    from firmware.settings.model import Line

HANGUP_TONES = frozenset({Tone.BUSY, Tone.CONGESTION, Tone.VACANT})
CYCLES_BOUND = 10  # the last cycle a detector reports (dsp.vocabulary.ToneHeard)
REVERSAL_GUARD_MS = (
    600  # between reversal at answer and at hang-up: Asterisk's default, standards of practice
)
EVIDENCE_MAX = 8


class Watch(msgspec.Struct, frozen=True):
    """What is known of one answered leg.  proof: the kind of evidence that decided, or empty while the leg is up.

    near_speaking: the party this leg is joined to speaks.  joined: there is such a party.
    """

    since_ns: int
    far_speaking: bool = False
    near_speaking: bool = False
    joined: bool = False
    tone: Tone | None = None
    cycles: int = 0
    evidence: tuple[Evidence, ...] = ()
    proof: str = ""

    @property
    def quiet(self) -> bool:
        """Two parties are joined and neither speaks."""
        return self.joined and not (self.far_speaking or self.near_speaking)


def noted(watch: Watch, kind: str, now: Instant, detail: str = "", decides: bool = False) -> Watch:
    """With one more piece of evidence; the first that decides stays the proof."""
    evidence = (*watch.evidence, Evidence(kind, now, detail))[-EVIDENCE_MAX:]
    proof = watch.proof or (kind if decides else "")
    return msgspec.structs.replace(watch, evidence=evidence, proof=proof)


def observed(watch: Watch, event: AnyFact | Message, line: Line, busy_cycles: int, now: Instant) -> Watch:
    """What is known after one more event on the line."""
    change = msgspec.structs.replace
    match event:
        case LoopDrop():
            return noted(watch, "loop_drop", now, decides=HangupProof.LOOP_DROP in line.hangup_proofs)
        case Reversal(_, reversed):
            counts = now.mono_ns - watch.since_ns >= REVERSAL_GUARD_MS * 1_000_000
            decides = counts and HangupProof.REVERSAL in line.hangup_proofs
            return noted(watch, "reversal", now, "reversed" if reversed else "normal", decides)
        case ToneHeard(_, _, tone, cycles) if tone in HANGUP_TONES:
            watch = change(watch, tone=tone, cycles=cycles)
        case ToneHeard() | ToneEnded():
            watch = change(watch, tone=None, cycles=0)
        case SpeechBegan():
            watch = change(watch, far_speaking=True)
        case SpeechEnded():
            watch = change(watch, far_speaking=False)
        case PeerSpeech(speaking):
            watch = change(watch, near_speaking=speaking)
        case LegConnected():
            watch = change(watch, joined=True)
        case LegParted():
            watch = change(watch, joined=False, near_speaking=False)
    return _by_tone(watch, line, busy_cycles, now)


def _by_tone(watch: Watch, line: Line, busy_cycles: int, now: Instant) -> Watch:
    if watch.tone is None or HangupProof.TONE not in line.hangup_proofs or watch.cycles < busy_cycles:
        return watch
    speaking = watch.far_speaking or watch.near_speaking
    if speaking and watch.cycles < CYCLES_BOUND:
        return watch
    silence = "in spite of speech" if speaking else "silence both ways"
    return noted(watch, f"{watch.tone.value}_tone", now, f"{watch.cycles} cycles, {silence}", decides=True)
