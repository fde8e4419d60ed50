# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Commands of the vocabulary, checked when they come and applied when time goes on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from dsp import callerid, tones
from dsp.errors import MediaError
from dsp.media_off.port import Bridge
from dsp.media_off.senders import Edge, Sending, digit_edges, message_edges
from dsp.vocabulary import (
    BlankRecording,
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
)

if TYPE_CHECKING:
    from dsp.media_off.engine import MediaOff
    from dsp.media_off.port import Port

Applied = Callable[[int], object]
"""A command ready to be applied at a sample."""

# As dsp/engine_commands.py sends them: seizure and mark before an FSK message, and the beat of DTMF caller ID.
_LEAD_BITS = 480
_DTMF_CALLER_ID_MS = 70
_PARTIES_MAX = 32
_KEYS = frozenset("0123456789*#ABCDabcd,")
_DIGITS_MAX = 1024
_KEY_MS_MAX = 10_000


def ready(media: MediaOff, command: MediaCommand) -> Applied:
    """Raises MediaError where the engine refuses the command."""
    return _MAKERS[type(command)](media, command)


def _refuse(error: int, command: MediaCommand) -> MediaError:
    return MediaError(error, repr(command))


def _port(media: MediaOff, command: Any) -> Port:
    port = media.ports.get(command.port)
    if port is None:
        raise _refuse(errno.EINVAL, command)
    return port


def _play(media: MediaOff, c: Play) -> Applied:
    port = _port(media, c)
    if not c.sounds:
        raise _refuse(errno.EINVAL, c)
    if any(handle not in media.sounds for handle in c.sounds):
        raise _refuse(errno.ENOENT, c)
    sounds = tuple(media.sounds[handle] for handle in c.sounds)
    return lambda sample: port.player.add(c.tag, sounds, c.loop, sample)


def _stop_play(media: MediaOff, c: StopPlay) -> Applied:
    return _port(media, c).player.stop


def _send_tone(media: MediaOff, c: SendTone) -> Applied:
    port = _port(media, c)
    return lambda sample: port.tone_sender.start(c.tone, sample)


def _stop_tone(media: MediaOff, c: StopTone) -> Applied:
    return _port(media, c).tone_sender.stop


def _sending(port: Port, tag: int, edges: Iterator[Edge]) -> Applied:
    return lambda sample: port.digit_sender.add(Sending(tag, edges), sample)


def _send_digits(media: MediaOff, c: SendDigits) -> Applied:
    port = _port(media, c)
    times_fit = 1 <= c.on_ms <= _KEY_MS_MAX and 1 <= c.off_ms <= _KEY_MS_MAX
    if not c.digits or not _KEYS.issuperset(c.digits) or not times_fit:
        raise _refuse(errno.EINVAL, c)
    if len(c.digits) > _DIGITS_MAX:
        raise _refuse(errno.E2BIG, c)
    return _sending(port, c.tag, digit_edges(c.digits, c.on_ms, c.off_ms, c.level_dbm0))


def _send_caller_id(media: MediaOff, c: SendCallerId) -> Applied:
    port = _port(media, c)
    message = callerid.encode(c, port.country)
    if isinstance(message, str):
        beat_ms = _DTMF_CALLER_ID_MS
        return _sending(port, c.tag, digit_edges(message, beat_ms, beat_ms, c.level_dbm0))
    return _sending(port, c.tag, message_edges(message, _LEAD_BITS))


def _send_message_waiting(media: MediaOff, c: SendMessageWaiting) -> Applied:
    message = callerid.encode_message_waiting(c.waiting)
    return _sending(_port(media, c), c.tag, message_edges(message, _LEAD_BITS))


def _stop_send(media: MediaOff, c: StopSend) -> Applied:
    return _port(media, c).digit_sender.stop


def _set_bridge(media: MediaOff, c: SetBridge) -> Applied:
    known = all(number in media.ports for number in c.ports)
    size = len(c.ports)
    if not known or len(set(c.ports)) != size:
        raise _refuse(errno.EINVAL, c)
    if size > _PARTIES_MAX:
        raise _refuse(errno.E2BIG, c)
    if c.gains_db and (len(c.gains_db) != size or any(len(row) != size for row in c.gains_db)):
        raise _refuse(errno.EINVAL, c)

    def hears(i: int, j: int) -> bool:
        return c.gains_db[i][j] is not None if c.gains_db else i != j

    def apply(sample: int) -> None:
        ports = [media.ports[number] for number in c.ports]
        before = media.bridges.pop(c.bridge, None)
        for port in (*(before.hears if before else ()), *ports):
            port.leave_bridge(sample)
        if not ports:
            return
        bridge = media.bridges[c.bridge] = Bridge(c.bridge)
        for i, port in enumerate(ports):
            port.bridge = bridge
            bridge.hears[port] = [other for j, other in enumerate(ports) if hears(i, j)]
        for port in ports:
            port.settle(sample)

    return apply


def _set_detectors(media: MediaOff, c: SetDetectors) -> Applied:
    port = _port(media, c)
    return lambda sample: port.ears.turn(c.detectors, sample)


def _set_port(media: MediaOff, c: SetPort) -> Applied:
    port = _port(media, c)
    if c.country not in tones.PLANS:
        raise _refuse(errno.ENOENT, c)

    def apply(sample: int) -> None:
        port.country = c.country

    return apply


def _record(media: MediaOff, c: Record) -> Applied:
    port = _port(media, c)

    def apply(sample: int) -> None:
        if c.descriptor >= 0:
            os.close(c.descriptor)  # nothing is kept
        port.record(c.tag, sample)

    return apply


def _nothing(media: MediaOff, c: MuteRecording | BlankRecording) -> Applied:
    _port(media, c)
    return lambda sample: None


def _stop_recording(media: MediaOff, c: StopRecording) -> Applied:
    return _port(media, c).stop_recording


def _reset_port(media: MediaOff, c: ResetPort) -> Applied:
    return _port(media, c).reset


_MAKERS: dict[type[MediaCommand], Callable[[MediaOff, Any], Applied]] = {
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
    MuteRecording: _nothing,
    BlankRecording: _nothing,
    StopRecording: _stop_recording,
    ResetPort: _reset_port,
}
