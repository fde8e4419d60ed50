# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What needs no sign-in: style, scripts, texts, and a word to whoever watches over the process."""

from __future__ import annotations

import json

import bottle

from webui.access import Role
from webui.layout import STATIC
from webui.service import Away, Refused
from webui.texts import LANGUAGES, catalogue
from webui.visit import Visit

YEAR_S = 365 * 86_400


def static(visit: Visit, path: str) -> bottle.HTTPResponse:
    """A file asked for by a version of its content may be kept for ever; one that a script imports is asked about."""
    answer = bottle.static_file(path, root=str(STATIC))
    kept = f"public, max-age={YEAR_S}, immutable" if bottle.request.query.get("v") else "no-cache"
    answer.set_header("Cache-Control", kept)
    if path.endswith(".js"):
        answer.set_header("Content-Type", "text/javascript; charset=utf-8")
    return answer


def texts(visit: Visit, language: str) -> str:
    if language not in LANGUAGES:
        raise bottle.HTTPError(404, visit.t("error.status_404"))
    bottle.response.content_type = "text/javascript; charset=utf-8"
    bottle.response.set_header("Cache-Control", "no-cache")
    return f"export default {json.dumps(dict(catalogue(language)), ensure_ascii=False)};\n"


def health(visit: Visit) -> dict[str, object]:
    """Whether pages are served, and whether the service is behind them."""
    try:
        visit.site.service.ask("status", "web", Role.ADMIN)
    except (Away, Refused):
        return {"web": "ok", "service": "away"}
    return {"web": "ok", "service": "ok"}
