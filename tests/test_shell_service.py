# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The whole box in virtual time: a call from ring to record, and what goes wrong around it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.port import GoOffHook, OffHook, OnHook
from drivers.simulated import DeskTelephone, Layout, OutsideTelephone
from dsp.vocabulary import Tone
from firmware.clock import run_virtual
from firmware.exchange.call import Call
from firmware.exchange.commands import HangUpCall
from firmware.exchange.messages import LegFlashed
from firmware.exchange.vocabulary import Cause, Published
from firmware.settings.model import Flow, HangUpNode, MenuNode, Settings
from firmware.shell.bare import Reason
from firmware.shell.service import COMMANDS_MAX
from firmware.virtual import SYSTEM, Centre

SMALL = Layout(fxo=2, fxs=2, outside=3)
both_engines = pytest.mark.parametrize("media", [True, False], ids=["media on", "media off"])


def in_centre(script: Callable[[Centre], Awaitable[Any]], **how: Any) -> Any:
    """Run a script in a small centre (two lines, two phones)."""

    async def run() -> Any:
        async with Centre(**{"layout": SMALL, **how}) as centre:
            result = await script(centre)
            assert centre.replay().agrees, centre.replay()
            return result

    return run_virtual(run)


async def caller_talking_to_801(centre: Centre) -> OutsideTelephone:
    caller, desk = centre.outside("13900000001"), centre.phone(801)
    await caller.call(centre.pilot)
    await desk.rings(within_s=30)
    desk.lift()
    await asyncio.sleep(1)
    await caller.talks_to(desk)
    await desk.talks_to(caller)
    return caller


def port_of(centre: Centre, desk: DeskTelephone) -> int:
    return next(port for port, each in centre.card.desks.items() if each is desk)


def alarms(centre: Centre) -> list[str]:
    return [alarm.what for alarm in centre.memory.alarms]


@both_engines
def test_a_caller_is_answered_connected_recorded_and_on_record(media: bool) -> None:
    async def script(centre: Centre) -> None:
        caller = await caller_talking_to_801(centre)
        centre.phone(801).hang_up()
        await caller.hears(Tone.BUSY)
        caller.hang_up()
        await asyncio.sleep(5)
        (record,) = centre.records
        assert record.caller.number == "13900000001"
        assert record.cause is Cause.NORMAL
        assert record.notice
        ((state, samples, lost, _),) = centre.memory.recordings_ended.values()
        assert (state, lost) == ("closed", 0)
        assert record.answered is not None
        answered_s = (record.ended.mono_ns - record.answered.mono_ns) / 1e9
        assert abs(samples / 8000 - answered_s) < 0.1
        assert centre.service.health()["media_awaited"] == 0

    in_centre(script, media=media)


def test_the_same_seed_gives_the_same_journal() -> None:
    async def script(centre: Centre) -> list[bytes]:
        await caller_talking_to_801(centre)
        centre.phone(801).hang_up()
        await asyncio.sleep(30)
        return [segment.read() for segment in centre.journal_segments()]

    assert in_centre(script) == in_centre(script)


def test_a_lift_the_card_did_not_tell_gets_its_dial_tone() -> None:
    async def script(centre: Centre) -> None:
        desk = centre.phone(801)
        centre.card.troubles.lose_next(OffHook, desk.jack.port)
        desk.lift()
        await desk.hears(Tone.DIAL, within_s=5)

    in_centre(script)


def test_a_hang_up_the_card_did_not_tell_frees_the_phone() -> None:
    async def script(centre: Centre) -> None:
        desk = centre.phone(801)
        desk.lift()
        await desk.hears(Tone.DIAL)
        centre.card.troubles.lose_next(OnHook, desk.jack.port)
        desk.hang_up()
        await asyncio.sleep(8)
        other = centre.phone(802)
        other.lift()
        await other.hears(Tone.DIAL)
        other.dial("801")
        await desk.rings(within_s=10)

    in_centre(script)


def test_an_alarm_ends_the_call_on_its_line_and_no_other() -> None:
    async def script(centre: Centre) -> None:
        await caller_talking_to_801(centre)
        other, desk = centre.outside("13900000002"), centre.phone(802)
        await other.call(centre.pilot)
        await desk.rings(within_s=30)
        desk.lift()
        await asyncio.sleep(1)
        centre.card.troubles.cut_line(1)
        await asyncio.sleep(3)
        assert [record.line for record in centre.records] == [1]
        await other.talks_to(desk)

    in_centre(script)


def test_a_card_that_refuses_an_act_has_its_port_in_alarm() -> None:
    async def script(centre: Centre) -> None:
        centre.service.carry_out(GoOffHook(99))
        await asyncio.sleep(0.1)
        # The alarm was fed; the core knows no port 99.
        assert centre.core.counts["unknown_port"] == 1

    in_centre(script)


@both_engines
def test_a_prompt_that_is_missing_is_skipped_and_told_once(media: bool, tmp_path: Path) -> None:
    async def script(centre: Centre) -> None:
        caller = centre.outside("13900000001")
        for _ in range(2):
            await caller.call(centre.pilot)
            await centre.phone(801).rings(within_s=30)
            caller.hang_up()
            await asyncio.sleep(20)
        assert alarms(centre).count("prompt_missing") == 1

    in_centre(script, media=media, sounds=tmp_path)


def test_a_full_disk_stops_recording_and_no_call(tmp_path: Path) -> None:
    async def script(centre: Centre) -> None:
        caller = await caller_talking_to_801(centre)
        raised = [report for report in centre.service.board.alarms if report.what == "recording_failed"]
        assert raised
        caller.hang_up()
        await asyncio.sleep(10)
        assert list((tmp_path / "recordings").rglob("*.wav")) == []

    in_centre(script, data=tmp_path, reserve_percent=101)


def test_a_thousand_keys_at_once_cost_no_call() -> None:
    flow = Flow(
        name="front",
        start="menu",
        nodes={
            "menu": MenuNode(prompt="menu.main", keys={"1": "bye"}, tries=3, failed="bye"),
            "bye": HangUpNode(),
        },
    )

    async def script(centre: Centre) -> None:
        settings = centre.settings.model_copy(update={"flows": (flow,)})
        await centre.apply(settings)
        caller = centre.outside("13900000001")
        await caller.call(centre.pilot)
        await caller.hears_speech(within_s=20)
        before = centre.service.fact_count
        for _ in range(50):
            await caller.press("7" * 20, on_ms=50, off_ms=50)
        await asyncio.sleep(60)
        assert centre.service.fact_count - before < 200
        assert len(centre.records) == 1
        assert alarms(centre) == []

    in_centre(script, media=False)


@both_engines
def test_bare_service_says_why_and_still_calls_out(media: bool) -> None:
    async def script(centre: Centre) -> None:
        desk = centre.phone(801)
        desk.lift()
        await desk.hears_speech(within_s=2)
        await desk.hears(Tone.DIAL, within_s=10)
        desk.hang_up()
        await asyncio.sleep(2)
        desk.lift()
        await asyncio.sleep(0.5)
        desk.dial("110")
        emergency = centre.card.emergency_desks
        await asyncio.wait(
            [asyncio.ensure_future(each.rings(within_s=20)) for each in emergency],
            return_when=asyncio.FIRST_COMPLETED,
        )
        await desk.hears_speech(within_s=20)
        desk.hang_up()
        await asyncio.sleep(2)
        await caller_talking_to_801(centre)

    in_centre(script, media=media, bare=Reason.DATABASE)


def test_commands_are_answered_and_bounded() -> None:
    async def script(centre: Centre) -> None:
        assert (await centre.command(HangUpCall(5))).ok is False
        replies = [centre.service.command(SYSTEM, HangUpCall(5)) for _ in range(COMMANDS_MAX + 5)]
        answered = await asyncio.gather(*replies)
        assert [reply.cause for reply in answered].count(Cause.FULL) == 5

    in_centre(script)


def test_everybody_who_listens_hears_every_report() -> None:
    async def script(centre: Centre) -> None:
        heard: list[object] = []
        deaf = centre.service.board.listen(heard.append)
        centre.phone(801).lift()
        await asyncio.sleep(1)
        count = len(heard)
        assert count
        deaf()
        centre.phone(801).hang_up()
        await asyncio.sleep(2)
        assert len(heard) == count
        assert not any(isinstance(report, Published) for report in heard)

    in_centre(script)


def test_settings_that_change_leave_a_call_as_it_began() -> None:
    async def script(centre: Centre) -> None:
        caller = await caller_talking_to_801(centre)
        settings: Settings = centre.settings
        await centre.apply(settings.model_copy(update={"agents": ()}))
        await asyncio.sleep(1)
        assert centre.core.revision == 2
        await caller.talks_to(centre.phone(801))
        centre.phone(801).hang_up()
        await asyncio.sleep(5)
        assert [record.revision for record in centre.records] == [1]

    in_centre(script)


@pytest.mark.parametrize("jump_s", [3_600, -3_600, 10 * 365 * 86_400, -10 * 365 * 86_400])
def test_a_wall_clock_that_is_set_changes_no_duration(jump_s: int) -> None:
    async def script(centre: Centre) -> None:
        await caller_talking_to_801(centre)
        centre.loop.set_civil(centre.loop.now().civil_ns + jump_s * 10**9)
        await asyncio.sleep(30)
        centre.phone(801).hang_up()
        await asyncio.sleep(5)
        (record,) = centre.records
        assert 30_000_000_000 < record.ended.mono_ns - record.began.mono_ns < 60_000_000_000
        assert max(leg.talk_ms for leg in record.legs) < 60_000
        assert record.cause is Cause.NORMAL

    in_centre(script, media=False)


def test_a_fault_of_ours_ends_its_call_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(centre: Centre) -> None:
        await caller_talking_to_801(centre)
        other, desk = centre.outside("13900000002"), centre.phone(802)
        await other.call(centre.pilot)
        await desk.rings(within_s=30)
        desk.lift()
        await asyncio.sleep(1)
        receive = Call.receive

        def broken(call: Call, event: Any, context: Any) -> Any:
            if isinstance(event, LegFlashed) and call.number == 1:
                raise ZeroDivisionError("a fault of ours")
            return receive(call, event, context)

        monkeypatch.setattr(Call, "receive", broken)
        centre.phone(801).flash(300)
        await asyncio.sleep(5)
        assert [(record.call, record.cause) for record in centre.records] == [(1, Cause.FAULT)]
        assert "fault" in [report.what for report in centre.service.board.alarms]
        await other.talks_to(desk)

    in_centre(script)
