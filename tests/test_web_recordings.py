# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings in the browser: A-law as PCM, any stretch of it, peaks; who may hear, and that it is written down."""

import struct
from pathlib import Path

import pytest

from tests.web_box import Box, box, tone_wav  # noqa: F401
from webui import alaw
from webui.ranges import asked


def test_a_law_is_expanded_as_the_recommendation_says() -> None:
    # ITU-T G.711 table 1a: the largest and the smallest value of each sign, on a 16-bit scale.
    assert struct.unpack("<2h", alaw.to_pcm(bytes([0xAA, 0x2A]))) == (32256, -32256)
    assert struct.unpack("<2h", alaw.to_pcm(bytes([0xD5, 0x55]))) == (8, -8)


def whole(wave: alaw.Wave) -> bytes:
    return b"".join(alaw.pcm(wave, 0, alaw.pcm_size(wave)))


@pytest.fixture
def wave(tmp_path: Path) -> alaw.Wave:
    path = tmp_path / "a.wav"
    path.write_bytes(tone_wav(30_000))
    return alaw.read(path)


def test_any_stretch_of_the_rendition_is_that_stretch_of_the_whole(wave: alaw.Wave) -> None:
    sound = whole(wave)
    assert len(sound) == alaw.pcm_size(wave) == 44 + 30_000 * 2 * 2
    assert sound[:4] == b"RIFF" and sound[8:16] == b"WAVEfmt "
    for begin, end in (
        (0, 1),
        (0, 44),
        (10, 50),
        (43, 45),
        (44, 46),
        (45, 48),
        (70_001, 70_004),
        (119_999, 120_044),
    ):
        assert b"".join(alaw.pcm(wave, begin, end)) == sound[begin:end], (begin, end)


def test_peaks_show_what_is_loud_and_what_is_silent(wave: alaw.Wave) -> None:
    far, near = alaw.peaks(wave, 10)
    assert len(far) == len(near) == 10
    assert far[0] == 255 and far[-1] < 10
    assert max(near) < 10


def test_a_part_is_a_recording_of_its_own(wave: alaw.Wave) -> None:
    part = wave.part(1_000, 500)
    assert part.seconds == 0.5
    assert whole(part)[44:] == whole(wave)[44 + 8_000 * 4 : 44 + 12_000 * 4]
    assert wave.part(3_600_000, 1_000).seconds == 0


def test_a_recording_under_way_or_cut_has_as_much_as_is_there(tmp_path: Path) -> None:
    content = tone_wav(8_000)
    for length in range(0, len(content), 997):
        path = tmp_path / f"{length}.wav"
        path.write_bytes(content[:length])
        try:
            cut = alaw.read(path)
        except alaw.NoWave:
            assert length < 58
        else:
            assert len(whole(cut)) == alaw.pcm_size(cut)


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"\xff" * 100, b"RIFF\0\0\0\0WAVE" + b"junk\xff\xff\xff\xff", tone_wav(1)[:30]]
)
def test_what_is_no_recording_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.wav"
    path.write_bytes(content)
    with pytest.raises(alaw.NoWave):
        alaw.read(path)


def test_ranges_are_read_as_the_protocol_says() -> None:
    assert asked("bytes=0-9", 100) == (0, 10)
    assert asked("bytes=90-", 100) == (90, 100)
    assert asked("bytes=90-400", 100) == (90, 100)
    assert asked("bytes=-10", 100) == (90, 100)
    for whole_file in ("", "bytes=-", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b"):
        assert asked(whole_file, 100) is None
    for unmet in ("bytes=100-", "bytes=5-4", "bytes=-0"):
        with pytest.raises(ValueError, match="bytes"):
            asked(unmet, 100)


def test_a_player_seeks_by_range(box: Box) -> None:
    path = "/recordings/1/play.wav"
    every = box.admin.get(path)
    assert every.status == 200 and every.headers["Accept-Ranges"] == "bytes"
    part = box.admin.get(path, Range="bytes=1000-1999")
    assert part.status == 206
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(every.body)}"
    assert part.body == every.body[1000:2000]
    assert box.admin.get(path, Range="bytes=99999999-").status == 416


def test_the_original_is_the_file_as_it_lies_on_the_disk(box: Box) -> None:
    answer = box.admin.get("/recordings/1/original.wav")
    assert answer.body == tone_wav(8_000)
    assert "attachment" in answer.headers["Content-Disposition"]


def test_every_hearing_is_written_down_once(box: Box) -> None:
    def heard() -> list[str]:
        rows = box.site.records.audit(box.user_reader("admin"), action="hear_recording")
        return [row["name"] for row in rows]

    before = len(heard())
    leader = box.user("supervisor")
    leader.get("/recordings/1/play.wav", Range="bytes=0-")
    leader.get("/recordings/1/play.wav", Range="bytes=5000-")
    assert len(heard()) == before + 1
    assert heard()[0] == "a-supervisor"


def test_who_may_not_hear_a_recording_learns_nothing_of_it(box: Box) -> None:
    for role in ("agent", "merchant"):  # an agent with other calls, a merchant with other lines
        assert box.user(role).get("/recordings/1/play.wav").status == 404
        assert box.user(role).get("/recordings/1/peaks.json").status == 404
    assert box.user("installer").get("/recordings/1/play.wav").status == 403
    assert box.admin.get("/recordings/999/play.wav").status == 404


def test_peaks_come_for_both_tracks(box: Box) -> None:
    peaks = box.admin.get("/recordings/1/peaks.json").json()
    assert peaks["seconds"] == 1
    assert [len(track) for track in peaks["tracks"]] == [400, 400]
