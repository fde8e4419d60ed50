# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A stream without samples: what is written sounds as speech, what is read is silence."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from dsp.media_off.agenda import Entry
from dsp.media_off.signals import Speech

if TYPE_CHECKING:
    from dsp.media_off.port import Port

_RING_SAMPLES = 8192  # dsp/csrc/ring.h
_LOUD_LINEAR = 128


class StreamOff:
    def __init__(self, port: Port) -> None:
        self._port: Port | None = port
        port.streamed = True
        self._written_until = port.media.now
        self._read_until = port.media.now
        self._speech: Speech | None = None
        self._silence: Entry | None = None

    def write(self, pcm: bytes) -> int:
        port = self._port
        if port is None or not port.streamed:
            return 0
        now = port.media.now
        begins = max(self._written_until, now)
        samples = array("h", pcm)
        count = min(len(samples), _RING_SAMPLES - (begins - now))
        self._written_until = begins + count
        if any(abs(sample) >= _LOUD_LINEAR for sample in samples[:count]):
            self._sound(port, begins)
        return count

    def _sound(self, port: Port, begins: int) -> None:
        if self._silence is not None:
            self._silence.call_off()
        if self._speech is None:
            speech = self._speech = Speech()
            port.media.agenda.at(begins, lambda sample: port.hear(speech, sample, began=True))
        self._silence = port.media.agenda.at(self._written_until, self._fall_silent)

    def _fall_silent(self, sample: int) -> None:
        speech, self._speech = self._speech, None
        self._silence = None
        if self._port is not None and speech is not None:
            self._port.hear(speech, sample, began=False)

    def read(self, samples_max: int) -> bytes:
        if self._port is None:
            return b""
        now = self._port.media.now
        count = min(samples_max, now - self._read_until, _RING_SAMPLES)
        self._read_until = now if count == now - self._read_until else self._read_until + count
        return bytes(2 * count)

    def close(self) -> None:
        port, self._port = self._port, None
        if port is not None and port.streamed:
            port.part(port.media.now)
