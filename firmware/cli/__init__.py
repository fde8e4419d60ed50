# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""`switchroom`: the command line.  Every change goes through the socket; lists come from the read-only
queries.

Exit codes: 0 done; 1 refused, or something is wrong with what was looked at; 2 wrong usage; 3 the service or
its data can't be reached.
"""

from firmware.cli.main import main

__all__ = ["main"]
