# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The box itself: its status and ports, voicemail marks, backups, and the bench of the simulated card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmware.backup import BackupError, write_backup
from firmware.doctor import examine
from firmware.errors import StoreError
from firmware.restore import compare
from firmware.store import events, recordings
from firmware.store.masking import hides_numbers
from firmware.verbs.verb import ADMIN, EVERYBODY, SHIFT, STAFF, Desk, Refused, Request, Verb

WITNESSED = ("hear_recording", "download_recording", "hear_message", "download_backup", "export_calls")
BENCH = ("status", "lift", "hang_up", "dial", "press", "flash", "speak")


async def status(desk: Desk, request: Request) -> Mapping[str, Any]:
    stream = desk.stream
    return {
        "epoch": stream.epoch,
        "seq": stream.seq,
        "service": {"revision": desk.exchange.revision, **desk.exchange.status()},
        "board": stream.board(hides_numbers(request.actor.role)),
    }


async def ports(desk: Desk, request: Request) -> Mapping[str, Any]:
    around = await desk.aside(desk.exchange.around)
    return {"lines": sorted(around.lines or ()), "phones": sorted(around.phones or ())}


async def message_heard(desk: Desk, request: Request) -> Mapping[str, Any]:
    message, heard = request.whole("message"), request.flag("heard", True)
    now_ns = desk.exchange.now().civil_ns
    try:
        await desk.write(recordings.mark_heard, message, heard, request.actor.name, now_ns)
    except KeyError:
        raise Refused("not_found", f"there is no message {message}") from None
    await _tell_counts(desk)
    return {}


async def message_remove(desk: Desk, request: Request) -> Mapping[str, Any]:
    message = request.whole("message")
    try:
        await desk.write(recordings.remove_message, message)
    except KeyError:
        raise Refused("not_found", f"there is no message {message}") from None
    await _tell_counts(desk)
    return {}


async def backup(desk: Desk, request: Request) -> Mapping[str, Any]:
    try:
        written = await desk.at_leisure(
            write_backup, desk.data, None, recordings=request.flag("recordings", False)
        )
    except (OSError, StoreError) as error:
        raise Refused("unavailable", f"the backup can't be written: {error}") from error
    return {"file": written.name, "bytes": written.stat().st_size}


async def backup_compare(desk: Desk, request: Request) -> Mapping[str, Any]:
    """What restoring a backup of the backups folder would change.  Restoring itself needs the service stopped."""
    name = request.text("file", longest=120)
    file = desk.data.backups / name
    if Path(name).name != name or not file.is_file():
        raise Refused("not_found", f"there is no backup {name}")
    try:
        return {"comparison": (await desk.at_leisure(compare, file, desk.data)).plain()}
    except (BackupError, OSError) as error:
        raise Refused("bad_request", str(error)) from None


async def audit(desk: Desk, request: Request) -> Mapping[str, Any]:
    """What a person did elsewhere that changes nothing here but must be known of: heard, took away."""
    action = request.text("action", longest=40)
    if action not in WITNESSED:
        raise Refused("bad_request", f"action: one of {', '.join(WITNESSED)}")
    detail, now_ns = request.text("detail", "", 200), desk.exchange.now().civil_ns
    await desk.write(events.add_audit, request.actor, action, True, detail, now_ns)
    return {}


async def doctor(desk: Desk, request: Request) -> Mapping[str, Any]:
    """What `switchroom doctor` says, for those who have no shell."""
    findings = await desk.aside(examine, desk.data, await status(desk, request))
    return {"findings": [finding.plain() for finding in findings]}


async def bench(desk: Desk, request: Request) -> Mapping[str, Any]:
    fields = {name: value for name, value in request.fields.items() if name not in ("id", "do", "actor")}
    try:
        return await desk.exchange.bench(request.verb.removeprefix("bench_"), fields)
    except LookupError as error:
        raise Refused("unavailable", str(error.args[0]) if error.args else "") from error
    except (TypeError, ValueError) as error:
        raise Refused("bad_request", str(error)) from error


async def _tell_counts(desk: Desk) -> None:
    counts = await desk.write(recordings.new_counts)
    desk.exchange.messages_changed(counts)
    desk.stream.tell({"kind": "message", "new": {str(mailbox): count for mailbox, count in counts.items()}})


VERBS = {
    "status": Verb(status, EVERYBODY),
    "ports": Verb(ports, STAFF),
    "message_heard": Verb(message_heard, SHIFT, changes=True),
    "message_remove": Verb(message_remove, SHIFT, changes=True),
    "backup": Verb(backup, ADMIN, changes=True),
    "doctor": Verb(doctor, STAFF),
    "backup_compare": Verb(backup_compare, ADMIN),
    "audit": Verb(audit, EVERYBODY),
    # Not in the audit: what is pressed on a telephone may be a PIN, and a play changes nothing of the box.
    **{f"bench_{each}": Verb(bench, EVERYBODY) for each in BENCH},
}
