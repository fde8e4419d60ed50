# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Builds dsp._signals: the detectors and senders by themselves, without the engine around them, for
`switchroom listen`, the table of limits and the tests.  The headers are read by the compiler and by cffi
alike."""

from __future__ import annotations

import re
from pathlib import Path

from cffi import FFI

HERE = Path("dsp/csrc")  # setuptools builds from the root of the tree
HEADERS = ("dtmf.h", "digits.h", "tone.h", "callerid.h", "speech.h", "resample.h", "measure.h")
SOURCES = (
    "alaw.c",
    "cadence.c",
    "callerid.c",
    "callerid_sender.c",
    "digits.c",
    "dtmf.c",
    "fsk.c",
    "measure.c",
    "resample.c",
    "speech.c",
    "tone.c",
    "tone_detector.c",
    "tone_sender.c",
)
# alaw.h has functions with bodies, which cffi doesn't read.
ALAW = """
void alaw_decode_vector(int16_t *linear, const uint8_t *code, size_t samples);
void alaw_encode_vector(uint8_t *code, const int16_t *linear, size_t samples);
"""

ffibuilder = FFI()
for header in HEADERS:
    ffibuilder.cdef(re.sub(r"^#.*$", "", (HERE / header).read_text(), flags=re.MULTILINE))
ffibuilder.cdef(ALAW)
ffibuilder.set_source(
    "dsp._signals",
    "\n".join(f'#include "{header}"' for header in ("alaw.h", *HEADERS)),
    sources=[str(HERE / name) for name in SOURCES],
    depends=[str(path) for path in sorted(HERE.glob("*.h"))],
    include_dirs=[str(HERE)],
    libraries=["m"],
    extra_compile_args=["-std=gnu11", "-O3", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-D_GNU_SOURCE"],
)

if __name__ == "__main__":
    ffibuilder.compile(verbose=True)
