# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The media engine, sample by sample: what goes in at one port comes out at the others as it was ordered."""

from __future__ import annotations

import errno
from array import array
from collections.abc import Iterator

import pytest

from dsp.engine import Engine, EngineStream, step
from dsp.errors import MediaError
from dsp.media import LineModel
from dsp.vocabulary import (
    Detector,
    DigitBegan,
    LevelMeasured,
    Lost,
    Play,
    PlayEnded,
    ResetPort,
    SendDigits,
    SendEnded,
    SendTone,
    SetBridge,
    SetDetectors,
    SetPort,
    StopPlay,
    Tone,
)
from tests.media_pair import MS, TICK_SAMPLES, Pair, alaw_of, tone


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(5, TICK_SAMPLES) as engine:
        yield engine


def pcm(*samples: int) -> bytes:
    return array("h", samples).tobytes()


def constant(value: int, ticks: int = 1) -> bytes:
    return pcm(value) * (ticks * TICK_SAMPLES)


def run(engine: Engine, ticks: int = 1) -> list[object]:
    """Step on, and take what is reported on the way."""
    events: list[object] = []
    until = engine.now_samples() + ticks * engine.tick_samples
    while engine.now_samples() < until:
        step([engine], until)
        events += engine.poll()
    return events


def taken(stream: EngineStream) -> list[int]:
    return list(array("h", stream.read(100_000)))


def streams(engine: Engine, ports: int) -> list[EngineStream]:
    return [engine.open_stream(port) for port in range(1, ports + 1)]


# Wires.


def test_a_wire_takes_one_tick_and_changes_nothing() -> None:
    with Engine(2, TICK_SAMPLES) as near, Engine(2, TICK_SAMPLES) as far:
        near.wire(1, far, 2)
        mouth, ear = near.open_stream(2), far.open_stream(1)
        near.submit([SetBridge(1, (1, 2))])
        far.submit([SetBridge(1, (1, 2))])
        mouth.write(pcm(*range(1, 4 * TICK_SAMPLES + 1)))
        step([near, far], 6 * TICK_SAMPLES)
        assert taken(ear) == [0] * TICK_SAMPLES + list(range(1, 4 * TICK_SAMPLES + 1)) + [0] * TICK_SAMPLES


def test_the_order_in_which_engines_are_stepped_makes_no_difference() -> None:
    def heard(near_first: bool) -> tuple[bytes, bytes]:
        with Engine(2, TICK_SAMPLES) as near, Engine(2, TICK_SAMPLES) as far:
            line = LineModel(loss_db=3, echo_return_db=12, noise_dbm0=-50, seed=7)
            near.wire(1, far, 1, line)
            near.wire(2, far, 2, line)
            sound = far.load_sound(alaw_of(tone(440, 500)))
            far.submit([Play(1, (sound,), 1, loop=True), SetBridge(1, (1, 2))])
            near.submit([SetBridge(1, (1, 2)), SetDetectors(1, Detector.SPEECH)])
            for _ in range(5):
                step([near, far] if near_first else [far, near], 7900)
                near.poll()
            return near.history(2)

    assert heard(near_first=True) == heard(near_first=False)


def test_a_port_is_joined_once() -> None:
    with Engine(3, TICK_SAMPLES) as engine, Engine(1, TICK_SAMPLES) as other, Engine(1, 80) as faster:
        engine.wire(1, other, 1)
        for join in (
            lambda: engine.wire(1, engine, 2),
            lambda: engine.wire(2, other, 1),
            lambda: engine.open_stream(1),
        ):
            with pytest.raises(MediaError) as refused:
                join()
            assert refused.value.errno == errno.EBUSY
        for wrong in (
            lambda: engine.wire(2, faster, 1),
            lambda: engine.wire(2, engine, 2),
            lambda: engine.wire(9, engine, 2),
        ):
            with pytest.raises(MediaError) as refused:
                wrong()
            assert refused.value.errno == errno.EINVAL


def test_an_unwired_port_can_be_wired_again(engine: Engine) -> None:
    mouth = engine.open_stream(3)
    engine.submit([SetBridge(1, (1, 3)), SetDetectors(2, Detector.LEVEL)])
    for _ in range(3):
        engine.wire(1, engine, 2)
        mouth.write(constant(1000, 50))
        heard = [event for event in run(engine, 51) if isinstance(event, LevelMeasured)]
        assert heard[-1].rx_dbm0 > -30
        engine.unwire(2)
        engine.unwire(1)  # a second time does nothing
        run(engine, 51)
        heard = [event for event in run(engine, 51) if isinstance(event, LevelMeasured)]
        assert heard[-1].rx_dbm0 == -99


def test_an_engine_outlives_the_one_at_the_other_end() -> None:
    with Engine(1, TICK_SAMPLES) as near:
        far = Engine(1, TICK_SAMPLES)
        near.wire(1, far, 1)
        near.submit([SetDetectors(1, Detector.DIGITS)])
        far.submit([SendDigits(1, "5", 1)])
        step([near, far], 1600)
        assert [event.key for event in near.poll() if isinstance(event, DigitBegan)] == ["5"]
        far.close()
        run(near, 100)
        assert near.counters(1).filled == 0
        with Engine(1, TICK_SAMPLES) as next_one:
            near.wire(1, next_one, 1)
            step([near, next_one], near.now_samples() + 800)


def test_loss_weakens_and_an_echo_comes_back_and_noise_is_added() -> None:
    def levels(line: LineModel) -> tuple[float, float]:
        """What the far end and the near end hear of a tone of -10 dBm0 sent by the near end."""
        with Engine(1, TICK_SAMPLES) as near, Engine(1, TICK_SAMPLES) as far:
            near.wire(1, far, 1, line)
            near.submit([SendTone(1, Tone.DIAL), SetDetectors(1, Detector.LEVEL)])
            far.submit([SetDetectors(1, Detector.LEVEL)])
            step([near, far], 8000)
            step([near, far], 16000)
            return (
                next(e.rx_dbm0 for e in far.poll() if isinstance(e, LevelMeasured)),
                next(e.rx_dbm0 for e in near.poll() if isinstance(e, LevelMeasured)),
            )

    assert levels(LineModel()) == pytest.approx((-10, -99), abs=0.2)
    assert levels(LineModel(loss_db=7)) == pytest.approx((-17, -99), abs=0.2)
    assert levels(LineModel(echo_return_db=14)) == pytest.approx((-10, -24), abs=0.2)
    assert levels(LineModel(noise_dbm0=-40)) == pytest.approx((-10, -40), abs=0.5)


def test_noise_follows_its_seed() -> None:
    def heard(seed: int) -> bytes:
        with Engine(1, TICK_SAMPLES) as near, Engine(1, TICK_SAMPLES) as far:
            near.wire(1, far, 1, LineModel(noise_dbm0=-30, seed=seed))
            near.submit([SetDetectors(1, Detector.DIGITS)])
            step([near, far], 8000)
            return near.history(1)[0]

    assert heard(1) == heard(1)
    assert heard(1) != heard(2)


# Bridges.


def test_two_in_a_bridge_hear_each_other_in_the_same_tick(engine: Engine) -> None:
    one, two = streams(engine, 2)
    engine.submit([SetBridge(1, (1, 2))])
    one.write(constant(100))
    two.write(constant(-7000))
    run(engine)
    assert set(taken(one)) == {-7000}
    assert set(taken(two)) == {100}


def test_everyone_in_a_conference_hears_everyone_else(engine: Engine) -> None:
    ends = streams(engine, 4)
    engine.submit([SetBridge(9, (1, 2, 3, 4))])
    for end, value in zip(ends, (1, 10, 100, 1000), strict=True):
        end.write(constant(value))
    run(engine)
    assert [set(taken(end)) for end in ends] == [{1110}, {1101}, {1011}, {111}]


def test_a_silent_party_in_a_conference_hears_the_others(engine: Engine) -> None:
    ends = streams(engine, 3)
    engine.submit([SetBridge(9, (1, 2, 3, 4))])
    ends[0].write(constant(5))
    run(engine)
    assert [set(taken(end)) for end in ends] == [{0}, {5}, {5}]


def test_a_loud_conference_overloads_without_turning_over(engine: Engine) -> None:
    ends = streams(engine, 4)
    engine.submit([SetBridge(9, (1, 2, 3, 4))])
    for end, value in zip(ends, (30000, 30000, -30000, 30000), strict=True):
        end.write(constant(value))
    run(engine)
    assert [set(taken(end)) for end in ends] == [{30000}, {30000}, {32767}, {30000}]


def test_gains_say_who_hears_whom_and_how_loud(engine: Engine) -> None:
    """Whispering: the supervisor (3) hears both, the agent (2) hears the supervisor, the customer (1) does not."""
    customer, agent, supervisor = streams(engine, 3)
    engine.submit([SetBridge(1, (1, 2, 3), ((None, 0.0, None), (0.0, None, -6.0206), (0.0, 0.0, None)))])
    customer.write(constant(100))
    agent.write(constant(20))
    supervisor.write(constant(4000))
    run(engine)
    assert set(taken(customer)) == {20}
    assert set(taken(agent)) <= {2099, 2100}
    assert set(taken(supervisor)) == {120}


def test_a_bridge_is_stated_whole(engine: Engine) -> None:
    ends = streams(engine, 3)
    engine.submit([SetBridge(1, (1, 2)), SetBridge(1, (2, 3))])
    for end, value in zip(ends, (1, 2, 3), strict=True):
        end.write(constant(value))
    run(engine)
    assert [set(taken(end)) for end in ends] == [{0}, {3}, {2}]


def test_a_port_is_in_one_bridge_only(engine: Engine) -> None:
    ends = streams(engine, 4)
    engine.submit([SetBridge(1, (1, 2)), SetBridge(2, (3, 4)), SetBridge(3, (2, 3))])
    for end, value in zip(ends, (1, 2, 3, 4), strict=True):
        end.write(constant(value, 2))
    run(engine)
    assert [set(taken(end)) for end in ends] == [{0}, {3}, {2}, {0}]
    engine.submit([SetBridge(3, ())])
    run(engine)
    assert [set(taken(end)) for end in ends] == [{0}] * 4


def test_a_bridge_holds_thirty_two_parties_and_no_more() -> None:
    with Engine(33, TICK_SAMPLES) as engine:
        ends = streams(engine, 32)
        engine.submit([SetBridge(1, tuple(range(1, 33)))])
        for end in ends:
            end.write(constant(10))
        run(engine)
        assert [set(taken(end)) for end in ends] == [{310}] * 32
        with pytest.raises(MediaError) as refused:
            engine.submit([SetBridge(1, tuple(range(1, 34)))])
        assert refused.value.errno == errno.E2BIG


# Players and senders.


def test_sounds_follow_each_other_without_a_gap(engine: Engine) -> None:
    ear = engine.open_stream(1)
    first, second = engine.load_sound(alaw_of([1000] * 250)), engine.load_sound(alaw_of([-1000] * 70))
    engine.submit([Play(1, (first, second), 7), Play(1, (second,), 8)])
    events = run(engine, 4)
    assert taken(ear) == [1008] * 250 + [-1008] * 140 + [0] * 250
    assert events == [PlayEnded(1, 320, 7, True), PlayEnded(1, 390, 8, True)]


def test_music_goes_round_until_it_is_stopped(engine: Engine) -> None:
    ear = engine.open_stream(1)
    sound = engine.load_sound(alaw_of([1000] * 100 + [-1000] * 100))
    engine.submit([Play(1, (sound,), 7, loop=True), Play(1, (sound,), 8)])
    assert run(engine, 5) == []
    assert taken(ear) == ([1008] * 100 + [-1008] * 100) * 4
    engine.submit([StopPlay(1)])
    assert run(engine) == [PlayEnded(1, 800, 7, False), PlayEnded(1, 800, 8, False)]
    assert taken(ear) == [0] * TICK_SAMPLES


def test_a_loop_of_nothing_ends(engine: Engine) -> None:
    engine.submit([Play(1, (engine.load_sound(b""),), 7, loop=True)])
    assert run(engine) == [PlayEnded(1, 0, 7, True)]


def test_a_sound_freed_while_it_plays_is_played_to_its_end(engine: Engine) -> None:
    ear = engine.open_stream(1)
    sound = engine.load_sound(alaw_of([1000] * 1000))
    engine.submit([Play(1, (sound,), 7)])
    engine.free_sound(sound)
    with pytest.raises(MediaError) as refused:
        engine.submit([Play(1, (sound,), 8)])
    assert refused.value.errno == errno.ENOENT
    assert run(engine, 7) == [PlayEnded(1, 1000, 7, True)]
    assert taken(ear).count(1008) == 1000


def test_play_tone_digits_and_bridge_sound_together(engine: Engine) -> None:
    ear, mouth = streams(engine, 2)
    sound = engine.load_sound(alaw_of([1000] * TICK_SAMPLES))
    engine.submit([Play(1, (sound,), 7), SetBridge(1, (1, 2))])
    mouth.write(constant(500))
    run(engine)
    assert set(taken(ear)) == {1508}


def test_gains_of_play_and_port_apply(engine: Engine) -> None:
    ear, mouth = streams(engine, 2)
    sound = engine.load_sound(alaw_of([1000] * TICK_SAMPLES))
    engine.submit([SetPort(1, tx_gain_db=6.0206), SetPort(2, rx_gain_db=-20), SetBridge(1, (1, 2))])
    mouth.write(constant(5000))
    run(engine)
    assert set(taken(ear)) <= {999, 1000}
    engine.submit([Play(1, (sound,), 7, gain_db=-6.0206)])
    run(engine)
    assert set(taken(ear)) <= {1007, 1008}


def test_sendings_follow_each_other(engine: Engine) -> None:
    engine.wire(1, engine, 2)
    engine.submit(
        [SetDetectors(2, Detector.DIGITS), SendDigits(1, "1A", 1, 60, 40), SendDigits(1, "#", 2, 60, 40)]
    )
    events = run(engine, 30)
    assert [event.key for event in events if isinstance(event, DigitBegan)] == ["1", "A", "#"]
    assert [event for event in events if isinstance(event, SendEnded)] == [
        SendEnded(1, 1600, 1, True),
        SendEnded(1, 2400, 2, True),
    ]


def test_a_thousand_digits_at_once_are_sent_and_heard(engine: Engine) -> None:
    engine.wire(1, engine, 2)
    digits = "0123456789*#ABCD" * 62 + "12345678"
    engine.submit([SetDetectors(2, Detector.DIGITS), SendDigits(1, digits, 1, 50, 50)])
    events = run(engine, 5010)
    assert "".join(event.key for event in events if isinstance(event, DigitBegan)) == digits


def test_reset_stops_everything_on_a_port(engine: Engine) -> None:
    ear, mouth = streams(engine, 2)
    sound = engine.load_sound(alaw_of([1000] * 8000))
    engine.submit(
        [
            Play(1, (sound,), 1, loop=True),
            SendDigits(1, "123", 2),
            SendTone(1, Tone.BUSY),
            SetBridge(1, (1, 2)),
            SetDetectors(1, Detector.DIGITS),
        ]
    )
    run(engine)
    engine.submit([ResetPort(1)])
    assert run(engine) == [PlayEnded(1, 160, 1, False), SendEnded(1, 160, 2, False)]
    taken(ear)
    mouth.write(constant(1000))
    run(engine)
    assert set(taken(ear)) == {0}


# Batches and events.


def test_a_batch_with_a_fault_is_not_applied_at_all(engine: Engine) -> None:
    ear = engine.open_stream(1)
    sound = engine.load_sound(alaw_of([1000] * 8000))
    for wrong, error in (
        (Play(1, (77,), 1), errno.ENOENT),
        (StopPlay(6), errno.EINVAL),
        (SetPort(1, "xx"), errno.ENOENT),
    ):
        with pytest.raises(MediaError) as refused:
            engine.submit([Play(1, (sound,), 1), SendTone(1, Tone.BUSY), wrong])
        assert refused.value.errno == error
    run(engine)
    assert set(taken(ear)) == {0}


def test_a_batch_that_does_not_fit_is_refused_and_room_comes_back(engine: Engine) -> None:
    engine.submit([StopPlay(1)] * 8000)
    with pytest.raises(MediaError) as refused:
        engine.submit([StopPlay(1)] * 200)
    assert refused.value.errno == errno.ENOBUFS
    run(engine)
    engine.submit([StopPlay(1)] * 8000)


def test_events_that_do_not_fit_are_counted_and_said_to_be_lost(engine: Engine) -> None:
    empty = engine.load_sound(b"")
    for _ in range(3):
        engine.submit([Play(1, (empty,), tag) for tag in range(2000)])
        step([engine], engine.now_samples() + 1)  # does nothing once events wait
    assert len(engine.poll()) == 2000
    engine.submit([Play(1, (empty,), tag) for tag in range(3000)])
    events = run(engine)
    assert sum(isinstance(event, PlayEnded) for event in events) == 2048
    events = run(engine)
    assert events[0] == Lost(engine.now_samples(), 4000 + 3000 - 2048)
    assert engine.statistics().events_lost == 4000 + 3000 - 2048


def test_stepping_stops_at_the_first_event() -> None:
    with Pair() as pair:
        pair.box_says(SetDetectors(1, Detector.DIGITS))
        pair.far_says(SendDigits(1, "1", 1))
        assert step([pair.box, pair.far], 80000) < 800
        reached = pair.box.now_samples()
        assert step([pair.box, pair.far], 80000) == reached  # the event still waits
        pair.collect()
        assert step([pair.box, pair.far], 80000) > reached


# Streams, counters, history.


def test_a_stream_that_runs_dry_is_filled_in_and_counted(engine: Engine) -> None:
    mouth, ear = streams(engine, 2)
    engine.submit([SetBridge(1, (1, 2))])
    mouth.write(constant(100, 2) + pcm(100) * 50)
    run(engine, 4)
    mouth.write(constant(100))
    run(engine)
    assert taken(ear) == [100] * 320 + [0] * 320 + [100] * 160
    counters = engine.counters(1)
    assert (counters.received, counters.filled, counters.discarded) == (800, 320, 0)


def test_a_stream_takes_what_fits(engine: Engine) -> None:
    mouth = engine.open_stream(1)
    assert mouth.write(bytes(2 * 10000)) == 8192
    assert mouth.write(bytes(2)) == 0
    run(engine, 2)
    assert mouth.write(bytes(2 * 10000)) == 320


def test_a_closed_stream_leaves_the_port_free(engine: Engine) -> None:
    stream = engine.open_stream(1)
    run(engine)
    stream.close()
    stream.close()
    again = engine.open_stream(1)
    run(engine)
    engine.unwire(1)
    run(engine)
    again.close()


def test_history_holds_the_last_eight_seconds_both_ways(engine: Engine) -> None:
    stream = engine.open_stream(1)
    assert engine.history(1) == (b"", b"")
    sound = engine.load_sound(alaw_of([-1000] * 800))
    stream.write(constant(1000, 5))
    engine.submit([Play(1, (sound,), 1)])
    run(engine, 10)
    far, near = engine.history(1)
    silence = b"\xd5" * 800
    assert far == alaw_of([1000]) * 800 + silence
    assert near == alaw_of([-1000]) * 800 + silence
    run(engine, 395)
    far, near = engine.history(1)
    assert len(far) == len(near) == 8 * 8000
    assert far == near == b"\xd5" * 64000


def test_levels_are_measured_once_a_second(engine: Engine) -> None:
    stream = engine.open_stream(1)
    engine.submit([SetDetectors(1, Detector.LEVEL), SendTone(1, Tone.DIAL)])
    quiet = array("h", [round(sample) for sample in tone(1000, 1000, peak=2283)]).tobytes()
    stream.write(quiet)
    heard = [event for event in run(engine, 101) if isinstance(event, LevelMeasured)]
    assert [event.sample for event in heard] == [8000, 16000]
    assert heard[0].rx_dbm0 == pytest.approx(-20, abs=0.1)
    assert heard[0].tx_dbm0 == pytest.approx(-10, abs=0.1)
    assert heard[1].rx_dbm0 == -99


@pytest.mark.parametrize(("ports", "tick"), [(0, 160), (1025, 160), (1, 8), (1, 168), (1, 161), (1, 20)])
def test_an_engine_that_can_not_be_is_refused(ports: int, tick: int) -> None:
    with pytest.raises(MediaError) as refused:
        Engine(ports, tick)
    assert refused.value.errno == errno.EINVAL


@pytest.mark.parametrize("tick", [16, 24, 40, 80, 160])
def test_every_tick_length_hears_the_same(tick: int) -> None:
    with Pair(tick_samples=tick) as pair:
        pair.box_says(
            SetDetectors(1, Detector.DIGITS | Detector.TONES | Detector.CALLER_ID | Detector.SPEECH)
        )
        pair.far_says(SendDigits(1, "159D", 1), SendDigits(1, "0", 2))
        pair.run(1200)
        keys = [
            (event.key, (event.sample - tick) // MS)
            for event in pair.events(DigitBegan)
            if isinstance(event, DigitBegan)
        ]
        assert [key for key, _ in keys] == list("159D0")
        assert [ms for _, ms in keys] == pytest.approx([0, 200, 400, 600, 800], abs=6)
