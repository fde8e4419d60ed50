# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Menus: each flow as a drawn graph, and a form for every node of it."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn, get_args

import bottle
from pydantic import BaseModel

from firmware.settings import model
from webui import current, editing, forms, pieces
from webui.service import Fault, Refused
from webui.texts import LANGUAGES
from webui.visit import Visit

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
KINDS: dict[str, type[BaseModel]] = {
    node.model_fields["kind"].default: node for node in get_args(get_args(model.Node)[0])
}
FOLLOWERS = ("next", "open", "closed", "accepted", "refused", "failed", "overflow", "unanswered")
END = ""  # the node every way without a follower leads to: the call ends


def index(visit: Visit) -> str:
    now = current.settings(visit)
    used = {line.flow for line in now.settings.lines}
    return visit.render("flows.html", flows=now.settings.flows, used=used)


def add(visit: Visit) -> NoReturn:
    """A new flow greets nobody and hangs up, until its nodes are made."""
    name = visit.form("name")
    flow = {"name": name, "start": "end", "nodes": {"end": {"kind": "hangup"}}}
    try:
        current.change(visit, lambda raw: raw.update(flows=[*raw["flows"], flow]), f"flows {name}")
    except Refused as refused:
        visit.failed("/settings/flows", refused.text(visit.texts))
    visit.done(f"/settings/flows/{name}", "form.added")


def one(visit: Visit, flow: str) -> str:
    return _page(visit, flow, visit.query("node"), visit.query("add"))


def change(visit: Visit, flow: str) -> NoReturn:
    start, language = visit.form("start", 60), visit.form("language", 2) or None
    _change(visit, flow, lambda raw: raw.update(start=start, language=language))
    visit.done(f"/settings/flows/{flow}", "form.saved_plain")


def remove(visit: Visit, flow: str) -> NoReturn:
    def without(raw: dict[str, Any]) -> None:
        raw["flows"] = [each for each in raw["flows"] if each["name"] != flow]

    try:
        current.change(visit, without, f"flows -{flow}")
    except Refused as refused:
        visit.failed(f"/settings/flows/{flow}", refused.text(visit.texts))
    visit.done("/settings/flows", "form.removed")


def add_node(visit: Visit, flow: str) -> NoReturn:
    name, kind = visit.form("name"), visit.form("kind", 20)
    if not _IDENTIFIER.fullmatch(name) or kind not in KINDS:
        visit.failed(f"/settings/flows/{flow}", visit.t("flow.bad_name"))
    raise bottle.HTTPResponse(
        status=303, headers={"Location": f"/settings/flows/{flow}?node={name}&add={kind}#node"}
    )


def save_node(visit: Visit, flow: str, node: str) -> str:
    kind = visit.form("kind", 20)
    if kind not in KINDS:
        raise bottle.HTTPError(400, visit.t("flow.bad_name"))
    now = current.settings(visit)
    chosen = _flow(visit, now.settings, flow)
    typed = forms.read(KINDS[kind], _fields(visit, now.settings, chosen, kind, node), editing.form_of(visit))
    place = [each.name for each in now.settings.flows].index(flow)
    try:
        _change(visit, flow, lambda raw: raw["nodes"].update({node: {"kind": kind} | typed}), told=False)
    except Refused as refused:
        bottle.response.status = 422
        values = forms.shown(KINDS[kind], typed)
        beside, elsewhere = pieces.faults_of(
            refused.faults, f"flows[{place}].nodes.{node}", visit.texts.language
        )
        if not refused.faults:
            elsewhere = [Fault("", {visit.texts.language: refused.text(visit.texts)})]
        return _page(visit, flow, node, kind, (values, beside, tuple(elsewhere)))
    return visit.done(f"/settings/flows/{flow}?node={node}", "form.saved_plain")


def remove_node(visit: Visit, flow: str, node: str) -> NoReturn:
    """Ways that led to the node end the call from now on, so that nothing leads nowhere."""

    def without(raw: dict[str, Any]) -> None:
        raw["nodes"].pop(node, None)
        for other in raw["nodes"].values():
            for key in FOLLOWERS:
                if other.get(key) == node:
                    other[key] = None
            if "keys" in other:
                other["keys"] = {digit: to for digit, to in other["keys"].items() if to != node}

    _change(visit, flow, without)
    visit.done(f"/settings/flows/{flow}", "form.removed")


# --- the page of one flow ---

Refusal = tuple[dict[str, Any], dict[str, list[str]], tuple[Fault, ...]]


def _page(visit: Visit, name: str, node: str, add_kind: str, refusal: Refusal | None = None) -> str:
    now = current.settings(visit)
    flow = _flow(visit, now.settings, name)
    sheet = None
    if node in flow.nodes or (add_kind in KINDS and _IDENTIFIER.fullmatch(node)):
        kind = flow.nodes[node].kind if node in flow.nodes else add_kind
        values = forms.shown(
            KINDS[kind], flow.nodes[node].model_dump(mode="json") if node in flow.nodes else {}
        )
        faults: dict[str, list[str]] = {}
        elsewhere: tuple[Fault, ...] = ()
        if refusal:
            values, faults, elsewhere = refusal
        key = node if node in flow.nodes else "new"
        sheet = editing.Sheet(
            "node",
            key,
            f"{node} · {visit.texts.word('node', kind)}",
            f"/settings/flows/{name}/nodes/{node}",
            _fields(visit, now.settings, flow, kind, node),
            values,
            faults,
            elsewhere,
        )
        add_kind = kind
    return visit.render(
        "flow.html",
        flow=flow,
        sheet=sheet,
        node=node,
        kind=add_kind,
        graph=json.dumps(_graph(visit, flow, node)),
        kinds=list(KINDS),
        languages=[(each, visit.texts.word("choice.language", each)) for each in LANGUAGES],
        lines=[line.name for line in now.settings.lines if line.flow == name],
    )


def _flow(visit: Visit, settings: model.Settings, name: str) -> model.Flow:
    found = next((each for each in settings.flows if each.name == name), None)
    if found is None:
        raise bottle.HTTPError(404, visit.t("error.status_404"))
    return found


def _fields(
    visit: Visit, settings: model.Settings, flow: model.Flow, kind: str, node: str
) -> list[forms.FormField]:
    chosen = pieces.references(settings, editing.prompt_names(visit), flow=flow)
    return forms.fields_of(KINDS[kind], visit.texts, chosen)


def _change(visit: Visit, flow: str, how: Any, told: bool = True) -> None:
    """Change one flow.  told: a refusal is shown on the flow's page; else it is raised."""

    def changed(raw: dict[str, Any]) -> None:
        for each in raw["flows"]:
            if each["name"] == flow:
                how(each)

    try:
        current.change(visit, changed, f"flows {flow}")
    except Refused as refused:
        if not told:
            raise
        visit.failed(f"/settings/flows/{flow}", refused.text(visit.texts))


def _graph(visit: Visit, flow: model.Flow, chosen: str) -> dict[str, Any]:
    """The graph for the drawing script: nodes with their words, and the ways between them with theirs."""
    nodes = [
        {
            "id": name,
            "title": name,
            "kind": visit.texts.word("node", node.kind),
            "detail": _detail(node),
            "href": f"/settings/flows/{flow.name}?node={name}#node",
            "class": " ".join(
                word for word, on in (("start", name == flow.start), ("chosen", name == chosen)) if on
            ),
        }
        for name, node in flow.nodes.items()
    ]
    ways = [way for name, node in flow.nodes.items() for way in _ways(visit, name, node)]
    if any(way["to"] == END for way in ways):
        nodes.append(
            {"id": END, "title": visit.t("node.end"), "kind": "", "detail": "", "href": "", "class": "end"}
        )
    known = {node["id"] for node in nodes}
    return {"nodes": nodes, "ways": [way for way in ways if way["to"] in known]}


def _detail(node: BaseModel) -> str:
    """What tells this node from others of its kind."""
    for name in ("prompt", "queue", "mailbox", "hours", "subject"):
        if value := getattr(node, name, None):
            return str(value)
    return " ".join(getattr(node, "extensions", ()))


def _ways(visit: Visit, name: str, node: BaseModel) -> list[dict[str, str]]:
    ways: dict[str, list[str]] = {}
    for key in FOLLOWERS:
        if key in type(node).model_fields:
            words = [] if key == "next" else [visit.texts.word("way", key)]
            ways.setdefault(getattr(node, key) or END, []).extend(words)
    for digit, to in sorted(getattr(node, "keys", {}).items()):
        ways.setdefault(to, []).append(digit)
    return [{"from": name, "to": to, "label": ", ".join(labels)} for to, labels in ways.items()]
