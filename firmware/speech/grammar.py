# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""How values are said: from a phrase and its values to the sounds to play, in the order of the language.

Everything here is a function of its arguments, so the exchange's core may call it.  The ids name files of
firmware/sounds/<language>/; no file is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from functools import cache

from firmware.speech.phrases import LANGUAGES, PHRASES
from firmware.speech.words import PAUSE, WORDS, number_id

Value = str | int
Sounds = tuple[str, ...]

NUMBER_MAX = 99_999_999
_SLOT = re.compile(r"\{(\w+):(\w+)\}")
_SPOKEN_SIGNS = {"*": "digit.star", "#": "digit.hash", "+": "digit.plus"}


class UnknownPhrase(KeyError):
    """No phrase of the catalogue has this id."""


class MissingValue(ValueError):
    """A phrase has a slot for which no value, or no value of its kind, was given."""


def say(phrase_id: str, language: str, **values: Value) -> Sounds:
    """The sounds of a phrase, its slots filled in.  A phrase that counts chooses its form by `count`.

    An unknown language is said in English.  Raises UnknownPhrase, MissingValue.
    """
    if language not in LANGUAGES:
        language = "en"
    phrase_id = _form(phrase_id, values)
    sounds: list[str] = []
    for part in _parts(phrase_id, language):
        if isinstance(part, str):
            sounds.append(part)
        else:
            sounds += _value(part, values, language, phrase_id)
    return tuple(sounds)


def say_code(code: str, language: str) -> Sounds:
    """A code or a number as dialled, key by key: "*11" is star, one, one."""
    return _digits(code, language)


def say_codes(codes: Mapping[str, str], language: str) -> Sounds:
    """What *10 says.  codes: from the last part of a `codes.` phrase to the code in force."""
    sounds = list(say("codes.intro", language))
    for name, code in codes.items():
        sounds += (PAUSE, *say_code(code, language), *say(f"codes.{name}", language))
    return tuple(sounds)


def sounds_of(language: str) -> dict[str, str]:
    """Every sound of a language by id, with its text."""
    texts = dict(WORDS[language])
    for phrase in PHRASES.values():
        pieces = [part for part in _split(phrase.text(language)) if isinstance(part, str) and part != ","]
        for number, piece in enumerate(pieces, 1):
            texts[phrase.id if pieces == [phrase.text(language)] else f"{phrase.id}.{number}"] = piece.strip()
    return texts


def _form(phrase_id: str, values: Mapping[str, Value]) -> str:
    if phrase_id in PHRASES:
        return phrase_id
    count = values.get("count")
    name = {0: "none", 1: "one"}.get(count, "many") if isinstance(count, int) else "many"
    form = f"{phrase_id}.{name}"
    if form not in PHRASES:
        raise UnknownPhrase(phrase_id)
    if count is None:
        raise MissingValue(f"{phrase_id} needs count")
    return form


def _split(text: str) -> list[str | tuple[str, str]]:
    """A text as its pieces, in order: strings that are spoken, slots as (name, kind), and "," between two slots."""
    pieces: list[str | tuple[str, str]] = []
    end = 0
    for slot in _SLOT.finditer(text):
        pieces += [text[end : slot.start()], (slot[1], slot[2])]
        end = slot.end()
    pieces.append(text[end:])
    spoken: list[str | tuple[str, str]] = []
    for piece in pieces:
        if not isinstance(piece, str) or re.search(r"\w", piece):
            spoken.append(piece)
        elif "," in piece or "，" in piece:
            spoken.append(",")
    return spoken


@cache
def _parts(phrase_id: str, language: str) -> tuple[str | tuple[str, str], ...]:
    """As `_split`, with the texts replaced by their sound ids."""
    text = PHRASES[phrase_id].text(language)
    pieces = _split(text)
    if pieces == [text]:
        return (phrase_id,)
    numbers = iter(range(1, len(pieces) + 1))
    return tuple(
        piece if not isinstance(piece, str) else PAUSE if piece == "," else f"{phrase_id}.{next(numbers)}"
        for piece in pieces
    )


def _value(slot: tuple[str, str], values: Mapping[str, Value], language: str, phrase_id: str) -> Sounds:
    name, kind = slot
    if name not in values:
        raise MissingValue(f"{phrase_id} needs {name}")
    try:
        return KINDS[kind](values[name], language)
    except ValueError as fault:
        raise MissingValue(f"{phrase_id}: {name}={values[name]!r} is no {kind}") from fault


def _whole(value: Value) -> int:
    number = int(value)
    if not 0 <= number <= NUMBER_MAX:
        raise ValueError(f"{number} is not in 0..{NUMBER_MAX}")
    return number


def _number(value: Value, language: str) -> Sounds:
    """A cardinal number."""
    number = _whole(value)
    return _zh_number(number) if language == "zh" else _en_number(number)


def _count(value: Value, language: str) -> Sounds:
    """A number of things: Chinese says 2 as "liang" before a measure word."""
    if language == "zh" and _whole(value) == 2:
        return ("digit.liang",)
    return _number(value, language)


def _zh_number(number: int) -> Sounds:
    if number < 100:
        return (number_id(number),)
    upper, lower = divmod(number, 10_000)
    if not upper:
        return _zh_section(lower, after_larger=False)
    head = ("digit.liang",) if upper == 2 else _zh_number(upper)
    if not lower:
        return (*head, "unit.ten_thousand")
    return (*head, "unit.ten_thousand", *_zh_section(lower, after_larger=True))


def _zh_section(number: int, *, after_larger: bool) -> Sounds:
    """1-9,999 within a larger number: one "ling" for each run of missing places, and 1x as "yi shi x"."""
    sounds: list[str] = []
    missing = False
    spoken = after_larger
    for place, name in ((1000, "thousand"), (100, "hundred")):
        digit, number = divmod(number, place)
        if digit:
            if missing:
                sounds.append("digit.0")
            sounds.append(f"{name}.{digit}")
            spoken, missing = True, False
        else:
            missing = spoken
    if not number:
        return tuple(sounds)
    if missing or (spoken and number < 10):
        sounds.append("digit.0")
    sounds.append(f"teen.{number}" if spoken and 10 <= number < 20 else number_id(number))
    return tuple(sounds)


def _en_number(number: int) -> Sounds:
    sounds: list[str] = []
    for size, name in ((1_000_000, "unit.million"), (1_000, "unit.thousand")):
        upper, number = divmod(number, size)
        if upper:
            sounds += (*_en_below_1000(upper), name)
    if number or not sounds:
        sounds += _en_below_1000(number)
    return tuple(sounds)


def _en_below_1000(number: int) -> Sounds:
    hundreds, rest = divmod(number, 100)
    head = (f"hundred.{hundreds}",) if hundreds else ()
    return (*head, number_id(rest)) if rest or not hundreds else head


def _digits(value: Value, language: str) -> Sounds:
    """Digit by digit, as extensions and codes are said."""
    one = "digit.yao" if language == "zh" else "digit.1"
    sounds = []
    for sign in str(value):
        if sign not in "0123456789" and sign not in _SPOKEN_SIGNS:
            raise ValueError(f"{sign!r} can't be said")
        sounds.append(one if sign == "1" else _SPOKEN_SIGNS.get(sign, f"digit.{sign}"))
    return tuple(sounds)


def _telephone(value: Value, language: str) -> Sounds:
    """Digit by digit with a short pause between groups."""
    sounds: list[str] = []
    for group in telephone_groups(str(value)):
        sounds += ((PAUSE,) if sounds else ()) + _digits(group, language)
    return tuple(sounds)


def telephone_groups(number: str) -> tuple[str, ...]:
    """A telephone number as people group it: 138-0013-8000, 0755-8888-6666, 400-800-1234, 8888-6666."""
    if len(number) == 10 and number[:3] in ("400", "800"):
        return (number[:3], number[3:6], number[6:])
    head = ""
    if len(number) == 11 and number.startswith("1"):
        head = number[:3]
    elif number.startswith("0") and len(number) > 8:
        head = number[:3] if number[1] in "12" else number[:4]  # two-digit areas: 010 and 02x
    rest = number[len(head) :]
    if not head and len(rest) <= 6:
        return (number,)
    first = len(rest) % 4 or 4
    if first < 3:  # a group of one or two digits would stand alone: 88-6666 is said 886666
        first += 4
    groups = [head, rest[:first]] + [rest[at : at + 4] for at in range(first, len(rest), 4)]
    return tuple(group for group in groups if group)


def _duration(value: Value, language: str) -> Sounds:
    """Seconds, as hours and minutes or as minutes and seconds."""
    minutes, seconds = divmod(_whole(value), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "hour"), (minutes, "minute"), (0 if hours else seconds, "second"))
    sounds: list[str] = []
    for count, unit in parts:
        if count:
            sounds += (*_count(count, language), _unit(unit, count, language))
    return tuple(sounds) or ("digit.0", _unit("second", 0, language))


def _unit(unit: str, count: int, language: str) -> str:
    return f"unit.{unit}" if language == "en" and count == 1 else f"unit.{unit}s"


def _time(value: Value, language: str) -> Sounds:
    """A time of day, "HH:MM"."""
    at = time.fromisoformat(str(value))
    if language == "zh":
        hour = _count(at.hour, language)
        if not at.minute:
            return (*hour, "unit.oclock_sharp")
        zero = ("digit.0",) if at.minute < 10 else ()
        return (*hour, "unit.oclock", *zero, number_id(at.minute), "unit.minute_of_hour")
    minute: Sounds = () if not at.minute else (number_id(at.minute),)
    if 0 < at.minute < 10:
        minute = ("digit.oh", *minute)
    return (number_id(at.hour % 12 or 12), *minute, "unit.pm" if at.hour >= 12 else "unit.am")


def _date(value: Value, language: str) -> Sounds:
    """A day, "YYYY-MM-DD", as weekday, month and day in the language's order."""
    day = date.fromisoformat(str(value))
    weekday = f"weekday.{day.isoweekday()}"
    if language == "zh":
        return (number_id(day.month), "unit.month", number_id(day.day), "unit.day", weekday)
    return (weekday, f"month.{day.month}", f"day.{day.day}")


def _full_date(value: Value, language: str) -> Sounds:
    """A day with its year: Chinese says a year digit by digit, English in two halves."""
    day = date.fromisoformat(str(value))
    if language == "zh":
        year = tuple(f"digit.{digit}" for digit in f"{day.year:04}")
        return (*year, "unit.year", number_id(day.month), "unit.month", number_id(day.day), "unit.day")
    return (f"month.{day.month}", f"day.{day.day}", *_en_year(day.year))


def _en_year(year: int) -> Sounds:
    century, rest = divmod(year, 100)
    if year < 1000 or rest == 0 or 2000 <= year < 2010:
        return _en_number(year)
    return (number_id(century), *(("digit.oh",) if rest < 10 else ()), number_id(rest))


def _address(value: Value, language: str) -> Sounds:
    """An IP address, digit by digit."""
    groups = str(value).split(".")
    if len(groups) != 4 or not all(group.isdigit() and int(group) < 256 for group in groups):
        raise ValueError(f"{value!r} is no IPv4 address")
    sounds = list(_digits(groups[0], language))
    for group in groups[1:]:
        sounds += ("unit.dot", *_digits(group, language))
    return tuple(sounds)


KINDS: dict[str, Callable[[Value, str], Sounds]] = {
    "number": _number,
    "count": _count,
    "digits": _digits,
    "telephone": _telephone,
    "duration": _duration,
    "time": _time,
    "date": _date,
    "full_date": _full_date,
    "address": _address,
}
