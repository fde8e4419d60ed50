# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Prompts and music: listed, heard, uploaded, replaced, removed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from webui import alaw
from webui.pages import recordings
from webui.service import Refused
from webui.texts import LANGUAGES
from webui.visit import Visit

UPLOAD_BYTES_MAX = 32 * 1024 * 1024
SHIPPED = Path(str(resources.files("firmware"))) / "sounds"


def page(visit: Visit) -> str:
    prompts = visit.ask("prompt_list")["prompts"]
    own = [prompt for prompt in prompts if not prompt["shipped"]]
    shipped = [prompt for prompt in prompts if prompt["shipped"]]
    return visit.render("prompts.html", own=own, shipped=shipped, heard=visit.query("hear", 60))


def upload(visit: Visit) -> NoReturn:
    name = visit.form("name", 60)
    if visit.form("kind") == "music" and not name.startswith("music."):
        name = f"music.{name}"
    given = visit.upload("file", UPLOAD_BYTES_MAX)
    if given is None or not given[1]:
        visit.failed("/settings/prompts", visit.t("upload.no_file"))
    title = visit.form("title", 120) or given[0][:120]
    try:
        answer = visit.ask("prompt_upload", body=given[1], name=name, title=title)
    except Refused as refused:
        visit.failed(
            "/settings/prompts", visit.t("prompts.refused", name=given[0], why=refused.text(visit.texts))
        )
    visit.done("/settings/prompts", "prompts.uploaded", name=name, seconds=f"{answer['ms'] / 1000:.1f}")


def play(visit: Visit, name: str) -> Iterator[bytes]:
    return recordings.rendition(_wave(visit, name))


def peaks(visit: Visit, name: str) -> dict[str, Any]:
    return recordings.peaks_of(_wave(visit, name))


def remove(visit: Visit, name: str) -> NoReturn:
    try:
        visit.ask("prompt_remove", name=name)
    except Refused as refused:
        visit.failed("/settings/prompts", refused.text(visit.texts))
    visit.done("/settings/prompts", "form.removed")


def _wave(visit: Visit, name: str) -> alaw.Wave:
    """The sound of a prompt: the uploaded one, else the shipped one in the reader's language, else in the other."""
    for prompt in visit.records.prompts(visit.reader):
        if prompt["name"] == name:
            return recordings.wave_at(visit, recordings.inside(visit.site.data / "prompts", prompt["file"]))
    if name.startswith("music."):
        folders = ["music"]
        name = name.removeprefix("music.")
    else:
        folders = sorted(LANGUAGES, key=lambda language: language != visit.texts.language)
    found = (recordings.inside(SHIPPED, f"{folder}/{name}.wav") for folder in folders)
    return recordings.wave_at(visit, next((path for path in found if path), None))
