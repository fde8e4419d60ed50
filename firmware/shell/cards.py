# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Which card the box works with, opened together with the engine that its ports are joined to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from drivers.port import Card, CardError
from drivers.simulated import Layout, SimulatedCard
from dsp.engine import Engine
from dsp.media import Media
from firmware.errors import ConfigError

SAMPLES_PER_MS = 8
OUTSIDE_LEAST = 6  # telephones outside; never fewer than lines, so that all lines can be busy


class CardKind(Enum):
    SIMULATED = "simulated"
    DAHDI = "dahdi"


@dataclass(frozen=True, slots=True)
class CardChoice:
    """fxo, fxs: ports of the simulated card.  channels: of DAHDI, for the FXO ports and for the FXS ports; those
    that are configured where not given."""

    kind: CardKind = CardKind.SIMULATED
    fxo: int = 4
    fxs: int = 8
    channels: tuple[tuple[int, ...], tuple[int, ...]] | None = None


SIMULATED_CARD = CardChoice()


def open_card(choice: CardChoice, tick_ms: int) -> tuple[Card, Media]:
    """On the loop's thread.  Raises ConfigError, naming span and channel, where the card can't be had."""
    if not 2 <= tick_ms <= 20:
        raise ConfigError("--tick-ms: 2 to 20")
    opened: dict[CardKind, Callable[[CardChoice, int], tuple[Card, Media]]] = {
        CardKind.SIMULATED: _open_simulated,
        CardKind.DAHDI: _open_dahdi,
    }
    return opened[choice.kind](choice, tick_ms * SAMPLES_PER_MS)


def _open_simulated(choice: CardChoice, tick_samples: int) -> tuple[Card, Media]:
    media = Engine(choice.fxo + choice.fxs, tick_samples)
    card = SimulatedCard(
        lambda ports, tick: Engine(ports, tick, history_samples=0),
        Layout(fxo=choice.fxo, fxs=choice.fxs, outside=max(OUTSIDE_LEAST, choice.fxo)),
    )
    card.attach(media)
    return card, media


def _open_dahdi(choice: CardChoice, tick_samples: int) -> tuple[Card, Media]:
    try:
        from drivers.dahdi.card import Channels, DahdiCard  # its binding may not be there

        card = DahdiCard(channels=Channels(*choice.channels) if choice.channels else None)
    except CardError as error:
        raise ConfigError(str(error)) from error
    media = Engine(len(card.ports), tick_samples)
    try:
        card.attach(media)
    except CardError as error:
        card.close()
        media.close()
        raise ConfigError(str(error)) from error
    return card, media
