# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The far ends of the bench's pairs: what an exchange's line and a telephone do, as signalling bits on `cas` channels.

A polarity reversal has no bits and is felt by nobody.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable, Mapping

from drivers.dahdi.binding import lib
from drivers.dahdi.kernel import Channel, Kernel
from drivers.simulated import FarEnds
from drivers.simulated.subscriber import SubscriberLine, Terminal
from drivers.timers import Timers
from hil.kernel import spans
from hil.kernel.trace import Trace

NO_MORE_BURSTS_MS = 4_400
"""After a burst: the longest silence in a cadence of ours (4 s), and 10 % more."""


class PairEnd:
    """One far channel: the bits we send, and the bits that come."""

    def __init__(self, channel: Channel, port: int, trace: Trace) -> None:
        self.channel = channel
        self.hear: Callable[[int], None] = lambda bits: None
        self._port = port
        self._trace = trace
        self._heard = channel.rx_bits()

    def send(self, bits: int, what: str) -> None:
        self._trace.note(self._port, "far", what)
        self.channel.set_tx_bits(bits)

    def begin(self) -> None:
        """Take the pair as it is now."""
        self.hear(self._heard)

    def take_events(self) -> None:
        while self.channel.event() != lib.DAHDI_EVENT_NONE:
            bits = self.channel.rx_bits()
            if bits != self._heard:
                self._heard = bits
                self._trace.note(self._port, "far", f"sees {bits:04b}")
                self.hear(bits)


class LineEnd:
    """The exchange's end of a pair (`drivers.simulated.subscriber.Terminal`): the box is at the other."""

    def __init__(self, line: SubscriberLine, pair: PairEnd, now_s: Callable[[], float]) -> None:
        self._line = line
        self._pair = pair
        self._now_s = now_s
        pair.hear = self._hear
        line.terminal = self

    def feel_ring(self, on: bool) -> None:
        self._pair.send(spans.RINGING if on else spans.IDLE, "rings" if on else "burst over")

    def ring_ceased(self) -> None:
        pass  # a line that is not rung carries nothing

    def feel_polarity(self, reversed: bool) -> None:
        pass  # this pair has none (kernel.toml, lacks)

    def feel_loop(self, present: bool) -> None:
        self._pair.send(
            spans.IDLE if present else spans.LOOP_OPEN, "loop back" if present else "opens the loop"
        )

    def _hear(self, bits: int) -> None:
        self._line.set_loop(bool(bits & spans.A), self._now_s())


class PhoneEnd:
    """The telephone's end of a pair (`drivers.simulated.telephone.Jack`): an FXS port of the box is at the other."""

    def __init__(self, port: int, pair: PairEnd, timers: Timers) -> None:
        self.port = port
        self.telephone: Terminal | None = None
        self._pair = pair
        self._timers = timers
        self._lifted = False
        self._burst = False
        self._fed = True
        pair.hear = self._hear

    @property
    def being_rung(self) -> bool:
        return self._burst or "bell" in self._timers.running()

    def plugged(self, closed: bool) -> None:
        self.contact(closed, self._timers.now_s())

    def contact(self, closed: bool, at_s: float) -> None:
        self._lifted = closed
        if closed and "bell" in self._timers.running():  # in a burst the box takes the current away first
            self._timers.cancel("bell")
            self._over()
        self._pair.send(spans.OFF_HOOK if closed else spans.IDLE, "closes" if closed else "opens")

    def close(self) -> None:
        self._timers.clear()

    def _hear(self, bits: int) -> None:
        self._feel_loop(not bits & spans.A)
        self._feel_ring(not bits & spans.B)

    def _feel_loop(self, present: bool) -> None:
        if present != self._fed and self.telephone is not None:
            self._fed = present
            self.telephone.feel_loop(present)

    def _feel_ring(self, on: bool) -> None:
        if on == self._burst or self.telephone is None:
            return
        self._burst = on
        self.telephone.feel_ring(on)
        if on:
            self._timers.cancel("bell")
        elif self._lifted:
            self._over()
        else:
            self._timers.set("bell", NO_MORE_BURSTS_MS, self._over)

    def _over(self) -> None:
        """The bell has been still for longer than between two bursts."""
        if self.telephone is not None:
            self.telephone.ring_ceased()


class FarChannels:
    """All far ends of the bench, on their channels, with their sound.  channels: by port of the box."""

    def __init__(self, far_ends: FarEnds, channels: Mapping[int, int], trace: Trace) -> None:
        self._kernel = Kernel()
        self._loop = asyncio.get_running_loop()
        self._poll = select.epoll()
        self._pairs: dict[int, PairEnd] = {}
        self._phones: list[PhoneEnd] = []
        self._far_ends = far_ends
        for port, number in channels.items():
            pair = self._open(port, number, trace)
            if port in far_ends.lines:
                line = far_ends.lines[port]
                LineEnd(line, pair, self._loop.time)
                far_port = line.port
            else:
                phone = PhoneEnd(port, pair, Timers(self._loop))
                self._phones.append(phone)
                far_port = far_ends.plug_desk(phone).port
            far_ends.media.open_channel(far_port, pair.channel.descriptor)
        self._loop.add_reader(self._poll.fileno(), self._take_events)

    def close(self) -> None:
        self._loop.remove_reader(self._poll.fileno())
        for phone in self._phones:
            phone.close()
        for pair in self._pairs.values():
            pair.channel.close()
        self._poll.close()
        self._kernel.close()

    def _open(self, port: int, number: int, trace: Trace) -> PairEnd:
        channel = self._kernel.open(number)
        channel.set_alaw()
        channel.set_buffers(self._far_ends.media.tick_samples)
        channel.set_tx_bits(spans.IDLE)
        channel.flush()
        self._poll.register(channel.descriptor, select.EPOLLPRI)
        pair = self._pairs[channel.descriptor] = PairEnd(channel, port, trace)
        return pair

    def _take_events(self) -> None:
        for descriptor, _ in self._poll.poll(0):
            self._pairs[descriptor].take_events()
