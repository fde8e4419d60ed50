# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""An outside telephone: a subscriber of the exchange elsewhere, who calls the centre or is called by it."""

from __future__ import annotations

from typing import Any

from drivers.simulated.exchange import Exchange
from drivers.simulated.far import FarEngine
from drivers.simulated.faults import Faults
from drivers.simulated.subscriber import SubscriberLine
from drivers.simulated.telephone import Habit, Telephone

EMERGENCY_DESK = Habit(answer_after_ms=1500, speak_ms=3000, leaves_at_busy=True)


_PITCHES_HZ = (175.0, 205.0)


class OutsideTelephone(Telephone):
    """A telephone on a line of the exchange."""

    def __init__(self, far: FarEngine, exchange: Exchange, line: SubscriberLine, faults: Faults) -> None:
        super().__init__(far, f"outside {line.number}", faults, _PITCHES_HZ[line.port % 2], line.set_loop)
        self.line = line
        self._exchange = exchange
        line.terminal = self
        far.media.wire(line.port, far.media, self.port, line.profile.line)

    @property
    def number(self) -> str:
        return self.line.number

    @property
    def being_rung(self) -> bool:
        return self.line.being_rung

    def take_number(self, number: str) -> None:
        """Become another subscriber; only while on hook."""
        assert not self.off_hook, f"{self.name} is off hook"
        self._exchange.renumber(self.line, number)
        self.name = f"outside {number}"

    def status(self) -> dict[str, Any]:
        return {"kind": "outside", "number": self.number, "line": self.line.state.value, **super().status()}
