# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Builds dsp._media, the engine, from the C in this folder.  media.h is read by the compiler and by cffi alike."""

from __future__ import annotations

import re
from pathlib import Path

from cffi import FFI

HERE = Path("dsp/csrc")  # setuptools builds from the root of the tree

ffibuilder = FFI()
ffibuilder.cdef(re.sub(r"^#.*$", "", (HERE / "media.h").read_text(), flags=re.MULTILINE))
ffibuilder.set_source(
    "dsp._media",
    '#include "media.h"',
    sources=[str(path) for path in sorted(HERE.glob("*.c"))],
    depends=[str(path) for path in sorted(HERE.glob("*.h"))],
    include_dirs=[str(HERE)],
    libraries=["m"],
    extra_compile_args=["-std=gnu11", "-O3", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-D_GNU_SOURCE"],
)

if __name__ == "__main__":
    ffibuilder.compile(verbose=True)
