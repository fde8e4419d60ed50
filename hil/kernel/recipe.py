# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the bench's kernel is made of (`recipe.toml`), and where a built one lies.

Only the standard library is used: the kernel is built before there is a virtual environment.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECIPE = Path(__file__).with_name("recipe.toml")


class BenchError(Exception):
    """The kernel bench can't go on: the message says what, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Fix:
    """In `file` of the sources `old`, which stands there once, becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """Of this machine's Debian release.

    kernel, dahdi, tools: Debian packages.  on, off, choose: kernel options.  dahdi_config: variables for make.
    needed, wished: modules in the order of loading.
    """

    release: str
    kernel: str
    dahdi: str
    tools: tuple[str, ...]
    hz: int
    on: tuple[str, ...]
    off: tuple[str, ...]
    choose: tuple[str, ...]
    kernel_fixes: tuple[Fix, ...]
    dahdi_fixes: tuple[Fix, ...]
    dahdi_config: tuple[tuple[str, str], ...]
    needed: tuple[str, ...]
    wished: tuple[str, ...]
    key: str

    @property
    def kernel_version(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.kernel.removeprefix("linux-source-").split("."))

    @property
    def packages(self) -> tuple[str, ...]:
        return (self.kernel, self.dahdi, *self.tools)


@dataclass(frozen=True, slots=True)
class BuiltKernel:
    """A kernel that can be booted, and what goes with it."""

    folder: Path
    recipe: Recipe

    @property
    def linux(self) -> Path:
        return self.folder / "linux"

    @property
    def modules(self) -> tuple[Path, ...]:
        """In the order of loading."""
        wanted = (*self.recipe.needed, *self.recipe.wished)
        paths = (self.folder / "modules" / f"{name}.ko" for name in wanted)
        return tuple(path for path in paths if path.exists())

    @property
    def tools(self) -> Path:
        """Root of Debian's DAHDI tools, unpacked."""
        return self.folder / "tools"

    @property
    def versions(self) -> dict[str, str]:
        """Debian package to version, as built."""
        text = (self.folder / "versions.json").read_text(encoding="utf-8")
        return {str(name): str(version) for name, version in json.loads(text).items()}


def read_recipe(release: str | None = None) -> Recipe:
    """The recipe for a Debian release ("12"); this machine's where none is given.  Raises BenchError."""
    table: dict[str, Any] = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    release = release or _this_release()
    releases = table.pop("releases")
    if release not in releases:
        known = " and ".join(releases)
        raise BenchError(f"the kernel bench is built from Debian {known}; this is {release or 'no Debian'}")
    mine, kernel, dahdi = releases[release], table["kernel"], table["dahdi"]
    everything = json.dumps([release, mine, table], sort_keys=True)
    return Recipe(
        release=release,
        kernel=mine["kernel"],
        dahdi=mine["dahdi"],
        tools=tuple(mine["tools"]),
        hz=kernel["hz"],
        on=tuple(kernel["on"]),
        off=(*mine.get("off", ()), *kernel["off"]),
        choose=tuple(kernel["choose"]),
        kernel_fixes=tuple(Fix(**fix) for fix in (*mine.get("fixes", ()), *kernel["fixes"])),
        dahdi_fixes=tuple(Fix(**fix) for fix in dahdi["fixes"]),
        dahdi_config=tuple(sorted(dahdi["config"].items())),
        needed=tuple(dahdi["modules"]["needed"]),
        wished=tuple(dahdi["modules"]["wished"]),
        key=hashlib.sha256(everything.encode()).hexdigest()[:16],
    )


def cache_folder() -> Path:
    """Where kernels are kept, outside the tree."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "switchroom" / "kernel-bench"


def find_kernel() -> BuiltKernel:
    """The kernel built by this recipe.  Raises BenchError where there is none yet."""
    recipe = read_recipe()
    folder = cache_folder() / recipe.key
    if not (folder / "versions.json").exists():
        raise BenchError(f"there is no kernel for the bench in {folder}: type `make kernel-bench`")
    return BuiltKernel(folder, recipe)


def _this_release() -> str:
    """VERSION_ID of a Debian, else an empty string."""
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return ""
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return fields.get("VERSION_ID", "").strip('"') if fields.get("ID") == "debian" else ""
