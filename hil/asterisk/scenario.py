# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A scenario of the Asterisk bench, and the list of them.  Its name is a sentence, as that of a shared one is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from firmware.settings.model import Settings
from hil import settings as shapes

if TYPE_CHECKING:  # the bench needs the DAHDI driver; whoever lists scenarios does not
    from hil.asterisk.bench import AsteriskBench

BENCH = "asterisk"


@dataclass(frozen=True, slots=True)
class AsteriskScenario:
    """features: numbers of features.  settings: builds the centre's settings."""

    name: str
    features: tuple[str, ...]
    settings: Callable[[], Settings]
    play: Callable[[AsteriskBench], Awaitable[None]]

    @property
    def title(self) -> str:
        return self.name.replace("_", " ")

    @property
    def benches(self) -> tuple[str, ...]:
        return (BENCH,)

    def why_not(self, bench: str) -> str:
        return "" if bench == BENCH else "it is written for the Asterisk bench"


_scenarios: dict[str, AsteriskScenario] = {}


def scenario(
    *features: str, settings: Callable[[], Settings] = shapes.centre
) -> Callable[[Callable[[AsteriskBench], Awaitable[None]]], Callable[[AsteriskBench], Awaitable[None]]]:
    """Put a function on the list."""

    def enlist(
        play: Callable[[AsteriskBench], Awaitable[None]],
    ) -> Callable[[AsteriskBench], Awaitable[None]]:
        name = play.__name__
        assert name not in _scenarios, f"two scenarios are called {name}"
        _scenarios[name] = AsteriskScenario(name, features, settings, play)
        return play

    return enlist


def asterisk_scenarios() -> tuple[AsteriskScenario, ...]:
    """In the order of `hil/asterisk/scenarios.py`."""
    import_module("hil.asterisk.scenarios")
    return tuple(_scenarios.values())
