# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The `ring` node: rings phones together until one answers, and the same for an extension keyed in a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from firmware.exchange.machine import IGNORED, Context, Outputs, Send
from firmware.exchange.messages import Message, Reach, Reached, ReachFailed, Unreach
from firmware.exchange.steps.step import Step
from firmware.exchange.vocabulary import AnyFact, Cause, KeyMode, ListenKeys
from firmware.settings import model

if TYPE_CHECKING:
    from firmware.exchange.flow import Flow


class Ring(Step, frozen=True):
    """requests: the attempts still ringing."""

    requests: tuple[int, ...]
    unanswered: str | None

    def receive(self, event: AnyFact | Message, flow: Flow, context: Context) -> Outputs:
        match event:
            case Reached():
                return (ListenKeys(flow.port, KeyMode.OFF), *flow.connected())
            case ReachFailed(request) if request in self.requests:
                return self._failed(request, flow, context)
            case _:
                return IGNORED

    def _failed(self, request: int, flow: Flow, context: Context) -> Outputs:
        left = tuple(number for number in self.requests if number != request)
        flow.step = replace(self, requests=left)
        if left:
            return ()
        return (flow.mark("ring.unanswered"), *flow.go(self.unanswered, context))

    def leave(self, flow: Flow, _context: Context) -> Outputs:
        call = flow.call_address
        return tuple(
            Send(call, Unreach(flow.address, request, Cause.CALLER_GAVE_UP)) for request in self.requests
        )


def enter_ring(node: model.RingNode, flow: Flow, context: Context) -> Outputs:
    phones = flow.settings(context).phones
    every = tuple(phone.extension for phone in phones if phone.role is model.PhoneRole.PHONE)
    return _ring(node.extensions or every, node.ring_s, node.unanswered, flow, context)


def ring_extension(extension: str, unanswered: str | None, flow: Flow, context: Context) -> Outputs:
    """Ring one phone, as long as a desk phone's call would."""
    ring_s = flow.settings(context).timers.desk_ring_s
    return _ring((extension,), ring_s, unanswered, flow, context)


def _ring(
    extensions: tuple[str, ...], ring_s: int, unanswered: str | None, flow: Flow, context: Context
) -> Outputs:
    requests = tuple(context.new_number("request") for _ in extensions)
    flow.step = Ring(requests, unanswered)
    if not requests:
        return flow.go(unanswered, context)
    reaches = (
        Reach(flow.address, request, "extension", ring_s * 1000, extension=extension)
        for request, extension in zip(requests, extensions, strict=True)
    )
    return tuple(Send(flow.call_address, reach) for reach in reaches)
