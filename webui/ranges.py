# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Parts of a file by HTTP Range (RFC 9110 section 14), so that a player can seek."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NoReturn

import bottle

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")

Reader = Callable[[int, int], Iterator[bytes]]


def asked(header: str, size: int) -> tuple[int, int] | None:
    """The one range asked for as (begin, end not included); None: the whole.  Raises ValueError where it can't be met.

    Several ranges at once, or another unit, may be answered with the whole, and are (RFC 9110 section 14.2).
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if not first:
        begin, end = max(0, size - int(last)), size
    else:
        begin, end = int(first), min(size, int(last) + 1) if last else size
    if begin >= size or end <= begin:
        raise ValueError(header)
    return begin, end


def answer(size: int, read: Reader, content_type: str, name: str = "") -> Iterator[bytes]:
    """The body for this request, with its headers set.  name: offer it as a download of this name."""
    response = bottle.response
    response.content_type = content_type
    response.set_header("Accept-Ranges", "bytes")
    response.set_header("Cache-Control", "private, no-store")
    if name:
        response.set_header("Content-Disposition", f'attachment; filename="{name}"')
    try:
        span = asked(bottle.request.get_header("Range", ""), size)
    except ValueError:
        _unmet(size)
    begin, end = span or (0, size)
    if span:
        response.status = 206
        response.set_header("Content-Range", f"bytes {begin}-{end - 1}/{size}")
    response.set_header("Content-Length", str(end - begin))
    return read(begin, end)


def _unmet(size: int) -> NoReturn:
    raise bottle.HTTPResponse(
        status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
    )
