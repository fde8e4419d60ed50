# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The Asterisk bench outside its kernel: what is fetched, what is configured, and how its events are understood."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from hil.asterisk import fetch, spans
from hil.asterisk.ami import ActionRefused, Client, Message
from hil.asterisk.fetch import find_asterisk, mirrors, read_recipe
from hil.asterisk.peer import CONFIGURATION, PLACES_WRITTEN, Leg, NotSeen, Peer, Sound
from hil.asterisk.scenario import asterisk_scenarios
from hil.benches import plans
from hil.kernel.recipe import BenchError
from hil.kernel.trace import Trace


def test_there_are_ten_scenarios_and_more() -> None:
    assert len(asterisk_scenarios()) >= 10


def test_no_shared_scenario_is_meant_for_it_and_its_plan_says_why() -> None:
    assert "another vocabulary" in plans()["asterisk"].own_scenarios


def test_every_channel_of_the_box_has_one_of_asterisks_at_its_other_end() -> None:
    configuration = spans.configuration()
    assert {"fxsks=1-4", "fxoks=5-12", "fxoks=13-16", "fxsks=17-24"} <= set(configuration.splitlines())
    channels = re.findall(
        r"^channel => (\S+)$", (CONFIGURATION / "chan_dahdi.conf").read_text(), re.MULTILINE
    )
    assert channels == ["13-16", "17-24"]


def test_it_loads_what_is_named_and_nothing_else() -> None:
    modules = (CONFIGURATION / "modules.conf").read_text(encoding="utf-8")
    assert "autoload = no" in modules
    loaded = re.findall(r"^load = (\w+)\.so$", modules, re.MULTILINE)
    assert "chan_dahdi" in loaded and len(loaded) == len(set(loaded)) == 23


def test_every_folder_it_writes_into_is_there_to_be_mounted_over() -> None:
    assert set(PLACES_WRITTEN) <= set(fetch.PLACES)


def test_without_an_asterisk_the_bench_says_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(BenchError, match="make hil BENCH=asterisk"):
        find_asterisk()


def test_the_mirrors_of_this_machine_are_asked_first_in_both_of_apts_formats(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(
        "# deb http://no/debian x main\ndeb [signed-by=/a] http://one/debian/ trixie main\n"
        "deb http://one/debian-security trixie-security main\n"
    )
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (folder / "debian.sources").write_text("Types: deb\nURIs: https://two/debian\nSuites: trixie\n")
    (folder / "other.sources").write_text("URIs: https://elsewhere/tools\n")
    assert list(mirrors(tmp_path)) == ["http://one/debian", "https://two/debian"]


def test_where_no_mirror_has_it_the_last_ones_words_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(fetch, "mirrors", lambda: iter(()))
    nowhere = tmp_path / "recipe.toml"
    text = fetch.RECIPE.read_text(encoding="utf-8")
    nowhere.write_text(re.sub(r"mirrors = .*", f'mirrors = ["file://{tmp_path}/debian"]', text))
    monkeypatch.setattr(fetch, "RECIPE", nowhere)
    with pytest.raises(BenchError, match=r"(?s)could not be fetched.*Is there a network"):
        fetch.found_or_fetched()
    assert not (tmp_path / "switchroom" / "asterisk" / read_recipe().key).exists()


async def with_manager(
    answers: Callable[[str], str], act: Callable[[Client], Awaitable[object]]
) -> list[Message]:
    """A client in front of a manager port that answers each action's lines so; returns the events heard."""
    events: list[Message] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/5.0.5\r\n")
        with suppress(asyncio.IncompleteReadError):  # the client has gone
            while action := (await reader.readuntil(b"\r\n\r\n")).decode():
                number = re.search(r"ActionID: (\d+)", action)
                assert number is not None
                writer.write(f"{answers(action)}\r\nActionID: {number[1]}\r\n\r\n".encode())
        writer.close()
        ended.set()

    ended = asyncio.Event()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        client = Client(events.append)
        try:
            await client.connect("127.0.0.1", server.sockets[0].getsockname()[1], "bench", "bench")
            await act(client)
        finally:
            await client.close()
            await ended.wait()
    return events


def test_an_answer_and_the_events_before_it_are_told_apart() -> None:
    def answers(action: str) -> str:
        event = "Event: DTMFEnd\r\nDigit: 5\r\nOutput: a: b\r\nOutput: c\r\n\r\n" if "Ping" in action else ""
        return event + "Response: Success"

    (event,) = asyncio.run(with_manager(answers, lambda client: client.act("Ping")))
    assert event == {"Event": "DTMFEnd", "Digit": "5", "Output": "a: b\nc"}


def test_an_action_that_asterisk_refuses_is_told_with_its_reason() -> None:
    def answers(action: str) -> str:
        return "Response: Error\r\nMessage: No such channel" if "Hangup" in action else "Response: Success"

    with pytest.raises(ActionRefused, match=r"Hangup .*DAHDI/1.*No such channel"):
        asyncio.run(with_manager(answers, lambda client: client.act("Hangup", Channel="DAHDI/1-1")))


def a_leg(*sounds: Sound) -> Leg:
    peer = Peer(Path("/nowhere"), Trace(), port_of=lambda channel: channel)
    return Leg("DAHDI/17-1", "1.1", 17, peer, sounds=list(sounds))


def test_a_cadence_is_told_by_its_beats_and_by_what_is_between_them() -> None:
    ringback = a_leg(Sound(10.0, 940), Sound(15.0, 940))
    asyncio.run(ringback.hears_beats(1000, 4000, within_s=0))
    with pytest.raises(NotSeen, match="350/350"):
        asyncio.run(ringback.hears_beats(350, 350, within_s=0))
    with pytest.raises(NotSeen):
        asyncio.run(a_leg(Sound(10.0, 940), Sound(13.0, 940)).hears_beats(1000, 4000, within_s=0))
    with pytest.raises(NotSeen):
        asyncio.run(a_leg(Sound(10.0, 940)).hears_beats(1000, 4000, within_s=0))


def test_a_click_is_no_sound_and_neither_is_one_that_is_over() -> None:
    with pytest.raises(NotSeen, match="hears nothing"):
        asyncio.run(a_leg(Sound(1.0, 3000)).hears_sound(within_s=0))
