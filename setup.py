# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The one thing pyproject.toml can't say: which C is compiled.

The DAHDI driver is compiled where DAHDI's header is (`include_folder` of its build file).
"""

from runpy import run_path

from setuptools import setup

ENGINE = ["dsp/csrc/build_media.py:ffibuilder", "dsp/csrc/build_signals.py:ffibuilder"]
DAHDI = "drivers/dahdi/csrc/build_dahdi.py"

header = run_path(DAHDI)["include_folder"]()
setup(cffi_modules=[*ENGINE, f"{DAHDI}:ffibuilder"] if header else ENGINE)
