# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The media engine with real samples: the C of dsp/csrc behind `dsp.media.Media`.

Its functions belong to one thread (asyncio's); the engine's own threads are inside the C and never take the GIL.
"""

from __future__ import annotations

import errno
import math
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from dsp import engine_commands, engine_events, tones
from dsp._media import ffi, lib
from dsp.errors import MediaError
from dsp.media import CLEAR_LINE, EngineStatistics, LineModel, Media, PortCounters
from dsp.vocabulary import MediaCommand, MediaEvent, SetPort

if TYPE_CHECKING:
    from dsp._media import CData

HISTORY_SAMPLES = lib.MEDIA_HISTORY_MAX  # 8 s
HASHING_SINK = -1
"""In place of a recording's descriptor: the samples are counted and hashed, not kept."""

_POLL_EVENTS = 64


def _check(result: int, what: str) -> int:
    if result < 0:
        raise MediaError(-result, what)
    return result


class EngineStream:
    """Our end of a port that has no card."""

    def __init__(self, engine: Engine, port: int) -> None:
        out = ffi.new("struct media_stream **")
        _check(lib.media_stream_open(out, engine.pointer, port), f"stream on port {port}")
        self._stream = ffi.gc(out[0], lib.media_stream_close)

    def write(self, pcm: bytes) -> int:
        samples = ffi.from_buffer("int16_t[]", pcm)
        return lib.media_stream_write(self._stream, samples, len(samples))

    def read(self, samples_max: int) -> bytes:
        pcm = ffi.new("int16_t[]", samples_max)
        count = lib.media_stream_read(self._stream, pcm, samples_max)
        return bytes(ffi.buffer(pcm, 2 * count))

    def close(self) -> None:
        """Part the port from us.  A second time does nothing."""
        stream, self._stream = self._stream, None
        if stream is not None:
            ffi.release(stream)


class Engine:
    """An engine with ports 1..ports, to be started (real time) or stepped (`step`).

    history_samples: how much of every port is kept in memory; 0 for far ends that nobody asks.  Without it
    a digit that is the echo of what we send is not told from a key.
    """

    def __init__(self, ports: int, tick_samples: int, *, history_samples: int = HISTORY_SAMPLES) -> None:
        out = ffi.new("struct media **")
        what = f"engine of {ports} ports, {tick_samples} samples a tick"
        _check(lib.media_open(out, ports, tick_samples, history_samples), what)
        self.pointer = ffi.gc(out[0], lib.media_close)
        self.tick_samples = tick_samples
        self._events = ffi.new(f"struct media_event[{_POLL_EVENTS}]")
        self._plans: dict[str, int] = {}
        self._countries: dict[int, str] = {}
        self.submit([SetPort(port) for port in range(1, ports + 1)])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit(self, commands: Sequence[MediaCommand]) -> None:
        out = ffi.new("struct media_batch **")
        _check(lib.media_batch_open(out, self.pointer), "batch")
        batch = out[0]
        try:
            for command in commands:
                engine_commands.write(batch, command, self)
            _check(lib.media_submit(batch), f"batch of {len(commands)} commands")
        except BaseException:
            lib.media_batch_close(batch)
            raise
        for command in commands:
            if isinstance(command, SetPort):
                self._countries[command.port] = command.country

    def poll(self) -> list[MediaEvent]:
        found: list[MediaEvent] = []
        while True:
            count = _check(lib.media_poll(self.pointer, self._events, _POLL_EVENTS), "poll")
            for event in self._events[0:count]:
                found.append(engine_events.read(event, self.country_of(event.port)))  # noqa: PERF401
            if count < _POLL_EVENTS:
                return found

    def fileno(self) -> int:
        return lib.media_event_fd(self.pointer)

    def now_samples(self) -> int:
        return lib.media_now(self.pointer)

    def load_sound(self, alaw: bytes) -> int:
        return _check(
            lib.media_load_sound(self.pointer, ffi.from_buffer("uint8_t[]", alaw), len(alaw)), "sound"
        )

    def free_sound(self, sound: int) -> None:
        _check(lib.media_free_sound(self.pointer, sound), f"sound {sound}")

    def wire(self, port: int, other: Media, other_port: int, line: LineModel = CLEAR_LINE) -> None:
        assert isinstance(other, Engine), "an engine with samples is wired to its like only"
        model = ffi.new("struct media_line *")
        model.loss_db = line.loss_db
        model.echo_return_db = math.nan if line.echo_return_db is None else line.echo_return_db
        model.noise_dbm0 = math.nan if line.noise_dbm0 is None else line.noise_dbm0
        model.seed = line.seed & 0xFFFFFFFF
        result = lib.media_wire(self.pointer, port, other.pointer, other_port, model)
        _check(result, f"wire from port {port} to port {other_port}")

    def unwire(self, port: int) -> None:
        _check(lib.media_unwire(self.pointer, port), f"wire at port {port}")

    def open_stream(self, port: int) -> EngineStream:
        return EngineStream(self, port)

    def open_channel(self, port: int, descriptor: int, *, linear: bool = False) -> None:
        result = lib.media_channel_open(self.pointer, port, descriptor, linear)
        _check(result, f"channel on port {port}")

    def counters(self, port: int) -> PortCounters:
        out = ffi.new("struct media_counters *")
        _check(lib.media_port_counters(self.pointer, port, out), f"counters of port {port}")
        return PortCounters(out.received, out.filled, out.discarded, out.starved, out.unsent)

    def history(self, port: int) -> tuple[bytes, bytes]:
        far = ffi.new("uint8_t[]", HISTORY_SAMPLES)
        near = ffi.new("uint8_t[]", HISTORY_SAMPLES)
        result = lib.media_history(self.pointer, port, far, near, HISTORY_SAMPLES)
        count = _check(result, f"history of port {port}")
        return bytes(ffi.buffer(far, count)), bytes(ffi.buffer(near, count))

    def statistics(self) -> EngineStatistics:
        out = self._statistics()
        return EngineStatistics(
            media_thread_ns=out.media_thread_ns,
            writer_thread_ns=out.writer_thread_ns,
            ticks=out.ticks,
            tick_p999_us=out.tick_p999_us,
            late_p999_us=out.late_p999_us,
            scheduling="fifo" if out.fifo else "other",
            memory_locked=bool(out.memory_locked),
            events_lost=out.events_lost,
        )

    def sink_hash(self) -> int:
        """Of everything that closed hashing sinks have taken; the same for the same samples."""
        return int(self._statistics().sink_hash)

    def start(self) -> None:
        _check(lib.media_start(self.pointer), "start")

    def close(self) -> None:
        pointer, self.pointer = self.pointer, None
        if pointer is not None:
            ffi.release(pointer)

    def plan_of(self, country: str) -> int:
        """The handle of a country's tone plan.  Raises MediaError(ENOENT) for a country we have none of."""
        if country not in self._plans:
            steps = tones.steps(country)
            if not steps:
                raise MediaError(errno.ENOENT, f"tone plan of country {country!r}")
            result = lib.media_load_plan(self.pointer, steps, len(steps))
            self._plans[country] = _check(result, f"tone plan of country {country}")
        return self._plans[country]

    def country_of(self, port: int) -> str:
        return self._countries.get(port, tones.DEFAULT_COUNTRY)

    def _statistics(self) -> CData:
        out = ffi.new("struct media_statistics *")
        lib.media_take_statistics(self.pointer, out)
        return out


def step(engines: Sequence[Media], until_sample: int) -> int:
    """`dsp.media.Stepper` for engines of this kind."""
    pointers = [engine.pointer for engine in engines if isinstance(engine, Engine)]
    assert len(pointers) == len(engines), "engines with samples are stepped with their like only"
    return _check(lib.media_step(pointers, len(pointers), until_sample), "step")
