# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The shell's side of the media engine: one batch for each fact, sounds by name, and plays that must end.

Every play and every sending comes back once, even where the engine's word of it was lost: each has a time by which
it must be over.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Sequence

import msgspec

from dsp.errors import MediaError
from dsp.media import Media
from dsp.vocabulary import (
    Detector,
    MediaCommand,
    Play,
    PlayEnded,
    Record,
    ResetPort,
    SendCallerId,
    SendDigits,
    SendEnded,
    SendMessageWaiting,
    SetDetectors,
    StopPlay,
    StopSend,
)
from firmware.clock import SAMPLE_NS, Clock
from firmware.exchange.vocabulary import Say
from firmware.shell.prompts import PromptLibrary

log = logging.getLogger(__name__)

OVERDUE_NS = 2_000_000_000
STOPPED_WITHIN_NS = 1_000_000_000
CALLER_ID_LONGEST_NS = 8_000_000_000  # 255 bytes of FSK at 1200 bit/s and 32 DTMF digits both stay below
PAUSE_NS = 500_000_000  # "," in digits

Ended = PlayEnded | SendEnded


class _Awaited(msgspec.Struct):
    """A play or sending that has not ended yet; due_ns 0: it is repeated until it is stopped."""

    port: int
    tag: int
    sending: bool
    due_ns: int


class MediaDesk:
    """Gathers commands and puts them to the engine together.  tell: takes ends that the engine didn't say."""

    def __init__(
        self, media: Media, clock: Clock, prompts: PromptLibrary, tell: Callable[[Ended], None]
    ) -> None:
        self._media = media
        self._clock = clock
        self._prompts = prompts
        self._tell = tell
        self._batch: list[MediaCommand] = []
        self._awaited: dict[int, _Awaited] = {}
        self._busy_until_ns: dict[tuple[int, bool], int] = {}
        self._listens: dict[int, Detector] = {}  # as asked for, by port
        self._besides = Detector.NONE

    def put(self, command: MediaCommand) -> None:
        """Add a command to the batch of this fact."""
        match command:
            case Play():
                self._await_play(command, 0)
            case SendDigits():
                pauses = command.digits.count(",")
                on_off_ns = (command.on_ms + command.off_ms) * 1_000_000
                self._await_sending(command, (len(command.digits) - pauses) * on_off_ns + pauses * PAUSE_NS)
            case SendCallerId() | SendMessageWaiting():
                self._await_sending(command, CALLER_ID_LONGEST_NS)
            case StopPlay():
                self._expect_end(command.port, sending=False)
            case StopSend():
                self._expect_end(command.port, sending=True)
            case ResetPort():
                self._expect_end(command.port, sending=False)
                self._expect_end(command.port, sending=True)
                self._listens.pop(command.port, None)
            case SetDetectors():
                self._listens[command.port] = command.detectors
                command = SetDetectors(command.port, command.detectors | self._besides)
        self._batch.append(command)
        if isinstance(command, ResetPort) and self._besides:
            self._batch.append(SetDetectors(command.port, self._besides))

    def put_now(self, command: MediaCommand) -> None:
        """Something the shell itself wants, outside of a fact."""
        self.put(command)
        self.flush()

    def listen_besides(self, detectors: Detector, ports: Sequence[int]) -> None:
        """Have these ports listen for something whatever else they listen for, from now on."""
        self._besides = detectors
        for port in ports:
            self._batch.append(SetDetectors(port, self._listens.get(port, Detector.NONE) | detectors))
        self.flush()

    def say(self, effect: Say) -> None:
        """Play sounds by name.  What can't be had is skipped; where nothing is left the play is over at once."""
        sounds = self._prompts.sounds(effect.sounds, effect.language)
        if not sounds:
            self._tell(PlayEnded(effect.port, self._media.now_samples(), effect.tag, True))
            return
        handles = tuple(sound.handle for sound in sounds)
        play = Play(effect.port, handles, effect.tag, effect.loop, effect.gain_db)
        self._await_play(play, sum(sound.samples for sound in sounds) * SAMPLE_NS)
        self._batch.append(play)

    def flush(self) -> None:
        """Put the batch to the engine, whole."""
        if not self._batch:
            return
        batch, self._batch = self._batch, []
        try:
            self._media.submit(batch)
        except MediaError as error:
            log.error("media: a batch of %d commands is refused: %s", len(batch), error)
            self._submit_singly(batch)

    def ended(self, event: Ended) -> bool:
        """The engine says so.  False where it was said before."""
        return self._awaited.pop(event.tag, None) is not None

    def sweep(self) -> None:
        """Say the end of what must be over by now."""
        now_ns = self._clock.now().mono_ns
        for awaited in [each for each in self._awaited.values() if 0 < each.due_ns < now_ns]:
            log.warning("media: port=%d tag=%d its end was lost", awaited.port, awaited.tag)
            self._say_ended(awaited)

    @property
    def awaited_count(self) -> int:
        return len(self._awaited)

    # --- inside ---

    def _submit_singly(self, batch: list[MediaCommand]) -> None:
        """One wrong command must not cost the others."""
        for command in batch:
            try:
                self._media.submit([command])
            except MediaError as error:
                log.error("media: %s is dropped: %s", type(command).__name__, error)
                awaited = self._awaited.get(getattr(command, "tag", 0))
                if awaited is not None and not isinstance(command, Record):
                    self._say_ended(awaited)
                elif error.errno == errno.ENOBUFS:
                    log.error("media: the engine takes no more commands")

    def _await_play(self, play: Play, length_ns: int) -> None:
        due_ns = 0 if play.loop or not length_ns else self._queue(play.port, False, length_ns) + OVERDUE_NS
        self._awaited[play.tag] = _Awaited(play.port, play.tag, False, due_ns)

    def _await_sending(self, command: SendDigits | SendCallerId | SendMessageWaiting, length_ns: int) -> None:
        due_ns = self._queue(command.port, True, length_ns) + OVERDUE_NS
        self._awaited[command.tag] = _Awaited(command.port, command.tag, True, due_ns)

    def _queue(self, port: int, sending: bool, length_ns: int) -> int:
        """When this will be over, behind what is queued on the port already."""
        begins_ns = max(self._clock.now().mono_ns, self._busy_until_ns.get((port, sending), 0))
        ends_ns = self._busy_until_ns[port, sending] = begins_ns + length_ns
        return ends_ns

    def _expect_end(self, port: int, sending: bool) -> None:
        due_ns = self._clock.now().mono_ns + STOPPED_WITHIN_NS
        self._busy_until_ns.pop((port, sending), None)
        for awaited in self._awaited.values():
            if awaited.port == port and awaited.sending is sending:
                awaited.due_ns = due_ns

    def _say_ended(self, awaited: _Awaited) -> None:
        self._awaited.pop(awaited.tag, None)
        kind = SendEnded if awaited.sending else PlayEnded
        self._tell(kind(awaited.port, self._media.now_samples(), awaited.tag, False))
