# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""CSV: opened by a spreadsheet it is read rightly, and runs nothing."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path

import msgspec
import pytest

from firmware.exchange.vocabulary import Party
from firmware.store import calls
from firmware.store.call_search import CallFilter
from firmware.store.export import CALL_COLUMNS, PAGE, calls_csv, inert
from firmware.store.queries import Queries
from firmware.store.reader import Reader
from firmware.store.store import Store
from tests.call_records import CUSTOMER, a_call, at

WAIT_S = 60
ADMIN = Reader("admin", "root")


def exported(
    store: Store, reader: Reader = ADMIN, wanted: CallFilter | None = None, language: str = "en"
) -> str:
    queries = Queries(store.path)
    text = "".join(calls_csv(queries, reader, wanted or CallFilter(), "Asia/Shanghai", language))
    queries.close()
    return text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"])
def test_nothing_in_a_cell_is_a_formula(text: str) -> None:
    assert inert(text) == "'" + text
    assert inert("WANG=1") == "WANG=1"


def test_a_name_from_the_line_is_inert_in_the_file(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db", durable=False) as store:
        for number, name in enumerate(("=HYPERLINK(1)", 'a","b', "line\nbreak", "王")):
            record = msgspec.structs.replace(a_call(number + 1, second=number), caller=Party(CUSTOMER, name))
            store.write(calls.add, record, 1).result(WAIT_S)
        rows = list(csv.DictReader(io.StringIO(exported(store).removeprefix("\ufeff"))))
        assert [row["Caller's name"] for row in rows] == ["'=HYPERLINK(1)", 'a","b', "line\nbreak", "王"]


def test_the_file_says_that_it_is_utf_8_and_speaks_the_readers_language(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db", durable=False) as store:
        text = exported(store, language="zh")
        assert text.encode().startswith(b"\xef\xbb\xbf")
        assert text.splitlines()[0].count(",") == len(CALL_COLUMNS) - 1 and "主叫号码" in text


def test_an_export_is_masked_as_any_other_reading(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db", durable=False) as store:
        store.write(calls.add, a_call(), 1).result(WAIT_S)
        assert CUSTOMER in exported(store)
        assert "0013" not in exported(store, Reader("agent", "li", agent=101))
        assert len(exported(store, Reader("agent", "li", agent=102)).splitlines()) == 1


def test_every_call_is_exported_once_though_many_began_at_the_same_moment(tmp_path: Path) -> None:
    def fill(db: sqlite3.Connection) -> None:
        for number in range(1, PAGE * 2 + 30):
            calls.add(db, a_call(number, second=number // 7), number)

    with Store(tmp_path / "s.db", durable=False) as store:
        store.write(fill).result(WAIT_S)
        rows = list(csv.DictReader(io.StringIO(exported(store).removeprefix("\ufeff"))))
        assert len(rows) == len({row["Record"] for row in rows}) == PAGE * 2 + 29
        assert rows[0]["Began"] == "2026-06-01 09:00:00"
        later = CallFilter(since_ns=at(100).civil_ns)
        assert len(exported(store, wanted=later).splitlines()) - 1 == PAGE * 2 + 29 - 699
