# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Where everything of a box lies on its data partition: one folder, one name for each part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The parts of the data folder `root`.  Nothing is made until `make` is called."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "switchroom.db"

    @property
    def socket(self) -> Path:
        return self.root / "switchroom.sock"

    @property
    def audio_socket(self) -> Path:
        return self.root / "audio.sock"

    @property
    def recordings(self) -> Path:
        return self.root / "recordings"

    @property
    def prompts(self) -> Path:
        return self.root / "prompts"

    @property
    def journal(self) -> Path:
        return self.root / "journal"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def passports(self) -> Path:
        """What the line doctor has written: findings, proposed settings, the page for the box."""
        return self.root / "passports"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def last_settings(self) -> Path:
        """A copy of the settings in force, for bare service when the database can't be opened."""
        return self.root / "settings.toml"

    @property
    def first_password(self) -> Path:
        """The first admin's password, until it has been changed."""
        return self.root / "first-password"

    def make(self) -> None:
        parts = (self.recordings, self.prompts, self.journal, self.backups, self.passports, self.log)
        for folder in (self.root, *parts):
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)
