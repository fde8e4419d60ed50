# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Templates into pages: the frame around every page, its menu by role, and how times and spans are written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import bottle
import jinja2

from webui import wording
from webui.access import RULES, Role
from webui.visit import Visit

STATIC = Path(__file__).with_name("static")
_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu.  Shown to the roles that its page's rule lets in."""

    path: str
    text: str
    group: str

    def shown_to(self, role: Role) -> bool:
        return any(rule.path == self.path and rule.method == "GET" and role in rule.roles for rule in RULES)


MENU = (
    Entry("/board", "menu.board", "work"),
    Entry("/calls", "menu.calls", "work"),
    Entry("/voicemail", "menu.voicemail", "work"),
    Entry("/figures", "menu.figures", "work"),
    Entry("/agents", "menu.agents", "centre"),
    Entry("/queues", "menu.queues", "centre"),
    Entry("/settings", "menu.settings", "centre"),
    Entry("/users", "menu.users", "box"),
    Entry("/system", "menu.system", "box"),
    Entry("/bench", "menu.bench", "box"),
)


@cache
def static_version(path: str) -> str:
    """Part of a static file's address: a browser may keep the file for ever and still sees a new one at once."""
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]


def static_address(path: str) -> str:
    return f"/static/{path}?v={static_version(path)}"


class Pages:
    def __init__(self) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["static"] = static_address

    def render(self, template: str, visit: Visit, values: Mapping[str, object]) -> str:
        bottle.response.set_header("Cache-Control", "no-store")
        bottle.response.content_type = "text/html; charset=utf-8"
        notices = visit.site.notices.take(visit.session.digest) if visit.session else []
        return self._templates.get_template(template).render(
            visit=visit,
            t=visit.texts,
            csrf=visit.csrf,
            menu=[] if visit.user is None else self._menu(visit),
            here=bottle.request.path,
            language=visit.texts.language,
            notices=notices,
            say=wording.Wording(visit.texts, visit.site.timezone()),
            **values,
        )

    def _menu(self, visit: Visit) -> list[tuple[str, list[Entry]]]:
        bench = visit.site.has_bench()
        entries = [e for e in MENU if e.shown_to(visit.role) and (bench or e.path != "/bench")]
        groups = dict.fromkeys(entry.group for entry in entries)
        return [(group, [entry for entry in entries if entry.group == group]) for group in groups]
