# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Queues: who waits how long for whom; add, change, remove."""

from __future__ import annotations

from typing import NoReturn

import bottle

from webui import current, editing
from webui.access import Role
from webui.pieces import PIECES
from webui.visit import Visit

QUEUES = PIECES["queues"]


def page(visit: Visit) -> str:
    now = current.settings(visit)
    members = {
        queue.number: [agent for agent in now.settings.agents if queue.number in agent.queues]
        for queue in now.settings.queues
    }
    return visit.render("queues.html", queues=now.settings.queues, members=members)


def one(visit: Visit, key: str) -> str:
    if key == "new" and visit.role is not Role.ADMIN:
        raise bottle.HTTPError(403, visit.t("error.role"))
    return visit.render("settings_form.html", sheet=editing.sheet(visit, QUEUES, key, f"/queues/{key}"))


def save(visit: Visit, key: str) -> str:
    sheet = editing.save(visit, QUEUES, key, f"/queues/{key}")
    if not sheet.faults and not sheet.elsewhere:
        visit.done("/queues", "form.saved", revision=sheet.revision)
    return visit.render("settings_form.html", sheet=sheet)


def remove(visit: Visit, key: str) -> NoReturn:
    editing.remove(visit, QUEUES, key, "/queues")
