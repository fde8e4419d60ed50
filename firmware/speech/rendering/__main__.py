# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Render the sounds that are missing or whose text has changed, and keep what is known of each (rendered-*.json).

    python -m firmware.speech.rendering --voices DIR [--whisper DIR] [--language zh] [--again PATTERN] [--check]

With a recogniser a phrase is rendered in several ways until one is heard without a fault; the best is kept.  --check
hears whole announcements with values in them, as callers do, and writes heard-LANGUAGE.json.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from firmware.speech.grammar import say, sounds_of
from firmware.speech.phrases import LANGUAGES, PHRASES
from firmware.speech.rendering import announcements, music
from firmware.speech.rendering.judge import Judge
from firmware.speech.rendering.telephone import (
    SAMPLE_RATE_HZ,
    SILENCE_LEFT_MS,
    SILENCE_WITHIN_MS,
    Sound,
    active_dbm0,
    read_wav,
    to_line,
    write_wav,
)
from firmware.speech.rendering.voice import RATE_HZ, Voice
from firmware.speech.words import PAUSE, WORDS

SOUNDS = Path(__file__).parents[2] / "sounds"
PAUSE_MS = 180


@dataclass(frozen=True)
class Recipe:
    """A way of saying a text.  word: cut out of the middle of three."""

    speed: float
    word: bool = False


PHRASE_RECIPES = (Recipe(0.9), Recipe(1.0), Recipe(0.85))
WORD_RECIPES = (
    Recipe(1.0, word=True),
    Recipe(0.9, word=True),
    Recipe(0.9),
    Recipe(1.0),
    Recipe(0.8, word=True),
)


@dataclass(frozen=True)
class Made:
    """What is known of a sound: how it was made, and what the recogniser made of it (faults of `units`)."""

    text: str
    voice: str
    speed: float
    word: bool
    seconds: float
    level_dbm0: float
    heard: str | None = None
    faults: int | None = None
    units: int | None = None


class Book:
    """rendered-LANGUAGE.json: everything made so far in a language, by sound id."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._path = SOUNDS / f"rendered-{language}.json"
        kept = json.loads(self._path.read_text(encoding="utf-8")) if self._path.exists() else {}
        self.made = {sound_id: Made(**made) for sound_id, made in kept.items()}

    def write(self) -> None:
        plain = {sound_id: asdict(made) for sound_id, made in sorted(self.made.items())}
        self._path.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def render(texts: dict[str, str], book: Book, voice: Voice, judge: Judge | None) -> None:
    language = book.language
    for number, (sound_id, text) in enumerate(texts.items(), 1):
        made, sound = _kept(book, sound_id, text, judge) or _best(language, sound_id, text, voice, judge)
        write_wav(SOUNDS / language / f"{sound_id}.wav", sound)
        book.made[sound_id] = made
        print(
            f"{language} {number}/{len(texts)} {sound_id} {made.seconds} s {made.faults} {made.heard}",
            flush=True,
        )
        if number % 20 == 0:
            book.write()
    book.write()


def _kept(book: Book, sound_id: str, text: str, judge: Judge | None) -> tuple[Made, Sound] | None:
    """The sound that is there, if it is of this text, was not heard yet, and is now heard without a fault."""
    made, path = book.made.get(sound_id), SOUNDS / book.language / f"{sound_id}.wav"
    if judge is None or made is None or made.text != text or made.heard is not None or not path.exists():
        return None
    sound = read_wav(path)
    heard = judge.hear(sound, book.language)
    faults, units = judge.faults(text, heard, book.language)
    return None if faults else (replace(made, heard=heard, faults=0, units=units), sound)


def _best(language: str, sound_id: str, text: str, voice: Voice, judge: Judge | None) -> tuple[Made, Sound]:
    """The first rendering without a fault, else the one with fewest.  Short pieces are judged in announcements."""
    is_word = sound_id in WORDS[language]
    candidates: list[tuple[int, int, Made, Sound]] = []
    for order, recipe in enumerate(WORD_RECIPES if is_word else PHRASE_RECIPES):
        speak = voice.say_word if recipe.word else voice.say
        silence_ms = SILENCE_LEFT_MS if sound_id in PHRASES else SILENCE_WITHIN_MS
        sound = to_line(speak(_punctuated(text, language), recipe.speed), RATE_HZ, silence_ms)
        heard, faults, units = None, None, None
        if judge and judged_alone(language, sound_id, text):
            heard = judge.hear(sound, language)
            faults, units = judge.faults(text, heard, language)
        made = Made(text, voice.name, recipe.speed, recipe.word, round(len(sound) / SAMPLE_RATE_HZ, 2),
                    round(active_dbm0(sound), 1), heard, faults, units)  # fmt: skip
        candidates.append((faults or 0, order, made, sound))
        if not faults:
            break
    _, _, made, sound = min(candidates, key=lambda candidate: candidate[:2])
    return made, sound


def _punctuated(text: str, language: str) -> str:
    """A piece before a slot goes on; without a mark the voice would cut it short."""
    if text[-1] in "。.，,":
        return text
    return text + ("，" if language == "zh" else ",")


def judged_alone(language: str, sound_id: str, text: str) -> bool:
    """Not words, and not the short pieces beside a slot: nobody can tell those without what goes with them."""
    units = len(text) - 1 if language == "zh" else len(text.split())
    return sound_id not in WORDS[language] and units > 2


def wanted(book: Book, again: str | None, judged: bool) -> dict[str, str]:
    """The texts to render: new, changed, asked for again, or a phrase that the recogniser has not heard yet."""
    language, made = book.language, book.made
    return {
        sound_id: text
        for sound_id, text in sounds_of(language).items()
        if sound_id not in made
        or made[sound_id].text != text
        or not (SOUNDS / language / f"{sound_id}.wav").exists()
        or (again and fnmatch.fnmatch(sound_id, again))
        or (judged and judged_alone(language, sound_id, text) and made[sound_id].heard is None)
    }


def drop_unused(book: Book) -> None:
    texts = sounds_of(book.language)
    book.made = {sound_id: made for sound_id, made in book.made.items() if sound_id in texts}
    for path in (SOUNDS / book.language).glob("*.wav"):
        if path.stem not in texts and path.stem != PAUSE:
            path.unlink()
    book.write()


def check(judge: Judge, language: str) -> Iterator[dict[str, object]]:
    """Hear every announcement of `announcements`, joined of its sounds as the box joins them."""
    texts = sounds_of(language) | {PAUSE: ""}
    for phrase_id, values in announcements.of(language):
        sounds = say(phrase_id, language, **values)
        joined = np.concatenate([read_wav(SOUNDS / language / f"{sound}.wav") for sound in sounds])
        text = (" " if language == "en" else "").join(texts[sound] for sound in sounds)
        heard = judge.hear(joined, language)
        faults, units = judge.faults(text, heard, language)
        print(f"{language} {phrase_id} {faults}/{units} {text} | {heard}", flush=True)
        yield {
            "language": language,
            "phrase": phrase_id,
            "text": text,
            "heard": heard,
            "faults": faults,
            "units": units,
        }


def write_silence_and_music() -> None:
    for language in LANGUAGES:
        write_wav(SOUNDS / language / f"{PAUSE}.wav", np.zeros(SAMPLE_RATE_HZ * PAUSE_MS // 1000))
    write_wav(SOUNDS / "music" / "default.wav", music.loop())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--voices", type=Path, required=True, help="folder of Kokoro's voice files (*.bin)")
    parser.add_argument("--whisper", type=Path, help="folder of a Whisper model: judge what is rendered")
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    parser.add_argument("--again", metavar="PATTERN", help="render these sound ids anew, wanted or not")
    parser.add_argument(
        "--check", action="store_true", help="hear whole announcements and write heard-LANGUAGE.json"
    )
    options = parser.parse_args()
    judge = Judge(options.whisper) if options.whisper else None
    write_silence_and_music()
    for language in options.language or LANGUAGES:
        book = Book(language)
        texts = wanted(book, options.again, judge is not None)
        if texts:
            render(texts, book, Voice(language, options.voices), judge)
        drop_unused(book)
        if options.check and judge:
            heard = list(check(judge, language))
            text = json.dumps(heard, ensure_ascii=False, indent=1)
            (SOUNDS / f"heard-{language}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
