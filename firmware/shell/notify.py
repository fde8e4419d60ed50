# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Tells systemd how it goes: ready, alive, stopping.  Without systemd nothing happens."""

from __future__ import annotations

import asyncio
import logging
import os
import socket

log = logging.getLogger(__name__)


def notify(state: str) -> None:
    """One datagram to the socket systemd has named, as in sd_notify(3).  Never waits: who doesn't read misses it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(
            socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        ) as sending:
            sending.sendto(state.encode(), address)
    except OSError as error:
        log.warning("notify: %s can't be told: %s", address, error)


async def keep_alive() -> None:
    """Tell the watchdog, from the loop that everything depends on, at half the time it allows."""
    limit_us = int(os.environ.get("WATCHDOG_USEC", "0") or 0)
    while limit_us:
        notify("WATCHDOG=1")
        await asyncio.sleep(limit_us / 2e6)
