# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The small words that values are said with: numbers, units, months; by sound id, as they are spoken.

Chinese says 1 as "yi" in numbers and "yao" in telephone numbers, 2 as "er" in numbers and "liang" before a
measure word, and 10-19 with a leading "yi" inside larger numbers: each of these has a sound of its own.
"""

from __future__ import annotations

# A sound of silence, between the groups of a telephone number.
PAUSE = "pause.short"

_ZH_DIGITS = "零一二三四五六七八九"
_EN_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_EN_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_EN_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_EN_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_EN_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]


def number_id(number: int) -> str:
    """The sound of a number below 100."""
    return f"digit.{number}" if number < 10 else f"number.{number}"


def _zh_tens(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else _ZH_DIGITS[tens]) + "十" + (_ZH_DIGITS[ones] if ones else "")


def _en_below_100(number: int) -> str:
    if number < 20:
        return _EN_SMALL[number]
    tens, ones = divmod(number, 10)
    return _EN_TENS[tens] + (f"-{_EN_SMALL[ones]}" if ones else "")


def _en_ordinal(day: int) -> str:
    if day <= 20:
        return _EN_ORDINALS[day - 1]
    return "thirtieth" if day == 30 else f"{_EN_TENS[day // 10]}-{_EN_ORDINALS[day % 10 - 1]}"


def _chinese() -> dict[str, str]:
    words = {f"digit.{n}": _ZH_DIGITS[n] for n in range(10)}
    words |= {f"number.{n}": _zh_tens(n) for n in range(10, 100)}
    words |= {f"teen.{n}": "一" + _zh_tens(n) for n in range(10, 20)}
    words |= {f"hundred.{n}": _ZH_DIGITS[n] + "百" for n in range(1, 10)}
    words |= {f"thousand.{n}": ("两" if n == 2 else _ZH_DIGITS[n]) + "千" for n in range(1, 10)}
    words |= {f"weekday.{n}": "星期" + "一二三四五六日"[n - 1] for n in range(1, 8)}
    words |= {
        "digit.yao": "幺",
        "digit.liang": "两",
        "digit.star": "星号",
        "digit.hash": "井号",
        "digit.plus": "加号",
    }
    words |= {
        "unit.ten_thousand": "万",
        "unit.dot": "点",
        "unit.year": "年",
        "unit.month": "月",
        "unit.day": "日",
    }
    words |= {"unit.oclock": "点", "unit.oclock_sharp": "点整", "unit.minute_of_hour": "分"}
    return words | {"unit.hours": "小时", "unit.minutes": "分钟", "unit.seconds": "秒"}


def _english() -> dict[str, str]:
    words = {number_id(n): _en_below_100(n) for n in range(100)}
    words |= {f"hundred.{n}": f"{_EN_SMALL[n]} hundred" for n in range(1, 10)}
    words |= {f"weekday.{n + 1}": day for n, day in enumerate(_EN_WEEKDAYS)}
    words |= {f"month.{n + 1}": month for n, month in enumerate(_EN_MONTHS)}
    words |= {f"day.{n}": _en_ordinal(n) for n in range(1, 32)}
    words |= {"digit.oh": "oh", "digit.star": "star", "digit.hash": "pound", "digit.plus": "plus"}
    words |= {"unit.thousand": "thousand", "unit.million": "million", "unit.dot": "dot"}
    words |= {"unit.am": "a.m.", "unit.pm": "p.m."}
    for unit in ("hour", "minute", "second"):
        words |= {f"unit.{unit}": unit, f"unit.{unit}s": f"{unit}s"}
    return words


WORDS: dict[str, dict[str, str]] = {"zh": _chinese(), "en": _english()}
