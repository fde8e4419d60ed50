# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The centres scenarios play in: four lines, eight phones, and variations of it.

Ports 1-4 are lines, 5-12 phones 801-808.
"""

from __future__ import annotations

from firmware.settings.model import (
    Agent,
    AgentRole,
    Flow,
    HangUpNode,
    Hours,
    HoursNode,
    Line,
    Mailbox,
    MenuNode,
    NoticeNode,
    Numbering,
    OutsideMode,
    Phone,
    PhoneRole,
    PlayNode,
    Queue,
    QueueNode,
    RingNode,
    SecretNode,
    Settings,
    Strategy,
    VoicemailNode,
)

LINES = tuple(
    Line(port=port, name=f"line {port}", number="02088880000", flow="front") for port in range(1, 5)
)
PHONES = tuple(Phone(port=port, extension=str(796 + port), name=f"desk {port}") for port in range(5, 13))
AGENTS = tuple(
    Agent(number=number, name=f"agent {number}", queues=(1,), role=role)
    for number, role in ((101, AgentRole.AGENT), (102, AgentRole.AGENT), (103, AgentRole.SUPERVISOR))
)
QUEUES = (
    Queue(number=1, name="sales", ring_s=15, wrap_up_s=10, max_wait_s=120),
    Queue(number=2, name="complaints", strategy=Strategy.RING_ALL, ring_s=15, wrap_up_s=0, max_wait_s=60),
)
MAILBOXES = (Mailbox(number=1, name="front", extension="801"),)
OPEN_ALWAYS = Hours(
    name="office",
    mon=("00:00-24:00",),
    tue=("00:00-24:00",),
    wed=("00:00-24:00",),
    thu=("00:00-24:00",),
    fri=("00:00-24:00",),
    sat=("00:00-24:00",),
    sun=("00:00-24:00",),
)

FRONT = Flow(
    name="front",
    start="notice",
    nodes={
        "notice": NoticeNode(next="hours"),
        "hours": HoursNode(hours="office", open="menu", closed="closed"),
        "closed": PlayNode(prompt="closed", next="message"),
        "menu": MenuNode(
            prompt="menu.main",
            keys={
                "1": "sales",
                "2": "complaints",
                "3": "message",
                "0": "operator",
                "*": "menu",
                "7": "secret",
            },
            direct_extensions=True,
            failed="operator",
        ),
        "sales": QueueNode(queue=1, overflow="message"),
        "complaints": QueueNode(queue=2, overflow="sorry"),
        "operator": RingNode(extensions=("801",), ring_s=30, unanswered="message"),
        "message": VoicemailNode(mailbox=1, next="bye"),
        "secret": SecretNode(prompt="secret.enter", subject="order", accepted="bye", refused="sorry"),
        "sorry": HangUpNode(prompt="try_later"),
        "bye": HangUpNode(prompt="goodbye"),
    },
)


def centre() -> Settings:
    """A centre with a menu, two queues, a mailbox and three agents."""
    return Settings(
        numbering=Numbering(operator_extension="801"),
        lines=LINES,
        phones=PHONES,
        agents=AGENTS,
        queues=QUEUES,
        mailboxes=MAILBOXES,
        hours=(OPEN_ALWAYS,),
        flows=(FRONT,),
    )


def closed() -> Settings:
    """The same, on a day when it is closed."""
    return centre().model_copy(
        update={"hours": (Hours(name="office", mon=(), tue=(), wed=(), thu=(), fri=()),)}
    )


def direct_dialling() -> Settings:
    """The same, with numbers going out as dialled and # for calls inside."""
    return centre().model_copy(update={"numbering": Numbering(mode=OutsideMode.DIRECT)})


def lines_like(**profile: object) -> Settings:
    """The same, with every line's profile changed."""
    return centre().model_copy(
        update={"lines": tuple(Line.model_validate(line.model_dump() | profile) for line in LINES)}
    )


def queue_like(**changes: object) -> Settings:
    """The same, with queue 1 changed."""
    first, *others = QUEUES
    return centre().model_copy(update={"queues": (first.model_copy(update=changes), *others)})


def english_menu() -> Settings:
    """The same, with a menu in English on lines that speak Chinese."""
    return centre().model_copy(update={"flows": (FRONT.model_copy(update={"language": "en"}),)})


def with_hotline() -> Settings:
    """The same, with phone 808 dialling 801 on lifting."""
    hot = PHONES[-1].model_copy(update={"role": PhoneRole.HOTLINE, "hotline_number": "801"})
    return centre().model_copy(update={"phones": (*PHONES[:-1], hot)})


def no_recording_notice() -> Settings:
    base = centre()
    return base.model_copy(update={"recording": base.recording.model_copy(update={"notice": False})})


def timers_like(**changes: int) -> Settings:
    """The same, with other timers."""
    base = centre()
    return base.model_copy(update={"timers": base.timers.model_copy(update=changes)})
