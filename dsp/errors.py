# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the media engine raises."""

from __future__ import annotations

import os


class MediaError(OSError):
    """The engine refused: errno says why, the text says what."""

    def __init__(self, error: int, what: str) -> None:
        super().__init__(error, f"{what}: {os.strerror(error)}")
