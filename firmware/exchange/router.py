# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The core: takes one fact, carries messages between machines until none is left, and returns the effects.

A fact is taken whole or not at all.  The router owns what belongs to no single machine: which machine armed a timer,
plays a sound, reads a port's keys or waits for an answer, and hands what comes back to that machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from drivers.port import GoOnHook, StopRing
from dsp.vocabulary import (
    Lost,
    Play,
    PlayEnded,
    RecordingEnded,
    RecordingTroubled,
    ResetPort,
    SendCallerId,
    SendDigits,
    SendEnded,
    SendMessageWaiting,
)
from firmware.exchange.agent import Agent
from firmware.exchange.call import Call
from firmware.exchange.commands import (
    BlockLine,
    DialFrom,
    HangUpCall,
    JoinQueue,
    LeaveQueue,
    LendLine,
    LendPhone,
    LogIn,
    LogOut,
    Pause,
    Ready,
    ReturnLine,
    ReturnPhone,
)
from firmware.exchange.directory import Directory
from firmware.exchange.ledger import Ledger
from firmware.exchange.machine import Finish, Ignore, Machine, Send, Spawn
from firmware.exchange.messages import (
    Answered,
    Ask,
    Configured,
    DialNow,
    Message,
    ReleaseCall,
    Rematch,
    SeatTaken,
    ServiceRestarted,
)
from firmware.exchange.permission import allowed
from firmware.exchange.queue import Queue
from firmware.exchange.snapshot import Snapshot, decode_snapshot, encode_snapshot
from firmware.exchange.station import Station
from firmware.exchange.trunk import Trunk
from firmware.exchange.vocabulary import (
    Address,
    AddressFound,
    AnyFact,
    Arm,
    Audit,
    CancelSecret,
    Cause,
    CollectSecret,
    Commanded,
    Disarm,
    Effect,
    Expired,
    Faulted,
    FaultFound,
    FindAddress,
    Instant,
    KeyMode,
    KeyPressed,
    ListenKeys,
    MessagesWaiting,
    NextKey,
    RecordingRefused,
    Reply,
    Say,
    SecretJudged,
    SettingsApplied,
    Started,
    StartRecording,
)
from firmware.settings.model import Settings

# One fact may set off a chain: a queue re-matching for every agent of a large centre stays far below this.
MESSAGES_MAX = 5_000

M = TypeVar("M", bound=Machine)
ROUTER = Address("router", 0)
# What the router carries out itself, or may have to take to the socket; all else is between machines.
_NOT_FOR_MACHINES = frozenset({Ask, Answered})


class Core:
    """The exchange as a function of its facts.  `receive` is the only way in, its result the only way out."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._now = Instant(0, 0)
        self._parsed: dict[int, Settings] = {}
        self.directory = Directory(self._ledger.machines, self._ledger.by_kind)

    # --- the context machines see ---

    @property
    def now(self) -> Instant:
        return self._now

    @property
    def settings(self) -> Settings:
        return self.settings_of(self._ledger.revision)

    @property
    def revision(self) -> int:
        return self._ledger.revision

    @property
    def random(self) -> Random:
        draw = self._ledger.count("draw")
        return Random(f"{self._ledger.seed}/{draw}")

    def settings_of(self, revision: int) -> Settings:
        """The settings of a revision a living call began with, or those in force."""
        parsed = self._parsed.get(revision)
        if parsed is None:
            text = self._ledger.settings.get(revision)
            parsed = Settings() if text is None else Settings.model_validate_json(text)
            self._parsed[revision] = parsed
        return parsed

    def new_number(self, kind: str) -> int:
        return self._ledger.count(kind)

    def after(self, ms: int) -> int:
        return self._now.mono_ns + ms * 1_000_000

    # --- what the shell sees ---

    @property
    def counts(self) -> dict[str, int]:
        """How many facts were ignored, refused or put back, by kind."""
        return dict(self._ledger.counts)

    @property
    def timers(self) -> dict[tuple[Address, str], int]:
        """Every armed timer with its due time."""
        return dict(self._ledger.timers)

    @property
    def epoch(self) -> int:
        return self._ledger.epoch

    def snapshot(self) -> bytes:
        """The whole state; this and the journal after it are the core."""
        return encode_snapshot(self._ledger)

    @classmethod
    def restored(cls, snapshot: bytes) -> Core:
        """A core in exactly the state of a snapshot (to replay the tail of a journal into)."""
        core = cls()
        core._take(decode_snapshot(snapshot))
        return core

    def receive(self, fact: AnyFact, now: Instant) -> tuple[Effect, ...]:
        """Take one fact.  On an error of ours the machines are put back and a `FaultFound` is all that follows."""
        self._now = now
        ledger = self._ledger
        ledger.begin()
        run = _Run(self, ledger)
        try:
            run.take(fact)
        except Exception as error:  # noqa: BLE001 - one of the three places: a fault ends its call, not the exchange
            ledger.roll_back()
            ledger.tally("faulted")
            return run.fault(fact, error)
        return tuple(run.effects)

    def _take(self, snapshot: Snapshot) -> None:
        self._ledger.load(snapshot)
        self._parsed.clear()


class _Run:
    """What one fact sets off."""

    def __init__(self, core: Core, ledger: Ledger) -> None:
        self.core = core
        self.ledger = ledger
        self.effects: list[Effect] = []
        self.waiting: deque[tuple[Address, AnyFact | Message]] = deque()
        self.at: Machine | None = None

    def take(self, fact: AnyFact) -> None:
        handler = _BEGINNINGS.get(type(fact))
        if handler is not None:
            handler(self, fact)
        else:
            self.deliver_by_port(fact)
        self.carry()

    def carry(self) -> None:
        budget = MESSAGES_MAX
        machines = self.ledger.machines
        while self.waiting:
            budget -= 1
            if budget < 0:
                raise RuntimeError("messages without end between machines")
            address, event = self.waiting.popleft()
            machine = machines.get(address)
            if machine is None:
                self.refuse_or_count(address, event)
                continue
            self.at = machine
            self.ledger.touch(address, machine)
            for output in machine.receive(event, self.core):
                special = _OUTPUTS.get(type(output))
                if special is not None:
                    special(self, address, output)
                else:
                    self.effects.append(output)  # type: ignore[arg-type]

    def send(self, to: Address, message: Message) -> None:
        if isinstance(message, Ask):
            self.ask(message)
        elif isinstance(message, Answered) and to.kind == "socket":
            self.effects.append(Reply(to.number, message.ok, message.cause, message.detail))
        else:
            self.waiting.append((to, message))

    def refuse_or_count(self, address: Address, event: AnyFact | Message) -> None:
        if isinstance(event, Ask):
            self.send(event.reply_to, Answered(False, _missing(event)))
        else:
            self.ledger.tally(f"nobody.{type(event).__name__}")

    # --- outputs the router acts on ---

    def sent(self, _sender: Address, output: Send) -> None:
        if type(output.message) in _NOT_FOR_MACHINES:
            self.send(output.to, output.message)
        else:
            self.waiting.append((output.to, output.message))

    def spawn(self, _parent: Address, output: Spawn) -> None:
        self.ledger.add(output.machine)

    def finish(self, owner: Address, _output: Finish) -> None:
        left = self.ledger.remove(owner)
        self.effects += [Disarm(timer, owner) for timer in left.timers]
        self.effects += [CancelSecret(request) for request in left.secrets]
        self.effects += [ListenKeys(port, KeyMode.OFF) for port in left.keys]

    def ignore(self, owner: Address, _output: Ignore) -> None:
        self.ledger.tally(f"ignored.{owner.kind}")

    def arm(self, owner: Address, output: Arm) -> None:
        self.ledger.arm(owner, output.timer, output.at_ns)
        self.effects.append(Arm(output.timer, output.at_ns, owner))

    def disarm(self, owner: Address, output: Disarm) -> None:
        if self.ledger.disarm(owner, output.timer):
            self.effects.append(Disarm(output.timer, owner))

    def own_tag(
        self, owner: Address, output: Say | Play | SendDigits | SendCallerId | SendMessageWaiting
    ) -> None:
        self.ledger.own("tags", output.tag, owner)
        self.effects.append(output)

    def own_keys(self, owner: Address, output: ListenKeys) -> None:
        self.ledger.own("keys", output.port, None if output.mode is KeyMode.OFF else owner)
        self.effects.append(output)

    def next_key(self, owner: Address, output: NextKey) -> None:
        self.ledger.own("keys", output.port, owner)
        self.effects.append(output)

    def own_secret(self, owner: Address, output: CollectSecret) -> None:
        self.ledger.own("secrets", output.request, owner)
        self.effects.append(output)

    def cancel_secret(self, _owner: Address, output: CancelSecret) -> None:
        self.ledger.own("secrets", output.request, None)
        self.effects.append(output)

    def own_question(self, owner: Address, output: FindAddress) -> None:
        self.ledger.own("questions", output.request, owner)
        self.effects.append(output)

    def own_recording(self, owner: Address, output: StartRecording) -> None:
        self.ledger.own("recordings", output.recording, owner)
        self.effects.append(output)

    # --- where facts begin ---

    def deliver_by_port(self, fact: AnyFact) -> None:
        address = self.ledger.ports.get(fact.port)  # type: ignore[union-attr]
        if address is None:
            self.ledger.tally("unknown_port")
        else:
            self.waiting.append((address, fact))

    def deliver_to_owner(self, table: str, key: int, fact: AnyFact, last: bool) -> None:
        address = self.ledger.owner(table, key)
        if address is None:
            self.ledger.tally(f"late.{type(fact).__name__}")
            return
        if last:
            self.ledger.own(table, key, None)
        self.waiting.append((address, fact))

    def expired(self, fact: Expired) -> None:
        if self.ledger.timers.get((fact.owner, fact.timer)) != fact.at_ns:
            self.ledger.tally("late.Expired")
            return
        self.ledger.disarm(fact.owner, fact.timer)
        self.waiting.append((fact.owner, fact))

    def ended(self, fact: PlayEnded | SendEnded) -> None:
        self.deliver_to_owner("tags", fact.tag, fact, last=True)

    def key(self, fact: KeyPressed) -> None:
        self.deliver_to_owner("keys", fact.port, fact, last=False)

    def judged(self, fact: SecretJudged) -> None:
        self.deliver_to_owner("secrets", fact.request, fact, last=True)

    def address_found(self, fact: AddressFound) -> None:
        self.deliver_to_owner("questions", fact.request, fact, last=True)

    def recording(self, fact: RecordingEnded | RecordingTroubled) -> None:
        self.deliver_to_owner("recordings", fact.tag, fact, last=isinstance(fact, RecordingEnded))

    def recording_refused(self, fact: RecordingRefused) -> None:
        self.deliver_to_owner("recordings", fact.recording, fact, last=True)

    def messages_waiting(self, fact: MessagesWaiting) -> None:
        for mailbox in self.core.settings.mailboxes:
            if mailbox.number == fact.mailbox and mailbox.extension:
                self.waiting.extend(
                    (Address("station", phone.port), fact)
                    for phone in self.core.settings.phones
                    if phone.extension == mailbox.extension
                )

    def lost(self, fact: Lost) -> None:
        self.ledger.tally("lost", fact.count)

    # --- commands ---

    def commanded(self, fact: Commanded) -> None:
        self.ask(Ask(fact.actor, fact.command, Address("socket", fact.request)))

    def ask(self, ask: Ask) -> None:
        permitted = allowed(ask.actor, ask.command, self.core.directory)
        self.effects.append(Audit(ask.actor, type(ask.command).__name__, permitted, _detail(ask)))
        if not permitted:
            self.send(ask.reply_to, Answered(False, Cause.NOT_ALLOWED))
            return
        match ask.command:
            case HangUpCall(call):
                self.hang_up(call, ask.reply_to)
            case DialFrom(extension, digits):
                self.dial_from(extension, digits, ask.reply_to)
            case BlockLine(port) | LendLine(port) | ReturnLine(port):
                self.waiting.append((Address("trunk", port), ask))
            case LendPhone(port) | ReturnPhone(port):
                self.waiting.append((Address("station", port), ask))
            case (
                LogIn(agent)
                | LogOut(agent)
                | Pause(agent)
                | Ready(agent)
                | JoinQueue(agent)
                | LeaveQueue(agent)
            ):
                self.waiting.append((Address("agent", agent), ask))

    def hang_up(self, call: int, reply_to: Address) -> None:
        there = Address("call", call) in self.ledger.machines
        if there:
            self.waiting.append((Address("call", call), ReleaseCall(Cause.ADMIN)))
        self.send(reply_to, Answered(there, None if there else Cause.ALREADY))

    def dial_from(self, extension: str, digits: str, reply_to: Address) -> None:
        for phone in self.core.settings.phones:
            if phone.extension == extension and Address("station", phone.port) in self.ledger.machines:
                self.waiting.append((Address("station", phone.port), DialNow(digits)))
                self.send(reply_to, Answered(True))
                return
        self.send(reply_to, Answered(False, Cause.VACANT))

    # --- beginnings and ends ---

    def started(self, fact: Started) -> None:
        if fact.snapshot:
            self.core._take(decode_snapshot(fact.snapshot))
            self.interrupt()
        ledger = self.ledger
        ledger.box, ledger.epoch, ledger.seed = fact.box, fact.epoch, fact.seed
        ledger.lines, ledger.phones = fact.lines, fact.phones
        self.configure(fact.revision, fact.settings)
        if fact.snapshot:
            self.tell_all(ServiceRestarted(), "agent", "queue")

    def interrupt(self) -> None:
        """End what a snapshot holds in progress: nothing of it exists any more but its record."""
        for call in self.core.directory.of_kind("call"):
            self.waiting.append((call.address, ReleaseCall(Cause.INTERRUPTED)))
        self.carry()
        for kind in ("call", "flow", "place", "offer", "transfer", "trunk", "station"):
            for machine in self.core.directory.of_kind(kind):
                self.ledger.remove(machine.address)
        self.ledger.forget_owners()

    def settings_applied(self, fact: SettingsApplied) -> None:
        self.configure(fact.revision, fact.settings)

    def configure(self, revision: int, text: bytes) -> None:
        """Bring in the machines the settings name; those that are no longer named end themselves on `Configured`."""
        self.ledger.set_settings(revision, text)
        settings = self.core.settings
        lines, phones = set(self.ledger.lines), set(self.ledger.phones)
        for line in settings.lines:
            if line.port in lines:
                self.ensure(Trunk(line.port), line.port)
        for phone in settings.phones:
            if phone.port in phones:
                self.ensure(Station(phone.port), phone.port)
        for queue in settings.queues:
            self.ensure(Queue(queue.number))
        for agent in settings.agents:
            self.ensure(Agent(agent.number))
        self.tell_all(Configured(), "trunk", "station", "queue", "agent")
        self.ledger.drop_settings(self.revisions_in_use())

    def revisions_in_use(self) -> set[int]:
        calls = (call for call in self.core.directory.of_kind("call") if isinstance(call, Call))
        return {call.revision for call in calls} | {self.ledger.revision}

    def ensure(self, machine: Machine, port: int = 0) -> None:
        if machine.address not in self.ledger.machines:
            self.ledger.add(machine)
        if port:
            self.ledger.ports[port] = machine.address

    def tell_all(self, message: Message, *kinds: str) -> None:
        for kind in kinds:
            self.waiting.extend((machine.address, message) for machine in self.core.directory.of_kind(kind))

    # --- faults of ours ---

    def fault(self, fact: AnyFact, error: Exception) -> tuple[Effect, ...]:
        """What follows a fact that was put back: an ordinary fact to release the call; if that fails too, by force."""
        if isinstance(fact, Faulted):
            return self.scrap(fact)
        owner = self.at.address if self.at is not None else ROUTER
        call = owner.number if owner.kind == "call" else int(getattr(self.at, "call", 0))
        return (FaultFound(owner, call, f"{type(fact).__name__}: {error!r}"),)

    def faulted(self, fact: Faulted) -> None:
        if fact.owner == ROUTER:
            self.set_right()
        elif fact.call and Address("call", fact.call) in self.ledger.machines:
            self.waiting.append((Address("call", fact.call), ReleaseCall(Cause.FAULT)))

    def set_right(self) -> None:
        """Those that began anew learn who they are; queues and agents let go of what is no more."""
        seated = {machine.port: machine.number for machine in self.machines_of(Agent) if machine.port}
        ports: list[Trunk | Station] = [*self.machines_of(Trunk), *self.machines_of(Station)]
        for port in ports:
            if not port.configured:
                self.waiting.append((port.address, Configured()))
                if port.number in seated and isinstance(port, Station):
                    self.waiting.append((port.address, SeatTaken(seated[port.number])))
        for queue in self.machines_of(Queue):
            self.waiting.append((queue.address, Rematch()))

    def machines_of(self, kind: type[M]) -> tuple[M, ...]:
        return tuple(each for each in self.ledger.machines.values() if isinstance(each, kind))

    def scrap(self, fact: Faulted) -> tuple[Effect, ...]:
        """Last resort: everything of the call is taken away, its ports begin anew, and its record is kept.

        An ordinary fact follows that sets the others right; if that fails too, it is not tried again.
        """
        self.ledger.begin()
        self.effects.clear()
        self.waiting.clear()
        call = self.core.directory.call(fact.call)
        if call is not None:
            self.effects.append(call.record(self.core, Cause.FAULT))
        for machine in tuple(self.ledger.machines.values()):
            if machine.address == fact.owner or _belongs(machine, fact.call):
                self.renew(machine)
        if fact.owner != ROUTER:
            self.effects.append(FaultFound(ROUTER, 0, "what belonged to it begins anew"))
        return tuple(self.effects)

    def renew(self, machine: Machine) -> None:
        self.finish(machine.address, Finish())
        if isinstance(machine, Trunk | Station):
            self.effects.append(ResetPort(machine.number))
            self.effects.append(
                GoOnHook(machine.number) if isinstance(machine, Trunk) else StopRing(machine.number)
            )
            self.ledger.add(type(machine)(machine.number))
            self.ledger.ports[machine.number] = machine.address
        elif isinstance(machine, Agent | Queue):
            self.ledger.add(type(machine)(machine.number))


def _belongs(machine: Machine, call: int) -> bool:
    return call != 0 and (
        machine.address == Address("call", call)
        or (machine.KIND != "agent" and getattr(machine, "call", 0) == call)
    )


def _missing(ask: Ask) -> Cause:
    by_port = isinstance(ask.command, BlockLine | LendLine | ReturnLine | LendPhone | ReturnPhone)
    return Cause.VACANT if by_port else Cause.UNKNOWN_AGENT


def _detail(ask: Ask) -> str:
    fields = (f"{name}={getattr(ask.command, name)}" for name in ask.command.__struct_fields__)
    return " ".join(fields)


_BEGINNINGS: dict[type, Callable[[_Run, Any], None]] = {
    Started: _Run.started,
    SettingsApplied: _Run.settings_applied,
    Expired: _Run.expired,
    PlayEnded: _Run.ended,
    SendEnded: _Run.ended,
    KeyPressed: _Run.key,
    SecretJudged: _Run.judged,
    AddressFound: _Run.address_found,
    RecordingEnded: _Run.recording,
    RecordingTroubled: _Run.recording,
    RecordingRefused: _Run.recording_refused,
    MessagesWaiting: _Run.messages_waiting,
    Lost: _Run.lost,
    Commanded: _Run.commanded,
    Faulted: _Run.faulted,
}

_OUTPUTS: dict[type, Callable[[_Run, Address, Any], None]] = {
    Send: _Run.sent,
    Spawn: _Run.spawn,
    Finish: _Run.finish,
    Ignore: _Run.ignore,
    Arm: _Run.arm,
    Disarm: _Run.disarm,
    Say: _Run.own_tag,
    Play: _Run.own_tag,
    SendDigits: _Run.own_tag,
    SendCallerId: _Run.own_tag,
    SendMessageWaiting: _Run.own_tag,
    ListenKeys: _Run.own_keys,
    NextKey: _Run.next_key,
    CollectSecret: _Run.own_secret,
    CancelSecret: _Run.cancel_secret,
    FindAddress: _Run.own_question,
    StartRecording: _Run.own_recording,
}
