# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The bench, on the simulated card only: telephones to be played by hand, with sound from and to the browser."""

from __future__ import annotations

import re
from typing import Any

import bottle

from webui.headers import policy
from webui.service import Refused
from webui.visit import Visit

ACTS = {"lift": "", "hang_up": "", "dial": "digits", "press": "digits", "flash": "ms", "speak": "ms"}
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\]")


def page(visit: Visit) -> str:
    if not visit.site.has_bench():
        return visit.render("bench_none.html")
    return visit.render("bench.html", status=visit.ask("bench_status"), who="", number="")


def phone(visit: Visit, extension: str) -> str:
    return _one(visit, f"phone:{extension}")


def outside(visit: Visit, number: str) -> str:
    """By its number, or by its place in the row: 1 is the first."""
    status = visit.ask("bench_status")
    if len(number) <= 2 and 0 < int(number) <= len(status["outside"]):
        number = status["outside"][int(number) - 1]["number"]
    return _one(visit, f"outside:{number}")


def state(visit: Visit) -> dict[str, Any]:
    bottle.response.set_header("Cache-Control", "no-store")
    status = visit.ask("bench_status")
    return {"pilot": status["pilot"], "telephones": [*status["outside"], *status["desks"]]}


def act(visit: Visit) -> dict[str, Any]:
    asked = bottle.request.json
    if not isinstance(asked, dict) or asked.get("act") not in ACTS:
        raise bottle.HTTPError(400, visit.t("error.status_400"))
    fields = {key: asked[key] for key in (ACTS[asked["act"]],) if key and key in asked}
    visit.ask(f"bench_{asked['act']}", who=str(asked.get("who", ""))[:60], **fields)
    return {"ok": True}


def _one(visit: Visit, who: str) -> str:
    try:
        status = visit.ask("bench_status")
    except Refused:
        return visit.render("bench_none.html")
    telephones = [*status["outside"], *status["desks"]]
    if not any(each["who"] == who for each in telephones):
        raise bottle.HTTPError(404, visit.t("bench.no_telephone"))
    if visit.site.bench_port:
        bottle.response.set_header("Content-Security-Policy", policy(_sound_address(visit)))
    return visit.render("bench.html", status=status, who=who, number=who.partition(":")[2])


def _sound_address(visit: Visit) -> str:
    """Where this page's sound goes, as the policy names it: the host the browser came to, on the sound's port."""
    host = re.sub(r":\d+$", "", bottle.request.get_header("Host", ""))
    if not _HOST.fullmatch(host):
        host = "127.0.0.1"
    return f"{'wss' if visit.site.secure else 'ws'}://{host}:{visit.site.bench_port}"
