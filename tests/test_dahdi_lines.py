# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the bench's channels can't do: reversals, alarms that come and go, kernels that refuse."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from drivers.dahdi.binding import lib
from drivers.dahdi.card import DahdiCard
from drivers.dahdi.kernel import RXSIG_OFFHOOK, RXSIG_ONHOOK, Kernel
from drivers.port import (
    Alarm,
    AlarmCleared,
    CardError,
    CardFact,
    GoOffHook,
    GoOnHook,
    LoopDrop,
    LoopRestored,
    OffHook,
    Reversal,
    ReversePolarity,
    Ring,
)
from dsp.engine import Engine
from tests.dahdi_kernel import ScriptedChannel, ScriptedKernel

LINE, PHONE = 1, 2


class Scene:
    """A card on a scripted kernel with one line and one telephone."""

    def __init__(self) -> None:
        self.kernel = ScriptedKernel()
        self.facts: list[CardFact] = []
        self.line: ScriptedChannel = self.kernel.scripted[LINE]
        self.phone: ScriptedChannel = self.kernel.scripted[PHONE]

    def begin(self) -> None:
        self.card = DahdiCard(cast(Kernel, self.kernel), echo_taps=64)
        self.media = Engine(2, 160)
        self.card.attach(self.media)
        self.card.start(self.facts.append)


def play(story: Callable[[Scene], Awaitable[Any]]) -> list[CardFact]:
    """The facts that were told in a story."""

    async def told() -> list[CardFact]:
        scene = Scene()
        try:
            scene.begin()
            await story(scene)
            return list(scene.facts)
        finally:
            scene.card.close()
            scene.media.close()

    return asyncio.run(told())


def test_every_reversal_of_the_line_is_told_as_it_then_is() -> None:
    async def story(scene: Scene) -> None:
        for _ in range(3):
            scene.line.happens(lib.DAHDI_EVENT_POLARITY)
            await asyncio.sleep(0.01)

    assert play(story) == [Reversal(LINE, True), Reversal(LINE, False), Reversal(LINE, True)]


def test_a_short_alarm_is_not_told() -> None:
    async def story(scene: Scene) -> None:
        scene.line.changes(alarms=lib.DAHDI_ALARM_RED)
        scene.line.happens(lib.DAHDI_EVENT_ALARM)
        await asyncio.sleep(0.1)
        scene.line.changes(alarms=0)
        scene.line.happens(lib.DAHDI_EVENT_NOALARM)
        await asyncio.sleep(0.5)

    assert play(story) == []


def test_an_alarm_that_flaps_is_one_alarm() -> None:
    async def story(scene: Scene) -> None:
        for alarms in (lib.DAHDI_ALARM_YELLOW, 0, lib.DAHDI_ALARM_YELLOW, 0, lib.DAHDI_ALARM_YELLOW, 0):
            scene.line.changes(alarms=alarms)
            scene.line.happens(lib.DAHDI_EVENT_ALARM if alarms else lib.DAHDI_EVENT_NOALARM)
            await asyncio.sleep(0.4)
        await asyncio.sleep(0.8)

    cause = "span=1 channel=1: yellow alarm: the far end does not hear us"
    assert play(story) == [Alarm(LINE, cause), AlarmCleared(LINE)]


def test_an_alarm_whose_event_was_lost_is_found_by_the_bits() -> None:
    async def story(scene: Scene) -> None:
        scene.phone.changes(alarms=lib.DAHDI_ALARM_RED | lib.DAHDI_ALARM_LOS)
        scene.card.bits()
        await asyncio.sleep(0.4)
        assert scene.card.bits()[PHONE - 1].alarm == "red alarm, no signal"

    assert play(story) == [Alarm(PHONE, "span=1 channel=2: red alarm, no signal")]


@pytest.mark.parametrize(
    ("alarms", "said"),
    (
        (lib.DAHDI_ALARM_RED, "span=1 channel=1: red alarm: is its cable in, and the other end on?"),
        (lib.DAHDI_ALARM_YELLOW, "the far end does not hear us: check the pair towards the far end"),
    ),
)
def test_an_alarm_is_logged_with_its_place_and_what_to_do(
    alarms: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(scene: Scene) -> None:
        scene.line.changes(alarms=alarms)
        scene.line.happens(lib.DAHDI_EVENT_ALARM)
        await asyncio.sleep(0.4)

    play(story)
    assert said in caplog.text


def test_a_loss_of_the_loop_whose_event_was_lost_is_found_by_the_bits() -> None:
    async def story(scene: Scene) -> None:
        scene.card.act(GoOffHook(LINE))
        scene.line.changes(rx_hook=RXSIG_ONHOOK)
        for _ in range(3):
            scene.card.bits()
            await asyncio.sleep(0.6)
        scene.line.changes(rx_hook=RXSIG_OFFHOOK)
        await asyncio.sleep(0.2)

    assert play(story) == [LoopDrop(LINE), LoopRestored(LINE)]


def test_a_gap_in_the_loop_and_a_line_on_hook_are_no_loss() -> None:
    async def story(scene: Scene) -> None:
        scene.line.changes(rx_hook=RXSIG_ONHOOK)
        scene.card.bits()
        await asyncio.sleep(1.2)
        scene.card.act(GoOffHook(LINE))
        scene.card.bits()
        await asyncio.sleep(0.5)
        scene.line.changes(rx_hook=RXSIG_OFFHOOK)
        await asyncio.sleep(0.8)

    assert play(story) == []


def test_a_card_that_tells_no_hook_state_of_ours_is_believed_to_do_as_told() -> None:
    async def story(scene: Scene) -> None:
        scene.line.changes(tx_hook=-1, rx_hook=-1)
        scene.card.act(GoOffHook(LINE))
        assert scene.card.bits()[LINE - 1].off_hook
        scene.card.act(GoOnHook(LINE))
        assert not scene.card.bits()[LINE - 1].off_hook

    assert play(story) == []


def test_a_card_that_can_reverse_polarity_is_told_to() -> None:
    async def story(scene: Scene) -> None:
        scene.card.act(ReversePolarity(PHONE, True))
        scene.card.act(ReversePolarity(PHONE, False))
        assert [call for call in scene.phone.asked if call[0] == "set_polarity"] == [
            ("set_polarity", True),
            ("set_polarity", False),
        ]

    assert play(story) == []


def test_a_card_that_cannot_reverse_polarity_is_asked_once(caplog: pytest.LogCaptureFixture) -> None:
    async def story(scene: Scene) -> None:
        scene.phone.refuses["set_polarity"] = errno.ENOTTY
        scene.card.act(ReversePolarity(PHONE, True))
        scene.card.act(ReversePolarity(PHONE, False))

    assert play(story) == []
    assert caplog.text.count("can't reverse polarity") == 1


def test_a_canceller_that_is_not_there_spoils_no_call(caplog: pytest.LogCaptureFixture) -> None:
    async def story(scene: Scene) -> None:
        scene.line.refuses["set_echo_canceller"] = errno.EINVAL
        for _ in range(2):
            scene.card.act(GoOffHook(LINE))
            scene.card.act(GoOnHook(LINE))

    assert play(story) == []
    assert caplog.text.count("no echo cancelling") == 1


@pytest.mark.parametrize("alaw", (True, False))
def test_the_kernel_converts_where_a_card_codes_in_mu_law_and_only_there(alaw: bool) -> None:
    async def told() -> None:
        scene = Scene()
        scene.line.changes(alaw=alaw)
        scene.begin()
        scene.card.close()
        scene.media.close()
        assert (("set_linear",) in scene.line.asked) is not alaw
        assert ("set_linear",) not in scene.phone.asked

    asyncio.run(told())


def test_a_ring_without_a_tone_zone_says_what_is_to_be_configured() -> None:
    async def story(scene: Scene) -> None:
        scene.phone.refuses["hook"] = errno.ENODATA
        with pytest.raises(CardError, match="channel=2 refuses Ring: no tone zone is loaded; put loadzone"):
            scene.card.act(Ring(PHONE))
        assert not scene.card.bits()[PHONE - 1].ringing

    assert play(story) == []


def test_a_ring_that_comes_too_early_is_given_when_the_kernel_takes_it() -> None:
    async def story(scene: Scene) -> None:
        scene.phone.refuses["hook"] = errno.EBUSY
        scene.card.act(Ring(PHONE))
        await asyncio.sleep(0.1)
        del scene.phone.refuses["hook"]
        scene.phone.asked.clear()
        await asyncio.sleep(0.1)
        assert ("hook", lib.DAHDI_RING) in scene.phone.asked

    assert play(story) == []


def test_a_channel_that_refuses_our_blocks_is_out_of_service_alone() -> None:
    async def told() -> None:
        scene = Scene()
        scene.line.refuses["set_buffers"] = errno.EINVAL
        scene.phone.changes(off_hook=True)
        scene.begin()
        await asyncio.sleep(0.05)
        scene.card.close()
        scene.media.close()
        alarm, lifted = scene.facts
        assert isinstance(alarm, Alarm) and alarm.port == LINE
        assert "span=1 channel=1 refuses blocks of 160 samples" in alarm.cause
        assert lifted == OffHook(PHONE)

    asyncio.run(told())


def refused_with(signalling: int) -> str:
    """What a card says that finds every channel configured so."""
    kernel = ScriptedKernel()
    with contextlib.closing(asyncio.new_event_loop()) as loop, pytest.raises(CardError) as refused:
        for channel in kernel.scripted.values():
            channel.changes(signalling=signalling)
            channel.close()
        DahdiCard(cast(Kernel, kernel), loop=loop)
    return str(refused.value)


def test_a_machine_with_an_e1_alone_is_told_what_its_channels_are() -> None:
    said = refused_with(lib.DAHDI_SIG_CLEAR)
    assert said.startswith("span=1 has 2 channels configured as bchan, but only analog channels are driven")


def test_a_machine_with_nothing_configured_is_sent_to_system_conf() -> None:
    assert "has no analog channel: is the card's driver loaded" in refused_with(lib.DAHDI_SIG_NONE)
