# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What every kind of flow node is at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from firmware.exchange.machine import IGNORED, Context, Outputs
from firmware.exchange.messages import Message
from firmware.exchange.vocabulary import AnyFact

if TYPE_CHECKING:
    from firmware.exchange.flow import Flow


class Step(msgspec.Struct, frozen=True, tag=True):
    """The state of one visit to a node: frozen; a step that goes on puts its successor into `flow.step`.

    TIMERS: those it may have armed.
    """

    TIMERS: ClassVar[frozenset[str]] = frozenset()

    def receive(self, _event: AnyFact | Message, _flow: Flow, _context: Context) -> Outputs:
        """Take what came back.  Default: it was not expected here."""
        return IGNORED

    def leave(self, _flow: Flow, _context: Context) -> Outputs:
        """The caller is gone; say so to whomever this step has set in motion."""
        return ()
