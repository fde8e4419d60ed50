# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes that only speak: `notice` (the recording notice), `play`, and `hangup`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsp.vocabulary import PlayEnded
from firmware.exchange.machine import IGNORED, Context, Outputs, Send
from firmware.exchange.messages import Message, NoticePlayed
from firmware.exchange.steps.step import Step
from firmware.exchange.vocabulary import AnyFact, Cause
from firmware.settings import model

if TYPE_CHECKING:
    from firmware.exchange.flow import Flow


class Notice(Step, frozen=True):
    """Played to its end whatever is keyed meanwhile: the record says whether the caller was told."""

    tag: int
    next: str | None

    def receive(self, event: AnyFact | Message, flow: Flow, context: Context) -> Outputs:
        match event:
            case PlayEnded(tag=self.tag, completed=completed):
                played = (Send(flow.call_address, NoticePlayed()),) if completed else ()
                return (*played, *flow.go(self.next, context))
            case _:
                return IGNORED


class Play(Step, frozen=True):
    tag: int
    next: str | None

    def receive(self, event: AnyFact | Message, flow: Flow, context: Context) -> Outputs:
        match event:
            case PlayEnded(tag=self.tag):
                return flow.go(self.next, context)
            case _:
                return IGNORED


class HangUp(Step, frozen=True):
    tag: int

    def receive(self, event: AnyFact | Message, flow: Flow, _context: Context) -> Outputs:
        match event:
            case PlayEnded(tag=self.tag):
                return flow.end(Cause.FLOW_END)
            case _:
                return IGNORED


def enter_notice(node: model.NoticeNode, flow: Flow, context: Context) -> Outputs:
    recording = flow.settings(context).recording
    if not (recording.on and recording.notice):
        return flow.go(node.next, context)
    tag = context.new_number("tag")
    flow.step = Notice(tag, node.next)
    return (flow.say(recording.notice_prompt, tag),)


def enter_play(node: model.PlayNode, flow: Flow, context: Context) -> Outputs:
    tag = context.new_number("tag")
    flow.step = Play(tag, node.next)
    return (flow.say(node.prompt, tag),)


def enter_hangup(node: model.HangUpNode, flow: Flow, context: Context) -> Outputs:
    if node.prompt is None:
        return flow.end(Cause.FLOW_END)
    tag = context.new_number("tag")
    flow.step = HangUp(tag)
    return (flow.say(node.prompt, tag),)
