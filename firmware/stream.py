# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The event stream: one bounded history of lines for all clients, each with a place in it.

A client that reads slowly isn't waited for and costs no memory: its place falls out of the history, and it is
given the whole board instead (`resync`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import msgspec

from firmware.exchange.vocabulary import Report
from firmware.shell.board import Board
from firmware.store.masking import mask_all
from firmware.wire import plain_report

HISTORY = 4_096  # reports a client may be behind: minutes of a busy centre
_ENCODER = msgspec.json.Encoder()


class _Entry:
    """One report, encoded once for all who see numbers and once for all who don't."""

    def __init__(self, epoch: int, seq: int, report: dict[str, Any]) -> None:
        self._plain = {"epoch": epoch, "seq": seq, "report": report}
        self._lines: dict[bool, bytes] = {}

    def line(self, masked: bool) -> bytes:
        if masked not in self._lines:
            self._lines[masked] = encode_line(mask_all(self._plain) if masked else self._plain)
        return self._lines[masked]


class Stream:
    """Hears every report, numbers it, and hands out lines from any place that is still in the history."""

    def __init__(self, epoch: int, board: Board) -> None:
        self.epoch = epoch
        self.seq = 0
        self._board = board
        self._deaf = board.listen(self._hear)
        self._history: deque[_Entry] = deque(maxlen=HISTORY)
        self._news = asyncio.Event()

    def tell(self, report: dict[str, Any]) -> None:
        """Tell what isn't on the board: that there are new settings, prompts or messages."""
        self.seq += 1
        self._history.append(_Entry(self.epoch, self.seq, report))
        self._news.set()
        self._news = asyncio.Event()

    def holds(self, epoch: int, seq: int) -> bool:
        """Whether a client that has seen this can carry on without the whole board."""
        return epoch == self.epoch and self.seq - len(self._history) <= seq <= self.seq

    def lines_after(self, seq: int, masked: bool, most: int = 256) -> tuple[int, list[bytes]]:
        """(the last seq they cover, lines); with a resync where `seq` has left the history."""
        if not self.holds(self.epoch, seq):
            return self.seq, [self.resync(masked)]
        behind = self.seq - seq
        first = len(self._history) - behind
        entries = [self._history[place] for place in range(first, min(first + most, len(self._history)))]
        return seq + len(entries), [entry.line(masked) for entry in entries]

    def resync(self, masked: bool) -> bytes:
        return encode_line({"epoch": self.epoch, "seq": self.seq, "resync": self.board(masked)})

    def board(self, masked: bool) -> dict[str, Any]:
        """Everything that is on the board, as plain data."""
        board = self._board
        lists = {
            name: [plain_report(table[number]) for number in sorted(table)]
            for name, table in (
                ("lines", board.lines),
                ("phones", board.phones),
                ("agents", board.agents),
                ("queues", board.queues),
                ("calls", board.calls),
            )
        }
        lists["alarms"] = [plain_report(alarm) for alarm in board.alarms]
        shown: dict[str, Any] = mask_all(lists) if masked else lists
        return shown

    async def wait_after(self, seq: int) -> None:
        """Until there is something behind `seq`."""
        while self.seq <= seq:
            await self._news.wait()

    def close(self) -> None:
        self._deaf()

    def _hear(self, report: Report) -> None:
        self.tell(plain_report(report))


def encode_line(value: Any) -> bytes:
    return _ENCODER.encode(value) + b"\n"
