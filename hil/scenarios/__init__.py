# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The scenarios, one file a subject.  What several subjects do alike stands here."""

from __future__ import annotations

from drivers.simulated import DeskTelephone, OutsideTelephone
from dsp.vocabulary import Tone
from hil.bench import Bench


async def call_in(bench: Bench, index: int = 0, keys: str = "") -> OutsideTelephone:
    """An outside telephone calls the centre, hears it answer, and presses keys."""
    caller = bench.outside(index)
    await caller.call(bench.pilot)
    await caller.hears_speech(within_s=20)
    if keys:
        await caller.press(keys)
    return caller


async def connected(
    bench: Bench, extension: str = "803", index: int = 0
) -> tuple[OutsideTelephone, DeskTelephone]:
    """An outside caller talks with the agent at a phone: menu key 1, queue 1."""
    caller = await call_in(bench, index, "1")
    desk = bench.desk(extension)
    await desk.rings(within_s=20)
    desk.lift()
    await caller.talks_to(desk)
    return caller, desk


async def hung_up_on(bench: Bench, desk: DeskTelephone) -> None:
    """The far end has hung up: busy tone at the desk phone, first the exchange's and then the box's; then hang up."""
    await desk.hears(Tone.BUSY, within_s=10)
    await bench.passes(4)
    desk.hang_up()


async def desk_call(bench: Bench, calling: str, called: str) -> tuple[DeskTelephone, DeskTelephone]:
    """One desk phone calls another, which answers."""
    caller, other = bench.desk(calling), bench.desk(called)
    await caller.call(called)
    await other.rings()
    other.lift()
    await caller.talks_to(other)
    return caller, other
