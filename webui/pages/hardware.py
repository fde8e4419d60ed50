# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""System, hardware: what is plugged in, and every port live, with a test of each."""

from __future__ import annotations

from typing import Any

import bottle

from webui.access import BUILDERS
from webui.visit import Visit


def page(visit: Visit) -> str:
    return visit.render("hardware.html", may_test=visit.role in BUILDERS)


def state(visit: Visit) -> dict[str, Any]:
    """The ports; with ?machine=1 also cards, spans and what is to be mended."""
    bottle.response.set_header("Cache-Control", "no-store")
    answer = visit.ask("hardware", machine=visit.query("machine", 1) == "1")
    return {name: answer[name] for name in ("card", "ports", "machine") if name in answer}


def test(visit: Visit) -> dict[str, Any]:
    asked = bottle.request.json
    port = asked.get("port") if isinstance(asked, dict) else None
    if type(port) is not int:
        raise bottle.HTTPError(400, visit.t("error.status_400"))
    answer = visit.ask("port_test", port=port)
    return {name: value for name, value in answer.items() if name not in ("id", "ok")}
