# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The `queue` node: the caller takes a place in a queue and leaves it served, by overflow, or by hanging up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.exchange.machine import IGNORED, Context, Outputs, Send, Spawn
from firmware.exchange.messages import CallerGone, EnterQueue, Message, PlaceLeft
from firmware.exchange.place import Place
from firmware.exchange.steps.step import Step
from firmware.exchange.vocabulary import Address, AnyFact, Cause, KeyMode, ListenKeys
from firmware.settings import model

if TYPE_CHECKING:
    from firmware.exchange.flow import Flow


class InQueue(Step, frozen=True):
    place: int
    overflow: str | None

    def receive(self, event: AnyFact | Message, flow: Flow, context: Context) -> Outputs:
        match event:
            case PlaceLeft(Cause.NORMAL):
                return flow.connected()
            case PlaceLeft(cause):
                overflow = flow.mark("queue.overflow", cause=cause.value)
                keys = ListenKeys(flow.port, KeyMode.BUFFERED)
                return (overflow, keys, *flow.go(self.overflow, context))
            case _:
                return IGNORED

    def leave(self, _flow: Flow, _context: Context) -> Outputs:
        return (Send(Address("place", self.place), CallerGone(Cause.CALLER_GAVE_UP)),)


def enter_queue(node: model.QueueNode, flow: Flow, context: Context) -> Outputs:
    place = Place(context.new_number("place"))
    flow.step = InQueue(place.number, node.overflow)
    enter = EnterQueue(
        flow.address,
        flow.call,
        flow.port,
        node.queue,
        node.priority,
        flow.caller,
        flow.language,
        flow.revision,
    )
    return ListenKeys(flow.port, KeyMode.OFF), Spawn(place), Send(place.address, enter)
