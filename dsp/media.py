# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What every media engine offers: `dsp.engine` (real samples, in C) and `dsp.media_off` (events only).

Both are opened with the same arguments and judged by the same scenarios.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dsp.vocabulary import MediaCommand, MediaEvent


@dataclass(frozen=True, slots=True)
class LineModel:
    """What a pair of copper does to sound on its way, each direction alike.

    echo_return_db: hybrid echo back into the sender's own ear (None: none).  noise_dbm0: white noise added
    (None: none).  seed: of that noise.
    """

    loss_db: float = 0.0
    echo_return_db: float | None = None
    noise_dbm0: float | None = None
    seed: int = 1


CLEAR_LINE = LineModel()


@dataclass(frozen=True, slots=True)
class PortCounters:
    """Since the port was opened, in samples.

    filled: did not come in time.  discarded: came, and was too late to be heard.  starved: the card had nothing of ours
    left to send.  unsent: the card had too much of ours left.
    """

    received: int
    filled: int
    discarded: int
    starved: int = 0
    unsent: int = 0


@dataclass(frozen=True, slots=True)
class EngineStatistics:
    """Thread times in nanoseconds; tick times in microseconds, of the last 60,000 ticks."""

    media_thread_ns: int
    writer_thread_ns: int
    ticks: int
    tick_p999_us: float
    late_p999_us: float
    scheduling: str  # "fifo" or "other"
    memory_locked: bool
    events_lost: int


class Stream(Protocol):
    """The other end of a port that has no card: two bounded rings of 16-bit linear samples at 8 kHz."""

    def write(self, pcm: bytes) -> int:
        """Give audio to the port; returns how many samples fitted."""
        ...

    def read(self, samples_max: int) -> bytes:
        """Take the audio the port sent, at most `samples_max` samples."""
        ...

    def close(self) -> None: ...


class Media(Protocol):
    """One engine: ports, bridges, players, senders, detectors, recorders; one thread (or none, when stepped)."""

    tick_samples: int

    def submit(self, commands: Sequence[MediaCommand]) -> None:
        """Apply a batch, whole, in one tick.  Raises MediaError where the batch does not fit the ring (ENOBUFS),
        names an unknown sound (ENOENT) or a port beyond the engine's (EINVAL); then nothing of it is applied."""
        ...

    def poll(self) -> list[MediaEvent]:
        """The events since the last poll, oldest first; never blocks."""
        ...

    def fileno(self) -> int:
        """An eventfd, readable while events wait (real-time engines only)."""
        ...

    def now_samples(self) -> int: ...

    def load_sound(self, alaw: bytes) -> int:
        """Keep a sound in memory (8 kHz A-law) and return its handle."""
        ...

    def free_sound(self, sound: int) -> None:
        """Forget a sound; a play that still uses it goes on to its end."""
        ...

    def wire(self, port: int, other: Media, other_port: int, line: LineModel = CLEAR_LINE) -> None:
        """Join a port to a port of another engine (or of this one): each hears the other through `line`.

        Both engines must have one tick length.  Raises MediaError(EBUSY) where either is joined already."""
        ...

    def unwire(self, port: int) -> None:
        """Part a port from what it is joined to, whatever that is."""
        ...

    def open_channel(self, port: int, descriptor: int, *, linear: bool = False) -> None:
        """Join a port to a card's channel: a descriptor that does not block, gives and takes A-law by blocks of a tick.

        linear: 16-bit samples instead.
        The engine keeps a duplicate of its own, closed some ticks after `unwire`.  A channel that fails says so once
        (`PortFailed`) and is silent from then on.  Raises MediaError(EBUSY) where the port is joined already."""
        ...

    def open_stream(self, port: int) -> Stream:
        """Join a port to this process instead of a card."""
        ...

    def counters(self, port: int) -> PortCounters: ...

    def history(self, port: int) -> tuple[bytes, bytes]:
        """The last 8 s of a port as A-law: (what the line sent us, what we sent it)."""
        ...

    def statistics(self) -> EngineStatistics: ...

    def start(self) -> None:
        """Run by a timer from now on, in a thread of its own."""
        ...

    def close(self) -> None:
        """Stop the thread, close every recording (headers right), free everything."""
        ...


class Stepper(Protocol):
    """Steps engines that are wired to each other, tick by tick together."""

    def __call__(self, engines: Sequence[Media], until_sample: int) -> int:
        """Step all engines to `until_sample` or to the end of the first tick in which one of them has an event
        waiting; returns the sample reached.  Recordings are drained before it returns."""
        ...


OpenMedia = Callable[[int, int], Media]
"""open_media(ports, tick_samples): an engine with ports 1..ports.  Not yet started."""
