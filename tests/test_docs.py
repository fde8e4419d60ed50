# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The documents name files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("docs/*/*.md"), *ROOT.glob("firmware/*/*.md")]
)
NAMED = re.compile(r"`([\w.*-]+/[\w./*-]*)`")
LINKED = re.compile(r"\]\(([^)#:]+)\)")
MADE = ("build/", "var/")


def ours(page: Path) -> bool:
    return not any(part.startswith(".") or part == "build" for part in page.relative_to(ROOT).parts)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if ours(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_path_in_a_document_leads_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    places = (ROOT, page.parent, ROOT / "firmware" / "exchange")
    named = [name for name in NAMED.findall(text) if not name.startswith(MADE)]
    assert [name for name in named if not any(list(place.glob(name)) for place in places)] == []
    assert [link for link in LINKED.findall(text) if not (page.parent / link).exists()] == []
