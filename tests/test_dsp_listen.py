# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What our detectors tell of a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dsp import callerid, signals, wav
from dsp.listen import listen
from dsp.vocabulary import CallerIdFormat, SendCallerId, Tone
from tests.line_sounds import samples_of, silence
from tests.test_dsp_speech import prompt

CHINA = signals.plan_of("cn")


def recording(path: Path, *tracks: list[bytes]) -> Path:
    whole = [samples_of(b"".join(parts)) for parts in tracks]
    longest = max(len(track) for track in whole)
    frames = np.column_stack([np.pad(track, (0, longest - len(track))) for track in whole])
    wav.write_alaw(path, signals.to_alaw(frames.astype("<i2").tobytes()), channels=len(tracks))
    return path


def quiet(ms: int) -> bytes:
    return bytes(16 * ms)


def test_digits_tones_and_speech_of_both_tracks_are_told_in_order(tmp_path: Path) -> None:
    words = prompt().astype("<i2").tobytes()
    far = [quiet(1000), words, quiet(1000), signals.tone(CHINA, Tone.BUSY, 8 * 700 * 4), quiet(2000)]
    near = [quiet(500), signals.digits("42", 100, 100), quiet(1000)]
    heard = list(listen(recording(tmp_path / "a.wav", far, near)))
    assert json.loads(json.dumps(heard)) == heard
    first = [one for one in heard if one["track"] == 1]
    assert {one["kind"] for one in first} == {"silence", "speech", "tone"}
    (busy,) = [one for one in first if one["kind"] == "tone"]
    assert (busy["tone"], busy["cycles"]) == ("busy", 3)
    assert abs(int(str(busy["sample"])) - 16000 - len(words) // 2) < 80
    second = [one for one in heard if one["track"] == 2]
    assert [(one["kind"], one.get("key")) for one in second] == [
        ("silence", None),
        ("digit", "4"),
        ("digit", "2"),
        ("silence", None),
    ]
    digit = second[1]
    assert abs(int(str(digit["sample"])) - 4000) < 24
    assert abs(int(str(digit["end_sample"])) - 4800) < 24
    assert abs(int(str(digit["duration_ms"])) - 100) <= 3


def test_caller_id_and_message_waiting_are_told(tmp_path: Path) -> None:
    command = SendCallerId(1, CallerIdFormat.FSK, "01012345678", 1, name="王", date="08011230")
    message = callerid.encode(command, "cn")
    assert isinstance(message, bytes)
    line = [
        quiet(500),
        signals.fsk(message),
        quiet(800),
        signals.fsk(callerid.encode_message_waiting(True)),
        quiet(500),
    ]
    heard = [
        one
        for one in listen(recording(tmp_path / "a.wav", line))
        if one["kind"] in ("caller_id", "message_waiting")
    ]
    assert [one["kind"] for one in heard] == ["caller_id", "message_waiting"]
    assert (heard[0]["number"], heard[0]["name"], heard[0]["intact"]) == ("01012345678", "王", True)
    assert heard[1]["waiting"] is True


def test_what_still_sounds_at_the_end_of_the_file_is_told(tmp_path: Path) -> None:
    line = [quiet(500), signals.tone(CHINA, Tone.DIAL, 24000)]
    (dial,) = [one for one in listen(recording(tmp_path / "a.wav", line)) if one["kind"] == "tone"]
    assert (dial["tone"], dial["end_sample"]) == ("dial", 28000)
    line = [quiet(500), signals.digits("7", 300, 1)]
    (seven,) = [one for one in listen(recording(tmp_path / "b.wav", line)) if one["kind"] == "digit"]
    assert seven["key"] == "7"


def test_the_country_decides_what_a_tone_is(tmp_path: Path) -> None:
    line = [quiet(500), signals.tone(signals.plan_of("us"), Tone.BUSY, 8 * 1000 * 4), quiet(1500)]
    path = recording(tmp_path / "a.wav", line)
    assert [one["tone"] for one in listen(path, "us") if one["kind"] == "tone"] == ["busy"]
    assert [one for one in listen(path, "cn") if one["kind"] == "tone"] == []
    with pytest.raises(KeyError):
        list(listen(path, "xx"))


def test_a_recording_cut_off_is_heard_as_far_as_it_goes(tmp_path: Path) -> None:
    path = recording(tmp_path / "a.wav", [quiet(500), signals.digits("123", 100, 100), quiet(500)])
    content = path.read_bytes()
    path.write_bytes(content[:-6000])
    assert [one["key"] for one in listen(path) if one["kind"] == "digit"] == ["1", "2"]


def test_silence_is_told_where_nothing_sounds(tmp_path: Path) -> None:
    path = recording(tmp_path / "a.wav", [silence(16000).astype("<i2").tobytes()])
    (one,) = listen(path)
    assert (one["kind"], one["sample"], one["end_sample"], one["duration_ms"]) == ("silence", 0, 16000, 2000)
