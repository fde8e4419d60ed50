# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Prompts: listed, uploaded, removed; and `listen`, our ears on any recording."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, get_args

from firmware.cli.command import DONE, Context, Failed, a_file, lasted, table
from firmware.settings.model import Country


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    prompts = commands.add_parser("prompts", help="prompts and music: list, upload, remove")
    deeds = prompts.add_subparsers(title="deeds", dest="deed", required=True, metavar="DEED")
    listing = deeds.add_parser(
        "list", parents=[shared], help="every prompt that can be named in the settings"
    )
    listing.set_defaults(run=list_prompts)
    upload = deeds.add_parser("upload", parents=[shared], help="a WAV file of any usual rate")
    upload.add_argument("name", help="its name in the settings; music.NAME for music on hold")
    upload.add_argument("file", type=a_file)
    upload.add_argument("--title", help="its name for people")
    upload.set_defaults(run=upload_prompt)
    remove = deeds.add_parser("remove", parents=[shared], help="an uploaded prompt")
    remove.add_argument("name")
    remove.set_defaults(run=remove_prompt)
    listen = commands.add_parser(
        "listen", help="what our detectors hear in a WAV file, as JSON lines; needs no service"
    )
    listen.add_argument("file", type=a_file)
    listen.add_argument("--country", choices=get_args(Country), default="cn", help="whose tones")
    listen.set_defaults(run=listen_to, json=True)


def list_prompts(context: Context) -> int:
    prompts = context.client.request("prompt_list")["prompts"]
    rows = [row | {"length": lasted(row["ms"])} for row in prompts]
    context.show(prompts, table(rows, ("name", "length", "shipped", "author", "title"), "no prompts"))
    return DONE


def upload_prompt(context: Context) -> int:
    options = context.options
    try:
        body = Path(options.file).read_bytes()
    except OSError as error:
        raise Failed(f"{options.file} can't be read: {error.strerror}") from error
    answer = context.client.request("prompt_upload", name=options.name, title=options.title, body=body)
    context.show(answer, f"{answer['name']}: {lasted(answer['ms'])}")
    return DONE


def remove_prompt(context: Context) -> int:
    context.client.request("prompt_remove", name=context.options.name)
    context.show({"ok": True}, "removed")
    return DONE


def listen_to(context: Context) -> int:
    from dsp.listen import listen  # the engine's C is loaded for this command alone
    from dsp.wav import WavError

    try:
        for heard in listen(context.options.file, context.options.country):
            context.say(json.dumps(heard, ensure_ascii=False))
    except (WavError, OSError) as error:
        raise Failed(f"{context.options.file}: {error}") from error
    return DONE
