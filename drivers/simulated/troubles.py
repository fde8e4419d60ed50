# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with a card while it runs: cut lines, alarms, a card pulled out, facts that never come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.port import Alarm, CardFact, Removed, RingOff
from drivers.simulated.ports import StationPort

if TYPE_CHECKING:
    from drivers.simulated.card import SimulatedCard

NO_BATTERY = "no battery on the line"
REMOVED = "removed"


class Troubles:
    """Done to a card by scenarios; each has its undoing."""

    def __init__(self, card: SimulatedCard) -> None:
        self._card = card
        self._lose: list[tuple[type[CardFact], int]] = []

    def cut_line(self, port: int) -> None:
        """Cut the pair of wires: no audio, and on an FXO port the loss of battery is seen."""
        self.alarm(port, NO_BATTERY)

    def mend_line(self, port: int) -> None:
        self.clear_alarm(port)

    def alarm(self, port: int, cause: str) -> None:
        """Put a port out of service."""
        end = self._card.end_of(port)
        if not end.alarm:
            self._card.part(port)
            end.fail(Alarm(port, cause), cause)

    def clear_alarm(self, port: int) -> None:
        end = self._card.end_of(port)
        if end.alarm:
            self._card.join(port)
            end.recover()

    def unplug(self) -> None:
        """Pull the card out: every port is removed."""
        for info in self._card.ports:
            end = self._card.end_of(info.port)
            if not end.alarm:
                self._card.part(info.port)
            end.fail(Removed(info.port), REMOVED)

    def plug_in(self) -> None:
        """Put the card back: every port is cleared and tells its present state."""
        for info in self._card.ports:
            self.clear_alarm(info.port)

    def lose_next(self, kind: type[CardFact], port: int) -> None:
        """The card will not report the next fact of this kind on this port; its bits stay true."""
        self._lose.append((kind, port))

    def loses(self, fact: CardFact) -> bool:
        """Whether this fact is one of the lost; each is lost once."""
        if (type(fact), fact.port) in self._lose:
            self._lose.remove((type(fact), fact.port))
            return True
        return False

    def stick_ring(self, port: int) -> None:
        """Ringing that, once begun, does not end: an FXO port sees it for ever, an FXS port goes on."""
        self._card.end_of(port).ring_stuck = True

    def free_ring(self, port: int) -> None:
        end = self._card.end_of(port)
        end.ring_stuck = False
        if isinstance(end, StationPort):
            end.cease_ring()
        elif end.ring_held:
            end.ring_held = False
            if not end.line.ringing:
                self._card.report(RingOff(port))
