# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What DAHDI's kernel modules offer, as calls: one ioctl each, named as in dahdi/user.h.

Nothing here knows what a port is or what an event means.  Every call raises OSError with the kernel's errno.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from drivers.dahdi.binding import ffi, lib

if TYPE_CHECKING:
    from drivers.dahdi._dahdi import CData

DEVICES = Path("/dev/dahdi")
BUFFERED_SAMPLES = 512  # at least: so long may the engine be held up before sound is lost
BUFFERS = (8, 32)  # of a block each, in either direction; the most DAHDI has (DAHDI_MAX_NUM_BUFS)

# enum dahdi_rxsig and dahdi_txsig of dahdi/kernel.h, as GET_PARAMS gives them; -1: the driver tells none.
RXSIG_ONHOOK, RXSIG_OFFHOOK, RXSIG_START, RXSIG_RING = range(4)
TXSIG_ONHOOK, TXSIG_OFFHOOK, TXSIG_START, TXSIG_KEWL = range(4)


class ChannelParams(msgspec.Struct, frozen=True):
    """struct dahdi_params, as far as it is of use.

    off_hook: DAHDI's rxisoffhook.  rx_hook, tx_hook: RXSIG_*, TXSIG_*.  position: in its span.  alaw: how the card
    codes sound; else in mu-law.
    """

    channel: int
    span: int
    position: int
    signalling: int
    off_hook: bool
    rx_hook: int
    tx_hook: int
    alarms: int
    alaw: bool
    name: str


class SpanInfo(msgspec.Struct, frozen=True):
    """struct dahdi_spaninfo.  sync_source: the span that gives the timing, 0 where DAHDI's own timer does."""

    span: int
    name: str
    description: str
    alarms: int
    channels: int
    sync_source: int
    interrupts_missed: int
    interrupt: int
    bipolar_violations: int
    crc4_errors: int
    e_bit_errors: int
    frame_errors: int
    line_config: int
    manufacturer: str
    device_type: str
    location: str
    span_type: str


class Channel:
    """One open channel.  `descriptor` does not block."""

    def __init__(self, number: int, descriptor: int) -> None:
        self.number = number
        self.descriptor = descriptor

    def params(self) -> ChannelParams:
        return _params(self.descriptor, self.number)

    def event(self) -> int:
        """The oldest event of the queue, or DAHDI_EVENT_NONE."""
        event = ffi.new("int *")
        _control(self.descriptor, lib.DAHDI_GETEVENT, event)
        return int(event[0])

    def hook(self, state: int) -> None:
        """DAHDI_ONHOOK, _OFFHOOK, _FLASH, _RING or _RINGOFF.  What takes time goes on by itself."""
        try:
            _control(self.descriptor, lib.DAHDI_HOOK, ffi.new("int *", state))
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise

    def set_buffers(self, block_samples: int) -> None:
        info = ffi.new("struct dahdi_bufferinfo *")
        info.txbufpolicy = info.rxbufpolicy = lib.DAHDI_POLICY_IMMEDIATE
        least, most = BUFFERS
        info.numbufs = max(least, min(most, BUFFERED_SAMPLES // block_samples))
        info.bufsize = block_samples
        _control(self.descriptor, lib.DAHDI_SET_BUFINFO, info)

    def set_linear(self) -> None:
        """Have the kernel turn what the card codes, in whichever law, into linear samples and back."""
        _control(self.descriptor, lib.DAHDI_SETLINEAR, ffi.new("int *", 1))

    def set_alaw(self) -> None:
        """Say that what is on the channel is A-law; nothing is converted by it."""
        _control(self.descriptor, lib.DAHDI_SETLAW, ffi.new("int *", lib.DAHDI_LAW_ALAW))

    def set_mulaw(self) -> None:
        """The same for mu-law."""
        _control(self.descriptor, lib.DAHDI_SETLAW, ffi.new("int *", lib.DAHDI_LAW_MULAW))

    def flush(self, *, events: bool = False) -> None:
        """Forget the audio that waits in either direction, and the events too where asked."""
        what = lib.DAHDI_FLUSH_ALL if events else lib.DAHDI_FLUSH_BOTH
        _control(self.descriptor, lib.DAHDI_FLUSH, ffi.new("int *", what))

    def set_times(
        self,
        *,
        longest_rx_flash_ms: int | None = None,
        flash_ms: int | None = None,
        debounce_ms: int | None = None,
    ) -> None:
        """Change these of the channel's times; None: as it is."""
        params = ffi.new("struct dahdi_params *")
        params.channo = self.number
        _control(self.descriptor, lib.DAHDI_GET_PARAMS, params)
        params.rxflashtime = params.rxflashtime if longest_rx_flash_ms is None else longest_rx_flash_ms
        params.flashtime = params.flashtime if flash_ms is None else flash_ms
        params.debouncetime = params.debouncetime if debounce_ms is None else debounce_ms
        _control(self.descriptor, lib.DAHDI_SET_PARAMS, params)

    def set_cadence(self, steps_ms: tuple[int, ...]) -> None:
        """on, off, on, off ... of ringing current; at most 16 steps."""
        cadence = ffi.new("struct dahdi_ring_cadence *")
        for index, step_ms in enumerate(steps_ms[: lib.DAHDI_MAX_CADENCE]):
            cadence.ringcadence[index] = step_ms
        _control(self.descriptor, lib.DAHDI_SETCADENCE, cadence)

    def set_echo_canceller(self, taps: int) -> None:
        """The one system.conf has chosen for the channel.  taps: 32 to 1024, a power of two; 0: off."""
        params = ffi.new("struct dahdi_echocanparams *")
        params.tap_length = taps
        _control(self.descriptor, lib.DAHDI_ECHOCANCEL_PARAMS, params)

    def set_polarity(self, reversed: bool) -> None:
        """Raises OSError(ENOTTY) where the card can't."""
        _control(self.descriptor, lib.DAHDI_SETPOLARITY, ffi.new("int *", int(reversed)))

    def rx_bits(self) -> int:
        """The ABCD bits that come in; 8 is A."""
        bits = ffi.new("int *")
        _control(self.descriptor, lib.DAHDI_GETRXBITS, bits)
        return int(bits[0]) & 0xF  # neighbours' bits leak in from DAHDI's dynamic spans

    def set_tx_bits(self, bits: int) -> None:
        """Of a channel that is signalled `cas`."""
        _control(self.descriptor, lib.DAHDI_SETTXBITS, ffi.new("int *", bits))

    def close(self) -> None:
        """The kernel puts the channel on hook.  A second time does nothing."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class Kernel:
    """DAHDI as a whole, by its control device."""

    def __init__(self, devices: Path = DEVICES) -> None:
        self.devices = devices
        self._control = os.open(devices / "ctl", os.O_RDWR | os.O_CLOEXEC)

    def version(self) -> tuple[str, str]:
        """(version, echo cancellers)"""
        info = ffi.new("struct dahdi_versioninfo *")
        _control(self._control, lib.DAHDI_GETVERSION, info)
        return _text(info.version), _text(info.echo_canceller)

    def spans(self) -> tuple[SpanInfo, ...]:
        """Every span there is, by number."""
        found: list[SpanInfo] = []
        for number in range(1, lib.DAHDI_MAX_SPANS):
            info = ffi.new("struct dahdi_spaninfo *")
            info.spanno = number
            try:
                _control(self._control, lib.DAHDI_SPANSTAT, info)
            except OSError as error:
                if error.errno not in (errno.EINVAL, errno.ENODEV):
                    raise
                continue
            found.append(_span_info(number, info))
            if len(found) >= info.totalspans:
                break
        return tuple(found)

    def params(self, channel: int) -> ChannelParams:
        """Of any channel, open or not.  Raises OSError(EINVAL) where there is none of this number."""
        return _params(self._control, channel)

    def channels(self) -> tuple[ChannelParams, ...]:
        """Every channel there is, by number."""
        left = sum(span.channels for span in self.spans())
        found: list[ChannelParams] = []
        for number in range(1, lib.DAHDI_MAX_CHANNELS):
            if not left:
                break
            try:
                found.append(self.params(number))
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                continue
            left -= 1
        return tuple(found)

    def open(self, number: int) -> Channel:
        descriptor = os.open(self.devices / "channel", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _control(descriptor, lib.DAHDI_SPECIFY, ffi.new("int *", number))
        except OSError:
            os.close(descriptor)
            raise
        return Channel(number, descriptor)

    def create_span(self, driver: str, address: str, channels: int) -> int:
        """A dynamic span (no card behind it); returns its number."""
        span = _dynamic(driver, address, channels)
        _control(self._control, lib.DAHDI_DYNAMIC_CREATE, span)
        return int(span.spanno)

    def destroy_span(self, driver: str, address: str) -> None:
        """Raises OSError(EBUSY) while a channel of it is open."""
        _control(self._control, lib.DAHDI_DYNAMIC_DESTROY, _dynamic(driver, address, 0))

    def close(self) -> None:
        descriptor, self._control = self._control, -1
        if descriptor >= 0:
            os.close(descriptor)


def _control(descriptor: int, request: int, argument: CData) -> int:
    result = lib.dahdi_control(descriptor, request, argument)
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return result


def _params(descriptor: int, number: int) -> ChannelParams:
    params = ffi.new("struct dahdi_params *")
    params.channo = number
    _control(descriptor, lib.DAHDI_GET_PARAMS, params)
    return ChannelParams(
        number,
        params.spanno,
        params.chanpos,
        params.sigtype,
        bool(params.rxisoffhook),
        params.rxhooksig,
        params.txhooksig,
        params.chan_alarms,
        params.curlaw == lib.DAHDI_LAW_ALAW,
        _text(params.name),
    )


def _dynamic(driver: str, address: str, channels: int) -> CData:
    span = ffi.new("struct dahdi_dynamic_span *")
    span.driver, span.addr, span.numchans = driver.encode("ascii"), address.encode("ascii"), channels
    return span


def _span_info(number: int, info: CData) -> SpanInfo:
    return SpanInfo(
        number,
        _text(info.name),
        _text(info.desc),
        info.alarms,
        info.totalchans,
        info.syncsrc,
        info.irqmisses,
        info.irq,
        info.bpvcount,
        info.crc4count,
        info.ebitcount,
        info.fascount,
        info.lineconfig,
        _text(info.manufacturer),
        _text(info.devicetype),
        _text(info.location),
        _text(info.spantype),
    )


def _text(data: CData) -> str:
    return ffi.string(data).decode("ascii", "replace")
