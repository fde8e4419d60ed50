# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What comes into the core (facts and commands) and what leaves it (effects, reports, records).

Card facts and media events are taken as they are from `drivers.port` and `dsp.vocabulary`; what is added here is
what only a call centre knows.  Everything is frozen data, so the journal, the snapshot and the socket share one codec.
Messages between machines are in `messages`.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from drivers.port import CardAct, CardFact
from dsp.vocabulary import (
    CallerIdHeard,
    Lost,
    MediaCommand,
    PlayEnded,
    PortFailed,
    Presentation,
    RecordingEnded,
    RecordingTroubled,
    SendEnded,
    SpeechBegan,
    SpeechEnded,
    ToneEnded,
    ToneHeard,
)
from firmware.exchange.commands import Actor, CoreCommand


class Instant(msgspec.Struct, frozen=True, array_like=True):
    """A moment: monotonic nanoseconds for durations, civil nanoseconds since 1970 (UTC) for calendars."""

    mono_ns: int
    civil_ns: int


class Address(msgspec.Struct, frozen=True, array_like=True):
    """Where a machine lives: trunk and station by port, agent and queue by their numbers, the rest by counter.

    kind "socket" is outside the core: number is the request to be answered.
    """

    kind: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind}/{self.number}"


class Cause(Enum):
    """Why a thing ended or was refused."""

    NORMAL = "normal"  # somebody hung up
    CALLER_GAVE_UP = "caller_gave_up"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    VACANT = "vacant"  # no such number or extension
    BARRED = "barred"
    CONGESTION = "congestion"
    NO_LINE = "no_line"
    NO_DIAL_TONE = "no_dial_tone"
    GLARE = "glare"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    PICKED_UP = "picked_up"
    WITHDRAWN = "withdrawn"
    TRANSFERRED = "transferred"
    GAVE_WAY = "gave_way"  # to an emergency call
    TOO_LONG = "too_long"
    SILENCE = "silence"
    FLOW_END = "flow_end"
    TIMED_OUT = "timed_out"
    OUT_OF_SERVICE = "out_of_service"
    CARD_REMOVED = "card_removed"
    INTERRUPTED = "interrupted"  # the service was restarted
    FAULT = "fault"  # an error of ours ended the call
    LOCKED_OUT = "locked_out"
    NOT_ALLOWED = "not_allowed"
    WRONG_PIN = "wrong_pin"
    UNKNOWN_AGENT = "unknown_agent"
    UNKNOWN_QUEUE = "unknown_queue"
    SEAT_TAKEN = "seat_taken"
    ALREADY = "already"
    NOT_LOGGED_IN = "not_logged_in"
    FULL = "full"
    MAX_WAIT = "max_wait"
    NO_AGENTS = "no_agents"
    ADMIN = "admin"  # a person ended it from the web or the socket


class Certainty(Enum):
    """How sure we are that a far end answered (A5)."""

    SURE = "sure"  # reversal
    LIKELY = "likely"  # speech, or silence after ringback
    GUESS = "guess"  # time-out


class Evidence(msgspec.Struct, frozen=True, array_like=True):
    """One proof of a hang-up, kept with the call (A3).  kind: "loop_drop", "reversal", "busy_tone", "silence"..."""

    kind: str
    at: Instant
    detail: str = ""


class Party(msgspec.Struct, frozen=True, array_like=True):
    """Who is at the other end, as shown.  number: digits or empty; extension: where it is one of ours."""

    number: str = ""
    name: str = ""
    presentation: Presentation = Presentation.UNAVAILABLE
    extension: str = ""


# --- facts the shell adds ---


class ShellFact(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of what the shell reports."""


class Started(ShellFact, frozen=True):
    """The first fact of every run.  settings: the model as JSON; snapshot: the core as it was, or empty.

    What was in progress in a snapshot is ended as interrupted; agents and queue memberships go on.
    """

    box: str
    epoch: int
    seed: int
    revision: int
    settings: bytes
    snapshot: bytes
    lines: tuple[int, ...]  # ports of FXO channels present
    phones: tuple[int, ...]  # ports of FXS channels present


class SettingsApplied(ShellFact, frozen=True):
    revision: int
    settings: bytes


class Expired(ShellFact, frozen=True):
    """A timer that `owner` armed is due."""

    owner: Address
    timer: str
    at_ns: int


class KeyPressed(ShellFact, frozen=True):
    """A key a machine has asked for by `ListenKeys` or `NextKey`."""

    port: int
    key: str


class Verdict(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    TIMED_OUT = "timed_out"
    UNKNOWN = "unknown"  # nobody has stored such a secret


class SecretJudged(ShellFact, frozen=True):
    """What became of a secret keyed by a person: never the keys."""

    request: int
    verdict: Verdict


class AddressFound(ShellFact, frozen=True):
    """The box's own LAN address, dotted, or empty."""

    request: int
    address: str


class MessagesWaiting(ShellFact, frozen=True):
    mailbox: int
    count: int


class RecordingRefused(ShellFact, frozen=True):
    """A recording could not be opened (disk full); the call goes on."""

    recording: int
    error: int


class Commanded(ShellFact, frozen=True):
    request: int
    actor: Actor
    command: CoreCommand


class HookFound(ShellFact, frozen=True):
    """Reconciliation: the card's true state of a port differs from what its machine believes."""

    port: int
    off_hook: bool
    ringing: bool


class Faulted(ShellFact, frozen=True):
    """The router put a fact back because a machine raised; `call` (0: none) is to be released."""

    owner: Address
    call: int
    message: str


MediaFact = (
    ToneHeard
    | ToneEnded
    | SpeechBegan
    | SpeechEnded
    | CallerIdHeard
    | PlayEnded
    | SendEnded
    | RecordingEnded
    | RecordingTroubled
    | PortFailed
    | Lost
)
AnyFact = (
    CardFact
    | MediaFact
    | Started
    | SettingsApplied
    | Expired
    | KeyPressed
    | SecretJudged
    | AddressFound
    | MessagesWaiting
    | RecordingRefused
    | Commanded
    | HookFound
    | Faulted
)


# --- effects ---


class ShellEffect(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of what the shell is told to do, beside card acts and media commands."""


class Arm(ShellEffect, frozen=True):
    """Arm (or re-arm) a timer of this machine; it comes back as `Expired`.  The router fills in `owner`."""

    timer: str
    at_ns: int
    owner: Address = Address("", 0)


class Disarm(ShellEffect, frozen=True):
    timer: str
    owner: Address = Address("", 0)


class Say(ShellEffect, frozen=True):
    """Play named sounds to a port after those queued; ends with `PlayEnded(tag)`.

    sounds: ids as `speech.say` gives them ("menu.none", "digit.3"), or "prompt:NAME" (uploaded), "music:NAME".
    A sound that is missing is skipped and reported; the play still ends.
    """

    port: int
    sounds: tuple[str, ...]
    language: str
    tag: int
    loop: bool = False
    gain_db: float = 0.0


class KeyMode(Enum):
    OFF = "off"  # keys are dropped
    DIRECT = "direct"  # every key comes at once, as a fact
    BUFFERED = "buffered"  # keys wait in the shell until `NextKey` asks: type-ahead


class ListenKeys(ShellEffect, frozen=True):
    """State what becomes of a port's keys from now on; those still waiting are dropped.

    The asking machine gets them.
    """

    port: int
    mode: KeyMode


class NextKey(ShellEffect, frozen=True):
    """Give me one key of a BUFFERED port, now or when it is pressed."""

    port: int


class CollectSecret(ShellEffect, frozen=True):
    """Collect keys up to '#' or length_max in the shell, judge them against `subject`'s stored secret, and report the
    verdict alone.  The recording of the port is silent meanwhile, from the first key typed ahead.

    subject: "agent:101", "mailbox:1" or a flow's own.
    """

    port: int
    request: int
    subject: str
    length_max: int
    first_ms: int
    next_ms: int


class CancelSecret(ShellEffect, frozen=True):
    request: int


class FindAddress(ShellEffect, frozen=True):
    request: int


class StartRecording(ShellEffect, frozen=True):
    """Write the row, open the file, record the port.  kind: "call"."""

    recording: int
    call: int
    leg: int
    port: int


class EndRecording(ShellEffect, frozen=True):
    recording: int
    port: int


class SaveMessage(ShellEffect, frozen=True):
    """A voicemail: a stretch of a call's recording."""

    mailbox: int
    call: int
    recording: int
    caller: Party
    began: Instant
    ended: Instant


class Reply(ShellEffect, frozen=True):
    """Answers a `Commanded`.  cause: why not, where not ok."""

    request: int
    ok: bool
    cause: Cause | None = None
    detail: str = ""


class Audit(ShellEffect, frozen=True):
    """Who commanded what, allowed or not: one row each."""

    actor: Actor
    action: str
    allowed: bool
    detail: str = ""


class FaultFound(ShellEffect, frozen=True):
    """A machine raised: its fact is put back.  The shell logs it and feeds `Faulted` with the same fields."""

    owner: Address
    call: int
    message: str


# --- what happened, for screens and records ---


class TimelineEntry(msgspec.Struct, frozen=True, array_like=True):
    """One line of a call's story.  what: a dotted word ("leg.answered", "queue.entered"); `detail` its values."""

    at: Instant
    what: str
    leg: int = 0
    detail: dict[str, str | int | float | bool] = {}


class LegRecord(msgspec.Struct, frozen=True, array_like=True):
    """One party's connection.  role: "caller", "agent", "extension", "outside", "consult".

    talk_ms: time joined to another leg.
    """

    leg: int
    role: str
    port: int
    direction: str  # "in" or "out", as seen from the box
    party: Party
    began: Instant
    answered: Instant | None
    ended: Instant
    cause: Cause
    certainty: Certainty | None
    evidence: tuple[Evidence, ...]
    agent: int
    recording: int
    talk_ms: int
    hold_ms: int


class QueueVisit(msgspec.Struct, frozen=True, array_like=True):
    """One stay in a queue.  outcome: "answered", "abandoned", or the cause of the overflow."""

    queue: int
    entered: Instant
    left: Instant
    outcome: str
    agent: int
    position: int


class CallRecord(ShellEffect, frozen=True):
    """The record (CDR) of a call that has ended, whole.  journal_position is filled in by the shell.

    direction: "in", "out", "internal".  notice: whether the recording notice was played to its end.
    """

    call: int
    direction: str
    line: int
    caller: Party
    called: str
    began: Instant
    answered: Instant | None
    ended: Instant
    cause: Cause
    released_by: str  # "caller", "called", "us"
    notice: bool
    agent: int
    queue: int
    legs: tuple[LegRecord, ...]
    queue_visits: tuple[QueueVisit, ...]
    timeline: tuple[TimelineEntry, ...]
    revision: int


class Report(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of what the event stream tells; each is the whole present state of one thing."""


class LineReport(Report, frozen=True):
    """state: "idle", "ringing", "seizing", "dialling", "up", "clearing", "out_of_service", "blocked", "lent"."""

    port: int
    state: str
    call: int
    caller: Party
    since: Instant


class PhoneReport(Report, frozen=True):
    """state: "idle", "dial_tone", "dialling", "ringing", "calling", "talking", "held", "busy", "howler",
    "locked_out", "out_of_service", "lent".
    """

    port: int
    extension: str
    state: str
    call: int
    agent: int
    since: Instant


class AgentReport(Report, frozen=True):
    """state: "logged_out", "idle", "reserved", "ringing", "talking", "wrap_up", "paused", "busy"."""

    agent: int
    state: str
    extension: str
    call: int
    pause_code: int
    misses: int
    queues: tuple[int, ...]
    since: Instant


class PlaceReport(msgspec.Struct, frozen=True, array_like=True):
    place: int
    call: int
    caller: Party
    entered: Instant
    priority: int


class QueueReport(Report, frozen=True):
    queue: int
    waiting: tuple[PlaceReport, ...]
    available_count: int
    logged_in_count: int


class CallReport(Report, frozen=True):
    """state: "ringing", "flow", "waiting", "calling", "talking", "held", "ended"."""

    call: int
    direction: str
    state: str
    line: int
    caller: Party
    called: str
    agent: int
    queue: int
    ports: tuple[int, ...]
    began: Instant
    recording: bool


class AlarmReport(Report, frozen=True):
    """Something an admin must know: "emergency", "locked_out", "recording_failed", "line_stuck", "fault"..."""

    what: str
    port: int
    detail: str
    at: Instant


class Published(ShellEffect, frozen=True):
    report: LineReport | PhoneReport | AgentReport | QueueReport | CallReport | AlarmReport


Effect = (
    MediaCommand
    | CardAct
    | Arm
    | Disarm
    | Say
    | ListenKeys
    | NextKey
    | CollectSecret
    | CancelSecret
    | FindAddress
    | StartRecording
    | EndRecording
    | SaveMessage
    | Reply
    | Audit
    | FaultFound
    | CallRecord
    | Published
)
