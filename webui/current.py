# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The settings in force, asked for by a page; and a change of one piece of them, applied as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firmware.settings.model import Settings
from firmware.store.reader import Reader
from webui.service import Refused
from webui.visit import Visit

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Current:
    """settings at `revision`.  factory: nobody has changed anything yet."""

    revision: int
    settings: Settings

    @property
    def factory(self) -> bool:
        return self.revision <= 1

    def raw(self) -> Raw:
        """The settings as plain data, free to be changed."""
        return self.settings.model_dump(mode="json")


def settings(visit: Visit) -> Current:
    found = visit.records.settings_json(Reader("admin", visit.name))
    return Current(0, Settings()) if found is None else Current(found[0], Settings.model_validate(found[1]))


def change(visit: Visit, how: Callable[[Raw], object], comment: str) -> int:
    """Apply `how` to the settings in force.  Raises Refused with every fault named by path.

    Two people who change different pieces at once both succeed: each change is made on what is in force now, and
    tried once more when somebody else was quicker.
    """
    for last in (False, True):
        now = settings(visit)
        raw = now.raw()
        how(raw)
        try:
            answer = visit.ask("settings_apply", settings=raw, comment=comment, base=now.revision)
        except Refused as refused:
            if refused.cause != "conflict" or last:
                raise
        else:
            visit.site.forget()
            return int(answer["revision"])
    raise AssertionError("the second try either returns or raises")
