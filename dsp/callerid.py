# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What caller ID says: messages to bytes or keys and back.

FSK messages are those of GR-30 (single and multiple data), which YD/T 1277.1 and EN 300 659-3 share; DTMF
messages are the four variants of EN 300 659-1 as spandsp's adsi.h describes them.  The sound of both is
dsp/csrc/callerid.c's.  What comes in is somebody else's data: it may be anything, and never raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from dsp.vocabulary import CallerIdFormat, CallerIdHeard, Presentation, SendCallerId

# GR-30 message types (spandsp adsi.h).
SINGLE = 0x04
MULTIPLE = 0x80
SINGLE_MESSAGE_WAITING = 0x06
MULTIPLE_MESSAGE_WAITING = 0x82
# GR-30 parameters of a multiple data message.
_DATE, _NUMBER, _ABSENCE, _NAME, _NAME_ABSENCE, _VISUAL_INDICATOR = 0x01, 0x02, 0x04, 0x07, 0x08, 0x0B

_DATA_MAX = 255  # the length is one byte
_NUMBER_MAX = 40
_NAME_MAX = 80
_NO_DATE = "01010000"  # a single data message can't be without one
_DATE_DIGITS = 8
_ABSENT = {Presentation.WITHHELD: b"P", Presentation.UNAVAILABLE: b"O"}
_PRESENTATIONS = {ord("P"): Presentation.WITHHELD, ord("O"): Presentation.UNAVAILABLE}

# What starts and stops a number sent by DTMF, and what is sent in place of one that is not shown.
_CODES = {
    CallerIdFormat.DTMF_A_HASH: ("A", "#"),
    CallerIdFormat.DTMF_D_C: ("D", "C"),
    CallerIdFormat.DTMF_HASH: ("", "#"),
    CallerIdFormat.DTMF_A_C: ("A", "C"),
}
# EN 300 659-1: D1# restricted, D2# abroad, D3# not available; B10C restricted, B00C not available.
_HASH_ABSENCE = {Presentation.WITHHELD: "D1#", Presentation.UNAVAILABLE: "D3#"}
_C_ABSENCE = {Presentation.WITHHELD: "B10C", Presentation.UNAVAILABLE: "B00C"}
_HASH_PRESENTATIONS = {
    "1": Presentation.WITHHELD,
    "2": Presentation.UNAVAILABLE,
    "3": Presentation.UNAVAILABLE,
}

# A terminal's commands, which somebody may send as a name: ESC [ ... letter, ESC ] ... BEL, ESC and one more.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_DIGIT = re.compile(r"[^0-9]")


def digits_of(text: str) -> str:
    """Only what can be dialled of a number: ASCII digits."""
    return _DIGIT.sub("", text)


def clean(text: str) -> str:
    """A name without control characters, terminal commands and characters that reorder text."""
    plain = _ANSI.sub("", text)
    return "".join(
        char for char in plain if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    ).strip()


def _name_encoding(country: str) -> str:
    return "gb2312" if country == "cn" else "latin-1"


def _decode_name(raw: bytes, country: str) -> str:
    """GBK holds GB 2312 and ASCII; UTF-8 is never guessed at."""
    if country == "cn":
        try:
            return clean(raw.decode("gbk"))
        except UnicodeDecodeError:
            # A name cut in the middle of a character keeps the characters before it.
            return clean(raw.decode("gbk", errors="ignore"))
    return clean(raw.decode("latin-1"))


# Sending.


def _whole(kind: int, data: bytes) -> bytes:
    message = bytes((kind, len(data))) + data
    return message + bytes((-sum(message) & 0xFF,))


def _parameter(kind: int, value: bytes) -> bytes:
    return bytes((kind, len(value))) + value


def _encode_name(name: str, country: str) -> bytes:
    text = clean(name)
    while len(raw := text.encode(_name_encoding(country), errors="replace")) > _NAME_MAX:
        text = text[:-1]  # by characters, so that none is cut in two
    return raw


def _presentation_of(command: SendCallerId, number: str) -> Presentation:
    if command.presentation is Presentation.SHOWN and not number:
        return Presentation.UNAVAILABLE
    return command.presentation


def _multiple(command: SendCallerId, number: str, country: str) -> bytes:
    presentation = _presentation_of(command, number)
    date, name = digits_of(command.date), _encode_name(command.name, country)
    data = _parameter(_DATE, date.encode()) if len(date) == _DATE_DIGITS else b""
    if presentation is Presentation.SHOWN:
        data += _parameter(_NUMBER, number.encode())
    else:
        data += _parameter(_ABSENCE, _ABSENT[presentation])
    if name:
        data += _parameter(_NAME, name)
    return _whole(MULTIPLE, data)


def _single(command: SendCallerId, number: str) -> bytes:
    presentation = _presentation_of(command, number)
    date = digits_of(command.date)
    said = number.encode() if presentation is Presentation.SHOWN else _ABSENT[presentation]
    return _whole(SINGLE, (date if len(date) == _DATE_DIGITS else _NO_DATE).encode() + said)


def _keys(command: SendCallerId, number: str) -> str:
    presentation = _presentation_of(command, number)
    start, stop = _CODES[command.format]
    if presentation is Presentation.SHOWN:
        return start + number + stop
    return (_HASH_ABSENCE if stop == "#" else _C_ABSENCE)[presentation]


def encode(command: SendCallerId, country: str) -> bytes | str:
    """What to send: the bytes of an FSK message with its checksum, or the keys of a DTMF one."""
    number = digits_of(command.number)[:_NUMBER_MAX]
    if command.format is CallerIdFormat.FSK:
        return _multiple(command, number, country)
    if command.format is CallerIdFormat.FSK_SINGLE:
        return _single(command, number)
    return _keys(command, number)


def encode_message_waiting(waiting: bool) -> bytes:
    """GR-30: a multiple data message of type 0x82 with the visual indicator on (FF) or off (00)."""
    return _whole(MULTIPLE_MESSAGE_WAITING, _parameter(_VISUAL_INDICATOR, b"\xff" if waiting else b"\x00"))


# Receiving.


def _data_of(raw: bytes) -> bytes:
    """What stands between length and checksum, as far as it came."""
    return raw[2 : 2 + raw[1]] if len(raw) > 1 else b""


def _parameters(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and value; one that overruns the message is left out."""
    at = 0
    while at + 2 <= len(data) and at + 2 + data[at + 1] <= len(data):
        yield data[at], data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]


def decode_message_waiting(raw: bytes) -> bool | None:
    """Whether messages wait, by a whole FSK message; None when it says nothing of that."""
    data = _data_of(raw)
    if raw[:1] == bytes((SINGLE_MESSAGE_WAITING,)):
        # GR-1401, known from telephones that obey it and not read: three times 42 hex is on, three times 6F
        # hex is off.
        return {b"\x42" * 3: True, b"\x6f" * 3: False}.get(data[:3])
    if raw[:1] == bytes((MULTIPLE_MESSAGE_WAITING,)):
        for kind, value in _parameters(data):
            if kind == _VISUAL_INDICATOR and value:
                return value != b"\x00"
    return None


def _date(raw: bytes) -> str:
    date = digits_of(raw.decode("latin-1"))
    return date if len(date) == _DATE_DIGITS else ""


def _number(raw: bytes) -> str:
    return digits_of(raw.decode("latin-1"))


class _Message:
    """What has been read so far."""

    def __init__(self, format: CallerIdFormat) -> None:
        self.format = format
        self.number = ""
        self.name = ""
        self.date = ""
        self.presentation: Presentation | None = None

    def heard(self, port: int, sample: int, intact: bool) -> CallerIdHeard:
        shown = Presentation.SHOWN if self.number else Presentation.UNAVAILABLE
        presentation = self.presentation or shown
        return CallerIdHeard(
            port, sample, self.format, intact, self.number, self.name, presentation, self.date
        )


def _read_single(data: bytes) -> _Message:
    message = _Message(CallerIdFormat.FSK_SINGLE)
    message.date, said = _date(data[:_DATE_DIGITS]), data[_DATE_DIGITS:]
    if len(said) == 1 and said[0] in _PRESENTATIONS:
        message.presentation = _PRESENTATIONS[said[0]]
    else:
        message.number = _number(said)
    return message


def _read_multiple(data: bytes, country: str) -> _Message:
    message = _Message(CallerIdFormat.FSK)
    for kind, value in _parameters(data):
        if kind == _DATE:
            message.date = _date(value)
        elif kind == _NUMBER and not message.number:
            message.number = _number(value)
        elif kind == _ABSENCE and value:
            message.presentation = _PRESENTATIONS.get(value[0], Presentation.UNAVAILABLE)
        elif kind == _NAME and not message.name:
            message.name = _decode_name(value, country)
    return message


def _read_fsk(raw: bytes, intact: bool, country: str) -> _Message:
    # A number with a wrong digit is worse than none: a broken message says only that there was one.
    if not intact:
        return _Message(CallerIdFormat.FSK_SINGLE if raw[:1] == bytes((SINGLE,)) else CallerIdFormat.FSK)
    if raw[:1] == bytes((SINGLE,)):
        return _read_single(_data_of(raw))
    if raw[:1] == bytes((MULTIPLE,)):
        return _read_multiple(_data_of(raw), country)
    return _Message(CallerIdFormat.FSK)


def _format_of(keys: str) -> CallerIdFormat:
    if keys.endswith("C"):
        return CallerIdFormat.DTMF_D_C if keys.startswith("D") else CallerIdFormat.DTMF_A_C
    if keys.startswith("D"):
        return CallerIdFormat.DTMF_A_HASH if keys.endswith("#") else CallerIdFormat.DTMF_D_C
    if keys.startswith("B"):
        return CallerIdFormat.DTMF_A_C
    return CallerIdFormat.DTMF_A_HASH if keys.startswith("A") else CallerIdFormat.DTMF_HASH


def _read_keys(keys: str) -> _Message:
    message = _Message(_format_of(keys))
    fields = dict(re.findall(r"([ABD]?)([0-9]*)", keys.rstrip("#C")))
    if keys.endswith("#") and keys.startswith("D") and len(fields.get("D", "")) == 1:
        message.presentation = _HASH_PRESENTATIONS.get(fields["D"], Presentation.UNAVAILABLE)
        return message
    info = fields.get("B", "")
    if info and not fields.get("A"):
        message.presentation = Presentation.WITHHELD if info == "10" else Presentation.UNAVAILABLE
        return message
    # In A...D...C the D is who redirected the call; alone it is who calls.
    leading = keys[: len(keys) - len(keys.lstrip("0123456789"))]
    message.number = fields.get("A") or leading or fields.get("D", "")
    return message


def decode(port: int, sample: int, raw: bytes, fsk: bool, intact: bool, country: str) -> CallerIdHeard:
    """What a message says.  raw: an FSK message from type to checksum, or the keys of a DTMF one.  intact:
    its checksum was right, or it had its stop code.  A broken FSK message gives no number; broken keys give
    those that came."""
    message = _read_fsk(raw, intact, country) if fsk else _read_keys(raw.decode("ascii", errors="replace"))
    return message.heard(port, sample, intact)
