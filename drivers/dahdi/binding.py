# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The compiled binding to dahdi/user.h, or the word on what is missing."""

from __future__ import annotations

from drivers.port import CardError

try:
    from drivers.dahdi._dahdi import ffi, lib
except ImportError as missing:
    raise CardError(
        "the DAHDI driver is not part of this build, for want of the header dahdi/user.h: "
        "install Debian's package dahdi-source, run make again, then start again"
    ) from missing

__all__ = ["ffi", "lib"]
