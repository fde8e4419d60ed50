# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The line to a desk phone: hook and bell, caller ID, digits, codes, and what a phone left off hook comes to."""

from __future__ import annotations

import pytest

from drivers.port import (
    Alarm,
    AlarmCleared,
    HookClosed,
    OffHook,
    OnHook,
    Pulses,
    Ring,
    SetFlashWindow,
    StopRing,
)
from dsp.vocabulary import (
    CallerIdFormat,
    Detector,
    SendCallerId,
    SetDetectors,
    StopSend,
    Tone,
)
from firmware.exchange.station_bell import CALLER_ID_AFTER_RING_MS, INSIDE_CADENCE_MS, OUTSIDE_CADENCE_MS
from firmware.exchange.station_state import State
from firmware.exchange.vocabulary import (
    Actor,
    Cause,
    CollectSecret,
    Commanded,
    DialFrom,
    HookFound,
    MessagesWaiting,
    PhoneReport,
    Say,
    Verdict,
)
from tests.worlds.telephony import PHONES, Telephony, settings, with_phone

ADMIN = Actor("web", "admin", "admin")


def log_in(box: Telephony, phone: int = 5, agent: int = 101) -> None:
    box.dial(phone, f"*11{agent}#")
    box.run(10_000)
    assert box.station(phone).agent == agent
    box.hang_up(phone)


# --- dialling ---


def test_lifting_gives_dial_tone_until_the_first_key() -> None:
    box = Telephony()
    box.lift(5)
    assert box.tones[5] is Tone.DIAL
    box.press(5, "8")
    assert box.tones[5] is None


def test_waiting_messages_stutter_the_dial_tone() -> None:
    box = Telephony(settings(mailboxes=[{"number": 1, "name": "box", "extension": "801"}]))
    box.fact(MessagesWaiting(1, 2))
    box.lift(5)
    assert box.tones[5] is Tone.STUTTER_DIAL
    box.hang_up(5)
    box.fact(MessagesWaiting(1, 0))
    box.lift(5)
    assert box.tones[5] is Tone.DIAL


def test_phones_call_each_other() -> None:
    box = Telephony()
    box.dial(5, "802")
    assert box.ringing[6]
    assert box.tones[5] is Tone.RINGBACK
    box.lift(6)
    assert box.tones[5] is None
    assert box.hears(5) == {6}
    box.hang_up(5)
    assert box.tones[6] is Tone.BUSY
    box.hang_up(6)
    box.all_is_over()


def test_a_pulse_phone_dials_like_any_other() -> None:
    box = Telephony()
    box.lift(5)
    for count in (8, 10, 3):
        box.fact(Pulses(5, count))
    assert box.ringing[7]


def test_a_busy_phone_gives_busy_tone() -> None:
    box = Telephony()
    box.lift(6)
    box.dial(5, "802")
    assert box.tones[5] is Tone.BUSY
    assert box.records[-1].cause is Cause.BUSY


@pytest.mark.parametrize(
    ("keys", "phrase", "tone"),
    [
        ("899", "number.vacant", Tone.VACANT),
        ("900", "number.barred", Tone.BUSY),
        ("9168", "number.barred", Tone.BUSY),
        ("801", "station.self", Tone.BUSY),
        ("*99", "code.unknown", Tone.DIAL),
    ],
)
def test_what_can_not_be_dialled_is_said_and_then_heard(keys: str, phrase: str, tone: Tone) -> None:
    box = Telephony()
    box.dial(5, keys)
    assert box.says[5] == (phrase,)
    box.run(5_000)
    assert box.tones[5] is tone


def test_the_operator_is_the_set_one() -> None:
    box = Telephony(settings(numbering={"operator_extension": "804"}))
    box.dial(5, "0")
    assert box.ringing[8]


def test_an_unset_operator_is_the_first_phone() -> None:
    box = Telephony()
    box.dial(6, "0")
    assert box.ringing[5]


def test_a_phone_with_no_outside_right_still_calls_the_police() -> None:
    box = Telephony(with_phone(5, outside=False))
    box.dial(5, "913800138000")
    assert box.says[5] == ("outside.not_allowed",)
    box.hang_up(5)
    box.dial(5, "9110")
    assert box.station(5).state is State.CALLING
    assert box.off_hook[4]


def test_a_paused_agents_phone_calls_the_police_too() -> None:
    box = Telephony()
    log_in(box)
    box.dial(5, "*461")
    box.run(3_000)
    box.hang_up(5)
    assert box.agent(101).state == "paused"
    box.dial(5, "119")
    assert box.off_hook[4]


def test_a_key_cuts_speech_short_and_is_dialled() -> None:
    box = Telephony()
    box.dial(5, "*68")
    box.run(100)
    box.press(5, "802")
    assert box.ringing[6]
    assert 5 not in box.says


def test_the_rest_of_a_refused_number_is_not_dialled_as_another() -> None:
    box = Telephony()
    box.dial(5, "9008028029110")
    box.run(3_000)
    assert not any(box.ringing.values()) and not any(box.off_hook[line] for line in (1, 2, 3, 4))


def test_after_a_refused_number_110_goes_out_without_hanging_up() -> None:
    for wait_ms in (2_100, 20_000, 40_000):  # told so, busy tone, howler
        box = Telephony()
        box.dial(5, "899")
        box.run(wait_ms)
        box.press(5, "110")
        assert box.off_hook[4], wait_ms


def test_under_busy_tone_no_other_number_counts() -> None:
    box = Telephony()
    box.dial(5, "899")
    box.run(20_000)
    box.press(5, "802")
    assert not box.ringing[6]
    assert box.tones[5] is Tone.VACANT


def test_a_hotline_dials_on_lifting() -> None:
    box = Telephony(with_phone(5, role="hotline", hotline_number="802"))
    box.lift(5)
    assert box.ringing[6]


def test_letters_are_no_keys() -> None:
    box = Telephony()
    box.lift(5)
    box.press(5, "A8B0C2D")
    assert box.ringing[6]


def test_a_thousand_keys_do_no_harm() -> None:
    box = Telephony()
    box.dial(5, "7" * 1000)
    assert box.station(5).state is State.TELLING
    assert len(box.station(5).keys) < 50


# --- left off hook ---


def test_a_phone_left_off_hook_goes_to_busy_howler_and_lock_out() -> None:
    box = Telephony()
    box.lift(5)
    box.run(15_100)
    assert box.tones[5] is Tone.BUSY
    box.run(30_000)
    assert box.tones[5] is Tone.HOWLER
    box.run(60_000)
    assert (box.tones[5], box.station(5).state) == (None, State.LOCKED_OUT)
    assert box.alarms() == ["locked_out"]


def locked_out() -> Telephony:
    box = Telephony()
    box.lift(5)
    box.run(106_000)
    return box


def test_a_locked_out_phone_is_not_rung() -> None:
    box = locked_out()
    box.dial(6, "801")
    assert not box.ringing[5]
    assert box.says[6] == ("station.unavailable",)
    assert box.records[-1].cause is Cause.LOCKED_OUT


def test_on_hook_ends_the_lock_out_and_110_goes_out_again() -> None:
    box = locked_out()
    box.hang_up(5)
    box.dial(5, "110")
    assert box.off_hook[4]


def test_a_tap_of_the_hook_ends_the_lock_out_too() -> None:
    box = locked_out()
    box.flash(5, 300)
    assert box.tones[5] is Tone.DIAL


def test_lock_out_takes_the_agent_out_of_reach_until_the_phone_is_hung_up() -> None:
    box = Telephony()
    log_in(box)
    box.lift(5)
    box.run(106_000)
    agent = box.core.directory.agent(101)
    assert agent is not None and agent.seat_out and not agent.available
    box.hang_up(5)
    assert agent.available


# --- the bell ---


def rung_from_outside(box: Telephony) -> None:
    box.call_in(1)
    box.run_until(lambda: box.ringing[5])


def test_calls_from_outside_and_inside_ring_differently() -> None:
    box = Telephony()
    rung_from_outside(box)
    assert Ring(5, OUTSIDE_CADENCE_MS) in box.new(Ring)
    box = Telephony()
    box.dial(6, "801")
    assert box.new(Ring) == [Ring(5, INSIDE_CADENCE_MS)]


def test_caller_id_is_sent_in_the_first_pause_of_the_bell() -> None:
    box = Telephony()
    rung_from_outside(box)
    box.mark()
    box.run(OUTSIDE_CADENCE_MS[0] + CALLER_ID_AFTER_RING_MS - 150)
    assert box.new(SendCallerId) == []
    box.run(200)
    sent = [send for send in box.new(SendCallerId) if send.port == 5]
    assert [(send.format, send.number) for send in sent] == [(CallerIdFormat.FSK, "13800138000")]


def test_a_phone_inside_shows_extension_and_name() -> None:
    box = Telephony()
    box.dial(6, "801")
    box.run(2_000)
    sent = box.new(SendCallerId)[-1]
    assert (sent.number, sent.name) == ("802", "话机802")


def test_dtmf_caller_id_comes_before_the_bell() -> None:
    box = Telephony(with_phone(5, caller_id="dtmf"))
    box.dial(6, "801")
    assert box.new(SendCallerId)[-1].format is CallerIdFormat.DTMF_D_C
    assert not box.ringing[5]
    box.run(1_000)
    assert box.ringing[5]


def test_a_phone_that_wants_no_caller_id_gets_none() -> None:
    box = Telephony(with_phone(5, caller_id="none"))
    box.dial(6, "801")
    box.run(5_000)
    assert box.new(SendCallerId) == []


def test_caller_id_is_broken_off_when_the_phone_is_lifted() -> None:
    box = Telephony()
    box.dial(6, "801")
    box.run(1_600)
    assert box.new(SendCallerId)
    box.lift(5)
    assert StopSend(5) in box.new(StopSend)


def test_lifting_before_the_caller_id_means_none_is_sent() -> None:
    box = Telephony()
    box.dial(6, "801")
    box.run(500)
    box.lift(5)
    box.run(10_000)
    assert box.new(SendCallerId) == []


def test_lifting_in_the_instant_the_bell_begins_answers() -> None:
    box = Telephony()
    box.dial(6, "801", and_wait=False)
    box.fact(OffHook(5))
    assert box.hears(6) == {5}


def test_lifting_in_the_instant_before_gives_dial_tone_and_the_caller_busy() -> None:
    box = Telephony()
    box.lift(5)
    box.dial(6, "801", and_wait=False)
    assert (box.tones[5], box.tones[6]) == (Tone.DIAL, Tone.BUSY)


def test_the_bell_stops_when_the_caller_hangs_up() -> None:
    box = Telephony()
    box.dial(6, "801")
    box.hang_up(6)
    assert StopRing(5) in box.new(StopRing)
    assert not box.ringing[5]
    box.all_is_over()


def test_nobody_answers_a_desk_phone_for_ever() -> None:
    box = Telephony()
    box.dial(6, "801")
    box.run(60_100)
    assert not box.ringing[5]
    assert box.tones[6] is Tone.BUSY
    assert box.records[-1].cause is Cause.NO_ANSWER


# --- the hook ---


def test_the_card_is_told_to_report_openings_up_to_the_safe_flash() -> None:
    box = Telephony()
    assert SetFlashWindow(5, 1_000) in box.effects


def in_call_with_outside() -> Telephony:
    box = Telephony()
    box.call_in_and_talk(1, 5)
    return box


def test_an_opening_shorter_than_the_window_is_noise() -> None:
    box = in_call_with_outside()
    box.flash(5, 79)
    assert box.hears(5) == {1}


def test_an_opening_within_the_window_is_a_flash() -> None:
    for open_ms in (80, 700):
        box = in_call_with_outside()
        box.flash(5, open_ms)
        assert box.hears(5) == frozenset()
        assert box.tones[5] is Tone.DIAL
        assert box.says[1] == ("music:default",)


def test_an_opening_beyond_the_window_holds_an_outside_party_for_safety() -> None:
    for open_ms in (701, 1_000):
        box = in_call_with_outside()
        box.flash(5, open_ms)
        assert box.says[1] == ("music:default",)
        assert box.off_hook[1]


def test_an_opening_beyond_the_safe_flash_is_a_hang_up() -> None:
    box = in_call_with_outside()
    box.flash(5, 1_001)
    assert not box.off_hook[1]
    assert box.tones[5] is Tone.DIAL


def test_with_no_outside_party_an_opening_beyond_the_window_is_a_hang_up() -> None:
    box = Telephony()
    box.dial(5, "802")
    box.lift(6)
    box.flash(5, 701)
    assert box.tones[6] is Tone.BUSY
    assert box.tones[5] is Tone.DIAL


def test_the_pulse_a_card_counts_from_a_short_flash_is_no_digit() -> None:
    box = in_call_with_outside()
    box.flash(5, 150)
    box.run(300)
    box.fact(Pulses(5, 1))
    assert box.station(5).keys == ""
    box.run(600)
    box.fact(Pulses(5, 8))
    assert box.station(5).keys == "8"


def test_dial_pulses_are_no_flashes() -> None:
    box = Telephony()
    box.lift(5)
    box.fact(HookClosed(5, 110))
    box.fact(Pulses(5, 8))
    assert box.station(5).keys == "8"


def test_a_long_opening_while_dialling_begins_anew() -> None:
    box = Telephony()
    box.dial(5, "80")
    box.flash(5, 400)
    assert box.tones[5] is Tone.DIAL
    box.press(5, "803")
    assert box.ringing[7]


def test_a_fax_machine_has_no_flash() -> None:
    box = Telephony(with_phone(5, role="fax"))
    box.dial(5, "802")
    box.lift(6)
    box.flash(5, 300)
    assert box.hears(5) == {6}


def test_keys_are_listened_for_while_lifted_and_nothing_on_hook() -> None:
    box = Telephony()
    box.lift(5)
    assert box.new(SetDetectors)[-1] == SetDetectors(5, Detector.DIGITS)
    box.hang_up(5)
    assert box.new(SetDetectors)[-1] == SetDetectors(5, Detector.NONE)


def test_keys_pressed_while_talking_go_nowhere() -> None:
    box = in_call_with_outside()
    box.press(5, "*12")
    box.run(3_000)
    assert box.hears(5) == {1}


# --- click to dial ---


def test_click_to_dial_rings_the_phone_first_and_dials_when_it_is_lifted() -> None:
    box = Telephony()
    box.fact(Commanded(1, ADMIN, DialFrom("801", "802")))
    assert box.ringing[5] and not box.ringing[6]
    box.lift(5)
    assert box.ringing[6]


def test_click_to_dial_on_a_lifted_phone_dials_at_once() -> None:
    box = Telephony()
    box.lift(5)
    box.fact(Commanded(1, ADMIN, DialFrom("801", "913800138000")))
    assert box.off_hook[4]


def test_click_to_dial_gives_up_when_the_phone_is_not_lifted() -> None:
    box = Telephony()
    box.fact(Commanded(1, ADMIN, DialFrom("801", "802")))
    box.run(31_000)
    assert not box.ringing[5]
    box.all_is_over()


# --- codes ---


def said(box: Telephony, keys: str, phone: int = 5) -> tuple[str, ...]:
    box.dial(phone, keys, and_wait=False)
    box.run_until(lambda: phone in box.says, 12_000)
    sounds = box.says[phone]
    box.hang_up(phone)
    return sounds


def test_an_agent_logs_in_with_a_pin_that_nobody_sees() -> None:
    box = Telephony()
    assert said(box, "*11101#") == ("agent.logged_in",)
    assert [collect.subject for collect in box.new(CollectSecret)] == ["agent:101"]
    assert box.station(5).agent == 101
    assert box.agent(101).state == "idle"


@pytest.mark.parametrize(
    ("verdict", "phrase"),
    [
        (Verdict.WRONG, "agent.wrong_pin"),
        (Verdict.UNKNOWN, "agent.wrong_pin"),
        (Verdict.LOCKED, "agent.locked"),
        (Verdict.TIMED_OUT, "code.incomplete"),
    ],
)
def test_a_login_that_fails_says_why_and_changes_nothing(verdict: Verdict, phrase: str) -> None:
    box = Telephony()
    box.verdict = verdict
    assert said(box, "*11101#") == (phrase,)
    assert box.station(5).agent == 0


def test_an_unknown_agent_sounds_like_a_wrong_pin() -> None:
    box = Telephony()
    assert said(box, "*11999#") == ("agent.wrong_pin",)


def test_a_second_agent_at_one_phone_is_refused() -> None:
    box = Telephony()
    log_in(box)
    assert said(box, "*11102#") == ("agent.phone_taken",)
    assert box.station(5).agent == 101


def test_every_code_of_an_agent_has_its_spoken_result() -> None:
    box = Telephony()
    log_in(box)
    assert said(box, "*463")[0] == "agent.paused_reason.1"
    assert box.agent(101).state == "paused"
    assert said(box, "*48") == ("agent.ready",)
    assert said(box, "*440#") == ("queue.left_all",)
    assert box.agent(101).queues == ()
    assert said(box, "*451#")[0] == "queue.joined.1"
    assert box.agent(101).queues == (1,)
    assert said(box, "*457#") == ("queue.unknown",)
    assert said(box, "*12") == ("agent.logged_out",)
    assert box.agent(101).state == "logged_out"


@pytest.mark.parametrize("keys", ["*12", "*46" + "1", "*48", "*451#", "*441#"])
def test_codes_of_an_agent_want_one_logged_in(keys: str) -> None:
    assert said(Telephony(), keys) == ("agent.not_logged_in",)


def test_codes_for_everyone_work_with_nobody_logged_in() -> None:
    box = Telephony()
    assert said(box, "*47") == ("queue.waiting.none",)
    assert said(box, "*65")[0] == "station.extension.1"
    assert said(box, "*68")[0] == "box.address.1"
    spoken = said(box, "*10")
    assert "codes.log_in" in spoken and "codes.pause" not in spoken


def test_the_codes_spoken_are_those_of_the_role() -> None:
    box = Telephony()
    log_in(box)
    assert "codes.pause" in said(box, "*10")


def test_a_pause_with_reason_zero_is_no_code() -> None:
    box = Telephony()
    log_in(box)
    assert said(box, "*460") == ("code.unknown",)


def test_dial_tone_follows_the_result_of_a_code() -> None:
    box = Telephony()
    box.dial(5, "*68")
    box.run(20_000)
    assert box.tones[5] in (Tone.DIAL, Tone.BUSY)
    assert box.station(5).state in (State.DIAL_TONE, State.BUSY)


def test_hanging_up_while_a_pin_is_keyed_cancels_it() -> None:
    box = Telephony()
    box.dial(5, "*11101#")
    box.hang_up(5)
    assert "CancelSecret" in [type(effect).__name__ for effect in box.effects]
    box.all_is_over()


def test_the_agents_language_is_spoken() -> None:
    given = settings()
    agents = tuple(
        agent.model_copy(update={"language": "en"}) if agent.number == 101 else agent
        for agent in given.agents
    )
    box = Telephony(given.model_copy(update={"agents": agents}))
    log_in(box)
    box.mark()
    box.dial(5, "*48")
    assert box.new(Say)[-1].language == "en"


# --- service ---


def test_an_alarm_ends_the_call_of_a_phone_and_its_agent_is_out_of_reach() -> None:
    box = Telephony()
    log_in(box)
    box.dial(5, "802")
    box.lift(6)
    box.fact(Alarm(5, "cable"))
    assert box.tones[6] is Tone.BUSY
    agent = box.core.directory.agent(101)
    assert agent is not None and agent.seat_out
    box.dial(7, "801")
    assert box.records[-1].cause is Cause.OUT_OF_SERVICE
    box.off_hook[5] = False
    box.fact(AlarmCleared(5))
    assert not agent.seat_out
    box.hang_up(6)
    box.hang_up(7)
    box.dial(6, "801")
    assert box.ringing[5]


def test_reconciliation_supplies_the_missing_hook_fact() -> None:
    box = Telephony()
    box.fact(HookFound(5, off_hook=True, ringing=False))
    assert box.tones[5] is Tone.DIAL
    box.fact(HookFound(5, off_hook=False, ringing=False))
    assert box.station(5).state is State.IDLE
    box.fact(HookFound(5, off_hook=False, ringing=True))
    assert box.new(StopRing)[-1] == StopRing(5)


def test_a_lost_bell_rings_again() -> None:
    box = Telephony()
    box.dial(6, "801")
    box.mark()
    box.fact(HookFound(5, off_hook=False, ringing=False))
    assert box.new(Ring) == [Ring(5, INSIDE_CADENCE_MS)]


def test_every_state_of_every_phone_is_one_the_screens_know() -> None:
    known = set(str(PhoneReport.__doc__).replace('"', "").replace("state:", "").replace(".", "").split())
    known = {word.strip(",") for word in known}
    box = Telephony()
    box.lift(5)
    box.run(106_000)
    box.dial(6, "*68")
    box.run(1_000)
    box.dial(7, "803")
    for effect in box.effects:
        report = getattr(effect, "report", None)
        if isinstance(report, PhoneReport):
            assert report.state in known


def test_hook_facts_out_of_place_are_ignored() -> None:
    box = Telephony()
    for port in PHONES:
        box.fact(OnHook(port))
        box.fact(HookClosed(port, 300))
        box.fact(Pulses(port, 3))
        box.fact(Pulses(port, 99))
        assert box.station(port).state is State.IDLE
