# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated exchange: which line a number means, who is rung, who talks with whom, and who is told what.

A number belongs to one line or to a hunt group; a group is tried in ascending order, which is why a box dials
out from the last line down.  What a line does with tones, digits and the loop is `subscriber.SubscriberLine`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.simulated.callerid import CallerId
from drivers.simulated.far import FarEngine
from drivers.simulated.faults import Faults, LineProfile
from drivers.simulated.numbering import NumberingPlan, Treatment
from drivers.simulated.sound import voice
from drivers.simulated.subscriber import SubscriberLine
from dsp.vocabulary import SetBridge, Tone

_ANNOUNCER_PITCH_HZ = 210.0


@dataclass(slots=True)
class Connection:
    """One call in the exchange.  `called` is None while a treatment is all the caller meets."""

    caller: SubscriberLine
    number: str
    called: SubscriberLine | None = None
    talking: bool = False


class Exchange:
    """All subscriber lines, the centre's and the others, and the calls between them."""

    def __init__(self, far: FarEngine, plan: NumberingPlan) -> None:
        self.plan = plan
        self.lines: list[SubscriberLine] = []
        self.treatments: dict[str, Treatment] = {}
        self.unknown = Treatment.VACANT
        self.all_busy: Counter[str] = Counter()
        self.dialled: list[tuple[str, str]] = []
        self._far = far
        self._groups: dict[str, tuple[SubscriberLine, ...]] = {}
        self._connections: dict[int, Connection] = {}  # by the ports of both lines

    # --- the plant ---

    def add_line(self, number: str, profile: LineProfile, faults: Faults) -> SubscriberLine:
        """A new line with a number of its own."""
        line = SubscriberLine(self._far, number, self, profile, faults)
        self.lines.append(line)
        self._groups.setdefault(number, (line,))
        return line

    def set_group(self, number: str, lines: Sequence[SubscriberLine]) -> None:
        """Let a number hunt over lines, tried in this order."""
        self._groups[number] = tuple(lines)

    def renumber(self, line: SubscriberLine, number: str) -> None:
        """Give a line another number of its own; groups it is in stay."""
        if self._groups.get(line.number) == (line,):
            del self._groups[line.number]
        line.number = number
        self._groups[number] = (line,)

    def treat(self, number: str, treatment: Treatment) -> None:
        """Say what callers of a number meet that is no telephone."""
        self.treatments[number] = treatment

    def party_of(self, line: SubscriberLine) -> SubscriberLine | None:
        """The line at the other end of this line's call."""
        connection = self._connections.get(line.port)
        if connection is None:
            return None
        return connection.called if connection.caller is line else connection.caller

    def close(self) -> None:
        for line in self.lines:
            line.close()

    # --- what lines report (`subscriber.Switch`) ---

    def route(self, line: SubscriberLine, digits: str) -> None:
        number = self.plan.normal(digits)
        self.dialled.append((line.number, number))
        connection = Connection(line, number)
        self._connections[line.port] = connection
        group = self._groups.get(number)
        if number in self.treatments or group is None:
            self._treat(connection, self.treatments.get(number, self.unknown))
            return
        called = next((candidate for candidate in group if candidate.free), None)
        if called is None:
            self.all_busy[number] += 1
            self._treat(connection, Treatment.BUSY)
            return
        connection.called = called
        self._connections[called.port] = connection
        line.wait()
        called.ring(CallerId(line.number))

    def answered(self, line: SubscriberLine) -> None:
        connection = self._connections[line.port]
        connection.talking = True
        self._far.submit(SetBridge(connection.caller.port, (connection.caller.port, line.port)))
        connection.caller.talk(outgoing=True)
        line.talk(outgoing=False)

    def released(self, line: SubscriberLine) -> None:
        connection = self._connections.pop(line.port, None)
        if connection is None:
            return
        other = connection.called if connection.caller is line else connection.caller
        if other is None:
            return
        del self._connections[other.port]
        if connection.talking:
            other.far_party_left()
        else:
            other.cease_ring()

    def unanswered(self, line: SubscriberLine) -> None:
        connection = self._connections.pop(line.port)
        connection.called = None
        line.cease_ring()
        connection.caller.tell(Tone.BUSY)

    # --- inside ---

    def _treat(self, connection: Connection, treatment: Treatment) -> None:
        caller = connection.caller
        match treatment:
            case Treatment.BUSY:
                caller.tell(Tone.BUSY)
            case Treatment.VACANT:
                caller.tell(Tone.VACANT)
            case Treatment.CONGESTION:
                caller.tell(Tone.CONGESTION)
            case Treatment.NO_ANSWER:
                caller.wait()
            case Treatment.ANNOUNCEMENT:
                caller.announce(self._far.sound(voice(_ANNOUNCER_PITCH_HZ)))
            case Treatment.SILENCE:
                caller.tell(None)
