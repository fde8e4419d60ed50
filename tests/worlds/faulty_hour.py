# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A random hour of a whole centre, with faults, from one seed.

First anything may happen: callers who press what they like, phones left off hook, flashes of every length,
lines cut, cards
pulled out, facts lost, the power cut.  After every fact every invariant is asked.  Then the faults stop,
everybody hangs
up, and the centre must settle: nothing is left over, each call has one record, each second that must be
recorded is in one
file, and a replay of the journal has the same effects.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random

from drivers.port import HookClosed, OffHook, OnHook, RingOff
from drivers.simulated import (
    BUSY_TONE_LINE,
    DTMF_LINE,
    HOSTILE,
    LONG_PAIR,
    NORMAL,
    TRUNK_LINE,
    DeskTelephone,
    Disconnect,
    Layout,
    OutsideTelephone,
)
from firmware.clock import run_virtual
from firmware.exchange.commands import LogIn, LogOut, Pause, Ready
from firmware.exchange.vocabulary import AnyFact, Effect, Instant
from firmware.settings.model import Settings
from firmware.store.credentials import Credential, hash_secret
from firmware.virtual import Centre
from hil import settings as shapes
from hil.bench import PIN
from tests.worlds.invariants import broken, left_over, record_faults

HOUR_S = 3_600.0
SETTLES_WITHIN_S = 600.0
PIN_HASH = hash_secret(PIN)
PROFILES = (BUSY_TONE_LINE, DTMF_LINE, TRUNK_LINE, replace(BUSY_TONE_LINE, disconnect=Disconnect.LOOP_DROP))
DIALLED = (
    "801",
    "805",
    "899",
    "0",
    "110",
    "9110",
    "913900000003",
    "90044123",
    "*65",
    "*10",
    "*47",
    "*99",
    "8",
    "#",
    "",
)
KEYS = ("1", "2", "3", "0", "7", "9", "805", "*", "#", "12345", "72468#", "")


class Broken(AssertionError):
    """A seed under which something did not hold; it can be played again."""


def play_hour(seed: int, media: bool, hour_s: float = HOUR_S) -> Centre:
    """Play one seed to its end.  Raises Broken, naming the seed and what did not hold."""
    try:
        centre: Centre = run_virtual(lambda: _Hour(seed, media, hour_s).play())
    except Exception as error:
        raise Broken(f"seed {seed}, media {'on' if media else 'off'}: {error}") from error
    return centre


class _Hour:
    def __init__(self, seed: int, media: bool, hour_s: float) -> None:
        self.random = Random(f"hour/{seed}")
        self.seed = seed
        self.media = media
        self.hour_s = hour_s
        self.settings = self._settings()
        self.faulty = True
        self.acts: set[asyncio.Task[None]] = set()
        self.power_cuts = 0

    def _settings(self) -> Settings:
        base = self.random.choice(
            (shapes.centre, shapes.direct_dialling, shapes.with_hotline, shapes.closed)
        )()
        lines = tuple(
            line.model_copy(
                update={"rings_before_answer": self.random.choice((1, 1, 2, 4)), "longest_silence_s": 60}
            )
            for line in base.lines
        )
        return base.model_copy(update={"lines": lines})

    def _new_centre(self, before: Centre | None) -> Centre:
        faults = replace(HOSTILE, seed=self.seed) if self.random.random() < 0.5 else NORMAL
        pair = LONG_PAIR if self.random.random() < 0.3 else None
        profiles = {
            port: replace(profile, line=pair) if pair else profile
            for port, profile in ((port, self.random.choice(PROFILES)) for port in range(1, 5))
        }
        layout = Layout(fxo=4, fxs=8, outside=8, faults=faults, profiles=profiles)
        centre = Centre(self.settings, layout=layout, seed=self.seed, media=self.media, recover_from=before)
        for agent in self.settings.agents:
            centre.memory.credentials.setdefault(f"agent:{agent.number}", Credential(PIN_HASH, 0, 0))
        return centre

    def _watch(self, centre: Centre) -> None:
        """Ask every invariant after every fact."""
        core = centre.core
        receive = core.receive

        def checked(fact: AnyFact, now: Instant) -> tuple[Effect, ...]:
            effects = receive(fact, now)
            faults = broken(core)
            assert not faults, f"after {fact}: {faults}"
            return effects

        core.receive = checked  # type: ignore[method-assign]

    async def play(self) -> Centre:
        self.centre = self._new_centre(None)
        await self.centre.__aenter__()
        self._watch(self.centre)
        try:
            await self._faulty_phase()
            await self._settle()
        finally:
            await self.centre.stop()
        self._judge()
        return self.centre

    # --- anything may happen ---

    async def _faulty_phase(self) -> None:
        loop = self.centre.loop
        end_s = loop.time() + self.hour_s
        while loop.time() < end_s:
            await asyncio.sleep(self.random.expovariate(1 / 12.0))
            act = self.random.choices(
                (
                    self._caller,
                    self._desk_user,
                    self._agent_user,
                    self._admin,
                    self._trouble,
                    self._cut_power,
                ),
                weights=(30, 25, 25, 8, 6, 0.6),
            )[0]
            self._begin(act)

    def _begin(self, act: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.ensure_future(self._guarded(act))
        self.acts.add(task)
        task.add_done_callback(self.acts.discard)

    async def _guarded(self, act: Callable[[], Awaitable[None]]) -> None:
        """People give up when what they wait for does not come; that is no fault of the box."""
        centre = self.centre
        try:
            await act()
        except AssertionError:
            if centre is self.centre and centre.service.ended.is_set():
                raise

    async def _pause(self, mean_s: float) -> None:
        await asyncio.sleep(self.random.expovariate(1 / mean_s))

    def _free_outside(self) -> OutsideTelephone | None:
        free = [phone for phone in self.centre.card.outside if not phone.off_hook and not phone.being_rung]
        return self.random.choice(free) if free else None

    def _desk(self) -> DeskTelephone:
        return self.random.choice(list(self.centre.card.desks.values()))

    async def _caller(self) -> None:
        caller = self._free_outside()
        if caller is None:
            return
        await caller.call(self.centre.pilot)
        for _ in range(self.random.randrange(4)):
            await self._pause(8)
            if not caller.off_hook:
                return
            keys = self.random.choice(KEYS)
            if keys:
                await caller.press(keys)
        if self.random.random() < 0.5 and caller.off_hook:
            caller.speak(self.random.randrange(500, 20_000))
        await self._pause(40)
        caller.hang_up()

    async def _desk_user(self) -> None:
        desk = self._desk()
        if not desk.off_hook:
            desk.lift()
            await self._pause(1.5)
            digits = self.random.choice(DIALLED)
            if desk.off_hook and digits:
                await (
                    desk.pulse(digits)
                    if digits.isdecimal() and self.random.random() < 0.2
                    else desk.dial(digits)
                )
        for _ in range(self.random.randrange(3)):
            await self._pause(5)
            await self._fiddle(desk)
        await self._pause(60 if self.random.random() < 0.1 else 10)
        desk.hang_up()

    async def _fiddle(self, desk: DeskTelephone) -> None:
        """Flash, keys, speech: what a hand does during a call."""
        if not desk.off_hook:
            return
        match self.random.randrange(3):
            case 0:
                desk.flash(self.random.randrange(40, 1_000))
                await self._pause(1)
                digits = self.random.choice(("1", "2", "3", "806", "899", ""))
                if desk.off_hook and digits:
                    await desk.press(digits)
            case 1:
                await desk.press(self.random.choice(KEYS) or "5")
            case _:
                desk.speak(self.random.randrange(200, 5_000))

    async def _agent_user(self) -> None:
        """Someone lifts a ringing phone, or does not."""
        ringing = [desk for desk in self.centre.card.desks.values() if desk.being_rung]
        if not ringing:
            return
        desk = self.random.choice(ringing)
        await self._pause(2)
        desk.lift()
        for _ in range(self.random.randrange(3)):
            await self._pause(10)
            await self._fiddle(desk)
        await self._pause(20)
        desk.hang_up()

    async def _admin(self) -> None:
        agent = self.random.choice(self.settings.agents).number
        extension = self.random.choice(self.settings.phones).extension
        commands = (
            LogIn(agent, extension),
            LogIn(agent, extension),
            LogOut(agent),
            Pause(agent, 2),
            Ready(agent),
        )
        if self.random.random() < 0.1:
            await self.centre.apply(self.settings)
        await self.centre.command(self.random.choice(commands))

    async def _trouble(self) -> None:
        card, port = self.centre.card, self.random.randrange(1, 13)
        troubles = card.troubles
        match self.random.randrange(5):
            case 0:
                troubles.alarm(port, "cable")
                await self._pause(20)
                troubles.clear_alarm(port)
            case 1:
                kind = self.random.choice((RingOff,) if port <= 4 else (OnHook, OffHook, HookClosed))
                troubles.lose_next(kind, port)
            case 2 if port <= 4:
                troubles.stick_ring(port)
                await self._pause(30)
                troubles.free_ring(port)
            case 3 if self.random.random() < 0.3:
                troubles.unplug()
                await self._pause(10)
                troubles.plug_in()
            case _:
                troubles.cut_line(port)
                await self._pause(15)
                troubles.mend_line(port)

    async def _cut_power(self) -> None:
        self.power_cuts += 1
        for task in self.acts - {asyncio.current_task()}:
            task.cancel()
        before = self.centre
        await before.cut_power()
        self.centre = self._new_centre(before)
        await self.centre.__aenter__()
        self._watch(self.centre)

    # --- then it must settle ---

    async def _settle(self) -> None:
        centre = self.centre
        for task in set(self.acts):
            task.cancel()
        await asyncio.gather(*self.acts, return_exceptions=True)
        for port in range(1, 13):
            centre.card.troubles.clear_alarm(port)
        for port in range(1, 5):
            centre.card.troubles.free_ring(port)
        for phone in (*centre.card.outside, *centre.card.desks.values(), *centre.card.emergency_desks):
            phone.hang_up()
        deadline_s = centre.loop.time() + SETTLES_WITHIN_S
        while rest := left_over(centre.core):
            assert centre.loop.time() < deadline_s, (
                f"still there after {SETTLES_WITHIN_S:.0f} s of peace: {rest}"
            )
            await asyncio.sleep(5)

    def _judge(self) -> None:
        centre = self.centre
        records = list(centre.memory.calls)
        faults = record_faults(records, max((record.call for record in records), default=0))
        assert not faults, faults
        faulted = {name: count for name, count in centre.core.counts.items() if name == "faulted"}
        assert not faulted, f"machines raised: {faulted}"
        recording_faults = list(self._recording_faults())
        assert not recording_faults, recording_faults
        replayed = centre.replay()
        assert replayed.agrees, replayed.difference

    def _recording_faults(self) -> list[str]:
        """Every answered leg that faces an outside line has one recording, as long as the leg was up."""
        centre = self.centre
        faults = []
        for record in centre.memory.calls:
            for leg in record.legs:
                outside = leg.port <= 4
                if not outside or leg.answered is None:
                    continue
                if not leg.recording:
                    faults.append(f"call {record.call} leg {leg.leg} was not recorded")
                    continue
                ended = centre.memory.recordings_ended.get(leg.recording)
                if ended is None or self.power_cuts:
                    continue
                lasted_s = (leg.ended.mono_ns - leg.answered.mono_ns) / 1e9
                recorded_s = ended[1] / 8000
                if abs(lasted_s - recorded_s) > 0.1:
                    faults.append(
                        f"call {record.call} leg {leg.leg}: {recorded_s:.2f} s of {lasted_s:.2f} s recorded"
                    )
        return faults
