# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The journal: every fact that entered the core, in order, so that the core can be had again from it.

A journal is a row of segments.  A segment begins with an `Opening`, which holds the core as it was (its snapshot), so
each can be replayed alone, and restarting is "the newest opening and the facts behind it".  Every fact carries the
running checksum of all effects before it: a replay proves fact by fact that it has the same effects.

A frame on disk is its payload's length and CRC-32 (both 32 bits, little-endian) and the payload, msgpack.  Reading
ends cleanly at the first frame that is cut or damaged.  Files, threads and retention are in `journal_files`.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec

from firmware.exchange.vocabulary import AnyFact, Effect, Instant

FORMAT = 1
FRAME_HEAD = struct.Struct("<II")
FRAME_LONGEST_BYTES = 64 << 20  # a snapshot of a very large box is a few MB; more is damage


class Opening(msgspec.Struct, frozen=True, tag="O", array_like=True):
    """A segment begins: `position` facts came before it, ever.  snapshot empty: a run begins with its first fact."""

    format: int
    position: int
    at: Instant
    effects_crc: int
    snapshot: bytes


class Fed(msgspec.Struct, frozen=True, tag="F", array_like=True):
    """One fact, as it entered.  effects_crc: of all effects of this run before it."""

    at: Instant
    fact: AnyFact
    effects_crc: int


class Closing(msgspec.Struct, frozen=True, tag="C", array_like=True):
    """The segment was ended in good order, after `position` facts."""

    position: int
    effects_crc: int


Entry = Opening | Fed | Closing

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Entry)


def frame(entry: Entry) -> bytes:
    payload = _encoder.encode(entry)
    return FRAME_HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def digest(effects_crc: int, effects: Iterable[Effect]) -> int:
    """The running checksum after these effects."""
    return zlib.crc32(_encoder.encode(effects), effects_crc)


class Damage(msgspec.Struct, frozen=True):
    """Where reading had to end: the offset of the first frame that isn't whole, and what is wrong with it."""

    offset: int
    what: str


class Reading:
    """Goes over the entries of one segment; `damage` is None where it ended as it should."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.damage: Damage | None = None

    def __iter__(self) -> Iterator[Entry]:
        offset = 0
        while offset < len(self._data):
            payload = self._payload(offset)
            if payload is None:
                return
            try:
                entry = _decoder.decode(payload)
            except msgspec.MsgspecError as error:
                self.damage = Damage(offset, f"not an entry: {error}")
                return
            yield entry
            offset += FRAME_HEAD.size + len(payload)

    def _payload(self, offset: int) -> bytes | None:
        data = self._data
        begin = offset + FRAME_HEAD.size
        if begin > len(data):
            self.damage = Damage(offset, "cut in a frame's head")
            return None
        length, crc = FRAME_HEAD.unpack_from(data, offset)
        if not 0 < length <= FRAME_LONGEST_BYTES:
            self.damage = Damage(offset, f"a frame of {length} bytes")
            return None
        payload = data[begin : begin + length]
        if len(payload) < length:
            self.damage = Damage(offset, "cut in a frame")
            return None
        if zlib.crc32(payload) != crc:
            self.damage = Damage(offset, "checksum wrong")
            return None
        return payload


class Sink(Protocol):
    """Where frames go.  None of its methods waits for a disk."""

    def begin(self, position: int, opening: bytes) -> None:
        """Start a new segment with this first frame; the one before it is finished."""
        ...

    def write(self, frame_bytes: bytes) -> None: ...

    def close(self) -> None:
        """Put everything on the disk and stop."""
        ...


@dataclass
class MemorySegment:
    """A segment in memory."""

    position: int
    data: bytearray

    @property
    def name(self) -> str:
        return f"{self.position:016}"

    def read(self) -> bytes:
        return bytes(self.data)


class MemorySink:
    """Segments kept in memory: for virtual time, and for a box whose disk is gone.  The oldest give way."""

    def __init__(self, segments_max: int | None = None) -> None:
        self.segments: deque[MemorySegment] = deque(maxlen=segments_max)

    def begin(self, position: int, opening: bytes) -> None:
        self.segments.append(MemorySegment(position, bytearray(opening)))

    def write(self, frame_bytes: bytes) -> None:
        self.segments[-1].data += frame_bytes

    def close(self) -> None:
        """Nothing waits."""


class Journal:
    """Counts facts and checksums effects, and hands frames to its sink."""

    def __init__(self, sink: Sink, position: int = 0) -> None:
        self._sink = sink
        self.position = position
        self.effects_crc = 0
        self.segment_position = position
        self._begun = False

    def begin(self, at: Instant, snapshot: bytes) -> None:
        """Begin a segment.  snapshot: the core as it is now; empty where a run begins."""
        if not snapshot:
            self.effects_crc = 0
        if self._begun:
            self._sink.write(frame(Closing(self.position, self.effects_crc)))
        self._begun = True
        self.segment_position = self.position
        opening = Opening(FORMAT, self.position, at, self.effects_crc, snapshot)
        self._sink.begin(self.position, frame(opening))

    def record(self, at: Instant, fact: AnyFact) -> None:
        """A fact is about to enter the core."""
        self._sink.write(frame(Fed(at, fact, self.effects_crc)))
        self.position += 1

    def followed(self, effects: tuple[Effect, ...]) -> None:
        """These effects followed from the fact recorded last."""
        if effects:
            self.effects_crc = zlib.crc32(_encoder.encode(effects), self.effects_crc)

    def close(self) -> None:
        if self._begun:
            self._sink.write(frame(Closing(self.position, self.effects_crc)))
        self._sink.close()
