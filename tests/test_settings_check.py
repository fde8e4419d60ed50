# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Wrong settings are refused whole, with every fault named by path."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.settings.check import FAULTS_MAX, FORMS, Around, check, read
from firmware.settings.factory import factory
from firmware.settings.faults import TEXTS
from firmware.settings.model import Settings
from firmware.settings.toml import from_toml, to_plain, to_toml
from firmware.speech.phrases import PHRASES

LINES, PHONES = range(1, 5), range(5, 13)
AROUND = Around(frozenset(LINES), frozenset(PHONES), frozenset(PHRASES), frozenset({"default"}))


@pytest.fixture
def data() -> dict[str, Any]:
    """The factory state as plain data, to be spoiled."""
    return copy.deepcopy(to_plain(factory(LINES, PHONES)))


def faults(data: dict[str, Any]) -> dict[str, str]:
    """code by path; the settings are None exactly where there is one."""
    typed, found = read(data, AROUND)
    assert (typed is None) == bool(found)
    for fault in found:
        assert fault.text("en") and fault.text("zh")
    return {fault.path: fault.code for fault in found}


def menu(**values: Any) -> dict[str, Any]:
    return {"kind": "menu", "prompt": "menu.main", "keys": {"1": "ring"}, **values}


def test_the_factory_state_has_no_faults() -> None:
    for lines, phones in ((LINES, PHONES), ([], []), ([1], [2]), (range(1, 31), range(31, 300))):
        for language in ("zh", "en"):
            made = factory(lines, phones, language=language)
            assert check(made, Around(prompts=frozenset(PHRASES), music=frozenset({"default"}))) == []


def test_the_factory_state_gives_extensions_by_port_and_rings_every_phone() -> None:
    made = factory([3, 1], [9, 5, 7])
    assert [(phone.port, phone.extension) for phone in made.phones] == [(5, "801"), (7, "802"), (9, "803")]
    assert [line.port for line in made.lines] == [1, 3]
    ring = made.flows[0].nodes["ring"]
    assert ring.kind == "ring" and ring.extensions == ()
    assert made.recording.on and made.recording.notice and made.flows[0].start == "notice"


def test_empty_settings_are_the_usual_ones() -> None:
    typed, found = read({})
    assert typed is not None and found == []


def test_what_goes_out_as_toml_comes_in_the_same() -> None:
    made = factory(LINES, PHONES)
    again, found = from_toml(to_toml(made))
    assert found == [] and read(again)[0] == made
    assert to_toml(made) == to_toml(read(again)[0])  # type: ignore[arg-type]


def test_a_text_that_is_no_toml_names_its_line() -> None:
    _, (fault,) = from_toml("[centre\nname = 1")
    assert fault.code == "not_toml" and "line" in fault.text("en")


def test_toml_nested_without_end_is_a_fault_and_no_crash() -> None:
    _, found = from_toml("a = " + "[" * 50_000)
    assert [fault.code for fault in found] == ["not_toml"]


def test_dates_and_times_without_quotes_are_taken_as_written(data: dict[str, Any]) -> None:
    toml = '[[hours]]\nname = "office"\nclosed_dates = [2026-10-01]\n'
    plain, _ = from_toml(toml)
    typed, found = read(plain)
    assert found == [] and typed is not None
    assert typed.hours[0].closed_dates == ("2026-10-01",)


def test_every_fault_is_told_at_once(data: dict[str, Any]) -> None:
    data["nonsense"] = 1
    data["lines"][0]["port"] = "3"
    data["phones"][0]["extension"] = "110"
    data["flows"][0]["nodes"]["ring"]["unanswered"] = "nowhere"
    data["centre"]["timezone"] = "Mars/Olympus"
    assert faults(data) == {
        "nonsense": "unknown_key",
        "lines[0].port": "wrong_type",
        "phones[0].extension": "extension_begins",
        "flows[0].nodes.ring.unanswered": "no_such",
        "centre.timezone": "timezone",
    }


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("phones", 0, "port"), 5.5, "wrong_type"),
        (("phones", 0, "port"), 0, "out_of_range"),
        (("phones", 0, "port"), 99_999, "out_of_range"),
        (("phones", 0, "port"), True, "wrong_type"),
        (("phones", 0, "extension"), 801, "wrong_type"),
        (("phones", 0, "extension"), "80a", "wrong_form"),
        (("phones", 0, "name"), "", "too_short"),
        (("phones", 0, "name"), "a" * 61, "too_long"),
        (("lines", 0, "number"), "hello", "wrong_form"),
        (("centre", "area_code"), "020", "wrong_form"),
        (("phones", 0, "name"), "a\x07b", "wrong_form"),
        (("phones", 0, "outside"), "yes", "wrong_type"),
        (("phones", 0, "role"), "teapot", "not_one_of"),
        (("phones", 0, "rx_gain_db"), 200, "out_of_range"),
        (("phones", 0, "rx_gain_db"), "loud", "wrong_type"),
        (("lines", 0, "country"), "atlantis", "not_one_of"),
        (("lines", 0, "hangup_proofs"), "tone", "wrong_type"),
        (("lines", 0), "a line", "wrong_type"),
        (("lines",), {"port": 1}, "wrong_type"),
        (("flows", 0, "nodes", "ring", "kind"), "explode", "not_one_of"),
        (("flows", 0, "nodes", "ring"), None, "wrong_type"),
        (("recording", "keep_days"), 3, "out_of_range"),
        (("codes", "pause"), None, "wrong_type"),
        (("centre",), [], "wrong_type"),
    ],
)
def test_a_value_that_is_wrong_in_itself(
    data: dict[str, Any], path: tuple[Any, ...], value: Any, code: str
) -> None:
    target: Any = data
    for part in path[:-1]:
        target = target.setdefault(part, {}) if isinstance(target, dict) else target[part]
    target[path[-1]] = value
    assert code in faults(data).values()


def test_what_must_be_given_is_named(data: dict[str, Any]) -> None:
    del data["phones"][2]["extension"]
    assert faults(data) == {"phones[2].extension": "missing"}


def test_a_wrong_item_hides_no_fault_of_another_and_makes_none(data: dict[str, Any]) -> None:
    data["queues"][0]["ring_s"] = "long"  # still the queue that agents name
    data["agents"][3]["queues"] = [7]
    assert faults(data) == {"queues[0].ring_s": "wrong_type", "agents[3].queues[0]": "no_such"}


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("lines", "port"),
        ("phones", "port"),
        ("phones", "extension"),
        ("agents", "number"),
        ("queues", "number"),
        ("mailboxes", "number"),
        ("hours", "name"),
        ("flows", "name"),
    ],
)
def test_the_same_thing_twice(data: dict[str, Any], kind: str, key: str) -> None:
    data[kind].append(copy.deepcopy(data[kind][0]))
    found = faults(data)
    assert found[f"{kind}[{len(data[kind]) - 1}].{key}"] == "twice"


def test_a_port_is_a_line_or_a_phone_and_of_the_right_kind(data: dict[str, Any]) -> None:
    data["lines"][0]["port"] = 7
    assert faults(data) == {"lines[0].port": "port_kind", "phones[2].port": "port_taken"}


def test_a_port_whose_card_was_pulled_is_no_fault(data: dict[str, Any]) -> None:
    data["lines"].append({"port": 99, "name": "spare"})
    assert faults(data) == {}


@pytest.mark.parametrize("extension", ["0", "012", "1", "110", "11", "1101", "9", "912", "119"])
def test_no_extension_begins_like_the_operator_an_emergency_or_an_outside_number(
    data: dict[str, Any], extension: str
) -> None:
    data["phones"][0]["extension"] = extension
    assert faults(data)["phones[0].extension"] == "extension_begins"


def test_an_extension_may_not_begin_with_another_outside_prefix(data: dict[str, Any]) -> None:
    data["numbering"]["outside_prefix"] = "8"
    assert set(faults(data).values()) == {"extension_begins"}
    data["numbering"]["mode"] = "direct"
    assert faults(data) == {}


def test_emergency_numbers_cannot_be_taken_away(data: dict[str, Any]) -> None:
    data["numbering"]["emergency"] = ["110", "119", "120"]
    assert faults(data) == {"numbering.emergency": "no_emergency"}
    data["centre"]["country"] = "de"
    data["numbering"]["emergency"] = []
    assert faults(data) == {"numbering.emergency": "missing"}
    data["numbering"]["emergency"] = ["112"]
    assert faults(data) == {}


def test_every_form_a_text_must_have_is_said_in_words() -> None:
    def patterns(schema: Any) -> Iterator[str]:
        if isinstance(schema, dict):
            yield from (value for key, value in schema.items() if key == "pattern" and isinstance(value, str))
            yield from (key for key in schema.get("patternProperties", {}))
        for inner in (
            schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
        ):
            yield from patterns(inner)

    assert set(patterns(Settings.model_json_schema())) == set(FORMS)


def test_an_extension_that_begins_another_is_a_clash(data: dict[str, Any]) -> None:
    data["phones"][0]["extension"] = "80"
    assert set(faults(data)) == {"phones[0].extension"}


@pytest.mark.parametrize("code", ["46", "*4", "*461", "*", "#46", "***", "*4*"])
def test_a_code_is_a_star_and_two_digits(data: dict[str, Any], code: str) -> None:
    data["codes"]["pause"] = code
    assert "code_form" in [fault.code for fault in read(data, AROUND)[1]]


def test_two_codes_alike_or_one_beginning_the_other_are_a_clash(data: dict[str, Any]) -> None:
    data["codes"]["pause"] = data["codes"]["ready"]
    assert set(faults(data).values()) == {"code_prefix"}
    data["codes"]["pause"] = "*4"
    assert [fault.code for fault in read(data, AROUND)[1]].count("code_prefix") == 4


@pytest.mark.parametrize(
    ("key", "value"),
    [("outside_prefix", "1"), ("outside_prefix", "11"), ("operator_code", "1"), ("operator_code", "9")],
)
def test_prefix_and_operator_stay_clear_of_each_other_and_of_emergency(
    data: dict[str, Any], key: str, value: str
) -> None:
    data["numbering"][key] = value
    assert "plan_clash" in faults(data).values()


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("lines", 0, "flow"), "gone", "no_such"),
        (("numbering", "operator_extension"), "877", "no_such"),
        (("mailboxes", 0, "extension"), "877", "no_such"),
        (("mailboxes", 0, "greeting"), "gone", "no_prompt"),
        (("queues", 0, "music"), "polka", "no_music"),
        (("recording", "notice_prompt"), "gone", "no_prompt"),
        (("flows", 0, "start"), "gone", "no_such"),
        (("flows", 0, "nodes", "message", "mailbox"), 9, "no_such"),
        (("flows", 0, "nodes", "ring", "extensions"), ["801", "877"], "no_such"),
        (
            ("flows", 0, "nodes", "x"),
            {"kind": "hours", "hours": "gone", "open": "ring", "closed": "ring"},
            "no_such",
        ),
        (("flows", 0, "nodes", "x"), {"kind": "queue", "queue": 9}, "no_such"),
        (("flows", 0, "nodes", "x"), {"kind": "play", "prompt": "gone"}, "no_prompt"),
        (("flows", 0, "nodes", "x"), {"kind": "play", "prompt": "queue.position"}, "prompt_slots"),
        (
            ("flows", 0, "nodes", "x"),
            {"kind": "menu", "prompt": "menu.main", "keys": {"1": "gone"}},
            "no_such",
        ),
        (("flows", 0, "nodes", "x"), {"kind": "menu", "prompt": "menu.main", "keys": {}}, "unbounded"),
        (("phones", 0, "flash_shortest_ms"), 500, None),
        (("phones", 0, "flash_longest_ms"), 1_200, "order"),
        (("phones", 0, "role"), "hotline", "hotline"),
    ],
)
def test_what_is_named_must_be_there(
    data: dict[str, Any], path: tuple[Any, ...], value: Any, code: str | None
) -> None:
    target: Any = data
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    assert set(faults(data).values()) == ({code} if code else set())


@pytest.mark.parametrize(
    ("nodes", "endless"),
    [
        ({"a": {"kind": "play", "prompt": "welcome", "next": "a"}}, True),
        (
            {"a": {"kind": "play", "prompt": "welcome", "next": "b"}, "b": {"kind": "notice", "next": "a"}},
            True,
        ),
        ({"a": {"kind": "queue", "queue": 1, "overflow": "a"}}, True),
        (
            {"a": {"kind": "ring", "unanswered": "b"}, "b": {"kind": "queue", "queue": 1, "overflow": "a"}},
            True,
        ),
        (
            {"a": {"kind": "play", "prompt": "welcome", "next": "b"}, "b": menu(keys={"1": "a"}, failed="a")},
            False,
        ),
        ({"a": {"kind": "voicemail", "mailbox": 1, "next": "a"}}, False),
        (
            {
                "a": {"kind": "hours", "hours": "office", "open": "b", "closed": "c"},
                "b": {"kind": "play", "prompt": "welcome", "next": "d"},
                "c": {"kind": "play", "prompt": "closed", "next": "d"},
                "d": {"kind": "hangup"},
            },
            False,
        ),
    ],
)
def test_circles_that_never_wait_for_the_caller(
    data: dict[str, Any], nodes: dict[str, Any], endless: bool
) -> None:
    data["flows"].append({"name": "x", "start": "a", "nodes": nodes})
    assert ("endless" in faults(data).values()) is endless


def test_a_very_long_flow_is_walked_without_recursion(data: dict[str, Any]) -> None:
    nodes: dict[str, Any] = {
        f"n{n}": {"kind": "play", "prompt": "welcome", "next": f"n{n + 1}"} for n in range(3_000)
    }
    nodes["n3000"] = {"kind": "play", "prompt": "welcome", "next": "n0"}
    data["flows"].append({"name": "x", "start": "n0", "nodes": nodes})
    assert list(faults(data).values()) == ["endless"]


@pytest.mark.parametrize(
    ("spans", "code"),
    [
        (["09:00-18:00"], None),
        (["09:00-12:00", "13:00-24:00"], None),
        (["22:00-06:00"], None),
        (["13:00-15:00", "09:00-12:00", "12:00-13:00"], None),
        (["9:00-18:00"], "span"),
        (["09:00-25:00"], "span"),
        (["09:00"], "span"),
        (["09:00-09:00"], "span"),
        (["always"], "span"),
        (["09:00-12:00", "11:59-13:00"], "overlap"),
        (["20:00-06:00", "22:00-23:00"], "overlap"),
    ],
)
def test_opening_hours_are_spans_of_a_day(data: dict[str, Any], spans: list[str], code: str | None) -> None:
    data["hours"][0]["mon"] = spans
    assert set(faults(data).values()) == ({code} if code else set())


@pytest.mark.parametrize("date", ["2026-02-30", "20260101", "yesterday", "2026-1-1", ""])
def test_dates_are_dates(data: dict[str, Any], date: str) -> None:
    data["hours"][0]["closed_dates"] = [date]
    assert set(faults(data).values()) == {"date"}


def test_a_day_is_not_closed_and_open_at_once(data: dict[str, Any]) -> None:
    data["hours"][0]["closed_dates"] = ["2026-10-01"]
    data["hours"][0]["open_dates"] = {"2026-10-01": ["09:00-12:00"]}
    assert set(faults(data).values()) == {"both_dates"}


@pytest.mark.parametrize("zone", ["", "../../etc/passwd", "/etc/passwd", "Asia", "UTC\x00", "x" * 5_000])
def test_a_time_zone_is_one_the_system_knows(data: dict[str, Any], zone: str) -> None:
    data["centre"]["timezone"] = zone
    assert faults(data) == {"centre.timezone": "timezone"}


def test_a_file_wrong_from_end_to_end_gives_a_bounded_list() -> None:
    _, found = read({f"key{n}": n for n in range(10_000)})
    assert len(found) == FAULTS_MAX + 1 and found[-1].code == "too_many"


@pytest.mark.parametrize(
    "data", [None, 5, "text", [1, 2], {1: 2}, {"lines": [None, 5, "x", []]}, {"flows": [{}]}]
)
def test_data_of_the_wrong_shape_is_a_fault_and_no_crash(data: Any) -> None:
    typed, found = read(data)
    assert typed is None and found


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SECTIONS = st.sampled_from(sorted(to_plain(factory(LINES, PHONES))))


@settings(max_examples=150, deadline=None)
@given(section=SECTIONS, value=PLAIN)
def test_any_data_in_any_section_is_judged(section: str, value: Any) -> None:
    data = to_plain(factory(LINES, PHONES))
    data[section] = value
    typed, found = read(data, AROUND)
    assert (typed is None) == bool(found)
    for fault in found:
        assert fault.text("en") and fault.text("zh")


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["lines", "phones", "agents", "queues", "hours", "flows"]),
    key=st.text(max_size=6),
    value=PLAIN,
)
def test_any_value_of_any_key_is_judged(kind: str, key: str, value: Any) -> None:
    data = copy.deepcopy(to_plain(factory(LINES, PHONES)))
    keys = sorted(data[kind][0])
    data[kind][0][keys[len(key) % len(keys)]] = value
    typed, found = read(data, AROUND)
    assert (typed is None) == bool(found)


def test_every_text_of_a_fault_is_there_in_both_languages() -> None:
    for code, texts in TEXTS.items():
        assert len(texts) == 2 and all(texts), code
