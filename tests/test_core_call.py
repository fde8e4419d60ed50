# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The whole of a call: legs, bridge, hunting, emergency, recordings, the record."""

from __future__ import annotations

import pytest

from drivers.port import Alarm, GoOffHook, RingOff, RingOn
from dsp.vocabulary import RecordingEnded, RecordingTroubled, SetBridge, SpeechBegan, Tone
from firmware.exchange.commands import Actor, HangUpCall
from firmware.exchange.trunk import State as TrunkState
from firmware.exchange.vocabulary import (
    CallReport,
    Cause,
    Certainty,
    Commanded,
    EndRecording,
    Published,
    RecordingRefused,
    SettingsApplied,
    StartRecording,
)
from firmware.settings.model import Flow, QueueNode, RingNode
from tests.worlds.telephony import LINES, Telephony, settings, with_lines

ADMIN = Actor("web", "admin", "admin")
RING_FLOW = (Flow(name="front", start="ring", nodes={"ring": RingNode()}),)
QUEUE_FLOW = (Flow(name="front", start="wait", nodes={"wait": QueueNode(queue=1)}),)


def shown(box: Telephony, call: int) -> list[str]:
    """The states a call has shown, without repeats."""
    published = (effect.report for effect in box.effects if isinstance(effect, Published))
    states = [report.state for report in published if isinstance(report, CallReport) and report.call == call]
    return [state for state, before in zip(states, [None, *states], strict=False) if state != before]


# --- incoming ---


def test_a_caller_is_answered_told_rung_through_and_joined() -> None:
    box = Telephony()
    box.call_in_and_talk()
    assert shown(box, 1) == ["ringing", "flow", "talking"]
    box.run(60_000)
    box.drops_loop(1)
    assert box.tones[5] is Tone.BUSY
    record = box.records[-1]
    assert (record.direction, record.line, record.released_by, record.cause) == (
        "in",
        1,
        "caller",
        Cause.NORMAL,
    )
    assert record.notice
    assert [leg.role for leg in record.legs if leg.answered] == ["caller", "extension"]
    assert [leg.talk_ms for leg in record.legs if leg.talk_ms] == [60_010, 60_010]
    box.hang_up(5)
    box.all_is_over()


def test_the_first_phone_lifted_wins_and_the_others_fall_silent() -> None:
    box = Telephony()
    box.call_in(1)
    box.run_until(lambda: box.ringing[5])
    assert all(box.ringing[phone] for phone in range(5, 13))
    box.lift(7)
    box.lift(8)
    assert box.hears(7) == {1}
    assert box.tones[8] is Tone.DIAL  # the bell had stopped: an ordinary lift
    assert not any(box.ringing.values())
    causes = {leg.cause for leg in box.core.directory.call(1).legs if leg.ended}  # type: ignore[union-attr]
    assert causes == {Cause.ANSWERED_ELSEWHERE}


def test_a_line_is_answered_only_when_a_phone_is_lifted_where_the_flow_rings_first() -> None:
    box = Telephony(settings().model_copy(update={"flows": RING_FLOW}))
    box.call_in(1)
    box.run(5_000)
    assert box.ringing[5] and not box.off_hook[1]
    box.lift(5)
    assert box.off_hook[1]
    assert box.hears(5) == {1}
    assert box.core.directory.call(1).legs[0].is_up  # type: ignore[union-attr]


def test_a_caller_who_gives_up_stops_every_bell() -> None:
    box = Telephony(settings().model_copy(update={"flows": RING_FLOW}))
    box.call_in(1)
    box.run(3_000)
    box.ringing[1] = False
    box.run(8_000)
    assert not any(box.ringing[phone] for phone in range(5, 13))
    assert box.records[-1].cause is Cause.CALLER_GAVE_UP
    assert box.records[-1].answered is None
    box.all_is_over()


def test_ringback_is_heard_by_an_answered_caller_while_phones_ring() -> None:
    box = Telephony()
    box.call_in(1)
    box.run_until(lambda: box.ringing[5])
    assert box.tones[1] is Tone.RINGBACK
    box.lift(5)
    assert box.tones[1] is None


def test_a_caller_who_waits_in_a_queue_hears_music_and_no_ringback() -> None:
    box = Telephony(settings().model_copy(update={"flows": QUEUE_FLOW}))
    box.dial(5, "*11101#")
    box.run(5_000)
    box.hang_up(5)
    box.call_in(1)
    box.run_until(lambda: box.ringing[5])
    assert box.tones.get(1) is None
    assert box.says[1] == ("music:default",)
    box.lift(5)
    assert box.hears(5) == {1}
    assert 1 not in box.says
    assert box.agent(101).state == "talking"
    assert "waiting" in shown(box, 1)
    box.drops_loop(1)
    record = box.records[-1]
    assert (record.agent, record.queue) == (101, 1)
    assert [(visit.queue, visit.outcome) for visit in record.queue_visits] == [(1, "answered")]


def test_the_wait_of_a_caller_who_gave_up_is_in_the_record() -> None:
    box = Telephony(settings().model_copy(update={"flows": QUEUE_FLOW}))
    box.call_in(1)
    box.run(20_000)
    box.drops_loop(1)
    record = box.records[-1]
    assert [(visit.queue, visit.outcome) for visit in record.queue_visits] == [(1, "abandoned")]
    assert record.queue == 1
    box.all_is_over()


def test_an_agent_who_hangs_up_ends_the_call() -> None:
    box = Telephony()
    box.call_in_and_talk()
    box.hang_up(5)
    assert not box.off_hook[1]
    assert box.records[-1].released_by == "called"


# --- outgoing ---


def test_a_desk_phone_hears_the_line_it_called_before_anybody_answers() -> None:
    box = Telephony()
    box.call_out()
    assert box.hears(5) == {4}
    assert box.tones.get(5) is None
    assert box.new(StartRecording) == []
    box.speaks(4)
    assert box.hears(5) == {4}
    assert shown(box, 1) == ["calling", "talking"]


def test_an_outgoing_call_is_recorded_from_its_answer_and_billed_by_it() -> None:
    box = Telephony()
    box.call_out()
    box.run(5_000)
    box.speaks(4)
    answered_ns = box.now_ns
    assert [(start.port, start.leg) for start in box.new(StartRecording)] == [(4, 2)]
    box.run(30_000)
    box.hang_up(5)
    record = box.records[-1]
    assert record.answered is not None and record.answered.mono_ns == answered_ns
    assert (record.direction, record.line, record.called) == ("out", 4, "13800138000")
    assert record.legs[1].certainty is Certainty.LIKELY
    assert record.legs[1].talk_ms == 30_000
    assert box.new(EndRecording)[-1].port == 4


def test_a_line_that_is_taken_in_the_same_instant_leads_to_the_next() -> None:
    box = Telephony()
    box.fact(RingOn(4))
    box.dial(5, "913800138000")
    assert box.trunk(3).state is TrunkState.SEIZING


def test_only_outgoing_lines_are_taken() -> None:
    given = settings()
    lines = tuple(line.model_copy(update={"outgoing": line.port < 3}) for line in given.lines)
    box = Telephony(given.model_copy(update={"lines": lines}))
    box.dial(5, "913800138000")
    assert box.trunk(2).state is TrunkState.SEIZING


def test_hanging_up_while_a_line_is_seized_releases_it() -> None:
    box = Telephony()
    box.dial(5, "913800138000")
    box.hang_up(5)
    assert not box.off_hook[4]
    box.all_is_over()


# --- emergency ---


def test_an_emergency_call_is_told_to_the_admin() -> None:
    box = Telephony()
    box.dial(5, "110")
    assert box.alarms() == ["emergency"]
    alarm = next(
        effect.report
        for effect in box.effects
        if isinstance(effect, Published) and "110" in str(effect.report)
    )
    assert "801" in str(alarm)


def fill_lines(box: Telephony) -> None:
    """Lines 1 and 2 in the flow, 3 and 4 talking."""
    box.call_out_and_talk(5, "913800138000", 4)
    box.call_out_and_talk(6, "913800138001", 3)
    box.call_in(2)
    box.run(4_000)
    box.call_in(1)
    box.run(4_000)
    assert all(box.off_hook[line] for line in LINES)
    box.mark()


def test_with_no_line_free_a_caller_still_in_the_flow_gives_way() -> None:
    box = Telephony(settings().model_copy(update={"flows": QUEUE_FLOW}))
    fill_lines(box)
    box.dial(11, "110")
    assert box.records[-1].line == 2
    assert box.records[-1].cause is Cause.GAVE_WAY
    assert not box.off_hook[2]
    box.run(900)
    assert box.off_hook[2]
    box.line_hears(2, Tone.DIAL)
    assert box.dialled() == [(2, "110")]
    assert box.off_hook[3] and box.off_hook[4]


def test_a_ringing_caller_gives_way_where_every_line_rings() -> None:
    box = Telephony(with_lines((1, 2)))
    box.fact(RingOn(1))
    box.fact(RingOn(2))
    box.run(500)
    box.dial(7, "110")
    assert (box.records[-1].line, box.records[-1].cause) == (2, Cause.GAVE_WAY)
    assert box.records[-1].released_by == "us"
    assert box.off_hook[2] and not box.off_hook[1]
    box.run(450)
    assert not box.off_hook[2]  # answered, and hung up
    box.run(900)
    assert box.off_hook[2]
    box.line_hears(2, Tone.DIAL)
    assert box.dialled() == [(2, "110")]
    box.hang_up(7)
    box.all_is_over()


def test_a_line_that_rings_in_vain_is_the_first_to_give_way() -> None:
    box = Telephony(with_lines((1, 2), flow="missing"))
    box.call_out_and_talk(5, "913800138000", 2)
    box.fact(RingOn(1))
    box.fact(RingOff(1))
    box.run(5_000)
    assert box.trunk(1).state is TrunkState.DECLINED
    box.dial(7, "120")
    assert box.off_hook[1]
    box.hang_up(7)  # before the line has rested: it is let go of
    assert not box.off_hook[1]
    box.dial(7, "120")
    box.run(2_000)
    assert box.off_hook[1] and box.hears(5) == {2}
    box.hang_up(7)
    box.hang_up(5)
    box.all_is_over()


def test_with_only_conversations_one_of_them_gives_way() -> None:
    box = Telephony(with_lines((1, 2)))
    box.call_out_and_talk(5, "913800138000", 2)
    box.call_out_and_talk(6, "913800138001", 1)
    box.dial(7, "119")
    assert box.records[-1].cause is Cause.GAVE_WAY
    assert box.records[-1].line == 2


@pytest.mark.parametrize("cause", [Cause.TOO_LONG, Cause.OUT_OF_SERVICE])
def test_what_the_box_ends_is_not_laid_at_the_callers_door(cause: Cause) -> None:
    box = Telephony(with_lines(longest_call_s=60))
    box.call_in_and_talk()
    if cause is Cause.TOO_LONG:
        box.run(60_000)
    else:
        box.fact(Alarm(1, "red"))
    assert (box.records[-1].cause, box.records[-1].released_by) == (cause, "us")


def test_an_emergency_call_never_gives_way_to_another() -> None:
    box = Telephony(with_lines((1,)))
    box.dial(5, "110")
    box.line_hears(1, Tone.DIAL)
    box.dial(6, "120")
    box.run(3_000)
    assert box.trunk(1).call == 1
    box.run(20_000)
    assert box.says[6] == ("emergency.no_line",)
    assert box.core.directory.call(1) is not None


def test_an_emergency_call_takes_lines_that_are_not_for_outgoing_calls_and_blocked_ones() -> None:
    box = Telephony(with_lines(outgoing=False))
    box.dial(5, "110")
    assert box.off_hook[4]


def test_an_emergency_call_goes_on_to_another_line_and_at_last_dials_blind() -> None:
    box = Telephony(with_lines((1, 2)))
    box.dial(5, "110")
    box.run(5_100)
    assert box.off_hook[1] and not box.off_hook[2]
    box.run(5_100)
    assert box.dialled() == []
    box.run(7_000)
    assert box.dialled() == [(2, "110")]


def test_an_emergency_call_that_meets_congestion_tries_the_next_line() -> None:
    box = Telephony()
    box.dial(5, "110")
    box.line_hears(4, Tone.DIAL)
    box.run(700)
    box.line_hears(4, Tone.CONGESTION, 3)
    assert box.off_hook[3]


def test_an_emergency_call_waits_for_a_line_that_is_resting() -> None:
    box = Telephony(with_lines((1,)))
    box.call_out(line=1)
    box.hang_up(5)
    assert box.trunk(1).state is TrunkState.CLEARING
    box.dial(6, "110", and_wait=False)
    assert box.station(6).state.value == "calling"
    box.run(1_000)
    assert box.trunk(1).state is TrunkState.SEIZING


# --- recordings ---


def test_a_call_between_desk_phones_is_recorded_on_the_callers_leg() -> None:
    box = Telephony()
    box.dial(5, "802")
    assert box.new(StartRecording) == []
    box.lift(6)
    assert [(start.port, start.leg) for start in box.new(StartRecording)] == [(5, 1)]
    box.hang_up(6)
    assert [end.port for end in box.new(EndRecording)] == [5]
    assert box.records[-1].legs[0].recording == 1


def test_an_incoming_line_is_recorded_from_its_answer() -> None:
    box = Telephony()
    box.call_in(1)
    box.run_until(lambda: box.off_hook[1])
    assert [(start.port, start.leg) for start in box.new(StartRecording)] == [(1, 1)]


def test_recording_can_be_off() -> None:
    box = Telephony(settings(recording={"on": False}))
    box.call_in_and_talk()
    assert box.new(StartRecording) == []


@pytest.mark.parametrize("trouble", [RecordingRefused(1, 28), RecordingTroubled(1, 0, 1, 28)])
def test_a_recording_that_fails_is_told_and_the_call_goes_on(
    trouble: RecordingRefused | RecordingTroubled,
) -> None:
    box = Telephony()
    box.call_in_and_talk()
    box.fact(trouble)
    assert box.alarms() == ["recording_failed"]
    assert box.hears(5) == {1}
    box.hang_up(5)
    assert {"recording.refused", "recording.troubled"} & set(box.story())


def test_samples_that_were_lost_are_in_the_story() -> None:
    box = Telephony()
    box.call_in_and_talk()
    box.fact(RecordingEnded(1, 0, 1, 80_000, 160, 0))
    box.hang_up(5)
    assert "recording.incomplete" in box.story()


# --- the rest ---


def test_the_admin_hangs_a_call_up() -> None:
    box = Telephony()
    box.call_in_and_talk()
    box.fact(Commanded(1, ADMIN, HangUpCall(1)))
    assert box.replies[1].ok
    assert (box.records[-1].cause, box.records[-1].released_by) == (Cause.ADMIN, "us")
    assert box.tones[5] is Tone.BUSY


def test_speech_is_told_to_the_line_it_is_heard_on_only() -> None:
    box = Telephony()
    box.call_in_and_talk()
    box.fact(SpeechBegan(5, 0))
    assert box.trunk(1).watch.near_speaking
    assert not box.trunk(1).watch.far_speaking
    box.speaks(1)
    assert box.trunk(1).watch.far_speaking


def test_a_call_keeps_the_settings_it_began_with() -> None:
    box = Telephony()
    box.call_in_and_talk()
    changed = settings(recording={"on": False}).model_dump_json().encode()
    box.fact(SettingsApplied(2, changed))
    box.hang_up(5)
    assert box.records[-1].revision == 1
    box.call_in_and_talk(2, 6)
    box.hang_up(6)
    assert box.records[-1].revision == 2
    assert box.records[-1].legs[0].recording == 0


def test_the_bridge_is_taken_down_with_the_call() -> None:
    box = Telephony()
    box.call_in_and_talk()
    box.hang_up(5)
    assert box.new(SetBridge)[-1] == SetBridge(1, ())


def test_the_story_of_a_plain_call_is_whole() -> None:
    box = Telephony()
    box.call_in_and_talk()
    box.hang_up(5)
    story = box.story()
    assert story[0] == "call.arrived"
    assert story[-1] == "call.ended"
    in_order = [
        "call.arrived",
        "leg.answered",
        "recording.started",
        "notice.played",
        "leg.asked",
        "leg.alerting",
    ]
    in_order += ["legs.arranged", "call.ended"]
    places = [story.index(what) for what in in_order]
    assert places == sorted(places)


def test_going_off_hook_comes_before_anything_is_played() -> None:
    box = Telephony()
    box.call_in(1)
    box.run(5_000)
    names = [type(effect).__name__ for effect in box.effects if getattr(effect, "port", 0) == 1]
    assert names.index(GoOffHook.__name__) < names.index("Say")
