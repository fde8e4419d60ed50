# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Look-ups into one revision of the settings, built once, because machines look things up at every fact."""

from __future__ import annotations

from firmware.exchange.numbering import Plan
from firmware.settings.model import Agent, Line, Phone, PhoneRole, Settings

# Several revisions live at once while calls go on with the one they began with; more than a few are never in use.
_REVISIONS_KEPT = 8


class Index:
    """What a revision says about a port, an extension, an agent.  Derived, never changed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lines = {line.port: line for line in settings.lines}
        self._phones = {phone.port: phone for phone in settings.phones}
        self._ports = {phone.extension: phone.port for phone in settings.phones}
        self._agents = {agent.number: agent for agent in settings.agents}
        self.plan = Plan.of(settings)

    def line(self, port: int) -> Line | None:
        return self._lines.get(port)

    def phone(self, port: int) -> Phone | None:
        return self._phones.get(port)

    def agent(self, number: int) -> Agent | None:
        return self._agents.get(number)

    def port_of(self, extension: str) -> int | None:
        return self._ports.get(extension)

    def phone_language(self, phone: Phone, agent: int = 0) -> str:
        """The agent's own language, the phone's, or the centre's."""
        seated = self._agents.get(agent)
        return (seated.language if seated else None) or phone.language or self.settings.centre.language

    def line_language(self, line: Line) -> str:
        return line.language or self.settings.centre.language

    def operator(self) -> str | None:
        """The extension that takes what nobody else takes: the operator's, where there is one."""
        operator = self.settings.numbering.operator_extension
        if operator is not None:
            return operator
        first = next((phone for phone in self.settings.phones if phone.role is PhoneRole.PHONE), None)
        return first.extension if first else None


_built: list[Index] = []


def index_of(settings: Settings) -> Index:
    """The index of a revision.  Kept by identity, because settings are frozen and read once a revision."""
    for index in _built:
        if index.settings is settings:
            return index
    index = Index(settings)
    _built.insert(0, index)
    del _built[_REVISIONS_KEPT:]
    return index
