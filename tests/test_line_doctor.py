# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The line doctor on the simulated card: each line's truth is found, and whoever telephones is not disturbed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from drivers.simulated import (
    BUSY_TONE_LINE,
    DTMF_LINE,
    LONG_PAIR,
    TERMINAL_LINE,
    TRUNK_LINE,
    CallerIdTime,
    Disconnect,
    Faults,
    Layout,
    LineProfile,
)
from dsp.vocabulary import Tone
from firmware.clock import run_virtual
from firmware.exchange.commands import BlockLine
from firmware.line_doctor.calls import measure_call
from firmware.line_doctor.findings import CallFound, Findings, HangUpFound, LineFound, Told, ToneFound
from firmware.line_doctor.measuring import measure_flash, measure_hang_up, measure_line
from firmware.line_doctor.proposal import Proposal, propose
from firmware.line_doctor.questions import Answers, LineAnswers
from firmware.settings.factory import factory
from firmware.settings.model import CallerIdKind, HangupProof, Line
from firmware.virtual import SYSTEM, Centre

LOOP_DROP_LINE = replace(BUSY_TONE_LINE, disconnect=Disconnect.LOOP_DROP)
SILENT_LINE = replace(BUSY_TONE_LINE, disconnect=Disconnect.SILENCE, caller_id=CallerIdTime.NEVER)
LONG_LINE = replace(BUSY_TONE_LINE, line=LONG_PAIR, dial_tone_delay_ms=900)


def in_centre(
    script: Callable[[Centre], Awaitable[Any]], *profiles: LineProfile, faults: Faults | None = None
) -> Any:
    """Run a script in a centre whose lines have these profiles, and see that replay agrees in the end."""
    lines = dict(enumerate(profiles, 1))
    layout = Layout(fxo=max(2, len(lines)), fxs=2, outside=3, profiles=lines)
    if faults is not None:
        layout = replace(layout, faults=faults)

    async def run() -> Any:
        async with Centre(layout=layout) as centre:
            await asyncio.sleep(0.5)
            result = await script(centre)
            await asyncio.sleep(6)
            assert centre.replay().agrees, centre.replay()
            return result

    return run_virtual(run)


def line_states(centre: Centre) -> list[str]:
    return [report.state for report in centre.service.board.lines.values()]


def port_of(centre: Centre, extension: int) -> int:
    return next(phone.port for phone in centre.settings.phones if phone.extension == str(extension))


def alone(profile: LineProfile) -> LineFound:
    async def script(centre: Centre) -> LineFound:
        return await measure_line(centre.service.lending, SYSTEM, 1)

    found: LineFound = in_centre(script, profile)
    return found


def both_ways(profile: LineProfile) -> tuple[CallFound, CallFound, Centre]:
    """A line with this profile called from an ordinary one, and calling it."""

    async def script(centre: Centre) -> tuple[CallFound, CallFound, Centre]:
        desk = centre.service.lending
        inward = await measure_call(desk, SYSTEM, 2, 1, centre.line_to(1), centre.line_to(2))
        outward = await measure_call(desk, SYSTEM, 1, 2, centre.line_to(2), centre.line_to(1))
        await asyncio.sleep(3)
        assert line_states(centre) == ["idle", "idle"]
        assert centre.records == [], "test calls are no calls of the centre"
        return inward, outward, centre

    found: tuple[CallFound, CallFound, Centre] = in_centre(script, profile)
    return found


def proposal_for(profile: LineProfile, answers: Answers | None = None) -> tuple[Line, Proposal]:
    inward, outward, centre = both_ways(profile)
    findings = Findings((alone(profile),), (inward, outward))
    proposed = propose(centre.settings, findings, answers or Answers())
    return proposed.settings.lines[0], proposed


# --- one line by itself ---


def test_dial_tone_is_measured_by_frequency_level_and_delay() -> None:
    found = alone(LONG_LINE)
    assert found.trouble == ""
    assert found.dial_tone is not None and found.dial_delay_ms is not None
    assert found.dial_tone.tone == "dial"
    assert found.dial_tone.freq_hz == pytest.approx(450, abs=1)
    assert found.dial_tone.level_dbm0 == pytest.approx(-16, abs=0.5)  # -10 dBm0 behind 6 dB of copper
    assert found.dial_delay_ms == pytest.approx(900, abs=60)


def test_noise_and_echo_of_a_long_pair_are_measured() -> None:
    found = alone(LONG_LINE)
    assert found.noise_dbm0 == pytest.approx(-55, abs=1.5)
    assert found.echo_return_db == pytest.approx(14, abs=1)


def test_a_line_without_echo_has_none() -> None:
    found = alone(BUSY_TONE_LINE)
    assert found.echo_return_db is not None
    assert found.echo_return_db >= 40


def test_a_line_with_no_dial_tone_says_so_and_is_given_back() -> None:
    async def script(centre: Centre) -> LineFound:
        found = await measure_line(centre.service.lending, SYSTEM, 1)
        await asyncio.sleep(2)
        assert line_states(centre) == ["idle", "idle"]
        return found

    found: LineFound = in_centre(script, faults=Faults(no_dial_tone=1.0))
    assert "no dial tone" in found.trouble


# --- calls between two lines ---


@pytest.mark.parametrize(
    ("profile", "kind", "time"),
    [
        (BUSY_TONE_LINE, "fsk", "after_first_ring"),
        (DTMF_LINE, "dtmf_d_c", "before_first_ring"),
        (SILENT_LINE, "", "never"),
    ],
    ids=["fsk", "dtmf", "none"],
)
def test_the_kind_and_time_of_caller_id_are_found(profile: LineProfile, kind: str, time: str) -> None:
    inward, _, centre = both_ways(profile)
    assert (inward.trouble, inward.caller_id_format, inward.caller_id_time) == ("", kind, time)
    if kind:
        assert inward.caller_number == centre.line_to(2), "the calling line's own number is learned"


def test_ringing_and_ringback_are_measured() -> None:
    inward, outward, _ = both_ways(BUSY_TONE_LINE)
    assert (inward.ring_on_ms, inward.ring_off_ms) == (
        pytest.approx(1000, abs=40),
        pytest.approx(4000, abs=40),
    )
    ringback = outward.ringback
    assert ringback is not None and ringback.tone == "ringback"
    assert (ringback.on_ms, ringback.off_ms) == (pytest.approx(1000, abs=40), pytest.approx(4000, abs=40))
    assert outward.loss_db == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize(
    ("profile", "proofs"),
    [
        (BUSY_TONE_LINE, {HangupProof.TONE}),
        (LOOP_DROP_LINE, {HangupProof.LOOP_DROP, HangupProof.TONE}),
        (TRUNK_LINE, {HangupProof.REVERSAL, HangupProof.TONE}),
    ],
    ids=["busy tone", "loop drop", "reversal"],
)
def test_the_signs_of_a_hang_up_become_the_profiles_proofs(
    profile: LineProfile, proofs: set[HangupProof]
) -> None:
    line, _ = proposal_for(profile)
    assert set(line.hangup_proofs) == proofs
    assert line.answer_reversal is profile.answer_reversal


def test_busy_tone_is_measured_by_cadence_and_frequency() -> None:
    inward, _, _ = both_ways(BUSY_TONE_LINE)
    assert inward.called_told is not None and inward.called_told.tone is not None
    tone = inward.called_told.tone
    assert (tone.tone, tone.on_ms, tone.off_ms) == (
        "busy",
        pytest.approx(350, abs=20),
        pytest.approx(350, abs=20),
    )
    assert tone.freq_hz == pytest.approx(450, abs=1)


def test_a_line_that_tells_no_hang_up_shows_its_busy_tone_by_calling_itself() -> None:
    line, proposed = proposal_for(SILENT_LINE)
    _, outward, _ = both_ways(SILENT_LINE)
    assert outward.busy is not None and outward.busy.tone == "busy"
    assert line.longest_silence_s == 30 or HangupProof.TONE in line.hangup_proofs
    assert any("no sign of a hang-up" in remark for remark in proposed.remarks)


# --- profiles ---


def test_a_dtmf_line_gets_a_profile_that_waits_for_nothing_after_the_ring() -> None:
    line, proposed = proposal_for(DTMF_LINE)
    assert (line.caller_id, line.caller_id_ms) == (CallerIdKind.DTMF, 500)
    assert line.number != ""
    assert all(change.why for change in proposed.changes)
    assert "lines[1].caller_id" in proposed.toml()


def test_a_long_line_gets_gain_but_never_more_than_six_db() -> None:
    line, _ = proposal_for(LONG_LINE)
    assert line.rx_gain_db == 3.0  # -16 dBm0 comes up to the -13 that the standard still allows
    far, _ = proposal_for(replace(LONG_LINE, line=replace(LONG_PAIR, loss_db=14.0)))
    assert far.rx_gain_db == 6.0


def test_a_line_from_an_optical_terminal_is_recognised() -> None:
    line, proposed = proposal_for(TERMINAL_LINE)
    assert any("optical terminal or gateway" in remark for remark in proposed.remarks)
    assert line.answer_reversal is False
    assert line.dial_wait_ms >= 5_000


def test_an_answer_about_a_line_goes_before_what_it_looks_like() -> None:
    answers = Answers({1: LineAnswers(source="exchange", ring_volts=40)})
    _, proposed = proposal_for(TERMINAL_LINE, answers)
    assert not any("optical terminal" in remark for remark in proposed.remarks)
    assert any("40 V" in remark for remark in proposed.remarks)


def test_the_proposed_settings_go_in_as_they_come_out() -> None:
    from firmware.settings.check import read
    from firmware.settings.toml import from_toml

    _, proposed = proposal_for(DTMF_LINE)
    data, faults = from_toml(proposed.toml())
    assert faults == []
    assert read(data) == (proposed.settings, [])


@pytest.mark.parametrize(
    ("on_ms", "off_ms", "said"),
    ((200, 300, "is in no country's plan"), (250, 250, "is not in the plan of its country")),
)
def test_a_hang_up_tone_that_the_lines_country_has_not_is_said_with_its_cadence(
    on_ms: int, off_ms: int, said: str
) -> None:
    told = Told(tone=ToneFound("", 450.0, 0.0, -12.0, on_ms, off_ms))
    proposed = propose(factory((1,), (2,)), Findings(hang_ups=(HangUpFound(1, told=told),)), Answers())
    (why,) = [each.why for each in proposed.changes if each.path == "lines[1].longest_silence_s"]
    assert why == f"its hang-up tone, 450 Hz {on_ms}/{off_ms} ms -12 dBm0, {said}"


# --- a person's part ---


def test_a_hang_up_is_learned_from_one_call_of_a_person() -> None:
    async def script(centre: Centre) -> None:
        caller = centre.outside("13900000001")
        measuring = asyncio.create_task(measure_hang_up(centre.service.lending, SYSTEM, 1))
        await asyncio.sleep(1)
        await caller.call(centre.line_to(1))
        await asyncio.sleep(8)
        caller.hang_up()
        found = await measuring
        assert found.trouble == ""
        assert found.caller_number == "13900000001"
        assert found.told is not None and found.told.loop_drop_ms is not None
        assert found.told.tone is not None and found.told.tone.tone == "busy"

    in_centre(script, LOOP_DROP_LINE)


@pytest.mark.parametrize("tap_ms", [(90, 110, 100), (300, 320, 290), (900, 1150, 1000)])
def test_a_phones_flash_is_learned_from_three_taps(tap_ms: tuple[int, ...]) -> None:
    async def script(centre: Centre) -> None:
        desk = centre.phone(801)
        port = port_of(centre, 801)
        measuring = asyncio.create_task(measure_flash(centre.service.lending, SYSTEM, port))
        await asyncio.sleep(1)
        desk.lift()
        await desk.hears(Tone.DIAL, within_s=3)
        for ms in tap_ms:
            desk.flash(ms)
            await asyncio.sleep(2)
        found = await measuring
        assert (found.trouble, found.open_ms) == ("", pytest.approx(tap_ms, abs=15))
        phone = propose(centre.settings, Findings(flashes=(found,)), Answers()).settings.phones[0]
        assert phone.flash_shortest_ms < min(tap_ms)
        assert phone.flash_longest_ms > max(tap_ms)
        desk.hang_up()
        await asyncio.sleep(3)
        assert centre.service.board.phones[port].state == "idle"

    in_centre(script)


# --- nobody is disturbed ---


def test_a_line_in_use_is_left_alone_and_said_so() -> None:
    async def script(centre: Centre) -> LineFound:
        caller = centre.outside("13900000001")
        await caller.call(centre.line_to(1))
        await centre.phone(801).rings(within_s=20)
        return await measure_line(centre.service.lending, SYSTEM, 1)

    found: LineFound = in_centre(script)
    assert "in use" in found.trouble


def test_a_caller_who_comes_during_a_test_call_is_answered() -> None:
    """He rings the line that is to be called, before our own call gets there."""

    async def script(centre: Centre) -> CallFound:
        caller = centre.outside("13900000001")
        calling = asyncio.create_task(caller.call(centre.line_to(1)))
        await asyncio.sleep(2.6)
        measuring = asyncio.create_task(measure_call(centre.service.lending, SYSTEM, 2, 1, centre.line_to(1)))
        await calling
        await centre.phone(801).rings(within_s=60)
        centre.phone(801).lift()
        await asyncio.sleep(1)
        await caller.talks_to(centre.phone(801))
        return await measuring

    found: CallFound = in_centre(script)
    assert found.trouble != ""


def test_a_caller_on_a_line_that_was_about_to_dial_is_answered_and_the_test_given_up() -> None:
    async def script(centre: Centre) -> LineFound:
        profile = centre.card.trunks[1].line
        profile.profile = replace(profile.profile, first_ring_delay_ms=9_000)
        caller = centre.outside("13900000001")
        await caller.call(centre.line_to(1))
        await asyncio.sleep(4)
        caller.speak(60_000)  # he is through as soon as we lift, before any ring
        found = await measure_line(centre.service.lending, SYSTEM, 1)
        await centre.phone(801).rings(within_s=20)
        centre.phone(801).lift()
        await centre.phone(801).hears_speech(within_s=5)
        return found

    found: LineFound = in_centre(script)
    assert found.trouble != ""


def test_an_emergency_call_takes_a_lent_line_back() -> None:
    async def script(centre: Centre) -> None:
        desk = centre.phone(801)
        await centre.command(BlockLine(2, True))
        measuring = asyncio.create_task(measure_line(centre.service.lending, SYSTEM, 1))
        await asyncio.sleep(1.5)
        assert centre.service.board.lines[1].state == "lent"
        busy = await centre.service.lending.line(SYSTEM, 2, rings=False)
        await desk.call("110")
        await centre.card.emergency_desks[0].rings(within_s=10)
        await asyncio.sleep(3)
        await desk.talks_to(centre.card.emergency_desks[0])
        found = await measuring
        assert busy.lost_to or "took port 1 back" in found.trouble
        centre.service.lending.give_back(SYSTEM, busy)
        desk.hang_up()
        await asyncio.sleep(5)

    in_centre(script)


def test_an_emergency_number_goes_out_from_a_lent_phone() -> None:
    async def script(centre: Centre) -> None:
        desk = centre.phone(801)
        measuring = asyncio.create_task(measure_flash(centre.service.lending, SYSTEM, port_of(centre, 801)))
        await asyncio.sleep(1)
        await desk.call("110")
        await centre.card.emergency_desks[0].rings(within_s=10)
        found = await measuring
        assert "back" in found.trouble
        desk.hang_up()

    in_centre(script)


def test_a_lent_phone_is_not_rung_and_the_others_are() -> None:
    async def script(centre: Centre) -> None:
        loan = await centre.service.lending.phone(SYSTEM, port_of(centre, 801))
        caller = centre.outside("13900000001")
        await caller.call(centre.pilot)
        await centre.phone(802).rings(within_s=20)
        assert centre.service.board.phones[loan.port].state == "lent"
        centre.service.lending.give_back(SYSTEM, loan)
        caller.hang_up()
        await asyncio.sleep(10)

    in_centre(script)


def test_a_loan_that_nobody_gives_back_ends_by_itself() -> None:
    async def script(centre: Centre) -> None:
        loan = await centre.service.lending.line(SYSTEM, 1, rings=False)
        loan.lift()
        await asyncio.sleep(250)
        assert loan.lost_to == "clearing"
        assert line_states(centre) == ["idle", "idle"]
        assert not any(bits.off_hook for bits in centre.card.bits())

    in_centre(script)


def test_a_request_that_is_broken_off_gives_its_lines_back() -> None:
    async def script(centre: Centre) -> None:
        measuring = asyncio.create_task(measure_call(centre.service.lending, SYSTEM, 2, 1, centre.line_to(1)))
        await asyncio.sleep(5)
        assert line_states(centre) == ["lent", "lent"]
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)
        await asyncio.sleep(3)
        assert line_states(centre) == ["idle", "idle"]

    in_centre(script)
