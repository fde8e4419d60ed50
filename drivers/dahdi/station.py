# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""An FXS port on DAHDI: a telephone, signalled fxoks (kewlstart).

How an opening of the loop is measured.  Left to itself DAHDI tells none of it until it is over: WINKFLASH with no
length, or ONHOOK after its longest flash.  We set that longest flash (rxflashtime) to 10 ms, which is also how contact
noise is kept out; then ONHOOK comes 10 ms after every opening and RINGOFFHOOK at every closing, and the time
between them is the length, to within a block of the card and the delay of our loop.  What is a flash, a dial pulse or
a hang-up is settled here, by `SetFlashWindow`, and DAHDI's own pulse counting (PULSEDIGIT) stays out of it.
"""

from __future__ import annotations

import errno
import logging
from enum import Enum

from drivers.dahdi.binding import lib
from drivers.dahdi.kernel import Channel, ChannelParams
from drivers.dahdi.line import Line
from drivers.port import (
    CardAct,
    DropLoop,
    HookClosed,
    HookOpened,
    OffHook,
    OnHook,
    PortBits,
    PortKind,
    Pulses,
    ReversePolarity,
    Ring,
    SetFlashWindow,
    StopRing,
)

log = logging.getLogger(__name__)

OPENED_MS = 10  # shorter openings are contact noise; below the shortest dial pulse
CLOSED_MS = OPENED_MS + 5  # a closing counts when no opening of more than 5 ms before has been told by then
DEBOUNCE_MS = 2  # of our own going off hook: the kernel hears no opening in it
PULSE_BREAK_MS = (15, 200)  # dahdi/kernel.h
PULSES_OVER_MS = 300
LONGEST_FLASH_MS = 1_250  # until SetFlashWindow; DAHDI's own default
KEWL_MS = 500  # DAHDI_KEWLTIME and _AFTERKEWLTIME of dahdi/kernel.h: how long a loop drop is
AFTER_KEWL_MS = 300


class _Hook(Enum):
    ON = "on"
    LIFTING = "lifting"  # closed, not yet for long enough
    OFF = "off"
    OPEN = "open"  # was off hook, and open too briefly so far to be on hook
    CLOSING = "closing"  # closed again, not yet for long enough


class StationLine(Line):
    """A line to a telephone."""

    kind = PortKind.FXS
    _hook = _Hook.ON
    _opened_s = 0.0
    _closed_s = 0.0
    _pulses = 0
    _longest_flash_ms = LONGEST_FLASH_MS
    _ringing = False
    _can_reverse = True

    def _prepare(self, channel: Channel) -> None:
        self._hook, self._ringing = _Hook.ON, False
        channel.set_times(longest_rx_flash_ms=OPENED_MS, debounce_ms=DEBOUNCE_MS)

    # --- what the telephone does ---

    def _hear(self, event: int) -> None:
        match event:
            case lib.DAHDI_EVENT_RINGOFFHOOK:
                self._closed()
            case lib.DAHDI_EVENT_ONHOOK:
                self._opened(self._timers.now_s() - OPENED_MS / 1000)

    def _closed(self) -> None:
        if self._hook is _Hook.ON:
            self._hook = _Hook.LIFTING
        elif self._hook is _Hook.OPEN:
            self._hook = _Hook.CLOSING
        else:
            return
        self._closed_s = self._timers.now_s()
        self._timers.set("closed", CLOSED_MS, self._settle)

    def _opened(self, at_s: float) -> None:
        match self._hook:
            case _Hook.LIFTING:
                self._timers.cancel("closed")
                self._hook = _Hook.ON
            case _Hook.CLOSING if at_s - self._closed_s < (CLOSED_MS - OPENED_MS) / 1000:
                self._timers.cancel("closed")
                self._hook = _Hook.OPEN  # the contact bounced: the opening goes on
            case _Hook.CLOSING | _Hook.OFF:
                if self._hook is _Hook.CLOSING:
                    self._settle()
                self._hook = _Hook.OPEN
                self._opened_s = at_s
                self._timers.cancel("pulses")
                self._report(HookOpened(self.port))
                self._timers.set_at("flash", at_s + self._longest_flash_ms / 1000, self._hung_up)

    def _settle(self) -> None:
        """The loop has stayed closed."""
        self._timers.cancel("closed")
        if self._hook is _Hook.LIFTING:
            self._lifted()
        elif self._hook is _Hook.CLOSING:
            self._hook = _Hook.OFF
            self._timers.cancel("flash")
            self._closed_again(round((self._closed_s - self._opened_s) * 1000))

    def _lifted(self) -> None:
        self._hook = _Hook.OFF
        self._pulses = 0
        self._ringing = False
        self._timers.cancel("ring")
        self._set_hook(lib.DAHDI_OFFHOOK)  # ends the ringing, too
        self._cancel_echo(True)
        self._report(OffHook(self.port))

    def _closed_again(self, open_ms: int) -> None:
        self._report(HookClosed(self.port, open_ms))
        shortest, longest = PULSE_BREAK_MS
        self._pulses = self._pulses + 1 if shortest <= open_ms <= longest else 0
        if self._pulses:
            self._timers.set_at("pulses", self._closed_s + PULSES_OVER_MS / 1000, self._pulses_over)

    def _pulses_over(self) -> None:
        count, self._pulses = self._pulses, 0
        self._report(Pulses(self.port, count))

    def _hung_up(self) -> None:
        if self._hook is not _Hook.OPEN:  # closed in the last moment
            return
        self._hook = _Hook.ON
        self._set_hook(lib.DAHDI_RINGOFF)  # on hook without a loop drop, ready to be rung
        self._cancel_echo(False)
        self._report(OnHook(self.port))

    def _take_state(self, params: ChannelParams) -> None:
        if params.off_hook and self._hook is _Hook.ON:
            self._lifted()
        elif params.off_hook and self._hook is _Hook.OPEN:
            self._closed()
        elif not params.off_hook and self._hook in (_Hook.OFF, _Hook.LIFTING, _Hook.CLOSING):
            self._opened(self._timers.now_s())

    def _set_hook(self, state: int) -> None:
        if self.channel is None:
            return
        try:
            self.channel.hook(state)
        except OSError as error:  # gone (its event is on the way), or in a loop drop of ours
            log.debug("%s: hook state %d refused: %s", self.name, state, error.strerror)

    def _forget(self) -> None:
        self._timers.cancel("closed", "flash", "pulses", "ring", "loop drop")
        self._pulses = 0
        self._hook = _Hook.ON
        if self._ringing:
            self._ringing = False
            self._set_hook(lib.DAHDI_RINGOFF)

    # --- what the box does ---

    def _bits(self, params: ChannelParams) -> PortBits:
        return PortBits(self.port, params.off_hook, self._ringing, self.alarm)

    def _act(self, channel: Channel, act: CardAct) -> None:
        match act:
            case SetFlashWindow(_, longest_ms):
                self._longest_flash_ms = longest_ms
            case StopRing():
                self._stop_ring(channel)
            case _ if self.alarm:
                pass
            case Ring(_, cadence_ms) if self._hook is _Hook.ON:
                self._stop_ring(channel)
                channel.set_cadence(cadence_ms)
                # The kernel times the bursts, and refuses in the moment after a loop drop.
                self._insist("ring", lambda: channel.hook(lib.DAHDI_RING))
                self._ringing = True
            case ReversePolarity(_, reversed) if self._can_reverse:
                self._reverse(channel, reversed)
            case DropLoop():
                self._drop_loop(channel)

    def _stop_ring(self, channel: Channel) -> None:
        self._timers.cancel("ring")
        if self._ringing:
            self._ringing = False
            channel.hook(lib.DAHDI_RINGOFF)

    def _reverse(self, channel: Channel, reversed: bool) -> None:
        try:
            channel.set_polarity(reversed)
        except OSError as error:
            if error.errno != errno.ENOTTY:
                raise
            self._can_reverse = False
            log.warning("%s: this card can't reverse polarity; what asks for it is left out", self.name)

    def _drop_loop(self, channel: Channel) -> None:
        """DAHDI's own length, 500 ms; whoever asks for another gets this."""
        if self._hook is _Hook.ON:
            return
        channel.hook(lib.DAHDI_OFFHOOK)
        channel.hook(lib.DAHDI_ONHOOK)
        self._timers.set("loop drop", KEWL_MS + AFTER_KEWL_MS + 50, self._loop_back)

    def _loop_back(self) -> None:
        if self._hook is not _Hook.ON:
            self._set_hook(lib.DAHDI_OFFHOOK)
