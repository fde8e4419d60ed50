# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated far ends as commands: telephones by name, lifted, dialled, flashed and hung up from a page.

A telephone is named `phone:801` (the desk phone of an extension) or `outside:13900000001`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drivers.port import Card
from drivers.simulated import SimulatedCard, Telephone

KEYS = frozenset("0123456789*#ABCD,")
KEYS_MAX = 32
FLASH_MS = (20, 2_000)
SPEAK_MS = (100, 600_000)


class Bench:
    """extension_port: the port of an extension, or None; extensions: by port."""

    def __init__(
        self,
        card: Card,
        extension_port: Callable[[str], int | None],
        extensions: Callable[[], Mapping[int, str]],
    ) -> None:
        self._card = card if isinstance(card, SimulatedCard) else None
        self._extension_port = extension_port
        self._extensions = extensions

    @property
    def card(self) -> SimulatedCard:
        """Raises LookupError where the card is a real one."""
        if self._card is None:
            raise LookupError("there is a bench on the simulated card only")
        return self._card

    def telephone(self, who: str) -> Telephone:
        """Raises LookupError where there is no such telephone, ValueError where that is no name of one."""
        kind, _, number = who.partition(":")
        if kind not in ("phone", "outside") or not number:
            raise ValueError("who: phone:EXTENSION or outside:NUMBER")
        found: Telephone | None
        if kind == "phone":
            found = self.card.desks.get(self._extension_port(number) or 0)
        else:
            found = next((each for each in self.card.outside if each.number == number), None)
        if found is None:
            raise LookupError(f"there is no {who[:60]}")
        return found

    def do(self, verb: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """status, lift, hang_up, dial, press, flash or speak.  Raises LookupError, ValueError, TypeError."""
        if verb == "status":
            return self.status()
        telephone = self.telephone(_text(fields, "who"))
        match verb:
            case "lift":
                telephone.lift()
            case "hang_up":
                telephone.hang_up()
            case "dial" | "press":
                keys = _keys(fields)
                if not telephone.off_hook:
                    raise ValueError("the receiver is down: lift first")
                telephone.press(keys)
            case "flash" | "speak":
                self._flash_or_speak(telephone, verb, fields)
            case _:
                raise LookupError(f"the bench has no {verb[:40]}")
        return telephone.status()

    def status(self) -> dict[str, Any]:
        """Everything at the far ends; `who` names each telephone that can be commanded."""
        status = self.card.status()
        extensions = self._extensions()
        for desk in status["desks"]:
            desk["extension"] = extensions.get(desk["port"], "")
            desk["who"] = f"phone:{desk['extension']}"
        for outside, telephone in zip(status["outside"], self.card.outside, strict=True):
            outside["number"] = telephone.number
            outside["who"] = f"outside:{telephone.number}"
        return {"pilot": self.card.layout.pilot, **status}

    def _flash_or_speak(self, telephone: Telephone, verb: str, fields: Mapping[str, Any]) -> None:
        if not telephone.off_hook:
            raise ValueError("the receiver is down: lift first")
        least, most = FLASH_MS if verb == "flash" else SPEAK_MS
        ms = fields.get("ms", 300 if verb == "flash" else 2_000)
        if not isinstance(ms, int) or not least <= ms <= most:
            raise ValueError(f"ms: {least} to {most}")
        if verb == "flash":
            telephone.flash(ms)
        else:
            telephone.speak(ms)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is needed, as text")
    return value


def _keys(fields: Mapping[str, Any]) -> str:
    keys = _text(fields, "digits")
    if not 0 < len(keys) <= KEYS_MAX or not set(keys) <= KEYS:
        raise ValueError(f"digits: 1 to {KEYS_MAX} of 0-9 * # A-D and , for a pause")
    return keys
