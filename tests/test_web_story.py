# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A call in plain words, and forms made of the settings' models."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from firmware.exchange.vocabulary import CallRecord, Cause, Evidence, TimelineEntry
from firmware.settings import model
from firmware.wire import plain
from tests.call_records import a_call, at
from webui import forms
from webui.story import Story
from webui.texts import Texts

NAMES = {"agents": {101: "Li"}, "queues": {1: "Front desk"}, "lines": {1: "Line 1"}, "mailboxes": {}}


def told(record: CallRecord, language: str = "en") -> Story:
    row: dict[str, Any] = {
        "direction": record.direction,
        "cause": record.cause.value,
        "released_by": record.released_by,
        "notice": record.notice,
        "record": plain(record),
    }
    return Story(Texts(language), row, NAMES)


def with_timeline(*entries: TimelineEntry) -> CallRecord:
    return msgspec.structs.replace(a_call(), timeline=entries)


def test_how_a_call_ended_is_a_sentence() -> None:
    assert told(a_call()).ending == "The caller hung up."
    assert told(a_call(), "zh").ending == "主叫挂机。"
    ended = msgspec.structs.replace(a_call(), cause=Cause.NO_LINE, released_by="us")
    assert told(ended).ending == "The box ended it: no outside line was free."


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_makes_a_sentence(language: str, cause: Cause) -> None:
    ending = told(msgspec.structs.replace(a_call(), cause=cause), language).ending
    assert ending.endswith((".", "。"))


def test_evidence_is_told_with_its_time_in_the_readers_words() -> None:
    call = a_call()
    proof = Evidence("busy_tone", at(71.5), "3 cycles, silence both ways")
    leg = msgspec.structs.replace(call.legs[0], evidence=(proof,))
    (shown,) = told(msgspec.structs.replace(call, legs=(leg,)), "zh").legs[0].proofs
    assert shown.text == "听到完整节奏的忙音"
    assert shown.detail == "3 个周期, 双方无声"
    assert shown.offset_s == 71.5


def test_numbers_in_the_timeline_become_names() -> None:
    (moment,) = told(
        with_timeline(TimelineEntry(at(5), "queue.entered", 0, {"queue": 1, "position": 2}))
    ).timeline
    assert moment.text == "Entered the queue"
    assert moment.detail == "queue 1 Front desk · place 2"
    assert moment.offset_s == 5


def test_the_same_thing_done_to_several_at_once_is_one_line() -> None:
    entries = [TimelineEntry(at(3), "leg.alerting", leg) for leg in (1, 2)]
    later = TimelineEntry(at(9), "leg.alerting", 2)
    first, second = told(with_timeline(*entries, later)).timeline
    assert first.detail == "13800138000, 801"
    assert second.detail == "801"


def test_a_word_nobody_knows_yet_is_shown_as_it_is() -> None:
    (moment,) = told(with_timeline(TimelineEntry(at(1), "new.word", 0, {"new": "<b>"}))).timeline
    assert (moment.text, moment.detail) == ("new.word", "new <b>")


def test_a_form_carries_the_models_own_bounds() -> None:
    fields = {
        each.name: each
        for each in forms.fields_of(model.Queue, Texts("en"), {"music": [("default", "default")]})
    }
    assert (fields["ring_s"].widget, fields["ring_s"].least, fields["ring_s"].most) == ("number", 5, 120)
    assert fields["strategy"].choices == [
        ("longest_idle", "the agent idle longest"),
        ("ring_all", "all free agents at once"),
    ]
    assert fields["join_empty"].widget == "checkbox"
    assert fields["music"].widget == "select"


def test_a_form_goes_out_and_comes_back_the_same() -> None:
    hours = model.Hours(
        name="shop", closed_dates=("2026-10-01",), open_dates={"2026-10-08": ("09:00-12:00", "13:00-15:00")}
    )
    raw = hours.model_dump(mode="json")
    fields = forms.fields_of(model.Hours, Texts("en"), {})
    sent = {each.name: [str(forms.shown(model.Hours, raw)[each.name])] for each in fields}
    assert model.Hours.model_validate(forms.read(model.Hours, fields, forms.Form(sent))) == hours


def test_what_is_no_number_stays_what_was_typed() -> None:
    fields = forms.fields_of(model.Queue, Texts("en"), {})
    typed = forms.read(
        model.Queue, fields, forms.Form({"ring_s": ["twenty"], "name": ["<b>"], "max_wait_s": [" 60 "]})
    )
    assert (typed["ring_s"], typed["name"], typed["max_wait_s"]) == ("twenty", "<b>", 60)


def test_lists_are_read_with_western_and_chinese_commas() -> None:
    fields = forms.fields_of(model.Numbering, Texts("zh"), {})
    typed = forms.read(model.Numbering, fields, forms.Form({"emergency": ["110，119, 120、122"]}))
    assert typed["emergency"] == ["110", "119", "120", "122"]
