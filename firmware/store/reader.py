# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Who reads: which calls are theirs to see, and whether numbers are masked for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from firmware.store.masking import hides_numbers, mask_all


class NotAllowed(Exception):
    """This reader may not read that at all."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of records.  agent: whose calls an agent sees; lines: whose calls a merchant sees."""

    role: str
    name: str
    agent: int = 0
    lines: tuple[int, ...] = ()

    @property
    def masked(self) -> bool:
        return hides_numbers(self.role)

    def sees(self, value: Any) -> Any:
        """Plain data as this reader may see it."""
        return mask_all(value) if self.masked else value

    def calls_clause(self) -> tuple[str, list[Any]]:
        """The condition on `calls` for the calls this reader may see at all, with its values."""
        if self.role in ("admin", "supervisor", "installer"):
            return "1", []
        if self.role == "agent" and self.agent:
            return "calls.id IN (SELECT call_id FROM legs WHERE agent = ?)", [self.agent]
        if self.role == "merchant" and self.lines:
            return f"calls.line IN ({', '.join('?' * len(self.lines))})", list(self.lines)
        return "0", []

    def must_be(self, *roles: str) -> None:
        """Raises NotAllowed for every other role."""
        if self.role not in roles:
            raise NotAllowed(f"{self.role or 'nobody'} may not read this")
