# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Power cuts and restarts: who was logged in stays so, and every call has its record."""

from __future__ import annotations

from firmware.exchange.commands import Pause
from firmware.exchange.vocabulary import Cause
from hil.bench import Ability, Bench
from hil.scenario import scenario
from hil.scenarios import call_in, connected


@scenario("A7", "A8", "C20", needs=(Ability.POWER_CUT,))
async def agents_and_queue_memberships_survive_a_power_cut(bench: Bench) -> None:
    await bench.log_in(101, "803")
    await bench.log_in(102, "804")
    await bench.command(Pause(102, 4))
    await bench.cut_power()
    first = await bench.agent_is(101, "idle", within_s=10)
    assert (first.extension, first.queues) == ("803", (1,))
    second = await bench.agent_is(102, "paused", within_s=10)
    assert second.pause_code == 4
    await call_in(bench, keys="1")
    await bench.desk("803").rings(within_s=20)


@scenario("A8", "C14", needs=(Ability.POWER_CUT,))
async def a_call_cut_off_by_the_power_is_on_record_as_interrupted(bench: Bench) -> None:
    await bench.log_in(101, "803")
    caller, desk = await connected(bench)
    await bench.passes(5)
    await bench.cut_power()
    record = await bench.record()
    assert record.cause is Cause.INTERRUPTED
    assert record.caller.number == caller.number
    desk.hang_up()
    caller.hang_up()
    await bench.passes(20)
    await bench.agent_is(101, "idle", within_s=10)
