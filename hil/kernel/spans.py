# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The bench's spans: the box's channels, their far ends on the other span of the pair, and E1 pairs.

The box's channels are configured as on a real card.  Far ends are plain `cas` channels: they put signalling bits on
the pair and read those that come, as copper would, so nothing of DAHDI's own stands between what a telephone does
with its hook and what the box's driver sees (a far `fxsks` would hold every off-hook for 600 ms, and a far
`fxoks` would report no flash's length).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).parents[1] / "benches" / "kernel.toml"

A, B, C, D = 8, 4, 2, 1  # dahdi/user.h: DAHDI_ABIT and so on
IDLE = B | D
"""On hook as well as not ringing: what both ends of a pair send at rest (dahdi-base.c, `dahdi_rbs_sethook`)."""
RINGING = 0
"""The exchange rings: B is taken away."""
LOOP_OPEN = A | B | C | D
"""The exchange has opened the loop (kewlstart)."""
OFF_HOOK = A | B | C | D
"""The telephone has closed the loop."""


@dataclass(frozen=True, slots=True)
class Layout:
    """fxo, fxs: ports of the box, numbered from 1; their channels have the same numbers.  e1_pairs: joined E1 spans."""

    fxo: int
    fxs: int
    e1_pairs: int

    @property
    def box_channels(self) -> range:
        return range(1, self.fxo + self.fxs + 1)

    def far_channel(self, port: int) -> int:
        """The channel at the other end of the pair of a port."""
        return self.fxo + self.fxs + port


def layout() -> Layout:
    box = tomllib.loads(BENCH.read_text(encoding="utf-8"))["box"]
    return Layout(box["fxo"], box["fxs"], box["e1_pairs"])


def configuration(*, e1: bool = False) -> str:
    """The bench's system.conf; with `e1` the E1 pairs too, which cost time in every tick."""
    here = layout()
    ports = here.fxo + here.fxs
    lines = [
        "loadzone=cn",
        "defaultzone=cn",
        f"dynamic=loc,1:0,{ports},0",
        f"dynamic=loc,1:1,{ports},0",
        f"fxsks=1-{here.fxo}",
        f"fxoks={here.fxo + 1}-{ports}",
        f"cas={ports + 1}-{2 * ports}:{IDLE:04b}",
    ]
    if e1:
        lines += _e1_spans(here.e1_pairs, first=2 * ports + 1)
    lines += [f"echocanceller=mg2,1-{ports}"]
    return "\n".join(lines) + "\n"


def _e1_spans(pairs: int, first: int) -> list[str]:
    lines = [f"dynamic=loc,{2 + pair}:{end},31,0" for pair in range(pairs) for end in (0, 1)]
    for span in range(2 * pairs):
        channel = first + 31 * span
        lines += [f"bchan={channel}-{channel + 14},{channel + 16}-{channel + 30}", f"dchan={channel + 15}"]
    return lines
