# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Star codes and their spoken results (A27, C21, U11)."""

from __future__ import annotations

import pytest

from dsp.vocabulary import (
    Tone,
)
from firmware.exchange.commands import Actor
from firmware.exchange.station_state import State
from firmware.exchange.vocabulary import CollectSecret, Say, Verdict
from tests.worlds.telephony import Telephony, settings

ADMIN = Actor("web", "admin", "admin")


def log_in(box: Telephony, phone: int = 5, agent: int = 101) -> None:
    box.dial(phone, f"*11{agent}#")
    box.run(10_000)
    assert box.station(phone).agent == agent
    box.hang_up(phone)


def said(box: Telephony, keys: str, phone: int = 5) -> tuple[str, ...]:
    box.dial(phone, keys, and_wait=False)
    box.run_until(lambda: phone in box.says, 12_000)
    sounds = box.says[phone]
    box.hang_up(phone)
    return sounds


def test_an_agent_logs_in_with_a_pin_that_nobody_sees() -> None:
    box = Telephony()
    assert said(box, "*11101#") == ("agent.logged_in",)
    assert [collect.subject for collect in box.new(CollectSecret)] == ["agent:101"]
    assert box.station(5).agent == 101
    assert box.agent(101).state == "idle"


@pytest.mark.parametrize(
    ("verdict", "phrase"),
    [
        (Verdict.WRONG, "agent.wrong_pin"),
        (Verdict.UNKNOWN, "agent.wrong_pin"),
        (Verdict.LOCKED, "agent.locked"),
        (Verdict.TIMED_OUT, "code.incomplete"),
    ],
)
def test_a_login_that_fails_says_why_and_changes_nothing(verdict: Verdict, phrase: str) -> None:
    box = Telephony()
    box.verdict = verdict
    assert said(box, "*11101#") == (phrase,)
    assert box.station(5).agent == 0


def test_an_unknown_agent_sounds_like_a_wrong_pin() -> None:
    box = Telephony()
    assert said(box, "*11999#") == ("agent.wrong_pin",)


def test_a_second_agent_at_one_phone_is_refused() -> None:
    box = Telephony()
    log_in(box)
    assert said(box, "*11102#") == ("agent.phone_taken",)
    assert box.station(5).agent == 101


def test_every_code_of_an_agent_has_its_spoken_result() -> None:
    box = Telephony()
    log_in(box)
    assert said(box, "*463")[0] == "agent.paused_reason.1"
    assert box.agent(101).state == "paused"
    assert said(box, "*48") == ("agent.ready",)
    assert said(box, "*440#") == ("queue.left_all",)
    assert box.agent(101).queues == ()
    assert said(box, "*451#")[0] == "queue.joined.1"
    assert box.agent(101).queues == (1,)
    assert said(box, "*457#") == ("queue.unknown",)
    assert said(box, "*12") == ("agent.logged_out",)
    assert box.agent(101).state == "logged_out"


@pytest.mark.parametrize("keys", ["*12", "*46" + "1", "*48", "*451#", "*441#"])
def test_codes_of_an_agent_want_one_logged_in(keys: str) -> None:
    assert said(Telephony(), keys) == ("agent.not_logged_in",)


def test_codes_for_everyone_work_with_nobody_logged_in() -> None:
    box = Telephony()
    assert said(box, "*47") == ("queue.waiting.none",)
    assert said(box, "*65")[0] == "station.extension.1"
    assert said(box, "*68")[0] == "box.address.1"
    spoken = said(box, "*10")
    assert "codes.log_in" in spoken and "codes.pause" not in spoken


def test_the_codes_spoken_are_those_of_the_role() -> None:
    box = Telephony()
    log_in(box)
    assert "codes.pause" in said(box, "*10")


def test_a_pause_with_reason_zero_is_no_code() -> None:
    box = Telephony()
    log_in(box)
    assert said(box, "*460") == ("code.unknown",)


def test_dial_tone_follows_the_result_of_a_code() -> None:
    box = Telephony()
    box.dial(5, "*68")
    box.run(20_000)
    assert box.tones[5] in (Tone.DIAL, Tone.BUSY)
    assert box.station(5).state in (State.DIAL_TONE, State.BUSY)


def test_hanging_up_while_a_pin_is_keyed_cancels_it() -> None:
    box = Telephony()
    box.dial(5, "*11101#")
    box.hang_up(5)
    assert "CancelSecret" in [type(effect).__name__ for effect in box.effects]
    box.all_is_over()


def test_the_agents_language_is_spoken() -> None:
    given = settings()
    agents = tuple(
        agent.model_copy(update={"language": "en"}) if agent.number == 101 else agent
        for agent in given.agents
    )
    box = Telephony(given.model_copy(update={"agents": agents}))
    log_in(box)
    box.mark()
    box.dial(5, "*48")
    assert box.new(Say)[-1].language == "en"
