# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""WAV files of every kind people bring, and recordings that were cut off."""

from __future__ import annotations

import random
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from dsp import signals, wav
from tests.line_sounds import samples_of, silence, sine

FORMATS = {
    "pcm8": ("-e", "unsigned-integer", "-b", "8"),
    "pcm16": ("-e", "signed-integer", "-b", "16"),
    "pcm24": ("-e", "signed-integer", "-b", "24"),
    "pcm32": ("-e", "signed-integer", "-b", "32"),
    "float": ("-e", "floating-point", "-b", "32"),
    "alaw": ("-e", "a-law"),
    "ulaw": ("-e", "u-law"),
}


def sox(*arguments: str | Path) -> None:
    subprocess.run(["sox", *map(str, arguments)], check=True, capture_output=True)


def tone_file(
    path: Path, rate_hz: int = 8000, channels: int = 1, kind: str = "pcm16", seconds: float = 1.0
) -> Path:
    effect = ("synth", str(seconds), "sine", "1000", "vol", "-10dB")
    sox("-n", "-r", str(rate_hz), "-c", str(channels), *FORMATS[kind], path, *effect)
    return path


def header(code: int, channels: int, bits: int, data_bytes: int) -> bytes:
    frame = channels * bits // 8
    start = struct.pack("<4sI4s4sI", b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16)
    sound = struct.pack("<HHIIHH", code, channels, 8000, 8000 * frame, frame, bits)
    return start + sound + struct.pack("<4sI", b"data", data_bytes)


def level_at(freq_hz: float, linear: bytes) -> float:
    """dBm0 of one frequency in the middle of some samples."""
    middle = samples_of(linear)[800:-800]
    window = np.hanning(len(middle))
    turning = np.exp(-2j * np.pi * freq_hz * np.arange(len(middle)) / 8000)
    return float(20 * np.log10(abs(np.dot(middle * window, turning)) / window.sum() * 2 / 22827 + 1e-9))


@pytest.mark.parametrize("kind", list(FORMATS))
@pytest.mark.parametrize("channels", [1, 2])
def test_every_sample_format_is_read(tmp_path: Path, kind: str, channels: int) -> None:
    sound = wav.read(tone_file(tmp_path / "a.wav", 8000, channels, kind))
    assert len(sound.tracks) == channels
    assert sound.samples == 8000
    for track in sound.tracks:
        assert abs(level_at(1000, track) - 3.14 + 10) < 0.3


@pytest.mark.parametrize("rate_hz", [6000, 11025, 16000, 22050, 44100, 48000, 96000])
def test_every_rate_comes_out_at_8_khz_with_its_pitch_and_level(tmp_path: Path, rate_hz: int) -> None:
    alaw = wav.read_alaw(tone_file(tmp_path / "a.wav", rate_hz, 2))
    assert abs(len(alaw) - 8000) <= 1
    linear = signals.from_alaw(alaw)
    assert abs(level_at(1000, linear) - 3.14 + 10) < 0.3
    assert level_at(1100, linear) < -50


def test_what_is_over_4_khz_is_taken_out_and_not_folded_back(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sox("-n", "-r", "44100", "-c", "1", path, "synth", "1", "sine", "5000", "vol", "-6dB")
    (track,) = wav.read(path).tracks
    assert level_at(3000, track) < -55


def test_tracks_are_kept_apart_and_mixed_only_for_a_prompt(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    left, right = (sine(freq, 8000, -10) for freq in (500, 1500))
    frames = np.column_stack([left, right]).astype("<i2").tobytes()
    path.write_bytes(header(1, 2, 16, len(frames)) + frames)
    first, second = wav.read(path).tracks
    assert level_at(500, first) > -11 > -60 > level_at(1500, first)
    assert level_at(1500, second) > -11 > -60 > level_at(500, second)
    mixed = signals.from_alaw(wav.read_alaw(path))
    assert abs(level_at(500, mixed) + 16) < 0.5
    assert abs(level_at(1500, mixed) + 16) < 0.5


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"ID3\x04 an MP3 file, renamed", "no WAV file"),
        (b"<html>not found</html>", "no WAV file"),
        (b"RIFF\x24\x00\x00\x00WAVE", "no sound"),
        (b"RIFF\x24\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd", "what format"),
    ],
)
def test_what_is_no_sound_is_refused_with_the_reason(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(wav.WavError, match=says):
        wav.read_alaw(path)


@pytest.mark.parametrize(
    ("offset", "value", "says"),
    [
        (20, struct.pack("<H", 0x55), "MP3"),
        (20, struct.pack("<H", 0x1234), "0x1234"),
        (22, struct.pack("<H", 0), "0 channels"),
        (22, struct.pack("<H", 99), "99 channels"),
        (24, struct.pack("<I", 100), "100 Hz"),
        (24, struct.pack("<I", 4_000_000_000), "4000000000 Hz"),
        (34, struct.pack("<H", 12), "12 bits"),
    ],
)
def test_a_format_we_can_not_use_is_named(tmp_path: Path, offset: int, value: bytes, says: str) -> None:
    path = tone_file(tmp_path / "a.wav")
    content = bytearray(path.read_bytes())
    content[offset : offset + len(value)] = value
    path.write_bytes(content)
    with pytest.raises(wav.WavError, match=says):
        wav.read_alaw(path)


def test_a_file_cut_off_is_refused_as_a_prompt_and_heard_as_a_recording(tmp_path: Path) -> None:
    path = tone_file(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes()[:10045])
    with pytest.raises(wav.WavError, match=r"cut off: 10000 bytes of sound are there of 16000"):
        wav.read_alaw(path)
    assert wav.read(path, cut_allowed=True).samples == 5000


def test_a_file_too_long_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tone_file(tmp_path / "a.wav", seconds=3)
    with pytest.raises(wav.WavError, match="too long: 3 s, where 2 are allowed"):
        wav.read_alaw(path, longest_s=2)


def test_what_is_written_is_read_again_and_by_sox_too(tmp_path: Path) -> None:
    alaw = bytes(random.Random(1).randbytes(8001))
    path = tmp_path / "a.wav"
    wav.write_alaw(path, alaw)
    assert wav.read_alaw(path) == alaw
    sox(path, "-t", "al", tmp_path / "b.al")
    assert (tmp_path / "b.al").read_bytes() == alaw


def test_a_recording_cut_by_a_power_cut_is_repaired(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    wav.write_alaw(path, bytes(range(256)) * 100, channels=2)
    whole = path.read_bytes()
    for cut in (len(whole) - 1, len(whole) - 5000, 60):
        broken = bytearray(whole[:cut])
        broken[54:58] = bytes(4)  # the header still says nothing is there
        broken[4:8] = bytes(4)
        path.write_bytes(broken)
        assert wav.repair(path) == (cut - 58) // 2
        assert wav.read(path).samples == (cut - 58) // 2
        sox(path, "-n", "stat")


def test_repair_refuses_what_has_no_header(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF\x00\x00")
    with pytest.raises(wav.WavError):
        wav.repair(path)
    assert path.read_bytes() == b"RIFF\x00\x00"


@pytest.mark.parametrize("seed", range(200))
def test_a_file_with_bytes_spoiled_is_read_or_refused_and_nothing_else(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "a.wav"
    wav.write_alaw(path, bytes(400), channels=chance.choice((1, 2)))
    content = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 6)):
        content[chance.randrange(60)] = chance.randrange(256)
    path.write_bytes(content[: chance.randint(0, len(content))])
    for read in (wav.read_alaw, wav.repair):
        try:
            read(path)
        except wav.WavError as error:
            assert str(error)


def test_floats_that_are_no_numbers_are_silence(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    data = np.array([np.nan, np.inf, -np.inf, 0.5], "<f4").tobytes()
    path.write_bytes(header(3, 1, 32, len(data)) + data)
    assert samples_of(wav.read(path).tracks[0]).tolist() == [0, 32767, -32768, 16384]


def test_a_law_by_table_is_that_of_g_711() -> None:
    """ITU-T G.711 table 1a: codes of the first and last segment, with their even bits inverted."""
    linear = np.array([0, -1, 15, 16, 32767, -32768], "<i2").tobytes()
    assert signals.to_alaw(linear).hex() == "d555d5d4aa2a"
    codes = bytes(range(256))
    assert signals.to_alaw(signals.from_alaw(codes)) == codes
    steps = samples_of(signals.from_alaw(codes))
    assert (steps.max(), steps.min(), abs(steps).min()) == (32256, -32256, 8)
    assert signals.level_dbm0(np.rint(sine(1000, 8000, 0.0)).astype("<i2").tobytes()) == pytest.approx(
        0.0, abs=0.01
    )
    assert signals.level_dbm0(silence(100).astype("<i2").tobytes()) == -99.0
