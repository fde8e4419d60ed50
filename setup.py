# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The one thing pyproject.toml can't say: which C is compiled."""

from setuptools import setup

setup(cffi_modules=["dsp/csrc/build_media.py:ffibuilder", "dsp/csrc/build_signals.py:ffibuilder"])
