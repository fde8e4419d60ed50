# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What is found on made-up machines, what is said to be wrong with them, and what to do."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from drivers.hardware import findings, inventory
from drivers.hardware.machine import Machine
from drivers.hardware.spans import ALARMS
from drivers.hardware.system_conf import FILE, channel_list, parse, written
from drivers.port import PortKind
from tests.hardware_tree import A400P, A1200P, AEX410, FXO_CAN, FXS_CAN, TE420, Tree, an_a400p, an_e1_card


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "machine")


def look(tree: Tree) -> inventory.Inventory:
    return inventory.take(Machine(tree.root))


def wrong(tree: Tree) -> list[str]:
    return [each.message() for each in findings.examine(look(tree))]


def test_a_card_is_found_with_its_driver_its_ports_and_its_interrupt(tree: Tree) -> None:
    an_a400p(tree)
    tree.interrupts(
        "  17:     1000     2000   IO-APIC   17-fasteoi   wctdm", " NMI:  0  0  Non-maskable interrupts"
    )
    found = look(tree)
    (each,) = found.cards
    assert (each.card.driver, each.state, each.device.interrupts) == ("wctdm", "running", (17,))
    assert [channel.port for channel in found.channels()] == [PortKind.FXO] * 2 + [PortKind.FXS] * 2
    assert [channel.signalling for channel in found.channels()] == ["fxsks", "fxsks", "fxoks", "fxoks"]
    assert (found.interrupts[17].count, found.interrupts[17].users) == (3000, ("wctdm",))
    assert found.devices[0].place == "0000:03:02.0"
    assert found.build == "3.4.0"


def test_every_finding_is_said_in_both_languages_with_the_same_places_filled() -> None:
    messages = tomllib.loads(findings.MESSAGES.read_text("utf-8"))
    for code, said in messages.items():
        places = [sorted(set(re.findall(r"\{\w+\}", "".join(said[language])))) for language in ("en", "zh")]
        assert places[0] == places[1], code
        assert len(said["en"]) == len(said["zh"]) == 3
    source = Path(findings.__file__).read_text("utf-8")
    assert [code for code in messages if f'"{code}"' not in source] == []


def test_a_finding_is_told_in_chinese_too(tree: Tree) -> None:
    an_e1_card(tree)
    said = [each.message("zh") for each in findings.examine(look(tree))]
    assert any("中继 2（TE4/0/2）：red alarm。检查收发两个方向的线缆" in each for each in said)


def test_an_e1_span_shows_its_alarm_and_its_error_counters(tree: Tree) -> None:
    an_e1_card(tree)
    first, second = look(tree).spans
    assert first.counters["bipolar_violations"] == 12
    assert first.counters["crc4_errors"] == 3
    assert first.counters["slips"] == 7
    assert first.counters["e_bit_errors"] == 0
    assert (first.alarms, second.alarms) == ("", "red alarm")
    assert (second.base, second.channel_count) == (32, 31)
    said = wrong(tree)
    assert any(each.startswith("span 2 (TE4/0/2): red alarm; check the cable") for each in said)
    assert any("7 timing slips" in each for each in said)


def test_alarm_bits_are_those_of_dahdi() -> None:
    numbers = tomllib.loads((Path(__file__).parent / "data/dahdi_abi.toml").read_text("utf-8"))["3.4.0"]
    expected = {value for name, value in numbers.items() if name.startswith("DAHDI_ALARM_")}
    assert {bit for bit, _ in ALARMS} == expected


def test_without_a_card_that_is_said_with_what_to_do(tree: Tree) -> None:
    assert wrong(tree) == [
        "cards: there is no telephony card on the PCI or USB bus; is it in its slot, with its power plug in? "
        "For the simulated card none is needed"
    ]


@pytest.mark.parametrize(
    ("ids", "version", "driver", "elsewhere"),
    [
        (A400P, "3.1.0+git20230717", "wctdm", "Debian 12"),
        (A1200P, "3.1.0+git20230717", "opvxa1200", "Switchroom's disk image"),
        (("1b74", "d430", "1b74", "0001"), "3.1.0+git20230717", "wct4xxp", "OpenVox's own DAHDI"),
    ],
)
def test_a_card_that_this_dahdi_does_not_drive_is_named_with_the_driver_it_needs(
    tree: Tree, ids: tuple[str, str, str, str], version: str, driver: str, elsewhere: str
) -> None:
    tree.pci(ids)
    tree.dahdi(version)
    tree.has_installed("dahdi", "wctdm24xxp")
    (said,) = wrong(tree)
    assert f"needs the driver {driver}, which DAHDI {version} here has not" in said
    assert elsewhere in said


def test_an_installed_driver_that_is_not_loaded_is_to_be_loaded(tree: Tree) -> None:
    tree.pci(AEX410)
    tree.has_installed("dahdi", "wctdm24xxp")
    assert wrong(tree) == [
        "Digium AEX410 at 0000:03:02.0: its driver wctdm24xxp is installed, but not loaded; modprobe wctdm24xxp",
        "dahdi: the module is installed, but not loaded; modprobe dahdi",
    ]


def test_without_dahdi_for_this_kernel_the_packages_are_named(tree: Tree) -> None:
    tree.pci(TE420)
    said = wrong(tree)
    assert (
        "dahdi: there is no DAHDI for the kernel 6.12.48+deb13-amd64; apt install dahdi dahdi-dkms" in said[1]
    )


def test_a_card_that_another_module_has_taken_is_to_be_freed(tree: Tree) -> None:
    tree.pci(("e159", "0001", "b1d9", "0003"), "netjet")
    tree.dahdi()
    assert "the module netjet has it, which is not for telephony" in wrong(tree)[0]


def test_a_loaded_driver_that_left_the_card_alone_sends_one_to_its_log(tree: Tree) -> None:
    tree.pci(A400P)
    tree.dahdi()
    tree.runs("wctdm", alawoverride="1")
    assert (
        "its driver wctdm runs, but has not taken it; look in the kernel's log (dmesg) for wctdm"
        in wrong(tree)[0]
    )


def test_an_astribank_is_known_before_and_after_its_firmware(tree: Tree) -> None:
    tree.usb("e4e4", "1160")
    tree.usb("e4e4", "1162", "xpp_usb", place="1-3")
    tree.usb("046d", "c31c", "usbhid", place="1-4")
    tree.dahdi()
    tree.runs("xpp_usb")
    cards = {each.device.place: each for each in look(tree).cards}
    assert cards.keys() == {"1-2", "1-3"}
    assert cards["1-3"].state == "running"
    assert cards["1-3"].device.words == "Astribank 0183"
    assert "its firmware is not loaded; install dahdi and dahdi-firmware-nonfree" in wrong(tree)[0]


def test_a_card_without_a_span_needs_its_numbers_assigned(tree: Tree) -> None:
    an_a400p(tree)
    for folder in ("sys/bus/dahdi_spans", "sys/bus/dahdi_channels"):
        (tree.root / folder).rename(tree.root / folder.replace("dahdi", "gone"))
    assert any("options dahdi auto_assign_spans=1" in each for each in wrong(tree))


def test_missing_devices_and_missing_rights_are_told_apart(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_a400p(tree)
    (tree.root / "dev/dahdi/ctl").unlink()
    read_text = Path.read_text

    def refuse(path: Path, *arguments: str) -> str:
        if path.name == "opermode":
            raise PermissionError(13, "Permission denied", str(path))
        return read_text(path, *arguments)

    monkeypatch.setattr(Path, "read_text", refuse)  # root may read everything, and tests may run as root
    said = wrong(tree)
    assert "may not read /sys/module/wctdm/parameters/opermode; run it as root to see all" in said[0]
    assert any("/dev/dahdi/ctl is not there; is udev running?" in each for each in said)
    assert look(tree).modules["wctdm"].unreadable == ("opermode",)


def test_a_shared_interrupt_is_told(tree: Tree) -> None:
    an_a400p(tree)
    tree.interrupts("  17:  1000  2000   IO-APIC   17-fasteoi   wctdm, ehci_hcd:usb1")
    assert any("shares it (wctdm, ehci_hcd:usb1)" in each for each in wrong(tree))


def test_options_told_twice_or_too_late_are_named_by_their_lines(tree: Tree) -> None:
    an_a400p(tree)
    tree.write("/etc/modprobe.d/a.conf", "# ours\noptions wctdm opermode=CHINA alawoverride=0")
    tree.write("/etc/modprobe.d/z.conf", "options wctdm opermode=FCC")
    tree.write("/lib/modprobe.d/z.conf", "options wctdm opermode=UK")  # hidden by the one in /etc
    said = "\n".join(wrong(tree))
    assert (
        "/etc/modprobe.d/a.conf line 2: wctdm opermode=CHINA, but it runs with FCC; load the module anew"
        in said
    )
    assert (
        "/etc/modprobe.d/z.conf line 1: wctdm opermode=FCC, but /etc/modprobe.d/a.conf line 2 says CHINA"
        in said
    )
    assert "UK" not in said


# --- system.conf ---


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("loadzone=cn\nfxsk=1-4", 2, "there is no setting 'fxsk'"),
        ("fxsks=1-x", 1, "'1-x' is no channel"),
        ("fxsks=4-1", 1, "the lower first"),
        ("fxsks=1-2000", 1, "channels are 1 to 1023"),
        ("fxsks=1-4\n\nfxoks=4", 3, "channel 4 is fxsks by line 1 already"),
        ("span=1,1,0,ccs", 1, "span=NUMBER,TIMING,BUILD-OUT,FRAMING,CODING"),
        ("span=1,1,0,cs,hdb3", 1, "framing 'cs'"),
        ("span=1,1,0,ccs,hdb", 1, "coding 'hdb'"),
        ("span=1,1,0,ccs,hdb3\nspan=1,2,0,ccs,hdb3", 2, "span 1 is set in line 1 already"),
        ("echocanceller=mg2", 1, "echocanceller=NAME,CHANNELS"),
        ("fxsks 1-4", 1, "each line is NAME=VALUE"),
        ("fxsks=", 1, "fxsks has no value"),
        ("dynamic=eth,eth0", 1, "dynamic=DRIVER"),
        ("defaultzone=cn", 0, "needs a line loadzone=cn"),
    ],
)
def test_a_wrong_system_conf_names_its_line(text: str, line: int, what: str) -> None:
    (fault,) = parse(text).faults
    assert fault.line == line
    assert what in fault.text


def test_a_right_system_conf_has_no_faults() -> None:
    conf = parse(
        "# spans\nspan=1,1,0,ccs,hdb3,crc4\nbchan=1-15,17-31 # speech\ndchan = 16\ncas=32-33:1101\n"
        "fcshdlc=40\nalaw=1-31\nechocanceller=oslec,1-15\nloadzone=cn\ndefaultzone=cn\ndynamic=loc,1:0,12,0\n"
    )
    assert conf.faults == []
    assert conf.signalling[16].what == conf.signalling[40].what == "dchan"
    assert (conf.signalling[32].what, conf.signalling[32].more) == ("cas", ":1101")
    assert conf.echo_canceller[15].what == "oslec"
    assert conf.dynamic == ["loc,1:0,12,0"]


def test_channel_lists_are_written_as_they_are_read() -> None:
    assert written(channel_list("1-15, 17-31,40")) == "1-15,17-31,40"


def test_a_channel_set_for_the_wrong_side_is_told_with_its_line(tree: Tree) -> None:
    tree.dahdi()
    tree.span(1, "WCTDM/0", [(FXO_CAN, ""), (FXS_CAN, "FXOKS")])
    tree.write(FILE, "fxoks=1-2\nfxsks=9")
    said = "\n".join(wrong(tree))
    assert f"{FILE} line 1: channel 1 is fxoks, but the port faces an exchange, which takes fxsks" in said
    assert f"{FILE} line 1: channel 1 is to be fxoks, but is not configured; run dahdi_cfg" in said
    assert f"{FILE} line 2: there is no channel 9" in said


def test_a_machine_that_is_well_has_nothing_wrong(tree: Tree) -> None:
    tree.dahdi()
    tree.pci(A400P, "wctdm")
    tree.runs("wctdm", opermode="CHINA", alawoverride="1")
    tree.span(1, "WCTDM/0", [(FXO_CAN, "FXSKS"), (FXS_CAN, "FXOKS")])
    tree.write(FILE, "fxsks=1\nfxoks=2\nloadzone=cn\ndefaultzone=cn")
    assert wrong(tree) == []
