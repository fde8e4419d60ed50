# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The shell's small parts: inbox, timers, log lines, identity, the LAN address."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from pathlib import Path

import pytest

from firmware.clock import VirtualLoop, run_virtual
from firmware.exchange.vocabulary import Address, Arm, Disarm, Expired
from firmware.logs import OneLine
from firmware.shell.address import lan_address
from firmware.shell.identity import FILE_NAME, next_identity
from firmware.shell.inbox import FACTS_AT_ONCE, Inbox, Rank
from firmware.shell.timers import Timers

CALL = Address("call", 812)


def test_one_instant_enters_media_first_and_timers_last() -> None:
    async def instant() -> list[str]:
        fed: list[str] = []
        inbox = Inbox[str](asyncio.get_running_loop(), fed.append)
        for rank in (Rank.TIMER, Rank.COMMAND, Rank.CARD, Rank.MEDIA, Rank.TIMER, Rank.MEDIA):
            inbox.put(rank, f"{rank.name} {inbox.count(rank)}")
        inbox.put_first("FAULT")
        await asyncio.sleep(0)
        return fed

    expected = ["FAULT", "MEDIA 0", "MEDIA 1", "CARD 0", "COMMAND 0", "TIMER 0", "TIMER 1"]
    assert run_virtual(instant) == expected


def test_a_fact_that_cannot_be_taken_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def feed() -> list[int]:
        fed: list[int] = []

        def take(item: int) -> None:
            if item == 2:
                raise ZeroDivisionError
            fed.append(item)

        inbox = Inbox[int](asyncio.get_running_loop(), take)
        for item in (1, 2, 3):
            inbox.put(Rank.CARD, item)
        await asyncio.sleep(0)
        return fed

    assert run_virtual(feed) == [1, 3]
    assert "ZeroDivisionError" in caplog.text


def test_a_flood_of_facts_leaves_the_loop_its_turn() -> None:
    async def flood() -> tuple[int, int]:
        fed: list[int] = []
        inbox = Inbox[int](asyncio.get_running_loop(), fed.append)
        for item in range(3 * FACTS_AT_ONCE):
            inbox.put(Rank.CARD, item)
        await asyncio.sleep(0)
        first = len(fed)
        await asyncio.sleep(1)
        return first, len(fed)

    assert run_virtual(flood) == (FACTS_AT_ONCE, 3 * FACTS_AT_ONCE)


def test_timers_expire_once_and_rearming_starts_anew() -> None:
    async def arm() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        expired: list[tuple[str, float]] = []
        timers = Timers(loop, lambda fact: take(fact))
        began_ns = loop.now().mono_ns

        def take(fact: Expired) -> None:
            if timers.takes(fact):
                expired.append((fact.timer, (loop.now().mono_ns - began_ns) / 1e9))

        timers.arm(Arm("ring", began_ns + 10**9, CALL))
        timers.arm(Arm("ring", began_ns + 2 * 10**9, CALL))
        timers.arm(Arm("gone", began_ns + 10**9, CALL))
        timers.disarm(Disarm("gone", CALL))
        await asyncio.sleep(5)
        assert timers.armed() == {}
        return expired

    assert run_virtual(arm) == [("ring", 2.0)]


def test_an_expiry_that_waits_is_dropped_when_the_timer_is_disarmed() -> None:
    async def race() -> bool:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        facts: list[Expired] = []
        timers = Timers(loop, facts.append)
        timers.arm(Arm("ring", loop.now().mono_ns + 10**9, CALL))
        await asyncio.sleep(2)
        timers.disarm(Disarm("ring", CALL))
        return timers.takes(facts[0])

    assert run_virtual(race) is False


@pytest.mark.parametrize(
    "text", ["a\nb", "a\r\n2026 fake", "\x1b[31mred", "x\u2028y", "\x00", "\x9b1m", "\u202eabc"]
)
def test_one_event_is_one_line_whatever_it_says(text: str) -> None:
    record = logging.LogRecord("firmware.x", logging.WARNING, "", 0, "port=%d name=%s", (3, text), None)
    line = OneLine().format(record)
    assert len(line.splitlines()) == 1
    assert all(ord(sign) >= 32 and not 0x7F <= ord(sign) < 0xA0 for sign in line)
    assert "port=3" in line
    assert "\u202e" not in line


def test_a_traceback_is_on_its_line() -> None:
    try:
        raise ValueError("wrong\nvalue")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "broke", None, (type(error), error, None))
    line = OneLine().format(record)
    assert len(line.splitlines()) == 1
    assert "ValueError" in line


def test_the_epoch_counts_starts_and_the_box_keeps_its_name(tmp_path: Path) -> None:
    first, second = next_identity(tmp_path), next_identity(tmp_path)
    assert (first.epoch, second.epoch) == (1, 2)
    assert first.box == second.box
    assert next_identity(tmp_path, epoch_least=40).epoch == 41


def test_a_damaged_identity_goes_on_from_the_journal(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\x00\x00\x00")
    assert next_identity(tmp_path, epoch_least=7).epoch == 8
    assert next_identity(tmp_path).epoch == 9


def test_a_folder_that_is_gone_costs_the_count_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert next_identity(tmp_path / "gone", epoch_least=3).epoch == 4
    assert "can't be kept" in caplog.text


def test_the_address_is_found_without_a_network() -> None:
    address = lan_address()
    if address:
        assert ipaddress.IPv4Address(address).is_loopback is False
