# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The service as the pages see it: ask for something as a person, and learn why not, or that nobody is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.client import Client, ClientError, Unreachable
from webui.access import Role
from webui.texts import Texts

Answer = dict[str, Any]
_STATUS = {"not_allowed": 403, "not_found": 404, "unavailable": 503, "fault": 500}


class Away(Exception):
    """The service isn't there: not started yet, stopped, or being restarted."""


class Bare(Away):
    """The service is there, but not its database: telephones work, and nobody can be known here."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in the settings.  path: "lines.0.number"."""

    path: str
    message: dict[str, str]

    def text(self, language: str) -> str:
        return self.message.get(language) or self.message.get("en") or self.path


@dataclass(eq=False)
class Refused(Exception):
    """The service said no."""

    cause: str
    detail: str = ""
    faults: tuple[Fault, ...] = field(default=())

    @property
    def status(self) -> int:
        return _STATUS.get(self.cause, 400)

    def text(self, texts: Texts) -> str:
        """Why, in the reader's words; the service's own detail behind it, as data."""
        said = texts.word("cause", self.cause)
        if self.faults:
            return f"{said}: " + "; ".join(
                f"{fault.path}: {fault.text(texts.language)}" for fault in self.faults[:8]
            )
        return f"{said} ({self.detail})" if self.detail else said


class Service:
    """One connection's worth of asking, for threads.  Every request names the person it is made for."""

    def __init__(self, socket: Path) -> None:
        self._client = Client(socket)

    def ask(self, do: str, who: str, role: Role, /, body: bytes | None = None, **fields: object) -> Answer:
        """The answer to a verb of `firmware.control`.  Raises Away or Refused."""
        actor = {"kind": "web", "name": who, "role": role.value}
        try:
            return self._client.request(do, actor=actor, body=body, **fields)
        except Unreachable as gone:
            raise Away(str(gone)) from gone
        except ClientError as error:
            raise Refused(error.cause, error.detail, _faults(error.faults)) from error


def _faults(rows: object) -> tuple[Fault, ...]:
    if not isinstance(rows, list | tuple):
        return ()
    return tuple(Fault(str(row["path"]), dict(row["message"])) for row in rows)
