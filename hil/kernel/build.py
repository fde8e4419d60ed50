# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Builds the bench's kernel once (six minutes on two cores) from Debian's sources: `make kernel-bench`.

The result lies outside the tree, by the hash of its recipe, and appears there whole or not at all.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from hil.kernel.recipe import BenchError, BuiltKernel, Fix, Recipe, cache_folder, find_kernel, read_recipe

NEEDED_BYTES = 3 * 10**9
PROGRAMS = ("apt-get", "bc", "bison", "dpkg-deb", "flex", "gcc", "make", "tar", "xz")


def say(what: str) -> None:
    print(f"switchroom: {what}", file=sys.stderr, flush=True)


class Workshop:
    """One building of one kernel, in a folder of its own; everything programs say goes into a log."""

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self.recipe = recipe
        self.folder = folder
        self.log = folder.parent / f"{recipe.key}.log"
        self.out = folder / "out"
        self.out.mkdir(parents=True)
        self.log.write_text("")

    def run(self, *command: str, cwd: Path) -> None:
        """Raises BenchError with the last lines of what the program said."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"\n$ {' '.join(command)}\n")
            log.flush()
            ended = subprocess.run(
                command, cwd=cwd, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False
            )
        if ended.returncode:
            last = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
            raise BenchError(
                f"{command[0]} failed ({ended.returncode}); everything it said is in {self.log}\n"
                + "\n".join(last)
            )

    def make(self, tree: Path, *arguments: str) -> None:
        jobs = f"-j{os.cpu_count() or 1}"
        self.run("make", "-C", str(tree), "ARCH=um", "SUBARCH=x86_64", jobs, *arguments, cwd=tree)

    # --- the steps ---

    def fetch(self) -> dict[str, str]:
        """Unpack Debian's packages; returns their versions."""
        say(f"fetching {', '.join(self.recipe.packages)}")
        packages = self.folder / "packages"
        packages.mkdir()
        try:
            self.run("apt-get", "-q", "download", *self.recipe.packages, cwd=packages)
        except BenchError as error:
            raise BenchError(
                f"{error}\nAre the package lists old?  As root, type `apt-get update`, then `make kernel-bench` again."
            ) from error
        versions = {}
        for file in sorted(packages.glob("*.deb")):
            told = subprocess.run(
                ["dpkg-deb", "--show", "--showformat=${Package} ${Version}", str(file)],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            name, version = told.stdout.split()
            versions[name] = version
            place = self.out / "tools" if name in self.recipe.tools else self.folder / name
            self.run("dpkg-deb", "-x", str(file), str(place), cwd=self.folder)
        return versions

    def build_kernel(self) -> Path:
        """Returns the kernel's tree, built."""
        (archive,) = (self.folder / self.recipe.kernel).rglob("linux-source-*.tar.xz")
        self.run("tar", "-xJf", str(archive), cwd=self.folder)
        tree = self.folder / archive.name.removesuffix(".tar.xz")
        say("building the kernel; this takes about six minutes on two cores")
        kconfig = tree / "arch" / "um" / "Kconfig"
        self.replace(kconfig, "\tdefault 100\n", f"\tdefault {self.recipe.hz}\n")
        self.mend(tree, self.recipe.kernel_fixes)
        self.make(tree, "defconfig")
        switches = [f"-e {name}" for name in (*self.recipe.on, *self.recipe.choose)]
        switches += [f"-d {name}" for name in self.recipe.off]
        self.run("./scripts/config", *" ".join(switches).split(), cwd=tree)
        self.make(tree, "olddefconfig")
        self.check_config(tree)
        self.make(tree, "linux", "modules")
        shutil.copy(tree / "linux", self.out / "linux")
        self.run("strip", str(self.out / "linux"), cwd=self.folder)
        shutil.copy(tree / ".config", self.out / "config")
        return tree

    def check_config(self, tree: Path) -> None:
        """kconfig drops what it can't fulfil without a word."""
        lines = set((tree / ".config").read_text(encoding="utf-8").splitlines())
        missing = [name for name in self.recipe.on if f"CONFIG_{name}=y" not in lines]
        if f"CONFIG_HZ={self.recipe.hz}" not in lines:
            missing.append(f"HZ={self.recipe.hz}")
        if missing:
            raise BenchError(
                f"this kernel can't be configured with {', '.join(missing)} (recipe.toml, [kernel])"
            )

    def build_dahdi(self, tree: Path) -> None:
        (source,) = (self.folder / self.recipe.dahdi / "usr" / "src").iterdir()
        say(f"building {source.name}")
        self.mend(source, self.recipe.dahdi_fixes)
        self.run("make", "include/dahdi/version.h", f"KSRC={tree}", f"KVERS={tree.name}", cwd=source)
        self.make(
            tree,
            f"M={source}/drivers/dahdi",
            f"DAHDI_INCLUDE={source}/include",
            "DAHDI_BUILD_ALL=",
            "HOTPLUG_FIRMWARE=no",
            f"KVERS={tree.name}",
            *(f"{name}={value}" for name, value in self.recipe.dahdi_config),
            "modules",
        )
        modules = self.out / "modules"
        modules.mkdir()
        for module in (source / "drivers").rglob("*.ko"):
            self.run("strip", "--strip-debug", str(module), cwd=self.folder)
            shutil.copy(module, modules)
        missing = [name for name in self.recipe.needed if not (modules / f"{name}.ko").exists()]
        if missing:
            raise BenchError(f"no module came of {', '.join(missing)}; see {self.log}")
        shutil.copytree(source / "include", self.out / "include")

    def mend(self, tree: Path, fixes: Sequence[Fix]) -> None:
        for fix in fixes:
            self.replace(tree / fix.file, fix.old, fix.new)

    def replace(self, file: Path, old: str, new: str) -> None:
        text = file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise BenchError(
                f"{file} has {old.strip()!r} {text.count(old)} times, not once: the recipe has to be renewed"
            )
        file.write_text(text.replace(old, new), encoding="utf-8")


def build(recipe: Recipe) -> BuiltKernel:
    """Build it, and put it into its place in one step.  Raises BenchError."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        raise BenchError(f"not installed: {', '.join(missing)}.  `make kernel-bench` brings them in.")
    cache = cache_folder()
    free_bytes = shutil.disk_usage(cache).free
    if free_bytes < NEEDED_BYTES:
        raise BenchError(
            f"{cache} has {free_bytes / 1e9:.1f} GB left, building takes {NEEDED_BYTES / 1e9:.0f} for a while: "
            "make room, or set XDG_CACHE_HOME to another disk"
        )
    folder = cache / f".building-{recipe.key}"
    shutil.rmtree(folder, ignore_errors=True)  # what a build that was broken off has left
    began_s = time.monotonic()
    workshop = Workshop(recipe, folder)
    versions = workshop.fetch()
    tree = workshop.build_kernel()
    workshop.build_dahdi(tree)
    (workshop.out / "versions.json").write_text(json.dumps(versions, indent=1) + "\n", encoding="utf-8")
    workshop.out.rename(cache / recipe.key)
    shutil.rmtree(folder)
    say(f"built in {time.monotonic() - began_s:.0f} s")
    return find_kernel()


def found_or_built(recipe: Recipe) -> BuiltKernel:
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:  # two builds at once would spoil each other's folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return find_kernel()
        except BenchError:
            return build(recipe)


def main(arguments: Sequence[str]) -> int:
    if arguments:
        print("usage: python -m hil.kernel.build", file=sys.stderr)
        return 2
    try:
        kernel = found_or_built(read_recipe())
    except BenchError as error:
        say(f"cannot go on: {error}")
        return 1
    built = ", ".join(f"{name} {version}" for name, version in kernel.versions.items())
    say(f"the bench's kernel is in {kernel.folder} ({built})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
