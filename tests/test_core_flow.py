# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The flow and its nodes in the core: what callers hear, key, and where that leads them."""

import pytest

from drivers.port import LoopDrop
from dsp.vocabulary import StopPlay
from firmware.exchange.vocabulary import (
    Audit,
    Cause,
    CollectSecret,
    Instant,
    NextKey,
    SaveMessage,
    Say,
    Verdict,
)
from firmware.settings.model import Flow, HangUpNode, HoursNode, MenuNode, Node, PlayNode, Settings
from hil import settings as shapes
from tests.worlds.invariants import broken, left_over
from tests.worlds.paper import Paper


def world(settings: Settings | None = None) -> Paper:
    paper = Paper(settings or shapes.centre())

    def check() -> None:
        assert broken(paper.core) == []

    paper.after_fact = check
    return paper


def with_nodes(start: str, **nodes: Node) -> Settings:
    return shapes.centre().model_copy(update={"flows": (Flow(name="front", start=start, nodes=nodes),)})


def said(paper: Paper) -> list[str]:
    """The first sound of everything said to line 1."""
    return [effect.sounds[0] for effect in paper.effects if isinstance(effect, Say) and effect.port == 1]


def caller(paper: Paper, ms: int = 3_000) -> None:
    """A caller on line 1, answered; time goes on so long after the first ring."""
    paper.call_in(1)
    paper.run(ms)


def story(paper: Paper) -> list[str]:
    return [entry.what for entry in paper.records[-1].timeline]


def rings(paper: Paper, extension: str) -> bool:
    return paper.ringing[int(extension) - 796]


def test_nothing_is_said_in_the_first_half_second_after_the_answer() -> None:
    paper = world()
    caller(paper, 1_900)
    assert paper.off_hook[1]
    assert said(paper) == []
    paper.run(500)
    assert said(paper) == ["notice.recorded"]


def test_the_notice_is_on_record_only_when_it_was_heard_to_its_end() -> None:
    for heard_ms, noticed in ((3_000, False), (5_000, True)):
        paper = world()
        caller(paper, heard_ms)
        paper.fact(LoopDrop(1))
        assert paper.records[-1].notice is noticed


def test_keys_typed_ahead_wait_for_the_notice_and_then_choose_without_the_prompt_being_heard() -> None:
    paper = world()
    caller(paper)
    paper.press(1, "0")
    assert not rings(paper, "801")
    paper.run(1_500)
    assert rings(paper, "801")
    assert StopPlay(1) in paper.effects


def test_a_key_that_also_begins_an_extension_is_decided_by_the_next_key_or_its_absence() -> None:
    settings = shapes.centre()
    front = settings.flows[0]
    menu = front.nodes["menu"]
    assert isinstance(menu, MenuNode)
    both = menu.model_copy(update={"keys": {**menu.keys, "8": "operator"}})
    settings = settings.model_copy(
        update={"flows": (front.model_copy(update={"nodes": {**front.nodes, "menu": both}}),)}
    )
    choosing, dialling = world(settings), world(settings)
    for paper in (choosing, dialling):
        caller(paper, 5_000)
        paper.press(1, "8")
    choosing.run(3_100)
    assert rings(choosing, "801")
    dialling.press(1, "05")
    assert rings(dialling, "805")


def test_an_unfinished_extension_is_a_wrong_key() -> None:
    paper = world()
    caller(paper, 5_000)
    paper.press(1, "80")
    paper.run(3_100)
    assert said(paper)[-2:] == ["menu.invalid", "menu.main"]


def test_a_menu_tries_as_often_as_it_is_told_and_then_goes_its_way_for_failures() -> None:
    paper = world()
    caller(paper, 40_000)
    assert said(paper).count("menu.none") == 3
    assert rings(paper, "801"), "the way for failures leads to the operator"


def test_a_menu_with_no_way_for_failures_says_so_and_hangs_up() -> None:
    menu = MenuNode(prompt="menu.main", keys={"1": "bye"}, tries=2)
    paper = world(with_nodes("menu", menu=menu, bye=HangUpNode()))
    caller(paper, 30_000)
    assert said(paper)[-1] == "menu.failed"
    assert paper.records[-1].cause is Cause.FLOW_END


def test_a_code_keyed_by_a_caller_is_only_keys_of_the_menu() -> None:
    paper = world()
    caller(paper, 5_000)
    paper.press(1, "*12")
    paper.run(500)
    assert not any(isinstance(effect, Audit) for effect in paper.effects), "nothing was commanded"
    assert "queue.entered" in [entry.what for entry in paper.core.directory.call(1).timeline]  # type: ignore[union-attr]


def test_opening_hours_are_read_at_the_moment_of_the_call_in_the_centres_zone() -> None:
    paper = world(shapes.closed())
    caller(paper, 5_000)
    assert "closed" in said(paper)


def test_a_flow_that_goes_round_without_waiting_is_ended_and_counted_as_a_fault() -> None:
    hours = HoursNode(hours="office", open="again", closed="again")
    paper = world(
        with_nodes("hours", hours=hours, again=hours.model_copy(update={"open": "hours", "closed": "hours"}))
    )
    caller(paper)
    assert "flow.loop" in story(paper)
    assert left_over(paper.core) == ["timer ring_silence of trunk/1", "trunk/1 declined"]


def test_a_caller_who_goes_round_and_round_is_let_go() -> None:
    again = MenuNode(prompt="greeting", keys={"1": "again"})
    flow = Flow(name="front", start="again", nodes={"again": again}, nodes_max=20)
    paper = world(shapes.centre().model_copy(update={"flows": (flow,)}))
    caller(paper)
    for _ in range(19):
        paper.press(1, "1")
        paper.run(1_000)
    assert "menu.chosen" in [entry.what for entry in paper.core.directory.call(1).timeline]  # type: ignore[union-attr]
    paper.press(1, "1")
    paper.run(5_000)
    assert "flow.too_far" in story(paper)
    assert (paper.records[-1].cause, paper.records[-1].released_by) == (Cause.TOO_LONG, "us")


def test_a_caller_whose_menu_is_not_there_is_not_left_ringing_for_ever() -> None:
    lines = tuple(line.model_copy(update={"flow": "gone"}) for line in shapes.LINES)
    paper = world(shapes.centre().model_copy(update={"lines": lines}))
    caller(paper)
    assert "flow.missing" in story(paper)


def test_a_message_ends_by_hash_and_is_a_stretch_of_the_calls_recording() -> None:
    paper = world()
    caller(paper, 5_000)
    paper.press(1, "3")
    paper.run(5_000)
    began_ns = paper.now_ns
    paper.press(1, "#")
    (message,) = (effect for effect in paper.effects if isinstance(effect, SaveMessage))
    assert (message.mailbox, message.recording, message.caller.number) == (1, 1, "13800138000")
    assert message.ended == Instant(began_ns, message.ended.civil_ns)
    assert message.began.mono_ns < began_ns
    assert said(paper)[-1] == "voicemail.saved"


def test_a_message_ends_by_hanging_up_and_by_its_longest_time() -> None:
    hung_up, endless = world(), world()
    for paper in (hung_up, endless):
        caller(paper, 5_000)
        paper.press(1, "3")
        paper.run(6_000)
    hung_up.fact(LoopDrop(1))
    endless.run(121_000)
    for paper in (hung_up, endless):
        assert [type(effect) for effect in paper.effects].count(SaveMessage) == 1
    assert "voicemail.saved" in story(hung_up)


def test_hanging_up_right_after_the_beep_leaves_no_message() -> None:
    paper = world()
    caller(paper, 5_000)
    paper.press(1, "3")
    paper.run(1_200 + 400 + 500)
    paper.fact(LoopDrop(1))
    assert SaveMessage not in [type(effect) for effect in paper.effects]
    assert "voicemail.none" in story(paper)


@pytest.mark.parametrize(
    ("verdict", "leads_to"),
    [(Verdict.RIGHT, "goodbye"), (Verdict.WRONG, "try_later"), (Verdict.LOCKED, "try_later")],
)
def test_a_secret_leads_by_its_verdict_alone(verdict: Verdict, leads_to: str) -> None:
    paper = world()
    paper.verdict = verdict
    caller(paper, 5_000)
    paper.press(1, "7")
    paper.run(30_000)
    assert leads_to in said(paper)
    asked = [effect for effect in paper.effects if isinstance(effect, CollectSecret)]
    assert {effect.subject for effect in asked} == {"order"}
    assert len(asked) == (3 if verdict is Verdict.WRONG else 1)


def test_no_key_is_asked_for_while_a_secret_is_collected() -> None:
    paper = world()
    caller(paper, 5_000)
    paper.press(1, "7")
    asked = paper.effects.index(next(effect for effect in paper.effects if isinstance(effect, CollectSecret)))
    assert NextKey not in [type(effect) for effect in paper.effects[asked:]]


def test_a_menu_speaks_its_own_language_and_else_the_lines() -> None:
    english, chinese = world(shapes.english_menu()), world()
    for paper in (english, chinese):
        caller(paper, 6_000)
    assert {effect.language for effect in english.effects if isinstance(effect, Say)} == {"en"}
    assert {effect.language for effect in chinese.effects if isinstance(effect, Say)} == {"zh"}


def test_a_prompt_that_is_no_phrase_is_an_uploaded_one() -> None:
    paper = world(with_nodes("hello", hello=PlayNode(prompt="our-welcome", next="bye"), bye=HangUpNode()))
    caller(paper)
    assert said(paper) == ["prompt:our-welcome"]


def test_extensions_are_no_keys_of_a_menu_that_gives_no_direct_dialling() -> None:
    menu = MenuNode(prompt="menu.main", keys={"1": "bye"}, tries=3, failed="bye")
    paper = world(with_nodes("menu", menu=menu, bye=HangUpNode()))
    caller(paper)
    paper.press(1, "801")
    paper.run(60_000)
    assert not rings(paper, "801")
    assert "menu.chosen" in [entry.what for entry in paper.records[-1].timeline], (
        "its 1 is a key like any other"
    )
