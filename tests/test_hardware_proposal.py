# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What `switchroom hardware propose` would write, what it keeps, and that it writes nothing unasked."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from drivers.hardware import inventory
from drivers.hardware.machine import Machine
from drivers.hardware.proposal import LOAD_FILE, OPTIONS_FILE, XPP_FILE, Wishes, propose, read_back
from drivers.hardware.system_conf import FILE, parse
from firmware.cli.command import DONE, WRONG
from firmware.cli.main import main
from tests.hardware_tree import A400P, Tree, an_a400p, an_e1_card


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "machine")


def files(tree: Tree, **wishes: Any) -> dict[str, str]:
    machine = Machine(tree.root)
    return {
        file.place: file.text for file in propose(inventory.take(machine), machine, Wishes(**wishes)).files
    }


def run(tree: Tree, *arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    return main(["hardware", *arguments, "--root", str(tree.root)], out), out.getvalue()


def settings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_analog_ports_are_signalled_by_what_they_face(tree: Tree) -> None:
    an_a400p(tree, signalled=False)
    tree.has_installed("dahdi_echocan_mg2")
    assert settings(files(tree)[FILE]) == [
        "fxsks=1-2",
        "fxoks=3-4",
        "echocanceller=mg2,1-4",
        "loadzone=cn",
        "defaultzone=cn",
    ]


def test_an_e1_takes_its_timing_from_the_exchange_one_span_after_the_other(tree: Tree) -> None:
    an_e1_card(tree)
    assert settings(files(tree)[FILE]) == [
        "span=1,1,0,ccs,hdb3,crc4",
        "bchan=1-15,17-31",
        "dchan=16",
        "span=2,2,0,ccs,hdb3,crc4",
        "bchan=32-46,48-62",
        "dchan=47",
        "echocanceller=oslec,1-15,17-46,48-62",
        "loadzone=cn",
        "defaultzone=cn",
    ]
    assert "options wct4xxp default_linemode=e1" in files(tree)[OPTIONS_FILE]


def test_the_country_sets_the_line_and_wishes_set_the_bell(tree: Tree) -> None:
    an_a400p(tree)
    assert settings(files(tree)[OPTIONS_FILE]) == [
        "options dahdi auto_assign_spans=1",
        "options wctdm opermode=CHINA",
        "options wctdm alawoverride=1",
        "options wctdm fxshonormode=0",
        "options wctdm boostringer=0",
        "options wctdm fwringdetect=0",
        "blacklist netjet",
    ]
    german = settings(files(tree, country="de", boost_ring=True, full_wave_ring=True)[OPTIONS_FILE])
    wanted = {"opermode=GERMANY", "fxshonormode=1", "boostringer=1", "fwringdetect=1"}
    assert wanted <= {line.split()[-1] for line in german}


def test_every_line_has_its_reason_over_it(tree: Tree) -> None:
    an_a400p(tree)
    for text in files(tree).values():
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if line and not line.startswith(("#", "defaultzone")):
                assert lines[number - 1].startswith("# "), line


def test_modules_are_loaded_in_order_with_the_echo_canceller(tree: Tree) -> None:
    an_a400p(tree)
    assert settings(files(tree)[LOAD_FILE]) == ["dahdi", "dahdi_echocan_oslec", "wctdm"]


def test_the_cards_own_echo_canceller_needs_no_module(tree: Tree) -> None:
    an_a400p(tree)
    proposed = files(tree, echo_canceller="hwec")
    assert settings(proposed[LOAD_FILE]) == ["dahdi", "wctdm"]
    assert "echocanceller=hwec,1-4" in settings(proposed[FILE])
    _, said = run(tree, "propose", "--echo-canceller", "hwec")
    assert "modprobe -a dahdi wctdm" in said


def test_what_is_proposed_has_no_faults_and_proposes_nothing_more_once_applied(tree: Tree) -> None:
    for make in (an_a400p, an_e1_card):
        made = Tree(tree.root.with_name(make.__name__))
        make(made)
        assert parse(files(made)[FILE]).faults == []
        assert run(made, "propose", "--apply")[0] == DONE
        assert "nothing would change" in run(made, "propose")[1]


def test_before_its_driver_runs_a_card_gets_its_modules_and_options_only(tree: Tree) -> None:
    tree.pci(A400P)
    tree.has_installed("dahdi", "wctdm", "dahdi_echocan_oslec")
    assert files(tree).keys() == {OPTIONS_FILE, LOAD_FILE}
    assert "then modprobe wctdm, then propose again" in run(tree, "propose")[1]


def test_an_astribank_has_its_country_in_a_file_of_its_own(tree: Tree) -> None:
    tree.usb("e4e4", "1162", "xpp_usb")
    tree.dahdi()
    assert settings(files(tree)[XPP_FILE]) == ["opermode CHINA", "pri_protocol E1"]


def test_a_span_with_no_card_keeps_its_channels_as_they_are(tree: Tree) -> None:
    tree.dahdi()
    either = "FXSLS FXSGS FXSKS FXOLS FXOGS FXOKS E&M Clear SF (ToneOnly) CAS DACS+RBS"
    tree.span(1, "DYN/loc/1:0", [(either, "FXSKS"), (either, "CAS"), (either, "")])
    tree.write(FILE, "dynamic=loc,1:0,3,0\nfxsks=1\ncas=2:0101")
    text = files(tree)[FILE]
    assert settings(text)[:3] == ["dynamic=loc,1:0,3,0", "fxsks=1", "cas=2:0101"]
    assert "choose fxsks (exchange) or fxoks (telephone)\n# channels 3" in text


def test_without_a_card_nothing_is_proposed(tree: Tree) -> None:
    code, text = run(tree, "propose", "--apply")
    assert code == DONE
    assert "there is no telephony card" not in text
    assert "no telephony card is there, so there is nothing to propose" in text
    assert not list((tree.root / "etc").iterdir())


def test_nothing_is_changed_unless_told(tree: Tree) -> None:
    an_a400p(tree)
    tree.write(FILE, "fxsks=1-4")
    before = {path: path.read_text() for path in (tree.root / "etc").rglob("*.conf")}
    code, text = run(tree, "propose")
    assert code == DONE
    assert "-fxsks=1-4\n" in text
    assert "+fxsks=1-2\n" in text
    assert "nothing has been changed" in text
    assert {path: path.read_text() for path in (tree.root / "etc").rglob("*.conf")} == before


def test_the_last_good_file_is_kept_and_put_back(tree: Tree) -> None:
    an_a400p(tree)
    conf = tree.write(FILE, "fxsks=1,2\nfxoks=3,4")
    run(tree, "propose", "--apply")
    assert "fxsks=1-2" in conf.read_text()
    conf.write_text("fxsk=1-4\n")  # somebody has spoilt it
    run(tree, "propose", "--apply")
    kept = conf.with_name("system.conf.last-good")
    assert kept.read_text() == "fxsks=1,2\nfxoks=3,4\n"  # the spoilt one did not take its place
    code, text = run(tree, "restore")
    assert (code, text) == (DONE, f"put back: {FILE}\n")
    assert conf.read_text() == "fxsks=1,2\nfxoks=3,4\n"
    run(tree, "restore")
    assert "fxsks=1-2" in conf.read_text()


def test_restore_without_a_last_good_file_says_so(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tree, "restore")[0] == WRONG
    assert "there is no last good file: nothing was applied yet" in capsys.readouterr().err


def test_after_applying_each_option_is_read_back_from_sysfs(tree: Tree) -> None:
    an_a400p(tree)
    tree.runs("echo")
    shown = json.loads(run(tree, "propose", "--apply", "--json")[1])
    assert sorted(shown["written"]) == sorted([FILE, LOAD_FILE, OPTIONS_FILE])
    back = {each["name"]: (each["found"], each["agrees"]) for each in shown["in_force"]}
    assert back["opermode"] == ("FCC", False)
    assert back["boostringer"] == ("0", True)
    assert "modprobe -r wctdm   # ends every call on it" in run(tree, "propose")[1]


def test_a_switch_is_read_back_as_sysfs_writes_it(tree: Tree) -> None:
    an_a400p(tree)
    tree.write("/sys/module/dahdi/parameters/auto_assign_spans", "Y")
    machine = Machine(tree.root)
    first = read_back(propose(inventory.take(machine), machine, Wishes()), machine)[0]
    assert (first.name, first.found, first.agrees) == ("auto_assign_spans", "Y", True)


def test_a_folder_that_can_not_be_written_is_named(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    an_a400p(tree)
    (tree.root / "etc/modprobe.d").write_text("in the way")
    assert run(tree, "propose", "--apply")[0] == WRONG
    assert "etc/modprobe.d can't be written" in capsys.readouterr().err


def test_the_command_shows_the_machine_as_text_and_as_json(tree: Tree) -> None:
    an_a400p(tree)
    code, text = run(tree)
    assert code == WRONG  # something is to be mended
    for part in ("OpenVox A400P", "e159:0001/b100:0003", "wctdm", "exchange", "telephone", "WHAT IS WRONG"):
        assert part in text
    shown = json.loads(run(tree, "--json")[1])
    assert shown["cards"][0]["card"]["driver"] == "wctdm"
    assert shown["spans"][0]["channels"][2]["port"] == "fxs"
    assert shown["findings"]


def test_apply_without_propose_is_wrong_usage(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tree, "--apply")[0] == 2
    assert "--apply goes with propose" in capsys.readouterr().err
