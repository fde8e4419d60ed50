# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Ports on a device that gives and takes A-law by blocks: late, early, silent, gone; here it is a pair of sockets."""

from __future__ import annotations

import errno
import os
import socket
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dsp.engine import Engine, step
from dsp.errors import MediaError
from dsp.media_off import MediaOff
from dsp.vocabulary import Detector, Play, PortFailed, SetBridge, SetDetectors, StopPlay
from tests.media_pair import alaw_of

TICK_SAMPLES = 16
SILENCE = alaw_of([0])
LOUD = alaw_of([8_000])
WINDOW_TICKS = 4_000 // TICK_SAMPLES  # how long a level must stay before it is cut


class Device:
    """One channel of a card: what it gives and takes in each of its own blocks."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)

    def join(self, engine: Engine) -> None:
        engine.open_channel(self.port, self._ours.fileno())

    def gives(self, *codes: bytes) -> None:
        for code in codes:
            self._theirs.send(code * TICK_SAMPLES)

    def takes(self) -> list[bytes]:
        """The blocks written since the last time; an even one as its code."""
        try:
            written = self._theirs.recv(1 << 16)
        except BlockingIOError:
            return []
        blocks = [written[at : at + TICK_SAMPLES] for at in range(0, len(written), TICK_SAMPLES)]
        return [block[:1] if block == block[:1] * TICK_SAMPLES else block for block in blocks]

    def vanishes(self) -> None:
        self._theirs.close()

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()


Plug = Callable[[int], Device]


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(3, TICK_SAMPLES) as opened:
        yield opened


@pytest.fixture
def plug(engine: Engine) -> Iterator[Plug]:
    """Puts a device on a port."""
    devices: list[Device] = []

    def put_in(port: int) -> Device:
        devices.append(Device(port))
        devices[-1].join(engine)
        return devices[-1]

    yield put_in
    for device in devices:
        device.close()


def run(engine: Engine, ticks: int = 1) -> None:
    step([engine], engine.now_samples() + ticks * TICK_SAMPLES)


def heard(engine: Engine, port: int, ticks: int) -> list[bytes]:
    """What the port heard in the last ticks, block by block."""
    far, _ = engine.history(port)
    far = far[-ticks * TICK_SAMPLES :]
    return [far[at : at + 1] for at in range(0, len(far), TICK_SAMPLES)]


def test_what_the_device_gives_is_heard_block_by_block(engine: Engine, plug: Plug) -> None:
    device = plug(1)
    for level in (1_000, 2_000, 4_000):
        device.gives(alaw_of([level]))
        run(engine)
    assert heard(engine, 1, 3) == [alaw_of([level]) for level in (1_000, 2_000, 4_000)]
    counters = engine.counters(1)
    assert (counters.received, counters.filled, counters.discarded) == (48, 0, 0)


def test_a_channel_is_not_late_before_it_has_given_anything(engine: Engine, plug: Plug) -> None:
    plug(1)
    run(engine, 5)
    assert engine.counters(1).filled == 0


def test_a_missing_block_is_filled_in_and_the_one_that_comes_late_is_still_heard(
    engine: Engine, plug: Plug
) -> None:
    device = plug(1)
    device.gives(LOUD)
    run(engine, 2)
    device.gives(LOUD, LOUD)
    run(engine, 2)
    assert heard(engine, 1, 4) == [LOUD, SILENCE, LOUD, LOUD]
    counters = engine.counters(1)
    assert (counters.filled, counters.discarded) == (TICK_SAMPLES, 0)


def test_a_lag_that_stays_for_half_a_second_is_cut_by_a_block(engine: Engine, plug: Plug) -> None:
    device = plug(1)
    device.gives(LOUD, LOUD)
    for _ in range(WINDOW_TICKS + 1):
        run(engine)
        device.gives(LOUD)
    assert engine.counters(1).discarded == TICK_SAMPLES
    run(engine, 2)
    assert engine.counters(1).filled == TICK_SAMPLES, "nothing more is behind"


def test_the_first_block_sent_has_one_of_silence_before_it(engine: Engine, plug: Plug) -> None:
    device = plug(1)
    engine.submit([Play(1, (engine.load_sound(LOUD * TICK_SAMPLES),), 1, loop=True)])
    device.gives(SILENCE)
    run(engine)
    assert device.takes() == [SILENCE, LOUD]
    for _ in range(5):
        device.gives(SILENCE)
        run(engine)
        assert device.takes() == [LOUD]
    assert engine.counters(1).starved == 0


def test_silence_is_not_written(engine: Engine, plug: Plug) -> None:
    device = plug(1)
    for _ in range(3):
        device.gives(SILENCE)
        run(engine)
    assert device.takes() == []


def test_a_device_that_ran_dry_gets_its_cushion_again_and_is_counted(engine: Engine, plug: Plug) -> None:
    device = plug(1)
    engine.submit([Play(1, (engine.load_sound(LOUD * TICK_SAMPLES),), 1, loop=True)])
    run(engine)
    assert device.takes() == [SILENCE, LOUD]
    device.gives(*[SILENCE] * 4)  # it has consumed four blocks and got two
    run(engine)
    assert device.takes() == [SILENCE, LOUD]
    assert engine.counters(1).starved == TICK_SAMPLES


def test_a_device_is_never_given_more_than_it_can_send_soon(engine: Engine, plug: Plug) -> None:
    device = plug(1)
    engine.submit([Play(1, (engine.load_sound(LOUD * TICK_SAMPLES),), 1, loop=True)])
    run(engine, 10)  # and it consumes nothing meanwhile
    assert device.takes() == [SILENCE, *[LOUD] * 5]
    assert engine.counters(1).unsent == 5 * TICK_SAMPLES


def test_a_device_that_gives_and_takes_several_blocks_at_once_loses_none(engine: Engine, plug: Plug) -> None:
    device = plug(1)
    engine.submit([Play(1, (engine.load_sound(LOUD * TICK_SAMPLES),), 1, loop=True)])
    for blocks in (3, 2) * WINDOW_TICKS:
        device.gives(*[SILENCE] * blocks)
        run(engine, blocks)
        device.takes()
    counters = engine.counters(1)
    assert (counters.filled, counters.starved, counters.unsent) == (0, 0, 0)


def test_what_is_too_far_ahead_for_half_a_second_is_made_up_for(engine: Engine, plug: Plug) -> None:
    device = plug(1)
    engine.submit([Play(1, (engine.load_sound(LOUD * TICK_SAMPLES),), 1, loop=True)])
    run(engine, 4)  # four ticks in which it consumed nothing, as after a stall of ours
    ahead = len(device.takes())
    for _ in range(2 * WINDOW_TICKS):
        device.gives(SILENCE)
        run(engine)
        ahead += len(device.takes()) - 1
    assert ahead == 2, "the one that is heard, and one"


def test_two_channels_in_a_bridge_hear_each_other_in_the_same_tick(engine: Engine, plug: Plug) -> None:
    one, two = plug(1), plug(2)
    engine.submit([SetBridge(1, (1, 2))])
    one.gives(LOUD)
    two.gives(SILENCE)
    run(engine)
    assert two.takes() == [SILENCE, LOUD]
    assert one.takes() == []


def test_a_channel_that_vanishes_says_so_once_and_takes_nobody_with_it(engine: Engine, plug: Plug) -> None:
    gone, other = plug(1), plug(2)
    sound = engine.load_sound(LOUD * TICK_SAMPLES)
    engine.submit([Play(1, (sound,), 1, loop=True), Play(2, (sound,), 2, loop=True)])
    for device in (gone, other):
        device.gives(LOUD)
    run(engine)
    gone.takes()
    gone.vanishes()
    failed = []
    for _ in range(3):
        other.gives(LOUD)
        run(engine)
        failed += [event for event in engine.poll() if isinstance(event, PortFailed)]
    assert [(event.port, event.error) for event in failed] == [(1, errno.EPIPE)]
    assert heard(engine, 2, 3) == [LOUD] * 3
    assert engine.counters(2).filled == 0


def test_a_port_on_which_nothing_goes_on_is_not_read_and_begins_with_what_is_new(
    engine: Engine, plug: Plug
) -> None:
    beat, idle = plug(1), plug(2)
    old, new = alaw_of([500]), alaw_of([4_000])
    for _ in range(5):
        beat.gives(LOUD)
        idle.gives(old)
        run(engine)
    engine.submit([SetDetectors(2, Detector.LEVEL)])
    for _ in range(3):
        beat.gives(LOUD)
        idle.gives(new)
        run(engine)
    assert heard(engine, 2, 3) == [SILENCE, new, new]
    counters = engine.counters(2)
    assert (counters.filled, counters.discarded) == (0, 0)


def test_a_device_of_linear_samples_is_given_and_gives_those(engine: Engine) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for end in (ours, theirs):
            end.setblocking(False)
        engine.open_channel(1, ours.fileno(), linear=True)
        sound = engine.load_sound(LOUD * TICK_SAMPLES)
        engine.submit([Play(1, (sound,), 1)])
        theirs.send(array("h", [5_000] * TICK_SAMPLES).tobytes())
        run(engine)
        assert heard(engine, 1, 1) == [alaw_of([5_000])]
        written = array("h", theirs.recv(1_000))
        assert list(written[:TICK_SAMPLES]) == [0] * TICK_SAMPLES
        assert {alaw_of([sample]) for sample in written[TICK_SAMPLES:]} == {LOUD}
        assert len(written) == 2 * TICK_SAMPLES
        engine.unwire(1)
        run(engine)


def test_a_port_takes_another_channel_after_the_first_is_parted(engine: Engine, plug: Plug) -> None:
    first = plug(1)
    with pytest.raises(MediaError) as refused:
        plug(1)
    assert refused.value.errno == errno.EBUSY
    first.gives(LOUD)
    run(engine)
    engine.unwire(1)
    run(engine)
    second = plug(1)
    second.gives(alaw_of([500]))
    run(engine)
    assert heard(engine, 1, 1) == [alaw_of([500])]


def test_the_engines_duplicate_is_closed_some_ticks_after_the_channel_is_parted(
    engine: Engine, plug: Plug
) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = descriptors()
    device = plug(1)
    engine.unwire(1)
    run(engine)
    engine.submit([StopPlay(1)])  # what is used up is collected
    device.close()
    assert descriptors() == before


def test_a_descriptor_that_is_none_is_refused(engine: Engine) -> None:
    read, write = os.pipe()
    os.close(read)
    os.close(write)
    with pytest.raises(MediaError) as refused:
        engine.open_channel(1, read)
    assert refused.value.errno == errno.EBADF
    engine.open_stream(1).close()  # the port is as free as before


def test_an_engine_without_samples_takes_no_channel() -> None:
    with MediaOff(1, TICK_SAMPLES) as engine, pytest.raises(MediaError) as refused:
        engine.open_channel(1, 0)
    assert refused.value.errno == errno.ENOTSUP
