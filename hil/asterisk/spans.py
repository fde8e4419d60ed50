# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The bench's spans: the box's channels as on the kernel bench, and Asterisk's analog channels at their other ends."""

from __future__ import annotations

from hil.kernel.spans import PLAN, PORTS, far_channel


def configuration() -> str:
    """The bench's system.conf."""
    lines = [
        "loadzone=cn",
        "defaultzone=cn",
        f"dynamic=loc,1:0,{PORTS},0",
        f"dynamic=loc,1:1,{PORTS},0",
        f"fxsks=1-{PLAN.fxo}",
        f"fxoks={PLAN.fxo + 1}-{PORTS}",
        f"fxoks={far_channel(1)}-{far_channel(PLAN.fxo)}",
        f"fxsks={far_channel(PLAN.fxo + 1)}-{far_channel(PORTS)}",
        f"alaw=1-{2 * PORTS}",
        f"echocanceller=mg2,1-{PORTS}",
    ]
    return "\n".join(lines) + "\n"
