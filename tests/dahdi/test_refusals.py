# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the kernel refuses, and what is said then: busy channels, wrong signalling, blocks of a size, no rights."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.port import Alarm, AlarmCleared, CardError, GoOffHook, GoOnHook
from tests.dahdi.far_ends import FXO, OFF_HOOK, PORTS, Bench, on_the_bench

pytestmark = on_the_bench
NOBODY = 65_534


class Child:
    """A process of our own that does something and then waits to be ended."""

    def __init__(self, do: Callable[[], str]) -> None:
        said, say = os.pipe()
        self._wait, self._end = os.pipe()
        self.number = os.fork()
        if self.number == 0:
            os.close(self._end)
            os.write(say, do().encode())
            os.close(say)
            os.read(self._wait, 1)
            os._exit(0)
        os.close(say)
        os.close(self._wait)
        with os.fdopen(said, "rb") as mouth:
            self.said = mouth.read().decode()

    def end(self) -> None:
        os.close(self._end)
        os.waitpid(self.number, 0)


def hold(number: int) -> Callable[[], str]:
    from drivers.dahdi.kernel import Kernel

    return lambda: str(Kernel().open(number).number)


async def test_a_channel_that_another_program_has_is_named_with_its_holder_and_taken_when_free() -> None:
    holder = Child(hold(3))
    async with Bench() as bench:
        await asyncio.sleep(1.2)
        (alarm,) = bench.told(3)
        assert isinstance(alarm, Alarm)
        assert alarm.cause.startswith("span=1 channel=3 is in use by ")
        assert f"(pid {holder.number})" in alarm.cause
        assert bench.told(4) == []
        bench.card.act(GoOffHook(3))  # into the void
        holder.end()
        await bench.hears(AlarmCleared(3))
        bench.card.act(GoOffHook(3))
        await asyncio.sleep(0.1)
        assert bench.far[3].sees == OFF_HOOK


async def test_a_card_of_which_no_channel_can_be_had_does_not_open() -> None:
    from drivers.dahdi.card import Channels

    holder = Child(hold(2))
    async with Bench() as bench:
        bench.end()
        bench.channels = Channels((2,), ())
        with pytest.raises(CardError, match=f"channel=2 is in use by .*pid {holder.number}"):
            bench.begin()
        holder.end()


async def test_signalling_that_does_not_fit_the_port_is_named_with_what_it_takes() -> None:
    from drivers.dahdi.card import Channels

    async with Bench() as bench:
        bench.end()
        bench.channels = Channels((1, FXO + 1), (2, PORTS + 1, 999))
        bench.begin()
        await asyncio.sleep(0.1)
        causes = [fact.cause for _, fact in bench.facts if isinstance(fact, Alarm)]
        assert [cause.split(":")[0] for cause in causes] == [
            f"span=1 channel={FXO + 1} is configured as fxoks, but the port faces an exchange, which takes fxsks",
            "span=1 channel=2 is configured as fxsks, but the port faces a telephone, which takes fxoks",
            f"span=2 channel={PORTS + 1} is configured as cas, but the port faces a telephone, which takes fxoks",
            "channel=999 is not there",
        ]
        assert [bits.alarm == "" for bits in bench.card.bits()] == [True, False, False, False, False]


async def test_without_a_list_every_analog_channel_is_found_the_lines_first() -> None:
    from drivers.dahdi.card import DahdiCard, find_channels
    from drivers.dahdi.kernel import Kernel

    kernel = Kernel()
    assert find_channels(kernel).fxo == tuple(range(1, FXO + 1))
    card = DahdiCard(kernel)
    assert [info.port for info in card.ports] == list(range(1, PORTS + 1))
    assert [(span.span, span.channels, span.sync_source) for span in card.spans()] == [
        (1, PORTS, 0),
        (2, PORTS, 0),
    ]
    card.close()


async def test_a_block_size_that_the_kernel_refuses_is_named() -> None:
    from drivers.dahdi import troubles

    async with Bench() as bench:
        with pytest.raises(CardError, match=r"channel=13 refuses blocks of 8 samples .*--tick-ms"):
            troubles.set_buffers(bench.far[1].channel, "span=2 channel=13", 8)


async def test_a_user_without_rights_is_told_whose_the_device_is() -> None:
    from drivers.dahdi.card import open_kernel

    def as_nobody() -> str:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        try:
            open_kernel()
        except CardError as error:
            return str(error)
        return "opened"

    child = Child(as_nobody)
    child.end()
    assert child.said == (
        "user nobody may not open /dev/dahdi/ctl, which belongs to root and group root: let udev give DAHDI's "
        "devices to group dialout (Debian's package dahdi-linux does), and nobody be a member of it"
    )


async def test_the_echo_canceller_of_system_conf_works_during_a_conversation() -> None:
    def canceller() -> str:
        text = Path("/proc/dahdi/1").read_text(encoding="ascii")
        return next(line for line in text.splitlines() if line.split()[:1] == ["1"])

    async with Bench() as bench:
        states = [canceller()]
        for act in (GoOffHook(1), GoOnHook(1)):
            bench.card.act(act)
            states.append(canceller())
        expected = ("EC: MG2 - INACTIVE", "EC: MG2 - ACTIVE", "EC: MG2 - INACTIVE")
        assert [state in line for state, line in zip(expected, states, strict=True)] == [True] * 3, states
