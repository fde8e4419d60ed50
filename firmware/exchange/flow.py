# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A flow run: one caller walking through the nodes of a menu tree (IVR).

Each kind of node is a file in `steps`: what happens on entering it and on what comes back.  The flow keeps where the
caller is, answers the line when a node first needs it, and ends the call where the nodes end.  Keys typed ahead wait in
the shell and are asked for one by one, so a secret can never be among the keys the core has seen.
"""

from __future__ import annotations

from typing import ClassVar

from dsp.vocabulary import PlayEnded
from firmware.exchange.machine import IGNORED, Context, Finish, Machine, Output, Outputs, Send
from firmware.exchange.messages import (
    AnswerCaller,
    BeginFlow,
    CallerGone,
    EndCall,
    Farewell,
    Mark,
    Message,
    PlaceLeft,
    ReachAlerting,
    Reached,
    ReachFailed,
)
from firmware.exchange.steps import AnyStep, enter
from firmware.exchange.vocabulary import (
    Address,
    AnyFact,
    Arm,
    Cause,
    Expired,
    KeyMode,
    KeyPressed,
    ListenKeys,
    Party,
    Say,
    SecretJudged,
)
from firmware.settings import model
from firmware.speech import say
from firmware.speech.phrases import PHRASES

# Exchanges cut the first instant after an answer: nothing is said in it.
ANSWER_SETTLE_MS = 500
# A flow that goes round so often without waiting for anybody is a loop; settings are checked for it, this is the guard.
HOPS_MAX = 50


class Flow(Machine):
    """One caller's way.  hops: nodes entered since anything was waited for.  entered: nodes in all.

    step: what the present node is doing; None before the first and while the line settles after its answer.
    """

    KIND: ClassVar[str] = "flow"
    call: int = 0
    port: int = 0
    name: str = ""
    caller: Party = Party()
    language: str = ""
    revision: int = 0
    answered: bool = False
    pending: str = ""
    hops: int = 0
    entered: int = 0
    step: AnyStep | None = None

    def timers_allowed(self) -> frozenset[str]:
        own = self.step.TIMERS if self.step is not None else frozenset()
        return own | {"settle"} if self.pending else own

    def receive(self, event: AnyFact | Message, context: Context) -> Outputs:
        match event:
            case BeginFlow():
                return self._begin(event, context)
            case CallerGone():
                left = self.step.leave(self, context) if self.step is not None else ()
                return (*left, Send(self.call_address, Farewell()), Finish())
            case Expired(timer="settle") if self.pending:
                node, self.pending = self.pending, ""
                return self.go(node, context)
            case (
                KeyPressed()
                | PlayEnded()
                | Expired()
                | SecretJudged()
                | PlaceLeft()
                | Reached()
                | ReachFailed()
            ):
                if self.step is None:
                    return IGNORED
                self.hops = 0
                return self.step.receive(event, self, context)
            case ReachAlerting():
                return ()
            case _:
                return IGNORED

    def _begin(self, event: BeginFlow, context: Context) -> Outputs:
        self.call, self.port, self.name = event.call, event.port, event.flow
        self.caller, self.language, self.revision = event.caller, event.language, event.revision
        profile = self.profile(context)
        if profile is None:
            return (self.mark("flow.missing", flow=event.flow), *self.end(Cause.FAULT))
        self.language = profile.language or event.language
        began = self.mark("flow.began", flow=event.flow)
        return (began, ListenKeys(self.port, KeyMode.BUFFERED), *self.go(profile.start, context))

    # --- what steps use ---

    def settings(self, context: Context) -> model.Settings:
        return context.settings_of(self.revision)

    def profile(self, context: Context) -> model.Flow | None:
        return next((flow for flow in self.settings(context).flows if flow.name == self.name), None)

    def go(self, node: str | None, context: Context) -> Outputs:
        """Enter a node; None ends the call."""
        profile = self.profile(context)
        if node is None or profile is None or node not in profile.nodes:
            return self.end(Cause.FLOW_END)
        self.hops += 1
        if self.hops > HOPS_MAX:
            return (self.mark("flow.loop", node=node), *self.end(Cause.FAULT))
        settings = profile.nodes[node]
        if not self.answered and settings.kind not in ("hours", "ring"):
            return self._answer(node, context)
        self.entered += 1
        if self.entered > profile.nodes_max:
            return (self.mark("flow.too_far", node=node), *self.end(Cause.TOO_LONG))
        return (self.mark("flow.node", node=node, kind=settings.kind), *enter(settings, self, context))

    def _answer(self, node: str, context: Context) -> Outputs:
        self.answered = True
        self.pending = node
        return (
            Send(self.call_address, AnswerCaller()),
            Arm("settle", context.after(ANSWER_SETTLE_MS)),
        )

    def end(self, cause: Cause) -> Outputs:
        """The flow has done its part; the call is over."""
        self.step = None
        return Send(self.call_address, EndCall(cause)), Finish()

    def connected(self) -> Outputs:
        """Somebody has answered; the call goes on without the flow."""
        self.step = None
        return (Finish(),)

    def say(self, prompt: str, tag: int) -> Say:
        """A shipped phrase by its id, or an uploaded prompt by its name."""
        sounds = say(prompt, self.language) if prompt in PHRASES else (f"prompt:{prompt}",)
        return Say(self.port, sounds, self.language, tag)

    def mark(self, what: str, **detail: str | int | bool) -> Output:
        return Send(self.call_address, Mark(what, dict(detail)))

    @property
    def call_address(self) -> Address:
        return Address("call", self.call)
