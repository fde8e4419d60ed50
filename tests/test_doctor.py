# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The doctor finds what is wrong with the service running, stopped or unable to start; its support file
betrays
nobody."""

from __future__ import annotations

import asyncio
import json
import re
import zipfile
from contextlib import closing
from pathlib import Path

from drivers.port import Pulses
from dsp.vocabulary import CallerIdFormat, CallerIdHeard, Presentation
from firmware.client import Client
from firmware.data_folder import DataFolder
from firmware.doctor import TEXTS, Finding, examine, status_of
from firmware.exchange.commands import Actor, DialFrom
from firmware.exchange.vocabulary import Commanded, Instant, KeyPressed, Started
from firmware.journal import Journal
from firmware.journal_files import FileSink
from firmware.settings import revisions
from firmware.settings.factory import factory
from firmware.store import calls, credentials, prompts, users
from firmware.store.credentials import hash_secret
from firmware.store.prompts import Prompt
from firmware.store.store import Store
from firmware.store.users import User
from firmware.support_file import write_bundle
from tests.call_records import CUSTOMER, a_call
from tests.quiet_exchange import LINES, PHONES, desk

WAIT_S = 30


def findings(data: DataFolder) -> dict[str, Finding]:
    with closing(Client(data.socket)) as client:
        return {found.what: found for found in examine(data, status_of(client))}


def a_box(folder: Path) -> DataFolder:
    data = DataFolder(folder)
    data.make()
    with Store(data.database, durable=False) as store:
        store.write(revisions.add, factory([1], [5]), "x", "", 1).result(WAIT_S)
    return data


def test_an_empty_folder_is_told_with_what_to_do(tmp_path: Path) -> None:
    found = findings(DataFolder(tmp_path / "nothing"))
    assert not found["data folder"].well and "--data" in found["data folder"].found
    assert not found["database"].well and not found["settings"].well and not found["service"].well


def test_a_box_whose_service_is_stopped_is_well_but_for_that(tmp_path: Path) -> None:
    found = findings(a_box(tmp_path))
    assert [what for what, finding in found.items() if not finding.well and what != "clock source"] == [
        "service"
    ]


def test_a_running_service_is_asked(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as made:
            for port in (*LINES, *PHONES):
                made.exchange.line(port, "out_of_service" if port == 1 else "idle")
            found = await asyncio.to_thread(findings, made.data)
            assert found["service"].well
            assert not found["ports"].well and found["ports"].found == "out of service: 1"
            assert not found["scheduling"].well

    asyncio.run(story())


def test_a_port_of_the_settings_that_no_card_has_is_named(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as made, made.client() as client:
            settings = (await client.request("settings_show"))["settings"]
            for port in (*LINES, *PHONES):
                made.exchange.line(port, "idle")
            assert (await asyncio.to_thread(findings, made.data))["ports"].well
            settings["lines"][0]["port"] = 90
            await client.request("settings_apply", settings=settings)
            found = (await asyncio.to_thread(findings, made.data))["ports"]
            assert not found.well and "no card has: 90;" in found.found and "：90；" in found.text("zh")

    asyncio.run(story())


def test_every_finding_can_be_said_in_both_languages() -> None:
    for code, texts in TEXTS.items():
        english, chinese = (set(re.findall(r"\{(\w+)\}", text)) for text in texts)
        assert {name.removesuffix("_zh") for name in chinese} == english, code


def test_a_damaged_database_is_found(tmp_path: Path) -> None:
    data = a_box(tmp_path)
    data.database.write_bytes(data.database.read_bytes()[:8_192] + b"x" * 4_096)
    assert not findings(data)["database"].well


def test_a_missing_prompt_is_named(tmp_path: Path) -> None:
    data = a_box(tmp_path)
    with Store(data.database) as store:
        store.write(prompts.put, Prompt("hello", "hello", "hello-1.wav", 8, "0", "x", 1)).result(WAIT_S)
    assert "hello-1.wav" in findings(data)["prompts"].found


def test_settings_with_faults_are_told(tmp_path: Path) -> None:
    data = a_box(tmp_path)
    wrong = factory([1], [5]).model_copy(update={"flows": ()})
    with Store(data.database) as store:
        store.write(revisions.add, wrong, "x", "", 1).result(WAIT_S)
    found = findings(data)["settings"]
    assert not found.well and "lines[0].flow" in found.found


def test_the_support_file_holds_no_number_no_secret_and_no_key(tmp_path: Path) -> None:
    data = a_box(tmp_path / "box")
    with Store(data.database, durable=False) as store:
        store.write(calls.add, a_call(), 1).result(WAIT_S)
        store.write(users.add, User("li", "agent", hash_secret("hunter2hunter2")), 1).result(WAIT_S)
        store.write(credentials.put, "agent:101", hash_secret("4711"), 1).result(WAIT_S)
        line = factory([1], [5]).lines[0].model_copy(update={"number": "02088887777"})
        settings = factory([1], [5]).model_copy(update={"lines": (line,)})
        store.write(revisions.add, settings, "x", "", 1).result(WAIT_S)
    journal = Journal(FileSink(data.journal))
    at = Instant(1, 1_780_275_600_000_000_000)
    journal.begin(at, b"")
    journal.record(at, Started("box", 1, 1, 1, b'{"secret settings": "13911112222"}', b"", (1,), (5,)))
    heard = CallerIdHeard(1, 80, CallerIdFormat.FSK, True, CUSTOMER, f"Mr {CUSTOMER}", Presentation.SHOWN)
    journal.record(at, heard)
    for key in "8642975":
        journal.record(at, KeyPressed(5, key))
    journal.record(at, Pulses(5, 7))
    journal.record(at, Commanded(1, Actor("web", "li", "agent"), DialFrom("801", "013800138000")))
    journal.close()
    (data.log / "switchroom.log").write_text(f"a call from {CUSTOMER}\n")
    write_bundle(tmp_path / "b.zip", data, "stopped", examine(data, "stopped"))
    with zipfile.ZipFile(tmp_path / "b.zip") as bundle:
        texts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    whole = "\n".join(texts.values())
    for hidden in ("0013", "8888", "1111", "hunter2", "$argon2", "4711", '"8"', '"6"'):
        assert hidden not in whole, hidden
    assert "138****8000" in whole and "020****7777" in texts["settings.toml"]
    facts = [json.loads(line)["fact"] for line in texts["journal.jsonl"].splitlines()]
    assert facts == ["started", "caller_id_heard", *["key_pressed"] * 7, "pulses", "commanded"]
    assert json.loads(texts["database.json"])["rows"]["calls"] == 1


def test_a_support_file_is_written_of_a_box_that_has_nothing(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "nothing")
    write_bundle(tmp_path / "b.zip", data, "stopped", examine(data, "stopped"))
    assert zipfile.is_zipfile(tmp_path / "b.zip")
