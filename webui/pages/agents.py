# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Agents: who they are, what they do now; add, change, log out, pause, set the PIN."""

from __future__ import annotations

from typing import Any, NoReturn

import bottle

from webui import current, editing
from webui.access import Role
from webui.pieces import PIECES
from webui.service import Away, Refused
from webui.visit import Visit

AGENTS = PIECES["agents"]
PAUSE_CODES = range(1, 10)


def page(visit: Visit) -> str:
    now = current.settings(visit)
    queues = {queue.number: queue.name for queue in now.settings.queues}
    return visit.render(
        "agents.html", agents=now.settings.agents, queues=queues, live=_live(visit), pause_codes=PAUSE_CODES
    )


def one(visit: Visit, key: str) -> str:
    if key == "new" and visit.role is not Role.ADMIN:
        raise bottle.HTTPError(403, visit.t("error.role"))
    return visit.render("agent.html", sheet=editing.sheet(visit, AGENTS, key, f"/agents/{key}"))


def save(visit: Visit, key: str) -> str:
    sheet = editing.save(visit, AGENTS, key, f"/agents/{key}")
    if sheet.faults or sheet.elsewhere:
        return visit.render("agent.html", sheet=sheet)
    pin = visit.form("pin", 20)
    if pin:
        try:
            visit.ask("set_pin", subject=f"agent:{sheet.values['number']}", pin=pin)
        except Refused as refused:
            visit.failed(f"/agents/{sheet.values['number']}", refused.text(visit.texts))
    return visit.done("/agents", "form.saved", revision=sheet.revision)


def remove(visit: Visit, key: str) -> NoReturn:
    editing.remove(visit, AGENTS, key, "/agents")


def pin(visit: Visit, number: int) -> NoReturn:
    try:
        visit.ask("set_pin", subject=f"agent:{number}", pin=visit.form("pin", 20))
    except Refused as refused:
        visit.failed(f"/agents/{number}", refused.text(visit.texts))
    visit.done("/agents", "pin.set")


def state(visit: Visit, number: int) -> NoReturn:
    """Log out, pause or make ready, as a supervisor does for somebody who forgot."""
    wanted = visit.form("state", 20)
    try:
        if wanted == "log_out":
            visit.ask("log_out", agent=number)
        elif wanted == "ready":
            visit.ask("ready", agent=number)
        elif wanted == "pause":
            visit.ask("pause", agent=number, pause_code=_pause_code(visit))
    except Refused as refused:
        visit.failed("/agents", refused.text(visit.texts))
    visit.done("/agents")


def _pause_code(visit: Visit) -> int:
    code = visit.form("pause_code", 2)
    if code not in map(str, PAUSE_CODES):
        raise bottle.HTTPError(400, visit.t("error.status_400"))
    return int(code)


def _live(visit: Visit) -> dict[int, dict[str, Any]]:
    """What each agent does now; nothing while the service is away."""
    try:
        board = visit.ask("status")["board"]
    except Away:
        return {}
    return {row["agent"]: row for row in board["agents"]}
