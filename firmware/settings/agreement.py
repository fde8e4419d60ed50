# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What must agree with something else: ports, numbers, names, times.  The numbering plan and flows have files
of
their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from firmware.settings import flow_check, plan_check
from firmware.settings.draft import Draft, Placed
from firmware.settings.faults import Fault
from firmware.settings.model import Hours, Phone, PhoneRole

Names = frozenset[str] | None
Ports = frozenset[int] | None

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")


def faults(draft: Draft, lines: Ports, phones: Ports, prompts: Names, music: Names) -> list[Fault]:
    """Every disagreement, in the order of the file."""
    return [
        *_centre(draft),
        *plan_check.faults(draft),
        *_twice(draft),
        *_ports(draft, lines, phones),
        *_phones(draft),
        *_references(draft),
        *_sounds(draft, prompts, music),
        *(fault for hours in draft.hours for fault in _hours(hours)),
        *flow_check.faults(draft, prompts),
    ]


def _centre(draft: Draft) -> Iterator[Fault]:
    zone = draft.centre.timezone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder
        yield Fault("centre.timezone", "timezone", {"value": zone})


def _twice(draft: Draft) -> Iterator[Fault]:
    yield from repeated(((p, "port", p.item.port) for p in draft.lines), "port", "端口")
    yield from repeated(((p, "port", p.item.port) for p in draft.phones), "port", "端口")
    yield from repeated(((p, "extension", p.item.extension) for p in draft.phones), "extension", "分机号")
    yield from repeated(((p, "number", p.item.number) for p in draft.agents), "agent", "座席")
    yield from repeated(((p, "number", p.item.number) for p in draft.queues), "queue", "队列")
    yield from repeated(((p, "number", p.item.number) for p in draft.mailboxes), "mailbox", "信箱")
    yield from repeated(((p, "name", p.item.name) for p in draft.hours), "hours", "时间表")
    yield from repeated(
        ((p, "name", p.item.name) for p in draft.flows if isinstance(p.item.name, str)), "flow", "流程"
    )


def repeated(values: Iterable[tuple[Placed[Any], str, Any]], what: str, what_zh: str) -> Iterator[Fault]:
    """A fault for each value that was given before."""
    first: dict[Any, str] = {}
    for placed, key, value in values:
        path = f"{placed.path}.{key}"
        if value in first:
            named = {"what": what, "what_zh": what_zh, "value": value, "other": first[value]}
            yield Fault(path, "twice", named)
        else:
            first[value] = path


def _ports(draft: Draft, lines: Ports, phones: Ports) -> Iterator[Fault]:
    """A port that isn't there is no fault: its card may have been pulled, and settings must still be
    changed."""
    line_paths = {line.item.port: f"{line.path}.port" for line in draft.lines}
    for line in draft.lines:
        if phones is not None and line.item.port in phones:
            named = {"port": line.item.port, "kind": "a phone's (FXS)", "kind_zh": "话机端口（FXS）"}
            yield Fault(f"{line.path}.port", "port_kind", named)
    for phone in draft.phones:
        port, path = phone.item.port, f"{phone.path}.port"
        if lines is not None and port in lines:
            yield Fault(
                path, "port_kind", {"port": port, "kind": "a line's (FXO)", "kind_zh": "外线端口（FXO）"}
            )
        if port in line_paths:
            yield Fault(path, "port_taken", {"port": port, "other": line_paths[port]})


def _phones(draft: Draft) -> Iterator[Fault]:
    for phone in draft.phones:
        yield from _phone(phone, draft.timers.safe_flash_ms)


def _phone(phone: Placed[Phone], safe_flash_ms: int) -> Iterator[Fault]:
    it, path = phone.item, phone.path
    if it.flash_shortest_ms >= it.flash_longest_ms:
        relation = {"relation": "shorter than", "relation_zh": "短于", "other": "flash_longest_ms"}
        yield Fault(f"{path}.flash_shortest_ms", "order", relation)
    if it.flash_longest_ms > safe_flash_ms:
        relation = {
            "relation": "at most",
            "relation_zh": "不超过",
            "other": f"timers.safe_flash_ms ({safe_flash_ms})",
        }
        yield Fault(f"{path}.flash_longest_ms", "order", relation)
    if it.role is PhoneRole.HOTLINE and it.hotline_number is None:
        yield Fault(f"{path}.hotline_number", "hotline")


def _references(draft: Draft) -> Iterator[Fault]:
    known = draft.known
    for line in draft.lines:
        yield from missing(known["flow"], line.item.flow, f"{line.path}.flow", "flow", "流程")
    for agent in draft.agents:
        for place, queue in enumerate(agent.item.queues):
            yield from missing(known["queue"], queue, f"{agent.path}.queues[{place}]", "queue", "队列")
    for box in draft.mailboxes:
        if box.item.extension is not None:
            path = f"{box.path}.extension"
            yield from missing(known["extension"], box.item.extension, path, "extension", "分机")
    operator = draft.numbering.operator_extension
    if operator is not None:
        path = "numbering.operator_extension"
        yield from missing(known["extension"], operator, path, "extension", "分机")


def missing(known: Iterable[Any], value: Any, path: str, what: str, what_zh: str) -> Iterator[Fault]:
    if value not in known:
        yield Fault(path, "no_such", {"what": what, "what_zh": what_zh, "value": value})


def _sounds(draft: Draft, prompts: Names, music: Names) -> Iterator[Fault]:
    yield from flow_check.prompt(draft.recording.notice_prompt, "recording.notice_prompt", prompts)
    for box in draft.mailboxes:
        yield from flow_check.prompt(box.item.greeting, f"{box.path}.greeting", prompts)
    for queue in draft.queues:
        if music is not None and queue.item.music not in music:
            yield Fault(f"{queue.path}.music", "no_music", {"value": queue.item.music})


def _hours(hours: Placed[Hours]) -> Iterator[Fault]:
    it, path = hours.item, hours.path
    for day in WEEKDAYS:
        yield from _spans(getattr(it, day), f"{path}.{day}")
    for place, text in enumerate(it.closed_dates):
        yield from _date(text, f"{path}.closed_dates[{place}]")
        if text in it.open_dates:
            yield Fault(f"{path}.closed_dates[{place}]", "both_dates", {"value": text})
    for text, spans in it.open_dates.items():
        yield from _date(text, f"{path}.open_dates.{text}")
        yield from _spans(spans, f"{path}.open_dates.{text}")


def _date(text: str, path: str) -> Iterator[Fault]:
    try:
        right = date.fromisoformat(text).isoformat() == text
    except ValueError:
        right = False
    if not right:
        yield Fault(path, "date", {"value": text})


def _spans(texts: tuple[str, ...], path: str) -> Iterator[Fault]:
    """Spans of one day.  One that ends before it begins goes on past midnight."""
    taken: list[tuple[int, int, str]] = []
    for place, text in enumerate(texts):
        begin, end = text[:5], text[6:]
        if not SPAN.fullmatch(text) or begin == end:
            yield Fault(f"{path}[{place}]", "span", {"value": text})
            continue
        begins, ends = _minute(begin), _minute(end)
        until = ends if ends > begins else 24 * 60
        for other_begins, other_until, other in taken:
            if begins < other_until and other_begins < until:
                yield Fault(f"{path}[{place}]", "overlap", {"value": text, "other": other})
        taken.append((begins, until, text))


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
