# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The table of known cards against the id tables of DAHDI's own sources."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from drivers.hardware.cards import Card, table

MEASURED = tomllib.loads((Path(__file__).parent / "data/dahdi_ids.toml").read_text(encoding="utf-8"))
NOT_OURS = {"pciradio", "wcb4xxp"}  # radio; BRI, of which those of a few makers alone are listed


def takes(build: str, card: Card) -> bool:
    """Whether the card's driver, in this build, has each of its ids in its table."""
    ids = MEASURED[build].get(card.driver, ())
    return all(any(each == id or each.startswith((f"{id}/", f"{id}:")) for each in ids) for id in card.ids)


@pytest.mark.parametrize("build", table().builds)
def test_a_card_is_said_to_be_driven_by_exactly_the_builds_that_have_its_ids(build: str) -> None:
    said = {card.name for card in table().cards if build in card.builds}
    assert said == {card.name for card in table().cards if takes(build, card)}


@pytest.mark.parametrize("build", table().builds)
def test_every_card_that_some_driver_takes_is_known_by_name_and_by_that_driver(build: str) -> None:
    for driver, ids in MEASURED[build].items():
        for id in ids:
            card = table().card("usb" if driver in ("xpp_usb", "icE1usb") else "pci", id)
            if driver not in NOT_OURS:
                assert card is not None and card.driver == driver, id


def test_no_two_cards_have_the_same_id() -> None:
    ids = [(card.bus, id) for card in table().cards for id in card.ids]
    assert len(ids) == len(set(ids))


def test_a_card_that_no_debian_drives_says_whose_driver_it_needs() -> None:
    assert [
        card.name for card in table().cards if not card.builds and not card.made_by and not card.waits
    ] == []


@pytest.mark.parametrize(
    ("device", "name", "driver"),
    [
        ("e159:0001/b100:0003", "OpenVox A400P", "wctdm"),
        ("e159:0001/9100:0003", "OpenVox A1200P", "opvxa1200"),
        ("d161:8006/d161:0000", "Digium AEX410", "wctdm24xxp"),
        ("1b74:d430/1b74:0001", "D430P", "wct4xxp"),
        ("e159:0001/1234:0003", "unknown make", ""),
        ("1b74:ffff/1b74:0001", "OpenVox card that is not known here", ""),
    ],
)
def test_the_longest_id_that_fits_names_the_card(device: str, name: str, driver: str) -> None:
    card = table().card("pci", device)
    assert card is not None
    assert name in card.name
    assert card.driver == driver


def test_what_is_no_telephony_is_no_card() -> None:
    assert table().card("pci", "8086:0d57/0000:0000") is None
    assert table().card("usb", "046d:c31c") is None


def test_the_image_drives_every_card_that_some_debian_drives_except_these() -> None:
    left = {card.name for card in table().cards if card.builds and "image" not in card.builds}
    assert left == {"osmocom icE1usb", "OpenVox B200P, B400P or B800P"}
