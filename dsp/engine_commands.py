# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Commands of the vocabulary, written into a batch of the C engine."""

from __future__ import annotations

import errno
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from dsp import callerid
from dsp._media import ffi, lib
from dsp.errors import MediaError
from dsp.vocabulary import (
    BlankRecording,
    Detector,
    MediaCommand,
    MuteRecording,
    Play,
    Record,
    ResetPort,
    SendCallerId,
    SendDigits,
    SendMessageWaiting,
    SendTone,
    SetBridge,
    SetDetectors,
    SetPort,
    StopPlay,
    StopRecording,
    StopSend,
    StopTone,
    Tone,
)

if TYPE_CHECKING:
    from dsp._media import CData

# GR-30 (spandsp adsi.h): bits of channel seizure and of mark before an on-hook message.
_SEIZURE_BITS = 300
_MARK_BITS = 180
_MESSAGE_WAITING_LEVEL_DBM0 = -13.5
# Between the 50 ms of the standards' senders and what a slow receiver wants (Sweden sends 70/70).
_DTMF_CALLER_ID_MS = 70

_TONES = {tone: number for number, tone in enumerate(Tone)}
_DETECTORS = (
    (Detector.DIGITS, lib.MEDIA_DETECT_DIGITS),
    (Detector.TONES, lib.MEDIA_DETECT_TONES),
    (Detector.CALLER_ID, lib.MEDIA_DETECT_CALLER_ID),
    (Detector.SPEECH, lib.MEDIA_DETECT_SPEECH),
    (Detector.LEVEL, lib.MEDIA_DETECT_LEVEL),
)


class Countries(Protocol):
    """What a batch needs to know of the engine."""

    def plan_of(self, country: str) -> int:
        """The handle of a country's tone plan."""
        ...

    def country_of(self, port: int) -> str: ...


def write(batch: CData, command: MediaCommand, countries: Countries) -> None:
    """Add one command to a batch.  Raises MediaError where the engine refuses it."""
    result = _WRITERS[type(command)](batch, command, countries)
    if result < 0:
        raise MediaError(-result, repr(command))


def _play(b: CData, c: Play, _: Countries) -> int:
    return lib.media_play(b, c.port, c.sounds, len(c.sounds), c.tag, c.loop, c.gain_db)


def _stop_play(b: CData, c: StopPlay, _: Countries) -> int:
    return lib.media_stop_play(b, c.port)


def _send_tone(b: CData, c: SendTone, _: Countries) -> int:
    return lib.media_send_tone(b, c.port, _TONES[c.tone])


def _stop_tone(b: CData, c: StopTone, _: Countries) -> int:
    return lib.media_stop_tone(b, c.port)


def _send_digits(b: CData, c: SendDigits, _: Countries) -> int:
    return _digits(b, c.port, c.digits, c.tag, c.on_ms, c.off_ms, c.level_dbm0)


def _digits(b: CData, port: int, digits: str, tag: int, on_ms: int, off_ms: int, level_dbm0: float) -> int:
    if not digits.isascii() or "\0" in digits:
        return -errno.EINVAL
    return lib.media_send_digits(b, port, digits.encode("ascii"), tag, on_ms, off_ms, level_dbm0)


def _send_caller_id(b: CData, c: SendCallerId, countries: Countries) -> int:
    message = callerid.encode(c, countries.country_of(c.port))
    if isinstance(message, str):
        return _digits(b, c.port, message, c.tag, _DTMF_CALLER_ID_MS, _DTMF_CALLER_ID_MS, c.level_dbm0)
    return _fsk(b, c.port, message, c.tag, c.level_dbm0)


def _fsk(b: CData, port: int, message: bytes, tag: int, level_dbm0: float) -> int:
    return lib.media_send_fsk(b, port, message, len(message), tag, _SEIZURE_BITS, _MARK_BITS, level_dbm0)


def _send_message_waiting(b: CData, c: SendMessageWaiting, _: Countries) -> int:
    return _fsk(b, c.port, callerid.encode_message_waiting(c.waiting), c.tag, _MESSAGE_WAITING_LEVEL_DBM0)


def _stop_send(b: CData, c: StopSend, _: Countries) -> int:
    return lib.media_stop_send(b, c.port)


def _set_bridge(b: CData, c: SetBridge, _: Countries) -> int:
    count = len(c.ports)
    if not c.gains_db:
        return lib.media_set_bridge(b, c.bridge, c.ports, count, ffi.NULL)
    if len(c.gains_db) != count or any(len(row) != count for row in c.gains_db):
        return -errno.EINVAL
    gains = [math.nan if gain is None else gain for row in c.gains_db for gain in row]
    return lib.media_set_bridge(b, c.bridge, c.ports, count, gains)


def _set_detectors(b: CData, c: SetDetectors, _: Countries) -> int:
    bits = sum(bit for detector, bit in _DETECTORS if detector in c.detectors)
    return lib.media_set_detectors(b, c.port, bits)


def _set_port(b: CData, c: SetPort, countries: Countries) -> int:
    return lib.media_set_port(b, c.port, countries.plan_of(c.country), c.rx_gain_db, c.tx_gain_db)


def _record(b: CData, c: Record, _: Countries) -> int:
    return lib.media_record(b, c.port, c.descriptor, c.tag)


def _mute_recording(b: CData, c: MuteRecording, _: Countries) -> int:
    return lib.media_mute_recording(b, c.port, c.on)


def _blank_recording(b: CData, c: BlankRecording, _: Countries) -> int:
    return lib.media_blank_recording(b, c.port, c.from_sample)


def _stop_recording(b: CData, c: StopRecording, _: Countries) -> int:
    return lib.media_stop_recording(b, c.port)


def _reset_port(b: CData, c: ResetPort, _: Countries) -> int:
    return lib.media_reset_port(b, c.port)


_WRITERS: dict[type[MediaCommand], Callable[[CData, Any, Countries], int]] = {
    Play: _play,
    StopPlay: _stop_play,
    SendTone: _send_tone,
    StopTone: _stop_tone,
    SendDigits: _send_digits,
    SendCallerId: _send_caller_id,
    SendMessageWaiting: _send_message_waiting,
    StopSend: _stop_send,
    SetBridge: _set_bridge,
    SetDetectors: _set_detectors,
    SetPort: _set_port,
    Record: _record,
    MuteRecording: _mute_recording,
    BlankRecording: _blank_recording,
    StopRecording: _stop_recording,
    ResetPort: _reset_port,
}
