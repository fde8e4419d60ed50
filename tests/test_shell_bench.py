# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The bench's commands: telephones by name, and every wrong word refused before it reaches one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from drivers.simulated import Layout
from dsp.vocabulary import Tone
from firmware.clock import run_virtual
from firmware.shell.bench import Bench
from firmware.virtual import Centre


def at_bench(script: Callable[[Centre, Bench], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Centre(layout=Layout(fxo=1, fxs=2, outside=1), media=False) as centre:
            extensions = {phone.port: phone.extension for phone in centre.settings.phones}
            ports = {extension: port for port, extension in extensions.items()}
            await script(centre, Bench(centre.card, ports.get, lambda: extensions))

    run_virtual(run)


def test_a_page_lifts_dials_speaks_and_hangs_up() -> None:
    async def script(centre: Centre, bench: Bench) -> None:
        bench.do("lift", {"who": "phone:801"})
        await centre.phone(801).hears(Tone.DIAL)
        bench.do("dial", {"who": "phone:801", "digits": "802"})
        await centre.phone(802).rings(within_s=10)
        bench.do("lift", {"who": "phone:802"})
        await asyncio.sleep(1)
        bench.do("speak", {"who": "phone:801", "ms": 2_000})
        await centre.phone(802).hears_speech()
        bench.do("flash", {"who": "phone:801", "ms": 300})
        await centre.phone(801).hears(Tone.DIAL)
        assert bench.do("hang_up", {"who": "phone:802"})["off_hook"] is False

    at_bench(script)


def test_its_status_is_plain_data_and_names_every_telephone() -> None:
    async def script(centre: Centre, bench: Bench) -> None:
        status = json.loads(json.dumps(bench.do("status", {})))
        assert [desk["who"] for desk in status["desks"]] == ["phone:801", "phone:802"]
        assert [each["who"] for each in status["outside"]] == ["outside:13900000001"]
        assert status["pilot"] == centre.pilot

    at_bench(script)


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("lift", {}),
        ("lift", {"who": 801}),
        ("lift", {"who": "phone:"}),
        ("lift", {"who": "phone:999"}),
        ("lift", {"who": "outside:110"}),
        ("dial", {"who": "phone:802", "digits": "801"}),
        ("dial", {"who": "phone:801"}),
        ("dial", {"who": "phone:801", "digits": ""}),
        ("dial", {"who": "phone:801", "digits": "1" * 33}),
        ("press", {"who": "phone:801", "digits": "12\n"}),
        ("flash", {"who": "phone:801", "ms": "300"}),
        ("flash", {"who": "phone:801", "ms": -1}),
        ("speak", {"who": "phone:801", "ms": 10**9}),
        ("explode", {"who": "phone:801"}),
    ],
)
def test_a_wrong_word_is_refused(verb: str, fields: dict[str, Any]) -> None:
    async def script(centre: Centre, bench: Bench) -> None:
        centre.phone(801).lift()
        await asyncio.sleep(1)
        with pytest.raises((LookupError, ValueError)):
            bench.do(verb, fields)
        assert centre.phone(801).off_hook
        assert not centre.phone(802).off_hook

    at_bench(script)
