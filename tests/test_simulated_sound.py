# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Sounds the far ends make themselves: A-law, voices, and caller ID as an independent modem reads it."""

from __future__ import annotations

import math
import struct
import subprocess
import wave
from pathlib import Path

import pytest

from drivers.simulated.callerid import CallerId, spoiled_message
from drivers.simulated.faults import CallerIdFault
from drivers.simulated.sound import fsk, noise, peak_of, to_alaw, voice


def to_linear(alaw: bytes) -> list[int]:
    """A-law decoded by the book: G.711, table 1a."""
    out = []
    for code in alaw:
        code ^= 0x55
        segment, mantissa = (code >> 4) & 7, code & 15
        step = (mantissa << 1) + 1 if segment == 0 else ((mantissa << 1) + 33) << (segment - 1)
        out.append(step << 3 if code & 0x80 else -(step << 3))
    return out


def test_alaw_is_off_by_at_most_half_a_step() -> None:
    samples = [float(n) for n in range(-32000, 32001, 7)]
    for sample, decoded in zip(samples, to_linear(to_alaw(samples)), strict=True):
        assert abs(decoded - sample) <= max(8, abs(sample) / 32 + 1), sample


@pytest.mark.parametrize("pitch_hz", [120.0, 205.0])
def test_a_voice_has_its_level_and_never_falls_silent(pitch_hz: float) -> None:
    samples = to_linear(voice(pitch_hz, -16.0))
    rms = math.sqrt(sum(s * s for s in samples) / len(samples))
    assert 20 * math.log10(rms * math.sqrt(2) / peak_of(-16.0)) == pytest.approx(0, abs=0.3)
    for start in range(0, len(samples) - 400, 400):
        stretch = samples[start : start + 400]
        assert math.sqrt(sum(s * s for s in stretch) / 400) > rms / 6


def test_sounds_are_the_same_each_time() -> None:
    assert voice.__wrapped__(120.0) == voice(120.0)
    assert noise.__wrapped__(3) == noise(3)
    assert noise(3) != noise(4)


def test_a_modem_reads_our_fsk(tmp_path: Path) -> None:
    message = spoiled_message(CallerId("13800138000", "WANG"), CallerIdFault.BAD_CHECKSUM)
    message = message[:-1] + bytes((message[-1] ^ 0x5A,))  # the right checksum again
    path = tmp_path / "callerid.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        pcm = [0] * 4000 + to_linear(fsk(message)) + [0] * 4000
        out.writeframes(struct.pack(f"<{len(pcm)}h", *pcm))
    read = subprocess.run(
        ["minimodem", "--rx", "callerid", "--file", str(path)], capture_output=True, text=True, check=True
    )
    assert "13800138000" in read.stdout
    assert "WANG" in read.stdout


def test_each_spoiled_message_is_spoiled_in_its_own_way() -> None:
    caller = CallerId("13800138000")
    messages = {fault: spoiled_message(caller, fault) for fault in CallerIdFault}
    assert len(messages[CallerIdFault.BYTES_255]) == 2 + 255 + 1
    assert sum(messages[CallerIdFault.BYTES_255]) % 256 == 0
    assert sum(messages[CallerIdFault.BAD_CHECKSUM]) % 256 != 0
    assert len(messages[CallerIdFault.TRUNCATED]) < messages[CallerIdFault.TRUNCATED][1]
    assert b"\x00" in messages[CallerIdFault.NUL]
    assert b"\x1b[31m" in messages[CallerIdFault.ANSI]
    assert b"<script>" in messages[CallerIdFault.MARKUP]
    assert "张三丰".encode("gb2312") in messages[CallerIdFault.GB2312_NAME]
