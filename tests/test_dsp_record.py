# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings: what is in the files, while they grow and when they are closed."""

from __future__ import annotations

import errno
import os
import random
import resource
import select
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from dsp.engine import HASHING_SINK, Engine, step
from dsp.vocabulary import (
    BlankRecording,
    MediaEvent,
    MuteRecording,
    Play,
    Record,
    RecordingEnded,
    RecordingTroubled,
    ResetPort,
    SetBridge,
    SetPort,
    StopRecording,
)
from tests.media_pair import TICK_SAMPLES, alaw_of

HEADER_BYTES = 58
WAVE_FORMAT_ALAW = 6
SILENCE = 0xD5
DEADLINE_S = 20.0


@dataclass
class Wav:
    """frames: by the header.  left, right: as A-law."""

    frames: int
    left: bytes
    right: bytes


def read_wav(path: Path) -> Wav:
    """By the RIFF rules, not by our knowledge of where we put things."""
    data = path.read_bytes()
    riff, size, wave = struct.unpack_from("<4sI4s", data)
    assert (riff, wave) == (b"RIFF", b"WAVE")
    at, chunks = 12, {}
    while at + 8 <= min(len(data), size + 8):
        name, length = struct.unpack_from("<4sI", data, at)
        chunks[name] = data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    assert struct.unpack_from("<HHIIHH", chunks[b"fmt "]) == (WAVE_FORMAT_ALAW, 2, 8000, 16000, 2, 8)
    (frames,) = struct.unpack("<I", chunks[b"fact"])
    sound = chunks[b"data"]
    assert len(sound) == 2 * frames
    return Wav(frames, sound[0::2], sound[1::2])


def opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def run(engine: Engine, ticks: int = 1) -> list[MediaEvent]:
    events: list[MediaEvent] = []
    until = engine.now_samples() + ticks * engine.tick_samples
    while engine.now_samples() < until:
        step([engine], until)
        events += engine.poll()
    return events


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(3, TICK_SAMPLES) as engine:
        yield engine


def test_left_is_what_the_line_sent_and_right_what_we_sent_it(engine: Engine, tmp_path: Path) -> None:
    chance = random.Random(5)
    rows = [[chance.randrange(-8000, 8000) for _ in range(40 * TICK_SAMPLES)] for _ in range(2)]
    streams = [engine.open_stream(port) for port in (1, 2)]
    for stream, row in zip(streams, rows, strict=True):
        assert stream.write(array("h", row).tobytes()) == len(row)
    descriptor = opened(tmp_path / "a.wav")
    engine.submit([SetBridge(1, (1, 2)), Record(1, descriptor, 7)])
    run(engine, 40)
    engine.submit([StopRecording(1)])
    assert run(engine) == [RecordingEnded(1, 41 * TICK_SAMPLES, 7, 40 * TICK_SAMPLES, 0, 0)]
    assert not is_open(descriptor)
    wav = read_wav(tmp_path / "a.wav")
    assert wav.left == alaw_of(rows[0])
    assert wav.right == alaw_of(rows[1])


def test_far_is_after_the_gain_of_the_line_and_near_after_ours(engine: Engine, tmp_path: Path) -> None:
    stream = engine.open_stream(1)
    stream.write(array("h", [1000] * TICK_SAMPLES).tobytes())
    sound = engine.load_sound(alaw_of([4000] * TICK_SAMPLES))
    engine.submit(
        [
            SetPort(1, rx_gain_db=6.03, tx_gain_db=-6.01),
            Record(1, opened(tmp_path / "a.wav"), 7),
            Play(1, (sound,), 1),
        ]
    )
    run(engine)
    engine.submit([StopRecording(1)])
    run(engine)
    wav = read_wav(tmp_path / "a.wav")
    assert set(wav.left) == set(alaw_of([2000]))
    assert set(wav.right) == set(alaw_of([2000]))


def test_a_recording_of_any_length_is_exact(engine: Engine, tmp_path: Path) -> None:
    """Chunks hold 12 ticks; ends before, at and after their edges."""
    for ticks in (0, 1, 11, 12, 13, 24, 25, 300):
        engine.submit([Record(1, opened(tmp_path / "a.wav"), 7)])
        run(engine, ticks)
        engine.submit([StopRecording(1)])
        (ended,) = run(engine)
        assert isinstance(ended, RecordingEnded)
        assert ended.samples == ticks * TICK_SAMPLES
        wav = read_wav(tmp_path / "a.wav")
        assert wav.frames == ticks * TICK_SAMPLES
        assert set(wav.left + wav.right) <= {SILENCE}


def test_a_new_recording_ends_the_one_before_and_so_does_a_reset(engine: Engine, tmp_path: Path) -> None:
    engine.submit([Record(1, opened(tmp_path / "a.wav"), 1)])
    run(engine, 5)
    engine.submit([Record(1, opened(tmp_path / "b.wav"), 2)])
    assert run(engine, 3) == [RecordingEnded(1, 960, 1, 800, 0, 0)]
    engine.submit([ResetPort(1)])
    assert run(engine) == [RecordingEnded(1, 1440, 2, 480, 0, 0)]


def test_closing_the_engine_closes_the_files_rightly(tmp_path: Path) -> None:
    engine = Engine(2, TICK_SAMPLES)
    descriptors = [opened(tmp_path / name) for name in ("a.wav", "b.wav")]
    engine.submit([Record(1, descriptors[0], 1)])
    run(engine, 100)
    engine.submit([Record(2, descriptors[1], 1)])  # taken, and not yet applied
    engine.close()
    assert read_wav(tmp_path / "a.wav").frames == 16000
    assert read_wav(tmp_path / "b.wav").frames == 0
    assert not any(is_open(descriptor) for descriptor in descriptors)


def test_a_refused_batch_leaves_the_descriptor_alone(engine: Engine, tmp_path: Path) -> None:
    descriptor = opened(tmp_path / "a.wav")
    with pytest.raises(OSError):
        engine.submit([Record(1, descriptor, 1), Record(9, descriptor, 2)])
    run(engine)
    assert is_open(descriptor)
    os.close(descriptor)
    with pytest.raises(OSError) as refused:
        engine.submit([Record(1, descriptor, 1)])
    assert refused.value.errno == errno.EBADF


# Secrets.


@pytest.mark.parametrize("blank_from", [0, 1, 500, 12 * TICK_SAMPLES, 2999, 3000, 20 * TICK_SAMPLES])
def test_blanking_rewrites_what_was_recorded_and_what_is_remembered(
    engine: Engine, tmp_path: Path, blank_from: int
) -> None:
    lead = 3  # ticks before the recording begins
    stream = engine.open_stream(1)
    sound = engine.load_sound(alaw_of([-2000] * 8000))
    stream.write(array("h", [1000] * 50 * TICK_SAMPLES).tobytes())
    engine.submit([Play(1, (sound,), 1)])
    run(engine, lead)
    engine.submit([Record(1, opened(tmp_path / "a.wav"), 7)])
    run(engine, 20)
    engine.submit([BlankRecording(1, lead * TICK_SAMPLES + blank_from)])
    run(engine, 5)
    engine.submit([StopRecording(1)])
    (ended,) = run(engine)
    assert isinstance(ended, RecordingEnded)
    kept = min(blank_from, 20 * TICK_SAMPLES)
    blanked = 20 * TICK_SAMPLES - kept
    after = 5 * TICK_SAMPLES
    wav = read_wav(tmp_path / "a.wav")
    one, other, silence = alaw_of([1000]), alaw_of([-2000]), bytes((SILENCE,))
    assert wav.left == one * kept + silence * blanked + one * after
    assert wav.right == other * kept + silence * blanked + other * after
    far, near = engine.history(1)
    begins, ends = lead * TICK_SAMPLES + kept, (lead + 20) * TICK_SAMPLES
    assert far[begins:ends] == silence * blanked
    assert near[begins:ends] == silence * blanked
    assert far[:begins] == one * begins


def test_blanking_from_before_the_recording_blanks_all_of_it(engine: Engine, tmp_path: Path) -> None:
    stream = engine.open_stream(1)
    stream.write(array("h", [1000] * 50 * TICK_SAMPLES).tobytes())
    run(engine, 5)
    engine.submit([Record(1, opened(tmp_path / "a.wav"), 7)])
    run(engine, 15)
    engine.submit([BlankRecording(1, 0), StopRecording(1)])
    run(engine)
    assert set(read_wav(tmp_path / "a.wav").left) == {SILENCE}
    assert set(engine.history(1)[0][: 20 * TICK_SAMPLES]) == {SILENCE}


def test_muting_keeps_a_secret_out_of_both_tracks_and_of_the_memory(engine: Engine, tmp_path: Path) -> None:
    stream, other = engine.open_stream(1), engine.open_stream(2)
    stream.write(array("h", [1000] * 50 * TICK_SAMPLES).tobytes())
    other.write(array("h", [-2000] * 50 * TICK_SAMPLES).tobytes())
    engine.submit([SetBridge(1, (1, 2)), Record(1, opened(tmp_path / "a.wav"), 7)])
    run(engine, 10)
    engine.submit([MuteRecording(1, True)])
    run(engine, 10)
    engine.submit([MuteRecording(1, False)])
    run(engine, 10)
    engine.submit([StopRecording(1)])
    run(engine)
    wav = read_wav(tmp_path / "a.wav")
    third = 10 * TICK_SAMPLES
    for track, code in ((wav.left, alaw_of([1000])), (wav.right, alaw_of([-2000]))):
        assert track == code * third + bytes((SILENCE,)) * third + code * third
    assert engine.history(1)[0][: 3 * third] == wav.left
    assert len(set(other.read(10000))) > 1, "the parties still hear each other"


# Troubles.


def test_a_full_disk_is_told_once_and_the_call_goes_on(engine: Engine) -> None:
    engine.submit([Record(1, os.open("/dev/full", os.O_RDWR), 7)])
    events = run(engine, 100)
    assert events == [RecordingTroubled(1, events[0].sample, 7, errno.ENOSPC)]
    engine.submit([StopRecording(1)])
    assert run(engine) == [RecordingEnded(1, 101 * TICK_SAMPLES, 7, 0, 16000, errno.ENOSPC)]


def test_a_disk_that_fills_keeps_what_was_written(engine: Engine, tmp_path: Path) -> None:
    """A file size limit is as good as a full disk: the write that crosses it is cut short."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    stream = engine.open_stream(1)
    stream.write(array("h", [1000] * 50 * TICK_SAMPLES).tobytes())
    engine.submit([Record(1, opened(tmp_path / "a.wav"), 7)])
    resource.setrlimit(resource.RLIMIT_FSIZE, (5001, before[1]))
    try:
        events = run(engine, 40)
        engine.submit([StopRecording(1)])
        events += run(engine)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    written = (5001 - HEADER_BYTES) // 2
    assert [type(event) for event in events] == [RecordingTroubled, RecordingEnded]
    assert events[1] == RecordingEnded(1, 41 * TICK_SAMPLES, 7, written, 6400 - written, errno.EFBIG)
    wav = read_wav(tmp_path / "a.wav")
    assert wav.left == alaw_of([1000]) * written


# Hashing sinks.


def test_a_hashing_sink_counts_and_tells_sounds_apart() -> None:
    def hash_of(value: int, ticks: int) -> int:
        with Engine(1, TICK_SAMPLES) as engine:
            stream = engine.open_stream(1)
            stream.write(array("h", [value] * 8000).tobytes())
            engine.submit([Record(1, HASHING_SINK, 7)])
            run(engine, ticks)
            engine.submit([StopRecording(1)])
            assert run(engine) == [
                RecordingEnded(1, (ticks + 1) * TICK_SAMPLES, 7, ticks * TICK_SAMPLES, 0, 0)
            ]
            return engine.sink_hash()

    assert hash_of(1000, 30) == hash_of(1000, 30)
    assert len({hash_of(1000, 30), hash_of(2000, 30), hash_of(1000, 31)}) == 3


# Real time.


def wait_for(engine: Engine, kind: type[MediaEvent]) -> MediaEvent:
    """The first event of a kind, with a deadline in place of a sleep."""
    deadline_s = monotonic() + DEADLINE_S
    while (left_s := deadline_s - monotonic()) > 0:
        select.select([engine.fileno()], [], [], left_s)
        for event in engine.poll():
            if isinstance(event, kind):
                return event
    raise AssertionError(f"no {kind.__name__} within {DEADLINE_S} s")


def test_a_recording_in_real_time_is_readable_while_it_grows(tmp_path: Path) -> None:
    """What a power cut leaves is what is in the file: its header must be right at any time."""
    path = tmp_path / "a.wav"
    with Engine(1, TICK_SAMPLES) as engine:
        engine.start()
        engine.submit([Record(1, opened(path), 7)])
        deadline_s = monotonic() + DEADLINE_S
        frames: list[int] = []
        while len(frames) < 3 and monotonic() < deadline_s:
            select.select([], [], [], 0.02)
            if path.stat().st_size < HEADER_BYTES:
                continue
            header = path.read_bytes()[:HEADER_BYTES]
            (count,) = struct.unpack_from("<I", header, HEADER_BYTES - 4)
            assert path.stat().st_size >= HEADER_BYTES + count
            if count // 2 not in frames:
                frames.append(count // 2)
        assert len(frames) == 3
        engine.submit([StopRecording(1)])
        ended = wait_for(engine, RecordingEnded)
        assert isinstance(ended, RecordingEnded)
    assert read_wav(path).frames == ended.samples > frames[-1]


def test_many_recordings_in_real_time_are_all_whole(tmp_path: Path) -> None:
    with Engine(40, TICK_SAMPLES) as engine:
        engine.start()
        sound = engine.load_sound(alaw_of([1000] * 8000))
        paths = {port: tmp_path / f"{port}.wav" for port in range(1, 41)}
        engine.submit(
            [
                command
                for port, path in paths.items()
                for command in (Play(port, (sound,), port, loop=True), Record(port, opened(path), port))
            ]
        )
        until = engine.now_samples() + 8000
        while engine.now_samples() < until:
            select.select([], [], [], 0.05)
        engine.submit([StopRecording(port) for port in paths])
        ended: list[RecordingEnded] = []
        while len(ended) < 40:
            select.select([engine.fileno()], [], [], DEADLINE_S)
            ended += [event for event in engine.poll() if isinstance(event, RecordingEnded)]
        assert {event.lost_samples for event in ended} == {0}
        for event in ended:
            wav = read_wav(paths[event.port])
            assert wav.frames == event.samples
            assert set(wav.right) == set(alaw_of([1000]))
