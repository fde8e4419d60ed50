# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""All analog channels of DAHDI as one card.

A channel that can't be had (gone, busy, misconfigured) puts its own port out of service and is tried again every
second; the card opens as long as one can be had.  Which echo canceller a channel has is system.conf's to say; gains
are the engine's (`dsp.vocabulary.SetPort`), and DAHDI's own tables stay flat.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import select
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from drivers.dahdi import troubles
from drivers.dahdi.kernel import Kernel, SpanInfo
from drivers.dahdi.line import Line, Tuning
from drivers.dahdi.signalling import KIND_OF_SIGNALLING
from drivers.dahdi.station import StationLine
from drivers.dahdi.trunk import TrunkLine
from drivers.port import CardAct, CardError, CardFact, PortBits, PortInfo, PortKind
from drivers.timers import Timers
from dsp.media import Media

log = logging.getLogger(__name__)

AGAIN_S = 1.0
DEFAULT_TAPS = 128  # 16 ms: an analog line's echo comes from its own hybrid


@dataclass(frozen=True)
class Channels:
    """Which channels are the box's, in the order of its ports: the FXO ports first, as 1 and on."""

    fxo: tuple[int, ...]
    fxs: tuple[int, ...]


def find_channels(kernel: Kernel) -> Channels:
    """Every channel that is configured for an analog line."""
    fxo, fxs = [], []
    for params in kernel.channels():
        kind = KIND_OF_SIGNALLING.get(params.signalling)
        if kind is PortKind.FXO:
            fxo.append(params.channel)
        elif kind is PortKind.FXS:
            fxs.append(params.channel)
    return Channels(tuple(fxo), tuple(fxs))


def open_kernel() -> Kernel:
    """Raises CardError, saying what is missing: DAHDI, its module, or our rights."""
    try:
        return Kernel()
    except OSError as error:
        raise troubles.no_control(error) from error


class DahdiCard:
    """Made on the loop's thread.  channels: those that are found, where not given.

    Raises CardError where there is no DAHDI or no channel at all.
    """

    name = "dahdi"

    def __init__(
        self,
        kernel: Kernel | None = None,
        channels: Channels | None = None,
        *,
        echo_taps: int = DEFAULT_TAPS,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._kernel = kernel or open_kernel()
        self._loop = loop or asyncio.get_running_loop()
        self._echo_taps = echo_taps
        self._tuning = Tuning(0)
        self._media: Media | None = None
        self._deliver: Callable[[CardFact], None] | None = None
        self._untold: deque[CardFact] = deque()
        self._again: asyncio.TimerHandle | None = None
        self._poll = select.epoll()
        self._by_descriptor: dict[int, Line] = {}
        chosen = channels or find_channels(self._kernel)
        if not chosen.fxo and not chosen.fxs:
            raise troubles.none_configured(self._kernel.devices, self._kernel.channels())
        self._lines: dict[int, Line] = {}
        for port, number in enumerate(chosen.fxo, 1):
            self._lines[port] = TrunkLine(port, number, Timers(self._loop), self.report)
        for port, number in enumerate(chosen.fxs, 1 + len(chosen.fxo)):
            self._lines[port] = StationLine(port, number, Timers(self._loop), self.report)

    # --- the card (`drivers.port.Card`) ---

    @property
    def ports(self) -> tuple[PortInfo, ...]:
        return tuple(line.info for line in self._lines.values())

    def attach(self, media: Media) -> None:
        """Open every channel and join it to the engine's port.  Raises CardError when not one can be had."""
        self._media = media
        self._tuning = Tuning(media.tick_samples, self._echo_taps)
        self._log_kernel()
        refused = [error for line in self._lines.values() if (error := self._connect(line)) is not None]
        for error in refused:
            log.error("%s", error)
        if len(refused) == len(self._lines):
            raise refused[0]

    def start(self, deliver: Callable[[CardFact], None]) -> None:
        self._deliver = deliver
        self._loop.add_reader(self._poll.fileno(), self._take_events)
        for line in self._lines.values():
            self._safely(line, line.begin)
        self._take_events()
        self._again = self._loop.call_later(AGAIN_S, self._try_again)

    def act(self, act: CardAct) -> None:
        line = self._lines.get(act.port)
        if line is None:
            raise CardError(f"there is no port {act.port}: ports are 1 to {len(self._lines)}")
        line.act(act)

    def bits(self) -> tuple[PortBits, ...]:
        """The true state of every port; what the kernel has queued before is told first."""
        self._take_events()
        self._tell()
        found: list[PortBits] = []
        for line in self._lines.values():
            self._safely(line, lambda line=line: found.append(line.bits()))  # type: ignore[misc]
        return tuple(found)

    def close(self) -> None:
        """Put every channel on hook and let it go."""
        self._deliver = None
        self._untold.clear()
        if self._again is not None:
            self._again.cancel()
        if not self._poll.closed:
            self._loop.remove_reader(self._poll.fileno())
            for line in self._lines.values():
                if line.channel is not None:
                    self._part(line)
                    line.disconnect()
            self._poll.close()
            self._kernel.close()

    def spans(self) -> tuple[SpanInfo, ...]:
        """Every span of DAHDI's, ours or not, with its alarms, error counts and source of timing."""
        return self._kernel.spans()

    # --- inside ---

    def _log_kernel(self) -> None:
        version, cancellers = self._kernel.version()
        log.info("DAHDI %s, echo cancellers: %s", version, cancellers or "none")
        for span in self.spans():
            source = f"span {span.sync_source}" if span.sync_source else "DAHDI's own timer"
            log.info("span=%d %s: channels=%d timing=%s", span.span, span.description, span.channels, source)

    def report(self, fact: CardFact) -> None:
        """Deliver a fact, never from inside an act."""
        if self._deliver is None:
            return
        if not self._untold:
            self._loop.call_soon(self._tell)
        self._untold.append(fact)

    def _tell(self) -> None:
        while self._untold and self._deliver is not None:
            self._deliver(self._untold.popleft())

    def _connect(self, line: Line) -> CardError | None:
        """Why the channel can't be had; None when it is ours."""
        assert self._media is not None
        try:
            line.connect(self._kernel, self._tuning)
        except CardError as error:
            line.alarm = line.alarm or str(error)
            return error
        assert line.channel is not None
        self._media.open_channel(line.port, line.channel.descriptor, linear=line.linear)
        self._by_descriptor[line.channel.descriptor] = line
        self._poll.register(line.channel.descriptor, select.EPOLLPRI)
        return None

    def _part(self, line: Line) -> None:
        assert self._media is not None and line.channel is not None
        self._poll.unregister(line.channel.descriptor)
        del self._by_descriptor[line.channel.descriptor]
        self._media.unwire(line.port)

    def _take_events(self) -> None:
        for descriptor, _ in self._poll.poll(0):
            line = self._by_descriptor[descriptor]
            self._safely(line, line.take_events)

    def _safely(self, line: Line, do: Callable[[], None]) -> None:
        """A channel that is gone takes its own port down."""
        try:
            do()
        except OSError as error:
            if line.channel is None:
                return
            if error.errno != errno.ENODEV:
                log.error("%s: %s", line.name, error)
            self._part(line)
            line.removed()

    def _try_again(self) -> None:
        self._again = self._loop.call_later(AGAIN_S, self._try_again)
        for line in self._lines.values():
            if line.channel is not None:
                continue
            error = self._connect(line)
            if error is None:
                log.info("%s is back", line.name)
                self._safely(line, line.returned)
            elif line.waits_for != str(error):
                line.waits_for = str(error)
                log.warning("%s", error)
