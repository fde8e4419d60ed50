# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Settings that may be partly wrong: the parts that are right in themselves, each with its place in the
file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from firmware.settings.model import (
    Agent,
    Centre,
    Codes,
    Hours,
    Line,
    Mailbox,
    Model,
    Node,
    Numbering,
    Phone,
    Queue,
    Recording,
    Timers,
)

Item = TypeVar("Item")
Table = TypeVar("Table", bound=Model)
_NODE: TypeAdapter[Any] = TypeAdapter(Node)


@dataclass(frozen=True, slots=True)
class Placed(Generic[Item]):
    """An item and its path."""

    path: str
    item: Item


@dataclass(frozen=True, slots=True)
class DraftFlow:
    """A flow whose name may be wrong.  named: every node name given, also of nodes that are wrong in
    themselves."""

    name: Any
    start: Any
    nodes: dict[str, Placed[Any]]
    named: frozenset[str]


@dataclass(frozen=True, slots=True)
class Draft:
    """What can be held together.  known: what each kind of name or number is given anywhere, right or
    wrong."""

    centre: Centre
    numbering: Numbering
    codes: dict[str, str]
    timers: Timers
    recording: Recording
    lines: list[Placed[Line]]
    phones: list[Placed[Phone]]
    agents: list[Placed[Agent]]
    queues: list[Placed[Queue]]
    mailboxes: list[Placed[Mailbox]]
    hours: list[Placed[Hours]]
    flows: list[Placed[DraftFlow]]
    known: dict[str, set[Any]]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Draft:
        """data: plain data as JSON has it."""
        return cls(
            centre=_table(Centre, data.get("centre")),
            numbering=_table(Numbering, data.get("numbering")),
            codes=_codes(data.get("codes")),
            timers=_table(Timers, data.get("timers")),
            recording=_table(Recording, data.get("recording")),
            lines=list(_placed(Line, "lines", data)),
            phones=list(_placed(Phone, "phones", data)),
            agents=list(_placed(Agent, "agents", data)),
            queues=list(_placed(Queue, "queues", data)),
            mailboxes=list(_placed(Mailbox, "mailboxes", data)),
            hours=list(_placed(Hours, "hours", data)),
            flows=list(_flows(data)),
            known={
                "extension": _given("phones", "extension", data),
                "agent": _given("agents", "number", data),
                "queue": _given("queues", "number", data),
                "mailbox": _given("mailboxes", "number", data),
                "hours": _given("hours", "name", data),
                "flow": _given("flows", "name", data),
            },
        )


def _table(kind: type[Table], data: Any) -> Table:
    """A table with its wrong values at their usual ones."""
    if not isinstance(data, Mapping):
        return kind()
    try:
        return kind.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        wrong = {each["loc"][0] for each in error.errors(include_url=False)}
        return kind.model_validate_json(
            json.dumps({k: v for k, v in data.items() if k not in wrong}), strict=True
        )


def _codes(data: Any) -> dict[str, str]:
    given = data if isinstance(data, Mapping) else {}
    usual = Codes().model_dump()
    return {name: given[name] if isinstance(given.get(name), str) else code for name, code in usual.items()}


def _items(name: str, data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    items = data.get(name)
    if isinstance(items, list):
        for place, item in enumerate(items):
            yield f"{name}[{place}]", item


def _placed(kind: type[Table], name: str, data: Mapping[str, Any]) -> Iterator[Placed[Table]]:
    for path, item in _items(name, data):
        try:
            yield Placed(path, kind.model_validate_json(json.dumps(item), strict=True))
        except ValidationError:
            continue  # named by the first pass


def _given(name: str, key: str, data: Mapping[str, Any]) -> set[Any]:
    items = (item.get(key) for _, item in _items(name, data) if isinstance(item, Mapping))
    return {item for item in items if isinstance(item, str | int)}


def _flows(data: Mapping[str, Any]) -> Iterator[Placed[DraftFlow]]:
    for path, flow in _items("flows", data):
        if not isinstance(flow, Mapping) or not isinstance(flow.get("nodes"), Mapping):
            continue
        nodes = {}
        for name, node in flow["nodes"].items():
            try:
                nodes[name] = Placed(
                    f"{path}.nodes.{name}", _NODE.validate_json(json.dumps(node), strict=True)
                )
            except ValidationError:
                continue  # named by the first pass
        yield Placed(path, DraftFlow(flow.get("name"), flow.get("start"), nodes, frozenset(flow["nodes"])))
