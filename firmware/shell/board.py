# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The present state of everything, as last reported, and those who want to hear of each change."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from firmware.exchange.vocabulary import (
    AgentReport,
    AlarmReport,
    CallReport,
    LineReport,
    PhoneReport,
    QueueReport,
)

AnyReport = LineReport | PhoneReport | AgentReport | QueueReport | CallReport | AlarmReport
Hear = Callable[[AnyReport], None]

ALARMS_KEPT = 50


class Board:
    """Reports by what they are about; a call that has ended leaves the board."""

    def __init__(self) -> None:
        self.lines: dict[int, LineReport] = {}
        self.phones: dict[int, PhoneReport] = {}
        self.agents: dict[int, AgentReport] = {}
        self.queues: dict[int, QueueReport] = {}
        self.calls: dict[int, CallReport] = {}
        self.alarms: deque[AlarmReport] = deque(maxlen=ALARMS_KEPT)
        self._listeners: list[Hear] = []

    def publish(self, report: AnyReport) -> None:
        match report:
            case LineReport():
                self.lines[report.port] = report
            case PhoneReport():
                self.phones[report.port] = report
            case AgentReport():
                self.agents[report.agent] = report
            case QueueReport():
                self.queues[report.queue] = report
            case CallReport():
                self.calls[report.call] = report
                if report.state == "ended":
                    del self.calls[report.call]
            case AlarmReport():
                self.alarms.append(report)
        for hear in self._listeners:
            hear(report)

    def listen(self, hear: Hear) -> Callable[[], None]:
        """Be told each report; the result ends it."""
        self._listeners.append(hear)
        return lambda: self._listeners.remove(hear)

    def reports(self) -> Iterator[AnyReport]:
        """Everything that is on the board."""
        for table in (self.lines, self.phones, self.agents, self.queues, self.calls):
            yield from table.values()
        yield from self.alarms
