# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The shell: facts in, effects out.  It owns no telephony; what it does is carry.

Every fact goes one way: into the inbox, out of it in a fixed order, into the journal, into the core; and the effects
are carried out in order, the media commands of one fact as one batch.  All of this is on the loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from drivers.port import Alarm, Card, CardAct, CardError, CardFact, PortKind, RingOn
from dsp.media import Media
from dsp.vocabulary import (
    DigitBegan,
    DigitEnded,
    LevelMeasured,
    Lost,
    MediaCommand,
    MediaEvent,
    PlayEnded,
    PortFilled,
    RecordingEnded,
    RecordingTroubled,
    SendEnded,
)
from firmware.clock import Clock
from firmware.exchange.commands import Actor, CoreCommand
from firmware.exchange.index import index_of
from firmware.exchange.router import Core
from firmware.exchange.vocabulary import (
    Address,
    AddressFound,
    AgentReport,
    AlarmReport,
    AnyFact,
    Arm,
    Audit,
    CallRecord,
    CancelSecret,
    Cause,
    CollectSecret,
    Commanded,
    Disarm,
    Effect,
    EndRecording,
    Expired,
    Faulted,
    FaultFound,
    FindAddress,
    Instant,
    ListenKeys,
    MessagesWaiting,
    NextKey,
    Published,
    Reply,
    SaveMessage,
    Say,
    SecretJudged,
    SettingsApplied,
    Started,
    StartRecording,
    Verdict,
)
from firmware.journal import Journal
from firmware.settings.model import Settings
from firmware.shell.address import lan_address
from firmware.shell.bare import BareNotice, Reason
from firmware.shell.board import Board
from firmware.shell.inbox import Inbox, Rank
from firmware.shell.keypad import Keypad
from firmware.shell.lending import LendingDesk
from firmware.shell.media_desk import MediaDesk
from firmware.shell.port_view import PortView
from firmware.shell.prompts import SHIPPED, PromptLibrary
from firmware.shell.reconciliation import Reconciler
from firmware.shell.recordings import RecordingDesk, Sink
from firmware.shell.records import Records
from firmware.shell.secrets import SecretJudge
from firmware.shell.timers import Timers

log = logging.getLogger(__name__)

CHECK_EVERY_S = 1.0
SEGMENT_FACTS = 20_000  # a restart runs through at most so many: a second on a slow box
SEGMENT_S = 600.0
JOURNAL_AGAIN_S = 10.0
COMMANDS_MAX = 1_000  # commands that wait for their reply

_UNHEARD = (LevelMeasured, PortFilled)
Item = AnyFact | DigitBegan | DigitEnded


@dataclass(frozen=True)
class Surroundings:
    """What a service works with.  find_address and check_every_s differ in simulations alone.

    bare: why service is bare, or None.
    """

    clock: Clock
    card: Card
    media: Media
    journal: Journal
    records: Records
    recordings: Sink
    sounds: Path = SHIPPED
    uploaded: Mapping[str, Path] = field(default_factory=dict)
    find_address: Callable[[], str] = lan_address
    check_every_s: float = CHECK_EVERY_S
    journal_broken: Callable[[], bool] = lambda: False
    bare: Reason | None = None


@dataclass(frozen=True)
class Beginning:
    """What a run begins with.  snapshot: the core as it was, or empty."""

    box: str
    epoch: int
    seed: int
    revision: int
    settings: Settings
    snapshot: bytes = b""


class Service:
    """One running exchange.  Made, started and stopped on the loop's thread."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self._clock = surroundings.clock
        self._loop = asyncio.get_running_loop()
        self.core = Core()
        self.board = Board()
        self.media = surroundings.media
        self.card = surroundings.card
        self._records = surroundings.records
        self.inbox: Inbox[Item] = Inbox(self._loop, self._feed)
        self.timers = Timers(self._loop, lambda fact: self.inbox.put(Rank.TIMER, fact))
        self.prompts = PromptLibrary(self.media, surroundings.sounds, missing=self._prompt_missing)
        self.prompts.set_uploaded(surroundings.uploaded)
        self.desk = MediaDesk(self.media, self._clock, self.prompts, self._tell_media)
        self._judge = SecretJudge(self._clock, self._records, self._timer_settings, self._tell_admin)
        self.keypad = Keypad(self._loop, self.desk.put_now, self._begin_judging, self._tell_verdict)
        self.recordings = RecordingDesk(
            self._clock,
            surroundings.recordings,
            self._records,
            self.desk.put_now,
            self._tell_media,
            self.raise_alarm,
        )
        self._reconciler = Reconciler(self.card, self._tell_card)
        self.lending = LendingDesk(self, self._country_of)
        self.port_view = PortView(self.card, self.media, self.desk, self.board, lambda: self.core.settings)
        self._notice = BareNotice(surroundings.bare) if surroundings.bare else None
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self._requests = 0
        self._judging: set[asyncio.Task[None]] = set()
        self._messages: dict[int, int] = {}
        self._check: asyncio.TimerHandle | None = None
        self._segment_began_s = 0.0
        self._journal_tried_s = 0.0
        self._handlers = self._effect_handlers()
        self.fact_count = 0
        self.first_ring: Instant | None = None
        self.ended = asyncio.Event()

    # --- a run ---

    async def start(self, beginning: Beginning) -> None:
        """Begin: the first fact is `Started`; then the card tells what is going on."""
        ports = self.card.ports
        self.recordings.begin_run(beginning.epoch)
        self._around.journal.begin(self._clock.now(), b"")
        self._segment_began_s = self._loop.time()
        self._feed(
            Started(
                beginning.box,
                beginning.epoch,
                beginning.seed,
                beginning.revision,
                beginning.settings.model_dump_json().encode(),
                beginning.snapshot,
                tuple(info.port for info in ports if info.kind is PortKind.FXO),
                tuple(info.port for info in ports if info.kind is PortKind.FXS),
            )
        )
        self.card.start(self._hear_card)
        self._messages_counted(await self._records.new_messages())
        self._check = self._loop.call_later(self._around.check_every_s, self._check_all)

    async def stop(self) -> None:
        """End in good order: facts that are here are still taken, recordings are closed."""
        if self._check is not None:
            self._check.cancel()
        self.inbox.drain_now()
        self.card.close()
        for row in self.recordings.under_way:
            self.recordings.end(EndRecording(row.recording, row.port))
        await self.recordings.close()
        self.media.close()
        self.keypad.close()
        self.lending.close()
        self.port_view.close()
        self.timers.close()
        self.inbox.close()
        for task in self._judging:
            task.cancel()
        for reply in self._replies.values():
            reply.cancel()
        self._around.journal.close()
        self.ended.set()

    async def die(self) -> None:
        """End as a power cut would: nothing more is taken, said or finished (for simulations)."""
        if self._check is not None:
            self._check.cancel()
        self.inbox.close()
        self.timers.close()
        self.keypad.close()
        self.lending.close()
        self.port_view.close()
        await self.recordings.close()
        self.card.close()
        self.media.close()
        self.ended.set()

    # --- what others ask of it ---

    def command(self, actor: Actor, command: CoreCommand) -> asyncio.Future[Reply]:
        """Put a command to the core; the result is its reply."""
        future: asyncio.Future[Reply] = self._loop.create_future()
        if len(self._replies) >= COMMANDS_MAX:
            future.set_result(Reply(0, False, Cause.FULL, f"{COMMANDS_MAX} commands wait for their reply"))
            return future
        self._requests += 1
        self._replies[self._requests] = future
        self.inbox.put(Rank.COMMAND, Commanded(self._requests, actor, command))
        return future

    def act_now(self, act: CardAct) -> None:
        """Something the shell itself wants of the card, outside of a fact."""
        self._act(act)

    def put_now(self, command: MediaCommand) -> None:
        """The same, of the engine."""
        self.desk.put_now(command)

    def apply_settings(self, revision: int, settings: Settings) -> None:
        """New settings are in force; calls under way keep theirs."""
        self.inbox.put(Rank.COMMAND, SettingsApplied(revision, settings.model_dump_json().encode()))

    def messages_changed(self, counts: Mapping[int, int]) -> None:
        """Somebody listened to messages or removed some: the new ones by mailbox."""
        self._messages_counted(dict(counts))

    def raise_alarm(self, what: str, port: int, detail: str) -> None:
        """Tell an admin something the shell has found."""
        report = AlarmReport(what, port, detail, self._clock.now())
        self._records.keep_alarm(report)
        self.board.publish(report)

    def take_media(self) -> None:
        """Take what the engine reports; called when its eventfd is readable, or after each step."""
        for event in self.media.poll():
            self._hear_media(event)

    def health(self) -> dict[str, Any]:
        """The service itself, for status and doctor."""
        journal = self._around.journal
        return {
            "epoch": self.core.epoch,
            "facts": self.fact_count,
            "journal_position": journal.position,
            "journal_broken": self._around.journal_broken(),
            "reconciled": self._reconciler.found_count,
            "recordings_under_way": len(self.recordings.under_way),
            "media_awaited": self.desk.awaited_count,
            "counts": self.core.counts,
        }

    # --- where facts come from ---

    def _hear_card(self, fact: CardFact) -> None:
        self.inbox.put(Rank.CARD, fact)

    def _hear_media(self, event: MediaEvent) -> None:
        if isinstance(event, LevelMeasured):
            self.port_view.take(event)
        if isinstance(event, _UNHEARD):
            return
        if isinstance(event, Lost):
            log.error("media: %d events lost at sample=%d", event.count, event.sample)
            self._reconciler.forget_all()
        self.inbox.put(Rank.MEDIA, event)

    def _tell_media(self, fact: AnyFact) -> None:
        self.inbox.put(Rank.MEDIA, fact)

    def _tell_card(self, fact: AnyFact) -> None:
        self.inbox.put(Rank.CARD, fact)

    def _tell_verdict(self, request: int, verdict: Verdict) -> None:
        self.inbox.put(Rank.COMMAND, SecretJudged(request, verdict))

    def _tell_admin(self, what: str, detail: str) -> None:
        self.raise_alarm(what, 0, detail)

    # --- one fact ---

    def _feed(self, item: Item) -> None:
        match item:
            case DigitBegan():
                fact = self.keypad.began(item)
                if fact is not None:
                    self._take(fact)
            case DigitEnded():
                self.keypad.ended(item)
            case Expired():
                if self.timers.takes(item):
                    self._take(item)
            case PlayEnded() | SendEnded():
                self._end_awaited(item)
            case RecordingEnded():
                self.recordings.ended(item)
                self._take(item)
            case RecordingTroubled():
                self.recordings.troubled(item)
                self._take(item)
            case _:
                if isinstance(item, _CARD_FACTS):
                    self._reconciler.heard(item)
                self._take(item)

    def _take(self, fact: AnyFact) -> None:
        now = self._clock.now()
        if isinstance(fact, Expired) and now.mono_ns < fact.at_ns:
            # The loop may be a nanosecond early; a machine may rely on its deadline being past.
            now = Instant(fact.at_ns, now.civil_ns)
        if self.first_ring is None and isinstance(fact, RingOn):
            self.first_ring = now
        journal = self._around.journal
        journal.record(now, fact)
        effects = self.core.receive(fact, now)
        journal.followed(effects)
        self.fact_count += 1
        if self._notice is not None:
            effects = self._notice.over(fact, effects, self.core.settings)
        for effect in effects:
            self.carry_out(effect)
        self.desk.flush()
        self.lending.heard(fact)

    def carry_out(self, effect: Effect) -> None:
        """Do what an effect says; media commands wait for the end of their fact."""
        self._handlers[type(effect)](effect)

    def _end_awaited(self, event: PlayEnded | SendEnded) -> None:
        self.desk.ended(event)
        if event.tag >= 0:
            self._take(event)
            return
        self.lending.heard(event)
        if self._notice is not None and (dial_tone := self._notice.ended(event.port)):
            self.desk.put_now(dial_tone)

    # --- effects ---

    def _effect_handlers(self) -> dict[type, Callable[[Any], None]]:
        handlers: dict[type, Callable[[Any], None]] = dict.fromkeys(get_args(MediaCommand), self.desk.put)
        handlers |= dict.fromkeys(get_args(CardAct), self._act)
        handlers |= {
            Arm: self.timers.arm,
            Disarm: self.timers.disarm,
            Say: self.desk.say,
            ListenKeys: lambda effect: self.keypad.listen(effect.port, effect.mode),
            NextKey: self._next_key,
            CollectSecret: self.keypad.collect,
            CancelSecret: lambda effect: self.keypad.cancel(effect.request),
            FindAddress: self._find_address,
            StartRecording: self.recordings.start,
            EndRecording: self.recordings.end,
            SaveMessage: lambda effect: self._records.keep_message(effect, self._messages_counted),
            Reply: self._reply,
            Audit: lambda effect: self._records.keep_audit(effect, self._clock.now()),
            FaultFound: self._fault_found,
            CallRecord: lambda effect: self._records.keep_call(effect, self._around.journal.position),
            Published: self._publish,
        }
        assert set(handlers) == set(get_args(Effect)), "every effect has a handler"
        return handlers

    def _act(self, act: CardAct) -> None:
        try:
            self.card.act(act)
        except CardError as error:
            log.error("port=%d %s refused: %s", act.port, type(act).__name__, error)
            self.inbox.put(Rank.CARD, Alarm(act.port, str(error)))
            return
        self._reconciler.acted(act)

    def _next_key(self, effect: NextKey) -> None:
        fact = self.keypad.next_key(effect.port)
        if fact is not None:
            self.inbox.put(Rank.MEDIA, fact)

    def _find_address(self, effect: FindAddress) -> None:
        self.inbox.put(Rank.COMMAND, AddressFound(effect.request, self._around.find_address()))

    def _reply(self, effect: Reply) -> None:
        future = self._replies.pop(effect.request, None)
        if future is not None and not future.done():
            future.set_result(effect)

    def _fault_found(self, effect: FaultFound) -> None:
        log.error("fault: owner=%s call=%d %s", effect.owner, effect.call, effect.message)
        self.raise_alarm("fault", _port_of(effect.owner), effect.message[:200])
        self.inbox.put_first(Faulted(effect.owner, effect.call, effect.message))

    def _publish(self, effect: Published) -> None:
        report = effect.report
        if isinstance(report, AgentReport):
            self._records.keep_agent(report)
        elif isinstance(report, AlarmReport):
            log.warning("alarm: what=%s port=%d %s", report.what, report.port, report.detail)
            self._records.keep_alarm(report)
        self.board.publish(report)

    # --- secrets, messages, prompts ---

    def _begin_judging(self, request: int, subject: str, keys: str) -> None:
        task = self._loop.create_task(self._judge_one(request, subject, keys))
        self._judging.add(task)
        task.add_done_callback(self._judging.discard)

    async def _judge_one(self, request: int, subject: str, keys: str) -> None:
        self.keypad.judged(request, await self._judge.judge(subject, keys))

    def _country_of(self, port: int) -> str:
        line = index_of(self.core.settings).line(port)
        return line.country if line is not None else self.core.settings.centre.country

    def _timer_settings(self) -> Any:
        return self.core.settings.timers

    def _messages_counted(self, counts: dict[int, int]) -> None:
        for mailbox in sorted(set(counts) | set(self._messages)):
            count = counts.get(mailbox, 0)
            if count != self._messages.get(mailbox, 0):
                self.inbox.put(Rank.COMMAND, MessagesWaiting(mailbox, count))
        self._messages = counts

    def _prompt_missing(self, sound: str) -> None:
        self.raise_alarm("prompt_missing", 0, sound)

    # --- once a second ---

    def _check_all(self) -> None:
        self._check = self._loop.call_later(self._around.check_every_s, self._check_all)
        self._reconciler.check(self._clock.now().mono_ns)
        self.desk.sweep()
        self._begin_segment_where_due()

    def _begin_segment_where_due(self) -> None:
        journal, now_s = self._around.journal, self._loop.time()
        facts = journal.position - journal.segment_position
        broken = self._around.journal_broken()
        if broken and now_s - self._journal_tried_s < JOURNAL_AGAIN_S:
            return
        if broken or facts >= SEGMENT_FACTS or (facts and now_s - self._segment_began_s >= SEGMENT_S):
            self._journal_tried_s = self._segment_began_s = now_s
            journal.begin(self._clock.now(), self.core.snapshot())


_CARD_FACTS = get_args(CardFact)


def _port_of(owner: Address) -> int:
    return owner.number if owner.kind in ("trunk", "station") else 0
