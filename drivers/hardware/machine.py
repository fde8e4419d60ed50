# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""One machine's /sys, /proc and /etc, which may lie under another root (a disk image, a test)."""

from __future__ import annotations

from pathlib import Path


class Machine:
    """refused: what is there but may not be read by this user, in the order in which it was met."""

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root
        self.refused: list[Path] = []

    def path(self, place: str) -> Path:
        return self.root / place.lstrip("/")

    def text(self, place: str | Path) -> str | None:
        """The text of a file without its last newline; None where it isn't there or can't be read."""
        path = self.path(place) if isinstance(place, str) else place
        try:
            return path.read_text("utf-8", "replace").removesuffix("\n")
        except PermissionError:
            self.refused.append(path)
        except OSError:
            return None  # not there, or a device that has just gone
        return None

    def number(self, place: str | Path, default: int = 0) -> int:
        """The number in a file, decimal or 0x...; `default` where there is none."""
        try:
            return int(self.text(place) or "", 0)
        except ValueError:
            return default

    def folder(self, place: str) -> list[Path]:
        """What is in a folder, by name; nothing where there is no such folder."""
        try:
            return sorted(self.path(place).iterdir())
        except OSError:
            return []

    @property
    def kernel(self) -> str:
        """The release of the kernel that runs, as 6.12.48+deb13-amd64."""
        return self.text("/proc/sys/kernel/osrelease") or ""


def link_name(path: Path) -> str:
    """The last name of where a link points; empty where there is none."""
    try:
        return path.readlink().name
    except OSError:
        return ""
