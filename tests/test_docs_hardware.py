# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""docs/hardware.md shows what the command prints: on a made-up machine, the simulated card, the kernel bench."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from firmware.cli.main import main
from hil.kernel.boot import boot
from hil.kernel.recipe import BenchError, find_kernel
from tests.hardware_tree import Tree, an_a400p
from tests.running_box import daemon

PAGE = Path(__file__).parents[1] / "docs/hardware.md"
# Inside the bench's kernel: the service on the bench's channels, and the command beside it.
INSIDE = """
cd {tree}
{python} -m firmware.main --data /tmp/var --card dahdi --channels 1-4/5-12 2>/tmp/log &
while ! [ -S /tmp/var/switchroom.sock ]; do sleep 0.1; kill -0 $! || exec cat /tmp/log; done
{python} -m firmware.cli --data /tmp/var hardware --system-conf /run/system.conf
"""


def shown(name: str) -> str:
    """The block of the page that is marked with this name."""
    found = re.search(rf"<!-- {name} -->\n```text\n(.*?)\n```\n", PAGE.read_text("utf-8"), re.S)
    assert found is not None, name
    return found[1]


def printed(*arguments: str) -> str:
    out = io.StringIO()
    main([*arguments], out)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def nothing_lost(text: str) -> str:
    """Without the sound that a busy machine loses: the page shows one at rest."""
    return re.sub(r"\b\d+ +-$", "0     -", text, flags=re.M)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = Tree(tmp_path / "machine")
    an_a400p(made, signalled=False)
    made.interrupts("  17:    183204   183377   IO-APIC   17-fasteoi   wctdm, ehci_hcd:usb1")
    return made


def test_the_page_shows_a_machine_with_a_card(tree: Tree) -> None:
    assert shown("card") == printed("hardware", "--root", str(tree.root))


def test_the_page_shows_what_is_proposed_for_it(tree: Tree) -> None:
    assert shown("proposal") == printed("hardware", "propose", "--root", str(tree.root))


def test_the_page_shows_the_simulated_card(tmp_path: Path) -> None:
    with daemon(tmp_path / "var", ports="4,8") as running:
        running.says("started:")
        text = printed("--data", str(tmp_path / "var"), "hardware")
    assert shown("simulated") in nothing_lost(text)


def test_the_page_shows_the_kernel_bench(tmp_path: Path) -> None:
    try:
        find_kernel()
    except BenchError as missing:
        pytest.skip(str(missing))
    inside = INSIDE.format(tree=PAGE.parents[1], python=sys.executable)
    text = boot(["/bin/sh", "-c", inside]).output
    assert shown("kernel bench") in nothing_lost(text)
