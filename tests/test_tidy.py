# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Style that a machine can hold: headers, lengths, names, no loose ends, the changelog's shape."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON_FOLDERS = ("firmware", "drivers", "dsp", "webui", "hil", "tests")
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
BANNED_NAMES = {"utils", "util", "helpers", "helper", "misc", "common", "manager", "stuff"}
# Written so that this file does not hold what it looks for.
LOOSE_ENDS = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")))
PRINTS = ("firmware/cli", "firmware/speech/rendering", "webui/__main__.py", "hil/", "tests/")
VENDORED = "webui/static/vendor"


def sources(*suffixes: str) -> list[Path]:
    """Every file of the tree with one of these suffixes that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:  # an export without .git: everything that is not built
        paths = [
            path
            for path in ROOT.rglob("*")
            if not {".venv", "build", "var"} & set(path.relative_to(ROOT).parts)
        ]
    else:
        paths = [ROOT / name for name in listed.stdout.splitlines()]
    return sorted(
        path
        for path in paths
        if path.suffix in suffixes and path.is_file() and VENDORED not in path.as_posix()
    )


PYTHON = sources(".py", ".pyi")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def c_functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and length of each function: in our C the body is what stands between `{` and `}` in the first column."""
    name, start = "", 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if re.match(r"\w.*\(", line):
            name = line.split("(")[0].split()[-1].lstrip("*")
        if line == "{" or (re.match(r"\w.*\)\s*\{$", line)):
            start = number
        elif line == "}" and start:
            yield name, number - start + 1
            start = 0


def test_there_is_something_to_look_at() -> None:
    assert len(PYTHON) > 20


def test_every_source_says_whose_it_is_and_under_which_licence() -> None:
    mark = "SPDX-License-" + "Identifier:"  # in two, or it would be taken for this file's own
    bare = [
        name_of(path)
        for path in sources(".py", ".pyi", ".c", ".h", ".sh", ".toml", ".css", ".js")
        if mark not in path.read_text(encoding="utf-8")[:400]
    ]
    assert bare == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        name_of(path)
        for path in PYTHON
        if path.suffix == ".py" and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_function_is_long() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path in PYTHON
        for node in functions(path)
        if node.end_lineno and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    long += [
        f"{name_of(path)} {name}: {lines} lines"
        for path in sources(".c")
        for name, lines in c_functions(path)
        if lines > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_no_file_is_long() -> None:
    lengths = {
        name_of(path): path.read_text(encoding="utf-8").count("\n")
        for path in [*PYTHON, *sources(".c", ".h")]
    }
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES_MAX} == {}


def test_no_module_is_named_after_nothing() -> None:
    assert [name_of(path) for path in PYTHON if path.stem in BANNED_NAMES] == []


def test_nothing_is_left_for_later_in_a_comment() -> None:
    loose = [
        f"{name_of(path)}:{number} {line.strip()}"
        for path in [*PYTHON, *sources(".c", ".h", ".js", ".css", ".html", ".sh", ".toml", ".md")]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if LOOSE_ENDS.search(line)
    ]
    assert loose == []


def swallows(handler: ast.ExceptHandler) -> bool:
    """Whether it catches everything and says nothing: a bare except, or Exception with an empty body."""
    if handler.type is None:
        return True
    caught = handler.type.id if isinstance(handler.type, ast.Name) else ""
    return caught in ("Exception", "BaseException") and all(
        isinstance(step, ast.Pass) for step in handler.body
    )


def test_no_error_is_swallowed() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and swallows(node)
    ]
    assert wrong == []


def test_only_command_lines_print() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in PYTHON
        if not name_of(path).startswith(PRINTS)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert wrong == []


def test_tests_never_sleep_unless_they_say_why() -> None:
    """A test waits for an event.  One that blocks the loop on purpose says so on the same line."""
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in PYTHON
        if name_of(path).startswith(("tests/test_", "hil/"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "sleep"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "time"
        and "  # " not in path.read_text(encoding="utf-8").splitlines()[node.lineno - 1]
    ]
    assert wrong == []


def test_every_test_is_a_sentence() -> None:
    short = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in PYTHON
        if path.name.startswith("test_")
        for node in functions(path)
        if node.name.startswith("test_") and node.name.count("_") < 3
    ]
    assert short == []


def test_the_changelog_keeps_its_shape() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Changelog"
    releases = [line for line in lines if line.startswith("## ")]
    assert releases[0] == "## [Unreleased]"
    assert all(re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", line) for line in releases[1:])
    groups = {line for line in lines if line.startswith("### ")}
    assert groups <= {
        f"### {name}" for name in ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
    }
    assert all(line.startswith(("- ", "  ", "#", "[")) or not line for line in lines[4:])


@pytest.mark.parametrize("folder", PYTHON_FOLDERS)
def test_the_line_count_is_reported(folder: str, record_property: Callable[[str, object], None]) -> None:
    """Lines by folder go into the report (junit); the median file stays one a person reads in a sitting."""
    lengths = sorted(
        path.read_text(encoding="utf-8").count("\n")
        for path in PYTHON
        if name_of(path).startswith(f"{folder}/") and path.name != "__init__.py"
    )
    if not lengths:
        pytest.skip(f"{folder}/ holds no Python yet")
    median = lengths[len(lengths) // 2]
    record_property("lines", sum(lengths))
    record_property("median_lines", median)
    assert median <= 250
