# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Settings through the socket: revisions with author and time, compared and restored; a wrong one changes
nothing."""

from __future__ import annotations

import asyncio
import copy
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from firmware.client import ClientError
from firmware.errors import StoreError
from firmware.settings.check import read
from firmware.settings.factory import factory
from firmware.settings.revisions import add, compare, load
from firmware.settings.toml import to_plain, to_toml
from firmware.store.migrations import migrate
from tests.quiet_exchange import LINES, PHONES, Desk, desk

DEADLINE_S = 30


def on_desk(folder: Path, story: Callable[[Desk], Coroutine[Any, Any, None]]) -> None:
    async def told() -> None:
        async with desk(folder) as made, asyncio.timeout(DEADLINE_S):
            await story(made)

    asyncio.run(told())


def changed(**centre: Any) -> dict[str, Any]:
    data = copy.deepcopy(to_plain(factory(LINES, PHONES)))
    data["centre"] |= centre
    return data


def test_applied_settings_are_in_force_and_a_new_revision(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            answer = await client.request(
                "settings_apply", settings=changed(name="Anna's"), comment="our name"
            )
            assert answer["revision"] == made.exchange.revision == 2
            assert answer["changes"] == [{"path": "centre.name", "before": "Switchroom", "after": "Anna's"}]
            assert made.exchange.settings.centre.name == "Anna's"
            newest, first = (await client.request("settings_history"))["revisions"]
            assert (newest["number"], newest["author"], newest["comment"]) == (2, "root", "our name")
            assert newest["at_ns"] > first["at_ns"]
            assert (await client.request("settings_show", revision=1))["settings"]["centre"][
                "name"
            ] == "Switchroom"
        # The copy for bare service follows.
        assert "Anna's" in made.data.last_settings.read_text("utf-8")

    on_desk(tmp_path, story)


def test_a_wrong_file_is_refused_whole_with_every_fault(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        data = changed(name="Anna's", timezone="Mars")
        data["lines"][0]["port"] = 5
        async with made.client() as client:
            with pytest.raises(ClientError) as refusal:
                await client.request("settings_apply", settings=data)
        assert refusal.value.cause == "faults"
        assert {fault["path"] for fault in refusal.value.faults} == {
            "centre.timezone",
            "lines[0].port",
            "phones[0].port",
        }
        assert refusal.value.faults[0]["message"].keys() == {"en", "zh"}
        assert made.exchange.revision == 1 and made.exchange.settings.centre.name == "Switchroom"
        assert await made.rows("SELECT max(number) FROM settings_revisions") == [(1,)]

    on_desk(tmp_path, story)


def test_a_file_goes_out_and_in_as_toml(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            text = (await client.request("settings_show", form="toml"))["toml"]
            assert text == to_toml(made.exchange.settings)
            assert (await client.request("settings_apply", toml=text))["changes"] == []
            with pytest.raises(ClientError, match="TOML"):
                await client.request("settings_check", toml="[[[")

    on_desk(tmp_path, story)


def test_an_old_revision_restored_is_a_new_one(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as client:
            await client.request("settings_apply", settings=changed(name="Second"))
            answer = await client.request("settings_restore", revision=1)
            assert answer["revision"] == 3
            assert made.exchange.settings == factory(LINES, PHONES)
            assert (await client.request("settings_compare", **{"from": 1, "to": 3}))["changes"] == []
            with pytest.raises(ClientError) as refusal:
                await client.request("settings_restore", revision=77)
            assert refusal.value.cause == "not_found"

    on_desk(tmp_path, story)


def test_of_two_who_change_the_same_revision_the_second_is_told(tmp_path: Path) -> None:
    async def story(made: Desk) -> None:
        async with made.client() as first, made.client(name="other") as second:
            answers = await asyncio.gather(
                first.request("settings_apply", settings=changed(name="One"), base=1),
                second.request("settings_apply", settings=changed(name="Two"), base=1),
                return_exceptions=True,
            )
        (refused,) = [answer for answer in answers if isinstance(answer, ClientError)]
        assert refused.cause == "conflict"
        assert made.exchange.revision == 2

    on_desk(tmp_path, story)


def test_a_revision_that_is_not_understood_is_told_by_path_and_with_what_to_do(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as db:
        migrate(db)
        add(db, factory(LINES, PHONES), "li", "", 1)
        db.execute("""UPDATE settings_revisions SET settings = '{"centre": {"nonsense": 1}}'""")
        with pytest.raises(StoreError, match=r"centre\.nonsense: there is no such setting; .*apply FILE"):
            load(db)


def test_a_comparison_names_things_by_their_own_numbers() -> None:
    before = factory(LINES, PHONES)
    data = to_plain(before)
    del data["lines"][0]
    data["phones"][1]["name"] = "Reception"
    data["queues"].append({"number": 2, "name": "Sales"})
    after, faults = read(data)
    assert after is not None and faults == []
    found = {change.path: (change.before, change.after) for change in compare(before, after)}
    assert found.keys() == {"lines[1]", "phones[6].name", "queues[2]"}
    assert found["phones[6].name"][1] == "Reception"
    assert found["lines[1]"][1] is None


def test_who_leaves_the_settings_leaves_the_board(tmp_path: Path) -> None:
    from firmware.exchange.vocabulary import QueueReport

    async def story(made: Desk) -> None:
        made.exchange.board.publish(QueueReport(1, (), 0, 0))
        data = changed()
        data["queues"] = []
        data["agents"] = []
        async with made.client() as client:
            await client.request("settings_apply", settings=data)
            assert (await client.request("status"))["board"]["queues"] == []

    on_desk(tmp_path, story)
