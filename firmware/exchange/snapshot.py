# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The core's state as bytes and back, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from firmware.exchange.agent import Agent
from firmware.exchange.call import Call
from firmware.exchange.flow import Flow
from firmware.exchange.offer import Offer
from firmware.exchange.place import Place
from firmware.exchange.queue import Queue
from firmware.exchange.station import Station
from firmware.exchange.transfer import Transfer
from firmware.exchange.trunk import Trunk
from firmware.exchange.vocabulary import Address

if TYPE_CHECKING:
    from firmware.exchange.ledger import Ledger

AnyMachine = Trunk | Station | Call | Flow | Queue | Place | Agent | Offer | Transfer


class Snapshot(msgspec.Struct, frozen=True):
    """The state of one core."""

    box: str
    epoch: int
    seed: int
    revision: int
    lines: tuple[int, ...]
    phones: tuple[int, ...]
    settings: dict[int, bytes]
    machines: tuple[AnyMachine, ...]
    ports: dict[int, Address]
    timers: tuple[tuple[Address, str, int], ...]
    owners: dict[str, dict[int, Address]]
    counters: dict[str, int]
    counts: dict[str, int]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Snapshot)


def encode_snapshot(ledger: Ledger) -> bytes:
    return _encoder.encode(
        Snapshot(
            ledger.box,
            ledger.epoch,
            ledger.seed,
            ledger.revision,
            ledger.lines,
            ledger.phones,
            ledger.settings,
            tuple(ledger.machines.values()),  # type: ignore[arg-type]
            ledger.ports,
            tuple((owner, timer, at_ns) for (owner, timer), at_ns in ledger.timers.items()),
            ledger.owners,
            ledger.counters,
            ledger.counts,
        )
    )


def decode_snapshot(data: bytes) -> Snapshot:
    """Raises msgspec.ValidationError or DecodeError for bytes that are no snapshot of this version."""
    return _decoder.decode(data)
