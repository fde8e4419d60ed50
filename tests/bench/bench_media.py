# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the media engine costs, and how late it is.  Each function measures and returns figures; `python -m
tests.bench.bench_media` prints them."""

from __future__ import annotations

import os
import select
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic, process_time
from typing import Any

from dsp.engine import Engine, step
from dsp.media import EngineStatistics
from dsp.vocabulary import Detector, Play, Record, SetBridge, SetDetectors
from tests.media_pair import alaw_of, conversation

DETECTORS = Detector.DIGITS | Detector.TONES
BIG_TICK_SAMPLES = 160
SMALL_TICK_SAMPLES = 16
BLOCKS_PER_CALL_SECOND = 100  # two legs, 20 ms


@dataclass(frozen=True)
class Load:
    """Thread times per second of the clock; tick figures in microseconds."""

    media_s: float
    writer_s: float
    tick_p999_us: float
    late_p999_us: float
    scheduling: str


@cache
def talk() -> tuple[bytes, ...]:
    """Both sides of conversations: speech, pauses, a little line noise."""
    return tuple(alaw_of(conversation(seconds=12, seed=seed)) for seed in range(4))


@contextmanager
def calls_up(calls: int, tick_samples: int, folder: Path) -> Iterator[tuple[Engine, Engine]]:
    """Two-party calls in a bridge each, both legs talked on by a far engine, listened to and recorded."""
    ports = range(1, 2 * calls + 1)
    with Engine(2 * calls, tick_samples) as near, Engine(2 * calls, tick_samples, history_samples=0) as far:
        sounds = [far.load_sound(sound) for sound in talk()]
        far.submit(
            [Play(port, tuple(sounds[port % 4 :] + sounds[: port % 4]), port, loop=True) for port in ports]
        )
        for port in ports:
            near.wire(port, far, port)
            descriptor = os.open(folder / f"{port}.wav", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            near.submit([SetDetectors(port, DETECTORS), Record(port, descriptor, port)])
        near.submit([SetBridge(call, (2 * call + 1, 2 * call + 2)) for call in range(calls)])
        yield near, far


def _pass(engine: Engine, seconds: float) -> None:
    until_s = monotonic() + seconds
    while (left_s := until_s - monotonic()) > 0:
        select.select([], [], [], left_s)
        engine.poll()


def _account(engine: Engine, within_s: float = 30.0) -> tuple[EngineStatistics, int]:
    """What the threads have spent, and the sample, as the media thread tells it, which it does once in 64 ticks."""
    told = engine.statistics().media_thread_ns
    until_s = monotonic() + within_s
    while engine.statistics().media_thread_ns == told:
        if monotonic() > until_s:
            raise TimeoutError("the media thread does not go on")
        _pass(engine, 0.002)
    return engine.statistics(), engine.now_samples()


def load(calls: int, tick_samples: int, seconds: float) -> Load:
    """Real time, in threads."""
    with (
        tempfile.TemporaryDirectory(prefix="bench") as folder,
        calls_up(calls, tick_samples, Path(folder)) as (near, far),
    ):
        far.start()
        near.start()
        _pass(near, 1.0)
        before, from_sample = _account(near)
        _pass(near, seconds)
        after, to_sample = _account(near)
        passed_s = (to_sample - from_sample) / 8000
        return Load(
            (after.media_thread_ns - before.media_thread_ns) / 1e9 / passed_s,
            (after.writer_thread_ns - before.writer_thread_ns) / 1e9 / passed_s,
            after.tick_p999_us,
            after.late_p999_us,
            after.scheduling,
        )


def recorded_calls_per_core(calls: int = 100, seconds: float = 5.0) -> float:
    """1 / (processor seconds of both threads per call-second), at a tick of 20 ms."""
    cost = load(calls, BIG_TICK_SAMPLES, seconds)
    return calls / (cost.media_s + cost.writer_s)


def spandsp_calls_per_core(rounds: int = 4) -> float:
    """What spandsp's DTMF and call-progress detectors alone would allow, over the same talk."""
    ffi, lib = _spandsp()
    blocks_ns: list[float] = []
    for sound in talk():
        pcm = ffi.new("int16_t[]", [_linear(code) for code in sound])
        blocks_ns += [lib.block_ns(pcm, len(sound)) for _ in range(rounds)]
    mean_ns = sum(blocks_ns) / len(blocks_ns)
    return 1e9 / (mean_ns * BLOCKS_PER_CALL_SECOND)


def share_of_detectors(recorded: float) -> float:
    """Our recorded calls, as a share of what spandsp's detectors alone would allow in this run."""
    return recorded / spandsp_calls_per_core()


def ticks(calls: int = 30, seconds: float = 8.0) -> dict[str, Any]:
    """Work and lateness of 2 ms ticks with 60 legs, and the scheduling class they had."""
    cost = load(calls, SMALL_TICK_SAMPLES, seconds)
    return {
        "tick_p999_us": cost.tick_p999_us,
        "tick_late_p999_us": cost.late_p999_us,
        "scheduling": cost.scheduling,
        "cpu_percent": 100 * (cost.media_s + cost.writer_s),
    }


def one_way_latency_ms(seconds: float = 3.0) -> float:
    """Sample in to sample out through a bridge, 2 ms tick, real time.

    Clicks go in at one line and come out at the other; the lines are wires of the same engine, which hold a tick
    as a card's buffer does.  Told by the histories of the far ends, so by samples; how late the thread wakes is
    another figure.
    """
    with Engine(4, SMALL_TICK_SAMPLES) as engine:
        click = engine.load_sound(alaw_of([8000] * 8 + [0] * 1592))
        engine.wire(1, engine, 3)
        engine.wire(2, engine, 4)
        engine.submit(
            [SetBridge(1, (1, 2)), Play(3, (click,), 1, loop=True), SetDetectors(4, Detector.LEVEL)]
        )
        engine.start()
        _pass(engine, seconds)
        (_, sent), (heard, _) = engine.history(3), engine.history(4)
    size = min(len(sent), len(heard))
    sent, heard = sent[-size:], heard[-size:]
    loud = alaw_of([8000])[0]
    went_in = [at for at in range(1, size) if sent[at] == loud and sent[at - 1] != loud]
    came_out = [at for at in range(1, size) if heard[at] == loud and heard[at - 1] != loud]
    delays = [min((out - at for out in came_out if out >= at), default=0) for at in went_in[:-1]]
    return max(delays) / 8


def stepped_speed(calls: int = 20, seconds: float = 20.0) -> float:
    """Times real time on one core, both engines stepped in one thread, recordings hashed."""
    ports = range(1, 2 * calls + 1)
    with Engine(2 * calls, BIG_TICK_SAMPLES) as near, Engine(2 * calls, BIG_TICK_SAMPLES) as far:
        sounds = [far.load_sound(sound) for sound in talk()]
        far.submit([Play(port, tuple(sounds), port, loop=True) for port in ports])
        for port in ports:
            near.wire(port, far, port)
        near.submit(
            [SetDetectors(port, DETECTORS) for port in ports] + [Record(port, -1, port) for port in ports]
        )
        near.submit([SetBridge(call, (2 * call + 1, 2 * call + 2)) for call in range(calls)])
        began_s = process_time()
        while near.now_samples() < seconds * 8000:
            step([near, far], round(seconds * 8000))
            near.poll()
        return seconds / (process_time() - began_s)


def _linear(code: int) -> int:
    value = code ^ 0x55
    exponent, mantissa = value >> 4 & 7, value & 15
    size = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return size if value & 0x80 else -size


@cache
def _spandsp() -> tuple[Any, Any]:
    """spandsp's two detectors on one leg, China's plan, compiled for this measurement."""
    import importlib.util

    from cffi import FFI

    builder = FFI()
    builder.cdef("double block_ns(const int16_t *pcm, size_t samples);")
    builder.set_source(
        "_bench_spandsp",
        r"""
        #include <spandsp.h>
        #include <time.h>
        static void heard(void *data, int code, int level, int delay)
        {
            (void)data, (void)code, (void)level, (void)delay;
        }
        static double now_ns(void)
        {
            struct timespec t;
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
            return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
        }
        double block_ns(const int16_t *pcm, size_t samples)
        {
            static const int on_off_ms[][2] = {{350, 350}, {700, 700}, {1000, 4000}};
            super_tone_rx_descriptor_t *plan = super_tone_rx_make_descriptor(NULL);
            int dial = super_tone_rx_add_tone(plan);
            super_tone_rx_add_element(plan, dial, 450, 950, 1000, 0);
            for (int i = 0; i < 3; i++) {
                int tone = super_tone_rx_add_tone(plan);
                super_tone_rx_add_element(plan, tone, 450, 0, on_off_ms[i][0] * 9 / 10, on_off_ms[i][0] * 11 / 10);
                super_tone_rx_add_element(plan, tone, 0, 0, on_off_ms[i][1] * 9 / 10, on_off_ms[i][1] * 11 / 10);
            }
            super_tone_rx_state_t *tones = super_tone_rx_init(NULL, plan, heard, NULL);
            dtmf_rx_state_t *digits = dtmf_rx_init(NULL, NULL, NULL);
            double began = now_ns();
            size_t blocks = 0;
            for (size_t at = 0; at + 160 <= samples; at += 160, blocks++) {
                dtmf_rx(digits, pcm + at, 160);
                super_tone_rx(tones, pcm + at, 160);
            }
            double spent = now_ns() - began;
            dtmf_rx_free(digits);
            super_tone_rx_free(tones);
            super_tone_rx_free_descriptor(plan);
            return spent / (double)blocks;
        }
        """,
        libraries=["spandsp"],
        extra_compile_args=["-O3", "-std=gnu11"],
    )
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        path = builder.compile(tmpdir=folder)
        spec = importlib.util.spec_from_file_location("_bench_spandsp", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module.ffi, module.lib


def main() -> None:
    recorded = recorded_calls_per_core()
    figures = {
        "recorded_calls_per_core": recorded,
        "share_of_detectors": share_of_detectors(recorded),
        **ticks(),
        "one_way_latency_ms": one_way_latency_ms(),
        "stepped_speed_20_calls": stepped_speed(),
    }
    for name, value in figures.items():
        print(f"{name:28} {value:.2f}" if isinstance(value, float) else f"{name:28} {value}")  # noqa: T201


if __name__ == "__main__":
    main()
