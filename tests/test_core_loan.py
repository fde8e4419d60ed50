# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Ports on loan to the line doctor: who may have them, and how the exchange takes them back."""

from __future__ import annotations

import pytest

from drivers.port import Alarm, GoOffHook, GoOnHook, HookClosed, OffHook, OnHook, RingOn
from firmware.exchange.commands import Actor, CoreCommand, LendLine, LendPhone, ReturnLine, ReturnPhone
from firmware.exchange.trunk import State
from firmware.exchange.vocabulary import AnyFact, Cause, Commanded, Effect, Reply
from tests.worlds.telephony import Telephony

ADMIN = Actor("web", "admin", "admin")
INSTALLER = Actor("web", "wang", "installer")


def effects_of(box: Telephony, fact: AnyFact) -> list[Effect]:
    before = len(box.effects)
    box.fact(fact)
    return box.effects[before:]


def ask(box: Telephony, command: CoreCommand, actor: Actor = ADMIN) -> Reply:
    """The reply to a command."""
    (reply,) = (each for each in effects_of(box, Commanded(7, actor, command)) if isinstance(each, Reply))
    return reply


def test_an_installer_may_borrow_a_line_and_an_agent_may_not() -> None:
    box = Telephony()
    assert not ask(box, LendLine(1, False), Actor("web", "101", "agent")).ok
    assert ask(box, LendLine(1, False), INSTALLER).ok
    assert box.trunk(1).state is State.LENT


def test_a_line_that_rings_is_not_lent() -> None:
    box = Telephony()
    box.fact(RingOn(1))
    reply = ask(box, LendLine(1, True))
    assert (reply.ok, reply.cause) == (False, Cause.BUSY)


def test_a_port_that_is_none_of_the_settings_is_refused() -> None:
    assert ask(Telephony(), LendLine(99, False)).cause is Cause.VACANT
    assert ask(Telephony(), LendPhone(99)).cause is Cause.VACANT


def test_a_line_that_is_given_back_rests_and_is_idle() -> None:
    box = Telephony()
    ask(box, LendLine(1, False))
    assert ask(box, ReturnLine(1, False)).ok
    assert box.trunk(1).state is State.CLEARING
    box.run(2_000)
    assert box.trunk(1).state is State.IDLE
    assert ask(box, ReturnLine(1, False)).cause is Cause.ALREADY


def test_a_ring_where_a_test_call_is_to_come_is_left_to_the_doctor() -> None:
    box = Telephony()
    ask(box, LendLine(1, True))
    box.fact(RingOn(1))
    assert box.trunk(1).state is State.LENT


def test_a_ring_where_none_was_to_come_is_a_callers_and_is_answered() -> None:
    box = Telephony()
    ask(box, LendLine(1, False))
    effects = effects_of(box, RingOn(1))
    assert GoOffHook(1) in effects
    assert box.trunk(1).state is State.UP
    assert box.core.directory.call(box.trunk(1).call) is not None


def test_an_alarm_ends_a_loan_on_hook() -> None:
    box = Telephony()
    ask(box, LendLine(1, False))
    assert GoOnHook(1) in effects_of(box, Alarm(1, "red"))
    assert box.trunk(1).state is State.OUT_OF_SERVICE


@pytest.mark.parametrize("open_ms", [100, 300, 900])
def test_taps_on_a_lent_phone_mean_nothing_to_the_exchange(open_ms: int) -> None:
    box = Telephony()
    phone = box.core.settings.phones[0].port
    assert ask(box, LendPhone(phone)).ok
    box.fact(OffHook(phone))
    box.fact(HookClosed(phone, open_ms))
    assert box.station(phone).state.value == "lent"
    box.fact(OnHook(phone))
    assert box.station(phone).state.value == "idle"


def test_a_lifted_phone_that_is_given_back_has_dial_tone() -> None:
    box = Telephony()
    phone = box.core.settings.phones[0].port
    ask(box, LendPhone(phone))
    box.fact(OffHook(phone))
    assert ask(box, ReturnPhone(phone)).ok
    assert box.station(phone).state.value == "dial_tone"


def test_a_loan_of_a_phone_ends_by_itself() -> None:
    box = Telephony()
    phone = box.core.settings.phones[0].port
    ask(box, LendPhone(phone))
    box.run(100_000)
    assert box.station(phone).state.value == "idle"
