# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The vocabulary every card speaks: what a line did (facts) and what it is told to do (acts).

An FXO port faces the exchange, an FXS port faces a telephone.  DAHDI names the *signalling* the other way round
(an FXO port is configured `fxsks`), so a bare "fxo" never stands alone here.  Sound is not here: a card joins
each of its ports to the media engine (`Card.attach`) and the engine hears tones, digits and caller ID.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

import msgspec

from dsp.media import Media


class PortKind(Enum):
    FXO = "fxo"  # faces the exchange: a trunk
    FXS = "fxs"  # faces a telephone: a station


class Fact(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of what a card reports."""


# --- an FXO port: what the exchange did ---


class RingOn(Fact, frozen=True):
    """Ringing current began on an FXO port (one burst of the cadence)."""

    port: int


class RingOff(Fact, frozen=True):
    """The burst of ringing current ended."""

    port: int


class Reversal(Fact, frozen=True):
    """The exchange reversed the line's polarity: at answer, at hang-up, or before caller ID.

    reversed: as it is now.
    """

    port: int
    reversed: bool


class LoopDrop(Fact, frozen=True):
    """The exchange took loop current away (kewlstart open interval), the strongest proof of a hang-up."""

    port: int


class LoopRestored(Fact, frozen=True):
    port: int


# --- an FXS port: what the telephone did ---


class OffHook(Fact, frozen=True):
    port: int


class OnHook(Fact, frozen=True):
    """The telephone has been on hook longer than the longest flash of its port."""

    port: int
    reconciled: bool = False


class HookOpened(Fact, frozen=True):
    """The loop opened on a telephone that was off hook.  Flash or hang-up: its length will tell."""

    port: int


class HookClosed(Fact, frozen=True):
    """The loop closed again after `open_ms` (shorter than the longest flash): a flash, a bounce, or a dial pulse.

    What it means is decided by the core, from the phone's own window.
    """

    port: int
    open_ms: int


class Pulses(Fact, frozen=True):
    """A pulse-dialled digit: `count` breaks of 15-200 ms, then 300 ms closed (10 breaks are a 0)."""

    port: int
    count: int


# --- any port ---


class Alarm(Fact, frozen=True):
    """The port is out of service: cable, power, card or span.  cause: in the card's words."""

    port: int
    cause: str


class AlarmCleared(Fact, frozen=True):
    port: int


class Removed(Fact, frozen=True):
    """The card is gone."""

    port: int


CardFact = (
    RingOn
    | RingOff
    | Reversal
    | LoopDrop
    | LoopRestored
    | OffHook
    | OnHook
    | HookOpened
    | HookClosed
    | Pulses
    | Alarm
    | AlarmCleared
    | Removed
)


class Act(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of what a port is told to do."""


class GoOffHook(Act, frozen=True):
    """FXO: close the loop (answer, or seize the line)."""

    port: int


class GoOnHook(Act, frozen=True):
    """FXO: open the loop (release the line)."""

    port: int


class FlashLine(Act, frozen=True):
    """FXO: open the loop for `open_ms` and close it again (flash towards an exchange or PBX)."""

    port: int
    open_ms: int = 500


class Ring(Act, frozen=True):
    """FXS: ring the telephone with the cadence (on_ms, off_ms, ...) until `StopRing` or it is lifted.

    The caller ID is sound and is sent by the engine, in the first silence or before the first ring.
    """

    port: int
    cadence_ms: tuple[int, ...] = (1000, 4000)


class StopRing(Act, frozen=True):
    port: int


class ReversePolarity(Act, frozen=True):
    """FXS: reverse the feed (answer and hang-up supervision towards a PBX, payphone or meter)."""

    port: int
    reversed: bool


class DropLoop(Act, frozen=True):
    """FXS: take loop current away for `open_ms`: tells the telephone's side that the far end hung up."""

    port: int
    open_ms: int = 600


class SetFlashWindow(Act, frozen=True):
    """FXS: openings longer than `longest_ms` are a hang-up at once; shorter ones are reported as `HookClosed`."""

    port: int
    longest_ms: int


CardAct = GoOffHook | GoOnHook | FlashLine | Ring | StopRing | ReversePolarity | DropLoop | SetFlashWindow


class PortInfo(msgspec.Struct, frozen=True):
    """One port as the installer sees it: `name` is the card's word for it ("sim 1", "span=1 channel=5")."""

    port: int
    kind: PortKind
    name: str


class PortBits(msgspec.Struct, frozen=True):
    """The true state of a port at this moment, read from the card, for reconciliation.

    off_hook: FXS, the telephone is lifted; FXO, we hold the loop.  ringing: FXO, ring current now; FXS, we ring.
    """

    port: int
    off_hook: bool
    ringing: bool
    alarm: str = ""


class Card(Protocol):
    """A card, or all cards of one driver.

    Every method returns at once; facts come by `deliver`, on the loop's thread.
    """

    name: str

    @property
    def ports(self) -> tuple[PortInfo, ...]: ...

    def attach(self, media: Media) -> None:
        """Join every port to the engine's port of the same number."""
        ...

    def start(self, deliver: Callable[[CardFact], None]) -> None:
        """Report facts from now on, beginning with the present state where it is not idle."""
        ...

    def act(self, act: CardAct) -> None:
        """Do it.  Raises CardError for a port this card does not have; a port in alarm takes acts and ignores them."""
        ...

    def bits(self) -> tuple[PortBits, ...]:
        """The true state of every port."""
        ...

    def close(self) -> None: ...


class CardError(OSError):
    """A card refused: the message names span and channel (or port) and what to do."""
