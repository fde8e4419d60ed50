# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Ports on loan: the line doctor lifts, dials and listens on them by itself, as long as the exchange lets it.

A loan is a command to the core like any other.  It ends when it is given back, or when the port's report says that the
port is not lent any more; from that moment on nothing the doctor does reaches the port.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec

from drivers.port import CardAct, GoOffHook, GoOnHook
from dsp.media import Media
from dsp.vocabulary import (
    Detector,
    MediaCommand,
    Play,
    PlayEnded,
    SendDigits,
    SendEnded,
    SendTone,
    SetDetectors,
    SetPort,
    Tone,
)
from firmware.exchange.commands import (
    Actor,
    CoreCommand,
    LendLine,
    LendPhone,
    ReturnLine,
    ReturnPhone,
)
from firmware.exchange.vocabulary import AnyFact, LineReport, PhoneReport, Reply
from firmware.shell.board import AnyReport, Board

LENT = "lent"
KEEP_EVERY_S = 2.0  # what is heard is taken from the engine's memory of 7.5 s
REST_S = 6.0  # longer than `timers.guard_ms` may be
REST_STEP_S = 0.1
EXCHANGE_REST_S = 2.5
FIRST_TAG = -1_000_000  # below those of the bare notice; the core's own are positive

F = TypeVar("F", bound=AnyFact)


class NotLent(Exception):
    """The exchange doesn't lend this port now.  cause: as of `vocabulary.Cause`."""

    def __init__(self, port: int, cause: str) -> None:
        super().__init__(f"port {port} can't be had now: {cause}")
        self.port = port
        self.cause = cause


class LoanLost(Exception):
    """The exchange has taken the port back.  state: what it is now."""

    def __init__(self, port: int, state: str) -> None:
        super().__init__(f"port {port} was taken back by the exchange: it is {state} now")
        self.port = port
        self.state = state


class Heard(msgspec.Struct, frozen=True):
    """A fact of a lent port, with the moment on the engine's clock."""

    sample: int
    fact: AnyFact


class Host(Protocol):
    """What the desk needs of the service."""

    media: Media
    board: Board

    def command(self, actor: Actor, command: CoreCommand) -> Awaitable[Reply]:
        """The command is on its way when this returns."""
        ...

    def act_now(self, act: CardAct) -> None: ...
    def put_now(self, command: MediaCommand) -> None: ...


class Loan:
    """One lent port.  Every wait raises LoanLost when the port is taken back."""

    def __init__(self, desk: LendingDesk, port: int) -> None:
        self.port = port
        self.lost_to = ""
        self.heard: list[Heard] = []
        self._desk = desk
        self._media = desk.host.media
        self._news = asyncio.Event()
        self._kept = bytearray()
        self._kept_from = self._kept_to = self._media.now_samples()

    # --- acts ---

    def lift(self, detectors: Detector = Detector.TONES) -> int:
        """Close the loop; the moment, on the engine's clock."""
        self._act(GoOffHook(self.port))
        self.listen(detectors)
        return self.now()

    def hang_up(self, detectors: Detector = Detector.NONE) -> int:
        self._act(GoOnHook(self.port))
        self.listen(detectors)
        return self.now()

    def listen(self, detectors: Detector) -> None:
        self._put(SetDetectors(self.port, detectors))

    async def dial(self, digits: str, on_ms: int = 100, off_ms: int = 100) -> int:
        """Send digits; the moment the last one was out."""
        tag = self._desk.new_tag()
        self._put(SendDigits(self.port, digits, tag, on_ms, off_ms))
        longest_s = len(digits) * (on_ms + off_ms) / 1000 + 5
        await self.hears(SendEnded, longest_s, lambda ended: ended.tag == tag)
        return self.now()

    async def play(self, alaw: bytes) -> int:
        """Play a sound to its end; the moment it began."""
        began, tag = self.now(), self._desk.new_tag()
        self._put(Play(self.port, (self._desk.sound(alaw),), tag))
        await self.hears(PlayEnded, len(alaw) / 8000 + 3, lambda ended: ended.tag == tag)
        return began

    def beep(self) -> None:
        self._put(SendTone(self.port, Tone.CONFIRM))

    # --- what is heard ---

    def now(self) -> int:
        return self._media.now_samples()

    def since(self, kind: type[F], sample: int) -> list[tuple[int, F]]:
        """Every fact of a kind since a moment."""
        return [
            (each.sample, each.fact)
            for each in self.heard
            if each.sample >= sample and isinstance(each.fact, kind)
        ]

    async def hears(
        self,
        kind: type[F],
        within_s: float,
        like: Callable[[F], bool] = lambda fact: True,
        since: int | None = None,
    ) -> tuple[int, F] | None:
        """The first such fact, from now on or from an earlier moment; None where none comes in time."""
        begin = self.now() if since is None else since

        def found() -> tuple[int, F] | None:
            self._check()
            return next((each for each in self.since(kind, begin) if like(each[1])), None)

        try:
            async with asyncio.timeout(within_s):
                while (first := found()) is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return found()
        return first

    async def passes(self, seconds: float) -> None:
        """Let time pass on this port."""
        await self.hears(_Never, seconds)

    def sound(self, begin: int, end: int | None = None) -> bytes:
        """What came in between two moments, as A-law."""
        self.keep()
        stop = self._kept_to if end is None else end
        return bytes(self._kept[max(0, begin - self._kept_from) : max(0, stop - self._kept_from)])

    def both_sides(self, begin: int) -> tuple[bytes, bytes]:
        """(what came in, what went out) since a moment at most 7 s ago."""
        far, near = self._media.history(self.port)
        count = min(len(far), self.now() - begin)
        return far[len(far) - count :], near[len(near) - count :]

    # --- for the desk ---

    def keep(self) -> None:
        """Take over what the engine remembers and we don't."""
        now = self.now()
        far, _ = self._media.history(self.port)
        new = min(now - self._kept_to, len(far))
        self._kept += far[len(far) - new :]
        self._kept_to += new

    def take(self, fact: AnyFact) -> None:
        self.heard.append(Heard(self.now(), fact))
        self._news.set()

    def lose(self, state: str) -> None:
        self.lost_to = state
        self._news.set()

    def _check(self) -> None:
        if self.lost_to:
            raise LoanLost(self.port, self.lost_to)

    def _act(self, act: CardAct) -> None:
        self._check()
        self._desk.host.act_now(act)

    def _put(self, command: MediaCommand) -> None:
        self._check()
        self._desk.host.put_now(command)


class _Never(PlayEnded, frozen=True):
    """No fact is of this kind."""


class LendingDesk:
    """Lends ports, hands what is heard on them to their loans, and takes them back."""

    def __init__(self, host: Host, country_of: Callable[[int], str]) -> None:
        self.host = host
        self._country_of = country_of
        self._loans: dict[int, Loan] = {}
        self._returns: dict[int, CoreCommand] = {}
        self._back_s: dict[int, float] = {}
        self._tag = FIRST_TAG
        self._sounds: dict[bytes, int] = {}
        self._keeping: asyncio.TimerHandle | None = None
        host.board.listen(self._reported)

    async def line(self, actor: Actor, port: int, *, rings: bool) -> Loan:
        """Borrow a line at rest, with no gain on it.  rings: a test call is to come in on it.  Raises NotLent."""
        loan = await self._borrow(actor, port, LendLine(port, rings), ReturnLine(port, False))
        self.host.put_now(SetPort(port, self._country_of(port)))
        loan.listen(Detector.CALLER_ID if rings else Detector.NONE)
        return loan

    async def phone(self, actor: Actor, port: int) -> Loan:
        """Borrow a desk phone on hook.  Raises NotLent."""
        return await self._borrow(actor, port, LendPhone(port), ReturnPhone(port))

    def give_back(self, actor: Actor, *loans: Loan) -> None:
        """Give ports back, on hook and silent; those that were taken back are left alone."""
        for loan in loans:
            if self._loans.get(loan.port) is loan:
                self._forget(loan.port, "given back")
                self._back_s[loan.port] = asyncio.get_running_loop().time()
                self.host.command(actor, self._returns.pop(loan.port))

    def give_caller(self, actor: Actor, loan: Loan) -> None:
        """Give a line back with a caller on it, who is answered as any other."""
        if self._loans.get(loan.port) is loan:
            self._forget(loan.port, "given back")
            del self._returns[loan.port]
            self.host.command(actor, ReturnLine(loan.port, True))

    def heard(self, fact: AnyFact) -> None:
        """A fact the core has taken."""
        loan = self._loans.get(getattr(fact, "port", 0))
        if loan is not None:
            loan.take(fact)

    def new_tag(self) -> int:
        self._tag -= 1
        return self._tag

    def sound(self, alaw: bytes) -> int:
        if alaw not in self._sounds:
            self._sounds[alaw] = self.host.media.load_sound(alaw)
        return self._sounds[alaw]

    def close(self) -> None:
        for port in tuple(self._loans):
            self._forget(port, "closed")

    async def _borrow(self, actor: Actor, port: int, lend: CoreCommand, back: CoreCommand) -> Loan:
        await self._rested(port)
        loan = Loan(self, port)
        if port in self._loans:
            raise NotLent(port, LENT)
        self._loans[port] = loan
        try:
            reply = await self.host.command(actor, lend)
        except BaseException:
            # Nobody waits any more, but the core may lend all the same.
            self._forget(port, "given back")
            self.host.command(actor, back)
            raise
        if not reply.ok:
            self._forget(port, "refused")
            raise NotLent(port, reply.cause.value if reply.cause else reply.detail)
        state = self._state_of(port)
        if state != LENT:  # and taken back at once
            self._forget(port, state)
            raise NotLent(port, state)
        self._returns[port] = back
        self._keep_all()
        return loan

    async def _rested(self, port: int) -> None:
        """A line that has just been hung up is ready in a moment: here, and at the exchange, which may take a short
        opening of the loop for a flash."""
        loop = asyncio.get_running_loop()
        back_s = self._back_s.get(port, -EXCHANGE_REST_S)
        if (left_s := back_s + EXCHANGE_REST_S - loop.time()) > 0:
            await asyncio.sleep(left_s)
        for _ in range(round(REST_S / REST_STEP_S)):
            if self._state_of(port) != "clearing":
                return
            await asyncio.sleep(REST_STEP_S)

    def _reported(self, report: AnyReport) -> None:
        if (
            isinstance(report, LineReport | PhoneReport)
            and report.state != LENT
            and report.port in self._returns
        ):
            del self._returns[report.port]
            self._forget(report.port, report.state)

    def _state_of(self, port: int) -> str:
        board = self.host.board
        report = board.lines.get(port) or board.phones.get(port)
        return report.state if report is not None else ""

    def _forget(self, port: int, state: str) -> None:
        self._loans.pop(port).lose(state)

    def _keep_all(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None
        for loan in self._loans.values():
            loan.keep()
        if self._loans:
            self._keeping = asyncio.get_running_loop().call_later(KEEP_EVERY_S, self._keep_all)
