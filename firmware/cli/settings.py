# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Settings as a file: check, show, apply, history, compare, restore."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from firmware.cli.command import DONE, WRONG, Context, cell, moment, read_text, table
from firmware.client import ClientError, Unreachable
from firmware.settings.check import read
from firmware.settings.toml import from_toml


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    settings = commands.add_parser("settings", help="settings as a TOML file, and their history")
    deeds = settings.add_subparsers(title="deeds", dest="deed", required=True, metavar="DEED")
    check = deeds.add_parser("check", parents=[shared], help="every fault of a file; changes nothing")
    check.add_argument("file", type=Path, help="a TOML file, - for stdin")
    check.set_defaults(run=check_file)
    show = deeds.add_parser("show", parents=[shared], help="the settings in force, or a revision, as TOML")
    show.add_argument("revision", nargs="?", type=int)
    show.set_defaults(run=show_settings)
    apply = deeds.add_parser("apply", parents=[shared], help="put a file in force")
    apply.add_argument("file", type=Path, help="a TOML file, - for stdin")
    apply.add_argument("--comment", default="", help="why, for the history")
    apply.set_defaults(run=apply_file)
    history = deeds.add_parser("history", parents=[shared], help="who changed them when")
    history.add_argument("--limit", type=int, default=30)
    history.set_defaults(run=show_history)
    compare = deeds.add_parser("compare", parents=[shared], help="what differs between two revisions")
    compare.add_argument("before", type=int)
    compare.add_argument("after", type=int)
    compare.set_defaults(run=compare_two)
    restore = deeds.add_parser("restore", parents=[shared], help="put an old revision in force again")
    restore.add_argument("revision", type=int)
    restore.set_defaults(run=restore_one)


def check_file(context: Context) -> int:
    """By the service where it runs (it knows ports and prompts), else by ourselves."""
    text = read_text(context.options.file)
    try:
        context.client.request("settings_check", toml=text)
        faults: list[Any] = []
        known = "checked by the service"
    except ClientError as refused:
        if refused.cause != "faults":
            raise
        faults, known = list(refused.faults), ""
    except Unreachable:
        data, found = from_toml(text)
        found = found or read(data)[1]
        faults = [fault.plain() for fault in found]
        known = "checked without the service: ports and prompts are not"
    lines = [f"{fault['path'] or 'settings'}: {fault['message']['en']}" for fault in faults]
    context.show({"faults": faults}, "\n".join(lines) or f"no faults ({known})")
    return WRONG if faults else DONE


def show_settings(context: Context) -> int:
    form = "json" if context.options.json else "toml"
    answer = context.client.request("settings_show", revision=context.options.revision, form=form)
    context.show(answer.get("settings"), answer.get("toml", "").rstrip())
    return DONE


def apply_file(context: Context) -> int:
    text = read_text(context.options.file)
    answer = context.client.request("settings_apply", toml=text, comment=context.options.comment)
    return _applied(context, answer)


def restore_one(context: Context) -> int:
    return _applied(context, context.client.request("settings_restore", revision=context.options.revision))


def show_history(context: Context) -> int:
    client = context.client
    revisions = client.request("settings_history", limit=context.options.limit)["revisions"]
    zone = client.request("settings_show")["settings"]["centre"]["timezone"]
    rows = [row | {"at": moment(row["at_ns"], zone)} for row in revisions]
    context.show(revisions, table(rows, ("number", "at", "author", "comment"), "no revisions"))
    return DONE


def compare_two(context: Context) -> int:
    options = context.options
    changes = context.client.request("settings_compare", **{"from": options.before, "to": options.after})[
        "changes"
    ]
    context.show(changes, changes_text(changes))
    return DONE


def changes_text(changes: list[dict[str, Any]], before: str = "before", after: str = "after") -> str:
    lines = [f"{change['path']}: {_value(change[before])} -> {_value(change[after])}" for change in changes]
    return "\n".join(lines) or "no difference"


def _applied(context: Context, answer: dict[str, Any]) -> int:
    text = f"revision {answer['revision']} is in force\n{changes_text(answer['changes'])}"
    context.show({"revision": answer["revision"], "changes": answer["changes"]}, text)
    return DONE


def _value(value: Any) -> str:
    return cell(json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value)
