# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of a box, as typed, frozen data.  `check` holds them together; `factory` makes the first ones.

Every field has a default that is usable, so a settings file needs to say only what differs.  Secrets (PINs,
passwords) are not here: they are hashes in the store, never exported as text.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
Dialled = Annotated[str, StringConstraints(pattern=r"^[0-9*#]{1,32}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
AreaCode = Annotated[str, StringConstraints(pattern=r"^([1-9][0-9]{0,4})?$")]
LineNumber = Annotated[str, StringConstraints(pattern=r"^[0-9+*# ()-]{0,30}$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,59}$")]
Country = Literal["cn", "us", "uk", "de", "fr", "br", "in", "jp", "ru", "au"]
Language = Literal["zh", "en"]
PortNumber = Annotated[int, Field(ge=1, le=1024)]
GainDb = Annotated[float, Field(ge=-20, le=20)]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Centre(Model):
    """The centre itself.  area_code: without the trunk 0."""

    name: Name = "Switchroom"
    timezone: str = "Asia/Shanghai"
    country: Country = "cn"
    language: Language = "zh"
    area_code: AreaCode = ""


class OutsideMode(StrEnum):
    PREFIX = "prefix"  # outside_prefix + number goes out; bare digits are extensions
    DIRECT = "direct"  # numbers go out as dialled; # + extension calls inside


class Numbering(Model):
    """How desk phones dial.  Emergency numbers go out at once, with or without the prefix, from every phone."""

    mode: OutsideMode = OutsideMode.PREFIX
    outside_prefix: Digits = "9"
    operator_code: Digits = "0"
    operator_extension: Digits | None = None
    emergency: tuple[Digits, ...] = ("110", "119", "120", "122")
    barred_prefixes: tuple[Digits, ...] = ("00", "16")
    trunk_to_trunk: bool = Field(
        default=False, description="an outside party may be handed to another outside line"
    )
    first_digit_ms: int = Field(default=15_000, ge=3_000, le=60_000)
    next_digit_ms: int = Field(default=4_000, ge=1_000, le=15_000)


class HangupProof(StrEnum):
    """What the exchange does on this line when the far end hangs up."""

    LOOP_DROP = "loop_drop"
    REVERSAL = "reversal"
    TONE = "tone"


class CallerIdKind(StrEnum):
    AUTO = "auto"
    FSK = "fsk"
    DTMF = "dtmf"
    NONE = "none"


class Line(Model):
    """The profile of one outside line (an FXO port)."""

    port: PortNumber
    name: Name
    number: LineNumber = ""
    country: Country = "cn"
    language: Language | None = None
    flow: Identifier = "front"
    caller_id: CallerIdKind = CallerIdKind.AUTO
    caller_id_ms: int = Field(default=4_500, ge=0, le=12_000)  # longest wait after the first ring
    rings_before_answer: int = Field(default=1, ge=1, le=10)
    answer_reversal: bool = False
    hangup_proofs: tuple[HangupProof, ...] = (HangupProof.LOOP_DROP, HangupProof.TONE)
    dial_wait_ms: int = Field(default=5_000, ge=500, le=20_000)  # longest wait for dial tone
    dial_without_tone: bool = False
    digit_on_ms: int = Field(default=100, ge=40, le=500)
    digit_off_ms: int = Field(default=100, ge=40, le=500)
    rx_gain_db: GainDb = 0.0
    tx_gain_db: GainDb = 0.0
    outgoing: bool = True
    longest_call_s: int = Field(default=7_200, ge=60, le=86_400)
    longest_silence_s: int = Field(default=120, ge=10, le=3_600)


class PhoneRole(StrEnum):
    PHONE = "phone"
    FAX = "fax"
    DOOR = "door"
    HOTLINE = "hotline"


class Phone(Model):
    """One desk phone (an FXS port)."""

    port: PortNumber
    extension: Digits
    name: Name
    role: PhoneRole = PhoneRole.PHONE
    language: Language | None = None
    caller_id: CallerIdKind = CallerIdKind.FSK
    flash_shortest_ms: int = Field(default=80, ge=20, le=500)
    flash_longest_ms: int = Field(default=700, ge=200, le=1_500)
    rx_gain_db: GainDb = 0.0
    tx_gain_db: GainDb = 0.0
    outside: bool = True
    transfer_outside: bool = Field(
        default=False, description="may bring an outside line into a call by flash"
    )
    hotline_number: Dialled | None = None


class AgentRole(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"


class Agent(Model):
    """A person who takes calls.  queues: those joined at login.  seat: an extension where login needs no PIN."""

    number: int = Field(ge=1, le=99_999)
    name: Name
    role: AgentRole = AgentRole.AGENT
    language: Language | None = None
    queues: tuple[int, ...] = ()


class Strategy(StrEnum):
    LONGEST_IDLE = "longest_idle"
    RING_ALL = "ring_all"


class Queue(Model):
    """Callers waiting for agents.  A caller who waits longer than max_wait_s leaves by the flow's overflow."""

    number: int = Field(ge=1, le=999)
    name: Name
    strategy: Strategy = Strategy.LONGEST_IDLE
    ring_s: int = Field(default=20, ge=5, le=120)
    max_wait_s: int = Field(default=300, ge=5, le=7_200)
    callers_max: int = Field(default=50, ge=1, le=1_000)
    join_empty: bool = True
    wrap_up_s: int = Field(default=15, ge=0, le=3_600)
    pause_after_misses: int = Field(default=2, ge=0, le=20)  # 0: never
    again_after_no_answer_s: int = Field(default=5, ge=0, le=300)
    music: Identifier = "default"
    announce_every_s: int = Field(default=45, ge=0, le=600)  # 0: no announcements
    announce_position: bool = True
    announce_wait: bool = True
    service_level_s: int = Field(default=20, ge=1, le=600)


class Mailbox(Model):
    """A voicemail box; extension: the phone that is told of new messages."""

    number: int = Field(ge=1, le=99_999)
    name: Name
    greeting: Identifier = "voicemail.leave"
    longest_s: int = Field(default=120, ge=5, le=600)
    extension: Digits | None = None


class Hours(Model):
    """Opening hours.  weekdays: "mon".."sun" to spans "09:00-18:00"; closed_dates and open_dates win over weekdays."""

    name: Identifier
    mon: tuple[str, ...] = ("09:00-18:00",)
    tue: tuple[str, ...] = ("09:00-18:00",)
    wed: tuple[str, ...] = ("09:00-18:00",)
    thu: tuple[str, ...] = ("09:00-18:00",)
    fri: tuple[str, ...] = ("09:00-18:00",)
    sat: tuple[str, ...] = ()
    sun: tuple[str, ...] = ()
    closed_dates: tuple[str, ...] = ()
    open_dates: dict[str, tuple[str, ...]] = Field(default_factory=dict)


# --- flow nodes; every node names its followers by node name, None hangs up ---


class NoticeNode(Model):
    """Answers and plays the recording notice, where the recording settings want it."""

    kind: Literal["notice"] = "notice"
    next: Identifier | None = None


class PlayNode(Model):
    kind: Literal["play"] = "play"
    prompt: Identifier
    next: Identifier | None = None


class MenuNode(Model):
    """Plays a prompt and takes one key, or an extension where direct_extensions is on."""

    kind: Literal["menu"] = "menu"
    prompt: Identifier
    keys: dict[Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")], Identifier]
    direct_extensions: bool = False
    tries: int = Field(default=3, ge=1, le=10)
    wait_ms: int = Field(default=5_000, ge=1_000, le=30_000)
    next_digit_ms: int = Field(default=3_000, ge=500, le=15_000)
    failed: Identifier | None = None


class HoursNode(Model):
    kind: Literal["hours"] = "hours"
    hours: Identifier
    open: Identifier
    closed: Identifier


class QueueNode(Model):
    kind: Literal["queue"] = "queue"
    queue: int
    priority: int = Field(default=0, ge=-10, le=10)
    overflow: Identifier | None = None


class RingNode(Model):
    """Rings phones together.  extensions empty: every phone of role phone."""

    kind: Literal["ring"] = "ring"
    extensions: tuple[Digits, ...] = ()
    ring_s: int = Field(default=60, ge=5, le=600)
    unanswered: Identifier | None = None


class VoicemailNode(Model):
    kind: Literal["voicemail"] = "voicemail"
    mailbox: int
    next: Identifier | None = None


class SecretNode(Model):
    """Takes keys that nobody may see: a PIN.  subject: whose stored secret they are held against."""

    kind: Literal["secret"] = "secret"
    prompt: Identifier
    subject: Identifier
    length_max: int = Field(default=8, ge=1, le=20)
    tries: int = Field(default=3, ge=1, le=5)
    wait_ms: int = Field(default=10_000, ge=1_000, le=60_000)
    accepted: Identifier
    refused: Identifier | None = None


class HangUpNode(Model):
    kind: Literal["hangup"] = "hangup"
    prompt: Identifier | None = None


Node = Annotated[
    NoticeNode
    | PlayNode
    | MenuNode
    | HoursNode
    | QueueNode
    | RingNode
    | VoicemailNode
    | SecretNode
    | HangUpNode,
    Field(discriminator="kind"),
]


class Flow(Model):
    """A menu tree.  language: of everything said in it; None, the line's.

    nodes_max: how many nodes one caller may come through.  Noise on a line whose far end has hung up unnoticed, or a
    stuck key, would otherwise go round for as long as a call may last.
    """

    name: Identifier
    language: Language | None = None
    start: Identifier
    nodes_max: int = Field(default=200, ge=20, le=10_000)
    nodes: dict[Identifier, Node]


class Recording(Model):
    """Every call is recorded from answer.  notice: tell the caller so."""

    on: bool = True
    notice: bool = True
    notice_prompt: Identifier = "notice.recorded"
    keep_days: int = Field(default=180, ge=30, le=3_650)
    reserve_percent: int = Field(default=5, ge=1, le=50)


class Codes(Model):
    """Star codes: * and two digits, by action.  A code that begins another is a fault."""

    speak_codes: Dialled = "*10"
    log_in: Dialled = "*11"
    log_out: Dialled = "*12"
    join_queue: Dialled = "*45"
    leave_queue: Dialled = "*44"
    pause: Dialled = "*46"
    ready: Dialled = "*48"
    waiting: Dialled = "*47"
    who_am_i: Dialled = "*65"
    box_address: Dialled = "*68"


class Timers(Model):
    """Timers and limits that hold for the whole box."""

    ring_silence_ms: int = Field(
        default=6_000, ge=2_000, le=20_000
    )  # no ring for so long: the caller gave up
    desk_ring_s: int = Field(default=60, ge=5, le=600)  # a desk phone called by a desk phone
    off_hook_busy_ms: int = Field(default=30_000, ge=1_000)  # busy tone after failure, then howler
    howler_ms: int = Field(default=60_000, ge=1_000)  # howler, then lock-out
    flash_digit_ms: int = Field(default=4_000, ge=1_000, le=15_000)
    flash_choice_ms: int = Field(default=2_000, ge=500, le=10_000)
    ring_back_s: int = Field(default=30, ge=5, le=300)  # a held party's ring-back to the one who left
    safe_flash_ms: int = Field(default=1_000, ge=700, le=2_000)
    guard_ms: int = Field(
        default=800, ge=100, le=5_000
    )  # a line rests so long on hook before it is taken again
    outside_answer_s: int = Field(
        default=8, ge=1, le=60
    )  # silence after the last ringback that counts as a likely answer
    outside_ring_s: int = Field(default=90, ge=10, le=600)
    secret_tries: int = Field(default=5, ge=1, le=20)
    secret_lock_s: int = Field(default=900, ge=10, le=86_400)
    busy_cycles: int = Field(default=3, ge=2, le=10)


class Settings(Model):
    """Everything an admin can set, whole."""

    centre: Centre = Centre()
    numbering: Numbering = Numbering()
    lines: tuple[Line, ...] = ()
    phones: tuple[Phone, ...] = ()
    agents: tuple[Agent, ...] = ()
    queues: tuple[Queue, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    hours: tuple[Hours, ...] = ()
    flows: tuple[Flow, ...] = ()
    recording: Recording = Recording()
    codes: Codes = Codes()
    timers: Timers = Timers()
