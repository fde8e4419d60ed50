# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The line to a desk phone: hook and bell, caller ID, digits, codes, and what a phone left off hook comes to."""

from __future__ import annotations

import pytest

from drivers.port import (
    Alarm,
    AlarmCleared,
    HookClosed,
    OnHook,
    Pulses,
    Ring,
    SetFlashWindow,
    StopRing,
)
from dsp.vocabulary import (
    Detector,
    SetDetectors,
    Tone,
)
from firmware.exchange.commands import Actor, DialFrom
from firmware.exchange.station_bell import INSIDE_CADENCE_MS
from firmware.exchange.station_state import State
from firmware.exchange.vocabulary import Cause, Commanded, HookFound, MessagesWaiting, PhoneReport
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
    for keys in ("802", "913800138000"):
        box.press(5, keys)
        box.run(3_000)
    assert not box.ringing[6] and not box.off_hook[4]
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


def test_110_goes_out_from_a_locked_out_phone_and_nothing_else_does() -> None:
    box = locked_out()
    box.press(5, "802")
    box.run(3_000)
    assert not box.ringing[6]
    box.press(5, "110")
    assert box.off_hook[4]
    box.hang_up(5)
    box.all_is_over()


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
    for open_ms, held in ((700, True), (701, False)):
        box = Telephony()
        box.dial(5, "802")
        box.lift(6)
        box.flash(5, open_ms)
        assert box.tones[5] is Tone.DIAL
        assert (box.tones[6] is Tone.BUSY) is not held
        assert (box.says.get(6) == ("music:default",)) is held


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
