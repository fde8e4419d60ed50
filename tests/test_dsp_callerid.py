# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Caller ID: messages and keys, their sound, and everything that can be wrong with them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp import callerid, signals
from dsp.errors import MediaError
from dsp.vocabulary import CallerIdFormat, CallerIdHeard, Presentation, SendCallerId
from tests.line_sounds import SPEECH_PACKAGES, Samples, noise, pcm, samples_of, silence, sine, speech

FSK = (CallerIdFormat.FSK, CallerIdFormat.FSK_SINGLE)
DTMF = tuple(format for format in CallerIdFormat if format not in FSK)
NUMBER = "01062345678"
GAP = bytes(2 * 4000)


def command(format: CallerIdFormat, **what: object) -> SendCallerId:
    given = {"number": NUMBER, "tag": 1} | what
    return SendCallerId(1, format, **given)  # type: ignore[arg-type]


def sound(message: bytes | str, level_dbm0: float = -13.5) -> bytes:
    if isinstance(message, str):
        return GAP + signals.digits(message, 70, 70, level_dbm0) + GAP
    return GAP + signals.fsk(message, level_dbm0=level_dbm0) + GAP


def heard(line: bytes) -> list[signals.HeardCallerId]:
    return signals.CallerIdDetector().feed(line)


def read(message: signals.HeardCallerId, country: str = "cn") -> CallerIdHeard:
    return callerid.decode(1, message.sample, message.raw, message.fsk, message.intact, country)


def whole(kind: int, data: bytes) -> bytes:
    message = bytes((kind, len(data))) + data
    return message + bytes((-sum(message) & 0xFF,))


@pytest.mark.parametrize("format", list(CallerIdFormat))
def test_a_number_arrives_in_every_format(format: CallerIdFormat) -> None:
    message = callerid.encode(command(format), "cn")
    (one,) = heard(sound(message))
    said = read(one)
    assert (said.format, said.intact, said.number) == (format, True, NUMBER)
    assert said.presentation is Presentation.SHOWN


@pytest.mark.parametrize("format", list(CallerIdFormat))
@pytest.mark.parametrize("presentation", [Presentation.WITHHELD, Presentation.UNAVAILABLE])
def test_withheld_is_kept_apart_from_unavailable(format: CallerIdFormat, presentation: Presentation) -> None:
    message = callerid.encode(command(format, number="", presentation=presentation), "cn")
    (one,) = heard(sound(message))
    said = read(one)
    assert (said.intact, said.number, said.presentation) == (True, "", presentation)


def test_a_withheld_number_is_not_sent_at_all() -> None:
    for format in CallerIdFormat:
        message = callerid.encode(command(format, presentation=Presentation.WITHHELD), "cn")
        assert NUMBER not in (message if isinstance(message, str) else message.decode("latin-1"))


def test_date_and_a_chinese_name_arrive() -> None:
    message = callerid.encode(command(CallerIdFormat.FSK, name="张三丰", date="08011230"), "cn")
    assert isinstance(message, bytes)
    assert "张三丰".encode("gb2312") in message
    (one,) = heard(sound(message))
    assert (read(one).name, read(one).date, read(one).number) == ("张三丰", "08011230", NUMBER)


def test_a_name_is_gbk_in_china_and_latin_1_elsewhere_and_never_utf_8() -> None:
    name = "镕"  # in GBK, not in GB 2312
    message = whole(0x80, b"\x02\x013\x07\x02" + name.encode("gbk"))
    assert callerid.decode(1, 0, message, True, True, "cn").name == name
    message = whole(0x80, b"\x02\x013\x07\x05" + "José!".encode("latin-1"))
    assert callerid.decode(1, 0, message, True, True, "us").name == "José!"
    message = whole(0x80, b"\x07\x06" + "张三".encode())
    assert callerid.decode(1, 0, message, True, True, "cn").name != "张三"


def test_a_name_cut_inside_a_character_keeps_the_characters_before() -> None:
    message = whole(0x80, b"\x07\x05" + "张三丰".encode("gb2312")[:5])
    assert callerid.decode(1, 0, message, True, True, "cn").name == "张三"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"A\x00B\x00", "AB"),
        (b"\x1b[31mred\x1b]0;owned\x07\r\nline\x7f\x85", "redline"),
        (b"<script>alert(1)</script>", "<script>alert(1)</script>"),  # data; whoever shows it escapes it
        (b"=1+1", "=1+1"),
    ],
)
def test_control_characters_and_terminal_commands_are_taken_out_of_names(raw: bytes, name: str) -> None:
    message = whole(0x80, bytes((0x02, 1)) + b"5" + bytes((0x07, len(raw))) + raw)
    assert callerid.decode(1, 0, message, True, True, "us").name == name


def test_a_number_is_digits_only() -> None:
    message = whole(0x80, b"\x02\x0c+1 (2)\x003<b>4")
    assert callerid.decode(1, 0, message, True, True, "us").number == "1234"
    assert callerid.decode(1, 0, whole(0x04, b"08011230" + "１2".encode()), True, True, "us").number == "2"


def test_a_message_of_255_bytes_arrives_whole() -> None:
    data = b"\x02\x0b" + NUMBER.encode() + b"\x07\xe6" + b"X" * 230
    message = whole(0x80, data.ljust(255, b"X"))
    assert len(message) == 258
    (one,) = heard(sound(message))
    assert (one.intact, one.raw) == (True, message)
    assert (read(one).number, read(one).name) == (NUMBER, "X" * 230)


def test_a_wrong_checksum_is_heard_and_gives_no_number() -> None:
    message = bytearray(whole(0x80, b"\x02\x0b" + NUMBER.encode()))
    message[-1] ^= 0x5A
    (one,) = heard(sound(bytes(message)))
    said = read(one)
    assert (said.intact, said.number, said.name) == (False, "", "")
    assert said.presentation is Presentation.UNAVAILABLE


def test_a_message_that_breaks_off_is_heard_as_not_intact() -> None:
    message = whole(0x80, b"\x02\x0b" + NUMBER.encode())
    (one,) = heard(sound(message[: len(message) // 2]))
    assert (one.intact, one.raw) == (False, message[: len(message) // 2])


def test_a_parameter_that_overruns_its_message_is_left_out() -> None:
    message = whole(0x80, b"\x02\x0b" + NUMBER.encode() + b"\x07\xffshort")
    said = callerid.decode(1, 0, message, True, True, "cn")
    assert (said.number, said.name) == (NUMBER, "")


@pytest.mark.parametrize("level_dbm0", [-36.0, -13.5, -5.0])
@pytest.mark.parametrize("snr_db", [None, 20.0])
def test_fsk_is_heard_from_minus_5_to_minus_36_dbm0_in_noise_of_20_db(
    level_dbm0: float, snr_db: float | None
) -> None:
    message = callerid.encode(command(CallerIdFormat.FSK, name="WANG", date="08011230"), "cn")
    assert isinstance(message, bytes)
    for seed in range(10):
        chance = np.random.default_rng(seed)
        line = np.concatenate([silence(int(chance.integers(0, 80))), samples_of(sound(message, level_dbm0))])
        if snr_db is not None:
            line = line + noise(len(line), level_dbm0 - snr_db, chance)
        assert [one.raw for one in heard(pcm(line)) if one.intact] == [message]


def test_a_slope_of_6_db_between_mark_and_space_does_no_harm() -> None:
    message = callerid.encode(command(CallerIdFormat.FSK), "cn")
    assert isinstance(message, bytes)
    line = samples_of(sound(message))
    tilted = line.copy()
    tilted[1:] += 0.6 * line[:-1]  # a long cable: 2200 Hz comes 4 dB weaker than 1200
    assert [one.raw for one in heard(pcm(tilted * 0.4))] == [message]
    rising = line.copy()
    rising[1:] -= 0.4 * line[:-1]  # and the other way
    assert [one.raw for one in heard(pcm(rising))] == [message]


def bell_202(message: bytes, mark_hz: float, space_hz: float, speed: float) -> Samples:
    """FSK as another sender makes it, sample by sample from its bits."""
    bits = [0, 1] * 150 + [1] * 180
    for byte in message:
        bits += [0, *(byte >> place & 1 for place in range(8)), 1]
    bits += [1] * 20
    at = (np.arange(int(len(bits) * 8000 / 1200 / speed)) * 1200 * speed / 8000).astype(int)
    turning = np.where(np.array(bits)[np.minimum(at, len(bits) - 1)] == 1, mark_hz, space_hz) / 8000
    return 5000 * np.sin(2 * np.pi * np.cumsum(turning))


@pytest.mark.parametrize(
    ("mark_hz", "space_hz", "speed"),
    [
        (1188.0, 2178.0, 1.01),  # YD/T 1277.1: 1200 +-12 and 2200 +-22 Hz, 1200 +-12 bit/s
        (1212.0, 2222.0, 0.99),
        (1300.0, 2100.0, 1.0),  # ITU-T V.23, as EN 300 659 has it
    ],
)
def test_senders_at_the_limits_of_their_standards_are_heard(
    mark_hz: float, space_hz: float, speed: float
) -> None:
    message = callerid.encode(command(CallerIdFormat.FSK), "cn")
    assert isinstance(message, bytes)
    line = [silence(4000), bell_202(message, mark_hz, space_hz, speed), silence(4000)]
    assert [one.raw for one in heard(pcm(line))] == [message]


def test_hum_louder_than_the_message_does_no_harm() -> None:
    message = callerid.encode(command(CallerIdFormat.FSK), "cn")
    assert isinstance(message, bytes)
    line = samples_of(sound(message, -30.0))
    assert [one.raw for one in heard(pcm(line + sine(50, len(line), -20.0)))] == [message]


def test_a_message_with_the_short_mark_of_call_waiting_is_heard() -> None:
    message = callerid.encode(command(CallerIdFormat.FSK), "cn")
    assert isinstance(message, bytes)
    assert [one.raw for one in heard(GAP + signals.fsk(message, 0, 80) + GAP)] == [message]


def test_two_messages_in_a_row_are_both_heard() -> None:
    first, second = (
        callerid.encode(command(CallerIdFormat.FSK, number=number), "cn") for number in ("123", "456")
    )
    assert [read(one).number for one in heard(sound(first) + sound(second))] == ["123", "456"]


@pytest.mark.parametrize("samples", [1, 16, 37, 160])
def test_it_does_not_matter_how_many_samples_come_at_a_time(samples: int) -> None:
    line = sound(callerid.encode(command(CallerIdFormat.FSK), "cn")) + sound("A12345C")
    detector = signals.CallerIdDetector()
    found = [
        one for at in range(0, len(line), 2 * samples) for one in detector.feed(line[at : at + 2 * samples])
    ]
    assert [one.raw for one in found] == [one.raw for one in heard(line)]
    assert len(found) == 2


def test_between_messages_the_line_carries_zeros_and_no_idle_bytes() -> None:
    """A-law idle bytes of 7F, as some send them, are a level of -848, and no silence."""
    message = callerid.encode(command(CallerIdFormat.FSK), "cn")
    assert isinstance(message, bytes)
    line = samples_of(sound(message))
    begun = np.flatnonzero(line)
    assert begun[0] >= 4000
    assert not line[begun[-1] + 2 :].any()
    assert signals.to_alaw(bytes(4)) == b"\xd5\xd5"


def test_a_redirected_call_gives_the_caller_and_not_the_redirecting_number() -> None:
    (one,) = heard(sound("A1234D5678B00C"))
    assert (read(one).number, read(one).format) == ("1234", CallerIdFormat.DTMF_A_C)


@pytest.mark.parametrize("keys", ["A12345", "D12345", "1234567"])
def test_keys_without_a_stop_code_are_heard_as_not_intact(keys: str) -> None:
    (one,) = heard(sound(keys) + GAP)
    assert (one.intact, read(one).number) == (False, keys.lstrip("AD"))


def test_two_keys_are_no_caller_id() -> None:
    assert heard(sound("12") + GAP) == []


def test_message_waiting_is_sent_and_read_on_and_off() -> None:
    for waiting in (True, False):
        (one,) = heard(sound(callerid.encode_message_waiting(waiting)))
        assert callerid.decode_message_waiting(one.raw) is waiting
    assert callerid.decode_message_waiting(whole(0x06, b"\x42\x42\x42")) is True
    assert callerid.decode_message_waiting(whole(0x06, b"\x6f\x6f\x6f")) is False
    assert callerid.decode_message_waiting(whole(0x80, b"\x02\x013")) is None


def test_a_name_too_long_is_cut_at_a_character_and_a_message_too_long_is_refused() -> None:
    message = callerid.encode(command(CallerIdFormat.FSK, name="张" * 300), "cn")
    assert isinstance(message, bytes)
    assert callerid.decode(1, 0, message, True, True, "cn").name == "张" * 40
    with pytest.raises(MediaError):
        signals.fsk(bytes(259))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=258), st.booleans(), st.booleans(), st.sampled_from(["cn", "us"]))
def test_whatever_bytes_come_in_are_read_without_an_error(
    raw: bytes, fsk: bool, intact: bool, country: str
) -> None:
    said = callerid.decode(1, 0, raw, fsk, intact, country)
    assert said.number.isascii() and (said.number.isdigit() or not said.number)
    assert all(char.isprintable() or char == "\u3000" for char in said.name)
    callerid.decode_message_waiting(raw)


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=60))
def test_random_bytes_sent_as_a_message_disturb_nothing_that_follows(raw: bytes) -> None:
    good = callerid.encode(command(CallerIdFormat.FSK), "cn")
    found = heard(sound(raw) + GAP * 4 + sound(good))
    assert found[-1].raw == good
    assert found[-1].intact


def test_noise_is_no_caller_id() -> None:
    chance = np.random.default_rng(1)
    assert heard(pcm(noise(80000, -10, chance))) == []


@pytest.mark.parametrize("language", list(SPEECH_PACKAGES))
def test_no_caller_id_is_heard_in_speech(language: str) -> None:
    detector = signals.CallerIdDetector()
    assert [one for prompt in speech(language) for one in detector.feed(prompt)] == []
