# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Which outside line an outgoing call takes.

From the last to the first, against the exchange's own hunting, so that both ends seldom meet on one line.  An emergency
call takes any line in service; where none is free the least important call gives way (U17).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.exchange.index import index_of
from firmware.exchange.vocabulary import Cause

if TYPE_CHECKING:
    from firmware.exchange.machine import Context
    from firmware.exchange.trunk import Trunk

# Refusals before the exchange took our digits: another line may do better.
TRY_ANOTHER = frozenset(
    {
        Cause.BUSY,
        Cause.GLARE,
        Cause.NO_DIAL_TONE,
        Cause.OUT_OF_SERVICE,
        Cause.CARD_REMOVED,
        Cause.GAVE_WAY,
        Cause.NORMAL,
    }
)
# The line itself gives up first (`timers.outside_ring_s`), because it knows what was heard on it.
RING_GUARD_MS = 2_000
# An emergency call goes round all lines so often, a second apart, before it is told that there is none.
EMERGENCY_ROUNDS = 10
EMERGENCY_ROUND_MS = 1_000

IMPORTANCE_WAITING = 1  # a caller still in a menu or queue; 0 is kept for campaigns
IMPORTANCE_TALKING = 2
IMPORTANCE_EMERGENCY = 9


def line_for(tried: tuple[int, ...], context: Context) -> int | None:
    """The idle outgoing line to take next, or None."""
    index = index_of(context.settings)
    for trunk in reversed(_trunks(context)):
        line = index.line(trunk.number)
        if trunk.is_idle and trunk.number not in tried and line is not None and line.outgoing:
            return trunk.number
    return None


def line_for_emergency(tried: tuple[int, ...], context: Context) -> int | None:
    """The line an emergency call takes: free, else about to be, else the one of the least important call."""
    ranked = sorted(
        (rank, -trunk.number)
        for trunk in _trunks(context)
        if trunk.number not in tried and (rank := _emergency_rank(trunk, context)) is not None
    )
    return -ranked[0][1] if ranked else None


def _emergency_rank(trunk: Trunk, context: Context) -> int | None:
    """The lower, the sooner it is taken; None: it can't be had (in alarm, already an emergency's).

    A line that rings is worth what its caller is: nobody has spoken with that one yet.
    """
    line = index_of(context.settings).line(trunk.number)
    match trunk.state.value:
        case "idle":
            return 0 if line is not None and line.outgoing else 1
        case "blocked" | "lent":
            return 2
        case "clearing":
            return None if trunk.is_emergency else 3
        case "out_of_service":
            return None
        case _:
            call = context.directory.call(trunk.call)
            return None if trunk.is_emergency else 4 + (call.importance if call is not None else 0)


def _trunks(context: Context) -> tuple[Trunk, ...]:
    return context.directory.of_kind("trunk")  # type: ignore[return-value]
