# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What becomes of the keys of each port: dropped, handed over, kept for later, or collected as a secret.

A key enters the core only when a machine has asked for it.  The keys of a secret never do: they are collected
here, judged elsewhere, and only the verdict goes on.  While a secret is keyed the port's recording is silent, back
to the first key that was typed ahead.  Nothing here is logged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from dsp.vocabulary import SAMPLE_RATE_HZ, BlankRecording, DigitBegan, DigitEnded, MediaCommand, MuteRecording
from firmware.exchange.vocabulary import CollectSecret, KeyMode, KeyPressed, Verdict

KEYS_WAITING_MAX = (
    32  # of more the oldest are kept: somebody leans on the keys, or a fax machine tries its luck
)
BLANK_MARGIN_SAMPLES = SAMPLE_RATE_HZ // 20  # the tone began at most this much before the detector says so
UNMUTE_AFTER_S = 0.1  # the tail of the last key's tone
UNMUTE_AT_LATEST_S = 3.0  # of a key that is held for ever


class Judge(Protocol):
    def __call__(self, request: int, subject: str, keys: str) -> None:
        """Begin to judge; the verdict comes by `Keypad.judged`."""
        ...


class Key(msgspec.Struct, frozen=True):
    """A key that waits: `sample` is where its tone began."""

    key: str
    sample: int


class _Collecting(msgspec.Struct):
    """A secret being keyed.  keys is None from the moment it is complete."""

    asked: CollectSecret
    keys: str | None = ""
    timer: asyncio.TimerHandle | None = None


class _Port(msgspec.Struct):
    mode: KeyMode = KeyMode.OFF
    waiting: list[Key] = []
    wanted: bool = False
    sounding: bool = False
    collecting: _Collecting | None = None
    muted: bool = False
    unmute: asyncio.TimerHandle | None = None


class Keypad:
    """The keys of all ports.

    put: gives a command to the media engine.  judge: begins to judge a secret.  verdict: takes what became of it.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        put: Callable[[MediaCommand], None],
        judge: Judge,
        verdict: Callable[[int, Verdict], None],
    ) -> None:
        self._loop = loop
        self._put = put
        self._judge = judge
        self._verdict = verdict
        self._ports: dict[int, _Port] = {}

    def listen(self, port: int, mode: KeyMode) -> None:
        """What becomes of the keys from now on; those that wait are dropped."""
        state = self._port(port)
        state.mode = mode
        state.waiting = []
        state.wanted = False

    def next_key(self, port: int) -> KeyPressed | None:
        """A machine asks for one key: the oldest that waits, or, later, the next to come."""
        state = self._port(port)
        if state.waiting:
            return KeyPressed(port, state.waiting.pop(0).key)
        state.wanted = True
        return None

    def began(self, event: DigitBegan) -> KeyPressed | None:
        """A key was pressed.  Returns the fact, where a machine wants it now."""
        state = self._port(event.port)
        state.sounding = True
        if state.collecting is not None:
            self._collect_key(state, state.collecting, event.key)
            return None
        if state.mode is KeyMode.DIRECT or (state.mode is KeyMode.BUFFERED and state.wanted):
            state.wanted = False
            return KeyPressed(event.port, event.key)
        if state.mode is KeyMode.BUFFERED and len(state.waiting) < KEYS_WAITING_MAX:
            state.waiting = [*state.waiting, Key(event.key, event.sample)]
        return None

    def ended(self, event: DigitEnded) -> None:
        state = self._port(event.port)
        state.sounding = False
        if state.muted and state.collecting is None:
            self._unmute_in(event.port, state, UNMUTE_AFTER_S)

    def collect(self, asked: CollectSecret) -> None:
        """Begin to collect a secret, with the keys typed ahead."""
        state = self._port(asked.port)
        if state.collecting is not None:
            self.cancel(state.collecting.asked.request)
        collecting = state.collecting = _Collecting(asked)
        state.wanted = False
        self._mute(asked.port, state)
        if state.waiting:
            first = max(state.waiting[0].sample - BLANK_MARGIN_SAMPLES, 0)
            self._put(BlankRecording(asked.port, first))
        self._await_key(collecting, asked.first_ms)
        while state.waiting and collecting.keys is not None:
            self._collect_key(state, collecting, state.waiting.pop(0).key)

    def cancel(self, request: int) -> None:
        """The machine no longer wants the secret; a verdict that comes later is dropped."""
        for port, state in self._ports.items():
            if state.collecting is not None and state.collecting.asked.request == request:
                self._end(port, state)

    def judged(self, request: int, verdict: Verdict) -> None:
        """The judge has decided."""
        for port, state in self._ports.items():
            if state.collecting is not None and state.collecting.asked.request == request:
                self._end(port, state)
                self._verdict(request, verdict)
                return

    def collecting_on(self, port: int) -> bool:
        state = self._ports.get(port)
        return state is not None and state.collecting is not None

    def close(self) -> None:
        for state in self._ports.values():
            for timer in (state.unmute, state.collecting.timer if state.collecting else None):
                if timer is not None:
                    timer.cancel()
        self._ports.clear()

    # --- inside ---

    def _port(self, port: int) -> _Port:
        state = self._ports.get(port)
        if state is None:
            state = self._ports[port] = _Port()
        return state

    def _collect_key(self, state: _Port, collecting: _Collecting, key: str) -> None:
        if collecting.keys is None:
            return  # complete: the '#' after a full secret, or a key too many, is nobody's
        asked = collecting.asked
        if key != "#":
            collecting.keys += key
        if key == "#" or len(collecting.keys) >= asked.length_max:
            self._complete(collecting)
        else:
            self._await_key(collecting, asked.next_ms)

    def _await_key(self, collecting: _Collecting, wait_ms: int) -> None:
        if collecting.timer is not None:
            collecting.timer.cancel()
        collecting.timer = self._loop.call_later(wait_ms / 1000, self._none_came, collecting)

    def _none_came(self, collecting: _Collecting) -> None:
        if collecting.keys:
            self._complete(collecting)
        else:
            collecting.keys = None
            self.judged(collecting.asked.request, Verdict.TIMED_OUT)

    def _complete(self, collecting: _Collecting) -> None:
        if collecting.timer is not None:
            collecting.timer.cancel()
        keys, collecting.keys = collecting.keys or "", None
        self._judge(collecting.asked.request, collecting.asked.subject, keys)

    def _end(self, port: int, state: _Port) -> None:
        assert state.collecting is not None
        if state.collecting.timer is not None:
            state.collecting.timer.cancel()
        state.collecting = None
        self._unmute_in(port, state, UNMUTE_AT_LATEST_S if state.sounding else UNMUTE_AFTER_S)

    def _mute(self, port: int, state: _Port) -> None:
        if state.unmute is not None:
            state.unmute.cancel()
            state.unmute = None
        if not state.muted:
            state.muted = True
            self._put(MuteRecording(port, True))

    def _unmute_in(self, port: int, state: _Port, delay_s: float) -> None:
        if state.unmute is not None:
            state.unmute.cancel()
        state.unmute = self._loop.call_later(delay_s, self._unmute, port, state)

    def _unmute(self, port: int, state: _Port) -> None:
        state.unmute = None
        if state.collecting is None:
            state.muted = False
            self._put(MuteRecording(port, False))
