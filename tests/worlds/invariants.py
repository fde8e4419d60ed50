# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold in the core after every fact, and what must be left when everybody has gone home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from firmware.exchange.agent import Agent
from firmware.exchange.agent import State as AgentState
from firmware.exchange.call import Call
from firmware.exchange.flow import Flow
from firmware.exchange.offer import Offer
from firmware.exchange.place import Place
from firmware.exchange.queue import Queue
from firmware.exchange.router import Core
from firmware.exchange.station import Station
from firmware.exchange.transfer import Transfer
from firmware.exchange.trunk import Trunk
from firmware.exchange.vocabulary import Address, CallRecord

TRANSIENT = ("call", "flow", "place", "offer", "transfer")


def broken(core: Core) -> list[str]:
    """Every invariant that does not hold now, in words; empty when all is well."""
    return [
        *_timers(core),
        *_agents(core),
        *_queues(core),
        *_legs(core),
        *_belongings(core),
    ]


def _machines(core: Core, kind: str) -> Iterator[object]:
    return iter(core.directory.of_kind(kind))


def _timers(core: Core) -> Iterator[str]:
    """Every armed timer belongs to a living machine whose present state may have it."""
    for owner, timer in core.timers:
        machine = core.directory.find(owner)
        if machine is None:
            yield f"timer {timer} of {owner}, which is gone"
        elif timer not in machine.timers_allowed():
            yield f"timer {timer} armed for {owner} in state {getattr(machine, 'state', '?')}"


def _agents(core: Core) -> Iterator[str]:
    """A reserved agent has a living offer that is his; one seat has one agent."""
    seats: Counter[int] = Counter()
    for agent in _machines(core, "agent"):
        assert isinstance(agent, Agent)
        if agent.port:
            seats[agent.port] += 1
        if (agent.state is AgentState.LOGGED_OUT) is not (agent.port == 0):
            yield f"agent {agent.number} is {agent.state} at port {agent.port}"
        if agent.state is AgentState.RESERVED:
            offer = core.directory.find(Address("offer", agent.offer))
            if not isinstance(offer, Offer) or offer.agent != agent.number:
                yield f"agent {agent.number} is reserved for offer {agent.offer}, which is not there"
        station = core.directory.station(agent.port) if agent.port else None
        if station is not None and station.agent != agent.number:
            yield f"agent {agent.number} sits at port {agent.port}, whose station knows {station.agent}"
        if agent.state is AgentState.TALKING and core.directory.call(agent.call) is None:
            yield f"agent {agent.number} talks in call {agent.call}, which is gone"
    yield from (f"{count} agents sit at port {port}" for port, count in seats.items() if count > 1)


def _queues(core: Core) -> Iterator[str]:
    """Every place in line lives, and every ringing offer is for one; nobody is offered twice."""
    for queue in _machines(core, "queue"):
        assert isinstance(queue, Queue)
        for entry in queue.waiting:
            if core.directory.find(Address("place", entry.place)) is None:
                yield f"queue {queue.number} holds place {entry.place}, which is gone"
        places = {entry.place for entry in queue.waiting}
        rung: Counter[int] = Counter(entry.agent for entry in queue.ringing)
        yield from (f"agent {agent} is in {count} offers" for agent, count in rung.items() if count > 1)
        for ringing in queue.ringing:
            if core.directory.find(Address("offer", ringing.offer)) is None:
                yield f"queue {queue.number} rings offer {ringing.offer}, which is gone"
            if ringing.place not in places:
                yield f"queue {queue.number} rings for place {ringing.place}, which left"
        ranks = [entry.rank for entry in queue.waiting]
        if ranks != sorted(ranks):
            yield f"queue {queue.number} is out of order"


def _legs(core: Core) -> Iterator[str]:
    """A living leg and its port's machine know each other; no port is in two calls."""
    ports: Counter[int] = Counter()
    for call in _machines(core, "call"):
        assert isinstance(call, Call)
        for leg in call.legs:
            if not leg.is_live or not leg.port:
                continue
            ports[leg.port] += 1
            machine = (
                core.directory.trunk(leg.port) if leg.kind == "trunk" else core.directory.station(leg.port)
            )
            if machine is None or machine.call != call.number:
                yield f"call {call.number} leg {leg.leg} is at port {leg.port}, whose machine is {machine}"
    yield from (f"port {port} is in {count} legs" for port, count in ports.items() if count > 1)
    for kind in ("trunk", "station"):
        for port in _machines(core, kind):
            assert isinstance(port, Trunk | Station)
            if port.call and core.directory.call(port.call) is None:
                yield f"{port.address} is in call {port.call}, which is gone"


def _belongings(core: Core) -> Iterator[str]:
    """Flow, place, offer and transfer live no longer than their call."""
    for kind in ("flow", "place", "offer", "transfer"):
        for machine in _machines(core, kind):
            assert isinstance(machine, Flow | Place | Offer | Transfer)
            if core.directory.call(machine.call) is None:
                yield f"{machine.address} belongs to call {machine.call}, which is gone"


def left_over(core: Core) -> list[str]:
    """What is still there when every phone is on hook and every caller gone; empty when all has settled."""
    living = [str(machine.address) for kind in TRANSIENT for machine in core.directory.of_kind(kind)]
    timers = [f"timer {timer} of {owner}" for (owner, timer) in core.timers]
    reserved = [
        f"agent {agent.number} {agent.state.value}"
        for agent in core.directory.of_kind("agent")
        if isinstance(agent, Agent) and agent.state in (AgentState.RESERVED, AgentState.TALKING)
    ]
    ports = [
        f"{machine.address} {machine.state.value}"
        for kind in ("trunk", "station")
        for machine in core.directory.of_kind(kind)
        if isinstance(machine, Trunk | Station) and machine.state.value not in ("idle", "blocked")
    ]
    return [*living, *timers, *reserved, *ports]


def record_faults(records: list[CallRecord], call_count: int) -> list[str]:
    """Each call has exactly one record, and no record contradicts itself."""
    counts = Counter(record.call for record in records)
    faults = [f"call {call} has {count} records" for call, count in counts.items() if count > 1]
    faults += [f"call {call} has no record" for call in range(1, call_count + 1) if call not in counts]
    for record in records:
        for leg in record.legs:
            if leg.ended.mono_ns < leg.began.mono_ns:
                faults.append(f"call {record.call} leg {leg.leg} ended before it began")
            if (
                leg.answered is not None
                and leg.talk_ms > (leg.ended.mono_ns - leg.answered.mono_ns) / 1e6 + 1
            ):
                faults.append(f"call {record.call} leg {leg.leg} talked longer than it was up")
    return faults
