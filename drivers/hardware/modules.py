# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Kernel modules: which run, with which options, which are installed, and what modprobe is told."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from drivers.hardware.machine import Machine

CONFIGURED_IN = ("/etc/modprobe.d", "/run/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d")


class Module(msgspec.Struct, frozen=True):
    """A module that runs.  users: how many things hold it.  options: as they are in force, by name.

    unreadable: options that this user may not read.
    """

    name: str
    version: str
    users: int
    options: dict[str, str]
    unreadable: tuple[str, ...] = ()


class Told(msgspec.Struct, frozen=True):
    """One line of modprobe's configuration.  verb: options or blacklist."""

    file: str
    line: int
    verb: str
    module: str
    options: dict[str, str] = {}


def loaded(machine: Machine) -> dict[str, int]:
    """Every module that runs, with the number of its users."""
    lines = (machine.text("/proc/modules") or "").splitlines()
    fields = [line.split() for line in lines]
    return {each[0]: int(each[2]) for each in fields if len(each) > 2 and each[2].lstrip("-").isdigit()}


def module(machine: Machine, name: str, users: int) -> Module:
    options: dict[str, str] = {}
    unreadable: list[str] = []
    for file in machine.folder(f"/sys/module/{name}/parameters"):
        before = len(machine.refused)
        value = machine.text(file)
        if value is not None:
            options[file.name] = value
        elif len(machine.refused) > before:
            unreadable.append(file.name)
    version = machine.text(f"/sys/module/{name}/version") or ""
    return Module(name, version, users, options, tuple(unreadable))


def installed(machine: Machine) -> set[str]:
    """Every module that the running kernel could load."""
    place = f"lib/modules/{machine.kernel}/modules.dep"
    text = machine.text("/" + place) or machine.text("/usr/" + place) or ""
    names = (line.partition(":")[0] for line in text.splitlines())
    return {re.sub(r"\.ko(\.\w+)?$", "", Path(name).name).replace("-", "_") for name in names}


def configured(machine: Machine) -> list[Told]:
    """What modprobe is told, in the order in which it reads it: a file in /etc hides one of its name elsewhere."""
    files: dict[str, Path] = {}
    for folder in CONFIGURED_IN:
        for path in machine.folder(folder):
            if path.suffix == ".conf":
                files.setdefault(path.name, path)
    return [
        told
        for _, path in sorted(files.items())
        for number, line in enumerate((machine.text(path) or "").splitlines(), 1)
        if (told := _told("/" + str(path.relative_to(machine.root)), number, line.partition("#")[0].split()))
    ]


def _told(file: str, number: int, words: list[str]) -> Told | None:
    match words:
        case ["options", module, *options]:
            pairs = dict(option.partition("=")[::2] for option in options)
            return Told(file, number, "options", module.replace("-", "_"), pairs)
        case ["blacklist", module]:
            return Told(file, number, "blacklist", module.replace("-", "_"))
        case _:
            return None
