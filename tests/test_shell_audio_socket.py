# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A browser's sound: joined to a simulated telephone, heard at the other end, and never in anybody's way."""

from __future__ import annotations

import asyncio
import json
import math
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from drivers.port import CardFact
from drivers.simulated import Layout, SimulatedCard
from dsp.engine import Engine, step
from dsp.vocabulary import SendTone, Tone
from firmware.clock import VirtualLoop, run_virtual
from firmware.shell.audio_socket import AudioSocket

Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]
DESK = 2


class Scene:
    """One line, one desk phone on port 2 (extension 801), and the audio socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.facts: list[CardFact] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Scene:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.loop = loop
        self.media = Engine(2, 160)
        self.card = SimulatedCard(Engine, Layout(fxo=1, fxs=1, outside=1, streams=1), real_time=False)
        self.card.attach(self.media)
        self.card.start(self.facts.append)
        loop.drive(step, [self.media, self.card.far_media], lambda: None)
        loop.when_stepped(lambda: (self.media.poll(), self.card.poll(), None)[-1])
        self.socket = AudioSocket(self.card, {"801": DESK}.get)
        await self.socket.start(self.path)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()
        for writer in self.writers:
            writer.close()
        await asyncio.sleep(0.1)
        self.loop.release()
        self.card.close()
        self.media.close()

    async def connect(self, line: bytes) -> tuple[Client, dict[str, object]]:
        reader, writer = await asyncio.open_unix_connection(self.path)
        self.writers.append(writer)
        writer.write(line)
        answer = json.loads(await reader.readline())
        return (reader, writer), answer

    async def join(self, who: str) -> tuple[Client, dict[str, object]]:
        return await self.connect(json.dumps({"join": who}).encode() + b"\n")


def play(tmp_path: Path, script: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Scene(tmp_path / "audio.sock") as scene:
            await script(scene)

    run_virtual(run)


async def hear(client: Client, frames: int) -> list[int]:
    samples: list[int] = []
    for _ in range(frames):
        (length,) = struct.unpack(">H", await client[0].readexactly(2))
        pcm = await client[0].readexactly(length)
        samples += struct.unpack(f"<{length // 2}h", pcm)
    return samples


def level(samples: list[int]) -> float:
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


def tone(samples: int) -> bytes:
    return struct.pack(f"<{samples}h", *(int(8_000 * math.sin(0.4 * n)) for n in range(samples)))


def test_a_browser_hears_what_its_telephone_hears(tmp_path: Path) -> None:
    async def script(scene: Scene) -> None:
        scene.card.desks[DESK].lift()
        scene.media.submit([SendTone(DESK, Tone.DIAL)])
        client, answer = await scene.join("phone:801")
        assert answer == {"ok": True, "rate_hz": 8000, "frame_samples": 160}
        samples = await hear(client, 50)
        assert level(samples[1_600:]) > 1_000

    play(tmp_path, script)


def test_what_a_browser_says_is_heard_on_the_line(tmp_path: Path) -> None:
    async def script(scene: Scene) -> None:
        scene.card.desks[DESK].lift()
        client, _ = await scene.join("phone:801")
        for _ in range(25):
            client[1].write(struct.pack(">H", 320) + tone(160))
            await hear(client, 1)
        far, _ = scene.media.history(DESK)
        assert sum(code not in (0xD5, 0x55) for code in far[-2_400:]) > 2_000

    play(tmp_path, script)


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b'{"join": "phone:999"}\n', "vacant"),
        (b'{"join": "outside:110"}\n', "vacant"),
        (b'{"join": "door:1"}\n', "garbage"),
        (b'{"join": 801}\n', "garbage"),
        (b"[1]\n", "garbage"),
        (b"GET / HTTP/1.1\n", "garbage"),
        (b"\xff\xfe\x00\n", "garbage"),
        (b'{"join": "' + b"8" * 5_000 + b'"}\n', "garbage"),
    ],
)
def test_garbage_is_answered_and_harms_nobody(tmp_path: Path, line: bytes, cause: str) -> None:
    async def script(scene: Scene) -> None:
        client, answer = await scene.connect(line)
        assert (answer["ok"], answer["cause"]) == (False, cause)
        assert await client[0].read() == b""
        _, good = await scene.join("phone:801")
        assert good["ok"] is True

    play(tmp_path, script)


def test_a_telephone_has_one_player_at_a_time(tmp_path: Path) -> None:
    async def script(scene: Scene) -> None:
        first, _ = await scene.join("phone:801")
        _, second = await scene.join("phone:801")
        assert second["cause"] == "busy"
        first[1].close()
        await asyncio.sleep(0.1)
        _, third = await scene.join("phone:801")
        assert third["ok"] is True

    play(tmp_path, script)


@pytest.mark.parametrize("frame", [struct.pack(">H", 3), struct.pack(">H", 65_534)])
def test_a_wrong_frame_parts_the_client_alone(tmp_path: Path, frame: bytes) -> None:
    async def script(scene: Scene) -> None:
        client, _ = await scene.join("phone:801")
        client[1].write(frame)
        await asyncio.sleep(1)
        _, again = await scene.join("phone:801")
        assert again["ok"] is True

    play(tmp_path, script)


def test_sound_that_comes_too_early_is_dropped(tmp_path: Path) -> None:
    async def script(scene: Scene) -> None:
        scene.card.desks[DESK].lift()
        client, _ = await scene.join("phone:801")
        for _ in range(100):  # two seconds at once: a fifth of one may wait
            client[1].write(struct.pack(">H", 320) + tone(160))
        await asyncio.sleep(1)
        far, _ = scene.media.history(DESK)
        loud = sum(code not in (0xD5, 0x55) for code in far[-8_000:])
        assert 1_000 < loud < 2_500

    play(tmp_path, script)
