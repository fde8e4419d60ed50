# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What is installed is ours, whole, and nobody else's; the Makefile and the scripts under it keep their word."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("firmware", "drivers", "dsp", "webui")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
IDENTIFIER = "SPDX-License-" + "Identifier"  # in two, or the licence checker takes the pattern for a licence
PREPARE = (ROOT / ".ci" / "prepare").read_text(encoding="utf-8")


def test_no_other_distribution_owns_our_import_names() -> None:
    """The four folders are packages of generic names; another that ships `drivers` would overwrite ours in silence."""
    owners = packages_distributions()
    assert {name: set(owners[name]) for name in FOLDERS} == {name: {"switchroom"} for name in FOLDERS}


def test_the_installed_version_is_the_one_of_the_tree() -> None:
    assert version("switchroom") == PROJECT["project"]["version"]


def test_both_commands_lead_somewhere() -> None:
    ours = {
        entry.name: entry
        for entry in entry_points(group="console_scripts")
        if entry.value.startswith("firmware")
    }
    assert set(ours) == {"switchroomd", "switchroom"}
    for entry in ours.values():
        assert callable(entry.load())


def test_every_package_with_types_says_so() -> None:
    assert all((ROOT / folder / "py.typed").exists() for folder in FOLDERS)


def test_every_folder_with_python_is_a_package_and_so_is_in_the_wheel() -> None:
    """Sources of the C build and data folders are meant to be none."""
    bare = {
        path.parent.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    }
    assert bare <= {"dsp/csrc", "drivers/dahdi/csrc"}


def test_what_is_not_python_is_named_as_package_data() -> None:
    """A file that a wheel leaves out is missed only where the wheel is installed."""
    data = PROJECT["tool"]["setuptools"]["package-data"]
    left_out = []
    for folder in FOLDERS:
        covered = {path for pattern in data[folder] for path in (ROOT / folder).glob(pattern)}
        # `x/**` of setuptools takes files at any depth; Path.glob takes folders only before Python 3.13.
        covered |= {inner for path in covered if path.is_dir() for inner in path.rglob("*")}
        for path in (ROOT / folder).rglob("*"):
            built = path.suffix in (".py", ".pyc", ".so", ".c", ".h", ".md") or path.name == "py.typed"
            if path.is_file() and not built and path not in covered:
                left_out.append(path.relative_to(ROOT).as_posix())
    assert left_out == []


def test_the_top_of_the_tree_is_what_a_reader_expects() -> None:
    expected = {
        "firmware",
        "drivers",
        "dsp",
        "webui",
        "images",
        "pyproject.toml",
        "tests",
        "hil",
        "docs",
        "README.md",
    }
    expected |= {"Makefile", "CHANGELOG.md", "LICENSE", "LICENSES", "REUSE.toml", ".ci"}
    assert {name for name in expected if not (ROOT / name).exists()} == set()


def test_the_licence_text_is_kept_for_every_licence_that_is_named() -> None:
    named = set()
    for path in [ROOT / "REUSE.toml", *ROOT.glob("[dfhtw]*/**/*.py")]:
        named |= set(re.findall(IDENTIFIER + r"[:\" =]+([A-Za-z0-9.-]+)", path.read_text(encoding="utf-8")))
    kept = {path.stem for path in (ROOT / "LICENSES").iterdir()}
    assert {name for name in named if re.match(r"[A-Z]", name)} <= kept
    assert (ROOT / "LICENSE").read_bytes() == (ROOT / "LICENSES" / "Apache-2.0.txt").read_bytes()


@pytest.mark.parametrize("target", ["run", "test", "lint", "bench", "sim", "hil", "asan", "clean"])
def test_make_knows_what_a_person_types(target: str) -> None:
    made = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


def test_make_alone_says_what_can_be_typed() -> None:
    made = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"make run", "make test"} <= {line[:9].strip() for line in made.stdout.splitlines()}


def test_every_debian_package_that_is_brought_in_says_why() -> None:
    entries = re.findall(r'^    "([a-z0-9.+-]+):(.+)"$', PREPARE, flags=re.M)
    assert len(entries) > 8
    assert all(len(why.split()) >= 2 for _, why in entries)


def bare_machine(tmp_path: Path, *programs: str) -> dict[str, str]:
    """An environment whose PATH holds these programs only."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in programs:
        found = shutil.which(program) or f"{program} is not on this machine"
        (folder / program).symlink_to(found)
    return {"PATH": str(folder), "HOME": str(tmp_path), "LC_ALL": "C"}


def prepare_in_a_copy(tmp_path: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the preparation in a tree of its own, so that nothing of this one is touched."""
    tree = tmp_path / "tree"
    (tree / ".ci").mkdir(parents=True)
    (tree / ".ci" / "prepare").write_text(PREPARE, encoding="utf-8")
    return subprocess.run(
        ["/bin/bash", ".ci/prepare", "run"],
        cwd=tree, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


TOOLS = ("cat", "cut", "dirname", "env", "flock", "id", "mkdir", "rm", "sort", "tail")


def test_on_a_machine_that_is_no_debian_it_says_what_is_missing(tmp_path: Path) -> None:
    done = prepare_in_a_copy(tmp_path, bare_machine(tmp_path, *TOOLS))
    assert done.returncode == 1
    assert "this is no Debian" in done.stderr
    assert "gcc" in done.stderr


def fake_program(environment: dict[str, str], name: str, body: str) -> None:
    """A program of the machine, not of ours: what apt or dpkg would answer there."""
    path = Path(environment["PATH"]) / name
    path.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


def test_without_root_and_sudo_it_says_what_to_type(tmp_path: Path) -> None:
    environment = bare_machine(tmp_path, *(tool for tool in TOOLS if tool != "id"), "grep")
    fake_program(environment, "id", "echo 1000")
    fake_program(environment, "dpkg-query", "exit 1")
    done = prepare_in_a_copy(tmp_path, environment)
    assert done.returncode == 1
    assert "type:  apt-get install gcc" in done.stderr


def test_without_a_network_it_says_so_and_keeps_what_apt_said(tmp_path: Path) -> None:
    environment = bare_machine(tmp_path, *(tool for tool in TOOLS if tool != "id"))
    fake_program(environment, "id", "echo 0")
    fake_program(environment, "dpkg-query", "exit 1")
    fake_program(environment, "apt-get", "echo 'E: Could not resolve the mirror'; exit 100")
    done = prepare_in_a_copy(tmp_path, environment)
    assert done.returncode == 1
    assert "Is there a network?" in done.stderr
    assert "Could not resolve" in (tmp_path / "tree" / "build" / "prepare.log").read_text(encoding="utf-8")


def test_the_second_preparation_does_nothing() -> None:
    """Only where this very tree was prepared: a stamp is there, and a run leaves every stamp as it was."""
    stamps = ROOT / ".venv" / "build"
    if Path(sys.prefix) != ROOT / ".venv" or not stamps.exists():
        pytest.skip("the tests run outside the tree's own .venv")
    before = {path.name: path.stat().st_mtime_ns for path in stamps.iterdir()}
    done = subprocess.run(
        [".ci/prepare", "test"],
        cwd=ROOT, env=dict(os.environ), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name: path.stat().st_mtime_ns for path in stamps.iterdir()} == before
