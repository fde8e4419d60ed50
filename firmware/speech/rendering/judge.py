# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The judge: a speech recogniser that hears each sound as a caller would, at 8 kHz, and how far it was from the text.

Chinese is counted in syllables without tone (the recogniser writes the commoner of two words that sound alike),
English in words.  Figures count alike whether they are written or spelled out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cn2an
import numpy as np
import opencc
from faster_whisper import WhisperModel
from pypinyin import lazy_pinyin
from scipy import signal

from firmware.speech.grammar import KINDS, NUMBER_MAX
from firmware.speech.rendering.telephone import SAMPLE_RATE_HZ, Sound
from firmware.speech.words import WORDS

_WHISPER_RATE_HZ = 16_000
# Words that nobody can tell apart by ear.
_SOUND_ALIKE = {
    "weight": "wait", "to": "two", "too": "two", "for": "four", "won": "one", "ate": "eight",
    "q": "queue", "cue": "queue", "cues": "queues", "cannot": "can not",
}  # fmt: skip
_HINTS = {"zh": "以下是普通话的句子。", "en": None}


class Judge:
    """model: a folder with a Whisper model in CTranslate2's form."""

    def __init__(self, model: Path) -> None:
        self._whisper: Any = WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=1)
        self._simplified: Any = opencc.OpenCC("t2s")

    def hear(self, sound: Sound, language: str) -> str:
        wide = signal.resample_poly(sound, _WHISPER_RATE_HZ // SAMPLE_RATE_HZ, 1)
        quiet = np.zeros(_WHISPER_RATE_HZ // 4)
        segments, _ = self._whisper.transcribe(
            np.concatenate([quiet, wide, quiet, quiet]).astype(np.float32),
            language=language, temperature=0, beam_size=2, condition_on_previous_text=False,
            initial_prompt=_HINTS[language],
        )  # fmt: skip
        text = "".join(segment.text for segment in segments).strip()
        return str(self._simplified.convert(text)) if language == "zh" else text

    def faults(self, text: str, heard: str, language: str) -> tuple[int, int]:
        """How many units of the text were heard wrongly, lost or added, and how many it has."""
        readings = [syllables, digit_syllables] if language == "zh" else [words, digit_words, clock_words]
        pairs = [(reading(text), reading(heard)) for reading in readings]
        return min((distance(wanted, got), len(wanted)) for wanted, got in pairs)


def syllables(text: str) -> list[str]:
    return list(lazy_pinyin(_chinese_only(cn2an.transform(_alike(text), "an2cn"))))


def digit_syllables(text: str) -> list[str]:
    """As `syllables`, figures read one by one."""
    spelled = re.sub(r"\d", lambda digit: "零一二三四五六七八九"[int(digit[0])], _alike(text))
    return list(lazy_pinyin(_chinese_only(spelled)))


def _alike(text: str) -> str:
    """Two words for 1, and two for you that differ by a final n."""
    return text.replace("幺", "一").replace("您", "你")


def _chinese_only(text: str) -> str:
    return re.sub(r"[^\u4e00-\u9fff]", "", text)


def words(text: str) -> list[str]:
    return _english_words(re.sub(r"\d+", _spelled, _clock_figures(text)))


def digit_words(text: str) -> list[str]:
    """As `words`, figures read one by one."""
    dotted = re.sub(r"(?<=\d)\.(?=\d)", " dot ", text)
    return _english_words(re.sub(r"\d", lambda digit: f" {WORDS['en'][f'digit.{digit[0]}']} ", dotted))


def clock_words(text: str) -> list[str]:
    """As `words`, three or four figures read as hour and minutes: 321 is three twenty-one."""
    return words(re.sub(r"\b(\d{1,2})[.:]?(\d\d)\b", r"\1:\2", text))


def _clock_figures(text: str) -> str:
    text = re.sub(r"(\d{1,2}):0(\d)", r"\1 oh \2", text).replace("$", " ")
    text = re.sub(r"(\d),(\d{3})", r"\1\2", text)
    return re.sub(r"(\d+)(?:st|nd|rd|th)\b", lambda day: WORDS["en"].get(f"day.{day[1]}", day[0]), text)


def _spelled(figures: re.Match[str]) -> str:
    number = int(figures[0])
    if number > NUMBER_MAX:
        return figures[0]
    return " " + " ".join(WORDS["en"][sound] for sound in KINDS["number"](number, "en")) + " "


def _english_words(text: str) -> list[str]:
    plain = text.lower().replace("a.m.", "am").replace("p.m.", "pm").replace("o'clock", "")
    heard = re.sub(r"[^a-z0-9']+", " ", plain).split()
    return " ".join(_SOUND_ALIKE.get(word, word) for word in heard).split()


def distance(wanted: Sequence[str], got: Sequence[str]) -> int:
    """Levenshtein's."""
    row = list(range(len(got) + 1))
    for i, left in enumerate(wanted, 1):
        above, row[0] = row[:], i
        for j, right in enumerate(got, 1):
            row[j] = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (left != right))
    return row[-1]
