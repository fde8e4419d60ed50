# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The words for DAHDI's numbers: signalling as system.conf spells it, alarms as an installer reads them."""

from __future__ import annotations

from drivers.dahdi.binding import lib
from drivers.port import PortKind

# An FXO port faces the exchange and is signalled `fxs..`; an FXS port faces a telephone and is signalled `fxo..`.
KIND_OF_SIGNALLING = {
    lib.DAHDI_SIG_FXSLS: PortKind.FXO,
    lib.DAHDI_SIG_FXSGS: PortKind.FXO,
    lib.DAHDI_SIG_FXSKS: PortKind.FXO,
    lib.DAHDI_SIG_FXOLS: PortKind.FXS,
    lib.DAHDI_SIG_FXOGS: PortKind.FXS,
    lib.DAHDI_SIG_FXOKS: PortKind.FXS,
}

WANTED_SIGNALLING = {PortKind.FXO: "fxsks", PortKind.FXS: "fxoks"}

_SIGNALLING = {
    lib.DAHDI_SIG_NONE: "none",
    lib.DAHDI_SIG_FXSLS: "fxsls",
    lib.DAHDI_SIG_FXSGS: "fxsgs",
    lib.DAHDI_SIG_FXSKS: "fxsks",
    lib.DAHDI_SIG_FXOLS: "fxols",
    lib.DAHDI_SIG_FXOGS: "fxogs",
    lib.DAHDI_SIG_FXOKS: "fxoks",
    lib.DAHDI_SIG_EM: "e&m",
    lib.DAHDI_SIG_EM_E1: "e&me1",
    lib.DAHDI_SIG_CAS: "cas",
    lib.DAHDI_SIG_CLEAR: "bchan",
    lib.DAHDI_SIG_HDLCFCS: "dchan",
    lib.DAHDI_SIG_HARDHDLC: "hardhdlc",
}

_ALARMS = (
    (lib.DAHDI_ALARM_RED, "red alarm"),
    (lib.DAHDI_ALARM_YELLOW, "yellow alarm: the far end does not hear us"),
    (lib.DAHDI_ALARM_BLUE, "blue alarm"),
    (lib.DAHDI_ALARM_NOTOPEN, "not started"),
    (lib.DAHDI_ALARM_RECOVER, "recovering"),
    (lib.DAHDI_ALARM_LOOPBACK, "loopback"),
    (lib.DAHDI_ALARM_LOS, "no signal"),
    (lib.DAHDI_ALARM_LFA, "no frame alignment"),
    (lib.DAHDI_ALARM_LMFA, "no multiframe alignment"),
)


def signalling_name(signalling: int) -> str:
    """As system.conf spells it."""
    return _SIGNALLING.get(signalling, f"signalling {signalling:#x}")


def alarm_text(alarms: int) -> str:
    """Every alarm that is on; empty for none."""
    return ", ".join(text for bit, text in _ALARMS if alarms & bit)


def alarm_advice(alarms: int) -> str:
    """What to do about the worst of them."""
    if alarms & (lib.DAHDI_ALARM_RED | lib.DAHDI_ALARM_LOS):
        return "is its cable in, and the other end on?"
    if alarms & (lib.DAHDI_ALARM_LFA | lib.DAHDI_ALARM_LMFA):
        return "hold framing and crc4 in /etc/dahdi/system.conf against the other end's"
    if alarms & lib.DAHDI_ALARM_YELLOW:
        return "check the pair towards the far end"
    if alarms & lib.DAHDI_ALARM_BLUE:
        return "the far end sends nothing of its own: ask who runs it"
    if alarms & lib.DAHDI_ALARM_LOOPBACK:
        return "end the loopback test"
    return "see /etc/dahdi/system.conf, then run dahdi_cfg"
