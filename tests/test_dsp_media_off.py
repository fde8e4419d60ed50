# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The engine without samples tells the same as the one with samples, at the same time."""

from __future__ import annotations

import time

import msgspec
import pytest

from dsp.errors import MediaError
from dsp.media_off import MediaOff, step
from dsp.vocabulary import (
    CallerIdFormat,
    Detector,
    DigitBegan,
    DigitEnded,
    MediaEvent,
    Play,
    Presentation,
    Record,
    ResetPort,
    SendCallerId,
    SendDigits,
    SendMessageWaiting,
    SendTone,
    SetBridge,
    SetDetectors,
    SetPort,
    SpeechBegan,
    StopPlay,
    StopRecording,
    StopSend,
    StopTone,
    Tone,
    ToneHeard,
)
from tests.media_pair import HASHING_SINK, MEDIA_OFF, MEDIA_ON, TICK_SAMPLES, Pair, Script, speech_alaw

EVERYTHING = Detector.DIGITS | Detector.TONES | Detector.SPEECH | Detector.CALLER_ID
TOLD_WITHIN_SAMPLES = TICK_SAMPLES  # one tick
SAMPLE_WITHIN = 40
HZ_WITHIN = 1.0
DBM0_WITHIN = 0.5
TWIST_WITHIN_DB = 0.5


def digits(pair: Pair) -> None:
    pair.box_says(SetDetectors(1, EVERYTHING))
    pair.far_says(SendDigits(1, "12,#", 7, on_ms=80, off_ms=80))
    pair.run(2000)


def digits_too_short(pair: Pair) -> None:
    pair.box_says(SetDetectors(1, Detector.DIGITS))
    pair.far_says(SendDigits(1, "12", 7, on_ms=20, off_ms=80))
    pair.run(500)


def digits_cut_off(pair: Pair) -> None:
    pair.box_says(SetDetectors(1, Detector.DIGITS))
    pair.far_says(SendDigits(1, "123", 7), SendDigits(1, "4", 8))
    pair.run(260)
    pair.far_says(StopSend(1))
    pair.run(300)


def tone(which: Tone, country: str, on_ms: int) -> Script:
    def script(pair: Pair) -> None:
        pair.box_says(SetPort(1, country), SetDetectors(1, Detector.TONES | Detector.SPEECH))
        pair.far_says(SetPort(1, country), SendTone(1, which))
        pair.run(on_ms)
        pair.far_says(StopTone(1))
        pair.run(on_ms + 2000)

    return script


def tone_after_tone(pair: Pair) -> None:
    pair.box_says(SetDetectors(1, Detector.TONES))
    pair.far_says(SendTone(1, Tone.RINGBACK))
    pair.run(7500)
    pair.far_says(SendTone(1, Tone.BUSY))
    pair.run(4000)


def listening_from_the_middle(pair: Pair) -> None:
    pair.far_says(SendTone(1, Tone.BUSY))
    pair.run(1500)
    pair.box_says(SetDetectors(1, Detector.TONES))
    pair.run(3000)


def caller_id(format: CallerIdFormat, number: str, presentation: Presentation = Presentation.SHOWN) -> Script:
    def script(pair: Pair) -> None:
        pair.box_says(SetDetectors(1, EVERYTHING))
        name = "王小明" if format is CallerIdFormat.FSK else ""
        pair.far_says(SendCallerId(1, format, number, 9, name, presentation, "11221030"))
        pair.run(3500)

    return script


def caller_id_without_stop_code(pair: Pair) -> None:
    pair.box_says(SetDetectors(1, Detector.CALLER_ID))
    pair.far_says(SendDigits(1, "D075512", 9, on_ms=70, off_ms=70))
    pair.run(2500)


def message_waiting(pair: Pair) -> None:
    pair.box_says(SetDetectors(1, Detector.CALLER_ID))
    pair.far_says(SendMessageWaiting(1, True, 9))
    pair.run(1500)


def sounds(pair: Pair) -> None:
    long = pair.far.load_sound(speech_alaw(1000))
    broken = pair.far.load_sound(speech_alaw(300) + b"\xd5" * 4800 + speech_alaw(505))
    pair.box_says(SetDetectors(1, Detector.SPEECH))
    pair.far_says(Play(1, (long, broken), 1), Play(1, (long,), 2))
    pair.far.free_sound(long)
    pair.run(4500)


def music_stopped(pair: Pair) -> None:
    music = pair.far.load_sound(speech_alaw(700))
    pair.box_says(SetDetectors(1, Detector.SPEECH))
    pair.far_says(Play(1, (music,), 1, loop=True), Play(1, (music,), 2))
    pair.run(2500)
    pair.far_says(StopPlay(1))
    pair.run(1000)


def through_a_bridge(pair: Pair) -> None:
    pair.box_says(SetDetectors(2, EVERYTHING), SetBridge(1, (1, 2)))
    pair.far_says(SetDetectors(2, EVERYTHING), SendDigits(1, "5", 7))
    pair.run(300)
    pair.box_says(SetBridge(1, ()))
    pair.far_says(SendDigits(1, "6", 8))
    pair.run(300)


def whisper(pair: Pair) -> None:
    pair.box_says(SetBridge(1, (1, 2, 3), ((None, 0.0, None), (0.0, None, 0.0), (0.0, -3.0, None))))
    pair.far_says(*(SetDetectors(port, Detector.DIGITS) for port in (1, 2, 3)), SendDigits(3, "7", 7))
    pair.run(300)


def recordings(pair: Pair) -> None:
    pair.box_says(Record(1, HASHING_SINK, 5))
    pair.run(1000)
    pair.box_says(StopRecording(1))
    pair.run(100)
    pair.box_says(Record(1, HASHING_SINK, 6))
    pair.run(50)
    pair.box_says(Record(1, HASHING_SINK, 8))
    pair.run(70)
    pair.box_says(ResetPort(1))
    pair.run(100)


def reset_in_the_middle(pair: Pair) -> None:
    sound = pair.far.load_sound(speech_alaw(700))
    pair.box_says(SetDetectors(1, EVERYTHING))
    pair.far_says(Play(1, (sound,), 1), SendDigits(1, "123", 2), SendTone(1, Tone.BUSY), ResetPort(1))
    pair.run(100)


ON_MS = {
    Tone.RINGBACK: 12000,
    Tone.RECORD: 23000,
    Tone.CALL_WAITING: 7000,
    Tone.INFORMATION: 7000,
    Tone.FAX_CALLING: 8000,
}

SCRIPTS: dict[str, Script] = {
    "digits": digits,
    "digits_too_short": digits_too_short,
    "digits_cut_off": digits_cut_off,
    **{f"cn_{which.value}": tone(which, "cn", ON_MS.get(which, 4000)) for which in Tone},
    **{f"de_{which.value}": tone(which, "de", 7000) for which in (Tone.DIAL, Tone.RINGBACK, Tone.BUSY)},
    **{f"us_{which.value}": tone(which, "us", 7000) for which in (Tone.DIAL, Tone.RINGBACK, Tone.BUSY)},
    "tone_after_tone": tone_after_tone,
    "listening_from_the_middle": listening_from_the_middle,
    **{f"caller_id_{format.value}": caller_id(format, "13812345678") for format in CallerIdFormat},
    "withheld": caller_id(CallerIdFormat.FSK, "", Presentation.WITHHELD),
    "withheld_dtmf": caller_id(CallerIdFormat.DTMF_A_C, "", Presentation.WITHHELD),
    "caller_id_without_stop_code": caller_id_without_stop_code,
    "message_waiting": message_waiting,
    "sounds": sounds,
    "music_stopped": music_stopped,
    "through_a_bridge": through_a_bridge,
    "whisper": whisper,
    "recordings": recordings,
    "reset_in_the_middle": reset_in_the_middle,
}


def alike(real: MediaEvent, off: MediaEvent) -> bool:
    """The same, but for what is measured on samples."""
    changes: dict[str, object] = {"sample": off.sample}
    near = abs(real.sample - off.sample) <= SAMPLE_WITHIN
    if isinstance(real, ToneHeard) and isinstance(off, ToneHeard):
        changes["freq_hz"] = off.freq_hz
        near &= abs(real.freq_hz - off.freq_hz) <= HZ_WITHIN
    if isinstance(real, DigitEnded) and isinstance(off, DigitEnded):
        changes |= {"level_dbm0": off.level_dbm0, "twist_db": off.twist_db, "duration_ms": off.duration_ms}
        near &= abs(real.level_dbm0 - off.level_dbm0) <= DBM0_WITHIN and abs(real.twist_db) <= TWIST_WITHIN_DB
        near &= abs(real.duration_ms - off.duration_ms) <= 2
    return near and msgspec.structs.replace(real, **changes) == off


@pytest.mark.parametrize("name", SCRIPTS)
def test_both_engines_tell_the_same_at_the_same_time(name: str) -> None:
    with Pair(MEDIA_ON) as real, Pair(MEDIA_OFF) as off:
        SCRIPTS[name](real)
        SCRIPTS[name](off)
        assert [type(event) for _, _, event in off.heard] == [type(event) for _, _, event in real.heard]
        for (place, told, event), (place_off, told_off, event_off) in zip(real.heard, off.heard, strict=True):
            assert place == place_off
            assert alike(event, event_off), f"{event} and {event_off}"
            assert abs(told - told_off) <= TOLD_WITHIN_SAMPLES, f"{event}: told at {told} and {told_off}"


def test_most_scripts_hear_something() -> None:
    """The comparison above would hold of silence too."""
    silent = []
    for name, script in SCRIPTS.items():
        with Pair(MEDIA_OFF) as off:
            script(off)
            if not off.events():
                silent.append(name)
    assert silent == [
        "digits_too_short",
        "cn_call_waiting",
        "cn_confirm",
        "through_a_bridge",
        "whisper",
        "reset_in_the_middle",
    ]


def test_what_sounds_already_is_heard_by_a_port_that_joins_later() -> None:
    with MediaOff(2, TICK_SAMPLES) as media:
        sound = media.load_sound(speech_alaw(500))
        media.submit([SetDetectors(2, Detector.SPEECH), Play(1, (sound,), 1, loop=True)])
        step([media], 1600)
        media.wire(1, media, 2)
        assert step([media], 80000) < 3200
        assert isinstance(media.poll()[0], SpeechBegan)


def test_a_stream_sounds_as_speech() -> None:
    with MediaOff(1, TICK_SAMPLES) as media:
        stream = media.open_stream(1)
        media.submit([SetDetectors(1, Detector.SPEECH)])
        assert stream.write(b"\x00\x20" * 4000) == 4000
        step([media], 80000)
        assert media.poll() == [SpeechBegan(1, 0)]
        assert len(stream.read(10000)) == 2 * media.now_samples()
        stream.close()


def test_it_refuses_what_the_real_engine_refuses() -> None:
    for open_media, _ in (MEDIA_ON, MEDIA_OFF):
        media = open_media(2, TICK_SAMPLES)
        for wrong in (
            SendDigits(3, "1", 1),
            SendDigits(0, "1", 1),
            SendDigits(1, "", 1),
            SendDigits(1, "1x", 1),
            SendDigits(1, "1" * 1025, 1),
            Play(1, (99,), 1),
            Play(1, (), 1),
            SetBridge(1, (1, 1)),
            SetBridge(1, (1, 5)),
            SetBridge(1, (1, 2), ((None,),)),
            SetPort(1, "xx"),
        ):
            with pytest.raises(MediaError):
                media.submit([SetDetectors(1, Detector.DIGITS), wrong])
        media.close()


def test_a_quiet_day_costs_next_to_nothing() -> None:
    """Not tick by tick: eight hours of a hundred ports would be 1.4 million ticks."""
    with Pair(MEDIA_OFF, ports=100) as pair:
        began_s = time.process_time()
        pair.run(8 * 3600 * 1000)
        pair.far_says(SendDigits(1, "1", 1))
        pair.box_says(SetDetectors(1, Detector.DIGITS))
        pair.run(1000)
        assert pair.events(DigitBegan)
        assert time.process_time() - began_s < 5
