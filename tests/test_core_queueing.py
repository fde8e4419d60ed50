# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Queue, place, offer and agent together in the core: order, turn, misses, wrap-up, overflow, restarts."""

from collections.abc import Iterator

import pytest

from drivers.port import Alarm, LoopDrop
from dsp.vocabulary import StopPlay
from firmware.exchange.commands import Actor, CoreCommand, JoinQueue, LeaveQueue, LogIn, LogOut, Pause, Ready
from firmware.exchange.place import Place
from firmware.exchange.router import Core
from firmware.exchange.vocabulary import (
    Address,
    Cause,
    Commanded,
    QueueReport,
    Reply,
    Say,
    SettingsApplied,
    Started,
)
from firmware.settings.model import Flow, QueueNode, RingNode, Settings
from hil import settings as shapes
from tests.worlds.invariants import broken, left_over
from tests.worlds.paper import Paper

ADMIN = Actor("web", "boss", "admin")
STRAIGHT_IN = Flow(
    name="front",
    start="queue",
    nodes={
        "queue": QueueNode(queue=1, overflow="operator"),
        "operator": RingNode(extensions=("801",), ring_s=20),
    },
)


def straight(settings: Settings) -> Settings:
    """A centre whose callers go into queue 1 without a word."""
    return settings.model_copy(update={"flows": (STRAIGHT_IN,)})


class Centre(Paper):
    """A paper centre with people: agents lift what rings after two seconds, where they are told to."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(straight(settings))
        self.requests = 0
        self.after_fact = self.check

    def check(self) -> None:
        assert broken(self.core) == []

    def command(self, command: CoreCommand, actor: Actor = ADMIN) -> Reply:
        self.requests += 1
        self.fact(Commanded(self.requests, actor, command))
        return self.replies[self.requests]

    def log_in(self, agent: int, extension: str) -> None:
        assert self.command(LogIn(agent, extension)).ok

    def queue_up(self, line: int) -> None:
        """A caller on this line, as far as the queue."""
        self.call_in(line)
        self.run(4_000)

    def end_call(self, line: int, port: int) -> None:
        self.fact(LoopDrop(line))
        self.hang_up(port)

    def waiting(self, queue: int = 1) -> int:
        found = self.core.directory.of_kind("queue")
        return next(len(machine.waiting) for machine in found if machine.number == queue)  # type: ignore[attr-defined]


@pytest.fixture
def centre() -> Iterator[Centre]:
    centre = Centre(shapes.centre())
    yield centre
    assert not centre.faults


def idle_since(centre: Centre) -> dict[int, int]:
    found = (centre.core.directory.agent(number) for number in (101, 102))
    return {agent.number: agent.idle_since_ns for agent in found if agent is not None}


def port_of(extension: str) -> int:
    return int(extension) - 796


def test_agents_are_on_the_board_before_their_first_login(centre: Centre) -> None:
    assert [centre.agent(number).state for number in (101, 102, 103)] == ["logged_out"] * 3


def test_an_offer_rings_the_agent_and_lifting_connects(centre: Centre) -> None:
    centre.log_in(101, "803")
    centre.queue_up(1)
    assert centre.agent(101).state == "reserved"
    assert centre.ringing[port_of("803")]
    centre.lift(port_of("803"))
    assert centre.agent(101).state == "talking"
    assert centre.waiting() == 0


def test_who_is_answered_leaves_the_board_and_those_behind_move_up(centre: Centre) -> None:
    centre.log_in(101, "803")
    for line in (1, 2):
        centre.queue_up(line)
    centre.lift(port_of("803"))
    shown = centre.reports["QueueReport", 1].report
    assert isinstance(shown, QueueReport)
    (place,) = shown.waiting
    behind = centre.core.directory.find(Address("place", place.place))
    assert isinstance(behind, Place) and behind.position == 1


def test_wrap_up_follows_the_call_and_ends_at_its_deadline(centre: Centre) -> None:
    centre.log_in(101, "803")
    centre.queue_up(1)
    centre.lift(port_of("803"))
    centre.run(30_000)
    centre.end_call(1, port_of("803"))
    assert centre.agent(101).state == "wrap_up"
    centre.run(9_900)
    assert centre.agent(101).state == "wrap_up"
    centre.run(200)
    assert centre.agent(101).state == "idle"


def test_an_agent_whose_phone_fails_in_a_call_has_no_call_any_more(centre: Centre) -> None:
    centre.log_in(101, "803")
    centre.queue_up(1)
    centre.lift(port_of("803"))
    centre.fact(Alarm(port_of("803"), "cable"))
    assert centre.agent(101).state == "wrap_up"
    centre.run(10_100)
    assert centre.agent(101).state == "busy"
    centre.queue_up(2)
    assert centre.waiting() == 1


def test_wrap_up_is_not_begun_again_by_lifting_the_phone_during_it(centre: Centre) -> None:
    centre.log_in(101, "803")
    centre.queue_up(1)
    centre.lift(port_of("803"))
    centre.end_call(1, port_of("803"))
    centre.run(5_000)
    centre.lift(port_of("803"))
    centre.hang_up(port_of("803"))
    centre.run(5_100)
    assert centre.agent(101).state == "idle"


def test_two_misses_pause_the_agent_and_ready_takes_it_back(centre: Centre) -> None:
    centre.log_in(101, "803")
    centre.queue_up(1)
    centre.run(15_100)
    report = centre.agent(101)
    assert (report.state, report.misses) == ("idle", 1)
    centre.run(5_100)
    assert centre.agent(101).state == "reserved", "after the rest the waiting caller is offered again"
    centre.run(15_100)
    report = centre.agent(101)
    assert (report.state, report.misses, report.pause_code) == ("paused", 2, 0)
    assert centre.command(Ready(101)).ok
    assert (centre.agent(101).state, centre.agent(101).misses) == ("reserved", 0)


def test_a_withdrawn_offer_costs_the_agent_nothing(centre: Centre) -> None:
    centre.log_in(101, "803")
    centre.run(10_000)
    centre.log_in(102, "804")
    centre.queue_up(1)
    assert centre.agent(101).state == "reserved"
    turns = idle_since(centre)
    centre.fact(LoopDrop(1))
    assert (centre.agent(101).state, centre.agent(101).misses) == ("idle", 0)
    assert idle_since(centre) == turns
    centre.queue_up(2)
    assert centre.agent(101).state == "reserved", "101 is still the one idle longest"


def test_priority_goes_before_arrival_and_arrival_before_chance() -> None:
    urgent = Flow(name="vip", start="queue", nodes={"queue": QueueNode(queue=1, priority=5)})
    base = straight(shapes.centre())
    lines = tuple(line.model_copy(update={"flow": "vip"}) if line.port == 3 else line for line in base.lines)
    centre = Centre(base)
    settings = base.model_copy(update={"lines": lines, "flows": (STRAIGHT_IN, urgent)})
    centre.fact(SettingsApplied(2, settings.model_dump_json().encode()))
    for line in (1, 2, 3):
        centre.queue_up(line)
    (queue, _) = centre.core.directory.of_kind("queue")
    calls = [entry.call for entry in queue.waiting]  # type: ignore[attr-defined]
    assert calls == [3, 1, 2]


def test_a_full_queue_and_an_empty_one_send_the_caller_on() -> None:
    full = Centre(shapes.queue_like(callers_max=1))
    full.queue_up(1)
    full.queue_up(2)
    assert full.ringing[port_of("801")], "the second caller overflows to the operator"
    empty = Centre(shapes.queue_like(join_empty=False))
    empty.queue_up(1)
    assert empty.ringing[port_of("801")]
    assert empty.waiting() == 0


def test_the_longest_wait_is_not_enforced_while_somebody_is_being_rung() -> None:
    centre = Centre(shapes.queue_like(max_wait_s=20, ring_s=15, announce_every_s=0))
    centre.queue_up(1)
    centre.run(10_000)
    centre.log_in(101, "803")
    centre.run(8_000)
    assert centre.agent(101).state == "reserved"
    assert centre.waiting() == 1
    centre.run(8_000)
    assert centre.waiting() == 0, "nobody answered, and the wait is over"


def test_being_served_stops_an_announcement(centre: Centre) -> None:
    centre.queue_up(1)
    centre.queue_up(2)
    centre.log_in(101, "803")
    centre.effects.clear()
    centre.lift(port_of("803"))
    assert StopPlay(1) in centre.effects


def test_the_second_caller_hears_the_position_and_the_first_does_not(centre: Centre) -> None:
    centre.effects.clear()
    centre.queue_up(1)
    centre.queue_up(2)
    said = {
        effect.port: effect.sounds[0]
        for effect in centre.effects
        if isinstance(effect, Say) and not effect.loop
    }
    assert set(said) == {2}
    assert said[2].startswith("queue.position")


def test_an_agent_may_serve_two_queues_and_is_rung_by_one_at_a_time(centre: Centre) -> None:
    centre.log_in(101, "803")
    assert centre.command(JoinQueue(101, 2)).ok
    centre.queue_up(1)
    centre.queue_up(2)
    assert len(centre.core.directory.of_kind("offer")) == 1
    assert centre.command(LeaveQueue(101, 0)).ok
    assert centre.agent(101).queues == ()


def test_leaving_a_queue_that_was_not_joined_is_refused(centre: Centre) -> None:
    centre.log_in(101, "803")
    assert centre.command(LeaveQueue(101, 2)).cause is Cause.UNKNOWN_QUEUE
    assert centre.command(JoinQueue(101, 77)).cause is Cause.UNKNOWN_QUEUE


def test_a_seat_takes_one_agent_and_an_agent_may_move(centre: Centre) -> None:
    centre.log_in(101, "803")
    assert centre.command(LogIn(102, "803")).cause is Cause.SEAT_TAKEN
    assert centre.command(LogIn(101, "803")).cause is Cause.ALREADY
    assert centre.command(LogIn(101, "805")).ok
    assert centre.agent(101).extension == "805"
    assert centre.command(LogIn(102, "803")).ok
    assert centre.command(LogIn(104, "806")).cause is Cause.UNKNOWN_AGENT
    assert centre.command(LogIn(103, "899")).cause is Cause.VACANT


def test_a_pause_asked_for_in_a_call_begins_after_it(centre: Centre) -> None:
    centre.log_in(101, "803")
    centre.queue_up(1)
    centre.lift(port_of("803"))
    assert centre.command(Pause(101, 2)).ok
    assert centre.agent(101).state == "talking"
    centre.end_call(1, port_of("803"))
    assert (centre.agent(101).state, centre.agent(101).pause_code) == ("paused", 2)


def test_a_logout_asked_for_in_a_call_happens_after_it(centre: Centre) -> None:
    centre.log_in(101, "803")
    centre.queue_up(1)
    centre.lift(port_of("803"))
    assert centre.command(LogOut(101)).ok
    assert centre.agent(101).state == "talking"
    centre.end_call(1, port_of("803"))
    assert centre.agent(101).state == "logged_out"


def test_an_agent_who_leaves_the_settings_is_logged_out_and_gone(centre: Centre) -> None:
    centre.log_in(101, "803")
    fewer = straight(shapes.centre()).model_copy(update={"agents": shapes.AGENTS[1:]})
    centre.fact(SettingsApplied(2, fewer.model_dump_json().encode()))
    assert centre.core.directory.agent(101) is None
    station = centre.core.directory.station(port_of("803"))
    assert station is not None
    assert station.agent == 0


def test_callers_of_a_queue_that_is_taken_away_go_on_by_their_overflow(centre: Centre) -> None:
    centre.queue_up(1)
    fewer = straight(shapes.centre()).model_copy(update={"queues": shapes.QUEUES[1:]})
    centre.fact(SettingsApplied(2, fewer.model_dump_json().encode()))
    assert centre.ringing[port_of("801")]
    assert [queue.number for queue in centre.core.directory.of_kind("queue")] == [2]


def test_a_call_keeps_the_settings_it_began_with(centre: Centre) -> None:
    centre.queue_up(1)
    other = Flow(name="front", start="queue", nodes={"queue": QueueNode(queue=1)})
    changed = shapes.centre().model_copy(update={"flows": (other,)})
    centre.fact(SettingsApplied(2, changed.model_dump_json().encode()))
    centre.run(125_000)
    assert centre.ringing[port_of("801")], "its flow still overflows to the operator"


def restarted(centre: Centre) -> tuple[Core, list[object]]:
    core = Core()
    text = centre.settings.model_dump_json().encode()
    started = Started("paper", 2, 1, 1, text, centre.core.snapshot(), centre.lines, centre.phones)
    return core, list(core.receive(started, centre.now))


def test_logins_pauses_and_queues_survive_a_restart_and_calls_end_as_interrupted(centre: Centre) -> None:
    centre.log_in(101, "803")
    centre.log_in(102, "804")
    centre.command(JoinQueue(102, 2))
    centre.queue_up(1)
    centre.command(Pause(102, 5))
    centre.lift(port_of("803"))
    centre.queue_up(2)
    core, effects = restarted(centre)
    first, second = core.directory.agent(101), core.directory.agent(102)
    assert first is not None
    assert second is not None
    assert (first.report().state, first.extension, first.queues) == ("wrap_up", "803", (1,)), (
        "its call was cut off"
    )
    assert (second.report().state, second.pause_code, second.queues) == ("paused", 5, (1, 2))
    records = [effect for effect in effects if type(effect).__name__ == "CallRecord"]
    assert [record.cause for record in records] == [Cause.INTERRUPTED] * 2  # type: ignore[attr-defined]
    assert left_over(core) == ["timer wrap_up of agent/101"]
    assert broken(core) == []


def test_wrap_up_goes_on_after_a_restart_for_what_is_left_of_it(centre: Centre) -> None:
    centre.log_in(101, "803")
    centre.queue_up(1)
    centre.lift(port_of("803"))
    centre.end_call(1, port_of("803"))
    centre.run(4_000)
    core, _ = restarted(centre)
    agent = core.directory.agent(101)
    assert agent is not None
    assert agent.state.value == "wrap_up"
    (due_ns,) = core.timers.values()
    assert due_ns - centre.now_ns == 6_000_000_000


def test_a_snapshot_is_the_core(centre: Centre) -> None:
    centre.log_in(101, "803")
    centre.queue_up(1)
    other = Core.restored(centre.core.snapshot())
    assert other.snapshot() == centre.core.snapshot()
    _, fact = centre.facts[-1]
    assert centre.core.receive(fact, centre.now) == other.receive(fact, centre.now)


def test_agents_command_only_themselves(centre: Centre) -> None:
    centre.log_in(101, "803")
    own, other = Actor("web", "101", "agent"), Actor("web", "102", "agent")
    assert centre.command(Pause(101, 1), other).cause is Cause.NOT_ALLOWED
    assert centre.command(Pause(101, 1), own).ok
    assert centre.command(Ready(101), Actor("web", "shop", "merchant")).cause is Cause.NOT_ALLOWED
