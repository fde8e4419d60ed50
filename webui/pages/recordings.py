# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings: heard in the page, seen as a waveform, downloaded as they lie on the disk.  Every hearing is audited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bottle

from webui import alaw, ranges
from webui.visit import Visit

PEAKS = 400


def play(visit: Visit, recording: int) -> Iterator[bytes]:
    wave = _wave(visit, recording)
    audited(visit, "hear_recording", recording)
    return rendition(wave)


def original(visit: Visit, recording: int) -> Iterator[bytes]:
    path = _path(visit, recording)
    audited(visit, "download_recording", recording)
    return ranges.answer(
        path.stat().st_size, lambda begin, end: file_bytes(path, begin, end), "audio/wav", f"{recording}.wav"
    )


def peaks(visit: Visit, recording: int) -> dict[str, Any]:
    return peaks_of(_wave(visit, recording))


def rendition(wave: alaw.Wave) -> Iterator[bytes]:
    return ranges.answer(alaw.pcm_size(wave), lambda begin, end: alaw.pcm(wave, begin, end), "audio/wav")


def peaks_of(wave: alaw.Wave) -> dict[str, Any]:
    bottle.response.set_header("Cache-Control", "private, no-store")
    return {"tracks": alaw.peaks(wave, PEAKS), "seconds": wave.seconds}


def inside(folder: Path, name: str) -> Path | None:
    """A file of a folder of ours by the name a row gives; None where it is gone or would lead out of the folder."""
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def wave_at(visit: Visit, path: Path | None) -> alaw.Wave:
    if path is None:
        raise bottle.HTTPError(404, visit.t("recording.gone"))
    try:
        return alaw.read(path)
    except (alaw.NoWave, OSError):
        raise bottle.HTTPError(404, visit.t("recording.broken")) from None


def _wave(visit: Visit, recording: int) -> alaw.Wave:
    return wave_at(visit, _path(visit, recording))


def _path(visit: Visit, recording: int) -> Path:
    file = visit.records.recording_file(visit.reader, recording)
    path = inside(visit.site.data / "recordings", file) if file else None
    if path is None:
        raise bottle.HTTPError(404, visit.t("recording.gone"))
    return path


def file_bytes(path: Path, begin: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(begin)
        left = end - begin
        while left > 0 and (piece := file.read(min(alaw.CHUNK_BYTES, left))):
            left -= len(piece)
            yield piece


def audited(visit: Visit, action: str, number: int) -> None:
    """One line of audit for a hearing, not for each range a player asks for of it.

    The sound is not given where that line can't be written.
    """
    begins = bottle.request.get_header("Range", "bytes=0-").startswith("bytes=0-")
    if begins and bottle.request.method == "GET":
        visit.site.audited(visit, action, str(number))
