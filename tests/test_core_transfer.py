# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Hook-flash: hold, blind and consultative transfer, swap, three-way, ring-back; no held party is ever lost (C27)."""

from __future__ import annotations

import pytest

from drivers.port import Alarm, AlarmCleared
from dsp.vocabulary import SendCallerId, Tone
from firmware.exchange.vocabulary import Cause
from firmware.settings.model import Flow, QueueNode, Settings
from tests.worlds.telephony import Telephony, settings, with_phone

QUEUE_FLOW = (Flow(name="front", start="wait", nodes={"wait": QueueNode(queue=1)}),)
CALLER, A, B, C = 1, 5, 6, 7  # an outside line, extensions 801, 802 and 803
HELD = ("music:default",)


def talking(given: Settings | None = None) -> Telephony:
    box = Telephony(given)
    box.call_in_and_talk(CALLER, A)
    return box


def consulting(given: Settings | None = None) -> Telephony:
    """801 talks with 802, the caller is held."""
    box = talking(given)
    box.flash(A)
    box.press(A, "802")
    box.lift(B)
    assert box.hears(A) == {B}
    assert box.says[CALLER] == HELD
    return box


def over(box: Telephony) -> None:
    for phone in range(5, 13):
        box.hang_up(phone)
    box.drops_loop(CALLER)
    box.all_is_over()


# --- the first flash ---


def test_a_flash_holds_the_other_party_and_gives_dial_tone() -> None:
    box = talking()
    box.flash(A)
    assert box.hears(A) == frozenset()
    assert box.tones[A] is Tone.DIAL
    assert box.says[CALLER] == HELD
    over(box)


def test_no_digit_for_four_seconds_leads_back_to_the_caller() -> None:
    box = talking()
    box.flash(A)
    box.run(3_900)
    assert box.hears(A) == frozenset()
    box.run(200)
    assert box.hears(A) == {CALLER}
    assert CALLER not in box.says
    over(box)


@pytest.mark.parametrize("keys", ["89", "*12", "900", "801"])
def test_a_wrong_number_leads_back_to_the_caller(keys: str) -> None:
    box = talking()
    box.flash(A)
    box.press(A, keys)
    box.run(10)
    assert box.hears(A) == {CALLER}
    over(box)


def test_an_unfinished_number_leads_back_after_its_time_out() -> None:
    box = talking()
    box.flash(A)
    box.press(A, "80")
    box.run(4_100)
    assert box.hears(A) == {CALLER}


def test_a_busy_extension_leads_back_to_the_caller() -> None:
    box = talking()
    box.lift(B)
    box.flash(A)
    box.press(A, "802")
    assert box.hears(A) == {CALLER}
    assert box.story(box.core.directory.call(1).record(box.core, Cause.NORMAL)).count("transfer.failed") == 1  # type: ignore[union-attr]


def test_an_extension_that_does_not_answer_leads_back_to_the_caller() -> None:
    box = talking()
    box.flash(A)
    box.press(A, "802")
    assert box.ringing[B]
    assert box.tones[A] is Tone.RINGBACK
    box.run(60_100)
    assert not box.ringing[B]
    assert box.hears(A) == {CALLER}
    assert box.tones[A] is None


def test_a_second_flash_before_a_number_leads_back_to_the_caller() -> None:
    box = talking()
    box.flash(A)
    box.flash(A)
    assert box.hears(A) == {CALLER}
    assert box.tones[A] is None


def test_a_flash_while_it_rings_leads_back_to_the_caller() -> None:
    box = talking()
    box.flash(A)
    box.press(A, "802")
    box.flash(A)
    assert not box.ringing[B]
    assert box.hears(A) == {CALLER}
    over(box)


def test_after_coming_back_a_new_flash_begins_anew() -> None:
    box = talking()
    box.flash(A)
    box.run(4_100)
    box.flash(A)
    assert box.tones[A] is Tone.DIAL
    box.press(A, "802")
    box.lift(B)
    assert box.hears(A) == {B}


def test_the_consulted_phone_shows_who_consults() -> None:
    box = talking()
    box.flash(A)
    box.press(A, "802")
    box.mark()
    box.run(2_000)
    assert [sent.number for sent in box.new(SendCallerId) if sent.port == B] == ["801"]


def test_two_desk_phones_transfer_as_well() -> None:
    box = Telephony()
    box.dial(A, "802")
    box.lift(B)
    box.flash(B)
    box.press(B, "803")
    box.lift(C)
    assert box.hears(B) == {C}
    box.hang_up(B)
    assert box.hears(A) == {C}
    box.hang_up(A)
    assert box.tones[C] is Tone.BUSY
    over(box)


# --- handing over ---


def test_hanging_up_while_it_rings_is_a_blind_transfer() -> None:
    box = talking()
    box.flash(A)
    box.press(A, "802")
    box.hang_up(A)
    assert box.ringing[B]
    assert box.says[CALLER] == HELD
    box.lift(B)
    assert box.hears(B) == {CALLER}
    box.hang_up(B)
    assert not box.off_hook[CALLER]
    over(box)


def test_a_blind_transfer_nobody_answers_rings_back() -> None:
    box = talking()
    box.flash(A)
    box.press(A, "802")
    box.hang_up(A)
    box.run(29_000)
    assert box.ringing[B]
    box.run(1_200)
    assert not box.ringing[B]
    assert box.ringing[A]
    box.lift(A)
    assert box.hears(A) == {CALLER}
    assert "transfer.ring_back" in box.story(box.core.directory.call(1).record(box.core, Cause.NORMAL))  # type: ignore[union-attr]
    over(box)


def test_a_blind_transfer_to_a_phone_that_fails_rings_back_at_once() -> None:
    box = talking()
    box.flash(A)
    box.press(A, "802")
    box.hang_up(A)
    box.run(2_000)
    assert box.ringing[B]
    box.fact(Alarm(B, "power"))
    box.run(100)
    assert box.ringing[A]
    box.lift(A)
    assert box.hears(A) == {CALLER}
    box.fact(AlarmCleared(B))
    over(box)


def test_hanging_up_after_talking_is_a_consultative_transfer() -> None:
    box = consulting()
    box.hang_up(A)
    assert box.hears(B) == {CALLER}
    assert CALLER not in box.says
    box.run(20_000)
    box.drops_loop(CALLER)
    record = box.records[-1]
    assert "transfer.handed_over" in box.story(record)
    over(box)


def test_time_belongs_to_whoever_talked() -> None:
    box = talking()
    box.run(9_990)
    box.flash(A)
    box.run(1_000)
    box.press(A, "802")
    box.run(4_000)
    box.lift(B)
    box.run(20_000)
    box.hang_up(A)
    box.run(30_000)
    box.drops_loop(CALLER)
    legs = {leg.port: leg for leg in box.records[-1].legs if leg.answered}
    assert legs[CALLER].talk_ms == 10_000 + 30_000
    assert legs[CALLER].hold_ms == 25_000
    assert legs[A].talk_ms == 10_000 + 20_000
    assert legs[B].talk_ms == 20_000 + 30_000
    assert legs[A].hold_ms == legs[B].hold_ms == 0


def test_the_consulted_party_who_leaves_gives_the_caller_back() -> None:
    box = consulting()
    box.hang_up(B)
    assert box.hears(A) == {CALLER}
    over(box)


def test_the_held_caller_who_leaves_lets_the_others_talk_on() -> None:
    box = consulting()
    box.drops_loop(CALLER)
    assert box.hears(A) == {B}
    box.hang_up(A)
    assert box.tones[B] is Tone.BUSY
    over(box)


def test_the_held_caller_who_leaves_while_it_rings_ends_the_call() -> None:
    box = talking()
    box.flash(A)
    box.press(A, "802")
    box.drops_loop(CALLER)
    assert not box.ringing[B]
    assert box.tones[A] is Tone.BUSY
    over(box)


# --- a party held and left ---


def test_hanging_up_on_a_held_party_rings_the_phone_back() -> None:
    box = talking()
    box.flash(A)
    box.run(500)
    box.hang_up(A)
    assert box.off_hook[CALLER]
    assert box.ringing[A]
    assert box.says[CALLER] == HELD
    box.run(2_000)
    assert [sent.number for sent in box.new(SendCallerId) if sent.port == A][-1] == "13800138000"
    box.lift(A)
    assert box.hears(A) == {CALLER}
    over(box)


def test_an_unanswered_ring_back_goes_to_the_operator() -> None:
    box = talking(settings(numbering={"operator_extension": "804"}))
    box.flash(A)
    box.hang_up(A)
    box.run(30_100)
    assert not box.ringing[A]
    assert box.ringing[8]
    box.lift(8)
    assert box.hears(8) == {CALLER}
    over(box)


def test_when_not_even_the_operator_answers_the_call_ends() -> None:
    box = talking(settings(numbering={"operator_extension": "804"}))
    box.flash(A)
    box.hang_up(A)
    box.run(30_100 + 60_100)
    assert not box.off_hook[CALLER]
    assert box.records[-1].cause is Cause.NO_ANSWER
    over(box)


def test_a_callers_ring_back_goes_to_the_head_of_the_queue_the_caller_came_from() -> None:
    given = settings().model_copy(update={"flows": QUEUE_FLOW})
    box = Telephony(given)
    for phone, agent in ((A, 101), (B, 102)):
        box.dial(phone, f"*11{agent}#")
        box.run(5_000)
        box.hang_up(phone)
    box.call_in(CALLER)
    box.run_until(lambda: box.ringing[A])
    box.lift(A)
    box.flash(A)
    box.hang_up(A)
    assert box.ringing[A]
    box.run(30_100)
    assert not box.ringing[A]
    box.run(100)
    assert box.ringing[B] or box.ringing[A]
    phone = B if box.ringing[B] else A
    box.lift(phone)
    assert box.hears(phone) == {CALLER}
    assert [visit.outcome for visit in box.core.directory.call(1).visits] == ["answered", "answered"]  # type: ignore[union-attr]
    over(box)


def test_a_held_caller_who_gives_up_during_the_ring_back_ends_it() -> None:
    box = talking()
    box.flash(A)
    box.hang_up(A)
    box.drops_loop(CALLER)
    assert not box.ringing[A]
    over(box)


def test_a_safe_flash_and_hanging_up_loses_nobody() -> None:
    box = talking()
    box.flash(A, 900)
    box.hang_up(A)
    assert box.ringing[A] and box.off_hook[CALLER]
    over(box)


# --- two parties ---


def choose(box: Telephony, key: str) -> None:
    box.flash(A)
    if key:
        box.press(A, key)
    else:
        box.run(2_100)
    box.run(10)


def test_1_drops_this_one_and_takes_the_other() -> None:
    box = consulting()
    choose(box, "1")
    assert box.hears(A) == {CALLER}
    assert box.tones[B] is Tone.BUSY
    over(box)


@pytest.mark.parametrize("key", ["2", ""])
def test_2_or_nothing_swaps(key: str) -> None:
    box = consulting()
    choose(box, key)
    assert box.hears(A) == {CALLER}
    assert box.says[B] == HELD
    choose(box, key)
    assert box.hears(A) == {B}
    assert box.says[CALLER] == HELD
    over(box)


def test_after_a_swap_1_drops_the_caller() -> None:
    box = consulting()
    choose(box, "2")
    choose(box, "1")
    assert box.hears(A) == {B}
    assert not box.off_hook[CALLER]
    over(box)


def test_after_a_swap_hanging_up_joins_the_two() -> None:
    box = consulting()
    choose(box, "2")
    box.hang_up(A)
    assert box.hears(B) == {CALLER}
    over(box)


def test_3_joins_all_three() -> None:
    box = consulting()
    choose(box, "3")
    assert box.hears(A) == {B, CALLER}
    assert CALLER not in box.says
    over(box)


@pytest.mark.parametrize(("leaver", "stay"), [(A, (B, CALLER)), (B, (A, CALLER))])
def test_of_three_any_may_leave(leaver: int, stay: tuple[int, int]) -> None:
    box = consulting()
    choose(box, "3")
    box.hang_up(leaver)
    assert box.hears(stay[0]) == {stay[1]}
    over(box)


def test_of_three_the_caller_may_leave() -> None:
    box = consulting()
    choose(box, "3")
    box.drops_loop(CALLER)
    assert box.hears(A) == {B}
    over(box)


def test_a_flash_among_three_and_2_leads_back_to_two() -> None:
    box = consulting()
    choose(box, "3")
    choose(box, "2")
    assert box.hears(A) == {B}
    assert box.says[CALLER] == HELD
    over(box)


def test_a_key_that_means_nothing_changes_nothing() -> None:
    box = consulting()
    choose(box, "7")
    assert box.hears(A) == {B}
    over(box)


def test_a_party_who_leaves_while_a_key_is_awaited() -> None:
    box = consulting()
    box.flash(A)
    box.hang_up(B)
    assert box.hears(A) == {CALLER}
    box.press(A, "1")
    assert box.hears(A) == {CALLER}
    over(box)


# --- outside lines in a transfer (D27) ---


def with_rights(trunk_to_trunk: bool, transfer_outside: bool) -> Settings:
    given = with_phone(A, transfer_outside=transfer_outside)
    numbering = given.numbering.model_copy(update={"trunk_to_trunk": trunk_to_trunk})
    return given.model_copy(update={"numbering": numbering})


@pytest.mark.parametrize(
    ("trunk_to_trunk", "transfer_outside"), [(False, False), (False, True), (True, False)]
)
def test_an_outside_party_is_not_handed_to_an_outside_line(
    trunk_to_trunk: bool, transfer_outside: bool
) -> None:
    box = talking(with_rights(trunk_to_trunk, transfer_outside))
    box.flash(A)
    box.press(A, "913800138000")
    assert not any(box.off_hook[line] for line in (2, 3, 4))
    assert box.says[A] == ("not_allowed",)
    box.run(2_000)
    assert box.hears(A) == {CALLER}
    over(box)


def test_with_both_rights_it_is() -> None:
    box = talking(with_rights(True, True))
    box.flash(A)
    box.press(A, "913800138000")
    box.line_hears(4, Tone.DIAL)
    box.run(2_500)
    assert box.hears(A) == {4}  # the line is heard before the answer
    box.speaks(4)
    box.hang_up(A)
    assert box.hears(4) == {CALLER}
    box.drops_loop(4)
    assert not box.off_hook[CALLER]
    over(box)


def test_a_desk_phone_may_bring_an_outside_line_to_another_desk_phone_by_its_own_right() -> None:
    box = Telephony(with_rights(False, True))
    box.dial(A, "802")
    box.lift(B)
    box.flash(A)
    box.press(A, "913800138000")
    assert box.off_hook[4]
    over(box)


def test_the_police_can_be_called_from_within_a_call() -> None:
    box = talking()
    box.flash(A)
    box.press(A, "110")
    assert box.off_hook[4]
    (alarm,) = box.alarm_reports()
    assert (alarm.what, alarm.port, alarm.detail) == ("emergency", A, "110 from 801")


@pytest.mark.parametrize("when", ["dialling", "talking", "three"])
def test_hanging_up_on_the_police_rings_back_and_does_not_hand_the_caller_over(when: str) -> None:
    box = talking()
    box.flash(A)
    box.press(A, "110")
    box.line_hears(4, Tone.DIAL)
    box.run(1_000)
    if when != "dialling":
        box.speaks(4)
        assert box.hears(A) == {4}
    if when == "three":
        box.flash(A)
        box.press(A, "3")
        assert box.hears(A) == {4, CALLER}
    box.hang_up(A)
    assert not box.off_hook[4] and box.off_hook[CALLER]
    assert box.hears(CALLER) == frozenset()
    assert box.ringing[A]
    box.lift(A)
    assert box.hears(A) == {CALLER}
    over(box)


def test_a_colleague_may_be_left_to_talk_with_the_police() -> None:
    box = Telephony()
    box.dial(A, "802")
    box.lift(B)
    box.flash(A)
    box.press(A, "110")
    box.line_hears(4, Tone.DIAL)
    box.run(1_000)
    box.speaks(4)
    box.hang_up(A)
    assert box.hears(B) == {4}
    over(box)


# --- the record ---


def test_the_leg_that_handed_over_says_so() -> None:
    for blind in (True, False):
        box = talking() if blind else consulting()
        if blind:
            box.flash(A)
            box.press(A, "802")
            box.hang_up(A)
            box.lift(B)
        else:
            box.hang_up(A)
        box.hang_up(B)
        causes = {leg.port: leg.cause for leg in box.records[-1].legs if leg.answered}
        assert causes[A] is Cause.TRANSFERRED
        assert causes[B] is Cause.NORMAL
        assert box.records[-1].released_by == "called"


def test_who_released_a_transferred_call_is_who_left_last() -> None:
    box = consulting()
    box.hang_up(A)
    box.drops_loop(CALLER)
    assert box.records[-1].released_by == "caller"


def test_with_nobody_else_in_the_queue_an_unanswered_ring_back_goes_to_the_operator() -> None:
    given = settings(numbering={"operator_extension": "804"}).model_copy(update={"flows": QUEUE_FLOW})
    box = Telephony(given)
    box.dial(A, "*11101#")
    box.run(5_000)
    box.hang_up(A)
    box.call_in(CALLER)
    box.run_until(lambda: box.ringing[A])
    box.lift(A)
    box.flash(A)
    box.hang_up(A)
    box.run(30_100)
    assert box.ringing[8] and not box.ringing[A]
    box.run(61_000)
    assert box.ringing[A]  # the queue is the last resort, whoever is at work in it
    box.lift(A)
    assert box.hears(A) == {CALLER}
    over(box)
