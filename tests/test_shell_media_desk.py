# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Plays that must end, whatever becomes of the engine's word of it, and prompts that can't be had."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dsp.engine import Engine, step
from dsp.vocabulary import Play, PlayEnded, SendDigits, SendEnded, SendTone, StopPlay, Tone
from dsp.wav import write_alaw
from firmware.clock import VirtualLoop, run_virtual
from firmware.exchange.vocabulary import Say
from firmware.shell.media_desk import MediaDesk
from firmware.shell.prompts import PromptLibrary


class Desk:
    """A media desk on a real engine of two ports; `deaf` throws the engine's events away."""

    def __init__(self, sounds: Path, cache_bytes: int = 1 << 20) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.loop = loop
        self.media = Engine(2, 160)
        self.told: list[object] = []
        self.ended: list[object] = []
        self.missing: list[str] = []
        self.deaf = False
        self.prompts = PromptLibrary(self.media, sounds, cache_bytes=cache_bytes, missing=self.missing.append)
        self.desk = MediaDesk(self.media, loop, self.prompts, self.told.append)
        loop.drive(step, [self.media], self.poll)

    def poll(self) -> None:
        for event in self.media.poll():
            if isinstance(event, PlayEnded | SendEnded) and not self.deaf:
                self.desk.ended(event)
                self.ended.append(event)

    def say(self, *sounds: str, tag: int, loop: bool = False) -> None:
        self.desk.say(Say(1, sounds, "zh", tag, loop))
        self.desk.flush()


def at_desk(sounds: Path, script: Callable[[Desk], Awaitable[None]], cache_bytes: int = 1 << 20) -> None:
    for language in ("zh", "en", "music"):
        (sounds / language).mkdir(exist_ok=True)
    write_alaw(sounds / "zh" / "hello.wav", b"\x2a" * 8_000)
    write_alaw(sounds / "zh" / "again.wav", b"\x2a" * 16_000)
    write_alaw(sounds / "en" / "only.english.wav", b"\x2a" * 800)
    write_alaw(sounds / "music" / "default.wav", b"\x2a" * 8_000)
    (sounds / "zh" / "broken.wav").write_bytes(b"RIFF of nothing")

    async def run() -> None:
        desk = Desk(sounds, cache_bytes)
        await script(desk)
        desk.loop.release()
        desk.media.close()

    run_virtual(run)


def test_a_play_ends_once_by_the_engine(tmp_path: Path) -> None:
    async def script(desk: Desk) -> None:
        desk.say("hello", tag=5)
        await asyncio.sleep(10)
        desk.desk.sweep()
        assert [(event.tag, event.completed) for event in desk.ended] == [(5, True)]  # type: ignore[attr-defined]
        assert desk.told == []

    at_desk(tmp_path, script)


def test_a_play_whose_end_was_lost_is_ended_by_the_desk(tmp_path: Path) -> None:
    async def script(desk: Desk) -> None:
        desk.deaf = True
        desk.say("hello", tag=5)
        desk.say("again", tag=6)
        desk.desk.put_now(SendDigits(2, "12,3", tag=7))
        # hello is over after 1 s, again after 3 s, the digits after 1.1 s; each is given 2 s more.
        for ended in ({}, {5, 7}, {5, 6, 7}):
            await asyncio.sleep(2.4)
            desk.desk.sweep()
            assert {event.tag for event in desk.told} == set(ended)  # type: ignore[attr-defined]
        assert [type(event) for event in desk.told].count(SendEnded) == 1
        assert desk.desk.awaited_count == 0

    at_desk(tmp_path, script)


def test_music_goes_on_for_ever_and_a_lost_stop_does_not(tmp_path: Path) -> None:
    async def script(desk: Desk) -> None:
        desk.say("music:default", tag=5, loop=True)
        desk.deaf = True
        await asyncio.sleep(3_600)
        desk.desk.sweep()
        assert desk.told == []
        desk.desk.put_now(StopPlay(1))
        await asyncio.sleep(1.5)
        desk.desk.sweep()
        assert [event.tag for event in desk.told] == [5]  # type: ignore[attr-defined]

    at_desk(tmp_path, script)


@pytest.mark.parametrize("sound", ["nowhere", "broken", "prompt:nowhere", "music:nowhere", "../zh/hello\x00"])
def test_what_cannot_be_played_is_over_at_once(tmp_path: Path, sound: str) -> None:
    async def script(desk: Desk) -> None:
        desk.say(sound, tag=5)
        desk.say(sound, tag=6)
        assert [(event.tag, event.completed) for event in desk.told] == [(5, True), (6, True)]  # type: ignore[attr-defined]
        assert desk.missing == [sound]
        desk.say(sound, "hello", tag=7)
        await asyncio.sleep(2)
        assert [event.tag for event in desk.ended] == [7]  # type: ignore[attr-defined]

    at_desk(tmp_path, script)


def test_the_other_language_is_better_than_nothing(tmp_path: Path) -> None:
    async def script(desk: Desk) -> None:
        desk.say("only.english", tag=5)
        await asyncio.sleep(1)
        assert [event.tag for event in desk.ended] == [5]  # type: ignore[attr-defined]
        assert desk.missing == []

    at_desk(tmp_path, script)


def test_an_uploaded_sound_wins_and_its_change_is_heard(tmp_path: Path) -> None:
    async def script(desk: Desk) -> None:
        own = tmp_path / "uploads"
        own.mkdir()
        write_alaw(own / "hello-1.wav", b"\x2a" * 24_000)
        assert [sound.samples for sound in desk.prompts.sounds(("prompt:hello",), "zh")] == [8_000]
        desk.prompts.set_uploaded({"hello": own / "hello-1.wav"})
        assert [sound.samples for sound in desk.prompts.sounds(("hello", "prompt:hello"), "zh")] == [
            24_000
        ] * 2
        write_alaw(own / "hello-2.wav", b"\x2a" * 4_000)
        desk.prompts.set_uploaded({"hello": own / "hello-2.wav"})
        assert [sound.samples for sound in desk.prompts.sounds(("hello",), "zh")] == [4_000]
        desk.prompts.set_uploaded({})
        assert [sound.samples for sound in desk.prompts.sounds(("hello",), "zh")] == [8_000]

    at_desk(tmp_path, script)


def test_memory_for_sounds_is_bounded(tmp_path: Path) -> None:
    async def script(desk: Desk) -> None:
        for _ in range(20):
            desk.prompts.sounds(("hello", "again", "music:default"), "zh")
        assert desk.prompts.loaded_bytes <= 20_000

    at_desk(tmp_path, script, cache_bytes=20_000)


def test_a_play_survives_its_sound_being_given_up(tmp_path: Path) -> None:
    async def script(desk: Desk) -> None:
        desk.say("again", tag=5)
        desk.prompts.sounds(("hello", "music:default"), "zh")
        await asyncio.sleep(3)
        assert [(event.tag, event.completed) for event in desk.ended] == [(5, True)]  # type: ignore[attr-defined]

    at_desk(tmp_path, script, cache_bytes=9_000)


def test_one_wrong_command_costs_no_other(tmp_path: Path) -> None:
    async def script(desk: Desk) -> None:
        desk.desk.put(Play(1, (999,), tag=8))
        desk.desk.put(SendTone(99, Tone.BUSY))
        desk.say("hello", tag=9)
        assert [(event.tag, event.completed) for event in desk.told] == [(8, False)]  # type: ignore[attr-defined]
        await asyncio.sleep(2)
        assert [event.tag for event in desk.ended] == [9]  # type: ignore[attr-defined]

    at_desk(tmp_path, script)
