# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What keyed digits mean (features: "Codes on the desk phone", U17, D25, D27)."""

from __future__ import annotations

import pytest

from firmware.exchange.codes import ARGUMENTS
from firmware.exchange.numbering import (
    DIGITS_MAX,
    Barred,
    Code,
    Extension,
    Incomplete,
    Meaning,
    Operator,
    Outside,
    Plan,
    Vacant,
    interpret,
)
from firmware.settings.model import Codes
from tests.worlds.telephony import settings

PREFIX = Plan.of(settings(centre={"area_code": "20"}))
DIRECT = Plan.of(settings(numbering={"mode": "direct"}, centre={"area_code": "755"}))


def once_complete(keys: str, plan: Plan) -> tuple[str, Meaning]:
    """The keys at which the meaning is settled with no time-out, and that meaning."""
    for length in range(1, len(keys) + 1):
        meaning = interpret(keys[:length], plan)
        if not isinstance(meaning, Incomplete):
            return keys[:length], meaning
    return keys, Incomplete()


@pytest.mark.parametrize("plan", [PREFIX, DIRECT])
@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
def test_emergency_numbers_go_out_at_their_last_digit_without_a_prefix(plan: Plan, number: str) -> None:
    assert once_complete(number + "45", plan) == (number, Outside(number, emergency=True))


@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
def test_emergency_numbers_go_out_behind_the_prefix_too(number: str) -> None:
    assert once_complete("9" + number, PREFIX) == ("9" + number, Outside(number, emergency=True))
    assert once_complete("#" + number, DIRECT) == ("#" + number, Outside(number, emergency=True))


def test_an_emergency_number_is_never_hidden_by_a_barred_prefix() -> None:
    plan = Plan.of(settings(numbering={"barred_prefixes": ["1", "11"]}))
    assert once_complete("9110", plan) == ("9110", Outside("110", emergency=True))
    assert interpret("913", plan) == Barred("13")


@pytest.mark.parametrize(
    ("keys", "settled", "meaning"),
    [
        ("801", "801", Extension("801")),
        ("#801", "#801", Extension("801")),  # a stray # is ignored
        ("0", "0", Operator()),
        ("899", "89", Vacant()),
        ("13", "13", Vacant()),
        ("913800138000", "913800138000", Outside("13800138000")),
        ("9013800138000", "9013800138000", Outside("013800138000")),
        ("901012345678", "901012345678", Outside("01012345678")),
        ("902087654321", "902087654321", Outside("02087654321")),
        ("94001234567", "94001234567", Outside("4001234567")),
        ("987654321", "987654321", Outside("87654321")),  # 8 digits in an area with a two-digit code
        ("900", "900", Barred("00")),
        ("916", "916", Barred("16")),
        ("9160123", "916", Barred("16")),
        ("*13", "*13", Vacant(code=True)),
        ("*12", "*12", Code("log_out")),
        ("*463", "*463", Code("pause", ("3",))),
        ("*11101#", "*11101#", Code("log_in", ("101",))),
        ("*451#", "*451#", Code("join_queue", ("1",))),
        ("*440#", "*440#", Code("leave_queue", ("0",))),
        ("*45#1#", "*45#1#", Code("join_queue", ("1",))),
    ],
)
def test_the_prefix_plan_settles_at_the_right_key(keys: str, settled: str, meaning: Meaning) -> None:
    assert once_complete(keys, PREFIX) == (settled, meaning)


@pytest.mark.parametrize(
    ("keys", "settled", "meaning"),
    [
        ("#801", "#801", Extension("801")),
        ("#899", "#89", Vacant()),
        ("13800138000", "13800138000", Outside("13800138000")),
        ("00", "00", Barred("00")),
        ("87654321#", "87654321#", Outside("87654321")),
        ("*48", "*48", Code("ready")),
    ],
)
def test_the_direct_plan_dials_inside_behind_a_hash_only(keys: str, settled: str, meaning: Meaning) -> None:
    assert once_complete(keys, DIRECT) == (settled, meaning)


@pytest.mark.parametrize(
    ("keys", "meaning"),
    [
        ("9", Vacant()),
        ("987", Outside("87")),
        ("8", Vacant()),
        ("*4", Vacant(code=True)),
        ("*11", Vacant(code=True)),
    ],
)
def test_the_time_out_settles_what_is_there(keys: str, meaning: Meaning) -> None:
    assert isinstance(interpret(keys, PREFIX), Incomplete)
    assert interpret(keys, PREFIX, ended=True) == meaning


def test_in_the_direct_plan_0_is_no_operator() -> None:
    assert interpret("0", DIRECT) == Incomplete(may_end=True)
    assert interpret("0", DIRECT, ended=True) == Barred("0")
    free = Plan.of(settings(numbering={"mode": "direct", "barred_prefixes": []}))
    assert interpret("0", free, ended=True) == Outside("0")


@pytest.mark.parametrize(("cut_short", "rest"), [("0", "0"), ("1", "6")])
def test_a_barred_number_does_not_go_out_in_two_parts(cut_short: str, rest: str) -> None:
    """The time-out or # would send its beginning, and the exchange would take the rest from the phone itself."""
    assert interpret("9" + cut_short + rest, PREFIX) == Barred(cut_short + rest)
    for keys, ended in (("9" + cut_short, True), ("9" + cut_short + "#", False)):
        assert interpret(keys, PREFIX, ended) == Barred(cut_short)
    assert interpret(cut_short, DIRECT, ended=True) == Barred(cut_short)


def test_free_arguments_end_with_hash_or_the_time_out() -> None:
    assert interpret("*1110", PREFIX) == Incomplete(may_end=True)
    assert interpret("*1110", PREFIX, ended=True) == Code("log_in", ("10",))


def test_three_digit_areas_wait_because_their_numbers_have_two_lengths() -> None:
    assert interpret("907551234567", PREFIX) == Incomplete(may_end=True)
    assert interpret("907551234567", PREFIX, ended=True) == Outside("07551234567")
    assert interpret("8765432", DIRECT) == Incomplete(may_end=True)


def test_an_extension_that_begins_another_waits_for_its_end() -> None:
    plan = PREFIX.__class__(PREFIX.numbering, frozenset({"80", "801"}), PREFIX.codes, "cn", "")
    assert interpret("80", plan) == Incomplete(may_end=True)
    assert interpret("80", plan, ended=True) == Extension("80")
    assert interpret("80#", plan) == Extension("80")


def test_a_thousand_digits_are_a_number_of_bounded_length() -> None:
    keys, meaning = once_complete("9" + "2" * 1000, Plan.of(settings(centre={"country": "de"})))
    assert len(keys) == 1 + DIGITS_MAX
    assert meaning == Outside("2" * DIGITS_MAX)


def test_a_star_within_a_number_makes_it_vacant() -> None:
    assert interpret("8*", PREFIX) == Vacant()
    assert interpret("913*", PREFIX) == Vacant()


def test_every_code_says_what_arguments_it_takes() -> None:
    assert set(ARGUMENTS) == set(Codes.model_fields)
