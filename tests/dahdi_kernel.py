# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for DAHDI at the seam of its calls, for what no bench can do: reversals, cards that know no hook state.

Everything else is tested on the real one (tests/dahdi).
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from drivers.dahdi.binding import lib
from drivers.dahdi.kernel import RXSIG_OFFHOOK, TXSIG_ONHOOK, ChannelParams, SpanInfo


@dataclass
class ScriptedChannel:
    """refuses: errno by the name of a call; asked: the calls that came, with their arguments."""

    number: int
    state: ChannelParams
    refuses: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    events: deque[int] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self.descriptor = self._ours.fileno()

    def happens(self, *events: int) -> None:
        """Put events into the queue; urgent data make the descriptor an exceptional one."""
        self.events.extend(events)
        self._theirs.send(b"!", socket.MSG_OOB)

    def changes(self, **bits: object) -> None:
        self.state = msgspec.structs.replace(self.state, **bits)

    def params(self) -> ChannelParams:
        self._ask("params")
        return self.state

    def event(self) -> int:
        if not self.events:
            with contextlib.suppress(OSError):  # there may be none
                self._ours.recv(1, socket.MSG_OOB)
            return int(lib.DAHDI_EVENT_NONE)
        return self.events.popleft()

    def hook(self, state: int) -> None:
        self._ask("hook", state)

    def set_buffers(self, block_samples: int) -> None:
        self._ask("set_buffers", block_samples)

    def set_linear(self) -> None:
        self._ask("set_linear")

    def flush(self, *, events: bool = False) -> None:
        self._ask("flush", events)

    def set_times(self, **times: int) -> None:
        self._ask("set_times", times)

    def set_cadence(self, steps_ms: tuple[int, ...]) -> None:
        self._ask("set_cadence", steps_ms)

    def set_echo_canceller(self, taps: int) -> None:
        self._ask("set_echo_canceller", taps)

    def set_polarity(self, reversed: bool) -> None:
        self._ask("set_polarity", reversed)

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()

    def _ask(self, *call: object) -> None:
        self.asked.append(call)
        refused = self.refuses.get(str(call[0]))
        if refused is not None:
            raise OSError(refused, os.strerror(refused))


class ScriptedKernel:
    """fxo, fxs: so many channels of each kind, numbered from 1."""

    devices = Path("/dev/dahdi")

    def __init__(self, fxo: int = 1, fxs: int = 1) -> None:
        self.scripted: dict[int, ScriptedChannel] = {}
        for number in range(1, fxo + fxs + 1):
            signalling = lib.DAHDI_SIG_FXSKS if number <= fxo else lib.DAHDI_SIG_FXOKS
            idle = ChannelParams(
                number, 1, number, signalling, False, RXSIG_OFFHOOK, TXSIG_ONHOOK, 0, True, f"C/{number}"
            )
            self.scripted[number] = ScriptedChannel(number, idle)

    def version(self) -> tuple[str, str]:
        return "scripted", ""

    def spans(self) -> tuple[SpanInfo, ...]:
        return ()

    def channels(self) -> tuple[ChannelParams, ...]:
        return tuple(channel.state for channel in self.scripted.values())

    def params(self, channel: int) -> ChannelParams:
        return self.scripted[channel].state

    def open(self, number: int) -> ScriptedChannel:
        return self.scripted[number]

    def close(self) -> None:
        for channel in self.scripted.values():
            channel.close()
