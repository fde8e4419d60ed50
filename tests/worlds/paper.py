# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The core in a world of paper: time is a heap, lines and phones are dictionaries, sounds are durations.

The thinnest surroundings in which the core behaves as in the box: every effect that must come back as a fact does.
What telephones do of themselves is for the user to say, by `on_ring`, `on_answered` and scheduled acts.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Callable
from itertools import count

from drivers.port import GoOffHook, GoOnHook, OffHook, OnHook, Ring, RingOff, RingOn, StopRing
from dsp.vocabulary import (
    CallerIdFormat,
    CallerIdHeard,
    PlayEnded,
    Presentation,
    RecordingEnded,
    ResetPort,
    SendCallerId,
    SendDigits,
    SendEnded,
    StopPlay,
    StopSend,
)
from firmware.exchange.router import Core
from firmware.exchange.vocabulary import (
    Address,
    AddressFound,
    AgentReport,
    AnyFact,
    Arm,
    CallRecord,
    CollectSecret,
    Disarm,
    Effect,
    EndRecording,
    Expired,
    Faulted,
    FaultFound,
    FindAddress,
    Instant,
    KeyMode,
    KeyPressed,
    ListenKeys,
    NextKey,
    Published,
    Reply,
    Say,
    SecretJudged,
    Started,
    StartRecording,
    Verdict,
)
from firmware.settings.model import Settings

CIVIL_START_NS = 1_780_275_600_000_000_000  # Monday 2026-06-01 09:00 in Shanghai
MONO_START_NS = 1_000_000_000_000
SOUND_MS = 1_200
MS = 1_000_000


class Paper:
    """One core with its world.  Every fact goes through `fact`; `run` lets time pass."""

    def __init__(self, settings: Settings, lines: int = 4, phones: int = 8, seed: int = 1) -> None:
        self.core = Core()
        self.settings = settings
        self.now_ns = MONO_START_NS
        self.records: list[CallRecord] = []
        self.replies: dict[int, Reply] = {}
        self.reports: dict[tuple[str, int], Published] = {}
        self.effects: list[Effect] = []
        self.facts: list[tuple[Instant, AnyFact]] = []
        self.faults: list[FaultFound] = []
        self.ringing: dict[int, bool] = defaultdict(bool)
        self.off_hook: dict[int, bool] = defaultdict(bool)
        self.verdict = Verdict.RIGHT
        self.keep_effects = True
        self.on_ring: Callable[[int], None] = lambda port: None
        self.on_ring_stopped: Callable[[int], None] = lambda port: None
        self.on_answered: Callable[[int], None] = lambda port: None
        self.after_fact: Callable[[], None] = lambda: None
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._timers: dict[tuple[Address, str], int] = {}
        self._plays: dict[int, deque[tuple[int, bool]]] = defaultdict(deque)
        self._sends: dict[int, int] = {}
        self._recordings: dict[int, int] = {}
        self._keys: dict[int, deque[str]] = defaultdict(deque)
        self._modes: dict[int, KeyMode] = {}
        self._wanted: dict[int, bool] = defaultdict(bool)
        self._feeding: deque[AnyFact] = deque()
        self.lines = tuple(range(1, lines + 1))
        self.phones = tuple(range(lines + 1, lines + phones + 1))
        text = settings.model_dump_json().encode()
        self.fact(Started("paper", 1, seed, 1, text, b"", self.lines, self.phones))

    # --- time ---

    @property
    def now(self) -> Instant:
        return Instant(self.now_ns, CIVIL_START_NS + self.now_ns - MONO_START_NS)

    def later(self, ms: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (self.now_ns + int(ms * MS), next(self._order), act))

    def run(self, ms: float) -> None:
        """Let so much time pass."""
        end_ns = self.now_ns + int(ms * MS)
        while self._heap and self._heap[0][0] <= end_ns:
            at_ns, _, act = heapq.heappop(self._heap)
            self.now_ns = max(self.now_ns, at_ns)
            act()
        self.now_ns = end_ns

    def run_out(self) -> None:
        """Let time pass until nothing is planned any more."""
        while self._heap:
            self.run((self._heap[0][0] - self.now_ns) / MS)

    # --- facts in, effects out ---

    def fact(self, fact: AnyFact) -> None:
        """Feed a fact, and those its effects bring at once."""
        self._feeding.append(fact)
        if len(self._feeding) > 1:
            return
        while self._feeding:
            fact = self._feeding[0]
            self.facts.append((self.now, fact))
            effects = self.core.receive(fact, self.now)
            if self.keep_effects:
                self.effects += effects
            for effect in effects:
                self._carry_out(effect)
            self.after_fact()
            self._feeding.popleft()

    def _carry_out(self, effect: Effect) -> None:
        handler = _HANDLERS.get(type(effect))
        if handler is not None:
            handler(self, effect)

    def _arm(self, effect: Arm) -> None:
        key = (effect.owner, effect.timer)
        self._timers[key] = effect.at_ns

        def expire() -> None:
            if self._timers.get(key) == effect.at_ns:
                del self._timers[key]
                self.fact(Expired(effect.owner, effect.timer, effect.at_ns))

        self.later((effect.at_ns - self.now_ns) / MS, expire)

    def _disarm(self, effect: Disarm) -> None:
        self._timers.pop((effect.owner, effect.timer), None)

    def _say(self, effect: Say) -> None:
        plays = self._plays[effect.port]
        plays.append((effect.tag, effect.loop))
        if len(plays) == 1:
            self._begin_play(effect.port, SOUND_MS * len(effect.sounds))

    def _begin_play(self, port: int, ms: int) -> None:
        tag, loop = self._plays[port][0]
        if loop:
            return

        def end() -> None:
            plays = self._plays[port]
            if plays and plays[0][0] == tag:
                plays.popleft()
                self.fact(PlayEnded(port, 0, tag, True))
                if plays:
                    self._begin_play(port, SOUND_MS)

        self.later(ms, end)

    def _stop_play(self, effect: StopPlay | ResetPort) -> None:
        plays = self._plays.pop(effect.port, ())
        for tag, _ in plays:
            self.later(0, lambda tag=tag: self.fact(PlayEnded(effect.port, 0, tag, False)))  # type: ignore[misc]

    def _send(self, effect: SendDigits | SendCallerId) -> None:
        self._sends[effect.port] = effect.tag
        ms = 200 * len(effect.digits) if isinstance(effect, SendDigits) else 900

        def end() -> None:
            if self._sends.get(effect.port) == effect.tag:
                del self._sends[effect.port]
                self.fact(SendEnded(effect.port, 0, effect.tag, True))

        self.later(ms, end)

    def _stop_send(self, effect: StopSend) -> None:
        tag = self._sends.pop(effect.port, None)
        if tag is not None:
            self.later(0, lambda: self.fact(SendEnded(effect.port, 0, tag, False)))

    def _start_recording(self, effect: StartRecording) -> None:
        self._recordings[effect.recording] = effect.port

    def _end_recording(self, effect: EndRecording) -> None:
        if self._recordings.pop(effect.recording, None) is not None:
            self.later(0, lambda: self.fact(RecordingEnded(effect.port, 0, effect.recording, 8000, 0, 0)))

    def _listen(self, effect: ListenKeys) -> None:
        self._modes[effect.port] = effect.mode
        self._keys[effect.port].clear()
        self._wanted[effect.port] = False

    def _next_key(self, effect: NextKey) -> None:
        self._wanted[effect.port] = True
        self.later(0, lambda: self._hand_over_key(effect.port))

    def _hand_over_key(self, port: int) -> None:
        if self._wanted[port] and self._keys[port]:
            self._wanted[port] = False
            self.fact(KeyPressed(port, self._keys[port].popleft()))

    def _secret(self, effect: CollectSecret) -> None:
        self.later(2_000, lambda: self.fact(SecretJudged(effect.request, self.verdict)))

    def _address(self, effect: FindAddress) -> None:
        self.later(1, lambda: self.fact(AddressFound(effect.request, "192.168.1.20")))

    def _go_off_hook(self, effect: GoOffHook) -> None:
        was_ringing, self.ringing[effect.port] = self.ringing[effect.port], False
        self.off_hook[effect.port] = True
        if was_ringing:
            self.on_answered(effect.port)

    def _go_on_hook(self, effect: GoOnHook) -> None:
        self.off_hook[effect.port] = False

    def _ring(self, effect: Ring) -> None:
        self.ringing[effect.port] = True
        self.later(0, lambda: self.on_ring(effect.port) if self.ringing[effect.port] else None)

    def _stop_ring(self, effect: StopRing) -> None:
        if self.ringing[effect.port]:
            self.ringing[effect.port] = False
            self.on_ring_stopped(effect.port)

    def _fault(self, effect: FaultFound) -> None:
        self.faults.append(effect)
        self._feeding.append(Faulted(effect.owner, effect.call, effect.message))

    def _record(self, effect: CallRecord) -> None:
        self.records.append(effect)

    def _reply(self, effect: Reply) -> None:
        self.replies[effect.request] = effect

    def _published(self, effect: Published) -> None:
        report = effect.report
        number = getattr(report, report.__struct_fields__[0])
        self.reports[type(report).__name__, number if isinstance(number, int) else 0] = effect

    # --- what people do ---

    def call_in(self, line: int, number: str = "13800138000", rings_ms: int = 1_000) -> None:
        """An outside caller rings a line: one burst, caller ID after it; further bursts until answered."""
        self.ringing[line] = True
        self.fact(RingOn(line))
        self.later(rings_ms, lambda: self._ring_pause(line, number))

    def _ring_pause(self, line: int, number: str) -> None:
        if not self.ringing[line]:
            return
        self.fact(RingOff(line))
        if number:
            heard = CallerIdHeard(line, 0, CallerIdFormat.FSK, True, number, "", Presentation.SHOWN)
            self.later(800, lambda: self.fact(heard))
        self.later(4_000, lambda: self._ring_more(line))

    def _ring_more(self, line: int) -> None:
        if self.ringing[line]:
            self.fact(RingOn(line))
            self.later(1_000, lambda: self._ring_pause(line, ""))

    def lift(self, port: int) -> None:
        if not self.off_hook[port]:
            self.off_hook[port] = True
            self.ringing[port] = False
            self.fact(OffHook(port))

    def hang_up(self, port: int) -> None:
        if self.off_hook[port]:
            self.off_hook[port] = False
            self.fact(OnHook(port))

    def press(self, port: int, keys: str) -> None:
        """Keys as the shell's keypad would hand them on."""
        for key in keys:
            match self._modes.get(port, KeyMode.OFF):
                case KeyMode.DIRECT:
                    self.fact(KeyPressed(port, key))
                case KeyMode.BUFFERED:
                    self._keys[port].append(key)
                    self._hand_over_key(port)

    def agent(self, number: int) -> AgentReport:
        report = self.reports["AgentReport", number].report
        assert isinstance(report, AgentReport)
        return report


_HANDLERS: dict[type, Callable[..., None]] = {
    Arm: Paper._arm,
    Disarm: Paper._disarm,
    Say: Paper._say,
    StopPlay: Paper._stop_play,
    ResetPort: Paper._stop_play,
    SendDigits: Paper._send,
    SendCallerId: Paper._send,
    StopSend: Paper._stop_send,
    StartRecording: Paper._start_recording,
    EndRecording: Paper._end_recording,
    ListenKeys: Paper._listen,
    NextKey: Paper._next_key,
    CollectSecret: Paper._secret,
    FindAddress: Paper._address,
    GoOffHook: Paper._go_off_hook,
    GoOnHook: Paper._go_on_hook,
    Ring: Paper._ring,
    StopRing: Paper._stop_ring,
    FaultFound: Paper._fault,
    CallRecord: Paper._record,
    Reply: Paper._reply,
    Published: Paper._published,
}
