# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A port of the engine without samples: what sounds on it, both ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dsp import tones
from dsp.media_off.ears import Ears
from dsp.media_off.senders import DigitSender, Player, ToneSender
from dsp.media_off.signals import Signal
from dsp.vocabulary import RecordingEnded

if TYPE_CHECKING:
    from dsp.media_off.engine import MediaOff


@dataclass(slots=True, eq=False)
class Bridge:
    """hears[port]: the ports a member hears."""

    number: int
    hears: dict[Port, list[Port]] = field(default_factory=dict)


@dataclass(slots=True)
class Recording:
    tag: int
    begun_sample: int


class Port:
    """own: what the port itself sends.  sent: that and what it hears from its bridge.  heard: what the line
    brings, with the sample since when."""

    def __init__(self, media: MediaOff, number: int) -> None:
        self.media = media
        self.number = number
        self.country = tones.DEFAULT_COUNTRY
        self.peer: Port | None = None
        self.streamed = False
        self.bridge: Bridge | None = None
        self.recording: Recording | None = None
        self.own: dict[Signal, None] = {}
        self.sent: dict[Signal, None] = {}
        self.heard: dict[Signal, int] = {}
        self.player = Player(self)
        self.digit_sender = DigitSender(self)
        self.tone_sender = ToneSender(self)
        self.ears = Ears(self)

    @property
    def joined(self) -> bool:
        return self.peer is not None or self.streamed

    def emit(self, signal: Signal, sample: int) -> None:
        self.own[signal] = None
        self.settle(sample)

    def cease(self, signal: Signal, sample: int) -> None:
        del self.own[signal]
        self.settle(sample)

    def settle(self, sample: int) -> None:
        """Send what is to be sent by now, and no more what is not."""
        wanted = dict(self.own)
        if self.bridge is not None:
            for other in self.bridge.hears[self]:
                wanted.update(dict.fromkeys(other.heard))
        before, self.sent = self.sent, wanted
        for signal in before:
            if signal not in wanted:
                self._carry(signal, sample, began=False)
        for signal in wanted:
            if signal not in before:
                self._carry(signal, sample, began=True)

    def _carry(self, signal: Signal, sample: int, *, began: bool) -> None:
        """A wire takes one tick."""
        peer = self.peer
        if peer is None:
            return
        arrives = self.media.on_clock_of(peer.media, sample) + self.media.tick_samples

        def arrive(sample: int) -> None:
            if peer.peer is self:
                peer.hear(signal, sample, began=began)

        peer.media.agenda.at(arrives, arrive)

    def hear(self, signal: Signal, sample: int, *, began: bool) -> None:
        if began == (signal in self.heard):
            return
        if began:
            self.heard[signal] = sample
            self.ears.began(signal, sample)
        else:
            since = self.heard.pop(signal)
            self.ears.ceased(signal, since, sample)
        if self.bridge is not None:
            for other in self.bridge.hears:
                if self in self.bridge.hears[other]:
                    other.settle(sample)

    def join(self, peer: Port, sample: int) -> None:
        """Wired: what sounds already is heard from now on."""
        self.peer = peer
        for signal in self.sent:
            self._carry(signal, sample, began=True)

    def part(self, sample: int) -> None:
        self.peer = None
        self.streamed = False
        for signal in tuple(self.heard):
            self.hear(signal, sample, began=False)

    def leave_bridge(self, sample: int) -> None:
        bridge, self.bridge = self.bridge, None
        if bridge is None:
            return
        del bridge.hears[self]
        for other, heard in bridge.hears.items():
            if self in heard:
                heard.remove(self)
                other.settle(sample)
        self.settle(sample)

    def record(self, tag: int, sample: int) -> None:
        self.stop_recording(sample)
        self.recording = Recording(tag, sample)

    def stop_recording(self, sample: int) -> None:
        recording, self.recording = self.recording, None
        if recording is None:
            return
        known = sample + self.media.tick_samples  # the writer's word comes at the end of the tick
        samples = sample - recording.begun_sample
        self.media.report(RecordingEnded(self.number, known, recording.tag, samples, 0, 0), known)

    def reset(self, sample: int) -> None:
        self.player.stop(sample)
        self.digit_sender.stop(sample)
        self.tone_sender.stop(sample)
        self.leave_bridge(sample)
        self.stop_recording(sample)
        self.ears.turn_off()
