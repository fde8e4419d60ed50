# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Asterisk inside the bench's kernel: its process in a root of its own, and its calls as telephones see them."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import IO

from hil.asterisk.ami import ActionRefused, Client, Message
from hil.kernel.trace import Trace

CONFIGURATION = Path(__file__).with_name("configuration")
PROGRAM = ("/usr/sbin/asterisk", "-f", "-n", "-v")
HOST, PORT, USER, SECRET = "127.0.0.1", 5038, "bench", "bench"  # configuration/manager.conf
PLACES_WRITTEN = ("etc/asterisk", "run", "tmp", "var/lib/asterisk", "var/log/asterisk", "var/spool/asterisk")
STARTED_S = 15.0
STOPPED_S = 10.0
SETTLED_S = 3.0
POLL_S = 0.05
DIGIT_MS, BETWEEN_DIGITS_S = 100, 0.25
LAST_LINES = 30

TOLD = frozenset(
    (
        "Cdr",
        "DTMFEnd",
        "Hangup",
        "ChannelTalkingStart",
        "ChannelTalkingStop",
        "Newchannel",
        "Newstate",
        "UserEvent",
    )
)
"""The events that go into the trace."""


class NotSeen(AssertionError):
    """What a scenario waited for at Asterisk did not come."""


@dataclass(slots=True)
class Sound:
    """Something heard between two silences of 200 ms.  duration_ms: 0 while it lasts."""

    began_s: float
    duration_ms: int = 0


@dataclass(slots=True)
class Leg:
    """One of Asterisk's channels in a call: a caller's line at the exchange, or a telephone that is off hook or rung.

    number: that came with the ring, or was dialled.  rung: a telephone; the box has rung it.  listens: answered.
    digits: heard, since it was asked last.
    """

    name: str
    unique: str
    dahdi: int
    _peer: Peer
    state: str = ""
    number: str = ""
    rung: bool = False
    listens: bool = False
    gone: bool = False
    asked_for: bool = False
    digits: str = ""
    sounds: list[Sound] = field(default_factory=list)

    @property
    def extension(self) -> str:
        """Where in the dialplan it is: at what the box has dialled, else at `s`."""
        return "s" if self.rung else self.number or "s"

    # --- what somebody at it does ---

    async def answer(self) -> None:
        """Lift a rung telephone; or, at the exchange, the called party answers.  From now on it listens."""
        await self._peer.move(self, "listening")
        await self.is_listening()

    async def press(self, digits: str) -> None:
        for digit in digits:
            await self._peer.act("PlayDTMF", Channel=self.name, Digit=digit, Duration=str(DIGIT_MS))
            await asyncio.sleep(BETWEEN_DIGITS_S)

    async def flash(self) -> None:
        await self._peer.move(self, "tapping")

    async def hang_up(self) -> None:
        await self._peer.act("Hangup", Channel=self.name)
        await self.is_gone()

    # --- what somebody at it notices; each raises NotSeen ---

    async def is_listening(self, within_s: float = 30) -> None:
        """The call stands, as far as it can tell."""
        await self._peer.until(lambda: self.listens, within_s, lambda: f"{self} is not answered")

    async def is_gone(self, within_s: float = 10) -> None:
        await self._peer.until(lambda: self.gone, within_s, lambda: f"{self} is still there")

    async def hears(self, digits: str, within_s: float = 5) -> None:
        """These digits, since it was asked last."""
        await self._peer.until(
            lambda: digits in self.digits, within_s, lambda: f"{self} heard {self.digits!r}, not {digits}"
        )
        self.digits = ""

    async def hears_sound(self, lasting_s: float = 0.5, within_s: float = 10) -> None:
        """One without a pause, which has not ended before it was asked for: speech or a tone, no click."""
        ended = len([sound for sound in self.sounds if sound.duration_ms])

        def heard() -> bool:
            return any(self._peer.lasts_s(sound) >= lasting_s for sound in self.sounds[ended:])

        await self._peer.until(heard, within_s, lambda: f"{self} hears nothing of {lasting_s} s")

    async def hears_beats(self, on_ms: int, off_ms: int, beats: int = 2, within_s: float = 20) -> None:
        """A tone of this cadence, within 15 % or 100 ms, in its last beats."""

        def beat() -> bool:
            ended = [sound for sound in self.sounds if sound.duration_ms][-beats:]
            starts = [sound.began_s for sound in ended]
            periods = [round(1000 * (later - earlier)) for earlier, later in pairwise(starts)]
            return (
                len(ended) == beats
                and all(_near(sound.duration_ms, on_ms) for sound in ended)
                and all(_near(period, on_ms + off_ms) for period in periods)
            )

        await self._peer.until(beat, within_s, lambda: f"{self} hears no {on_ms}/{off_ms} ms")

    def __str__(self) -> str:
        heard = " ".join(f"{sound.began_s:.2f}+{sound.duration_ms}ms" for sound in self.sounds[-8:])
        return f"{self.name} ({self.state}, digits {self.digits!r}, sounds {heard or 'none'})"


async def talk(one: Leg, other: Leg) -> None:
    """Each hears the other: keys of both are heard by the other one."""
    await one.press("5")
    await other.hears("5")
    await other.press("8")
    await one.hears("8")


def _near(measured_ms: float, wanted_ms: int) -> bool:
    return abs(measured_ms - wanted_ms) <= max(100, 0.15 * wanted_ms)


class Peer:
    """One Asterisk, from its start to its end."""

    def __init__(self, root: Path, trace: Trace, port_of: Callable[[int], int]) -> None:
        """port_of: of the box, for a DAHDI channel of Asterisk's."""
        self._root = root
        self._trace = trace
        self._port_of = port_of
        self._client = Client(self._hear)
        self._legs: dict[str, Leg] = {}
        self._cdrs: list[Message] = []

    async def start(self) -> None:
        """Raises NotSeen, with the last of what it said, where it does not come up."""
        _mount(self._root)
        for file in CONFIGURATION.glob("*.conf"):
            shutil.copy(file, self._root / "etc" / "asterisk")
        log = (self._root / "var" / "log" / "asterisk" / "console").open("w+b")
        self._log: IO[bytes] = log
        self._process = subprocess.Popen(
            ["chroot", str(self._root), *PROGRAM], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        await self.until(lambda: self._listens(), STARTED_S, lambda: "Asterisk's manager does not listen")
        await self._client.connect(HOST, PORT, USER, SECRET)
        await asyncio.sleep(SETTLED_S)

    async def stop(self) -> None:
        await self._client.close()
        self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, STOPPED_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    # --- calls ---

    async def call(self, dahdi: int, number: str = "", shown: str = "") -> Leg:
        """A call on a channel: at the exchange it rings the box, a telephone goes off hook and dials.

        It listens as soon as it is answered, a telephone as soon as it has dialled.  shown: the caller's number.
        """
        await self.act(
            "Originate",
            Channel=f"DAHDI/{dahdi}/{number}",
            Context="listening",
            Exten="s",
            Priority="1",
            Timeout="120000",
            CallerID=shown,
            Async="true",
        )
        return await self.leg_on(dahdi)

    async def leg_on(self, dahdi: int, within_s: float = 30) -> Leg:
        """The next call on a channel that nobody has asked for yet."""
        return await self._next(lambda leg: leg.dahdi == dahdi, within_s, f"nothing on DAHDI channel {dahdi}")

    async def dialled_leg(self, within_s: float = 30, dahdi: int | None = None) -> Leg:
        """The same, once a number was dialled on it: on any channel where none is given."""
        where = f"on DAHDI channel {dahdi}" if dahdi else "anywhere"
        return await self._next(
            lambda leg: bool(leg.number) and not leg.rung and dahdi in (None, leg.dahdi),
            within_s,
            f"nothing dialled {where}",
        )

    async def _next(self, wanted: Callable[[Leg], bool], within_s: float, otherwise: str) -> Leg:
        def found() -> list[Leg]:
            return [leg for leg in self._legs.values() if wanted(leg) and not leg.asked_for]

        await self.until(lambda: bool(found()), within_s, lambda: otherwise)
        leg = found()[0]
        leg.asked_for = True
        return leg

    async def cdr(self, leg: Leg, within_s: float = 5) -> Message:
        """Asterisk's own record of a channel that is gone."""

        def found() -> list[Message]:
            return [cdr for cdr in self._cdrs if cdr["UniqueID"] == leg.unique]

        await self.until(lambda: bool(found()), within_s, lambda: f"no CDR of {leg}")
        return found()[0]

    def lasts_s(self, sound: Sound) -> float:
        """Of one that has not ended, until now."""
        now_s = asyncio.get_running_loop().time()
        return sound.duration_ms / 1000 if sound.duration_ms else now_s - sound.began_s

    async def move(self, leg: Leg, context: str) -> None:
        await self.act("Redirect", Channel=leg.name, Context=context, Exten=leg.extension, Priority="1")

    async def act(self, action: str, **fields: str) -> None:
        if "Channel" in fields:
            self._note(
                fields["Channel"], f"does {action} {fields.get('Digit', '')}{fields.get('Context', '')}"
            )
        try:
            await self._client.act(action, **fields)
        except ActionRefused as error:
            raise NotSeen(f"Asterisk refused {error}") from error

    async def until(self, holds: Callable[[], bool], within_s: float, otherwise: Callable[[], str]) -> None:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + within_s
        while not holds():
            if loop.time() >= deadline_s:
                raise NotSeen(f"{otherwise()} within {within_s} s")
            await asyncio.sleep(POLL_S)

    def said(self) -> tuple[str, ...]:
        """The end of its console, less what it loads."""
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", errors="replace").splitlines()
        return tuple([line for line in lines if not line.startswith(" Loading")][-LAST_LINES:])

    # --- events ---

    def _hear(self, event: Message) -> None:
        kind, name = event["Event"], event.get("Channel", "")
        if kind == "Cdr":
            self._cdrs.append(event)
        if not name.startswith("DAHDI/"):
            return
        if kind in TOLD:
            told = (
                "UserEvent",
                "ChannelStateDesc",
                "Digit",
                "Direction",
                "Duration",
                "Number",
                "Cause-txt",
                "Destination",
            )
            self._note(name, f"{kind} " + " ".join(event[key] for key in told if event.get(key)))
        if kind == "Newchannel":
            self._legs[event["Uniqueid"]] = Leg(name, event["Uniqueid"], _dahdi_of(name), self)
        leg = self._legs.get(event.get("Uniqueid", ""))
        if leg is not None:
            self._tell(leg, kind, event)

    def _tell(self, leg: Leg, kind: str, event: Message) -> None:
        leg.state = event.get("ChannelStateDesc", leg.state)
        if kind == "DTMFEnd" and event["Direction"] == "Received":
            leg.digits += event["Digit"]
        elif kind == "ChannelTalkingStart":
            leg.sounds.append(Sound(asyncio.get_running_loop().time()))
        elif kind == "ChannelTalkingStop" and leg.sounds:
            leg.sounds[-1].duration_ms = int(event["Duration"])
        elif kind == "Hangup":
            leg.gone = True
        elif kind == "UserEvent":
            leg.listens |= event["UserEvent"] == "Listening"
            leg.rung |= event["UserEvent"] == "Rung"
            leg.number = event.get("Number", leg.number)

    def _note(self, channel: str, what: str) -> None:
        self._trace.note(self._port_of(_dahdi_of(channel)), "far", what)

    def _listens(self) -> bool:
        if self._process.poll() is not None:
            raise NotSeen(f"Asterisk ended with {self._process.returncode}: " + "; ".join(self.said()[-8:]))
        return any(line.split()[1].endswith(f":{PORT:04X}") for line in _listening())


def _listening() -> list[str]:
    return Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]


def _dahdi_of(channel: str) -> int:
    """DAHDI/13-1 and DAHDI/13/0123 are on channel 13."""
    return int(channel.removeprefix("DAHDI/").split("/")[0].split("-")[0])


def _mount(root: Path) -> None:
    """What it needs of the kernel, and folders that it may write into."""
    commands = [
        ["mount", "-t", "proc", "proc", str(root / "proc")],
        ["mount", "--rbind", "/dev", str(root / "dev")],
    ]
    commands += [["mount", "-t", "tmpfs", "tmpfs", str(root / folder)] for folder in PLACES_WRITTEN]
    for command in commands:
        subprocess.run(command, check=True)
