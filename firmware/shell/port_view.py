# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Every port of the card as it is this moment: hook, ring, alarm, levels, lost sound; for an installer to watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from drivers.port import Card, PortInfo, PortKind
from dsp.media import Media
from dsp.vocabulary import Detector, LevelMeasured
from firmware.settings.model import Settings
from firmware.shell.board import Board
from firmware.shell.media_desk import MediaDesk

WATCHED_S = 10.0  # levels are measured so long after somebody has looked
STALE_SAMPLES = 20_000  # a level is told once a second; this one has stopped


class PortView:
    """On the loop's thread."""

    def __init__(
        self, card: Card, media: Media, desk: MediaDesk, board: Board, settings: Callable[[], Settings]
    ) -> None:
        self._card = card
        self._media = media
        self._desk = desk
        self._board = board
        self._settings = settings
        self._levels: dict[int, LevelMeasured] = {}
        self._watching: asyncio.TimerHandle | None = None

    def take(self, event: LevelMeasured) -> None:
        self._levels[event.port] = event

    def rows(self) -> list[dict[str, Any]]:
        """One for each port.  Levels come from the second look on, while somebody goes on looking."""
        self._watch()
        bits = {each.port: each for each in self._card.bits()}
        used_as = self._names()
        rows = []
        for info in self._card.ports:
            state, alarm = bits.get(info.port), ""
            counters = self._media.counters(info.port)
            level = self._level(info.port)
            if state is not None:
                alarm = state.alarm
            rows.append(
                {
                    "port": info.port,
                    "kind": info.kind.value,
                    "name": info.name,
                    "used_as": used_as.get(info.port, ""),
                    "state": self._state(info),
                    "off_hook": state is not None and state.off_hook,
                    "ringing": state is not None and state.ringing,
                    "alarm": alarm,
                    "rx_dbm0": None if level is None else round(level.rx_dbm0, 1),
                    "tx_dbm0": None if level is None else round(level.tx_dbm0, 1),
                    "lost_samples": counters.filled + counters.discarded,
                    "starved_samples": counters.starved + counters.unsent,
                }
            )
        return rows

    def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    # --- inside ---

    def _watch(self) -> None:
        if self._watching is None:
            self._desk.listen_besides(Detector.LEVEL, [info.port for info in self._card.ports])
        else:
            self._watching.cancel()
        self._watching = asyncio.get_running_loop().call_later(WATCHED_S, self._look_away)

    def _look_away(self) -> None:
        self._watching = None
        self._desk.listen_besides(Detector.NONE, [info.port for info in self._card.ports])
        self._levels.clear()

    def _level(self, port: int) -> LevelMeasured | None:
        level = self._levels.get(port)
        fresh = level is not None and level.sample + STALE_SAMPLES > self._media.now_samples()
        return level if fresh else None

    def _state(self, info: PortInfo) -> str:
        """What the exchange makes of it; empty where no line or phone has this port."""
        reports = self._board.lines if info.kind is PortKind.FXO else self._board.phones
        report = reports.get(info.port)
        return report.state if report is not None else ""

    def _names(self) -> dict[int, str]:
        settings = self._settings()
        return {line.port: line.name for line in settings.lines} | {
            phone.port: phone.extension for phone in settings.phones
        }
