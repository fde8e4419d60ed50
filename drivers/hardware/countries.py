# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the analog drivers call a country, and what that sets on a line (fxo_modes.h of DAHDI's sources)."""

from __future__ import annotations

import msgspec


class Country(msgspec.Struct, frozen=True):
    """mode: the value of opermode.  zone: of DAHDI's tones.  impedance: register ACIM of the line chip, 0 is 600 ohm.

    phone_impedance: with fxshonormode=1 telephones get another impedance than 600 ohm too (acim2tiss in wctdm.c).
    """

    mode: str
    zone: str
    impedance: int
    phone_impedance: bool = False


COUNTRIES = {
    "cn": Country("CHINA", "cn", 15),
    "us": Country("USA", "us", 0),
    "uk": Country("UK", "uk", 5),
    "de": Country("GERMANY", "de", 3, True),
    "fr": Country("FRANCE", "fr", 2, True),
    "br": Country("BRAZIL", "br", 0),
    "in": Country("INDIA", "in", 4, True),
    "jp": Country("JAPAN", "jp", 0),
    "ru": Country("RUSSIA", "ru", 0),
    "au": Country("AUSTRALIA", "au", 3, True),
}
