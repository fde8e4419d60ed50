# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The box's own address on the local network, found without sending anything."""

from __future__ import annotations

import fcntl
import socket
import struct

SIOCGIFADDR = 0x8915  # linux/sockios.h
SIOCGIFFLAGS = 0x8913  # linux/sockios.h
IFF_UP, IFF_LOOPBACK = 0x1, 0x8  # linux/if.h
_NAME_BYTES = 256
_ADDRESS = slice(20, 24)  # struct ifreq: 16 bytes of name, then sockaddr_in with the address at its byte 4


def lan_address() -> str:
    """The first IPv4 address of an interface that is up and no loopback, dotted; empty where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            if address := _address_of(asking, name):
                return address
    return ""


def _address_of(asking: socket.socket, name: str) -> str:
    request = struct.pack(f"{_NAME_BYTES}s", name.encode()[:15])
    try:
        (flags,) = struct.unpack_from("H", fcntl.ioctl(asking.fileno(), SIOCGIFFLAGS, request), 16)
        if not flags & IFF_UP or flags & IFF_LOOPBACK:
            return ""
        return socket.inet_ntoa(fcntl.ioctl(asking.fileno(), SIOCGIFADDR, request)[_ADDRESS])
    except OSError:
        return ""  # an interface without an IPv4 address
