# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What callers do in a menu: keys early, late, wrong, none; opening hours; extensions; secrets; voicemail."""

from __future__ import annotations

from dsp.vocabulary import Tone
from firmware.exchange.vocabulary import CallRecord, Cause
from hil import settings as shapes
from hil.bench import PIN, Bench
from hil.scenario import scenario
from hil.scenarios import call_in


def story(record: CallRecord) -> list[str]:
    return [entry.what for entry in record.timeline]


@scenario("F20", "C11")
async def a_key_pressed_during_the_prompt_is_taken_at_once(bench: Bench) -> None:
    caller = await call_in(bench)
    await bench.passes(6)  # the notice is over, the menu is being said
    await caller.press("0")
    await bench.desk("801").rings(within_s=2)


@scenario("F20", "C11")
async def keys_typed_ahead_are_taken_when_their_menu_comes(bench: Bench) -> None:
    await call_in(bench, keys="0")
    await bench.desk("801").rings(within_s=10)


@scenario("F20", "F1")
async def a_caller_dials_an_extension_in_the_menu(bench: Bench) -> None:
    caller = await call_in(bench, keys="805")
    desk = bench.desk("805")
    await desk.rings(within_s=10)
    desk.lift()
    await caller.talks_to(desk)


@scenario("F20")
async def a_wrong_key_is_told_and_the_menu_is_said_again(bench: Bench) -> None:
    caller = await call_in(bench, keys="9")
    await bench.passes(12)
    await caller.press("0")
    await bench.desk("801").rings(within_s=5)
    caller.hang_up()
    assert "menu.missed" in story(await bench.record())


@scenario("F20", "C3")
async def a_caller_who_never_presses_a_key_reaches_the_operator(bench: Bench) -> None:
    await call_in(bench)
    await bench.desk("801").rings(within_s=120)


@scenario("F21", settings=shapes.closed)
async def outside_opening_hours_the_caller_is_told_and_leaves_a_message(bench: Bench) -> None:
    caller = await call_in(bench)
    await bench.passes(15)
    await caller.hears_silence(for_s=1, within_s=20)
    caller.speak(4000)
    await bench.passes(5)
    caller.hang_up()
    record = await bench.record()
    assert "voicemail.saved" in story(record)


@scenario("F24", "U10")
async def a_message_left_shows_on_the_phone_by_stutter_dial_tone(bench: Bench) -> None:
    caller = await call_in(bench, keys="3")
    await bench.passes(8)
    await caller.hears_silence(for_s=1, within_s=20)
    caller.speak(3000)
    await bench.passes(4)
    await caller.press("#")
    await caller.hears_speech(within_s=5)
    caller.hang_up()
    await bench.idle()
    desk = bench.desk("801")
    desk.lift()
    await desk.hears(Tone.STUTTER_DIAL, within_s=5)


@scenario("F22", "C29")
async def a_secret_is_judged_and_its_keys_are_nowhere_in_the_record(bench: Bench) -> None:
    caller = await call_in(bench, keys="7")
    await bench.passes(8)
    await caller.press(PIN + "#")
    await caller.hears_speech(within_s=10)
    record = await bench.record(within_s=60)
    judged = [entry.detail["verdict"] for entry in record.timeline if entry.what == "secret.judged"]
    assert judged == ["right"]
    assert PIN not in repr(record)


@scenario("F22", "C29")
async def three_wrong_secrets_end_the_call_politely(bench: Bench) -> None:
    caller = await call_in(bench, keys="7")
    for _ in range(3):
        await bench.passes(8)
        await caller.press("1111#")
    record = await bench.record(within_s=60)
    judged = [entry.detail["verdict"] for entry in record.timeline if entry.what == "secret.judged"]
    assert judged == ["wrong"] * 3
    assert record.cause is Cause.FLOW_END


@scenario("F20", "C3")
async def a_thousand_keys_at_once_leave_the_menu_working(bench: Bench) -> None:
    caller = await call_in(bench)
    await caller.press("9" * 100, on_ms=50, off_ms=50)
    await bench.desk("801").rings(within_s=120)
    caller.hang_up()
    await bench.idle()
