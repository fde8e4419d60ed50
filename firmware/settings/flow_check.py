# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Faults of flows: names that lead nowhere, and circles in which nobody ever waits for the caller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firmware.settings import model
from firmware.settings.draft import Draft, DraftFlow, Placed
from firmware.settings.faults import Fault
from firmware.speech.phrases import PHRASES

# In these the caller does something: press a key, say something.  A queue or ringing phones may be passed at
# once.
WAITING = (model.MenuNode, model.SecretNode, model.VoicemailNode)


def faults(draft: Draft, prompts: frozenset[str] | None) -> Iterator[Fault]:
    for flow in draft.flows:
        if isinstance(flow.item.start, str) and flow.item.start not in flow.item.named:
            named = {"what": "node", "what_zh": "节点", "value": flow.item.start}
            yield Fault(f"{flow.path}.start", "no_such", named)
        for node in flow.item.nodes.values():
            yield from _node(node, flow.item, draft, prompts)
        for circle in _circles(flow.item):
            yield Fault(
                f"{flow.path}.nodes.{circle[0]}", "endless", {"nodes": " → ".join([*circle, circle[0]])}
            )


def prompt(name: str, path: str, prompts: frozenset[str] | None) -> Iterator[Fault]:
    """Whether this prompt can be played by itself."""
    phrase = PHRASES.get(name)
    if phrase is not None and "{" in phrase.text("en") + phrase.text("zh"):
        yield Fault(path, "prompt_slots", {"value": name})
    elif prompts is not None and name not in prompts:
        yield Fault(path, "no_prompt", {"value": name})


def followers(node: Any) -> Iterator[tuple[str, str]]:
    """(key in the file, node name) of all that may come after a node."""
    for key in ("next", "failed", "open", "closed", "overflow", "unanswered", "accepted", "refused"):
        if (name := getattr(node, key, None)) is not None:
            yield key, name
    if isinstance(node, model.MenuNode):
        for digit, name in node.keys.items():
            yield f"keys.{digit}", name


def _node(
    placed: Placed[Any], flow: DraftFlow, draft: Draft, prompts: frozenset[str] | None
) -> Iterator[Fault]:
    node, path = placed.item, placed.path
    for key, name in followers(node):
        if name not in flow.named:
            yield Fault(f"{path}.{key}", "no_such", {"what": "node", "what_zh": "节点", "value": name})
    if getattr(node, "prompt", None) is not None:
        yield from prompt(node.prompt, f"{path}.prompt", prompts)
    for key, what, value in _named_by(node):
        if value not in draft.known[what]:
            named = {"what": what, "what_zh": _CHINESE[what], "value": value}
            yield Fault(f"{path}.{key}", "no_such", named)
    if isinstance(node, model.MenuNode) and not node.keys and not node.direct_extensions:
        yield Fault(f"{path}.keys", "unbounded")


_CHINESE = {"hours": "时间表", "queue": "队列", "extension": "分机", "mailbox": "信箱"}


def _named_by(node: Any) -> Iterator[tuple[str, str, Any]]:
    """(key in the file, kind of thing, its name) of what a node names outside its flow."""
    match node:
        case model.HoursNode():
            yield "hours", "hours", node.hours
        case model.QueueNode():
            yield "queue", "queue", node.queue
        case model.VoicemailNode():
            yield "mailbox", "mailbox", node.mailbox
        case model.RingNode():
            for place, extension in enumerate(node.extensions):
                yield f"extensions[{place}]", "extension", extension


def _circles(flow: DraftFlow) -> list[list[str]]:
    """Each circle of nodes none of which waits for the caller, once, from its first node in the file."""
    onward = {
        name: [next_name for _, next_name in followers(node.item) if next_name in flow.nodes]
        for name, node in flow.nodes.items()
        if not isinstance(node.item, WAITING)
    }
    circles: list[list[str]] = []
    done: set[str] = set()
    for name in onward:
        if name not in done:
            _walk(name, onward, done, circles)
    return circles


def _walk(first: str, onward: dict[str, list[str]], done: set[str], circles: list[list[str]]) -> None:
    """Depth first, without recursion: a file may hold thousands of nodes in a row."""
    path, ways = [first], [iter(onward[first])]
    done.add(first)
    on_path = {first}
    while path:
        name = next(ways[-1], None)
        if name is None:
            ways.pop()
            on_path.discard(path.pop())
        elif name in on_path:
            circles.append(path[path.index(name) :])
        elif name in onward and name not in done:
            done.add(name)
            on_path.add(name)
            path.append(name)
            ways.append(iter(onward[name]))
