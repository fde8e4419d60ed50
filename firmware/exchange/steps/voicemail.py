# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The `voicemail` node: a greeting, a beep, and a message until #, hang-up or the longest time.

The message is a stretch of the call's own recording, so nothing is recorded twice and evidence stays whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from dsp.vocabulary import PlayEnded, SendTone, StopTone, Tone
from firmware.exchange.machine import IGNORED, Context, Output, Outputs
from firmware.exchange.messages import Message
from firmware.exchange.steps.step import Step
from firmware.exchange.vocabulary import (
    AnyFact,
    Arm,
    Disarm,
    Expired,
    Instant,
    KeyPressed,
    NextKey,
    SaveMessage,
)
from firmware.settings import model

if TYPE_CHECKING:
    from firmware.exchange.flow import Flow

BEEP_MS = 400
# Shorter than this is somebody hanging up after the beep.
MESSAGE_SHORTEST_MS = 1_000


class Voicemail(Step, frozen=True):
    """greeting or word of thanks: tag; began: while the message is recorded."""

    TIMERS: ClassVar[frozenset[str]] = frozenset({"beep", "longest"})

    mailbox: int
    longest_s: int
    next: str | None
    tag: int
    began: Instant | None = None
    done: bool = False

    def receive(self, event: AnyFact | Message, flow: Flow, context: Context) -> Outputs:
        match event:
            case PlayEnded(tag=self.tag) if self.done:
                return flow.go(self.next, context)
            case PlayEnded(tag=self.tag):
                return SendTone(flow.port, Tone.CONFIRM), Arm("beep", context.after(BEEP_MS))
            case Expired(timer="beep"):
                flow.step = replace(self, began=context.now)
                longest = Arm("longest", context.after(self.longest_s * 1000))
                return StopTone(flow.port), NextKey(flow.port), longest
            case KeyPressed(_, "#") | Expired(timer="longest") if self.began is not None:
                return (Disarm("longest"), *self._save(flow, context), *self._thank(flow, context))
            case KeyPressed() if self.began is not None:
                return (NextKey(flow.port),)
            case _:
                return IGNORED

    def leave(self, flow: Flow, context: Context) -> Outputs:
        return self._save(flow, context)

    def _save(self, flow: Flow, context: Context) -> tuple[Output, ...]:
        if self.began is None or self.done:
            return ()
        length_ms = (context.now.mono_ns - self.began.mono_ns) // 1_000_000
        call = context.directory.call(flow.call)
        recording = call.recording_of(1) if call is not None else 0
        if length_ms < MESSAGE_SHORTEST_MS or not recording:
            return (flow.mark("voicemail.none", mailbox=self.mailbox),)
        saved = SaveMessage(self.mailbox, flow.call, recording, flow.caller, self.began, context.now)
        return flow.mark("voicemail.saved", mailbox=self.mailbox, length_ms=length_ms), saved

    def _thank(self, flow: Flow, context: Context) -> tuple[Output, ...]:
        tag = context.new_number("tag")
        flow.step = replace(self, done=True, tag=tag)
        return (flow.say("voicemail.saved", tag),)


def enter_voicemail(node: model.VoicemailNode, flow: Flow, context: Context) -> Outputs:
    mailbox = next(box for box in flow.settings(context).mailboxes if box.number == node.mailbox)
    tag = context.new_number("tag")
    flow.step = Voicemail(mailbox.number, mailbox.longest_s, node.next, tag)
    return (flow.say(mailbox.greeting, tag),)
