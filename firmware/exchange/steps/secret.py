# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The `secret` node: keys nobody may see.  The shell collects and judges them; here only the verdict arrives (C29)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsp.vocabulary import PlayEnded, StopPlay
from firmware.exchange.machine import IGNORED, Context, Outputs
from firmware.exchange.messages import Message
from firmware.exchange.steps.step import Step
from firmware.exchange.vocabulary import AnyFact, CancelSecret, CollectSecret, SecretJudged, Verdict
from firmware.settings import model

if TYPE_CHECKING:
    from firmware.exchange.flow import Flow


class Secret(Step, frozen=True):
    """request: the collection under way, 0 once it is judged.  next: where the last word leads, when `tag` is said."""

    node: str
    request: int
    tries: int
    tag: int
    next: str | None = None

    def receive(self, event: AnyFact | Message, flow: Flow, context: Context) -> Outputs:
        match event:
            case SecretJudged(self.request, verdict) if self.request:
                return self._judged(verdict, flow, context)
            case PlayEnded(tag=self.tag) if not self.request:
                return flow.go(self.next, context)
            case PlayEnded():
                return ()
            case _:
                return IGNORED

    def leave(self, _flow: Flow, _context: Context) -> Outputs:
        return (CancelSecret(self.request),) if self.request else ()

    def _judged(self, verdict: Verdict, flow: Flow, context: Context) -> Outputs:
        node = _node(self, flow, context)
        mark = flow.mark("secret.judged", verdict=verdict.value)
        stop = StopPlay(flow.port)
        if verdict is Verdict.RIGHT:
            return (stop, mark, *flow.go(node.accepted, context))
        tag = context.new_number("tag")
        locked = verdict is Verdict.LOCKED
        if locked or self.tries + 1 >= node.tries:
            flow.step = replace(self, request=0, tag=tag, next=node.refused)
            return stop, mark, flow.say("secret.locked" if locked else "secret.wrong", tag)
        flow.step = replace(self, request=context.new_number("request"), tries=self.tries + 1, tag=tag)
        return (stop, mark, flow.say("secret.wrong", tag), _collect(flow.step, node, flow))


def enter_secret(node: model.SecretNode, flow: Flow, context: Context) -> Outputs:
    profile = flow.profile(context)
    assert profile is not None
    name = next(name for name, other in profile.nodes.items() if other is node)
    step = Secret(name, context.new_number("request"), 0, context.new_number("tag"))
    flow.step = step
    return flow.say(node.prompt, step.tag), _collect(step, node, flow)


def _collect(step: Secret, node: model.SecretNode, flow: Flow) -> CollectSecret:
    # The prompt is said while keys may come already, so the first key has the prompt's time besides its own.
    return CollectSecret(
        flow.port, step.request, node.subject, node.length_max, node.wait_ms + 10_000, node.wait_ms
    )


def _node(step: Secret, flow: Flow, context: Context) -> model.SecretNode:
    profile = flow.profile(context)
    assert profile is not None
    node = profile.nodes[step.node]
    assert isinstance(node, model.SecretNode)
    return node
