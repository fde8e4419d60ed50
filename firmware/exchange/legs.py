# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A leg: one party's connection in a call, and its account of time.

Talking is time joined to another answered leg, holding is time put aside to music; both belong to the leg they happened
to, so that a transfer inflates nobody's figures (C12).
"""

from __future__ import annotations

import msgspec

from firmware.exchange.machine import Send
from firmware.exchange.messages import Message, Reach
from firmware.exchange.vocabulary import Address, Cause, Certainty, Evidence, Instant, LegRecord, Party

replace = msgspec.structs.replace


class Leg(msgspec.Struct, frozen=True):
    """kind: "trunk" or "station", the machine at `port`.  asked: the `Reach` it was made for; None for leg 1.

    tried: lines that were tried in vain.  proceeding: an outside line has taken our digits.  alerting: the other end is
    being rung.  joined_ns, held_ns: since when, -1: not now.
    """

    leg: int
    role: str
    kind: str
    port: int
    direction: str
    party: Party
    began: Instant
    answered: Instant | None = None
    ended: Instant | None = None
    cause: Cause = Cause.NORMAL
    certainty: Certainty | None = None
    evidence: tuple[Evidence, ...] = ()
    agent: int = 0
    recording: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    joined_ns: int = -1
    held_ns: int = -1
    asked: Reach | None = None
    tried: tuple[int, ...] = ()
    rounds: int = 0
    proceeding: bool = False
    alerting: bool = False

    @property
    def is_live(self) -> bool:
        return self.ended is None

    @property
    def is_up(self) -> bool:
        return self.ended is None and self.answered is not None

    @property
    def is_pending(self) -> bool:
        """Asked for, and not answered yet."""
        return self.ended is None and self.answered is None and self.asked is not None

    @property
    def is_outside(self) -> bool:
        return self.kind == "trunk"

    @property
    def emergency(self) -> bool:
        return self.asked is not None and self.asked.emergency

    def tell(self, message: Message) -> Send:
        return Send(Address(self.kind, self.port), message)

    def arranged(self, joined: bool, held: bool, now: Instant) -> Leg:
        """With its time settled up to now, and counting on as stated."""
        talk_ms = self.talk_ms + _elapsed_ms(self.joined_ns, now)
        hold_ms = self.hold_ms + _elapsed_ms(self.held_ns, now)
        return replace(
            self,
            talk_ms=talk_ms,
            hold_ms=hold_ms,
            joined_ns=now.mono_ns if joined else -1,
            held_ns=now.mono_ns if held else -1,
        )

    def closed(self, cause: Cause, now: Instant, evidence: tuple[Evidence, ...] = ()) -> Leg:
        leg = self.arranged(False, False, now)
        return replace(leg, ended=now, cause=cause, evidence=(*self.evidence, *evidence))

    def record(self, now: Instant) -> LegRecord:
        leg = self if self.ended is not None else self.closed(self.cause, now)
        return LegRecord(
            leg.leg,
            leg.role,
            leg.port,
            leg.direction,
            leg.party,
            leg.began,
            leg.answered,
            leg.ended or now,
            leg.cause,
            leg.certainty,
            leg.evidence,
            leg.agent,
            leg.recording,
            leg.talk_ms,
            leg.hold_ms,
        )


def _elapsed_ms(since_ns: int, now: Instant) -> int:
    return 0 if since_ns < 0 else (now.mono_ns - since_ns) // 1_000_000
