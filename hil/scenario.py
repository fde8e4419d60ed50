# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a scenario is, and the list of all of them.

A scenario is an async function of a bench; its name is a sentence.  `@scenario("F20", "C11")` names the features it
proves; `needs` what a bench must be able to do for it (where one can't, the scenario is skipped with the reason);
`settings` the centre it plays in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from firmware.settings.model import Settings
from hil import settings as shapes
from hil.bench import Ability, Bench
from hil.benches import plans

Play = Callable[[Bench], Awaitable[None]]

LACKS: dict[str, dict[Ability, str]] = {
    name: {Ability(what): why for what, why in plan.lacks.items()} for name, plan in plans().items()
}
"""What each bench can't do, with the reason (`hil/benches/`)."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """features: numbers of features.  settings: builds the centre's settings."""

    name: str
    features: tuple[str, ...]
    needs: frozenset[Ability]
    settings: Callable[[], Settings]
    play: Play

    @property
    def benches(self) -> tuple[str, ...]:
        """The benches it is meant for."""
        return tuple(bench for bench in LACKS if not self.why_not(bench))

    def why_not(self, bench: str) -> str:
        """Why it can't be played on a bench; empty where it can."""
        if own := plans()[bench].own_scenarios:
            return own
        return "; ".join(sorted(why for what, why in LACKS[bench].items() if what in self.needs))

    @property
    def title(self) -> str:
        return self.name.replace("_", " ")


_scenarios: dict[str, Scenario] = {}


def scenario(
    *features: str, needs: tuple[Ability, ...] = (), settings: Callable[[], Settings] = shapes.centre
) -> Callable[[Play], Play]:
    """Put a function on the list of scenarios."""

    def enlist(play: Play) -> Play:
        name = play.__name__
        assert name not in _scenarios, f"two scenarios are called {name}"
        _scenarios[name] = Scenario(name, features, frozenset(needs), settings, play)
        return play

    return enlist


def all_scenarios() -> tuple[Scenario, ...]:
    """Every scenario of every file in `hil/scenarios`, in the order of files and lines."""
    folder = Path(__file__).parent / "scenarios"
    for module in iter_modules([str(folder)]):
        import_module(f"hil.scenarios.{module.name}")
    return tuple(_scenarios.values())
