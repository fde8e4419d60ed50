# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The line to an exchange: rings and caller ID, seizing and dialling, answer and its certainty, hang-up by evidence."""

from __future__ import annotations

import pytest

from drivers.port import (
    Alarm,
    AlarmCleared,
    GoOffHook,
    GoOnHook,
    Removed,
    RingOff,
    RingOn,
)
from dsp.vocabulary import (
    CallerIdFormat,
    CallerIdHeard,
    Detector,
    Presentation,
    SetDetectors,
    Tone,
)
from firmware.exchange import hunting
from firmware.exchange.commands import Actor, BlockLine
from firmware.exchange.machine import Send
from firmware.exchange.messages import LegReleased, SeizeLine
from firmware.exchange.trunk import State
from firmware.exchange.vocabulary import Address, Cause, Certainty, Commanded, HookFound
from firmware.settings.model import Flow, RingNode
from tests.worlds.telephony import Telephony, with_lines

RING_FLOW = (Flow(name="front", start="ring", nodes={"ring": RingNode()}),)
ADMIN = Actor("web", "admin", "admin")


def caller_id(line: int, number: str = "13800138000", intact: bool = True) -> CallerIdHeard:
    return CallerIdHeard(line, 0, CallerIdFormat.FSK, intact, number, "", Presentation.SHOWN)


# --- incoming ---


def test_a_call_begins_when_the_caller_id_is_known() -> None:
    box = Telephony()
    box.fact(RingOn(1))
    box.run(1000)
    box.fact(RingOff(1))
    assert box.trunk(1).call == 0
    box.run(800)
    box.fact(caller_id(1))
    call = box.core.directory.call(box.trunk(1).call)
    assert call is not None
    assert call.caller.number == "13800138000"
    assert call.began.mono_ns == box.now_ns - 1_800_000_000


def test_a_call_with_no_caller_id_begins_after_the_profiles_wait() -> None:
    box = Telephony()
    box.fact(RingOn(1))
    box.fact(RingOff(1))
    box.run(4_400)
    assert box.trunk(1).call == 0
    box.run(200)
    assert box.trunk(1).call == 1


def test_a_second_ring_ends_the_wait_for_caller_id() -> None:
    box = Telephony(with_lines(caller_id_ms=12_000))
    box.fact(RingOn(1))
    box.fact(RingOff(1))
    box.run(4000)
    assert box.trunk(1).call == 0
    box.fact(RingOn(1))
    assert box.trunk(1).call == 1


def test_a_line_with_no_caller_id_is_answered_at_its_first_ring() -> None:
    box = Telephony(with_lines(caller_id="none"))
    box.fact(RingOn(1))
    assert box.trunk(1).call == 1


def test_dtmf_caller_id_before_the_first_ring_costs_no_ring() -> None:
    box = Telephony()
    box.fact(caller_id(1))
    box.run(600)
    box.fact(RingOn(1))
    call = box.core.directory.call(1)
    assert call is not None and call.caller.number == "13800138000"


def test_caller_id_that_no_ring_follows_is_forgotten() -> None:
    box = Telephony()
    box.fact(caller_id(1))
    box.run(9_000)
    assert box.trunk(1).caller.number == ""
    box.fact(RingOn(1))
    assert box.trunk(1).call == 0


def test_the_profile_may_ask_for_more_rings_although_the_caller_is_known() -> None:
    box = Telephony(with_lines(rings_before_answer=3))
    box.call_in(1)
    box.run(9_000)
    assert box.trunk(1).call == 0
    box.run(2_000)
    assert box.trunk(1).call == 1


def test_a_damaged_caller_id_is_unknown_and_the_call_still_comes() -> None:
    box = Telephony()
    box.fact(RingOn(1))
    box.fact(RingOff(1))
    box.fact(caller_id(1, "999", intact=False))
    call = box.core.directory.call(1)
    assert call is not None and call.caller.number == ""


def test_late_caller_id_still_reaches_the_call() -> None:
    ring_only = with_lines(caller_id_ms=0).model_copy(update={"flows": RING_FLOW})
    box = Telephony(ring_only)
    box.fact(RingOn(1))
    box.fact(RingOff(1))
    box.run(10)
    call = box.core.directory.call(1)
    assert call is not None and call.caller.number == ""
    box.fact(caller_id(1))
    assert call.caller.number == "13800138000"
    assert "caller.identified" in [entry.what for entry in call.timeline]


def test_who_hangs_up_while_caller_id_is_awaited_is_on_record() -> None:
    box = Telephony(with_lines(rings_before_answer=3))
    box.fact(RingOn(1))
    box.fact(RingOff(1))
    box.fact(caller_id(1))
    box.run(7_000)
    record = box.records[-1]
    assert (record.direction, record.cause, record.caller.number) == (
        "in",
        Cause.CALLER_GAVE_UP,
        "13800138000",
    )
    assert record.answered is None
    box.all_is_over()


def test_answering_goes_off_hook_and_listens() -> None:
    box = Telephony()
    box.call_in(1)
    box.run(1_900)
    assert box.off_hook[1]
    assert box.trunk(1).state is State.UP
    assert box.new(SetDetectors)[-1] == SetDetectors(1, Detector.DIGITS | Detector.TONES | Detector.SPEECH)


def test_a_line_that_rings_while_it_rests_has_a_new_caller() -> None:
    box = Telephony()
    box.call_out()
    box.hang_up(5)
    assert box.trunk(4).state is State.CLEARING
    box.fact(RingOn(4))
    assert box.trunk(4).state is State.RINGING
    box.fact(RingOff(4))
    box.fact(caller_id(4))
    call = box.core.directory.call(box.trunk(4).call)
    assert call is not None and call.direction == "in"


def test_a_ringing_line_whose_call_is_ended_is_left_ringing_and_not_taken_twice() -> None:
    box = Telephony(with_lines(flow="missing"))
    box.fact(RingOn(1))
    box.fact(RingOff(1))
    box.fact(caller_id(1))
    assert box.trunk(1).state is State.DECLINED
    box.run(4_000)
    box.fact(RingOn(1))
    assert (box.trunk(1).state, len(box.records)) == (State.DECLINED, 1)
    box.all_is_over()


# --- outgoing ---


def test_lines_are_taken_from_the_last_to_the_first() -> None:
    box = Telephony()
    for phone, line in ((5, 4), (6, 3), (7, 2), (8, 1)):
        box.dial(phone, "913800138000")
        assert box.trunk(line).state is State.SEIZING
    box.dial(9, "913800138000")
    assert box.records[-1].cause is Cause.NO_LINE
    assert box.says[9] == ("lines.busy",)


def test_dial_tone_is_waited_for_and_then_dialled() -> None:
    box = Telephony()
    box.dial(5, "913800138000")
    assert box.off_hook[4]
    box.run(2_000)
    assert box.dialled() == []
    box.line_hears(4, Tone.DIAL)
    assert box.dialled() == [(4, "13800138000")]


def test_a_line_with_no_dial_tone_is_left_for_the_next() -> None:
    box = Telephony()
    box.dial(5, "913800138000")
    box.run(5_100)
    assert box.trunk(4).state in (State.CLEARING, State.IDLE)
    assert not box.off_hook[4]
    assert box.trunk(3).state is State.SEIZING
    box.line_hears(3, Tone.DIAL)
    assert box.dialled() == [(3, "13800138000")]


def test_when_no_line_has_dial_tone_the_caller_is_told_so() -> None:
    box = Telephony()
    box.dial(5, "913800138000")
    box.run(20_500)
    assert box.says[5] == ("lines.no_dial_tone",)
    assert box.records[-1].cause is Cause.NO_DIAL_TONE


def test_a_line_may_be_dialled_on_without_dial_tone() -> None:
    box = Telephony(with_lines(dial_without_tone=True))
    box.dial(5, "913800138000")
    box.run(5_100)
    assert box.dialled() == [(4, "13800138000")]


def test_busy_in_place_of_dial_tone_is_no_dial_tone() -> None:
    box = Telephony()
    box.dial(5, "913800138000")
    box.line_hears(4, Tone.BUSY, 2)
    assert box.trunk(3).state is State.SEIZING


def test_glare_goes_to_the_incoming_call() -> None:
    box = Telephony()
    box.dial(5, "913800138000")
    box.fact(RingOn(4))
    incoming = box.core.directory.call(box.trunk(4).call)
    assert incoming is not None and incoming.direction == "in"
    assert incoming.legs[0].is_up
    assert box.trunk(3).state is State.SEIZING
    outgoing = box.core.directory.call(box.trunk(3).call)
    assert outgoing is not None and outgoing.direction == "out"
    refused = next(entry for entry in outgoing.timeline if entry.what == "leg.refused")
    assert refused.detail == {"line": 4, "cause": "glare"}
    assert box.hears(5) == frozenset()


def test_glare_with_no_ring_is_known_by_a_voice_in_place_of_dial_tone() -> None:
    box = Telephony()
    box.dial(5, "913800138000")
    box.speaks(4)
    box.run(5_100)
    incoming = box.core.directory.call(box.trunk(4).call)
    assert incoming is not None and incoming.direction == "in"
    assert box.off_hook[4]
    assert box.trunk(3).state is State.SEIZING


@pytest.mark.parametrize(
    ("tone", "cause"),
    [
        (Tone.BUSY, Cause.BUSY),
        (Tone.CONGESTION, Cause.CONGESTION),
        (Tone.VACANT, Cause.VACANT),
        (Tone.INFORMATION, Cause.VACANT),
    ],
)
def test_tones_after_dialling_are_causes(tone: Tone, cause: Cause) -> None:
    box = Telephony()
    box.call_out()
    box.line_hears(4, tone, 2)
    assert box.records == []
    box.line_hears(4, tone, 3)
    assert box.records[-1].cause is cause
    assert not box.off_hook[4]
    assert box.trunk(3).state is State.IDLE  # the far end is busy, not our line


def answered(box: Telephony, line: int = 4) -> Certainty | None:
    call = box.core.directory.call(box.trunk(line).call)
    assert call is not None
    return call.legs[1].certainty


def test_a_voice_after_dialling_is_a_likely_answer() -> None:
    box = Telephony()
    box.call_out()
    box.speaks(4)
    assert answered(box) is Certainty.LIKELY


def test_silence_after_the_last_ringback_is_a_likely_answer() -> None:
    box = Telephony()
    box.call_out()
    box.line_hears(4, Tone.RINGBACK, 2)
    box.line_tone_ends(4, Tone.RINGBACK)
    box.run(7_900)
    assert answered(box) is None
    box.run(200)
    assert answered(box) is Certainty.LIKELY


def test_ringback_that_goes_on_is_no_answer() -> None:
    box = Telephony()
    box.call_out()
    box.line_hears(4, Tone.RINGBACK, 10)
    box.run(89_000)
    assert answered(box) is None
    box.run(4_000)
    assert box.records[-1].cause is Cause.NO_ANSWER


def test_nothing_at_all_is_an_answer_by_guess() -> None:
    box = Telephony()
    box.call_out()
    box.run(15_500)
    assert answered(box) is None
    box.run(2_000)
    assert answered(box) is Certainty.GUESS


def test_a_reversal_is_a_sure_answer_and_then_nothing_else_counts() -> None:
    box = Telephony(with_lines(answer_reversal=True))
    box.call_out()
    box.speaks(4)  # ringback may be music
    box.run(20_000)
    assert answered(box) is None
    box.reverses(4)
    assert answered(box) is Certainty.SURE


def test_who_speaks_on_a_reversing_line_is_not_cut_for_want_of_a_reversal() -> None:
    box = Telephony(with_lines(answer_reversal=True))
    box.call_out()
    box.speaks(4)
    box.speaks(4, False)
    box.run(89_000)
    assert answered(box) is None
    box.run(1_500)
    assert answered(box) is Certainty.LIKELY
    assert box.off_hook[4]


def test_a_voice_answers_an_emergency_call_even_where_lines_reverse() -> None:
    box = Telephony(with_lines(answer_reversal=True))
    box.call_out(5, "110")
    box.speaks(4)
    assert answered(box) is Certainty.LIKELY


def test_a_reversal_on_a_line_not_known_to_reverse_is_no_answer() -> None:
    box = Telephony()
    box.call_out()
    box.reverses(4)
    assert answered(box) is None


def test_a_released_line_rests_before_it_is_taken_again() -> None:
    box = Telephony(with_lines((1,)))
    box.call_out(line=1)
    box.hang_up(5)
    assert box.trunk(1).state is State.CLEARING
    box.dial(6, "913800138000")
    assert box.says[6] == ("lines.busy",)
    box.run(800)
    assert box.trunk(1).state is State.IDLE


# --- service ---


def up(given: Telephony | None = None) -> Telephony:
    box = given or Telephony()
    box.call_in_and_talk()
    return box


def proof(box: Telephony) -> str:
    assert not box.off_hook[1], "the line is still held"
    return box.records[-1].legs[0].evidence[-1].kind


def test_an_alarm_ends_the_call_and_takes_the_line_out_of_service() -> None:
    box = up()
    box.fact(Alarm(1, "no loop current"))
    assert box.records[-1].cause is Cause.OUT_OF_SERVICE
    assert box.trunk(1).state is State.OUT_OF_SERVICE
    box.fact(RingOn(1))
    assert box.trunk(1).call == 0
    box.fact(AlarmCleared(1))
    assert box.trunk(1).state is State.IDLE


def test_a_removed_card_is_its_own_cause() -> None:
    box = up()
    box.fact(Removed(1))
    assert box.records[-1].cause is Cause.CARD_REMOVED


def test_a_line_out_of_service_is_passed_over() -> None:
    box = Telephony()
    box.fact(Alarm(4, "cable"))
    box.dial(5, "913800138000")
    assert box.trunk(3).state is State.SEIZING


def test_a_blocked_line_takes_no_calls_until_it_is_unblocked() -> None:
    box = Telephony()
    box.fact(Commanded(1, ADMIN, BlockLine(4, True)))
    assert box.replies[1].ok
    assert box.trunk(4).state is State.BLOCKED
    box.fact(RingOn(4))
    assert box.trunk(4).state is State.BLOCKED
    box.dial(5, "913800138000")
    assert box.trunk(3).state is State.SEIZING
    box.fact(Commanded(2, ADMIN, BlockLine(4, False)))
    assert box.trunk(4).state is State.IDLE


def test_a_line_blocked_in_a_call_is_blocked_after_it() -> None:
    box = up()
    box.fact(Commanded(1, ADMIN, BlockLine(1, True)))
    assert box.trunk(1).state is State.UP
    box.drops_loop(1)
    box.run(1_000)
    assert box.trunk(1).state is State.BLOCKED


def test_reconciliation_rights_the_hook_and_believes_the_card() -> None:
    box = Telephony()
    box.fact(HookFound(1, off_hook=True, ringing=False))
    assert box.new(GoOnHook)[-1] == GoOnHook(1)
    box.fact(HookFound(1, off_hook=False, ringing=True))
    assert box.trunk(1).state is State.RINGING
    box = up()
    box.fact(HookFound(1, off_hook=False, ringing=False))
    assert proof(box) == "reconciled"


def test_a_line_that_carries_an_emergency_call_gives_way_to_nobody() -> None:
    box = Telephony()
    box.dial(5, "110")
    trunk = box.trunk(4)
    outputs = list(trunk.receive(SeizeLine(99, 1, "120", emergency=True), box.core))
    assert outputs == [Send(Address("call", 99), LegReleased(1, Cause.BUSY))]
    assert hunting.line_for_emergency((1, 2, 3), box.core) is None


def test_going_off_hook_happens_once_for_an_incoming_call() -> None:
    box = up()
    assert [effect for effect in box.effects if effect == GoOffHook(1)] == [GoOffHook(1)]
