# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Who hears what in a call, and what is recorded.  Layer 2 of `call.Call`.

The bridge is stated whole from who talks; a held leg hears music, a leg that waits for a phone being rung hears our
ringback, and one that waits for an outside party hears that line itself.  A recording belongs to a leg: every leg that
faces an outside line, and the caller's leg of a call between desk phones.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsp.vocabulary import RecordingEnded, RecordingTroubled, SetBridge, StopPlay
from firmware.exchange.call_state import CallState
from firmware.exchange.index import index_of
from firmware.exchange.legs import Leg
from firmware.exchange.machine import Context, Output
from firmware.exchange.messages import LegConnected, LegParted, LegRingback, LegSpeech, PeerSpeech
from firmware.exchange.vocabulary import (
    AlarmReport,
    EndRecording,
    Published,
    RecordingRefused,
    Say,
    StartRecording,
)

HELD_MUSIC = ("music:default",)


class CallAudio(CallState):
    """Bridge, music, ringback, speech, recordings."""

    def _arrange(self, talk: tuple[int, ...], held: tuple[int, ...], context: Context) -> Iterator[Output]:
        """State who talks and who is held; tell every port whose part has changed."""
        talk = tuple(number for number in talk if self._live(number))
        held = tuple(number for number in held if self._live(number))
        joined_before = tuple(leg.leg for leg in self.legs if leg.joined_ns >= 0)
        up = tuple(number for number in talk if self.leg(number).is_up)
        joined = up if len(up) > 1 else ()
        if (talk, held) != (self.talk, self.held):
            self._note(context, "legs.arranged", talk=_numbers(talk), held=_numbers(held))
        for number in self.held:
            if number not in held and self._live(number):
                yield StopPlay(self.leg(number).port)
        for number in held:
            if number not in self.held:
                yield from self._play_music(self.leg(number), context)
        self.talk, self.held = talk, held
        for leg in self.legs:
            if leg.is_live:
                self._put(leg.arranged(leg.leg in joined, leg.leg in held, context.now))
        yield from self._state_bridge()
        for number in joined_before:
            if number not in joined and self._live(number):
                yield self.leg(number).tell(LegParted(number))
        for number in joined:
            if number not in joined_before:
                yield from self._connect(self.leg(number), context)
        yield from self._tell_peers_speech(joined)

    def _connect(self, leg: Leg, context: Context) -> Iterator[Output]:
        """A leg begins to hear the others; what a queue played to it the queue has stopped."""
        yield leg.tell(LegConnected(leg.leg))
        if leg.agent:
            self.agent = leg.agent

    def _play_music(self, leg: Leg, context: Context) -> Iterator[Output]:
        language = context.settings_of(self.revision).centre.language
        yield StopPlay(leg.port)
        yield Say(leg.port, HELD_MUSIC, language, context.new_number("tag"), loop=True)

    def _state_bridge(self) -> Iterator[Output]:
        numbers = self.talk if len(self.talk) > 1 else self.early
        ports = tuple(self.leg(number).port for number in numbers if self._live(number))
        if len(ports) < 2:
            ports = ()
        if ports != self.bridged:
            self.bridged = ports
            yield SetBridge(self.number, ports)

    # --- while a called party is awaited ---

    def _waiting_leg(self, pending: Leg) -> int:
        """Who waits for a pending leg: the one who transfers, or leg 1; 0: nobody who should hear anything of it."""
        assert pending.asked is not None
        waiting = 1 if pending.asked.join else self.transfer_leg
        leg = self._live(waiting)
        if leg is None or not leg.is_up or waiting in self.held or len(self.talk) > 1:
            return 0
        return waiting

    def _hear_progress(self) -> Iterator[Output]:
        """Ringback and the sound of an outside line, for whoever waits, as things are now."""
        pending = [leg for leg in self.legs if leg.is_pending]
        early: tuple[int, ...] = ()
        ringing_back: tuple[int, ...] = ()
        for leg in pending:
            waiting = self._waiting_leg(leg)
            in_queue = leg.asked is not None and leg.asked.role == "agent"
            if not waiting or in_queue:
                continue
            if leg.is_outside and leg.proceeding:
                early = early or (waiting, leg.leg)
            elif leg.alerting and waiting not in ringing_back:
                ringing_back = (*ringing_back, waiting)
        self.early = early
        ringing_back = tuple(number for number in ringing_back if number not in early)
        for number in self.ringing_back:
            if number not in ringing_back and self._live(number):
                yield self.leg(number).tell(LegRingback(number, False))
        for number in ringing_back:
            if number not in self.ringing_back:
                yield self.leg(number).tell(LegRingback(number, True))
        self.ringing_back = ringing_back
        yield from self._state_bridge()

    # --- speech, for the evidence of hang-ups ---

    def _heard_speech(self, event: LegSpeech) -> Iterator[Output]:
        others = tuple(number for number in self.speaking if number != event.leg)
        self.speaking = (*others, event.leg) if event.speaking else others
        joined = tuple(leg.leg for leg in self.legs if leg.joined_ns >= 0)
        if event.leg in joined:
            yield from self._tell_peers_speech(
                tuple(number for number in joined if number != event.leg), joined
            )

    def _tell_peers_speech(
        self, to: tuple[int, ...], joined: tuple[int, ...] | None = None
    ) -> Iterator[Output]:
        joined = to if joined is None else joined
        for number in to:
            leg = self._live(number)
            if leg is not None and leg.is_outside:
                speaking = any(other in self.speaking for other in joined if other != number)
                yield leg.tell(PeerSpeech(speaking))

    # --- recordings ---

    def _record_if_wanted(self, leg: Leg, context: Context) -> Iterator[Output]:
        """An outside leg from its answer on; between desk phones the caller's leg, from when the other answers."""
        if not context.settings_of(self.revision).recording.on:
            return
        internal = not any(other.is_outside for other in self.legs)
        target = self._live(1) if internal and leg.leg != 1 else leg
        if target is None or target.recording or not (target.is_outside or (internal and leg.leg != 1)):
            return
        recording = context.new_number("recording")
        self._change(target, recording=recording)
        self._note(context, "recording.started", target.leg, recording=recording)
        yield StartRecording(recording, self.number, target.leg, target.port)

    def _end_recording(self, leg: Leg) -> Iterator[Output]:
        if leg.recording:
            yield EndRecording(leg.recording, leg.port)

    def _recording_fact(
        self, event: RecordingRefused | RecordingTroubled | RecordingEnded, context: Context
    ) -> Iterator[Output]:
        """A recording that fails is told to the admin; the call goes on."""
        number = event.recording if isinstance(event, RecordingRefused) else event.tag
        leg = next((leg for leg in self.legs if leg.recording == number), None)
        if leg is None:
            return
        match event:
            case RecordingRefused(_, error):
                self._note(context, "recording.refused", leg.leg, error=error)
                self._change(leg, recording=0)
            case RecordingTroubled(error=error):
                self._note(context, "recording.troubled", leg.leg, error=error)
            case RecordingEnded(lost_samples=lost):
                if lost:
                    self._note(context, "recording.incomplete", leg.leg, lost_samples=lost)
                return
        detail = f"call {self.number} leg {leg.leg}: error {error}"
        yield Published(AlarmReport("recording_failed", leg.port, detail, context.now))

    def _language(self, port: int, context: Context) -> str:
        index = index_of(context.settings_of(self.revision))
        line = index.line(port)
        return index.line_language(line) if line is not None else index.settings.centre.language


def _numbers(legs: tuple[int, ...]) -> str:
    return ",".join(str(number) for number in legs)
