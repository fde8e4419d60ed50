# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the box says: a catalogue of phrases, and the grammar that says values.  Pure: no file is read."""

from firmware.speech.grammar import MissingValue, UnknownPhrase, say, sounds_of

__all__ = ["MissingValue", "UnknownPhrase", "say", "sounds_of"]
