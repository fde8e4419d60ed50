# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The caller-ID detector of a port: FSK messages whole, and DTMF keys by their start and stop codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsp import callerid
from dsp.media_off import delays
from dsp.media_off.agenda import Entry
from dsp.media_off.signals import Key, Message, Signal

if TYPE_CHECKING:
    from dsp.media_off.port import Port

# As dsp/csrc/callerid.c has them.
_STOP_CODES = "#C"
_START_CODES = "ABD"
_KEYS_WITHOUT_CODES_MIN = 5
_KEY_SAMPLES_MIN = delays.DIGIT_BEGAN


class CallerIdEar:
    def __init__(self, port: Port) -> None:
        self._port = port
        self._keys = ""
        self._keys_end: Entry | None = None
        self._message: Message | None = None
        self._message_end: Entry | None = None

    def forget(self) -> None:
        self._keys = ""
        for entry in (self._keys_end, self._message_end):
            if entry is not None:
                entry.call_off()

    def began(self, signal: Signal, sample: int) -> None:
        if isinstance(signal, Key) and self._keys_end is not None:
            self._keys_end.call_off()
        elif isinstance(signal, Message):
            self._message_began(signal, sample)

    def _message_began(self, signal: Message, sample: int) -> None:
        self._message = signal

        def whole(now: int) -> None:
            ended = now - delays.FSK_MESSAGE
            self._report(ended, signal.raw, fsk=True, intact=True, known_at=now)

        end = sample + signal.data_samples + delays.FSK_MESSAGE
        self._message_end = self._port.media.agenda.at(end, whole)

    def ceased(self, signal: Signal, since: int, sample: int) -> None:
        if signal is self._message and self._message_end is not None:
            self._message_end.call_off()  # nothing to call off where it was whole
        elif isinstance(signal, Key) and sample - since >= _KEY_SAMPLES_MIN:
            self._take_key(signal.key, sample)

    def _take_key(self, key: str, sample: int) -> None:
        self._keys += key
        if self._keys_end is not None:
            self._keys_end.call_off()
        if key not in _STOP_CODES:
            self._keys_end = self._port.media.agenda.at(sample + delays.KEYS_END, self._broke_off)
            return
        keys, self._keys = self._keys, ""
        if len(keys) > 1:
            self._report(sample, keys.encode(), fsk=False, intact=True, known_at=sample + delays.DIGIT_ENDED)

    def _broke_off(self, now: int) -> None:
        keys, self._keys = self._keys, ""
        started = keys[0] in _START_CODES and len(keys) > 1
        if started or len(keys) >= _KEYS_WITHOUT_CODES_MIN:
            told = self._port.media.end_of_tick(now + 1)
            self._report(told, keys.encode(), fsk=False, intact=False, known_at=told)

    def _report(self, sample: int, raw: bytes, *, fsk: bool, intact: bool, known_at: int) -> None:
        heard = callerid.decode(self._port.number, sample, raw, fsk, intact, self._port.country)
        self._port.media.report(heard, known_at)
