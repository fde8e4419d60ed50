# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Records whose store refuses them: they wait, and are kept as soon as it takes them again."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from firmware.clock import run_virtual
from firmware.exchange.vocabulary import Party, SaveMessage
from firmware.shell.records import OFFERED_AGAIN_S, StoreRecords
from firmware.store.store import Store
from tests.call_records import at

MESSAGE = SaveMessage(1, 1, 1, Party("13800138000"), at(1), at(9))


def test_a_message_that_was_refused_is_kept_later_and_puts_the_lamp_on(tmp_path: Path) -> None:
    troubles: list[str] = []
    lamps: list[dict[int, int]] = []

    async def run() -> None:
        with Store(tmp_path / "switchroom.db", durable=False) as store:
            records = StoreRecords(store, asyncio.get_running_loop(), troubles.append)
            with closing(sqlite3.connect(tmp_path / "switchroom.db", isolation_level=None)) as hog:
                hog.execute("BEGIN IMMEDIATE")
                records.keep_message(MESSAGE, lamps.append)
                await asyncio.sleep(1)
                assert (len(troubles), lamps, records.refused_count) == (1, [], 1)
                hog.execute("ROLLBACK")
            await asyncio.sleep(OFFERED_AGAIN_S)
            assert (len(troubles), lamps, records.refused_count) == (1, [{1: 1}], 0)

    run_virtual(run)
