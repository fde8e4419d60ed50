# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the box and an Asterisk it has never met make of each other, as exchange and box, and as box and telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsp.vocabulary import Presentation
from firmware.exchange.vocabulary import Cause
from hil import settings as shapes
from hil.asterisk.peer import Leg, talk
from hil.asterisk.scenario import scenario

if TYPE_CHECKING:  # the bench needs the DAHDI driver; whoever lists scenarios does not
    from hil.asterisk.bench import AsteriskBench

CALLER = "13800138000"
OUTSIDE = "13900139000"
BUSY = "13700000001"  # configuration/extensions.conf
BUSY_MS, RINGBACK_MS = (350, 350), (1000, 4000)


async def call_in(bench: AsteriskBench, keys: str = "", line: int = 1) -> Leg:
    """A caller calls, hears the box answer, waits for the menu, and presses keys."""
    caller = await bench.outside_calls(line, CALLER)
    await caller.is_listening()
    await caller.hears_sound()
    if keys:
        await bench.passes(6)
        await caller.press(keys)
    return caller


async def connected(bench: AsteriskBench) -> tuple[Leg, Leg]:
    """A caller dials 803 in the menu, and talks to it."""
    caller = await call_in(bench, "803")
    phone = await bench.phone_rings("803")
    await phone.answer()
    await talk(caller, phone)
    return caller, phone


@scenario("F20", "F40")
async def the_box_answers_a_call_from_asterisk_and_is_heard(bench: AsteriskBench) -> None:
    caller = await bench.outside_calls(1, CALLER)
    await caller.is_listening()
    await caller.hears_sound()
    await caller.hang_up()
    record = await bench.record()
    assert (record.direction, record.line) == ("in", 1)
    assert record.answered is not None
    await bench.idle()


@scenario("C5", "F40")
async def the_number_asterisk_sends_between_the_rings_is_on_record(bench: AsteriskBench) -> None:
    caller = await call_in(bench)
    await caller.hang_up()
    party = (await bench.record()).caller
    assert (party.number, party.presentation) == (CALLER, Presentation.SHOWN)


@scenario("C5")
async def a_call_without_a_number_is_answered_all_the_same(bench: AsteriskBench) -> None:
    caller = await bench.outside_calls(2)
    await caller.is_listening()
    await caller.hears_sound()
    await caller.hang_up()
    record = await bench.record()
    assert (record.line, record.caller.number) == (2, "")


@scenario("F92", "F40", settings=lambda: shapes.lines_like(rings_before_answer=5))
async def a_caller_who_hangs_up_while_it_rings_is_on_record_as_lost(bench: AsteriskBench) -> None:
    caller = await bench.outside_calls(1, CALLER)
    await bench.passes(9)
    await caller.hang_up()
    record = await bench.record()
    assert (record.cause, record.answered) == (Cause.CALLER_GAVE_UP, None)
    assert record.caller.number == CALLER
    await bench.idle()


@scenario("F20", "F60")
async def a_caller_keys_an_extension_and_keys_are_heard_both_ways(bench: AsteriskBench) -> None:
    caller, phone = await connected(bench)
    await caller.press("1234567890*")
    await phone.hears("1234567890*")
    await phone.press("0987654321*")
    await caller.hears("0987654321*")


@scenario("F40", "C12")
async def when_the_caller_hangs_up_the_telephone_hears_busy_tone(bench: AsteriskBench) -> None:
    caller, phone = await connected(bench)
    await caller.hang_up()
    await phone.is_gone(within_s=15)  # on four beats of busy tone
    record = await bench.record()
    assert (record.cause, record.released_by) == (Cause.NORMAL, "caller")
    await bench.idle()


@scenario("F40")
async def when_the_telephone_hangs_up_the_exchange_is_let_go(bench: AsteriskBench) -> None:
    caller, phone = await connected(bench)
    await phone.hang_up()
    await caller.is_gone(within_s=15)
    record = await bench.record()
    assert (record.cause, record.released_by) == (Cause.NORMAL, "called")
    await bench.idle()


@scenario("F60", "F40")
async def a_call_is_recorded_with_the_keys_of_both_sides_on_their_tracks(bench: AsteriskBench) -> None:
    caller, phone = await connected(bench)
    await caller.press("147")
    await phone.press("369")
    await bench.passes(1)
    await caller.hang_up()
    record = await bench.record()
    await bench.idle()
    caller_leg = record.legs[0]
    assert caller_leg.recording
    digits = bench.recorded_digits(caller_leg.recording)
    assert "147" in digits[1], digits
    assert "369" in digits[2], digits


@scenario("F15", "F40")
async def a_telephone_calls_out_and_asterisk_is_dialled_the_number(bench: AsteriskBench) -> None:
    phone = await bench.phone_calls("801", f"9{OUTSIDE}")
    called = await bench.line_taken(4)
    assert called.number == OUTSIDE
    await phone.hears_beats(*RINGBACK_MS)
    await called.answer()
    await talk(called, phone)
    await phone.hang_up()
    await called.is_gone()
    record = await bench.record()
    assert (record.direction, record.called, record.line) == ("out", OUTSIDE, 4)
    cdr = await bench.peer.cdr(called)
    assert (cdr["Destination"], cdr["Disposition"]) == (OUTSIDE, "ANSWERED")
    await bench.idle()


@scenario("F53", "F15")
async def asterisks_busy_tone_is_understood_and_on_record(bench: AsteriskBench) -> None:
    phone = await bench.phone_calls("801", f"9{BUSY}")
    called = await bench.line_taken(4)
    await phone.hears_beats(*BUSY_MS)
    await called.is_gone(within_s=20)
    await phone.is_gone(within_s=20)
    record = await bench.record()
    assert (record.cause, record.answered) == (Cause.BUSY, None)


@scenario("U17")
async def an_emergency_number_goes_out_as_dialled_though_all_lines_are_taken(bench: AsteriskBench) -> None:
    for line in range(1, 5):
        await call_in(bench, line=line)
    await bench.phone_calls("805", "110")
    taken = await bench.emergency_line()
    assert taken.number == "110"


@scenario("F36", "C5")
async def one_telephone_rings_another_which_shows_its_number(bench: AsteriskBench) -> None:
    calling = await bench.phone_calls("801", "802")
    called = await bench.phone_rings("802")
    assert called.number == "801"
    await calling.hears_beats(*RINGBACK_MS)
    await called.answer()
    await talk(calling, called)
    await calling.hang_up()
    await called.is_gone(within_s=15)
    record = await bench.record()
    assert (record.direction, record.called, record.cause) == ("internal", "802", Cause.NORMAL)
    await bench.idle()


@scenario("F36")
async def a_telephone_that_calls_a_busy_one_hears_busy_tone(bench: AsteriskBench) -> None:
    await bench.phone_lifts("802")
    calling = await bench.phone_calls("801", "802")
    await calling.hears_beats(*BUSY_MS, beats=3)
    await calling.is_gone(within_s=10)


@scenario("F36")
async def a_telephone_stops_ringing_when_the_caller_gives_up(bench: AsteriskBench) -> None:
    calling = await bench.phone_calls("801", "802")
    called = await bench.phone_rings("802")
    await calling.hang_up()
    await called.is_gone(within_s=15)
    await bench.idle()


@scenario("F38", "U10", "C13")
async def a_flash_and_an_extension_transfer_the_caller(bench: AsteriskBench) -> None:
    caller, phone = await connected(bench)
    await phone.flash()
    await bench.passes(2)
    await phone.press("806")
    other = await bench.phone_rings("806")
    await phone.hang_up()
    await other.answer()
    await bench.passes(1)
    await talk(caller, other)
    await caller.hang_up()
    record = await bench.record()
    assert [leg.role for leg in record.legs] == ["caller", "extension", "consult"]
    assert record.legs[1].cause is Cause.TRANSFERRED


@scenario("F32", "F30", "F41")
async def an_agent_logs_in_at_a_telephone_and_is_given_the_queues_caller(bench: AsteriskBench) -> None:
    await bench.log_in(101, "803")
    caller = await call_in(bench, "1")
    phone = await bench.phone_rings("803")
    assert phone.number == CALLER
    await phone.answer()
    await bench.passes(1)
    await talk(caller, phone)
    await caller.hang_up()
    record = await bench.record()
    assert (record.agent, record.queue) == (101, 1)
    assert [visit.outcome for visit in record.queue_visits] == ["answered"]
