# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What is going on now: status, events, agents."""

from __future__ import annotations

import argparse
import json
from typing import Any

from firmware.cli.command import DONE, Context, Failed, cell, table

AGENT_DEEDS = {
    "log-in": ("log_in", ("agent", "extension")),
    "log-out": ("log_out", ("agent",)),
    "pause": ("pause", ("agent", "pause_code")),
    "ready": ("ready", ("agent",)),
    "join": ("join_queue", ("agent", "queue")),
    "leave": ("leave_queue", ("agent", "queue")),
}


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    status = commands.add_parser(
        "status", parents=[shared], help="the service, its lines, phones, queues and calls"
    )
    status.set_defaults(run=show_status)
    events = commands.add_parser("events", parents=[shared], help="what happens, line by line, until Ctrl-C")
    events.add_argument("--count", type=int, help="end after so many")
    events.set_defaults(run=show_events)
    agents = commands.add_parser(
        "agents", parents=[shared], help="agents and their states; log in or out, pause, ready"
    )
    agents.add_argument("deed", nargs="?", choices=sorted(AGENT_DEEDS), help="what an agent is to do")
    agents.add_argument("words", nargs="*", help="agent, and extension, pause code or queue (0: all)")
    agents.set_defaults(run=agents_command)


def show_status(context: Context) -> int:
    answer = context.client.request("status")
    board, service = answer["board"], answer["service"]
    parts = [
        "\n".join(f"{name}: {cell(value)}" for name, value in {"epoch": answer["epoch"], **service}.items()),
        table(map(_flat, board["lines"]), ("port", "state", "call", "caller"), "no lines"),
        table(board["phones"], ("port", "extension", "state", "call", "agent"), "no phones"),
        table(
            map(_flat, board["queues"]),
            ("queue", "waiting", "available_count", "logged_in_count"),
            "no queues",
        ),
        table(
            map(_flat, board["calls"]),
            ("call", "direction", "state", "line", "caller", "agent", "queue"),
            "no calls",
        ),
        table(board["alarms"][-10:], ("what", "port", "detail"), "no alarms"),
    ]
    context.show({key: answer[key] for key in ("epoch", "seq", "service", "board")}, "\n\n".join(parts))
    return DONE


def show_events(context: Context) -> int:
    left = context.options.count
    for line in context.client.follow():
        if "resync" in line and not context.options.json:
            continue
        context.say(json.dumps(line, ensure_ascii=False) if context.options.json else _event(line))
        if left is not None:
            left -= 1
            if left <= 0:
                break
    return DONE


def agents_command(context: Context) -> int:
    if context.options.deed is None:
        agents = context.client.request("status")["board"]["agents"]
        columns = ("agent", "state", "extension", "call", "pause_code", "misses", "queues")
        context.show(agents, table(agents, columns, "no agents"))
        return DONE
    verb, names = AGENT_DEEDS[context.options.deed]
    words = context.options.words
    if len(words) != len(names):
        raise Failed(f"agents {context.options.deed} takes {', '.join(names)}", 2)
    fields: dict[str, Any] = {
        name: word if name == "extension" else _number(name, word)
        for name, word in zip(names, words, strict=True)
    }
    context.client.request(verb, **fields)
    context.show({"ok": True}, "done")
    return DONE


def _number(name: str, word: str) -> int:
    if not word.isascii() or not word.isdigit():
        raise Failed(f"{name}: a number, not {word!r}", 2)
    return int(word)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat = dict(row)
    if isinstance(row.get("caller"), dict):
        flat["caller"] = row["caller"]["number"] or row["caller"]["extension"]
    if isinstance(row.get("waiting"), list):
        flat["waiting"] = len(row["waiting"])
    return flat


def _event(line: dict[str, Any]) -> str:
    report = _flat(line["report"])
    told = (
        f"{name}={cell(value)}"
        for name, value in report.items()
        if name not in ("kind", "since", "began", "at")
    )
    return f"{line['epoch']}.{line['seq']} {report['kind']} " + " ".join(told)
