# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Stepping of engines without samples: from happening to happening instead of tick by tick."""

from __future__ import annotations

from collections.abc import Sequence

from dsp.media import Media
from dsp.media_off.engine import MediaOff


def step(engines: Sequence[Media], until_sample: int) -> int:
    """`dsp.media.Stepper` for engines of this kind."""
    group = [engine for engine in engines if isinstance(engine, MediaOff)]
    assert len(group) == len(engines), "engines without samples are stepped with their like only"
    first = group[0]
    if first.now >= until_sample or any(engine.has_events() for engine in group):
        return first.now
    for engine in group:
        engine.take_commands()
    ticks = -(-(until_sample - first.now) // first.tick_samples)
    limit = ticks * first.tick_samples  # from now
    elapsed = _run(group, limit)
    for engine in group:
        engine.tell_until(engine.now + elapsed)
    return first.now


def _run(group: Sequence[MediaOff], limit: int) -> int:
    """Let things happen until one of them is to be told, or to the limit; samples from now."""
    while True:
        stop = limit
        soonest: MediaOff | None = None
        soonest_at = limit
        for engine in group:
            telling = engine.next_telling()
            if telling is not None and telling - engine.now < stop:
                stop = telling - engine.now
            happening = engine.agenda.next_at()
            if happening is not None and happening - engine.now < soonest_at:
                soonest_at = happening - engine.now
                soonest = engine
        if soonest is None or soonest_at >= stop:
            return stop
        soonest.agenda.run_next()
