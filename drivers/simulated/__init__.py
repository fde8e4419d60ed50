# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A card with no hardware: its ports end at a simulated exchange and at telephones that can be scripted.

    card = SimulatedCard(open_media, Layout(fxo=4, fxs=8, profile=DTMF_LINE), real_time=False)
    card.attach(media); card.start(deliver)             # in virtual time step both engines together:
    loop.drive(step, [media, card.far_media], take_events); loop.when_stepped(card.poll)

Telephones: `card.outside[0]` (number 13900000001 and on), `card.desks[5]` (by port), `card.emergency_desks`.
Acts return at once; waits are awaited, have a deadline in seconds, and raise NotHeard with what was heard.

    caller, agent = card.outside[0], card.desks[5]
    await caller.call("02088880000")                    # lift, dial tone, dial; the pilot hunts over all
    await caller.hears(Tone.RINGBACK); await agent.rings(within_s=10); await agent.shows_caller(caller.number)
    agent.lift(); await caller.talks_to(agent); await agent.talks_to(caller)
    caller.press("2"); await agent.hears_digits("2"); agent.flash(300); await agent.hears(Tone.DIAL)
    agent.dial("802"); agent.pulse("11"); agent.speak(2000); agent.hush(); agent.hang_up()
    await caller.hears_speech(5); await caller.hears_silence(for_s=1); await agent.stays_silent(10)
    await caller.hears(Tone.BUSY, within_s=3); await agent.feels("loop_drop"); caller.log.forget()

A tone or speech that is going on meets its wait at once; so does what came since the last wait for the same.
The desk phone that nobody scripts: `agent.habit = Habit(answer_after_ms=3000, hang_up_after_ms=60_000)`.
The centre calls out: an outside phone's number rings it; 110 119 120 122 ring the emergency desks, which
answer; other numbers meet `card.exchange.treat(number, Treatment.BUSY)`, or VACANT (`card.exchange.unknown`).
`card.exchange.dialled`: every (from, number); `.all_busy[number]`: callers who found no free line.

Lines: `card.trunks[1].line.profile = replace(profile, disconnect=Disconnect.LOOP_DROP, answer_reversal=True)`
and `.faults = Faults(no_dial_tone=1.0)`, any time; HOSTILE is bad luck of every kind, alike for one seed.
Glare: with `first_ring_delay_ms=2000` the caller is on the line for 2 s before it rings; dial out meanwhile.
Troubles: `card.troubles.cut_line(1)`, `mend_line`, `alarm(port, cause)`, `clear_alarm`, `unplug`, `plug_in`,
`lose_next(OnHook, 5)` (the bits stay true), `stick_ring(1)`, `free_ring(1)`.  A power cut: the next card is
given `far_ends=card.leave_far_ends()`, and finds receivers lifted and callers waiting.
A browser plays a phone by `stream = card.attach_stream(phone)`, `detach_stream(phone)`.
Pages show `card.status()`.
"""

from drivers.simulated.card import SimulatedCard
from drivers.simulated.far_ends import FarEnds, Layout
from drivers.simulated.faults import (
    BUSY_TONE_LINE,
    DTMF_LINE,
    HOSTILE,
    HOSTILE_SOUND,
    LONG_PAIR,
    NORMAL,
    TERMINAL_LINE,
    TRUNK_LINE,
    CallerIdFault,
    CallerIdTime,
    Disconnect,
    Faults,
    LineProfile,
)
from drivers.simulated.heard import NotHeard
from drivers.simulated.numbering import Treatment
from drivers.simulated.outside import OutsideTelephone
from drivers.simulated.telephone import DeskTelephone, Habit, NotLifted, Telephone

__all__ = [
    "BUSY_TONE_LINE",
    "DTMF_LINE",
    "HOSTILE",
    "HOSTILE_SOUND",
    "LONG_PAIR",
    "NORMAL",
    "TERMINAL_LINE",
    "TRUNK_LINE",
    "CallerIdFault",
    "CallerIdTime",
    "DeskTelephone",
    "Disconnect",
    "FarEnds",
    "Faults",
    "Habit",
    "Layout",
    "LineProfile",
    "NotHeard",
    "NotLifted",
    "OutsideTelephone",
    "SimulatedCard",
    "Telephone",
    "Treatment",
]
