# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What `bench_dahdi` measures inside the bench's kernel: the engine on real DAHDI channels, alone.

Run there as `python -m tests.bench.dahdi_inside WHAT FOLDER ...`; what was measured is written to FOLDER.  The channels
are those of `bench_dahdi.configuration`: the first half is the box's, each one's far end half of all further on.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import select
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median

from drivers.dahdi.binding import lib
from drivers.dahdi.kernel import Channel, Kernel
from dsp.engine import Engine
from dsp.vocabulary import Detector, Record, SetBridge, SetDetectors
from tests.bench.bench_dahdi import BEGIN, END, FIGURES, SMALL_TICK_SAMPLES, TALK

DETECTORS = Detector.DIGITS | Detector.TONES
FED_SAMPLES = 4_000  # in one write: a far end that talks costs next to nothing
FEED_EVERY_S = 0.25
SETTLE_S = 2.0
ACCOUNT_WITHIN_S = 30.0
TOLD_EVERY_TICKS = 64  # dsp/csrc/run.c
BLOCK_SAMPLES = 16  # the least DAHDI takes
CLICK = 0x2A ^ 0x80  # A-law, loud and positive
CLICK_EVERY_BLOCKS = 40
DAHDI_LOOPBACK = 0x4004DA3A  # dahdi/user.h: _IOW(DAHDI_CODE, 58, int)


class FarEnds:
    """The far ends of some channels, which talk without a pause."""

    def __init__(self, kernel: Kernel, numbers: Sequence[int], talk: bytes) -> None:
        self._talk = talk + talk[:FED_SAMPLES]
        self._period = len(talk)
        self._channels = [_opened(kernel, number, FED_SAMPLES) for number in numbers]
        self._at = [place * 7_919 % self._period for place in range(len(numbers))]

    def feed(self) -> None:
        """As much as there is room for: two seconds and more."""
        for place, channel in enumerate(self._channels):
            while True:
                at = self._at[place]
                try:
                    os.write(channel.descriptor, self._talk[at : at + FED_SAMPLES])
                except BlockingIOError:
                    break
                self._at[place] = (at + FED_SAMPLES) % self._period

    def close(self) -> None:
        for channel in self._channels:
            channel.close()


def _opened(kernel: Kernel, number: int, block_samples: int) -> Channel:
    channel = kernel.open(number)
    channel.set_alaw()
    channel.set_buffers(block_samples)
    channel.flush(events=True)
    return channel


class Events:
    """Takes what the box's channels have to say: no sound moves on one whose event has not been read."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._channels = {channel.descriptor: channel for channel in channels}
        self._poll = select.poll()
        for descriptor in self._channels:
            self._poll.register(descriptor, select.POLLPRI)

    def take(self) -> None:
        for descriptor, _ in self._poll.poll(0):
            while self._channels[descriptor].event() != lib.DAHDI_EVENT_NONE:
                pass


@contextmanager
def _box(kernel: Kernel, numbers: Sequence[int], tick_samples: int) -> Iterator[tuple[Engine, Events]]:
    """An engine on these channels, each two of them in a bridge."""
    with ExitStack() as stack:
        engine = stack.enter_context(Engine(len(numbers), tick_samples))
        channels = [stack.enter_context(closing(_opened(kernel, number, tick_samples))) for number in numbers]
        for port, channel in enumerate(channels, 1):
            engine.open_channel(port, channel.descriptor)
        engine.submit([SetBridge(pair, (2 * pair + 1, 2 * pair + 2)) for pair in range(len(numbers) // 2)])
        yield engine, Events(channels)


def _pass(engine: Engine, events: Events, far_ends: FarEnds, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    while (left_s := until_s - time.monotonic()) > 0:
        far_ends.feed()
        events.take()
        engine.poll()
        time.sleep(min(left_s, FEED_EVERY_S))


def calls_up(channels: int, tick_samples: int, seconds: float, folder: Path) -> dict[str, float]:
    """All in pairs, recorded, listened to; both threads' time by this kernel's accounts, in percent of a core."""
    numbers = range(1, channels + 1)
    with (
        closing(Kernel()) as kernel,
        closing(
            FarEnds(kernel, [channels + each for each in numbers], (folder / TALK).read_bytes())
        ) as far_ends,
        _box(kernel, numbers, tick_samples) as (engine, events),
    ):
        for port in numbers:
            descriptor = os.open(f"/tmp/{port}.wav", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            engine.submit([SetDetectors(port, DETECTORS), Record(port, descriptor, port)])
        far_ends.feed()
        engine.start()
        _pass(engine, events, far_ends, SETTLE_S)
        lost, (before_ns, from_sample) = _lost_samples(engine, channels), _account(engine, events, far_ends)
        filled_before = [engine.counters(port).filled for port in numbers]
        _tell(BEGIN)
        _pass(engine, events, far_ends, seconds)
        after_ns, to_sample = _account(engine, events, far_ends)
        _tell(END)
        passed_s = (to_sample - from_sample) / 8000
        lost = _lost_samples(engine, channels) - lost
        filled = max(
            engine.counters(port).filled - before for port, before in zip(numbers, filled_before, strict=True)
        )
    if filled > passed_s * 8000 / 2:
        raise ValueError(f"{filled} samples of a channel did not come in {passed_s:.0f} s: not all are up")
    return {
        "percent": 100 * (after_ns - before_ns) / 1e9 / passed_s,
        "passed_s": passed_s,
        "lost_blocks": lost / tick_samples,
        "ports": float(channels),
    }


def _tell(what: str) -> None:
    sys.stdout.write(what + "\n")
    sys.stdout.flush()


def _account(engine: Engine, events: Events, far_ends: FarEnds) -> tuple[int, int]:
    """Nanoseconds that the engine's threads have spent, and the sample, when the media thread tells its own: once in
    64 ticks.  Where time jumps nothing takes any."""
    told = engine.statistics().ticks // TOLD_EVERY_TICKS
    until_s = time.monotonic() + ACCOUNT_WITHIN_S
    while engine.statistics().ticks // TOLD_EVERY_TICKS == told:
        if time.monotonic() > until_s:
            raise TimeoutError("the media thread does not go on")
        _pass(engine, events, far_ends, 0.002)
    now = engine.statistics()
    return now.media_thread_ns + now.writer_thread_ns, engine.now_samples()


def _lost_samples(engine: Engine, ports: int) -> int:
    counters = [engine.counters(port) for port in range(1, ports + 1)]
    return sum(each.filled + each.discarded + each.starved + each.unsent for each in counters)


def one_way(channels: int, clicks: int, folder: Path) -> dict[str, float]:
    """A click from an FXS port's telephone to the exchange behind an FXO port, and by the driver's loop back to itself.

    The box's first half of channels are FXO.  Both in milliseconds by the card's own clock: the blocks that the
    hearing end reads, one each millisecond.
    """
    fxo = channels // 2
    numbers = [each for pair in range(fxo) for each in (fxo + pair + 1, pair + 1)]
    talk = (folder / TALK).read_bytes()
    with closing(Kernel()) as kernel:
        telephone = _opened(kernel, channels + fxo + 1, BLOCK_SAMPLES)
        exchange = _opened(kernel, channels + 1, BLOCK_SAMPLES)
        with closing(telephone), closing(exchange):
            others = [channels + each for each in range(1, channels + 1) if each not in (1, fxo + 1)]
            with (
                closing(FarEnds(kernel, others, talk)) as far_ends,
                _box(kernel, numbers, SMALL_TICK_SAMPLES) as (engine, events),
            ):
                far_ends.feed()
                engine.start()
                _pass(engine, events, far_ends, SETTLE_S)
                through = _delays_ms(telephone, exchange, clicks, far_ends)
            with closing(_opened(kernel, fxo + 1, BLOCK_SAMPLES)) as port:
                fcntl.ioctl(port.descriptor, DAHDI_LOOPBACK, struct.pack("i", 1))
                looped = _delays_ms(telephone, telephone, clicks, None)
    return {
        "through_ms": median(through),
        "through_worst_ms": max(through),
        "looped_ms": median(looped),
        "clicks": float(len(through)),
    }


def _delays_ms(teller: Channel, hearer: Channel, clicks: int, far_ends: FarEnds | None) -> list[float]:
    """Of each click that was heard, from the end of the chunk in which it was written."""
    wake = select.poll()
    wake.register(hearer.descriptor, select.POLLIN)
    teller.flush()
    hearer.flush()
    delays: list[float] = []
    for _ in range(clicks):
        if far_ends is not None:
            far_ends.feed()
        _drain(hearer)
        _await(wake)
        _drain(hearer)
        os.write(teller.descriptor, bytes([CLICK]) * BLOCK_SAMPLES)
        at_block = 0
        heard_ms = None
        while at_block < CLICK_EVERY_BLOCKS:
            _await(wake)
            block = os.read(hearer.descriptor, BLOCK_SAMPLES)
            loud = next((place for place, code in enumerate(block) if code == CLICK), None)
            if heard_ms is None and loud is not None:
                heard_ms = (at_block * BLOCK_SAMPLES + loud) / 8
            at_block += 1
        if heard_ms is not None:
            delays.append(heard_ms)
    if not delays:
        raise ValueError("not one click was heard")
    return delays


def _await(wake: select.poll) -> None:
    if not wake.poll(1000):
        raise TimeoutError("a channel gives nothing")


def _drain(channel: Channel) -> None:
    while True:
        try:
            os.read(channel.descriptor, BLOCK_SAMPLES)
        except BlockingIOError:
            return


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.dahdi_inside")
    parser.add_argument("what", choices=("calls_up", "one_way"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--channels", type=int, required=True)
    parser.add_argument("--tick-samples", type=int, default=SMALL_TICK_SAMPLES)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--clicks", type=int, default=50)
    given = parser.parse_args()
    if given.what == "calls_up":
        figures = calls_up(given.channels, given.tick_samples, given.seconds, given.folder)
    else:
        figures = one_way(given.channels, given.clicks, given.folder)
    (given.folder / FIGURES).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
