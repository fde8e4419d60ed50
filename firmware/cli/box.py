# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Care of the box: backup, restore, doctor."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from firmware.backup import write_backup
from firmware.cli import line_doctor
from firmware.cli.command import DONE, WRONG, Context, Failed, a_file, table
from firmware.cli.settings import changes_text
from firmware.client import Unreachable
from firmware.doctor import examine, status_of
from firmware.restore import Comparison, compare, restore
from firmware.support_file import write_bundle


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    backup = commands.add_parser("backup", parents=[shared], help="everything of the box into one file")
    backup.add_argument("file", type=Path)
    backup.add_argument("--recordings", action="store_true", help="with all recordings")
    backup.set_defaults(run=make_backup)
    back = commands.add_parser("restore", parents=[shared], help="a backup in the place of what is here")
    back.add_argument("file", type=a_file)
    back.add_argument("--compare", action="store_true", help="only say what would change")
    back.set_defaults(run=restore_backup)
    look = commands.add_parser("doctor", parents=[shared], help="what is well with the box and what isn't")
    look.add_argument(
        "--bundle", type=Path, metavar="FILE", help="write a support file, numbers masked, no secrets"
    )
    look.set_defaults(run=look_after)
    line_doctor.add_to(look.add_subparsers(title="parts", dest="part", metavar="PART"), shared)


def make_backup(context: Context) -> int:
    """By ourselves: the database may be copied while the service runs."""
    target = context.options.file
    if target.exists():
        raise Failed(f"{target} is there already")
    try:
        written = write_backup(context.data, target, recordings=context.options.recordings)
    except OSError as error:
        raise Failed(f"{target} can't be written: {error.strerror}") from error
    size = written.stat().st_size
    context.show({"file": str(written), "bytes": size}, f"{written}: {size / 1e6:.1f} MB")
    return DONE


def restore_backup(context: Context) -> int:
    options = context.options
    if options.compare:
        _report(context, compare(options.file, context.data), "would change")
        return DONE
    if _service_runs(context):
        raise Failed("stop switchroomd first: restoring takes its files from under it")
    _report(context, restore(options.file, context.data), "changed")
    return DONE


def look_after(context: Context) -> int:
    status = status_of(context.client)
    findings = examine(context.data, status)
    if context.options.bundle is not None:
        try:
            write_bundle(context.options.bundle, context.data, status, findings)
        except OSError as error:
            raise Failed(f"{context.options.bundle} can't be written: {error.strerror}") from error
    rows = [
        {"": "ok" if found.well else "!!", "what": found.what, "found": found.found} for found in findings
    ]
    context.show([found.plain() for found in findings], table(rows, ("", "what", "found")))
    return DONE if all(found.well for found in findings) else WRONG


def _service_runs(context: Context) -> bool:
    try:
        context.client.request("status")
    except Unreachable:
        return False
    return True


def _report(context: Context, comparison: Comparison, verb: str) -> None:
    plain = comparison.plain()
    rows = [{"table": name, **counts} for name, counts in plain["rows"].items()]
    parts = [
        f"backup of version {comparison.version}, made {comparison.made_at}",
        table(rows, ("table", "here", "backup")),
        f"settings that {verb}:\n" + changes_text(plain["settings"], "here", "backup"),
        f"prompts that come: {', '.join(comparison.prompts_added) or 'none'}; "
        f"that go: {', '.join(comparison.prompts_lost) or 'none'}",
        f"recordings in it: {comparison.recordings}",
    ]
    context.show(plain, "\n\n".join(parts))
