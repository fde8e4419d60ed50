# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Who this box is, and how often its service was started: the epoch.  It is a file, for the database may be gone."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import msgspec

from firmware.atomic import write_whole

log = logging.getLogger(__name__)

FILE_NAME = "identity.json"


class Identity(msgspec.Struct, frozen=True):
    """box: eight hexadecimal digits, drawn once.  epoch: of this run."""

    box: str
    epoch: int


def next_identity(folder: Path, epoch_least: int = 0) -> Identity:
    """The identity of a run that begins now.  epoch_least: the epoch of the last run as the journal knows it.

    Where the folder can't be written the epoch is counted from what is known, and that is logged.
    """
    path = folder / FILE_NAME
    before = _read(path)
    box = before.box if before else os.urandom(4).hex()
    identity = Identity(box, max(before.epoch if before else 0, epoch_least) + 1)
    try:
        write_whole(path, msgspec.json.encode(identity))
    except OSError as error:
        log.error("identity: epoch=%d can't be kept in %s: %s", identity.epoch, path, error.strerror)
    return identity


def _read(path: Path) -> Identity | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Identity)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        log.error("identity: %s can't be read: %s", path, error)
        return None
