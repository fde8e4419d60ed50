# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Who may sign in: names, roles, first passwords."""

from __future__ import annotations

import secrets
from typing import Any, NoReturn

from webui.access import Role
from webui.service import Refused
from webui.visit import Visit

# No letters and digits that are taken for each other when read from a slip of paper.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def page(visit: Visit) -> str:
    return visit.render(
        "users.html",
        users=visit.ask("user_list")["users"],
        roles=[(role.value, visit.texts.word("role", role.value)) for role in Role],
        names=visit.records.names(visit.reader),
    )


def add(visit: Visit) -> NoReturn:
    name, password = visit.form("name", 60), first_password()
    _asked(visit, "user_add", name=name, password=password, **_fields(visit))
    visit.done("/users", "users.added", name=name, password=password)


def change(visit: Visit, name: str) -> NoReturn:
    what = visit.form("what", 20)
    if what == "password":
        password = first_password()
        _asked(visit, "user_change", name=name, password=password)
        visit.site.sessions.end_all_of(name)
        visit.done("/users", "users.new_password", name=name, password=password)
    _asked(visit, "user_change", name=name, **_fields(visit))
    visit.done("/users", "users.changed", name=name)


def remove(visit: Visit, name: str) -> NoReturn:
    if name == visit.name:
        visit.failed("/users", visit.t("users.not_self"))
    _asked(visit, "user_remove", name=name)
    visit.site.sessions.end_all_of(name)
    visit.done("/users", "form.removed")


def first_password() -> str:
    """Four groups of four, easy to read out; 79 bits of chance."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _fields(visit: Visit) -> dict[str, Any]:
    agent = visit.form("agent", 6)
    return {
        "role": visit.form("role", 20),
        "language": visit.form("language", 5) or visit.texts.language,
        "agent": int(agent) if agent.isascii() and agent.isdigit() else 0,
        "lines": [int(port) for port in visit.form_list("lines") if port.isascii() and port.isdigit()],
    }


def _asked(visit: Visit, do: str, **fields: Any) -> None:
    try:
        visit.ask(do, **fields)
    except Refused as refused:
        visit.failed("/users", refused.text(visit.texts))
    visit.site.people.forget()
