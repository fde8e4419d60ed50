# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Music of the centre's own: uploaded, named by a queue, and heard by a waiting caller, round and round."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from drivers.simulated import Layout
from drivers.simulated.sound import noise
from dsp.vocabulary import Record
from dsp.wav import read, write_alaw
from firmware.clock import run_virtual
from firmware.settings.model import Flow, QueueNode, Settings
from firmware.virtual import Centre
from hil import settings as shapes

TUNE = noise(seed=7, level_dbm0=-18.0, duration_ms=2_000)


def waiting_to_own_music() -> Settings:
    """A centre whose callers wait in queue 1, for nobody, to `own`, and are told nothing."""
    centre = shapes.centre()
    queue = centre.queues[0].model_copy(
        update={"music": "own", "join_empty": True, "announce_position": False, "announce_wait": False}
    )
    straight_in = Flow(name="front", start="queue", nodes={"queue": QueueNode(queue=queue.number)})
    return centre.model_copy(update={"queues": (queue,), "flows": (straight_in,), "agents": ()})


def test_a_waiting_caller_hears_the_music_that_was_uploaded(tmp_path: Path) -> None:
    tune, heard = tmp_path / "tune.wav", tmp_path / "heard.wav"
    write_alaw(tune, TUNE)

    async def run() -> None:
        layout = Layout(fxo=4, fxs=8, outside=1)
        async with Centre(waiting_to_own_music(), layout=layout, uploaded={"music.own": tune}) as centre:
            caller = centre.outside("13900000001")
            await caller.call(centre.pilot)
            await asyncio.sleep(12)
            descriptor = os.open(heard, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
            centre.card.far_media.submit([Record(caller.port, descriptor, 1)])
            await asyncio.sleep(12)

    run_virtual(run)
    (sound,) = read(tune).tracks
    assert read(heard).tracks[0].count(sound * 4) == 1, "four times in a row, without a gap"
