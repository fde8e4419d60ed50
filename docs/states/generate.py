# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Writes one page a state machine, from the machine's own code: `python docs/states/generate.py`.

Every `match self.state, event` of a machine becomes rows: in this state, on this, it may go to these.  "May" is meant:
what a handler assigns somewhere is listed, whatever the conditions.  tests/test_states_pages.py holds pages and code
together.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
MACHINES = ("trunk", "station", "transfer", "agent", "offer", "place")


@dataclass(frozen=True)
class Row:
    state: str
    on: str
    leads_to: tuple[str, ...]


def pages() -> dict[str, str]:
    """Every page by its file name."""
    return {f"{name}.md": _page(name) for name in MACHINES}


def _page(name: str) -> str:
    module = __import__(f"firmware.exchange.{name}", fromlist=["State"])
    machine: type = getattr(module, name.capitalize())
    states: type[Enum] = module.State
    methods = _methods(machine)
    rows = [row for method in methods.values() for row in _rows(method, methods)]
    title = (inspect.getdoc(module) or "").partition("\n")[0]
    # REUSE-IgnoreStart
    licence = (
        "<!-- SPDX-FileCopyrightText: 2026 The Switchroom authors -->",
        "<!-- SPDX-License-Identifier: Apache-2.0 -->",
    )
    # REUSE-IgnoreEnd
    lines = [
        *licence,
        f"<!-- Written by docs/states/generate.py from firmware/exchange/{name}*.py; do not edit. -->",
        "",
        f"# {title}",
        "",
        "| in state | timers it may have |",
        "|---|---|",
        *(f"| {state.name} | {_timers(machine, state)} |" for state in states),
        "",
        "| in state | on | may go to |",
        "|---|---|---|",
        *(f"| {row.state} | `{row.on}` | {', '.join(row.leads_to)} |" for row in rows),
        "",
    ]
    return "\n".join(lines)


def _timers(machine: type, state: Enum) -> str:
    one = machine(1)
    one.state = state
    return ", ".join(sorted(one.timers_allowed()))


def _methods(machine: type) -> dict[str, ast.FunctionDef]:
    """The methods of a machine and of the layers below it, the topmost first."""
    found: dict[str, ast.FunctionDef] = {}
    for layer in machine.__mro__:
        if not layer.__module__.startswith("firmware.exchange"):
            continue
        tree = ast.parse(textwrap.dedent(inspect.getsource(layer)))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, node)
    return found


def _rows(method: ast.FunctionDef, methods: dict[str, ast.FunctionDef]) -> Iterator[Row]:
    for node in ast.walk(method):
        if not isinstance(node, ast.Match):
            continue
        subject = ast.unparse(node.subject)
        if not subject.startswith(("self.state", "(self.state")) and subject != "event":
            continue
        for case in node.cases:
            state, on = _parts(case.pattern, subject, method.name)
            leads_to = _leads_to(case.body, methods)
            if on == "_" or (subject == "self.state" and not leads_to):
                continue
            if case.guard is not None:
                on += f" if {ast.unparse(case.guard)}"
            yield Row(state, " ".join(on.split()).replace("|", "or"), leads_to)


def _parts(pattern: ast.pattern, subject: str, method: str) -> tuple[str, str]:
    if subject == "event":
        return "any", ast.unparse(pattern)
    if subject == "self.state":
        return _state(pattern), method.strip("_")
    if isinstance(pattern, ast.MatchSequence):
        return _state(pattern.patterns[0]), ast.unparse(pattern.patterns[1])
    return "any", "_"


def _state(pattern: ast.pattern) -> str:
    text = ast.unparse(pattern)
    return "any" if text == "_" else text.replace("State.", "").replace(" | ", ", ")


def _leads_to(body: list[ast.stmt], methods: dict[str, ast.FunctionDef]) -> tuple[str, ...]:
    """The states assigned in a handler or in whatever it calls on itself."""
    seen = {"receive"}
    states: dict[str, None] = {}
    waiting: list[ast.AST] = list(body)
    while waiting:
        for node in ast.walk(waiting.pop(0)):
            if isinstance(node, ast.Assign) and "self.state" in map(ast.unparse, node.targets):
                states.update(dict.fromkeys(_named(node.value)))
            elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self":
                handler = methods.get(node.attr)
                if handler is not None and handler.name not in seen:
                    seen.add(handler.name)
                    waiting.append(handler)
    return tuple(states)


def _named(value: ast.expr) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "State":
            yield node.attr


def main() -> None:
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
