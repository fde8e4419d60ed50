# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Engines that run by themselves: the same results, in threads of their own."""

from __future__ import annotations

import errno
import select
import threading
from collections.abc import Callable
from time import monotonic

import pytest

from dsp.engine import Engine, step
from dsp.errors import MediaError
from dsp.media import LineModel
from dsp.vocabulary import (
    Detector,
    DigitBegan,
    MediaEvent,
    Play,
    PlayEnded,
    PortFilled,
    SendDigits,
    SendEnded,
    SetBridge,
    SetDetectors,
)
from tests.media_pair import alaw_of

DEADLINE_S = 20.0
TICK_SAMPLES = 80


class Running:
    """Engines that run, and what they have reported; waits end with what is waited for, or fail at a deadline."""

    def __init__(self, *engines: Engine) -> None:
        self._engines = engines
        self.events: list[MediaEvent] = []
        for engine in engines:
            engine.start()

    def wait(self, there: Callable[[], bool]) -> None:
        deadline_s = monotonic() + DEADLINE_S
        while not there():
            left_s = deadline_s - monotonic()
            assert left_s > 0, f"not within {DEADLINE_S} s; reported: {self.events}"
            select.select(self._engines, [], [], min(left_s, 0.2))
            for engine in self._engines:
                self.events += engine.poll()

    def count(self, kind: type[MediaEvent]) -> int:
        return sum(isinstance(event, kind) for event in self.events)


def test_two_engines_in_threads_of_their_own_hear_each_other() -> None:
    with Engine(2, TICK_SAMPLES) as near, Engine(2, TICK_SAMPLES) as far:
        near.wire(1, far, 1)
        near.wire(2, far, 2, LineModel(loss_db=3, noise_dbm0=-60))
        near.submit([SetBridge(1, (1, 2)), SetDetectors(1, Detector.DIGITS)])
        far.submit([SetDetectors(2, Detector.DIGITS)])
        running = Running(near, far)
        far.submit([SendDigits(1, "1379", 1, 80, 80)])
        running.wait(lambda: running.count(SendEnded) == 1)
        running.wait(lambda: running.count(DigitBegan) >= 8)
        heard = [(event.port, event.key) for event in running.events if isinstance(event, DigitBegan)]
        assert [key for port, key in heard if port == 1] == list("1379")
        assert [key for port, key in heard if port == 2] == list("1379")


def test_a_running_engine_is_not_stepped_nor_started_again() -> None:
    with Engine(1, TICK_SAMPLES) as engine:
        engine.start()
        with pytest.raises(MediaError) as refused:
            step([engine], 8000)
        assert refused.value.errno == errno.EBUSY
        with pytest.raises(MediaError) as refused:
            engine.start()
        assert refused.value.errno == errno.EALREADY


def test_time_goes_on_and_is_accounted_for() -> None:
    with Engine(4, 16) as engine:
        running = Running(engine)
        began_s, before = monotonic(), engine.now_samples()
        running.wait(lambda: engine.now_samples() > before + 8000)
        passed_s = monotonic() - began_s
        assert engine.now_samples() - before <= passed_s * 8000 + 8000, "never faster than the clock"
        statistics = engine.statistics()
        assert statistics.ticks * 16 == pytest.approx(engine.now_samples(), abs=800)
        assert statistics.media_thread_ns > 0
        assert statistics.tick_p999_us >= 0
        assert statistics.scheduling in ("fifo", "other")


def test_wires_are_made_and_parted_while_both_run() -> None:
    with Engine(8, TICK_SAMPLES) as near, Engine(8, TICK_SAMPLES) as far:
        running = Running(near, far)
        for turn in range(10):
            for port in range(1, 9):
                near.wire(port, far, 1 + (port + turn) % 8)
            near.submit([SendDigits(1, "5", turn, 50, 30)])
            running.wait(lambda turn=turn: running.count(SendEnded) == turn + 1)  # type: ignore[misc]
            for port in range(1, 9):
                near.unwire(port)


def test_a_far_engine_that_closes_does_no_harm() -> None:
    with Engine(2, TICK_SAMPLES) as near:
        far = Engine(2, TICK_SAMPLES)
        near.wire(1, far, 1)
        running = Running(near)
        far.start()
        near.submit([SendDigits(1, "5", 1, 50, 30)])
        running.wait(lambda: running.count(SendEnded) == 1)
        far.close()
        near.submit([SendDigits(1, "5", 2, 50, 30)])
        running.wait(lambda: running.count(SendEnded) == 2)


def test_a_stream_is_read_and_written_by_another_thread() -> None:
    with Engine(2, TICK_SAMPLES) as engine:
        mouth, ear = engine.open_stream(1), engine.open_stream(2)
        engine.submit([SetBridge(1, (1, 2))])
        heard = bytearray()
        stop = threading.Event()

        def talk() -> None:
            while not stop.is_set():
                mouth.write(b"\x10\x10" * 160)
                heard.extend(ear.read(8000))
                stop.wait(0.02)

        thread = threading.Thread(target=talk)
        running = Running(engine)
        thread.start()
        try:
            running.wait(lambda: heard.count(b"\x10\x10" * 80) > 20)
        finally:
            stop.set()
            thread.join()


def test_a_late_stream_is_reported_at_most_once_a_second() -> None:
    with Engine(1, TICK_SAMPLES) as engine:
        stream = engine.open_stream(1)
        running = Running(engine)
        stream.write(bytes(2 * 400))
        running.wait(lambda: running.count(PortFilled) == 1)
        stream.write(bytes(2 * 400))
        running.wait(lambda: running.count(PortFilled) == 2)
        first, second = (event for event in running.events if isinstance(event, PortFilled))
        assert second.sample - first.sample >= 8000
        assert engine.counters(1).filled >= second.samples


def test_submitting_from_the_loop_while_it_runs_loses_nothing() -> None:
    with Engine(50, 16) as engine:
        running = Running(engine)
        sound = engine.load_sound(alaw_of([1000] * 100))
        for batch in range(100):
            engine.submit([Play(1 + play % 50, (sound,), batch * 50 + play) for play in range(50)])
            running.wait(lambda: True)
        running.wait(lambda: running.count(PlayEnded) == 5000)
        tags = [event.tag for event in running.events if isinstance(event, PlayEnded)]
        assert sorted(tags) == list(range(5000))
