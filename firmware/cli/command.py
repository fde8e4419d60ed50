# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What every group of commands has in common: where the box is, how something is shown, how it ends."""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from firmware.client import Client
from firmware.data_folder import DataFolder
from firmware.store.queries import Queries
from firmware.store.reader import Reader

DONE, WRONG, USAGE, AWAY = 0, 1, 2, 3
READER = Reader("admin", "cli")  # who may open the data folder may read what is in it


class Failed(Exception):
    """Ends the command with a message on stderr.  code: the exit code."""

    def __init__(self, message: str, code: int = WRONG) -> None:
        super().__init__(message)
        self.code = code


class Context:
    """One run of the command line.  Nothing is connected until it is used."""

    def __init__(self, options: argparse.Namespace, out: TextIO) -> None:
        self.options = options
        self.out = out
        self.data = DataFolder(options.data)
        self.client = Client(options.socket or self.data.socket)
        self.queries = Queries(self.data.database)

    def close(self) -> None:
        self.client.close()
        self.queries.close()

    def show(self, value: Any, text: str) -> None:
        """value with --json, else the text."""
        self.say(json.dumps(value, ensure_ascii=False, indent=1, default=str) if self.options.json else text)

    def say(self, text: str) -> None:
        self.out.write(text + "\n")
        self.out.flush()


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], empty: str = "nothing") -> str:
    """Rows under headings, aligned; a Chinese sign takes two places."""
    lines = [list(columns), *([cell(row.get(column)) for column in columns] for row in rows)]
    if len(lines) == 1:
        return empty
    widths = [max(width(line[place]) for line in lines) for place in range(len(columns))]
    return "\n".join(
        "  ".join(text + " " * (widths[place] - width(text)) for place, text in enumerate(line)).rstrip()
        for line in lines
    )


def cell(value: Any) -> str:
    """One value on one line.  What came in from a telephone line never steers the terminal."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list | tuple):
        return ",".join(cell(item) for item in value) or "-"
    return "".join(sign if sign.isprintable() else "·" for sign in str(value))


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def moment(ns: int | None, zone: str) -> str:
    """A civil moment in the centre's zone."""
    return (
        "-" if ns is None else datetime.fromtimestamp(ns / 1e9, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    )


def lasted(ms: int) -> str:
    minutes, seconds = divmod(ms // 1_000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def a_file(text: str) -> Path:
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{text} isn't there")
    return path


def read_text(path: Path) -> str:
    """A file, or stdin for "-"."""
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(f"{path} can't be read: {error}") from error
