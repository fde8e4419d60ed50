# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The kinds of flow node, one file each.

A new kind is: its settings in `firmware.settings.model` (a `...Node`, and its place in `Node`), a file here
with a frozen
`Step` and an `enter_...` function, and a line in both tables below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from firmware.exchange.steps.hours import enter_hours
from firmware.exchange.steps.menu import Menu, enter_menu
from firmware.exchange.steps.play import HangUp, Notice, Play, enter_hangup, enter_notice, enter_play
from firmware.exchange.steps.queue import InQueue, enter_queue
from firmware.exchange.steps.ring import Ring, enter_ring
from firmware.exchange.steps.secret import Secret, enter_secret
from firmware.exchange.steps.voicemail import Voicemail, enter_voicemail

if TYPE_CHECKING:
    from firmware.exchange.flow import Flow
    from firmware.exchange.machine import Context, Outputs

AnyStep = Notice | Play | HangUp | Menu | Ring | InQueue | Voicemail | Secret

ENTER: dict[str, Callable[[Any, Flow, Context], Outputs]] = {
    "notice": enter_notice,
    "play": enter_play,
    "menu": enter_menu,
    "hours": enter_hours,
    "queue": enter_queue,
    "ring": enter_ring,
    "voicemail": enter_voicemail,
    "secret": enter_secret,
    "hangup": enter_hangup,
}


def enter(node: Any, flow: Flow, context: Context) -> Outputs:
    """Begin a visit to a node."""
    return ENTER[node.kind](node, flow, context)
