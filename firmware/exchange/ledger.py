# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The core's whole state, and how a fact that failed is taken back.

`begin` opens a fact and forgets the one before, `touch` remembers a machine before it changes, every table change
notes what was there; `roll_back` restores all.  Counters of what went wrong (`tally`) are outside of this: they stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from firmware.exchange.vocabulary import Address

if TYPE_CHECKING:
    from firmware.exchange.machine import Machine
    from firmware.exchange.snapshot import Snapshot

OWNER_TABLES = ("tags", "keys", "secrets", "questions", "recordings")


class Left(NamedTuple):
    """What a machine that is no more had under way in the shell: timers, secrets by request, keys by port."""

    timers: tuple[str, ...]
    secrets: tuple[int, ...]
    keys: tuple[int, ...]


class Ledger:
    """Machines by address, armed timers, owners of what will come back, counters, settings by revision."""

    def __init__(self) -> None:
        self.box = ""
        self.epoch = 0
        self.seed = 0
        self.revision = 0
        self.lines: tuple[int, ...] = ()
        self.phones: tuple[int, ...] = ()
        self.settings: dict[int, bytes] = {}
        self.machines: dict[Address, Machine] = {}
        self.by_kind: dict[str, dict[int, Machine]] = {}
        self.ports: dict[int, Address] = {}
        self.timers: dict[tuple[Address, str], int] = {}
        self.owners: dict[str, dict[int, Address]] = {table: {} for table in OWNER_TABLES}
        self.counters: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self._changes: list[tuple[dict[Any, Any], Any, Any]] = []
        self._touched: dict[Address, tuple[Machine, Machine]] = {}
        self._revision_before = 0

    # --- one fact ---

    def begin(self) -> None:
        self._changes.clear()
        self._touched.clear()
        self._revision_before = self.revision

    def roll_back(self) -> None:
        for table, key, before in reversed(self._changes):
            if before is None:
                table.pop(key, None)
            else:
                table[key] = before
        for machine, before in self._touched.values():
            _restore(machine, before)
        self.revision = self._revision_before
        self.begin()

    def touch(self, address: Address, machine: Machine) -> None:
        """Remember how a machine is before it takes its first event of this fact."""
        if address not in self._touched:
            self._touched[address] = machine, msgspec.structs.replace(machine)

    # --- machines ---

    def add(self, machine: Machine) -> None:
        address = machine.address
        assert address not in self.machines, f"{address} exists"
        self._change(self.machines, address, machine)
        self._change(self.by_kind.setdefault(address.kind, {}), address.number, machine)
        self._touched.setdefault(address, (machine, machine))  # if it goes again, it goes as it is

    def remove(self, address: Address) -> Left:
        """A machine's end: whatever it had armed or waited for goes with it."""
        timers = tuple(timer for owner, timer in self.timers if owner == address)
        for timer in timers:
            self._change(self.timers, (address, timer), None)
        left: dict[str, tuple[int, ...]] = {}
        for name, table in self.owners.items():
            left[name] = tuple(key for key, owner in table.items() if owner == address)
            for key in left[name]:
                self._change(table, key, None)
        self._change(self.machines, address, None)
        self._change(self.by_kind[address.kind], address.number, None)
        return Left(timers, left["secrets"], left["keys"])

    def forget_owners(self) -> None:
        """Nothing that was waited for before a restart will come."""
        for key in list(self.timers):
            self._change(self.timers, key, None)
        for table in self.owners.values():
            for number in list(table):
                self._change(table, number, None)

    # --- timers and owners ---

    def arm(self, owner: Address, timer: str, at_ns: int) -> None:
        self._change(self.timers, (owner, timer), at_ns)

    def disarm(self, owner: Address, timer: str) -> bool:
        armed = (owner, timer) in self.timers
        if armed:
            self._change(self.timers, (owner, timer), None)
        return armed

    def own(self, table: str, key: int, owner: Address | None) -> None:
        self._change(self.owners[table], key, owner)

    def owner(self, table: str, key: int) -> Address | None:
        return self.owners[table].get(key)

    # --- numbers and settings ---

    def count(self, kind: str) -> int:
        number = self.counters.get(kind, 0) + 1
        self._change(self.counters, kind, number)
        return number

    def tally(self, what: str, count: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + count

    def set_settings(self, revision: int, text: bytes) -> None:
        self.revision = revision
        self._change(self.settings, revision, text)

    def drop_settings(self, keep: set[int]) -> None:
        for revision in [revision for revision in self.settings if revision not in keep]:
            self._change(self.settings, revision, None)

    def load(self, snapshot: Snapshot) -> None:
        """Become what a snapshot says (never undone: it is the first thing a run does)."""
        self.box, self.epoch, self.seed = snapshot.box, snapshot.epoch, snapshot.seed
        self.revision, self.lines, self.phones = snapshot.revision, snapshot.lines, snapshot.phones
        self._revision_before = self.revision
        self.settings = dict(snapshot.settings)
        self.machines.clear()
        self.by_kind.clear()
        for machine in snapshot.machines:
            self.machines[machine.address] = machine
            self.by_kind.setdefault(machine.KIND, {})[machine.number] = machine
        self.ports.clear()
        self.ports.update(snapshot.ports)
        self.timers.clear()
        self.timers.update(((owner, timer), at_ns) for owner, timer, at_ns in snapshot.timers)
        for table in OWNER_TABLES:
            self.owners[table] = dict(snapshot.owners.get(table, {}))
        self.counters = dict(snapshot.counters)
        self.counts = dict(snapshot.counts)

    def _change(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Set (or, with None, which no table holds, delete) an entry, noting what was there."""
        self._changes.append((table, key, table.get(key)))
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value


def _restore(machine: Machine, before: Machine) -> None:
    for name in machine.__struct_fields__:
        setattr(machine, name, getattr(before, name))
