# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Voicemail: messages of every box, newest first, heard in the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import bottle

from webui import alaw
from webui.pages import recordings
from webui.visit import Visit


def page(visit: Visit) -> str:
    names = visit.records.names(visit.reader)
    chosen = visit.query("mailbox", 6)
    mailbox = int(chosen) if chosen.isascii() and chosen.isdigit() else 0
    return visit.render(
        "voicemail.html", messages=visit.records.messages(visit.reader, mailbox), mailbox=mailbox, names=names
    )


def play(visit: Visit, message: int) -> Iterator[bytes]:
    wave = _wave(visit, message)
    recordings.audited(visit, "hear_message", message)
    return recordings.rendition(wave)


def peaks(visit: Visit, message: int) -> dict[str, Any]:
    return recordings.peaks_of(_wave(visit, message))


def heard(visit: Visit, message: int) -> NoReturn:
    visit.ask("message_heard", message=message, heard=visit.form("heard") == "1")
    visit.done("/voicemail")


def remove(visit: Visit, message: int) -> NoReturn:
    visit.ask("message_remove", message=message)
    visit.done("/voicemail", "voicemail.removed")


def _wave(visit: Visit, message: int) -> alaw.Wave:
    found = visit.records.message_file(visit.reader, message)
    if found is None:
        raise bottle.HTTPError(404, visit.t("recording.gone"))
    file, offset_ms, length_ms = found
    path = recordings.inside(visit.site.data / "recordings", file)
    return recordings.wave_at(visit, path).part(offset_ms, length_ms)
