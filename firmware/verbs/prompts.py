# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Uploaded prompts and music: listed, converted, kept and removed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmware.atomic import write_whole
from firmware.prompt_audio import NotAudio, alaw_wav, convert
from firmware.settings.model import Settings
from firmware.shell.prompts import SHIPPED
from firmware.speech.phrases import PHRASES
from firmware.store import prompts
from firmware.store.prompts import Prompt
from firmware.store.recordings import length_ms
from firmware.verbs.verb import SETTERS, STAFF, Desk, Refused, Request, Verb

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
ALAW_HEADER_BYTES = 58  # of the shipped files; only for their shown length


async def prompt_list(desk: Desk, request: Request) -> Mapping[str, Any]:
    uploaded = await desk.write(prompts.all_prompts)
    language = desk.exchange.settings.centre.language
    shipped = await desk.aside(_shipped, language)
    own = {prompt.name for prompt in uploaded}
    rows = [
        {
            "name": prompt.name,
            "title": prompt.title,
            "ms": length_ms(prompt.samples),
            "author": prompt.author,
            "at_ns": prompt.at_ns,
            "shipped": False,
        }
        for prompt in uploaded
    ]
    return {"prompts": rows + [row for row in shipped if row["name"] not in own]}


async def prompt_upload(desk: Desk, request: Request) -> Mapping[str, Any]:
    name = _name(request)
    if not request.body:
        raise Refused("bad_request", "the sound is missing: body_bytes and a WAV file behind the request")
    try:
        alaw = await desk.at_leisure(convert, request.body)
    except NotAudio as error:
        raise Refused("bad_request", str(error)) from None
    digest = hashlib.sha256(alaw).hexdigest()
    row = Prompt(
        name=name,
        title=request.text("title", name, 200),
        file=f"{name}-{digest[:12]}.wav",
        samples=len(alaw),
        sha256=digest,
        author=request.actor.name,
        at_ns=desk.exchange.now().civil_ns,
    )
    path = desk.data.prompts / row.file
    try:
        await desk.aside(_keep, path, alaw_wav(alaw))
    except OSError as error:
        raise Refused("unavailable", f"{path} can't be written: {error.strerror}") from error
    before = await desk.write(prompts.put, row)
    if before is not None:
        (desk.data.prompts / before).unlink(missing_ok=True)
    _changed(desk, name)
    return {"name": name, "ms": length_ms(row.samples)}


async def prompt_remove(desk: Desk, request: Request) -> Mapping[str, Any]:
    name = _name(request)
    if name in prompts_used(desk.exchange.settings) and not _is_shipped(name):
        raise Refused("conflict", f"the settings use {name}: name another prompt there first")
    try:
        file = await desk.write(prompts.remove, name)
    except KeyError:
        raise Refused("not_found", f"nobody has uploaded a prompt {name}") from None
    (desk.data.prompts / file).unlink(missing_ok=True)
    _changed(desk, name)
    return {}


def prompts_used(settings: Settings) -> set[str]:
    """The names of every prompt and music the settings name; music as "music.NAME"."""
    used = {settings.recording.notice_prompt}
    used |= {box.greeting for box in settings.mailboxes}
    used |= {f"music.{queue.music}" for queue in settings.queues}
    for flow in settings.flows:
        used |= {prompt for node in flow.nodes.values() if (prompt := getattr(node, "prompt", None))}
    return used


def _name(request: Request) -> str:
    name = request.text("name", longest=60)
    if not NAME.fullmatch(name):
        raise Refused("bad_request", "name: small letters, digits and _ . -, at most 60")
    return name


def _changed(desk: Desk, name: str) -> None:
    desk.exchange.prompts_changed()
    desk.stream.tell({"kind": "prompts", "name": name})


def _keep(path: Path, wav: bytes) -> None:
    """On the disk before its row is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, wav)


def _is_shipped(name: str) -> bool:
    return name in PHRASES or (SHIPPED / "music" / f"{name.removeprefix('music.')}.wav").is_file()


def _shipped(language: str) -> list[dict[str, Any]]:
    """What came with the box and can be played by itself."""
    rows = []
    for phrase in PHRASES.values():
        text = phrase.text(language)
        file = SHIPPED / language / f"{phrase.id}.wav"
        if "{" not in text and file.is_file():
            rows.append(_shipped_row(phrase.id, text, file))
    music = sorted(SHIPPED.glob("music/*.wav"))
    return rows + [_shipped_row(f"music.{file.stem}", file.stem, file) for file in music]


def _shipped_row(name: str, title: str, file: Path) -> dict[str, Any]:
    samples = max(0, file.stat().st_size - ALAW_HEADER_BYTES)
    return {"name": name, "title": title, "ms": length_ms(samples), "author": "", "at_ns": 0, "shipped": True}


VERBS = {
    "prompt_list": Verb(prompt_list, STAFF),
    "prompt_upload": Verb(prompt_upload, SETTERS, changes=True, takes_body=True),
    "prompt_remove": Verb(prompt_remove, SETTERS, changes=True),
}
