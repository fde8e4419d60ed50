# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The first day of a box: taken out of its carton, plugged in, used with nothing but telephones, and unplugged."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from drivers.simulated import Layout
from dsp.vocabulary import Record
from dsp.wav import read
from firmware.client import Client
from firmware.clock import run_virtual
from firmware.exchange.codes import address
from firmware.replay import replay
from firmware.shell.prompts import SHIPPED
from firmware.virtual import ADDRESS, Centre
from tests.running_box import PILOT, client, daemon, lift_and_dial, phones, query, telephone, until

CALLERS = tuple(f"outside:1390000000{n}" for n in range(1, 5))
CALLED = "13900000006"
DESKS = tuple(f"phone:80{n}" for n in range(1, 9))


def lines(asking: Client) -> dict[int, str]:
    return {line["port"]: line["state"] for line in asking.request("status")["board"]["lines"]}


def emergency_desks_ring(asking: Client) -> bool:
    return any(
        desk["ringing"] or desk["off_hook"] for desk in asking.request("bench_status")["emergency_desks"]
    )


def hears(asking: Client, who: str, what: str) -> bool:
    status: dict[str, Any] = telephone(asking, who)
    return status["speech"] if what == "speech" else what in status["tones"]


def four_lines_ring_eight_phones(asking: Client) -> None:
    """Four callers at once; each is answered by another phone, and the phones of those still waiting ring on."""
    for caller in CALLERS:
        lift_and_dial(asking, caller, PILOT)
    for desk in DESKS[:4]:
        until(lambda: set(phones(asking).values()) <= {"ringing", "talking"})
        asking.request("bench_lift", who=desk)
        until(lambda desk=desk: phones(asking)[desk[-3:]] == "talking")
    assert sorted(phones(asking).values()) == ["idle"] * 4 + ["talking"] * 4
    assert set(lines(asking).values()) == {"up"}


def a_phone_calls_out(asking: Client, desk: str) -> None:
    """Over the only free line, to a telephone that rings and answers."""
    lift_and_dial(asking, desk, "9" + CALLED)
    until(lambda: telephone(asking, f"outside:{CALLED}")["ringing"])
    asking.request("bench_lift", who=f"outside:{CALLED}")
    asking.request("bench_speak", who=f"outside:{CALLED}", ms=2_000)
    until(lambda: hears(asking, desk, "speech"))


def test_a_box_out_of_its_carton_is_a_telephone_system(tmp_path: Path) -> None:
    data = tmp_path / "var"  # not even the folder is there
    with daemon(data, ports="4,8") as first:
        first.says("started:")
        with client(data / "switchroom.sock") as asking:
            four_lines_ring_eight_phones(asking)
            asking.request("bench_hang_up", who=CALLERS[3])
            asking.request("bench_hang_up", who=DESKS[3])
            until(lambda: lines(asking)[4] == "idle" and phones(asking)["804"] == "idle")
            a_phone_calls_out(asking, "phone:805")
            assert "idle" not in lines(asking).values(), "all lines are busy now"
            lift_and_dial(asking, "phone:806", "110")
            until(lambda: emergency_desks_ring(asking))
            until(lambda: hears(asking, "phone:806", "speech"))
            lift_and_dial(asking, "phone:807", "*68")
            until(lambda: hears(asking, "phone:807", "speech"))
            first.kill()
    with daemon(data, ports="4,8") as second:
        second.says("cut ones mended")
        calls = until(lambda: all_calls(data, at_least=6))
        assert second.stop() == 0
    assert calls == [
        ("in", "13900000001", "", "interrupted", 1),
        ("in", "13900000002", "", "interrupted", 2),
        ("in", "13900000003", "", "interrupted", 3),
        ("in", "13900000004", "", "normal", 4),
        ("out", "805", CALLED, "gave_way", 4),
        ("out", "806", "110", "interrupted", 4),
    ]
    states = query(data, "SELECT state, count(*) FROM recordings GROUP BY state ORDER BY state")
    assert states == [("closed", 2), ("interrupted", 4)]
    assert replay(data / "journal").agrees


def test_nobody_else_on_the_machine_reads_what_a_box_keeps(tmp_path: Path) -> None:
    data = tmp_path / "var"
    with daemon(data) as box:
        box.says("started:")
        open_to_others = [path for path in (data, *data.rglob("*")) if path.lstat().st_mode & 0o007]
        assert {"switchroom.db-wal", "settings.toml"} <= {path.name for path in data.iterdir()}
    assert open_to_others == []


def all_calls(data: Path, at_least: int) -> list[Any]:
    found = query(data, "SELECT direction, caller_number, called, cause, line FROM calls ORDER BY 1, 2")
    return found if len(found) >= at_least else []


def test_what_star_68_speaks_is_the_address(tmp_path: Path) -> None:
    """The sound at the desk phone's end of the pair holds every word of it, in order, sample for sample."""
    heard = tmp_path / "heard.wav"

    async def run() -> None:
        async with Centre(layout=Layout(fxo=1, fxs=1, outside=1)) as centre:
            desk = centre.phone(801)
            descriptor = os.open(heard, os.O_RDWR | os.O_CREAT)
            centre.card.far_media.submit([Record(desk.port, descriptor, 1)])
            await desk.call("*68")
            await asyncio.sleep(15)
            language = centre.settings.centre.language
            words.extend(SHIPPED / language / f"{word}.wav" for word in address(ADDRESS, language))

    words: list[Path] = []
    run_virtual(run)
    at, line = 0, read(heard).tracks[0]
    for word in words:
        (sound,) = read(word).tracks
        at = line.index(sound, at) + len(sound)
    assert len(words) > len(ADDRESS)
