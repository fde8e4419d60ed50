# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Values are said by the grammar of each language; every phrase can be said in both."""

import pytest

from firmware.settings.model import Codes
from firmware.speech import MissingValue, UnknownPhrase, say
from firmware.speech.grammar import KINDS, NUMBER_MAX, say_codes, sounds_of, telephone_groups
from firmware.speech.phrases import LANGUAGES, PHRASES
from firmware.speech.words import PAUSE

# A value of each kind, by slot name, enough to say any phrase of the catalogue.
VALUES: dict[str, str | int] = {
    "count": 7,
    "position": 12,
    "pause_reason": 3,
    "queue": 1,
    "seconds": 95,
    "extension": "801",
    "agent": 1001,
    "port": 5,
    "address": "192.168.1.20",
    "date": "2026-11-22",
    "time": "14:05",
    "number": "13800138000",
}


def spoken(kind: str, value: str | int, language: str) -> str:
    texts = sounds_of(language) | {PAUSE: "-"}
    return (" " if language == "en" else "").join(texts[sound] for sound in KINDS[kind](value, language))


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        (0, "零", "zero"),
        (2, "二", "two"),
        (10, "十", "ten"),
        (14, "十四", "fourteen"),
        (40, "四十", "forty"),
        (99, "九十九", "ninety-nine"),
        (100, "一百", "one hundred"),
        (105, "一百零五", "one hundred five"),
        (110, "一百一十", "one hundred ten"),
        (112, "一百一十二", "one hundred twelve"),
        (200, "二百", "two hundred"),
        (1000, "一千", "one thousand"),
        (1005, "一千零五", "one thousand five"),
        (1010, "一千零一十", "one thousand ten"),
        (1050, "一千零五十", "one thousand fifty"),
        (1105, "一千一百零五", "one thousand one hundred five"),
        (2002, "两千零二", "two thousand two"),
        (9999, "九千九百九十九", "nine thousand nine hundred ninety-nine"),
        (10_000, "一万", "ten thousand"),
        (10_012, "一万零一十二", "ten thousand twelve"),
        (20_300, "两万零三百", "twenty thousand three hundred"),
        (1_020_304, "一百零二万零三百零四", "one million twenty thousand three hundred four"),
    ],
)
def test_a_number_is_said_as_each_language_says_it(number: int, zh: str, en: str) -> None:
    assert (spoken("number", number, "zh"), spoken("number", number, "en")) == (zh, en)


def chinese_value(text: str) -> int:
    """Read a Chinese number back, by the rules of a reader and not of a speaker."""
    total = section = digit = 0
    for sign in text:
        if sign in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(sign)
        elif sign == "两":
            digit = 2
        elif sign == "万":
            total, section, digit = (section + digit) * 10_000, 0, 0
        else:
            section, digit = section + (digit or 1) * {"十": 10, "百": 100, "千": 1000}[sign], 0
    return total + section + digit


def test_every_number_up_to_a_hundred_thousand_reads_back_in_chinese() -> None:
    for number in [*range(10_000), *range(10_000, 100_000, 37), NUMBER_MAX]:
        assert chinese_value(spoken("number", number, "zh")) == number


def test_no_two_numbers_are_said_alike_in_english() -> None:
    said = {KINDS["number"](number, "en") for number in range(20_000)}
    assert len(said) == 20_000


def test_two_things_are_liang_in_chinese_but_the_second_place_is_er() -> None:
    assert spoken("count", 2, "zh") == "两"
    assert spoken("count", 12, "zh") == "十二"
    assert spoken("number", 2, "zh") == "二"


def test_one_is_yao_in_extensions_and_telephone_numbers() -> None:
    assert spoken("digits", "811", "zh") == "八幺幺"
    assert spoken("telephone", "13800138000", "zh") == "幺三八-零零幺三-八零零零"
    assert spoken("digits", "*11", "en") == "star one one"


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("110", ("110",)),
        ("95588", ("95588",)),
        ("8888666", ("888", "8666")),
        ("88886666", ("8888", "6666")),
        ("13800138000", ("138", "0013", "8000")),
        ("02088886666", ("020", "8888", "6666")),
        ("01088886666", ("010", "8888", "6666")),
        ("075588886666", ("0755", "8888", "6666")),
        ("4008001234", ("400", "800", "1234")),
        ("0013125551234", ("0013", "12555", "1234")),
    ],
)
def test_a_telephone_number_is_grouped_as_people_group_it(number: str, groups: tuple[str, ...]) -> None:
    assert telephone_groups(number) == groups


def test_grouping_loses_no_digit() -> None:
    for length in range(1, 21):
        for first in "01249":
            number = (first + "1234567890123456789")[:length]
            assert "".join(telephone_groups(number)) == number


@pytest.mark.parametrize(
    ("kind", "value", "zh", "en"),
    [
        ("duration", 0, "零秒", "zero seconds"),
        ("duration", 1, "一秒", "one second"),
        ("duration", 61, "一分钟一秒", "one minute one second"),
        ("duration", 120, "两分钟", "two minutes"),
        ("duration", 3_605, "一小时", "one hour"),
        ("duration", 7_320, "两小时两分钟", "two hours two minutes"),
        ("time", "00:00", "零点整", "twelve a.m."),
        ("time", "02:05", "两点零五分", "two oh five a.m."),
        ("time", "12:30", "十二点三十分", "twelve thirty p.m."),
        ("time", "23:59", "二十三点五十九分", "eleven fifty-nine p.m."),
        ("date", "2026-11-22", "十一月二十二日星期日", "Sunday November twenty-second"),
        ("full_date", "2026-11-02", "二零二六年十一月二日", "November second twenty twenty-six"),
        ("full_date", "2005-01-31", "二零零五年一月三十一日", "January thirty-first two thousand five"),
        (
            "address",
            "192.168.1.5",
            "幺九二点幺六八点幺点五",
            "one nine two dot one six eight dot one dot five",
        ),
    ],
)
def test_a_value_is_said_in_the_order_of_its_language(kind: str, value: str | int, zh: str, en: str) -> None:
    assert (spoken(kind, value, "zh"), spoken(kind, value, "en")) == (zh, en)


def test_every_hour_and_minute_of_a_day_can_be_said() -> None:
    for language in LANGUAGES:
        said = {
            spoken("time", f"{hour:02}:{minute:02}", language) for hour in range(24) for minute in range(60)
        }
        assert len(said) == 24 * 60


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phrase", PHRASES)
def test_every_phrase_can_be_said_and_each_sound_of_it_has_a_text(phrase: str, language: str) -> None:
    texts = sounds_of(language) | {PAUSE: "-"}
    sounds = say(phrase, language, **VALUES)
    assert sounds
    assert set(sounds) <= set(texts)


def test_a_phrase_that_counts_chooses_its_form() -> None:
    assert say("queue.waiting", "en", count=0) == ("queue.waiting.none",)
    assert say("queue.waiting", "en", count=1) == ("queue.waiting.one",)
    assert say("queue.waiting", "en", count=2) == ("queue.waiting.many.1", "digit.2", "queue.waiting.many.2")
    assert say("queue.waiting", "zh", count=2) == (
        "queue.waiting.many.1",
        "digit.liang",
        "queue.waiting.many.2",
    )


def test_slots_stand_where_the_language_puts_them() -> None:
    assert say("queue.position", "zh", position=2) == ("queue.position.1", "digit.2")
    assert say("station.extension", "en", extension="801")[0] == "station.extension.1"


def test_a_language_that_is_not_there_is_said_in_english() -> None:
    assert say("queue.position", "fr", position=21) == say("queue.position", "en", position=21)


@pytest.mark.parametrize(
    ("phrase", "values"),
    [
        ("queue.position", {}),
        ("queue.position", {"position": -1}),
        ("queue.position", {"position": NUMBER_MAX + 1}),
        ("queue.position", {"position": "two"}),
        ("queue.waiting", {}),
        ("station.extension", {"extension": "8o1"}),
        ("box.address", {"address": "192.168.1"}),
        ("box.address", {"address": "192.168.1.256"}),
        ("clock.now", {"date": "2026-02-30", "time": "14:05"}),
        ("clock.now", {"date": "2026-02-28", "time": "24:05"}),
    ],
)
def test_a_value_that_is_missing_or_of_the_wrong_kind_is_named(
    phrase: str, values: dict[str, str | int]
) -> None:
    with pytest.raises(MissingValue, match=phrase):
        say(phrase, "zh", **values)


def test_an_unknown_phrase_is_named() -> None:
    with pytest.raises(UnknownPhrase, match=r"queue\.wating"):
        say("queue.wating", "zh", count=2)


def test_every_star_code_of_the_settings_has_a_spoken_name() -> None:
    codes = Codes().model_dump()
    for language in LANGUAGES:
        sounds = say_codes(codes, language)
        assert set(sounds) <= set(sounds_of(language)) | {PAUSE}
        assert {f"codes.{name}" for name in codes} <= set(sounds)


def test_both_languages_have_the_same_slots_and_end_their_sentences() -> None:
    for phrase in PHRASES.values():
        slots = [
            sorted(part for part in phrase.text(language).split("{")[1:] for part in [part.split("}")[0]])
            for language in LANGUAGES
        ]
        assert slots[0] == slots[1], phrase.id
        assert phrase.zh.endswith("。") and phrase.en.endswith("."), phrase.id
