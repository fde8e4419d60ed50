# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Puts proposed files in place; the last good one of each is kept beside it and can be put back."""

from __future__ import annotations

import os
from pathlib import Path

from drivers.hardware.machine import Machine
from drivers.hardware.proposal import File
from drivers.hardware.system_conf import FILE, parse

KEPT = ".last-good"  # modprobe and systemd read *.conf alone


def put(machine: Machine, files: tuple[File, ...], conf_file: str = FILE) -> list[str]:
    """Write what changes; returns the places written.  Raises OSError; each file is whole, old or new."""
    written = []
    for file in files:
        if not file.changes:
            continue
        path = machine.path(file.place)
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.present is not None and _is_good(file, conf_file):
            _write(kept(path), file.present)
        _write(path, file.text)
        written.append(file.place)
    return written


def put_back(machine: Machine, places: tuple[str, ...]) -> list[str]:
    """Change each file with its last good one; returns those that had one.  Doing it twice changes nothing."""
    changed = []
    for place in places:
        path = machine.path(place)
        try:
            good = kept(path).read_text("utf-8")
        except FileNotFoundError:
            continue
        present = path.read_text("utf-8") if path.exists() else None
        _write(path, good)
        if present is None:
            kept(path).unlink()
        else:
            _write(kept(path), present)
        changed.append(place)
    return changed


def kept(path: Path) -> Path:
    return path.with_name(path.name + KEPT)


def _is_good(file: File, conf_file: str) -> bool:
    """A system.conf with faults must not take the place of the last good one."""
    return file.place != conf_file or not parse(file.present or "").faults


def _write(path: Path, text: str) -> None:
    """Whole or not at all, also when the power fails."""
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
