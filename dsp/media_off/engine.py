# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The engine without samples: ports, commands in, events out."""

from __future__ import annotations

import errno
import heapq
from collections.abc import Sequence
from itertools import count
from types import TracebackType
from typing import Self

from dsp.errors import MediaError
from dsp.media import CLEAR_LINE, EngineStatistics, LineModel, Media, PortCounters
from dsp.media_off import commands
from dsp.media_off.agenda import Agenda
from dsp.media_off.port import Bridge, Port
from dsp.media_off.sounds import Sound, measured
from dsp.media_off.stream import StreamOff
from dsp.vocabulary import SAMPLE_RATE_HZ, MediaCommand, MediaEvent

_HISTORY_SAMPLES = 8 * SAMPLE_RATE_HZ
_SILENCE = b"\xd5"


class MediaOff:
    """`dsp.media.Media` without samples; to be stepped."""

    def __init__(self, ports: int, tick_samples: int) -> None:
        self.tick_samples = tick_samples
        self.agenda = Agenda()
        self.now = 0
        self.ports = {number: Port(self, number) for number in range(1, ports + 1)}
        self.bridges: dict[int, Bridge] = {}
        self.sounds: dict[int, Sound] = {}
        self._handles = count(1)
        self._inbox: list[commands.Applied] = []
        self._known: list[tuple[int, int, MediaEvent]] = []  # a heap: when it is known, in which order, what
        self._order = count()
        self._events: list[MediaEvent] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- dsp.media.Media ---

    def submit(self, commands_: Sequence[MediaCommand]) -> None:
        self._inbox += [commands.ready(self, command) for command in commands_]

    def poll(self) -> list[MediaEvent]:
        events, self._events = self._events, []
        return events

    def fileno(self) -> int:
        raise MediaError(errno.ENOTSUP, "an engine without samples is stepped only")

    def now_samples(self) -> int:
        return self.now

    def load_sound(self, alaw: bytes) -> int:
        handle = next(self._handles)
        self.sounds[handle] = measured(alaw)
        return handle

    def free_sound(self, sound: int) -> None:
        if self.sounds.pop(sound, None) is None:
            raise MediaError(errno.ENOENT, f"sound {sound}")

    def wire(self, port: int, other: Media, other_port: int, line: LineModel = CLEAR_LINE) -> None:
        assert isinstance(other, MediaOff), "an engine without samples is wired to its like only"
        here, there = self._port(port), other._port(other_port)
        if here is there or self.tick_samples != other.tick_samples:
            raise MediaError(errno.EINVAL, f"wire from port {port} to port {other_port}")
        if here.joined or there.joined:
            raise MediaError(errno.EBUSY, f"wire from port {port} to port {other_port}")
        here.join(there, self.now)
        there.join(here, other.now)

    def unwire(self, port: int) -> None:
        here = self._port(port)
        if here.peer is not None:
            here.peer.part(here.peer.media.now)
        here.part(self.now)

    def open_channel(self, port: int, descriptor: int, *, linear: bool = False) -> None:
        raise MediaError(errno.ENOTSUP, "an engine without samples has nothing to give to a card")

    def open_stream(self, port: int) -> StreamOff:
        here = self._port(port)
        if here.joined:
            raise MediaError(errno.EBUSY, f"stream on port {port}")
        return StreamOff(here)

    def counters(self, port: int) -> PortCounters:
        return PortCounters(self.now if self._port(port).joined else 0, 0, 0)

    def history(self, port: int) -> tuple[bytes, bytes]:
        self._port(port)
        silence = _SILENCE * min(self.now, _HISTORY_SAMPLES)
        return silence, silence

    def statistics(self) -> EngineStatistics:
        ticks = self.now // self.tick_samples
        return EngineStatistics(0, 0, ticks, 0.0, 0.0, "other", memory_locked=False, events_lost=0)

    def start(self) -> None:
        raise MediaError(errno.ENOTSUP, "an engine without samples is stepped only")

    def close(self) -> None:
        """Ports of other engines are parted; nothing else is held."""
        for number in self.ports:
            self.unwire(number)

    # --- for its ports ---

    def end_of_tick(self, sample: int) -> int:
        """When the tick with this sample is over."""
        return -(-sample // self.tick_samples) * self.tick_samples

    def report(self, event: MediaEvent, known_at: int) -> None:
        """known_at: the sample that settles it; it is told at the end of that sample's tick."""
        told_at = max(self.end_of_tick(known_at), self.now + self.tick_samples)
        heapq.heappush(self._known, (told_at, next(self._order), event))

    def on_clock_of(self, other: MediaOff, sample: int) -> int:
        """Engines that are stepped together stand at the same moment, whatever their clocks say."""
        return sample - self.now + other.now

    def _port(self, number: int) -> Port:
        if number not in self.ports:
            raise MediaError(errno.EINVAL, f"port {number}")
        return self.ports[number]

    # --- for `step` ---

    def has_events(self) -> bool:
        return bool(self._events)

    def take_commands(self) -> None:
        inbox, self._inbox = self._inbox, []
        for apply in inbox:
            apply(self.now)

    def next_telling(self) -> int | None:
        return self._known[0][0] if self._known else None

    def tell_until(self, sample: int) -> None:
        """Time has come to `sample`: tell what is known by then."""
        self.now = sample
        while self._known and self._known[0][0] <= sample:
            self._events.append(heapq.heappop(self._known)[2])
