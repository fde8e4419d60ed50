# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Imports point down: web to the client, firmware to drivers and dsp, drivers to dsp; the core to nothing that acts."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("firmware", "drivers", "dsp", "webui")

# What each package may import of ours, as prefixes of module names.
MAY_IMPORT = {
    "dsp": ("dsp",),
    "drivers": ("drivers", "dsp"),
    "firmware": ("firmware", "drivers", "dsp"),
    # The socket's client and protocol, the settings' types for forms, and the store's read-only queries.
    "webui": (
        "webui",
        "firmware.client",
        "firmware.control",
        "firmware.shell.audio_socket",
        "firmware.errors",
        "firmware.settings",
        "firmware.speech",
        "firmware.store",
    ),
}
# Parts of the store that write.
STORE_WRITES = ("firmware.store.writer", "firmware.store.migrations")

# What would let the core act, wait, read a clock or throw dice of its own.
CORE_NEVER = {
    "asyncio", "concurrent", "ctypes", "io", "logging", "multiprocessing", "os", "pathlib", "select", "selectors",
    "shutil", "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib",
    "bottle", "cheroot", "websockets", "sqlite_utils",
}  # fmt: skip
# Of dsp and drivers the core may know the vocabularies, which load nothing.
CORE_OF_OURS = ("firmware.exchange", "firmware.settings", "firmware.speech", "dsp.vocabulary", "drivers.port")
# Calls that read a clock, wherever their module came in for its types.
CLOCK_CALLS = {"now", "utcnow", "today", "monotonic", "monotonic_ns", "time_ns", "perf_counter"}


def modules(package: str) -> Iterator[Path]:
    yield from sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a file imports, wherever in the file it does so."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def under(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_down(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(package)
        for line, name in imports(path)
        if name.split(".")[0] in (*PACKAGES, "tests", "hil", "images")
        and not under(name, MAY_IMPORT[package])
    ]
    assert wrong == []


def test_the_web_process_writes_no_store_itself() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules("webui")
        for line, name in imports(path)
        if under(name, STORE_WRITES)
    ]
    assert wrong == []


def test_the_core_imports_nothing_that_acts() -> None:
    core = list(modules("firmware/exchange"))
    assert core
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in core
        for line, name in imports(path)
        if name.split(".")[0] in CORE_NEVER
        or (name.split(".")[0] in PACKAGES and not under(name, CORE_OF_OURS))
        or under(name, ("firmware.speech.rendering",))
    ]
    assert wrong == []


def test_the_core_and_its_grammar_read_no_clock() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} calls {node.func.attr}"
        for package in ("firmware/exchange", "firmware/speech")
        for path in modules(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCK_CALLS
    ]
    assert wrong == []


def test_chance_in_the_core_is_a_seeded_generator() -> None:
    """`random.Random(seed)` is the only thing of `random` that may be named there."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} uses random.{node.attr}"
        for path in modules("firmware/exchange")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "random"
        and node.attr != "Random"
    ]
    wrong += [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules("firmware/exchange")
        for line, name in imports(path)
        if under(name, ("random", "secrets", "uuid")) and name not in ("random", "random.Random")
    ]
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_can_be_imported_in_layers_without_a_circle(package: str) -> None:
    """No two packages import each other."""
    reached = {name.split(".")[0] for path in modules(package) for _, name in imports(path)} & set(
        PACKAGES
    ) - {package}
    back = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for other in reached
        for path in modules(other)
        for line, name in imports(path)
        if name.split(".")[0] == package
    ]
    assert back == []
