# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""How the C library keeps memory that was freed: large blocks go back to the system at once."""

from __future__ import annotations

import ctypes

M_MMAP_THRESHOLD = -3  # malloc.h of glibc
M_ARENA_MAX = -8
LARGE_BYTES = 1 << 20
ARENAS = 2


def give_back_large_blocks() -> None:
    """Fix what glibc would adjust by itself.

    Judging a secret takes 19 MiB for a tenth of a second.  By default the first such block teaches malloc to keep
    the next ones, in an arena for each thread that ever judged: 19 MiB each, for ever.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # another C library has no such habit
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_ARENA_MAX, ARENAS)
