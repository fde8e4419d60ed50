# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The bench's spans: the box's channels, their far ends on the other span of the pair, and E1 pairs.

The box's channels are configured as on a real card.  Far ends are plain `cas` channels: they put signalling bits on
the pair and read those that come, as copper would, so nothing of DAHDI's own stands between what a telephone does
with its hook and what the box's driver sees (a far `fxsks` would hold every off-hook for 600 ms, and a far
`fxoks` would report no flash's length).
"""

from __future__ import annotations

from hil.benches import plans

A, B, C, D = 8, 4, 2, 1  # dahdi/user.h: DAHDI_ABIT and so on
IDLE = B | D
"""On hook as well as not ringing: what both ends of a pair send at rest (dahdi-base.c, `dahdi_rbs_sethook`)."""
RINGING = 0
"""The exchange rings: B is taken away."""
LOOP_OPEN = A | B | C | D
"""The exchange has opened the loop (kewlstart)."""
OFF_HOOK = A | B | C | D
"""The telephone has closed the loop."""


PLAN = plans()["kernel"]
PORTS = PLAN.fxo + PLAN.fxs


def box_channels(fxo: int, fxs: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The channels of a box with so many of the bench's ports: of its FXO ports, of its FXS ports."""
    assert fxo <= PLAN.fxo and fxs <= PLAN.fxs, f"the bench has {PLAN.fxo} FXO and {PLAN.fxs} FXS ports"
    return tuple(range(1, fxo + 1)), tuple(range(PLAN.fxo + 1, PLAN.fxo + fxs + 1))


def far_channel(channel: int) -> int:
    """The other end of the pair of a channel of the box."""
    return PORTS + channel


def configuration(*, e1: bool = False) -> str:
    """The bench's system.conf; with `e1` the E1 pairs too, which cost time in every tick."""
    lines = [
        "loadzone=cn",
        "defaultzone=cn",
        f"dynamic=loc,1:0,{PORTS},0",
        f"dynamic=loc,1:1,{PORTS},0",
        f"fxsks=1-{PLAN.fxo}",
        f"fxoks={PLAN.fxo + 1}-{PORTS}",
        f"cas={PORTS + 1}-{2 * PORTS}:{IDLE:04b}",
        f"alaw=1-{2 * PORTS}",  # as in China; a dynamic span's own is mu-law
    ]
    if e1:
        lines += _e1_spans(PLAN.e1_pairs, first=2 * PORTS + 1)
    lines += [f"echocanceller=mg2,1-{PORTS}"]
    return "\n".join(lines) + "\n"


def _e1_spans(pairs: int, first: int) -> list[str]:
    lines = [f"dynamic=loc,{2 + pair}:{end},31,0" for pair in range(pairs) for end in (0, 1)]
    for span in range(2 * pairs):
        channel = first + 31 * span
        lines += [f"bchan={channel}-{channel + 14},{channel + 16}-{channel + 30}", f"dchan={channel + 15}"]
    return lines
