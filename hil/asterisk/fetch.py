# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Fetches Debian's Asterisk into a folder of its own, once: `python -m hil.asterisk.fetch`.

apt works on lists and a state of its own, so nothing of this machine is touched and nobody needs to be root.  The
folder lies outside the tree, by the hash of `recipe.toml`, and appears there whole or not at all.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hil.kernel.build import say
from hil.kernel.recipe import BenchError

RECIPE = Path(__file__).with_name("recipe.toml")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PLACES = (
    "dev",
    "etc/asterisk",
    "proc",
    "run",
    "tmp",
    "var/lib/asterisk",
    "var/log/asterisk",
    "var/spool/asterisk",
)
"""Folders inside that are mounted over when it runs (`hil.asterisk.peer`)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    suite: str
    version: str
    mirrors: tuple[str, ...]
    packages: tuple[str, ...]
    key: str


def read_recipe() -> Recipe:
    table = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    key = hashlib.sha256(json.dumps([table, PLACES], sort_keys=True).encode()).hexdigest()[:16]
    return Recipe(
        table["suite"], table["version"], tuple(table["mirrors"]), tuple(sorted(table["packages"])), key
    )


def cache_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "switchroom" / "asterisk"


def find_asterisk() -> Path:
    """The root folder of the Asterisk of this recipe.  Raises BenchError where it was not fetched yet."""
    root = cache_folder() / read_recipe().key
    if not root.exists():
        raise BenchError(f"there is no Asterisk in {root}: type `make hil BENCH=asterisk`, which fetches it")
    return root


def found_or_fetched() -> Path:
    """Raises BenchError with what failed and where it stands."""
    recipe = read_recipe()
    root = cache_folder() / recipe.key
    if root.exists():
        return root
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            building = cache_folder() / f"{recipe.key}.new"
            shutil.rmtree(building, ignore_errors=True)
            _fetch(recipe, building)
            (building / "root").rename(root)
            shutil.rmtree(building)
    return root


def mirrors(sources: Path = Path("/etc/apt")) -> Iterator[str]:
    """Debian's mirrors of this machine, by their addresses in apt's two formats."""
    files = [sources / "sources.list", *sorted((sources / "sources.list.d").glob("*"))]
    for file in files:
        if file.suffix not in (".list", ".sources") or not file.is_file():
            continue
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(("deb ", "URIs:")):
                yield from (
                    address.rstrip("/") for address in re.findall(r"https?://\S+/debian/?(?=\s|$)", line)
                )


def _fetch(recipe: Recipe, building: Path) -> None:
    log = building / "log"
    said = ""
    for mirror in dict.fromkeys((*mirrors(), *recipe.mirrors)):
        say(f"fetching Asterisk {recipe.version} from {mirror}")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        configuration = _configure(building, mirror, recipe.suite)
        ended = _apt(configuration, log, "update")
        if not ended:
            ended = _apt(configuration, log, "download", *recipe.packages)
        if not ended:
            _unpack(recipe, building)
            return
        said = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
    raise BenchError(
        f"Asterisk could not be fetched: the last of the mirrors said\n{said}\nEverything is in {log}.  Is there a "
        f"network?  Does a mirror still have {recipe.suite}?  Others can be written into {RECIPE}."
    )


def _configure(building: Path, mirror: str, suite: str) -> Path:
    """apt's own world below the folder.  Returns its configuration."""
    for name in ("state/lists/partial", "cache/archives/partial", "etc", "packages"):
        (building / name).mkdir(parents=True)
    (building / "status").touch()
    sources = building / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n", encoding="ascii")
    configuration = building / "apt.conf"
    settings = {
        "Dir::State": building / "state",
        "Dir::State::status": building / "status",
        "Dir::Cache": building / "cache",
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": building / "etc",
        "Dir::Etc::preferences": building / "none",
        "Dir::Etc::preferencesparts": building / "etc",
        "APT::Update::Error-Mode": "any",  # a list that is not there is an error, not a warning
        "APT::Sandbox::User": "root",  # nobody else could write here
        "Acquire::Check-Valid-Until": "false",  # nobody renews the lists of a release that is done
        "Acquire::Languages": "none",
    }
    lines = [f'{name} "{value}";' for name, value in settings.items()]
    configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return configuration


def _apt(configuration: Path, log: Path, *arguments: str) -> int:
    with log.open("a", encoding="utf-8") as file:
        return subprocess.run(
            ["apt-get", "-q", *arguments],
            cwd=configuration.parent / "packages",
            env={**os.environ, "APT_CONFIG": str(configuration)},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode


def _unpack(recipe: Recipe, building: Path) -> None:
    root = building / "root"
    for place in PLACES:
        (root / place).mkdir(parents=True)
    for file in sorted((building / "packages").glob("*.deb")):
        if file.name.startswith("asterisk_") and recipe.version.split(":")[-1] not in file.name:
            raise BenchError(
                f"the mirror has {file.name}, not version {recipe.version}: renew {RECIPE} and see whether "
                "the scenarios still hold"
            )
        subprocess.run(["dpkg-deb", "-x", str(file), str(root)], check=True)


def main() -> int:
    try:
        root = found_or_fetched()
    except (BenchError, OSError, subprocess.CalledProcessError) as error:
        say(f"cannot go on: {error}")
        return 1
    say(f"Asterisk {read_recipe().version} is in {root}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
