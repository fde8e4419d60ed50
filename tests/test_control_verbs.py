# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""People, PINs, prompts, voicemail and backups through the socket."""

from __future__ import annotations

import asyncio
import io
import math
import stat
import struct
import wave
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from firmware.client import ClientError
from firmware.exchange.vocabulary import Party, SaveMessage
from firmware.prompt_audio import MEMORY_BYTES, NotAudio, alaw_wav, convert, read_wav, resample, to_alaw
from firmware.store import recordings
from firmware.store.credentials import agrees
from tests.call_records import at
from tests.quiet_exchange import Desk, desk

DEADLINE_S = 60


def on_desk(folder: Path, story: Callable[[Desk], Coroutine[Any, Any, None]]) -> None:
    async def told() -> None:
        async with desk(folder) as made, asyncio.timeout(DEADLINE_S):
            await story(made)

    asyncio.run(told())


async def refused(asking: Coroutine[Any, Any, Any]) -> str:
    with pytest.raises(ClientError) as refusal:
        await asking
    return refusal.value.cause


# --- people ---


def test_a_new_box_has_an_admin_whose_password_must_be_changed(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        password = made.data.first_password.read_text().strip()
        assert stat.S_IMODE(made.data.first_password.stat().st_mode) == 0o600
        async with made.client("", "admin") as client:
            user = (await client.request("sign_in", name="admin", password=password))["user"]
            assert user["role"] == "admin" and user["must_change"]
        async with made.client("admin", "admin") as client:
            await client.request("change_password", name="admin", old=password, new="a better one")
        assert not made.data.first_password.exists()
        async with made.client("", "admin") as client:
            assert await refused(client.request("sign_in", name="admin", password=password)) == "not_allowed"
            user = (await client.request("sign_in", name="admin", password="a better one"))["user"]
            assert not user["must_change"]

    on_desk(tmp_path, story)


def test_a_wrong_name_and_a_wrong_password_are_told_alike(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        details = []
        async with made.client("", "x") as client:
            for name in ("admin", "nobody"):
                with pytest.raises(ClientError) as refusal:
                    await client.request("sign_in", name=name, password="wrong wrong")
                details.append(str(refusal.value))
        assert details[0] == details[1]

    on_desk(tmp_path, story)


def test_guessing_a_password_locks_the_user_even_for_the_right_one(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        password = made.data.first_password.read_text().strip()
        async with made.client("", "x") as client:
            causes = [
                await refused(client.request("sign_in", name="admin", password=f"guess {n}"))
                for n in range(5)
            ]
            assert causes == ["not_allowed"] * 5
            assert await refused(client.request("sign_in", name="admin", password=password)) == "locked_out"
        rows = await made.rows("SELECT action, allowed, detail FROM audit")
        assert rows == [("sign_in", 0, "wrong")] * 4 + [
            ("sign_in", 0, "locked now"),
            ("sign_in", 0, "locked"),
        ]

    on_desk(tmp_path, story)


def test_users_come_change_and_go(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            await client.request(
                "user_add", name="li", role="agent", password="long enough", agent=101, language="en"
            )
            assert (
                await refused(client.request("user_add", name="li", role="agent", password="x" * 9))
                == "conflict"
            )
            changed = await client.request("user_change", name="li", role="merchant", lines=[2, 3])
            assert changed["user"]["lines"] == [2, 3]
            users = (await client.request("user_list"))["users"]
            assert [(user["name"], user["role"]) for user in users] == [
                ("admin", "admin"),
                ("li", "merchant"),
            ]
            assert not any("hash" in key for user in users for key in user)
            await client.request("user_remove", name="li")
            assert await refused(client.request("user_remove", name="li")) == "not_found"

    on_desk(tmp_path, story)


def test_the_last_admin_stays(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            assert await refused(client.request("user_remove", name="admin")) == "conflict"
            assert await refused(client.request("user_change", name="admin", role="agent")) == "bad_request"
            await client.request("user_add", name="second", role="admin", password="long enough")
            await client.request("user_remove", name="admin")

    on_desk(tmp_path, story)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Li Wei", "role": "agent"},
        {"name": "<script>", "role": "agent"},
        {"name": "", "role": "agent"},
        {"name": "li", "role": "emperor"},
        {"name": "li", "role": "agent", "language": "klingon"},
        {"name": "li", "role": "agent", "password": "short"},
        {"name": "li", "role": "agent", "password": "x" * 10_000},
        {"name": "li", "role": "agent", "agent": "101"},
        {"name": "li", "role": "agent", "lines": ["1"]},
    ],
)
def test_a_user_with_wrong_data_is_refused(tmp_path: Path, fields: dict[str, Any]) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            assert (
                await refused(client.request("user_add", **({"password": "long enough"} | fields)))
                == "bad_request"
            )
        assert await made.rows("SELECT name FROM users") == [("admin",)]

    on_desk(tmp_path, story)


def test_nobody_changes_another_ones_password_not_even_knowing_it(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        password = made.data.first_password.read_text().strip()
        async with made.client("agent", "li") as client:
            asked = client.request("change_password", name="admin", old=password, new="long enough")
            assert await refused(asked) == "not_allowed"
        assert made.data.first_password.exists()

    on_desk(tmp_path, story)


def test_a_pin_is_stored_as_a_hash_alone(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            await client.request("set_pin", subject="agent:101", pin="4711")
            for pin in ("12", "abcd", "1111", "1234", "9876", "4" * 30):
                assert await refused(client.request("set_pin", subject="agent:101", pin=pin)) == "bad_request"
            ((hashed,),) = await made.rows("SELECT hash FROM credentials")
            assert agrees(hashed, "4711") and not agrees(hashed, "4712")
            await client.request("remove_pin", subject="agent:101")
            assert await refused(client.request("remove_pin", subject="agent:101")) == "not_found"
        assert b"4711" not in made.data.database.read_bytes()

    on_desk(tmp_path, story)


# --- prompts ---


def tone(rate_hz: int, seconds: float, *, channels: int = 1, width: int = 2, freq_hz: float = 440) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        for n in range(int(rate_hz * seconds)):
            value = 0.5 * math.sin(2 * math.pi * freq_hz * n / rate_hz)
            if width == 1:
                sample = bytes([round(128 + 127 * value)])
            else:
                sample = struct.pack("<i", round(value * 0x7FFFFFFF))[4 - width :]
            file.writeframesraw(sample * channels)
    return out.getvalue()


def power_at(samples: list[float], freq_hz: float) -> float:
    step = 2 * math.pi * freq_hz / 8_000
    real = sum(value * math.cos(step * n) for n, value in enumerate(samples))
    imaginary = sum(value * math.sin(step * n) for n, value in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples)


@pytest.mark.parametrize(
    ("rate_hz", "channels", "width"),
    [(8_000, 1, 2), (44_100, 2, 2), (16_000, 1, 1), (48_000, 1, 3), (11_025, 1, 4), (22_050, 2, 2)],
)
def test_any_usual_wav_keeps_its_sound_at_8_khz(rate_hz: int, channels: int, width: int) -> None:
    samples = list(resample(read_wav(tone(rate_hz, 0.5, channels=channels, width=width))))
    assert abs(len(samples) - 4_000) <= 1
    middle = samples[400:3_600]
    assert power_at(middle, 440) == pytest.approx(0.5, rel=0.02)


def test_what_a_telephone_cannot_carry_does_not_fold_back() -> None:
    middle = list(resample(read_wav(tone(44_100, 0.3, freq_hz=6_000))))[300:2_100]
    assert max(map(abs, middle)) < 0.01


def test_alaw_is_that_of_the_standard() -> None:
    # ITU-T G.711: silence is 0xD5, the largest values 0xAA and 0x2A.
    assert to_alaw([0.0, 1.0, -1.0]) == bytes([0xD5, 0xAA, 0x2A])
    steps = [n / 5_000 for n in range(-5_000, 5_001)]
    back = read_wav(alaw_wav(to_alaw(steps))).samples
    assert all(abs(a - b) <= max(abs(a) / 16, 1 / 2_048) for a, b in zip(steps, back, strict=True))


def test_an_uploaded_prompt_is_kept_converted_and_told(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            answer = await client.request(
                "prompt_upload", name="hello", title="你好", body=tone(44_100, 1, channels=2)
            )
            assert answer["ms"] == 1_000
            (row,) = [row for row in (await client.request("prompt_list"))["prompts"] if not row["shipped"]]
            assert (row["name"], row["title"], row["author"]) == ("hello", "你好", "root")
            (file,) = made.data.prompts.iterdir()
            kept = read_wav(file.read_bytes())
            assert (kept.rate_hz, len(kept.samples)) == (8_000, 8_000)
            await client.request("prompt_upload", name="hello", body=tone(8_000, 0.5))
            assert [path.name for path in made.data.prompts.iterdir()] != [file.name]
            assert made.exchange.prompts_changed_count == 2
            await client.request("prompt_remove", name="hello")
            assert list(made.data.prompts.iterdir()) == []

    on_desk(tmp_path, story)


def test_a_prompt_in_use_stays(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            await client.request("prompt_upload", name="hello", body=tone(8_000, 0.2))
            data = (await client.request("settings_show"))["settings"]
            data["mailboxes"][0]["greeting"] = "hello"
            await client.request("settings_apply", settings=data)
            assert await refused(client.request("prompt_remove", name="hello")) == "conflict"

    on_desk(tmp_path, story)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not a sound at all",
        b"RIFF\x00\x00\x00\x00WAVE",
        tone(8_000, 1)[:-500],
        tone(8_000, 1)[:50],
        tone(8_000, 0),
        b"\x1aE\xdf\xa3" + bytes(1_000),
        alaw_wav(b"\xd5" * 8_000 * 601),
        tone(8_000, 0.1).replace(b"\x01\x00\x01\x00", b"\x55\x00\x01\x00", 1),
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00" + bytes(16) + b"data\xff\xff\xff\xff",
    ],
    ids=["empty", "text", "head", "cut", "cut head", "silent", "webm", "too long", "mp3 in wav", "bomb"],
)
def test_what_is_no_whole_sound_is_refused_at_upload(tmp_path: Path, body: bytes) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            assert await refused(client.request("prompt_upload", name="bad", body=body)) == "bad_request"
        assert list(made.data.prompts.iterdir()) == []
        assert await made.rows("SELECT * FROM prompts") == []

    on_desk(tmp_path, story)


def test_a_prompt_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        made.data.prompts.rmdir()
        made.data.prompts.write_bytes(b"a file where the folder should be")
        async with made.client() as client:
            with pytest.raises(ClientError, match=r"hello-\w+\.wav can't be written: ") as refusal:
                await client.request("prompt_upload", name="hello", body=tone(8_000, 0.1))
            assert refusal.value.cause == "unavailable"
        assert await made.rows("SELECT * FROM prompts") == []

    on_desk(tmp_path, story)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "A", "x" * 80, "a\x00b", ".hidden", "你好"])
def test_a_prompts_name_is_no_path(tmp_path: Path, name: str) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            assert (
                await refused(client.request("prompt_upload", name=name, body=tone(8_000, 0.1)))
                == "bad_request"
            )

    on_desk(tmp_path, story)


def test_conversion_has_limits_of_its_own() -> None:
    rate_hz = 192_000
    head = struct.pack("<HHIIHH", 1, 8, rate_hz, rate_hz * 16, 16, 16)
    sound = bytes(20 << 20)
    wav = b"RIFF" + struct.pack("<I", len(sound)) + b"WAVEfmt " + struct.pack("<I", 16) + head
    wav += b"data" + struct.pack("<I", len(sound)) + sound
    assert len(convert(wav)) == len(sound) // 16 * 8_000 // rate_hz
    assert MEMORY_BYTES <= 1 << 30
    with pytest.raises(NotAudio):
        convert(wav[:-1])


# --- the rest ---


def test_a_message_heard_puts_the_lamp_out(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        message = SaveMessage(1, 9, 3, Party("13800138000"), at(1), at(5))
        number = await asyncio.wrap_future(made.store.write(recordings.save_message, message))
        async with made.client("agent", "li") as client:
            stream = client.events()
            await anext(stream)
            await client.request("message_heard", message=number)
            assert made.exchange.counts == {}
            assert (await anext(stream))["report"] == {"kind": "message", "new": {}}
            await client.request("message_heard", message=number, heard=False)
            assert made.exchange.counts == {1: 1}
            assert await refused(client.request("message_heard", message=99)) == "not_found"

    on_desk(tmp_path, story)


def test_the_bench_is_for_simulated_cards(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            assert await refused(client.request("bench_lift", who="phone:801")) == "unavailable"

    on_desk(tmp_path, story)


def test_a_backup_is_written_while_the_service_runs(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            answer = await client.request("backup")
        assert (made.data.backups / answer["file"]).stat().st_size == answer["bytes"]

    on_desk(tmp_path, story)
