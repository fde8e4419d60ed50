# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Facts in no order that makes sense: nothing raises, every invariant holds after each, and all settles at the end."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from drivers.port import (
    Alarm,
    AlarmCleared,
    HookClosed,
    HookOpened,
    LoopDrop,
    LoopRestored,
    OnHook,
    Pulses,
    Removed,
    Reversal,
    RingOff,
    RingOn,
)
from dsp.vocabulary import (
    CallerIdFormat,
    CallerIdHeard,
    PortFailed,
    Presentation,
    SpeechBegan,
    SpeechEnded,
    Tone,
    ToneEnded,
    ToneHeard,
)
from firmware.exchange.commands import Actor, BlockLine, DialFrom, HangUpCall
from firmware.exchange.vocabulary import AnyFact, Commanded, HookFound, MessagesWaiting, RecordingRefused
from tests.worlds.invariants import record_faults
from tests.worlds.telephony import LINES, PHONES, Telephony, with_phone

ADMIN = Actor("web", "admin", "admin")
DIALLED = ("802", "805", "0", "110", "9110", "913800138000", "9138", "899", "*65", "*10", "*11101#", "*48")
KEYS = ("1", "2", "3", "#")
STEPS = 1_200


def noise(random: Random, port: int) -> AnyFact:
    """Any fact about any port, fitting or not."""
    facts: tuple[Callable[[], AnyFact], ...] = (
        lambda: RingOn(port),
        lambda: RingOff(port),
        lambda: Reversal(port, random.random() < 0.5),
        lambda: LoopDrop(port),
        lambda: LoopRestored(port),
        lambda: HookOpened(port),
        lambda: HookClosed(port, random.choice((20, 90, 150, 400, 800, 1_200))),
        lambda: OnHook(port),
        lambda: Pulses(port, random.randint(0, 12)),
        lambda: ToneHeard(port, 0, random.choice(tuple(Tone)), random.randint(1, 10)),
        lambda: ToneEnded(port, 0, random.choice(tuple(Tone))),
        lambda: SpeechBegan(port, 0),
        lambda: SpeechEnded(port, 0),
        lambda: CallerIdHeard(
            port, 0, CallerIdFormat.FSK, random.random() < 0.8, "138", "", Presentation.SHOWN
        ),
        lambda: HookFound(port, random.random() < 0.5, random.random() < 0.5),
        lambda: RecordingRefused(random.randint(1, 50), 28),
        lambda: MessagesWaiting(1, random.randint(0, 3)),
        lambda: Commanded(1, ADMIN, HangUpCall(random.randint(1, 50))),
        lambda: Commanded(1, ADMIN, DialFrom("803", "913800138000")),
    )
    rare: tuple[Callable[[], AnyFact], ...] = (
        lambda: Alarm(port, "cable"),
        lambda: Removed(port),
        lambda: PortFailed(port, 0, 5),
        lambda: Commanded(1, ADMIN, BlockLine(port, True)),
    )
    return random.choice(rare if random.random() < 0.02 else facts)()


def play(seed: int) -> Telephony:
    random = Random(seed)
    box = Telephony(with_phone(5, transfer_outside=True))
    box.keep_effects = False
    for _ in range(STEPS):
        port = random.choice((*LINES, *PHONES))
        match random.randrange(10):
            case 0:
                box.call_in(random.choice(LINES))
            case 1:
                box.lift(random.choice(PHONES))
            case 2:
                box.hang_up(random.choice(PHONES))
            case 3:
                box.press(random.choice(PHONES), random.choice((*DIALLED, *KEYS)))
            case 4:
                box.line_hears(random.choice(LINES), Tone.DIAL)
            case 5:
                box.run(random.choice((10, 500, 3_000, 20_000)))
            case 6:
                box.fact(AlarmCleared(port))
            case _:
                box.fact(noise(random, port))
        if random.random() < 0.5:
            box.run(random.choice((10, 200, 1_000)))
    return box


def settle(box: Telephony) -> None:
    for port in PHONES:
        box.off_hook[port] = box.ringing[port] = False
        box.fact(AlarmCleared(port))
        box.fact(OnHook(port))
    for port in LINES:
        box.ringing[port] = False
        box.fact(AlarmCleared(port))
        box.fact(Commanded(1, ADMIN, BlockLine(port, False)))
    for _ in range(4):
        for port in LINES:
            box.fact(LoopDrop(port))
        for port in PHONES:
            box.fact(OnHook(port))
        box.run(200_000)
    box.all_is_over()


@pytest.mark.parametrize("seed", range(8))
def test_noise_breaks_nothing_and_settles(seed: int) -> None:
    box = play(seed)
    settle(box)
    last = box.core.new_number("call") - 1
    assert record_faults(box.records, last) == []
    assert last > 20
