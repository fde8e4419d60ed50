# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Queueing formulas: Erlang B, C and A.

Used to judge the simulated centre and to forecast the real one.  Traffic is in erlangs (calls per second times seconds
of handling).  Source: A. K. Erlang 1917 for B and C; C. Palm 1957 (birth-death chain with patience) for A.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from math import exp

# The birth-death chain is cut where a state is this unlikely beside the likeliest.
NEGLIGIBLE = 1e-14


@dataclass(frozen=True, slots=True)
class Waiting:
    """What callers of a queue meet in the long run."""

    wait_probability: float
    wait_mean_s: float
    abandon_probability: float
    service_level: float | None


def blocking_probability(traffic_erlang: float, servers: int) -> float:
    """Erlang B: the share of calls that find all `servers` busy where nobody waits."""
    blocking = 1.0
    for number in range(1, servers + 1):
        blocking = traffic_erlang * blocking / (number + traffic_erlang * blocking)
    return blocking


def without_patience(
    calls_per_hour: float, handling_s: float, agents: int, within_s: float = 20.0
) -> Waiting:
    """Erlang C: callers wait for ever.  Raises ValueError where the agents can't keep up."""
    traffic = calls_per_hour / 3600 * handling_s
    if traffic >= agents:
        raise ValueError(f"{agents} agents can't keep up with {traffic:.2f} erlangs")
    blocking = blocking_probability(traffic, agents)
    waits = agents * blocking / (agents - traffic * (1 - blocking))
    spare = agents - traffic
    level = 1 - waits * exp(-spare * within_s / handling_s)
    return Waiting(waits, waits * handling_s / spare, 0.0, level)


def with_patience(calls_per_hour: float, handling_s: float, agents: int, patience_s: float) -> Waiting:
    """Erlang A: callers lose patience after an exponential time of mean `patience_s`.

    wait_mean_s is over all callers, those who leave included.
    """
    arrival = calls_per_hour / 3600
    weights = _birth_death(arrival, 1 / handling_s, 1 / patience_s, agents)
    total = sum(weights)
    waiting = (
        sum((number - agents) * weight for number, weight in enumerate(weights) if number > agents) / total
    )
    waits = sum(weights[agents:]) / total
    return Waiting(waits, waiting / arrival, waiting / patience_s / arrival, None)


def _birth_death(arrival: float, service: float, patience: float, agents: int) -> list[float]:
    weights = [1.0]
    for number in count(1):
        leaving = min(number, agents) * service + max(number - agents, 0) * patience
        weights.append(weights[-1] * arrival / leaving)
        if number > agents and weights[-1] < NEGLIGIBLE * max(weights):
            return weights
    raise AssertionError("the chain ends")
