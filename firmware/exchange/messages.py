# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the machines say to each other.  The router carries these until none is left; none ever leaves the core.

Trunk and station speak one leg vocabulary to their call, so that queue, offer and transfer never know which it is.
A call reaches anybody for anyone by one verb, `Reach`, and answers it once: `Reached` or `ReachFailed`.
"""

from __future__ import annotations

import msgspec

from firmware.exchange.commands import Actor, CoreCommand
from firmware.exchange.vocabulary import Address, Cause, Certainty, Evidence, Instant, Party


class Message(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of what one machine says to another."""


# --- a port machine (trunk, station) to its call ---


class Arrived(Message, frozen=True):
    """Trunk to a call it has just made: somebody calls in.  It is leg 1.  The line still rings until `AnswerLeg`.

    began: when the first ring came, where that was before this message (the line waits for caller ID).
    """

    port: int
    caller: Party
    called: str
    flow: str
    began: Instant | None = None


class Lifted(Message, frozen=True):
    """Station to a call it has just made: its user has dialled.  It is leg 1 and counts as answered.

    extension or outside is the target; emergency goes out at once, whatever else holds.
    """

    port: int
    extension: str = ""
    outside: str = ""
    emergency: bool = False


class LegIdentified(Message, frozen=True):
    """The other party's number is known now (caller ID came late)."""

    leg: int
    party: Party


class LegProceeding(Message, frozen=True):
    """An outside line has taken our digits: what it says (ringback, announcements) may be heard from now on."""

    leg: int


class LegAlerting(Message, frozen=True):
    """The other end is being rung."""

    leg: int


class LegAnswered(Message, frozen=True):
    leg: int
    certainty: Certainty
    evidence: tuple[Evidence, ...] = ()


class LegReleased(Message, frozen=True):
    """The leg is over; its port takes care of itself from here (a station may go on to busy tone)."""

    leg: int
    cause: Cause
    evidence: tuple[Evidence, ...] = ()


class LegFlashed(Message, frozen=True):
    """The telephone's hook was flashed in this call.

    safe: it was longer than the phone's window (hold, nothing else).
    """

    leg: int
    safe: bool = False


class LegSpeech(Message, frozen=True):
    """This leg's party began or stopped speaking; the call tells its outside legs (hang-up evidence needs
    both ways).
    """

    leg: int
    speaking: bool


# --- a call to a port machine ---


class SeizeLine(Message, frozen=True):
    """To an idle trunk: take the line and dial.

    Refused by `LegReleased` with BUSY, GLARE, NO_DIAL_TONE, OUT_OF_SERVICE.
    emergency: a call on this line gives way.  blind: dial even where no dial tone comes.
    """

    call: int
    leg: int
    digits: str
    emergency: bool = False
    blind: bool = False


class RingPhone(Message, frozen=True):
    """To an idle station: ring, showing `caller`.  Refused by `LegReleased` with BUSY, LOCKED_OUT, OUT_OF_SERVICE."""

    call: int
    leg: int
    caller: Party
    inside: bool = False  # distinctive cadence for calls between desk phones


class AnswerLeg(Message, frozen=True):
    """To a ringing trunk: answer the caller."""

    leg: int


class ReleaseLeg(Message, frozen=True):
    """End this leg.  A station still lifted gets the tone of `cause` (busy, congestion, vacant).

    call: whose leg; a port that is another call's by now takes no notice.
    """

    leg: int
    cause: Cause
    call: int = 0


class LegConnected(Message, frozen=True):
    """To a station or trunk: this leg hears another one now (stop tones of your own)."""

    leg: int


class LegParted(Message, frozen=True):
    """To a station or trunk: this leg hears no other party any more (held, or alone): its silence proves nothing."""

    leg: int


class LegRingback(Message, frozen=True):
    """To a station or trunk whose user waits: what is called rings (on), or no longer does."""

    leg: int
    on: bool


class PeerSpeech(Message, frozen=True):
    """To a trunk: the party it is joined to began or stopped speaking."""

    speaking: bool


class TakeDigits(Message, frozen=True):
    """To a lifted station in a call (consultation): dial tone, then tell `to` what was dialled (`DigitsTaken`)."""

    leg: int
    to: Address


class TakeChoice(Message, frozen=True):
    """To a lifted station in a call: take one key within `wait_ms` (`DigitsTaken` with "" where none came)."""

    leg: int
    to: Address
    wait_ms: int


class DigitsTaken(Message, frozen=True):
    """From the station: what its user dialled.  code: a star code's action; all empty: nothing, or a wrong number."""

    leg: int
    digits: str
    extension: str = ""
    outside: str = ""
    emergency: bool = False
    code: str = ""


class StopDigits(Message, frozen=True):
    """To the station: no longer take digits (the transfer is over)."""

    leg: int


# --- reaching somebody, on behalf of flow, offer, transfer ---


class Reach(Message, frozen=True):
    """To a call: bring in extension or outside number; at most `ring_ms`.  request: the asker's own number.

    role: "agent", "extension", "outside" or "consult".  join: when answered, connect with leg 1 at once (a
    consult waits
    for `Arrange`).  Several may ring together: the first answer wins and the others end as ANSWERED_ELSEWHERE.
    """

    asker: Address
    request: int
    role: str
    ring_ms: int
    extension: str = ""
    outside: str = ""
    emergency: bool = False
    agent: int = 0
    join: bool = True


class Unreach(Message, frozen=True):
    """To a call: stop ringing what `request` of `asker` asked for."""

    asker: Address
    request: int
    cause: Cause


class ReachAlerting(Message, frozen=True):
    request: int
    leg: int


class Reached(Message, frozen=True):
    request: int
    leg: int
    port: int


class ReachFailed(Message, frozen=True):
    request: int
    cause: Cause


# --- flow, place, transfer and admin to a call ---


class AnswerCaller(Message, frozen=True):
    """Answer leg 1 where it is not yet answered."""


class Arrange(Message, frozen=True):
    """State who talks with whom: `talk` legs hear each other, `held` legs hear music.

    Other legs hear nothing of it.
    """

    talk: tuple[int, ...]
    held: tuple[int, ...] = ()


class DropLeg(Message, frozen=True):
    """Release one leg; the call goes on with the others (it ends when only one is left, unless that one is `held`)."""

    leg: int
    cause: Cause


class EndCall(Message, frozen=True):
    cause: Cause


class Mark(Message, frozen=True):
    """Add a line to the call's timeline."""

    what: str
    detail: dict[str, str | int | float | bool] = {}
    leg: int = 0


class NoticePlayed(Message, frozen=True):
    """The recording notice was played to its end."""


class QueueLeft(Message, frozen=True):
    """A stay in a queue is over: for the call's record."""

    queue: int
    entered: Instant
    outcome: str
    agent: int
    position: int


class TransferDone(Message, frozen=True):
    """The transfer has handed the call back (or over); flashes go to a new one.

    handed_over_by: the leg whose party left the call to others, 0 where nobody did.
    """

    handed_over_by: int = 0


# --- a call to flow and transfer ---


class BeginFlow(Message, frozen=True):
    """To a new flow: run for leg 1 of this call, on this port."""

    call: int
    port: int
    flow: str
    caller: Party
    language: str
    revision: int


class CallerGone(Message, frozen=True):
    """To flow (and by it to its place): leg 1 is over, or the call is."""

    cause: Cause


class Farewell(Message, frozen=True):
    """Flow to its call, after `CallerGone`: what there was to say about the caller's leaving is said."""


class BeginTransfer(Message, frozen=True):
    """To a new transfer: this leg flashed while joined with `other`."""

    call: int
    leg: int
    port: int
    other: int
    other_port: int
    safe: bool = False


class PartyGone(Message, frozen=True):
    """To a transfer: one of its legs is over."""

    leg: int
    cause: Cause


# --- waiting and offering ---


class EnterQueue(Message, frozen=True):
    """Flow to a new place."""

    flow: Address
    call: int
    port: int
    queue: int
    priority: int
    caller: Party
    language: str
    revision: int


class PlaceEntered(Message, frozen=True):
    """Place to its queue."""

    place: int
    call: int
    caller: Party
    priority: int
    entered: Instant


class PlaceAccepted(Message, frozen=True):
    """Queue to place: you wait, at this position (1: next)."""

    position: int


class PlaceRefused(Message, frozen=True):
    """Queue to place: full, or nobody is logged in and the queue wants somebody."""

    cause: Cause


class PlaceMoved(Message, frozen=True):
    """Queue to place: the position changed."""

    position: int
    estimate_s: int


class PlaceGone(Message, frozen=True):
    """Place to queue: the caller hung up, overflowed or was served."""

    place: int
    cause: Cause


class PlaceServed(Message, frozen=True):
    """Offer to place: an agent has answered."""

    agent: int


class PlaceLeft(Message, frozen=True):
    """Place to flow.  cause NORMAL: served; otherwise follow the overflow."""

    cause: Cause


class BeginOffer(Message, frozen=True):
    """Queue to a new offer: ring this agent for this place."""

    queue: int
    place: int
    call: int
    agent: int
    ring_ms: int


class OfferEnded(Message, frozen=True):
    """Offer to queue.  cause None: the agent answered."""

    offer: int
    place: int
    agent: int
    cause: Cause | None


class WithdrawOffer(Message, frozen=True):
    """Queue to offer: the caller is gone, or somebody else has answered."""

    cause: Cause


class Rematch(Message, frozen=True):
    """To a queue: something that may matter has changed; match again."""


class ReserveAgent(Message, frozen=True):
    """Offer to agent: be mine, at most until `until_ns`."""

    offer: int
    queue: int
    call: int
    until_ns: int


class AgentReserved(Message, frozen=True):
    extension: str


class AgentRefused(Message, frozen=True):
    cause: Cause


class AgentAnswered(Message, frozen=True):
    """Offer to agent: you are talking with this call."""

    offer: int
    queue: int
    wrap_up_ms: int


class AgentHandled(Message, frozen=True):
    """Agent to queue: a caller of yours took so long, talk and wrap-up (for the estimate of the wait)."""

    handled_ms: int


class AgentReleased(Message, frozen=True):
    """Offer to agent: the attempt is over.

    missed: the agent let it ring out or refused it.  unreachable: the phone could not be rung at all.
    """

    offer: int
    missed: bool
    unreachable: bool = False


# --- agent and seat ---


class SeatTaken(Message, frozen=True):
    """Agent to station: this agent sits here now (0: nobody)."""

    agent: int


class SeatBusy(Message, frozen=True):
    """Station to agent: the phone is in use (lifted, calling, talking), in this call (0: none yet)."""

    call: int


class SeatIdle(Message, frozen=True):
    """Station to agent: the phone is on hook again."""


class SeatOut(Message, frozen=True):
    """Station to agent: the phone can't be rung (left off hook, out of service)."""

    cause: Cause


# --- commands ---


class Ask(Message, frozen=True):
    """A command, after the router's permission check; answered by `Answered` to reply_to."""

    actor: Actor
    command: CoreCommand
    reply_to: Address


class Answered(Message, frozen=True):
    ok: bool
    cause: Cause | None = None
    detail: str = ""


class DialNow(Message, frozen=True):
    """To a station (click to dial): dial this, ringing the phone first where it is on hook."""

    digits: str


class ReleaseCall(Message, frozen=True):
    """Router to a call after a fault, or an admin's hang-up."""

    cause: Cause


class ServiceRestarted(Message, frozen=True):
    """Router to every machine that outlives a restart: what was in progress is gone."""


class Configured(Message, frozen=True):
    """Router to every lasting machine: the settings have changed (or were read for the first time)."""
