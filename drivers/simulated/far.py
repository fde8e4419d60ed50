# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The far engine: its ports shared out among lines and telephones, its events brought to the port's owner."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from dsp.media import Media
from dsp.vocabulary import Lost, MediaCommand, MediaEvent, PlayEnded, SendEnded

log = logging.getLogger(__name__)

Hear = Callable[[MediaEvent], None]


class FarEngine:
    """One engine with all the far ends on it."""

    def __init__(self, media: Media, loop: asyncio.AbstractEventLoop) -> None:
        self.media = media
        self.loop = loop
        self._ports_taken = 0
        self._ears: dict[int, Hear] = {}
        self._endings: dict[int, Callable[[], None]] = {}
        self._tags = 0
        self._sounds: dict[bytes, int] = {}
        self._closed = False

    def take_port(self, hear: Hear) -> int:
        """The next port of the engine; its events go to `hear`."""
        self._ports_taken += 1
        self._ears[self._ports_taken] = hear
        return self._ports_taken

    def submit(self, *commands: MediaCommand) -> None:
        if not self._closed:
            self.media.submit(commands)

    def tag(self, ended: Callable[[], None] | None = None) -> int:
        """A tag for a play or a sending; `ended` is called once when it is over, completed or not."""
        self._tags += 1
        if ended is not None:
            self._endings[self._tags] = ended
        return self._tags

    def sound(self, alaw: bytes) -> int:
        """The handle of a sound, loaded once."""
        if self._closed:
            return 0
        if alaw not in self._sounds:
            self._sounds[alaw] = self.media.load_sound(alaw)
        return self._sounds[alaw]

    def passing_sound(self, alaw: bytes) -> int:
        """The handle of a sound that is used once; give it back with `media.free_sound`."""
        return self.media.load_sound(alaw)

    def close(self) -> None:
        """Close the engine; a telephone that is still moved afterwards is heard by nobody."""
        self._closed = True
        self.media.close()

    def poll(self) -> None:
        """Hand out what the engine has heard since the last poll."""
        for event in self.media.poll():
            self._dispatch(event)

    def _dispatch(self, event: MediaEvent) -> None:
        if isinstance(event, Lost):
            log.warning("far engine: %d events lost; what telephones heard is incomplete", event.count)
            return
        if isinstance(event, PlayEnded | SendEnded):
            ended = self._endings.pop(event.tag, None)
            if ended is not None:
                ended()
            return
        hear = self._ears.get(event.port)
        if hear is not None:
            hear(event)
