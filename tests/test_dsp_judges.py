# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Others judge us: programs we did not write decode what we send, out of a line, and make what we hear."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.port import GoOffHook, OffHook, RingOn
from drivers.simulated import BUSY_TONE_LINE, LONG_PAIR, Layout
from dsp import callerid, signals
from dsp.listen import listen
from dsp.media import Media
from dsp.vocabulary import (
    CallerIdFormat,
    Detector,
    Record,
    SendCallerId,
    SendDigits,
    SendEnded,
    StopRecording,
    Tone,
    ToneHeard,
)
from dsp.wav import read
from tests.line_sounds import COLUMNS_HZ, KEYS, ROWS_HZ, SPEECH_PACKAGES, speech
from tests.simulated_box import Box, media_on, play_scene

PACKAGES = {"multimon-ng": "multimon-ng", "minimodem": "minimodem", "sox": "sox", "nm": "binutils"}


def run(program: str, *arguments: str | Path, given: bytes = b"") -> str:
    """What another program prints.  Fails, and says what to install, where it is missing."""
    if shutil.which(program) is None:
        pytest.fail(f"{program} is the judge here and is missing: apt-get install {PACKAGES[program]}")
    done = subprocess.run([program, *map(str, arguments)], input=given, capture_output=True, check=True)
    return done.stdout.decode("latin-1")


def as_wav(tmp_path: Path, linear: bytes, rate_hz: int = 8000) -> Path:
    """A PCM file, made by sox."""
    raw, path = tmp_path / "a.raw", tmp_path / "a.wav"
    raw.write_bytes(linear)
    run(
        "sox", "-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", raw, "-r", str(rate_hz), path
    )
    return path


def digits_by_multimon(path: Path) -> str:
    printed = run("multimon-ng", "-q", "-t", "wav", "-a", "DTMF", path)
    return "".join(re.findall(r"DTMF: (\S)", printed))


def test_multimon_decodes_our_digits(tmp_path: Path) -> None:
    keys = "0123456789*#ABCD"
    path = as_wav(tmp_path, bytes(8000) + signals.digits(keys, 100, 100) + bytes(8000), 22050)
    assert digits_by_multimon(path) == keys


@pytest.mark.parametrize("format", [CallerIdFormat.FSK, CallerIdFormat.FSK_SINGLE])
def test_minimodem_decodes_our_caller_id(tmp_path: Path, format: CallerIdFormat) -> None:
    command = SendCallerId(1, format, "01012345678", 1, name="SWITCHROOM", date="08011230")
    message = callerid.encode(command, "cn")
    assert isinstance(message, bytes)
    path = as_wav(tmp_path, bytes(8000) + signals.fsk(message) + bytes(8000))
    printed = run("minimodem", "--rx", "callerid", "--file", path)
    assert "01012345678" in printed
    assert "08/01 12:30" in printed
    if format is CallerIdFormat.FSK:
        assert "SWITCHROOM" in printed


class Tap:
    """Notes what a line brings to a port of an engine.  Kilometres of copper, noise and an echo lie before it."""

    layout = Layout(
        fxo=2,
        fxs=1,
        outside=1,
        streams=0,
        profile=replace(BUSY_TONE_LINE, line=LONG_PAIR),
        desk_line=LONG_PAIR,
    )

    def __init__(self, folder: Path, media: Media, port: int) -> None:
        self._folder = folder
        self._file = folder / "line.wav"
        self._media = media
        self._port = port
        media.submit([Record(port, os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC), tag=9)])

    async def heard(self, rate_hz: int = 8000) -> Path:
        """What it brought so far, as a file for a judge."""
        self._media.submit([StopRecording(self._port)])
        await asyncio.sleep(0.1)
        return as_wav(self._folder, read(self._file).tracks[0], rate_hz)


def on_a_long_line(scene: Callable[[Box], Awaitable[Path]]) -> Path:
    found: Path = play_scene(media_on, scene, Tap.layout)
    return found


def test_multimon_decodes_the_digits_a_line_carries_to_the_exchange(tmp_path: Path) -> None:
    """Dialled by the box as it dials, over two long lines, and taken from the far telephone's end."""
    keys = "0123456789*#ABCD"

    async def scene(box: Box) -> Path:
        called = box.card.outside[0]
        box.act(GoOffHook(2))
        box.listen(2)
        await box.reported(ToneHeard, tone=Tone.DIAL)
        box.say(SendDigits(2, called.number, tag=1))
        await called.rings(within_s=8)
        called.lift()
        await asyncio.sleep(1)
        tap = Tap(tmp_path, box.card.far_media, called.port)
        box.say(SendDigits(2, keys, tag=2))
        await box.reported(SendEnded, tag=2)
        await asyncio.sleep(0.5)
        return await tap.heard(rate_hz=22050)

    assert digits_by_multimon(on_a_long_line(scene)) == keys


def test_multimon_decodes_the_digits_a_desk_phone_sends_us(tmp_path: Path) -> None:
    async def scene(box: Box) -> Path:
        desk = box.card.desks[3]
        desk.lift()
        await box.reported(OffHook, port=3)
        tap = Tap(tmp_path, box.media, 3)
        await desk.dial("9110*68#")
        await asyncio.sleep(0.5)
        return await tap.heard(rate_hz=22050)

    assert digits_by_multimon(on_a_long_line(scene)) == "9110*68#"


def test_minimodem_decodes_the_caller_id_a_line_brings(tmp_path: Path) -> None:
    """Between the first two rings, as it arrives at the box's port."""

    async def scene(box: Box) -> Path:
        box.listen(1, Detector.CALLER_ID)
        tap = Tap(tmp_path, box.media, 1)
        await box.card.outside[0].call("02088880001")
        for _ in range(2):
            await box.reported(RingOn, port=1, within_s=10)
        return await tap.heard()

    printed = run("minimodem", "--rx", "callerid", "--file", on_a_long_line(scene))
    assert "13900000001" in printed


def test_minimodem_decodes_the_caller_id_a_desk_phone_is_sent(tmp_path: Path) -> None:
    async def scene(box: Box) -> Path:
        tap = Tap(tmp_path, box.card.far_media, box.card.desks[3].port)
        box.say(SendCallerId(3, CallerIdFormat.FSK, "01012345678", 1, name="SWITCHROOM"))
        await box.reported(SendEnded, tag=1)
        return await tap.heard()

    printed = run("minimodem", "--rx", "callerid", "--file", on_a_long_line(scene))
    assert "01012345678" in printed
    assert "SWITCHROOM" in printed


def sox_digits(tmp_path: Path, keys: str) -> Path:
    """Digits as sox makes them: 80 ms of two sines, 80 ms of silence."""
    parts = []
    for number, key in enumerate(keys):
        row, column = divmod(KEYS.index(key), 4)
        part = tmp_path / f"{number}.wav"
        sines = ("synth", "0.08", "sine", str(ROWS_HZ[row]), "sine", str(COLUMNS_HZ[column]))
        run(
            "sox",
            "-r",
            "8000",
            "-c",
            "2",
            "-n",
            part,
            *sines,
            "remix",
            "1,2",
            "vol",
            "-6dB",
            "pad",
            "0",
            "0.08",
        )
        parts.append(part)
    path = tmp_path / "digits.wav"
    run("sox", *parts, path, "pad", "0.5", "0.5")
    return path


def test_digits_made_by_sox_are_heard(tmp_path: Path) -> None:
    path = sox_digits(tmp_path, KEYS)
    assert "".join(str(one["key"]) for one in listen(path) if one["kind"] == "digit") == KEYS


@pytest.mark.parametrize(
    ("country", "tone", "freq_hz", "steps_s"),
    [
        ("cn", "busy", (450,), (0.35, 0.35)),
        ("cn", "congestion", (450,), (0.7, 0.7)),
        ("cn", "ringback", (450,), (1.0, 4.0)),
        ("cn", "vacant", (450,), (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.4)),
        ("us", "busy", (480, 620), (0.5, 0.5)),
        ("us", "ringback", (440, 480), (2.0, 4.0)),
        ("uk", "ringback", (400, 450), (0.4, 0.2, 0.4, 2.0)),
        ("de", "busy", (425,), (0.48, 0.48)),
    ],
)
def test_tones_made_by_sox_are_heard(
    tmp_path: Path, country: str, tone: str, freq_hz: tuple[int, ...], steps_s: tuple[float, ...]
) -> None:
    parts = []
    for number, (on, off) in enumerate(zip(steps_s[0::2], steps_s[1::2], strict=True)):
        part = tmp_path / f"{number}.wav"
        sines = [word for freq in freq_hz for word in ("sine", str(freq))]
        mix = ",".join(str(channel + 1) for channel in range(len(freq_hz)))
        arguments = ("synth", str(on), *sines, "remix", mix, "vol", "-12dB", "pad", "0", str(off))
        run("sox", "-r", "8000", "-c", str(len(freq_hz)), "-n", part, *arguments)
        parts.append(part)
    path = tmp_path / "tone.wav"
    run("sox", *(parts * 4), path, "pad", "0.7", "0.5")
    assert {one["tone"] for one in listen(path, country) if one["kind"] == "tone"} == {tone}


def test_caller_id_made_by_minimodem_is_heard(tmp_path: Path) -> None:
    """minimodem sends characters; with mark in front of them they are a message of GR-30."""
    command = SendCallerId(1, CallerIdFormat.FSK_SINGLE, "01087654321", 1, date="08011230")
    message = callerid.encode(command, "cn")
    assert isinstance(message, bytes)
    # At 48 kHz a bit is 40 samples; at 8 kHz minimodem would round it to 7, and be 5 % slow.
    mark, characters, whole = (tmp_path / name for name in ("mark.wav", "characters.wav", "whole.wav"))
    run("sox", "-r", "48000", "-c", "1", "-n", mark, "synth", "0.15", "sine", "1200", "vol", "0.2")
    speed = ("--tx", "1200", "--mark", "1200", "--space", "2200", "-R", "48000", "--volume", "0.2")
    run("minimodem", *speed, "--file", characters, given=message)
    run("sox", mark, characters, whole, "pad", "0.5", "0.8")
    (one,) = [one for one in listen(whole) if one["kind"] == "caller_id"]
    assert (one["number"], one["intact"], one["date"]) == ("01087654321", True, "08011230")


def test_the_speech_of_the_talk_off_tests_is_an_hour_in_three_languages() -> None:
    """Two of our detectors and the caller-ID receiver listen to all of it elsewhere and must hear nothing."""
    minutes = {language: sum(map(len, speech(language))) / (16_000 * 60) for language in SPEECH_PACKAGES}
    assert len(minutes) >= 3
    assert sum(minutes.values()) >= 60, minutes


def test_nothing_of_spandsp_is_linked_into_the_detectors() -> None:
    """So none of its traps is: no callback to forget, no echo canceller that prints, no uninitialised reading."""
    (extension,) = Path(signals.__file__).parent.glob("_signals*.so")
    assert not re.search(
        r"echo_can|super_tone|dtmf_rx|adsi_|fsk_rx", run("nm", "-D", "--undefined-only", extension)
    )
