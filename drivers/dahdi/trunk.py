# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""An FXO port on DAHDI: a line to an exchange, signalled fxsks (kewlstart).

DAHDI tells the beginning of a ring (RINGBEGIN), its end some 50 ms late (RINGOFFHOOK), the loss of loop current while
we hold the loop (ONHOOK) and reversals.  It does not tell that the loop came back, nor any ring in the 2 s after we
went on hook (its ring debounce): for those the rx hook bits are read every 50 ms while they matter.  A loss of the loop
whose event was lost (it debounced, or its queue ran over) is found by the same bits within seconds.
"""

from __future__ import annotations

import logging

from drivers.dahdi.binding import lib
from drivers.dahdi.kernel import (
    RXSIG_OFFHOOK,
    RXSIG_ONHOOK,
    RXSIG_RING,
    TXSIG_OFFHOOK,
    TXSIG_START,
    Channel,
    ChannelParams,
)
from drivers.dahdi.line import Line
from drivers.port import (
    CardAct,
    FlashLine,
    GoOffHook,
    GoOnHook,
    LoopDrop,
    LoopRestored,
    PortBits,
    PortKind,
    Reversal,
    RingOff,
    RingOn,
)

log = logging.getLogger(__name__)

# While it debounces our going off hook DAHDI tells no loss of the loop; its 600 ms would hide a caller who gives up.
DEBOUNCE_MS = 150
WATCH_EVERY_MS = 50
LOSS_PERSISTS_MS = 1_000  # longer than a flash of ours, in which a card may see no current
RINGS_HIDDEN_MS = 2_100  # RING_DEBOUNCE_TIME of dahdi/kernel.h, and a little
BEFORE_FLASH_MS = 50  # DAHDI_DEFAULT_PREFLASHTIME of dahdi/kernel.h


class TrunkLine(Line):
    """A line to an exchange."""

    kind = PortKind.FXO
    _off_hook = False
    _ringing = False
    _dropped = False
    _reversed = False
    _watched_until_s = 0.0
    _flash_ends_s = 0.0

    def _prepare(self, channel: Channel) -> None:
        self._off_hook = self._reversed = False
        channel.set_times(debounce_ms=DEBOUNCE_MS)

    # --- what the exchange does ---

    def _hear(self, event: int) -> None:
        match event:
            case lib.DAHDI_EVENT_RINGBEGIN:
                self._tell_ring(True)
            case lib.DAHDI_EVENT_RINGOFFHOOK:
                self._tell_ring(False)
            case lib.DAHDI_EVENT_ONHOOK:
                self._tell_loss()
            case lib.DAHDI_EVENT_POLARITY:
                self._reversed = not self._reversed
                self._report(Reversal(self.port, self._reversed))

    def _take_state(self, params: ChannelParams) -> None:
        self._tell_ring(params.rx_hook == RXSIG_RING)
        self._watch_for(RINGS_HIDDEN_MS)

    def _tell_ring(self, on: bool) -> None:
        if on != self._ringing:
            self._ringing = on
            self._report(RingOn(self.port) if on else RingOff(self.port))

    def _tell_loss(self) -> None:
        if self._off_hook and not self._dropped:
            self._dropped = True
            self._timers.cancel("loss")
            self._report(LoopDrop(self.port))
            self._watch()

    # --- what no event tells ---

    def _compare_loop(self, params: ChannelParams) -> None:
        """Begin to tell a loss that lasts."""
        if not self._is_lost(params):
            self._timers.cancel("loss")
        elif "loss" not in self._timers.running():
            self._timers.set("loss", LOSS_PERSISTS_MS, self._look_for_loss)

    def _is_lost(self, params: ChannelParams) -> bool:
        held = self._off_hook and not self._dropped and not self.alarm
        return held and params.rx_hook == RXSIG_ONHOOK

    def _look_for_loss(self) -> None:
        if self.channel is None:
            return
        try:
            lost = self._is_lost(self.channel.params())
        except OSError:
            return  # gone: its event is on the way
        if lost:
            log.warning("%s: the loop was lost and no event told it", self.name)
            self._tell_loss()

    def _watch_for(self, duration_ms: int) -> None:
        self._watched_until_s = self._timers.now_s() + duration_ms / 1000
        self._watch()

    def _watch(self) -> None:
        self._timers.set("watch", WATCH_EVERY_MS, self._look)

    def _look(self) -> None:
        if self.channel is None or self.alarm:
            return
        try:
            hook = self.channel.params().rx_hook
        except OSError:
            return  # gone: its event is on the way
        if self._dropped and hook == RXSIG_OFFHOOK:
            self._dropped = False
            self._report(LoopRestored(self.port))
        self._tell_ring(hook == RXSIG_RING)
        if self._dropped or self._ringing or self._timers.now_s() < self._watched_until_s:
            self._watch()

    def _forget(self) -> None:
        self._timers.cancel("watch", "flash", "loss")
        self._ringing = self._dropped = False

    # --- what the box does ---

    def _bits(self, params: ChannelParams) -> PortBits:
        self._compare_loop(params)
        held = self._off_hook
        if params.tx_hook >= 0 and "flash" not in self._timers.running():
            held = params.tx_hook in (TXSIG_OFFHOOK, TXSIG_START) or self._flashing()
        return PortBits(self.port, held, params.rx_hook == RXSIG_RING, self.alarm)

    def _flashing(self) -> bool:
        """On hook for the moment of a flash, which the kernel ends by itself."""
        return self._off_hook and self._timers.now_s() < self._flash_ends_s

    def _act(self, channel: Channel, act: CardAct) -> None:
        match act:
            case GoOffHook() if not self.alarm:
                self._timers.cancel("flash", "loss")
                channel.hook(lib.DAHDI_OFFHOOK)
                self._off_hook = True
                self._cancel_echo(True)
            case GoOnHook():  # in alarm too: the line must not come back seized
                self._timers.cancel("flash", "loss")
                channel.hook(lib.DAHDI_ONHOOK)
                self._off_hook = False
                self._cancel_echo(False)
                self._watch_for(RINGS_HIDDEN_MS)
            case FlashLine(_, open_ms) if self._off_hook and not self.alarm:
                channel.set_times(flash_ms=open_ms)
                self._insist("flash", lambda: self._flash(channel, open_ms))

    def _flash(self, channel: Channel, open_ms: int) -> None:
        channel.hook(lib.DAHDI_FLASH)  # refused while our going off hook is debounced
        self._flash_ends_s = self._timers.now_s() + (2 * BEFORE_FLASH_MS + open_ms) / 1000
