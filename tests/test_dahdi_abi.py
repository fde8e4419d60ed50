# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The driver is compiled once and runs on whichever DAHDI the machine has: their numbers must be the same."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.dahdi_abi import numbers_of

MEASURED = tomllib.loads((Path(__file__).parent / "data/dahdi_abi.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", ("2.11.1", "3.1.0", "3.4.0"))
def test_the_compiled_driver_speaks_to_every_dahdi_that_debian_has(version: str) -> None:
    from drivers.dahdi import _dahdi

    ours = dict(numbers_of(_dahdi))
    assert len(ours) > 100
    theirs = MEASURED[version]
    differing = {
        name: (number, theirs.get(name)) for name, number in ours.items() if number != theirs.get(name)
    }
    assert differing == {}


def test_nothing_is_measured_that_the_driver_does_not_use() -> None:
    from drivers.dahdi import _dahdi

    names = set(dict(numbers_of(_dahdi)))
    assert [set(numbers) - names for numbers in MEASURED.values()] == [set(), set(), set()]
