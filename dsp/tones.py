# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The call-progress tones of the countries we know: what is sent, and what is listened for.

Notation of a cadence: steps parted by blanks, each `frequency/ms` or a frequency for ever; `0` is silence;
`a+b` are two frequencies added, `a*b` is a modulated by b; `@level` in dBm0 where it is not the plan's; what
stands before `|` comes once, then the rest goes round; `.` at the end: the whole comes once.

Sources, named at each tone:
  IND   Asterisk configs/samples/indications.conf.sample
  ZONE  DAHDI tools zonedata.c
  CN    China's line tones as web pages give them (ygjossg.cn for GB/T 3380-1982; iuhi.cn and juduo.cc); the
  standard itself unseen
  OWN   no standard seen: our own signal to our own telephones, sent but not listened for
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from dsp.vocabulary import Tone

DEFAULT_COUNTRY = "cn"
LEVEL_DBM0 = -10.0  # China's dial, ringback and busy tone: -10 +-3 dBm (CN); taken for all


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of a cadence.  f1_hz 0: silence.  duration_ms 0: for ever."""

    f1_hz: float
    duration_ms: int
    f2_hz: float = 0.0
    modulated: bool = False
    level_dbm0: float = LEVEL_DBM0


@dataclass(frozen=True, slots=True)
class Cadence:
    """One tone: its steps, then again from step `repeat_from`; None: once."""

    tone: Tone
    steps: tuple[Step, ...]
    repeat_from: int | None
    source: str
    send_only: bool = False


@dataclass(frozen=True, slots=True)
class TonePlan:
    """A country's tones.  ring_ms: on, off, ... of the ringing current."""

    country: str
    name: str
    ring_ms: tuple[int, ...]
    cadences: tuple[Cadence, ...]

    def cadence(self, tone: Tone) -> Cadence:
        return next(cadence for cadence in self.cadences if cadence.tone is tone)


_STEP = re.compile(
    r"(?P<f1>\d+)(?:(?P<sign>[+*])(?P<f2>\d+))?(?:/(?P<ms>\d+))?(?:@(?P<level>-?\d+(?:\.\d+)?))?$"
)


def _step(text: str) -> Step:
    found = _STEP.match(text)
    if found is None:
        raise ValueError(f"no step of a cadence: {text!r}")
    return Step(
        float(found["f1"]),
        int(found["ms"] or 0),
        float(found["f2"] or 0),
        found["sign"] == "*",
        float(found["level"] or LEVEL_DBM0),
    )


def parse(tone: Tone, text: str, source: str) -> Cadence:
    """A cadence from its notation (see above).  Raises ValueError."""
    once = text.endswith(".")
    first, _, rest = text.removesuffix(".").rpartition("|")
    steps = tuple(_step(word) for word in (first + " " + rest).split())
    return Cadence(tone, steps, None if once else len(first.split()), source, send_only="OWN" in source)


_SIT = "950/330 1400/330 1800/330"
_FAX = ("1100/500 0/3000", "ITU-T T.30 clause 4: CNG 1100 Hz, 0.5 s on, 3 s off")
_HOWLER = (
    "950/3000@-20 950/3000@-15 950/3000@-10 950/3000@-5 | 950@0",
    "CN: 950 Hz, continuous, in 5 rising steps; their levels and times are ours",
)


def _own(dial: str) -> dict[Tone, tuple[str, str]]:
    """Signals a plan has no tone for, so that each can be sent in every country."""
    blips = " ".join(f"{dial}/100 0/100" for _ in range(5))
    return {
        Tone.STUTTER_DIAL: (f"{blips} | {dial}", "OWN: five blips before dial tone, IND has three to ten"),
        Tone.VACANT: (f"{_SIT} 0/1000", "OWN: the special information tone"),
        Tone.HOWLER: (_HOWLER[0], "OWN: China's"),
        Tone.CONFIRM: (f"{dial}/100 0/100 {dial}/100 0/100 {dial}/100.", "OWN"),
    }


_BOTH = "IND, ZONE"
_RECORD = ("1400/500 0/15000", _BOTH)

# Country, name, ring, then every tone with its source.  Where sources differ, the other value is named.
_PLANS: tuple[tuple[str, str, tuple[int, ...], str, dict[Tone, tuple[str, str]]], ...] = (
    (
        "cn", "China", (1000, 4000), "450",
        {
            Tone.DIAL: ("450", "CN, IND, ZONE: 450+-25 Hz"),
            Tone.RINGBACK: ("450/1000 0/4000", "CN, IND, ZONE"),
            Tone.BUSY: ("450/350 0/350", "CN, IND, ZONE; every cadence +-10 %"),
            Tone.CONGESTION: ("450/700 0/700", "CN, IND, ZONE"),
            Tone.VACANT: (
                "450/100 0/100 450/100 0/100 450/100 0/100 450/400 0/400",
                "CN; IND and ZONE have it as their info",
            ),
            Tone.INFORMATION: (f"{_SIT} 0/1000", "as IND has it elsewhere; none seen for China"),
            Tone.CALL_WAITING: (
                "450/400@-20 0/4000",
                "IND, ZONE, spandsp; CN (iuhi.cn) has 0.4/0.4/0.4; weak, as all say: the level is ours",
            ),
            Tone.RECORD: ("950/400 0/10000", "IND, ZONE, spandsp; CN (iuhi.cn) has 1400 Hz"),
            Tone.HOWLER: _HOWLER,
            # IND and ZONE have 450+425, marked as not specified there: an invention, since no exchange sends
            # it.
            Tone.STUTTER_DIAL: ("450/400 0/40", "spandsp's tone file has it, as China's special information tone"),
        },
    ),
    (
        "us", "United States", (2000, 4000), "350+440",
        {
            Tone.DIAL: ("350+440", _BOTH),
            Tone.RINGBACK: ("440+480/2000 0/4000", _BOTH),
            Tone.BUSY: ("480+620/500 0/500", _BOTH),
            Tone.CONGESTION: ("480+620/250 0/250", _BOTH),
            Tone.INFORMATION: (f"{_SIT}.", _BOTH),
            Tone.CALL_WAITING: ("440/300 0/10000", _BOTH),
            Tone.RECORD: _RECORD,
        },
    ),
    (
        "uk", "United Kingdom", (400, 200, 400, 2000), "350+440",
        {
            Tone.DIAL: ("350+440", _BOTH),
            Tone.RINGBACK: ("400+450/400 0/200 400+450/400 0/2000", _BOTH),
            Tone.BUSY: ("400/375 0/375", _BOTH),
            Tone.CONGESTION: ("400/400 0/350 400/225 0/525", _BOTH),
            Tone.INFORMATION: ("950/330 0/15 1400/330 0/15 1800/330 0/1000", _BOTH),
            Tone.CALL_WAITING: ("400/100 0/4000", _BOTH),
            Tone.RECORD: ("1400/500 0/60000", _BOTH),
        },
    ),
    (
        "de", "Germany", (1000, 4000), "425",
        {
            Tone.DIAL: ("425", _BOTH),
            Tone.RINGBACK: ("425/1000 0/4000", _BOTH),
            Tone.BUSY: ("425/480 0/480", _BOTH),
            Tone.CONGESTION: ("425/240 0/240", _BOTH),
            Tone.INFORMATION: (f"{_SIT} 0/1000", _BOTH),
            Tone.CALL_WAITING: ("425/200 0/200 425/200 0/5000", "IND, where it comes four times"),
            Tone.RECORD: ("1400/80 0/15000", _BOTH),
        },
    ),
    (
        "fr", "France", (1500, 3500), "440",
        {
            Tone.DIAL: ("440", _BOTH),
            Tone.RINGBACK: ("440/1500 0/3500", _BOTH),
            Tone.BUSY: ("440/500 0/500", _BOTH),
            Tone.CONGESTION: ("440/250 0/250", "IND, ZONE, which call it not specified"),
            Tone.INFORMATION: (f"{_SIT}.", _BOTH),
            Tone.CALL_WAITING: ("440/300 0/10000", "ZONE; IND has it under a name it does not read"),
            Tone.RECORD: _RECORD,
        },
    ),
    (
        "br", "Brazil", (1000, 4000), "425",
        {
            Tone.DIAL: ("425", _BOTH),
            Tone.RINGBACK: ("425/1000 0/4000", _BOTH),
            Tone.BUSY: ("425/250 0/250", _BOTH),
            Tone.CONGESTION: ("425/250 0/250 425/750 0/250", _BOTH),
            Tone.INFORMATION: (f"{_SIT}.", "IND: not used in Brazil, the United Kingdom's"),
            Tone.CALL_WAITING: ("425/50 0/1000", _BOTH),
            Tone.RECORD: (_RECORD[0], "OWN: IND has the busy tone"),
        },
    ),
    (
        "in", "India", (400, 200, 400, 2000), "400*25",
        {
            Tone.DIAL: ("400*25", _BOTH),
            Tone.RINGBACK: ("400*25/400 0/200 400*25/400 0/2000", _BOTH),
            Tone.BUSY: ("400/750 0/750", _BOTH),
            Tone.CONGESTION: ("400/250 0/250", _BOTH),
            Tone.INFORMATION: (f"{_SIT} 0/1000", "IND, where only the pause goes round"),
            Tone.CALL_WAITING: ("400/200 0/100 400/200 0/7500", _BOTH),
            Tone.RECORD: _RECORD,
        },
    ),
    (
        "jp", "Japan", (1000, 2000), "400",
        {
            Tone.DIAL: ("400", _BOTH),
            # IND and ZONE write 400+15 and 400+16; 15 Hz is no sound of a telephone, it modulates.
            Tone.RINGBACK: ("400*15/1000 0/2000", _BOTH),
            Tone.BUSY: ("400/500 0/500", _BOTH),
            Tone.CONGESTION: ("400/500 0/500", "IND, ZONE: the same as busy, so it is heard as busy"),
            Tone.INFORMATION: (f"{_SIT}.", _BOTH),
            Tone.CALL_WAITING: ("400*16/500 0/8000", _BOTH),
            Tone.RECORD: _RECORD,
        },
    ),
    (
        "ru", "Russia", (1000, 4000), "425",
        {
            Tone.DIAL: ("425", _BOTH),
            Tone.RINGBACK: ("425/1000 0/4000", _BOTH),
            Tone.BUSY: ("425/350 0/350", _BOTH),
            Tone.CONGESTION: ("425/175 0/175", _BOTH),
            Tone.INFORMATION: (f"{_SIT} 0/1000", "IND; ZONE has 1440 Hz in the middle"),
            Tone.CALL_WAITING: ("425/200 0/5000", _BOTH),
            Tone.RECORD: ("1400/400 0/15000", "IND"),
        },
    ),
    (
        "au", "Australia", (400, 200, 400, 2000), "413+438",
        {
            Tone.DIAL: ("413+438", "IND; ZONE has 415+440"),
            Tone.RINGBACK: ("413+438/400 0/200 413+438/400 0/2000", _BOTH),
            Tone.BUSY: ("425/375 0/375", _BOTH),
            Tone.CONGESTION: (
                "425/375 0/375 425/375@-20 0/375",
                "ZONE: every other burst 10 dB down; IND has 420 Hz in its place",
            ),
            Tone.INFORMATION: ("425/2500 0/500", _BOTH),
            Tone.CALL_WAITING: ("425/200 0/200 425/200 0/4400", "IND; ZONE has 0.1 for the first"),
            Tone.RECORD: ("425/360 0/15000", "IND, after one burst of 1 s"),
        },
    ),
)  # fmt: skip


def _plan(
    country: str, name: str, ring_ms: tuple[int, ...], dial: str, tones: dict[Tone, tuple[str, str]]
) -> TonePlan:
    every = {**_own(dial), **tones, Tone.FAX_CALLING: _FAX}
    return TonePlan(country, name, ring_ms, tuple(parse(tone, *every[tone]) for tone in Tone))


PLANS: dict[str, TonePlan] = {row[0]: _plan(*row) for row in _PLANS}


def _rows(cadence: Cadence) -> Iterator[tuple[float, ...]]:
    number = list(Tone).index(cadence.tone)
    for place, step in enumerate(cadence.steps):
        yield (
            number,
            step.modulated,
            place == cadence.repeat_from,
            cadence.send_only,
            step.f1_hz,
            step.f2_hz,
            step.level_dbm0,
            step.duration_ms,
        )


@cache
def steps(country: str) -> tuple[tuple[float, ...], ...]:
    """A country's plan as the engine loads it, in the order of `struct media_tone_step`; () for a country we
    have none of."""
    plan = PLANS.get(country)
    return tuple(row for cadence in plan.cadences for row in _rows(cadence)) if plan else ()
