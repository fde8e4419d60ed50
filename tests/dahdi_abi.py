# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The numbers that driver and kernel must agree on: constants, sizes and places of fields.

    python -m tests.dahdi_abi VERSION FOLDER >>tests/data/dahdi_abi.toml

measures them with the header FOLDER/dahdi/user.h of a DAHDI, as the compiler sees it.
"""

from __future__ import annotations

import importlib.util
import runpy
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from cffi import FFI

BUILD = Path(__file__).parents[1] / "drivers/dahdi/csrc/build_dahdi.py"
built = runpy.run_path(str(BUILD))
STRUCTURES = (
    "dahdi_bufferinfo",
    "dahdi_dynamic_span",
    "dahdi_echocanparams",
    "dahdi_params",
    "dahdi_ring_cadence",
    "dahdi_spaninfo",
    "dahdi_versioninfo",
)


def numbers_of(binding: Any) -> Iterator[tuple[str, int]]:
    """Every number of a compiled binding, by name: NAME, struct or struct.field."""
    for name in built["NUMBERS"]:
        yield name, getattr(binding.lib, name)
    for name in STRUCTURES:
        kind = f"struct {name}"
        yield name, binding.ffi.sizeof(kind)
        for field, _ in binding.ffi.typeof(kind).fields:
            yield f"{name}.{field}", binding.ffi.offsetof(kind, field)


def compiled_against(include: Path, folder: Path) -> ModuleType:
    """The driver's binding, compiled in `folder` with the header of another DAHDI."""
    builder = FFI()
    constants = "\n".join(f"#define {name} ..." for name in built["NUMBERS"])
    builder.cdef(constants + built["STRUCTURES"] + built["DECLARATIONS"])
    builder.set_source("_dahdi_measured", built["SOURCE"], include_dirs=[str(include)])
    spec = importlib.util.spec_from_file_location("_dahdi_measured", builder.compile(str(folder)))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(version: str, include: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        numbers = numbers_of(compiled_against(Path(include), Path(folder)))
        lines = [f'"{name}" = {number}' for name, number in numbers]
    sys.stdout.write("\n".join(("", f'["{version}"]', *lines, "")))


if __name__ == "__main__":
    main(*sys.argv[1:])
