# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong on our side of the line.  What callers and peers do wrong is a `Cause`, never raised."""

from __future__ import annotations


class SwitchroomError(Exception):
    """Base of everything raised by the service; the message says what failed and what to do."""


class ConfigError(SwitchroomError):
    """The service can't start as it was told to: the message names file, key and why."""


class JournalError(SwitchroomError):
    """A journal can't be read or written; the message names the file."""


class StoreError(SwitchroomError):
    """The database can't be opened, read or written; the message says what to do."""


class Deadlock(SwitchroomError):
    """Virtual time can't go on: nothing is due, nothing is owed, and somebody still waits."""
