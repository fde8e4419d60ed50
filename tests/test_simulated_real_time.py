# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated card in real time: engines in threads of their own, the loop woken by what they hear."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from drivers.port import CardFact, GoOffHook, RingOn
from drivers.simulated import BUSY_TONE_LINE, Layout, SimulatedCard
from dsp.engine import Engine
from dsp.vocabulary import Detector, DigitBegan, SetDetectors


def test_a_caller_gets_through_in_real_time() -> None:
    profile = replace(BUSY_TONE_LINE, post_dial_delay_ms=0)

    async def scene() -> None:
        with Engine(2, 80) as media:
            loop = asyncio.get_running_loop()
            rung, keyed = asyncio.Event(), asyncio.Event()
            card = SimulatedCard(Engine, Layout(fxo=1, fxs=1, outside=1, profile=profile))
            card.attach(media)
            media.start()

            def poll() -> None:
                if any(isinstance(event, DigitBegan) and event.key == "1" for event in media.poll()):
                    keyed.set()

            def take(fact: CardFact) -> None:
                if isinstance(fact, RingOn):
                    rung.set()

            loop.add_reader(media.fileno(), poll)
            card.start(take)
            caller = card.outside[0]
            try:
                await caller.call("88880000", within_s=10)
                await asyncio.wait_for(rung.wait(), 20)
                media.submit([SetDetectors(1, Detector.DIGITS)])
                card.act(GoOffHook(1))
                caller.press("1")
                await asyncio.wait_for(keyed.wait(), 20)
                caller.hang_up()
            finally:
                loop.remove_reader(media.fileno())
                card.close()

    asyncio.run(scene())
