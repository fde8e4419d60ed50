# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Text of a line, a form or a file is data wherever it shows: in HTML, in attributes, in CSV, in notices."""

import csv
import io

from tests.web_box import MARKUP, Box, box  # noqa: F401

RAW = "<img src=x"


def test_a_callers_name_that_is_markup_is_shown_as_text(box: Box) -> None:
    for path in ("/calls", "/calls/1"):
        page = box.admin.get(path)
        assert page.status == 200
        assert RAW not in page.text
        assert "&lt;img src=x" in page.text


def test_names_typed_into_forms_are_shown_as_text(box: Box) -> None:
    box.admin.get("/agents/new")
    added = box.admin.post("/agents/new", {"number": "900", "name": MARKUP, "role": "agent", "language": ""})
    assert added.status == 303, added.text
    box.admin.get("/settings/lines/1")
    for path in ("/agents", "/agents/900", "/board", "/users", "/calls", "/figures", "/settings/history"):
        page = box.admin.get(path)
        assert page.status == 200
        assert RAW not in page.text, path
    board = box.admin.get("/board").text
    assert "&lt;img src=x" in board  # in the attribute the board's script reads the names from


def test_a_files_name_is_shown_as_text(box: Box) -> None:
    box.admin.get("/settings/file")
    answer = box.admin.upload(
        "/settings/file", {"apply": "0"}, "<img src=x>.toml", b"[centre]\nno_such = 1\n"
    )
    assert answer.status == 422
    assert RAW not in answer.text
    assert "&lt;img src=x&gt;.toml" in answer.text


def test_what_was_searched_for_is_shown_as_text(box: Box) -> None:
    page = box.admin.get("/calls?number=%22%3E%3Cimg+src=x%3E&order=%3Cimg")
    assert page.status == 200
    assert RAW not in page.text


def test_a_csv_for_a_spreadsheet_begins_no_formula(box: Box) -> None:
    answer = box.admin.get("/calls.csv")
    assert answer.body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert len(rows) >= 4
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_numbers_are_masked_for_those_who_may_not_see_them(box: Box) -> None:
    assert "13800138000" in box.admin.get("/calls").text
    page = box.user("installer").get("/calls")
    assert page.status == 200
    assert "13800138000" not in page.text
    assert "138****8000" in page.text


def test_an_agent_sees_figures_of_their_own_alone(box: Box) -> None:
    page = box.user("agent").get("/figures?from=2026-06-01&to=2026-06-01")
    assert page.status == 200
    assert 'class="chart"' not in page.text  # the centre's calls are not theirs to see
    assert 'class="chart"' in box.admin.get("/figures?from=2026-06-01&to=2026-06-01").text


def test_searches_with_nonsense_find_nothing_and_break_nothing(box: Box) -> None:
    for query in (
        "page=-1",
        "page=99999999",
        "page=x",
        "from=2026-99-99",
        "agent=x",
        "line=-1",
        "cause='--",
        "answered=maybe",
    ):
        assert box.admin.get(f"/calls?{query}").status == 200, query
    for query in ("from=9999-12-31&to=0001-01-01", "from=x&to=", "from=2020-01-01&to=2026-01-01"):
        assert box.admin.get(f"/figures?{query}").status == 200, query
