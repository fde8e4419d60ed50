# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The log: one event is one line, whatever text a caller, a form or a file has put into it."""

from __future__ import annotations

import atexit
import contextlib
import logging
import logging.handlers
import queue
import re
import sys
import time
from pathlib import Path

LOG_NAME = "switchroom.log"
FILE_BYTES = 5 << 20
FILES_KEPT = 5
RECORDS_WAITING_MAX = 10_000

# C0 and C1 controls (ANSI escapes among them), line and paragraph separators, and what turns the writing direction.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


def one_line(text: str) -> str:
    """The text with everything escaped that could begin a line or command a terminal."""
    return _UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return {10: "\\n", 13: "\\r", 9: "\\t"}.get(code) or (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    )


class OneLine(logging.Formatter):
    """`2026-06-01T01:00:00.123Z WARNING firmware.shell.service port=3 call=812 ...`; a traceback is on the
    same line.
    """

    def format(self, record: logging.LogRecord) -> str:
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = record.getMessage()
        if record.exc_info:
            text += " | " + self.formatException(record.exc_info)
        return one_line(f"{when}.{int(record.msecs):03}Z {record.levelname} {record.name} {text}")


class _Posting(logging.handlers.QueueHandler):
    """Posts records to the thread that writes them; where it doesn't keep up, the newest are dropped."""

    def enqueue(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(queue.Full):
            self.queue.put_nowait(record)


def begin_logging(folder: Path | None, level: int = logging.INFO) -> None:
    """Log to standard error and, where there is a folder, to files in it, the oldest of which give way.

    A thread does the writing: a disk that stands still must not hold up whoever has something to say.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if folder is not None:
        handlers.append(
            logging.handlers.RotatingFileHandler(
                folder / LOG_NAME,
                maxBytes=FILE_BYTES,
                backupCount=FILES_KEPT,
                encoding="utf-8",
                errors="replace",
            )
        )
    for handler in handlers:
        handler.setFormatter(OneLine())
    posted: queue.Queue[logging.LogRecord] = queue.Queue(RECORDS_WAITING_MAX)
    listener = logging.handlers.QueueListener(posted, *handlers)
    listener.start()
    atexit.register(listener.stop)
    root = logging.getLogger()
    root.addHandler(_Posting(posted))
    root.setLevel(level)
