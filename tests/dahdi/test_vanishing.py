# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Cards that go and come back, spans in alarm, event queues that run over: on real DAHDI channels."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from pathlib import Path

import pytest

from drivers.port import (
    Alarm,
    AlarmCleared,
    CardFact,
    GoOffHook,
    HookClosed,
    HookOpened,
    OffHook,
    OnHook,
    PortBits,
    Removed,
    Ring,
)
from dsp.errors import MediaError
from hil.kernel.recipe import find_kernel
from tests.dahdi.far_ends import FXO, IDLE, OFF_HOOK, PORTS, RINGING, Bench, on_the_bench

pytestmark = on_the_bench
LINE, PHONE = 1, FXO + 1
DEVICES = Path("/sys/bus/dahdi_devices/devices")
NEAR_CARD = DEVICES / "dynamic:loc:0"
EVERY_PORT = range(1, PORTS + 1)


async def told_to(device: Path, what: str, value: str) -> None:
    """Write to a card's file in sysfs; the kernel takes its time."""
    await asyncio.to_thread((device / what).write_text, value)


def configuration(*, near: bool, law: str = "alaw") -> str:
    if not near:
        far = f"{PORTS + 1}-{2 * PORTS}"
        return f"dynamic=loc,1:1,{PORTS},0\ncas={far}:0101\nalaw={far}\n"
    channels = f"fxsks=1-{FXO}\nfxoks={FXO + 1}-{PORTS}\n{law}=1-{PORTS}\nechocanceller=mg2,1-{PORTS}\n"
    return f"loadzone=cn\ndefaultzone=cn\n{channels}"


def configure(text: str) -> None:
    tools = find_kernel().tools
    Path("/run/again.conf").write_text(text, encoding="ascii")
    libraries = ":".join(str(folder) for folder in (tools / "usr/lib").glob("*-linux-gnu"))
    subprocess.run(
        [tools / "usr/sbin/dahdi_cfg", "-c", "/run/again.conf"],
        env={**os.environ, "LD_LIBRARY_PATH": libraries}, check=True, capture_output=True,
    )  # fmt: skip


async def pull_out() -> None:
    await told_to(NEAR_CARD, "unassign_span", "1")


async def put_back() -> None:
    """With its channels configured, as udev has dahdi_cfg do."""
    await told_to(NEAR_CARD, "assign_span", "1:1:1")
    await asyncio.to_thread(configure, configuration(near=True))


async def test_a_card_that_is_pulled_out_is_told_within_two_seconds_and_comes_back_by_itself() -> None:
    async with Bench() as bench:
        bench.far[PHONE].sends(OFF_HOOK)
        await bench.hears(OffHook(PHONE))
        bench.card.act(GoOffHook(LINE))
        began_s = bench.loop.time()
        pulling = asyncio.create_task(pull_out())
        for port in EVERY_PORT:
            assert await bench.hears(Removed(port)) - began_s < 2
        await pulling
        assert [bits.alarm for bits in bench.card.bits()] == ["removed"] * PORTS
        bench.card.act(Ring(PHONE))  # into the void
        bench.forget()
        await put_back()
        for port in EVERY_PORT:
            await bench.hears(AlarmCleared(port))
        assert OffHook(PHONE) in bench.told(PHONE), "the receiver is still lifted"
        assert not bench.card.bits()[LINE - 1].off_hook
        bench.card.act(GoOffHook(LINE))
        await asyncio.sleep(0.1)
        assert bench.far[LINE].sees == OFF_HOOK
        assert bench.media.counters(LINE).received > 0


async def test_a_channel_that_is_pulled_out_and_put_back_carries_sound_again() -> None:
    async with Bench() as bench:
        await pull_out()
        await bench.hears(Removed(LINE))
        await put_back()
        await bench.hears(AlarmCleared(LINE))
        with pytest.raises(MediaError):  # its port of the engine is joined
            bench.media.open_channel(LINE, 0)
        before = bench.media.counters(LINE)
        await asyncio.sleep(1)
        after = bench.media.counters(LINE)
        assert after.received - before.received == pytest.approx(8_000, abs=200)
        assert after.filled == before.filled


async def test_bits_alone_find_a_card_that_is_gone() -> None:
    """Where the event that should tell it is lost: the loop has slept through it."""
    async with Bench() as bench:
        (NEAR_CARD / "unassign_span").write_text("1")  # blocks the loop till all is over
        assert bench.card.bits()[LINE - 1] == PortBits(LINE, False, False, "removed")
        await bench.hears(Removed(LINE))
        await put_back()
        await bench.hears(AlarmCleared(LINE))


async def test_a_far_end_that_falls_silent_is_an_alarm_after_a_while_and_its_return_clears_it() -> None:
    async with Bench() as bench:
        for far in bench.far.values():
            far.close()
        bench.kernel.destroy_span("loc", "1:1")
        alarmed_s = await bench.until(
            lambda fact: isinstance(fact, Alarm) and fact.port == LINE, 5, "an alarm"
        )
        (alarm,) = bench.told(LINE)
        assert alarm == Alarm(LINE, "span=1 channel=1: red alarm")
        assert bench.card.bits()[LINE - 1].alarm == "red alarm"
        await asyncio.to_thread(configure, configuration(near=False))
        assert await bench.hears(AlarmCleared(LINE)) > alarmed_s
        assert [fact for fact in bench.told(LINE) if isinstance(fact, Alarm | AlarmCleared)] == [
            alarm,
            AlarmCleared(LINE),
        ]


async def test_an_event_queue_that_ran_over_leaves_the_hook_as_it_is() -> None:
    async with Bench() as bench:
        bench.far[PHONE].sends(OFF_HOOK)
        await bench.hears(OffHook(PHONE))
        bench.forget()
        for bits in (IDLE, OFF_HOOK) * 40 + (IDLE,):
            bench.far[PHONE].sends(bits)
            time.sleep(0.03)  # the loop sleeps, and reads no event
        await bench.hears(OnHook(PHONE))
        assert not bench.card.bits()[PHONE - 1].off_hook
        kept: list[type[CardFact]] = [HookOpened, HookClosed, OnHook]
        assert {type(fact) for fact in bench.told(PHONE)} <= set(kept)
        bench.card.act(Ring(PHONE))
        await asyncio.sleep(0.1)
        assert bench.far[PHONE].sees == RINGING
