# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Hang-up by evidence (A3, C1, C3): what proves that the far end of a line is gone, and what does not."""

from __future__ import annotations

import pytest

from drivers.port import (
    GoOnHook,
)
from dsp.vocabulary import (
    CallerIdFormat,
    CallerIdHeard,
    Presentation,
    Tone,
)
from firmware.exchange.commands import Actor
from firmware.exchange.vocabulary import Cause
from firmware.settings.model import Flow, RingNode
from tests.worlds.telephony import Telephony, settings, with_lines

RING_FLOW = (Flow(name="front", start="ring", nodes={"ring": RingNode()}),)
ADMIN = Actor("web", "admin", "admin")


def caller_id(line: int, number: str = "13800138000", intact: bool = True) -> CallerIdHeard:
    return CallerIdHeard(line, 0, CallerIdFormat.FSK, intact, number, "", Presentation.SHOWN)


def up(given: Telephony | None = None) -> Telephony:
    box = given or Telephony()
    box.call_in_and_talk()
    return box


def proof(box: Telephony) -> str:
    assert not box.off_hook[1], "the line is still held"
    return box.records[-1].legs[0].evidence[-1].kind


def test_loop_drop_is_a_hang_up_at_once() -> None:
    box = up()
    box.drops_loop(1)
    assert proof(box) == "loop_drop"
    assert box.records[-1].released_by == "caller"


def test_loop_drop_is_kept_but_decides_nothing_where_the_profile_does_not_give_it() -> None:
    box = up(Telephony(with_lines(hangup_proofs=["tone"])))
    box.drops_loop(1)
    assert box.off_hook[1]
    assert [evidence.kind for evidence in box.trunk(1).watch.evidence] == ["loop_drop"]


def test_reversal_is_a_hang_up_only_where_the_profile_says_so() -> None:
    box = up()
    box.reverses(1)
    assert box.off_hook[1]
    box = up(Telephony(with_lines(hangup_proofs=["reversal"])))
    box.run(700)
    box.reverses(1)
    assert proof(box) == "reversal"


def test_the_reversal_at_answer_is_not_the_one_at_hang_up() -> None:
    box = Telephony(with_lines(hangup_proofs=["reversal"], answer_reversal=True))
    box.call_out()
    box.reverses(4)
    box.run(500)
    box.reverses(4)
    assert box.off_hook[4]
    box.run(200)
    box.reverses(4)
    assert not box.off_hook[4]


@pytest.mark.parametrize("tone", [Tone.BUSY, Tone.CONGESTION, Tone.VACANT])
def test_three_cycles_of_a_tone_with_silence_both_ways_are_a_hang_up(tone: Tone) -> None:
    box = up()
    box.line_hears(1, tone, 2)
    assert box.off_hook[1]
    box.line_hears(1, tone, 3)
    assert proof(box) == f"{tone.value}_tone"


def test_the_number_of_cycles_is_a_setting() -> None:
    box = up(Telephony(settings(timers={"busy_cycles": 5})))
    box.line_hears(1, Tone.BUSY, 4)
    assert box.off_hook[1]
    box.line_hears(1, Tone.BUSY, 5)
    assert proof(box) == "busy_tone"


@pytest.mark.parametrize("speaker", [1, 5])
def test_a_tone_never_cuts_somebody_who_speaks(speaker: int) -> None:
    box = up()
    box.speaks(speaker)
    box.line_hears(1, Tone.BUSY, 9)
    assert box.off_hook[1]
    box.speaks(speaker, False)
    assert proof(box) == "busy_tone"


def test_ten_cycles_are_a_hang_up_whatever_our_own_side_says() -> None:
    box = up()
    box.speaks(5)
    box.line_hears(1, Tone.BUSY, 10)
    assert proof(box) == "busy_tone"


def test_a_tone_that_ended_proves_nothing_any_more() -> None:
    box = up()
    box.speaks(5)
    box.line_hears(1, Tone.BUSY, 4)
    box.line_tone_ends(1, Tone.BUSY)
    box.speaks(5, False)
    assert box.off_hook[1]


def test_other_tones_prove_nothing() -> None:
    box = up()
    box.line_hears(1, Tone.RINGBACK, 10)
    box.line_hears(1, Tone.CALL_WAITING, 10)
    assert box.off_hook[1]


def test_tones_decide_nothing_where_the_profile_does_not_give_them() -> None:
    box = up(Telephony(with_lines(hangup_proofs=["loop_drop"])))
    box.line_hears(1, Tone.BUSY, 10)
    assert box.off_hook[1]


def test_a_busy_tone_ends_a_caller_in_the_flow() -> None:
    box = Telephony()
    box.call_in(1)
    box.run(2_500)
    assert box.off_hook[1] and not box.hears(1)
    box.line_hears(1, Tone.BUSY, 3)
    assert proof(box) == "busy_tone"
    box.all_is_over()


def test_the_longest_silence_ends_a_conversation() -> None:
    box = up()
    box.run(119_000)
    assert box.off_hook[1]
    box.run(1_100)
    assert proof(box) == "silence"
    assert box.records[-1].cause is Cause.SILENCE


def test_speech_on_either_side_starts_the_silence_anew() -> None:
    box = up()
    box.run(100_000)
    box.speaks(5)
    box.run(200_000)
    box.speaks(5, False)
    box.run(100_000)
    assert box.off_hook[1]
    box.speaks(1)
    box.speaks(1, False)
    box.run(119_000)
    assert box.off_hook[1]


def test_a_held_caller_may_be_silent_for_long() -> None:
    box = up()
    box.flash(5)
    box.press(5, "802")
    box.run(100)
    box.lift(6)
    box.run(400_000)
    assert box.off_hook[1]
    assert box.hears(5) == {6}


def test_no_call_is_longer_than_the_profile_allows() -> None:
    box = up(Telephony(with_lines(longest_call_s=600)))
    box.speaks(5)
    box.run(600_500)
    assert proof(box) == "longest_call"
    assert box.records[-1].cause is Cause.TOO_LONG


def test_an_emergency_call_knows_no_longest_silence_or_time() -> None:
    box = Telephony(with_lines(longest_call_s=60))
    box.dial(5, "110")
    box.line_hears(4, Tone.DIAL)
    box.run(600)
    box.speaks(4)
    box.speaks(4, False)
    box.run(400_000)
    assert box.off_hook[4]


def test_the_far_hang_up_is_on_hook_before_anything_else() -> None:
    box = up()
    box.mark()
    box.drops_loop(1)
    assert box.new(GoOnHook) == [GoOnHook(1)]
    first_act = next(effect for effect in box.effects[box._marked :] if effect.__class__.__name__ != "Disarm")
    assert first_act == GoOnHook(1)
