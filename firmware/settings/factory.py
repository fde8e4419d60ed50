# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of a box nobody has set yet, made of the ports it finds: usable as they are."""

from __future__ import annotations

from collections.abc import Iterable

from firmware.settings.model import (
    Agent,
    Centre,
    Country,
    Flow,
    Hours,
    Language,
    Line,
    Mailbox,
    NoticeNode,
    Phone,
    Queue,
    RingNode,
    Settings,
    VoicemailNode,
)

FIRST_EXTENSION = 801


def factory(
    lines: Iterable[int], phones: Iterable[int], *, country: Country = "cn", language: Language = "zh"
) -> Settings:
    """Every line rings every phone, and takes a message where nobody answers.

    Extensions are 801... by port (four digits, 8001..., beyond 199 phones); calls are recorded, and the
    caller is told so.  A queue, an agent for each phone and opening hours stand ready, so that a menu has
    something to name.
    """
    ports = sorted(set(phones))
    chinese = language == "zh"
    first = FIRST_EXTENSION if len(ports) < 199 else 8001
    extensions = {port: str(first + place) for place, port in enumerate(ports)}
    return Settings(
        centre=Centre(country=country, language=language),
        lines=tuple(
            Line(port=port, name=f"{'外线' if chinese else 'Line '}{place}", country=country)
            for place, port in enumerate(sorted(set(lines)), 1)
        ),
        phones=tuple(
            Phone(
                port=port,
                extension=extensions[port],
                name=f"{'话机' if chinese else 'Phone '}{extensions[port]}",
            )
            for port in ports
        ),
        agents=tuple(
            Agent(number=101 + place, name=f"{'座席' if chinese else 'Agent '}{101 + place}", queues=(1,))
            for place in range(len(ports))
        ),
        queues=(Queue(number=1, name="总机" if chinese else "Front desk"),),
        mailboxes=(Mailbox(number=1, name="总机信箱" if chinese else "Front desk"),),
        hours=(Hours(name="office"),),
        flows=(
            Flow(
                name="front",
                start="notice",
                nodes={
                    "notice": NoticeNode(next="ring"),
                    "ring": RingNode(unanswered="message"),
                    "message": VoicemailNode(mailbox=1),
                },
            ),
        ),
    )
