# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""tests/dahdi, run where DAHDI is: in the bench's kernel."""

from __future__ import annotations

import sys

import pytest

from hil.kernel.boot import boot
from hil.kernel.recipe import BenchError, find_kernel


def test_the_driver_does_on_real_channels_what_it_says() -> None:
    try:
        find_kernel()
    except BenchError as missing:
        pytest.skip(str(missing))
    ended = boot(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", "tests/dahdi"]
    )
    assert ended.exit_code == 0, ended.output
    assert " skipped" not in ended.output
