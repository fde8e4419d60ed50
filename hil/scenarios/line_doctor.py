# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The line doctor: what its measurements find on lines and phones whose truth is known."""

from __future__ import annotations

import asyncio

from dsp.vocabulary import Tone
from firmware.line_doctor.calls import measure_call
from firmware.line_doctor.measuring import measure_flash, measure_line
from firmware.virtual import SYSTEM
from hil.bench import Ability, Bench
from hil.scenario import scenario


@scenario("A2", needs=(Ability.AUDIO,))
async def a_lines_dial_tone_noise_and_echo_are_measured(bench: Bench) -> None:
    found = await measure_line(bench.lending, SYSTEM, 2)
    assert found.trouble == ""
    tone = found.dial_tone
    assert tone is not None, found
    assert tone.tone == "dial", tone
    assert abs(tone.freq_hz - 450) < 1, tone
    assert -13 <= tone.level_dbm0 <= -7, tone
    assert found.dial_delay_ms is not None, found
    assert 100 <= found.dial_delay_ms <= 500, found
    assert found.noise_dbm0 is not None, found
    assert found.noise_dbm0 < -55, found
    await bench.idle()


@scenario("A2", needs=(Ability.AUDIO,))
async def lines_calling_each_other_learn_ringing_caller_id_and_hang_up(bench: Bench) -> None:
    numbers = {port: line.number for port, line in bench.lines.items()}
    found = await measure_call(bench.lending, SYSTEM, 1, 2, numbers[2], numbers[1])
    assert found.trouble == ""
    assert found.caller_number == numbers[1], "who calls is learned by caller ID"
    assert (found.caller_id_format, found.caller_id_time) == ("fsk", "after_first_ring"), found
    assert found.ring_on_ms is not None and found.ring_off_ms is not None, found
    assert abs(found.ring_on_ms - 1000) < 100 and abs(found.ring_off_ms - 4000) < 200, found
    assert found.ringback is not None and found.ringback.tone == "ringback", found
    for told in (found.called_told, found.caller_told):
        assert told is not None and told.tone is not None and told.tone.tone == "busy", found
    await bench.idle()
    await bench.no_record()


@scenario("A32")
async def a_phones_flash_is_measured_by_three_taps_on_its_hook(bench: Bench) -> None:
    desk = bench.desk("801")
    measuring = asyncio.create_task(measure_flash(bench.lending, SYSTEM, 5))
    await bench.passes(1)
    desk.lift()
    await desk.hears(Tone.DIAL, within_s=5)
    for ms in (250, 300, 350):
        desk.flash(ms)
        await bench.passes(2)
    found = await measuring
    assert found.trouble == ""
    assert [abs(ms - tapped) <= 20 for ms, tapped in zip(found.open_ms, (250, 300, 350), strict=True)] == [
        True
    ] * 3, found
    desk.hang_up()
    await bench.idle()
