# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Caller ID as an exchange sends it, rightly or wrongly."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from drivers.simulated.far import FarEngine
from drivers.simulated.faults import CallerIdFault
from drivers.simulated.sound import fsk
from dsp.vocabulary import (
    CallerIdFormat,
    Play,
    Presentation,
    SendCallerId,
    SendDigits,
)

_MDMF = 0x80  # GR-30: multiple data message; 02 number, 07 name
_NUMBER = 0x02
_NAME = 0x07
_FSK = (CallerIdFormat.FSK, CallerIdFormat.FSK_SINGLE)


class CallerId(msgspec.Struct, frozen=True):
    """Who is calling."""

    number: str
    name: str = ""
    presentation: Presentation = Presentation.SHOWN


# What the engine's own sender can say, so that these are heard with media off too; the rest is played.
_ENGINE_CAN = (CallerIdFault.MARKUP, CallerIdFault.GB2312_NAME)

_SPOILED_NAMES = {
    CallerIdFault.BYTES_255: "X" * 230,
    CallerIdFault.NUL: "A\x00B\x00",
    CallerIdFault.MARKUP: "<script>alert(1)</script>",
    CallerIdFault.ANSI: "\x1b[31m\x1b]0;owned\x07red\r\nline",
    CallerIdFault.GB2312_NAME: "张三丰",
}


def send(
    far: FarEngine,
    port: int,
    format: CallerIdFormat,
    caller: CallerId,
    fault: CallerIdFault | None,
    ended: Callable[[], None],
) -> None:
    """Send it into a line; `ended` is called when the last of it is out.

    A fault of DTMF caller ID is always a stop code that never comes, as DTMF has neither names nor checksums.
    """
    if fault is None:
        far.submit(
            SendCallerId(port, format, caller.number, far.tag(ended), caller.name, caller.presentation)
        )
    elif format not in _FSK:
        start = {CallerIdFormat.DTMF_HASH: "", CallerIdFormat.DTMF_D_C: "D"}.get(format, "A")
        far.submit(SendDigits(port, start + caller.number, far.tag(ended), on_ms=70, off_ms=70))
    elif fault in _ENGINE_CAN and format is CallerIdFormat.FSK:
        far.submit(SendCallerId(port, format, caller.number, far.tag(ended), _SPOILED_NAMES[fault]))
    else:
        _play_spoiled(far, port, caller, fault, ended)


def _play_spoiled(
    far: FarEngine, port: int, caller: CallerId, fault: CallerIdFault, ended: Callable[[], None]
) -> None:
    sound = far.passing_sound(fsk(spoiled_message(caller, fault)))

    def forget() -> None:
        far.media.free_sound(sound)
        ended()

    far.submit(Play(port, (sound,), far.tag(forget)))


def spoiled_message(caller: CallerId, fault: CallerIdFault) -> bytes:
    """The bytes of a multiple data message with one fault."""
    name = _SPOILED_NAMES.get(fault, caller.name).encode("gb2312", "replace")
    body = bytes((_NUMBER, len(caller.number))) + caller.number.encode("ascii", "replace")
    body += bytes((_NAME, len(name))) + name
    if fault is CallerIdFault.BYTES_255:
        body = body.ljust(255, b"X")  # what follows the name is a parameter that overruns the message
    message = bytes((_MDMF, len(body))) + body
    checksum = -sum(message) & 0xFF
    if fault is CallerIdFault.BAD_CHECKSUM:
        checksum ^= 0x5A
    message += bytes((checksum,))
    return message[: len(message) // 2] if fault is CallerIdFault.TRUNCATED else message
