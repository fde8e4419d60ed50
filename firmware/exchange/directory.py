# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Read-only questions about the other machines, answered from their present state.

Reading is pure, so nobody keeps a copy of somebody else's state that could go stale; changing anything is done by
message alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from firmware.exchange.vocabulary import Address

if TYPE_CHECKING:
    from firmware.exchange.agent import Agent
    from firmware.exchange.call import Call
    from firmware.exchange.machine import Machine
    from firmware.exchange.station import Station
    from firmware.exchange.trunk import Trunk


class Directory:
    """The machines by address; every method is a question."""

    def __init__(
        self, machines: Mapping[Address, Machine], by_kind: Mapping[str, Mapping[int, Machine]]
    ) -> None:
        self._machines = machines
        self._by_kind = by_kind

    def trunk(self, port: int) -> Trunk | None:
        return cast("Trunk | None", self._machines.get(Address("trunk", port)))

    def station(self, port: int) -> Station | None:
        return cast("Station | None", self._machines.get(Address("station", port)))

    def call(self, number: int) -> Call | None:
        return cast("Call | None", self._machines.get(Address("call", number)))

    def agent(self, number: int) -> Agent | None:
        return cast("Agent | None", self._machines.get(Address("agent", number)))

    def agents(self) -> tuple[Agent, ...]:
        return cast("tuple[Agent, ...]", self.of_kind("agent"))

    def find(self, address: Address) -> Machine | None:
        return self._machines.get(address)

    def of_kind(self, kind: str) -> tuple[Machine, ...]:
        """All machines of a kind, by number."""
        machines = self._by_kind.get(kind, {})
        return tuple(map(machines.__getitem__, sorted(machines)))
