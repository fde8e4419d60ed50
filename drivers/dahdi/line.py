# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What both kinds of port have in common: a channel that comes and goes, its events, its alarms."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass

from drivers.dahdi import troubles
from drivers.dahdi.binding import lib
from drivers.dahdi.kernel import Channel, ChannelParams, Kernel
from drivers.dahdi.signalling import KIND_OF_SIGNALLING, alarm_advice, alarm_text
from drivers.port import (
    Alarm,
    AlarmCleared,
    CardAct,
    CardError,
    CardFact,
    PortBits,
    PortInfo,
    PortKind,
    Removed,
)
from drivers.timers import Timers

log = logging.getLogger(__name__)

Report = Callable[[CardFact], None]

ALARM_PERSISTS_MS = 300  # shorter ones are a switch-over of the exchange's
CLEAR_PERSISTS_MS = 1_000
AGAIN_MS = 50  # what the kernel is too busy for is tried for a second
AGAIN_TRIES = 20
REMOVED = "removed"


@dataclass(frozen=True)
class Tuning:
    """What is alike for all lines of a card.  echo_taps: 8 a millisecond of echo; 0: no echo cancelling."""

    block_samples: int
    echo_taps: int = 128


class Line:
    """One port and the channel of its number, which may not be there.

    alarm: why the port is out of service, empty when it is not.  linear: the card codes sound in mu-law,
    which the engine does not know, so that the kernel is to convert.
    """

    kind: PortKind

    def __init__(self, port: int, number: int, timers: Timers, report: Report) -> None:
        self.port = port
        self.number = number
        self.span = 0
        self.alarm = ""
        self.channel: Channel | None = None
        self.linear = False
        self.waits_for = ""  # what stood in the way of the channel when it was last tried
        self._timers = timers
        self._report = report
        self._taps = 0

    @property
    def info(self) -> PortInfo:
        return PortInfo(self.port, self.kind, self.name)

    @property
    def name(self) -> str:
        return f"span={self.span} channel={self.number}" if self.span else f"channel={self.number}"

    # --- the channel ---

    def connect(self, kernel: Kernel, tuning: Tuning) -> None:
        """Open the channel and make it ours.  Raises CardError, naming the channel and what to do."""
        try:
            params = kernel.params(self.number)
            self.span = params.span
            if KIND_OF_SIGNALLING.get(params.signalling) is not self.kind:
                raise troubles.wrong_signalling(self.name, self.kind, params.signalling)
            channel = kernel.open(self.number)
        except CardError:
            raise
        except OSError as error:
            raise troubles.not_opened(self.name, error, kernel.devices) from error
        try:
            self.linear = not channel.params().alaw
            if self.linear:
                channel.set_linear()
            troubles.set_buffers(channel, self.name, tuning.block_samples)
            self._prepare(channel)
            channel.flush()
        except OSError as error:
            channel.close()
            if isinstance(error, CardError):
                raise
            raise troubles.not_opened(self.name, error, kernel.devices) from error
        self.channel = channel
        self._taps = tuning.echo_taps

    def disconnect(self) -> None:
        """Let the channel go; the kernel puts it on hook."""
        self._timers.clear()
        channel, self.channel = self.channel, None
        if channel is not None:
            channel.close()

    def begin(self) -> None:
        """Report how the port is, to someone who takes it for idle."""
        if self.channel is None:
            self._report(Removed(self.port) if self.alarm == REMOVED else Alarm(self.port, self.alarm))
            return
        params = self.channel.params()
        self._compare_alarms(params)
        self._take_state(params)

    def returned(self) -> None:
        """The channel is back after it could not be had."""
        self.alarm = ""
        self._report(AlarmCleared(self.port))
        self.begin()

    def removed(self) -> None:
        """The channel is gone: with it whatever was going on."""
        self.disconnect()
        self._forget()
        self.alarm = REMOVED
        log.warning("%s is gone: is the card still in its place?", self.name)
        self._report(Removed(self.port))

    # --- events ---

    def take_events(self) -> None:
        """Read the queue empty.  Raises OSError(ENODEV) when the channel is gone."""
        count = 0
        while self.channel is not None and (event := self.channel.event()) != lib.DAHDI_EVENT_NONE:
            count += 1
            self._take_event(event)
        if self.channel is not None and count >= lib.DAHDI_MAX_EVENTSIZE - 1:
            log.warning("%s: the event queue ran over; the line is read anew", self.name)
            self._take_state(self.channel.params())

    def _take_event(self, event: int) -> None:
        match event:
            case lib.DAHDI_EVENT_REMOVED:
                raise OSError(errno.ENODEV, REMOVED)
            case lib.DAHDI_EVENT_ALARM | lib.DAHDI_EVENT_NOALARM:
                assert self.channel is not None
                self._compare_alarms(self.channel.params())
            case _:
                self._hear(event)

    # --- bits and acts ---

    def bits(self) -> PortBits:
        """Raises OSError(ENODEV) when the channel is gone."""
        if self.channel is None:
            return PortBits(self.port, False, False, self.alarm)
        params = self.channel.params()
        self._compare_alarms(params)
        return self._bits(params)

    def act(self, act: CardAct) -> None:
        """Raises CardError where the kernel refuses; a port out of service takes acts and ignores them."""
        if self.channel is None:
            return
        try:
            self._act(self.channel, act)
        except OSError as error:
            if error.errno == errno.ENODEV:
                return  # its event is on the way
            raise troubles.act_refused(self.name, act, error) from error

    # --- alarms ---

    def _compare_alarms(self, params: ChannelParams) -> None:
        """Begin to tell a difference that lasts."""
        if bool(params.alarms) == bool(self.alarm):
            self._timers.cancel("alarm")
        elif "alarm" not in self._timers.running():
            persists_ms = ALARM_PERSISTS_MS if params.alarms else CLEAR_PERSISTS_MS
            self._timers.set("alarm", persists_ms, self._tell_alarm)

    def _tell_alarm(self) -> None:
        if self.channel is None:
            return
        try:
            params = self.channel.params()
        except OSError:
            return  # gone: its event is on the way
        if params.alarms and not self.alarm:
            self.alarm = alarm_text(params.alarms) or f"alarm {params.alarms:#x}"
            self._forget()
            log.warning("%s: %s: %s", self.name, self.alarm, alarm_advice(params.alarms))
            self._report(Alarm(self.port, f"{self.name}: {self.alarm}"))
        elif self.alarm and not params.alarms:
            self.alarm = ""
            self._report(AlarmCleared(self.port))
            self._take_state(params)

    def _cancel_echo(self, on: bool) -> None:
        """During a conversation only: the canceller begins it knowing nothing, and costs nothing outside it."""
        if self.channel is None or not self._taps:
            return
        try:
            self.channel.set_echo_canceller(self._taps if on else 0)
        except OSError as error:
            log.warning(
                "%s: no echo cancelling: %s; has it an echocanceller= in /etc/dahdi/system.conf?",
                self.name,
                error.strerror,
            )
            self._taps = 0

    def _insist(self, timer: str, do: Callable[[], None], tries: int = AGAIN_TRIES) -> None:
        """Do it; where the kernel is still at what was before (EBUSY), soon.  Raises OSError for anything else."""
        try:
            do()
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            self._timers.set(timer, AGAIN_MS, lambda: self._once_more(timer, do, tries - 1))

    def _once_more(self, timer: str, do: Callable[[], None], tries: int) -> None:
        try:
            if tries:
                self._insist(timer, do, tries)
            else:
                do()
        except OSError as error:
            log.warning("%s: %s refused: %s", self.name, timer, error.strerror)

    # --- each kind of port ---

    def _prepare(self, channel: Channel) -> None:
        raise NotImplementedError

    def _take_state(self, params: ChannelParams) -> None:
        """Report what has happened without an event telling it."""
        raise NotImplementedError

    def _hear(self, event: int) -> None:
        raise NotImplementedError

    def _forget(self) -> None:
        """Out of service: nothing is going on any more."""
        raise NotImplementedError

    def _bits(self, params: ChannelParams) -> PortBits:
        raise NotImplementedError

    def _act(self, channel: Channel, act: CardAct) -> None:
        raise NotImplementedError
