# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Keys: dropped, handed over, kept, or collected as a secret that nobody sees."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from dsp.vocabulary import BlankRecording, DigitBegan, DigitEnded, MediaCommand, MuteRecording
from firmware.clock import run_virtual
from firmware.exchange.vocabulary import CollectSecret, KeyMode, KeyPressed, Verdict
from firmware.shell.keypad import KEYS_WAITING_MAX, Keypad

PORT = 5
ASKED = CollectSecret(PORT, 7, "agent:101", 4, first_ms=10_000, next_ms=4_000)


class Desk:
    """A keypad with what came out of it."""

    def __init__(self) -> None:
        self.commands: list[MediaCommand] = []
        self.judged: list[tuple[int, str, str]] = []
        self.verdicts: list[tuple[int, Verdict]] = []
        self.sample = 0
        self.keypad = Keypad(
            asyncio.get_running_loop(),
            self.commands.append,
            lambda request, subject, keys: self.judged.append((request, subject, keys)),
            lambda request, verdict: self.verdicts.append((request, verdict)),
        )

    def press(self, keys: str) -> list[KeyPressed]:
        """Press keys one after the other; returns the facts that follow at once."""
        facts = []
        for key in keys:
            self.sample += 1_600
            facts.append(self.keypad.began(DigitBegan(PORT, self.sample, key)))
            self.keypad.ended(DigitEnded(PORT, self.sample + 800, key, 100, -9.0, 0.0))
        return [fact for fact in facts if fact is not None]


def with_desk(script: Callable[[Desk], Awaitable[None]]) -> Desk:
    async def run() -> Desk:
        desk = Desk()
        await script(desk)
        return desk

    return run_virtual(run)


def keys_of(facts: list[KeyPressed]) -> str:
    return "".join(fact.key for fact in facts)


def test_keys_nobody_asked_for_are_dropped() -> None:
    async def script(desk: Desk) -> None:
        assert desk.press("12") == []
        desk.keypad.listen(PORT, KeyMode.DIRECT)
        assert desk.press("3") == [KeyPressed(PORT, "3")]
        desk.keypad.listen(PORT, KeyMode.OFF)
        assert desk.press("4") == []
        desk.keypad.listen(PORT, KeyMode.BUFFERED)
        assert desk.keypad.next_key(PORT) is None

    with_desk(script)


def test_keys_typed_ahead_come_when_asked_for() -> None:
    async def script(desk: Desk) -> None:
        desk.keypad.listen(PORT, KeyMode.BUFFERED)
        assert desk.press("12") == []
        assert desk.keypad.next_key(PORT) == KeyPressed(PORT, "1")
        assert desk.keypad.next_key(PORT) == KeyPressed(PORT, "2")
        assert desk.keypad.next_key(PORT) is None
        assert desk.press("34") == [KeyPressed(PORT, "3")]
        assert desk.keypad.next_key(PORT) == KeyPressed(PORT, "4")

    with_desk(script)


def test_of_a_thousand_keys_the_oldest_are_kept() -> None:
    async def script(desk: Desk) -> None:
        desk.keypad.listen(PORT, KeyMode.BUFFERED)
        desk.press("7" + "0" * 999)
        kept = [desk.keypad.next_key(PORT) for _ in range(KEYS_WAITING_MAX + 1)]
        assert kept[0] == KeyPressed(PORT, "7")
        assert kept[-1] is None
        assert None not in kept[:-1]

    with_desk(script)


def test_listening_anew_forgets_what_waited() -> None:
    async def script(desk: Desk) -> None:
        desk.keypad.listen(PORT, KeyMode.BUFFERED)
        desk.press("12")
        desk.keypad.listen(PORT, KeyMode.BUFFERED)
        assert desk.keypad.next_key(PORT) is None

    with_desk(script)


def test_a_secret_goes_to_the_judge_alone() -> None:
    async def script(desk: Desk) -> None:
        desk.keypad.listen(PORT, KeyMode.DIRECT)
        desk.keypad.collect(ASKED)
        assert desk.press("12#") == []
        assert desk.judged == [(7, "agent:101", "12")]
        desk.keypad.judged(7, Verdict.RIGHT)
        assert desk.verdicts == [(7, Verdict.RIGHT)]
        assert keys_of(desk.press("3")) == "3"

    with_desk(script)


def test_a_full_secret_needs_no_hash_key_and_swallows_one() -> None:
    async def script(desk: Desk) -> None:
        desk.keypad.listen(PORT, KeyMode.DIRECT)
        desk.keypad.collect(ASKED)
        assert desk.press("1234#5") == []
        assert desk.judged == [(7, "agent:101", "1234")]

    with_desk(script)


def test_a_secret_typed_ahead_is_taken_and_blanked() -> None:
    async def script(desk: Desk) -> None:
        desk.keypad.listen(PORT, KeyMode.BUFFERED)
        desk.press("12#9")
        desk.keypad.collect(ASKED)
        assert desk.judged == [(7, "agent:101", "12")]
        assert desk.commands == [MuteRecording(PORT, True), BlankRecording(PORT, 1_600 - 400)]
        desk.keypad.judged(7, Verdict.WRONG)
        assert desk.keypad.next_key(PORT) == KeyPressed(PORT, "9")

    with_desk(script)


def test_the_recording_is_silent_until_the_last_key_is_over() -> None:
    async def script(desk: Desk) -> None:
        desk.keypad.collect(ASKED)
        desk.press("12")
        desk.keypad.began(DigitBegan(PORT, 9_000, "#"))
        desk.keypad.judged(7, Verdict.RIGHT)
        await asyncio.sleep(1)
        assert desk.commands == [MuteRecording(PORT, True)]
        desk.keypad.ended(DigitEnded(PORT, 20_000, "#", 1_300, -9.0, 0.0))
        await asyncio.sleep(0.2)
        assert desk.commands == [MuteRecording(PORT, True), MuteRecording(PORT, False)]

    with_desk(script)


def test_no_key_is_a_time_out_and_a_pause_is_an_end() -> None:
    async def script(desk: Desk) -> None:
        desk.keypad.collect(ASKED)
        await asyncio.sleep(9.9)
        assert desk.verdicts == []
        await asyncio.sleep(0.2)
        assert desk.verdicts == [(7, Verdict.TIMED_OUT)]
        desk.keypad.collect(ASKED)
        desk.press("12")
        await asyncio.sleep(4.1)
        assert desk.judged == [(7, "agent:101", "12")]

    with_desk(script)


def test_a_cancelled_secret_has_no_verdict() -> None:
    async def script(desk: Desk) -> None:
        desk.keypad.listen(PORT, KeyMode.DIRECT)
        desk.keypad.collect(ASKED)
        desk.press("12")
        desk.keypad.cancel(7)
        desk.keypad.judged(7, Verdict.RIGHT)
        await asyncio.sleep(20)
        assert desk.verdicts == []
        assert desk.judged == []
        assert keys_of(desk.press("5")) == "5"
        assert desk.commands == [MuteRecording(PORT, True), MuteRecording(PORT, False)]

    with_desk(script)
