# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Bare service: what a box still does when its database, settings or disk can't be used.

Lines ring phones, phones dial out, 110 works, by the last good settings or by ones made of the ports that are there.
Lifting a phone tells why.  Records are kept in memory, and in the journal where that can still be written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from drivers.port import OffHook, PortInfo, PortKind
from dsp.vocabulary import Play, ResetPort, SendTone, SetBridge, StopPlay, StopTone, Tone
from firmware.exchange.index import index_of
from firmware.exchange.vocabulary import AnyFact, Effect, Say
from firmware.settings.check import read
from firmware.settings.factory import factory
from firmware.settings.model import Settings
from firmware.settings.toml import from_toml
from firmware.speech import say

log = logging.getLogger(__name__)


class Reason(Enum):
    """Why service is bare; each has its phrase."""

    DATABASE = "database"
    SETTINGS = "settings"
    DISK = "disk"


def factory_settings(ports: Iterable[PortInfo]) -> Settings:
    """Usable settings from nothing but the ports that are there."""
    found = tuple(ports)
    return factory(
        [info.port for info in found if info.kind is PortKind.FXO],
        [info.port for info in found if info.kind is PortKind.FXS],
    )


def last_good_settings(path: Path) -> Settings | None:
    """The copy beside the database, where it is there and right in itself."""
    try:
        data, faults = from_toml(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        log.error("settings: the copy %s can't be read: %s", path, error)
        return None
    if not faults:
        settings, faults = read(data)
        if settings is not None:
            return settings
    log.error("settings: the copy %s is wrong: %s", path, faults[0])
    return None


class BareNotice:
    """Says why, to whoever lifts a phone, in the place of dial tone, which follows.  Dialling at once stops it."""

    def __init__(self, reason: Reason) -> None:
        self._phrase = f"bare.{reason.value}"
        self._dial_tones: dict[int, SendTone] = {}

    def over(self, fact: AnyFact, effects: tuple[Effect, ...], settings: Settings) -> tuple[Effect, ...]:
        """The effects of a fact with the notice among them."""
        if isinstance(fact, OffHook):
            return tuple(self._instead(effect, fact.port, settings) for effect in effects)
        stopped = {port for effect in effects for port in _spoken_to(effect)} & set(self._dial_tones)
        for port in stopped:
            del self._dial_tones[port]
        return (*(StopPlay(port) for port in sorted(stopped)), *effects)

    def ended(self, port: int) -> SendTone | None:
        """The notice was played on this port: the dial tone that waited, unless the user has gone on."""
        return self._dial_tones.pop(port, None)

    def _instead(self, effect: Effect, port: int, settings: Settings) -> Effect:
        if not isinstance(effect, SendTone) or effect.port != port:
            return effect
        if effect.tone not in (Tone.DIAL, Tone.STUTTER_DIAL):
            return effect
        self._dial_tones[port] = effect
        index = index_of(settings)
        phone = index.phone(port)
        language = index.phone_language(phone) if phone else settings.centre.language
        return Say(port, say(self._phrase, language), language, tag=-port)


def _spoken_to(effect: Effect) -> tuple[int, ...]:
    """The ports whose user is told or joined to something by this effect."""
    match effect:
        case SendTone() | StopTone() | Say() | Play() | ResetPort():
            return (effect.port,)
        case SetBridge():
            return effect.ports
        case _:
            return ()
