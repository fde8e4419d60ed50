# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The `menu` node: a prompt, then one key or an extension.

A key stops the prompt (barge-in); keys typed ahead are taken without a word.  Where a key is a choice and also begins
an extension, the next key within next_digit_ms decides.  Callers reach public extensions only, never codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from dsp.vocabulary import PlayEnded, StopPlay
from firmware.exchange.machine import IGNORED, Context, Outputs
from firmware.exchange.messages import Message
from firmware.exchange.steps.ring import ring_extension
from firmware.exchange.steps.step import Step
from firmware.exchange.vocabulary import AnyFact, Arm, Disarm, Expired, KeyPressed, NextKey
from firmware.settings import model

if TYPE_CHECKING:
    from firmware.exchange.flow import Flow


class Menu(Step, frozen=True):
    """node: its name.  typed: keys so far.  tag: the prompt being played, 0 when it is over.

    failing: the last word is said.
    """

    TIMERS: ClassVar[frozenset[str]] = frozenset({"key"})

    node: str
    tag: int
    tries: int
    typed: str = ""
    failing: bool = False

    def receive(self, event: AnyFact | Message, flow: Flow, context: Context) -> Outputs:
        node = _node(self, flow, context)
        match event:
            case PlayEnded(tag=self.tag) if self.failing:
                return flow.go(node.failed, context)
            case PlayEnded(tag=self.tag):
                flow.step = replace(self, tag=0)
                return (Arm("key", context.after(node.wait_ms)),)
            case PlayEnded():
                return ()
            case KeyPressed(_, key) if not self.failing:
                return self._key(key, node, flow, context)
            case Expired(timer="key") if self.typed in node.keys:
                return self._choose(node, flow, context)
            case Expired(timer="key"):
                return self._again("menu.invalid" if self.typed else "menu.none", node, flow, context)
            case _:
                return IGNORED

    def _key(self, key: str, node: model.MenuNode, flow: Flow, context: Context) -> Outputs:
        typed = self.typed + key
        step = replace(self, typed=typed, tag=0)
        flow.step = step
        stop = (StopPlay(flow.port), Disarm("key"))
        extensions = _extensions(flow, context) if node.direct_extensions else ()
        if typed in extensions:
            mark = flow.mark("menu.extension", extension=typed)
            return (*stop, mark, *ring_extension(typed, node.failed, flow, context))
        if any(extension.startswith(typed) for extension in extensions):
            return (*stop, NextKey(flow.port), Arm("key", context.after(node.next_digit_ms)))
        if typed in node.keys:
            return (*stop, *step._choose(node, flow, context))
        return (*stop, *step._again("menu.invalid", node, flow, context))

    def _choose(self, node: model.MenuNode, flow: Flow, context: Context) -> Outputs:
        chosen = flow.mark("menu.chosen", key=self.typed)
        return (chosen, *flow.go(node.keys[self.typed], context))

    def _again(self, prompt: str, node: model.MenuNode, flow: Flow, context: Context) -> Outputs:
        tag = context.new_number("tag")
        missed = flow.mark("menu.missed", typed=self.typed)
        if self.tries + 1 >= node.tries:
            flow.step = replace(self, tag=tag, tries=self.tries + 1, typed="", failing=True)
            return missed, flow.say(prompt if node.failed else "menu.failed", tag)
        flow.step = replace(self, tag=tag, tries=self.tries + 1, typed="")
        unheard = context.new_number("tag")
        return missed, flow.say(prompt, unheard), flow.say(node.prompt, tag), NextKey(flow.port)


def enter_menu(node: model.MenuNode, flow: Flow, context: Context) -> Outputs:
    tag = context.new_number("tag")
    profile = flow.profile(context)
    assert profile is not None
    name = next(name for name, other in profile.nodes.items() if other is node)
    flow.step = Menu(name, tag, 0)
    return flow.say(node.prompt, tag), NextKey(flow.port)


def _node(step: Menu, flow: Flow, context: Context) -> model.MenuNode:
    profile = flow.profile(context)
    assert profile is not None
    node = profile.nodes[step.node]
    assert isinstance(node, model.MenuNode)
    return node


def _extensions(flow: Flow, context: Context) -> tuple[str, ...]:
    return tuple(phone.extension for phone in flow.settings(context).phones)
