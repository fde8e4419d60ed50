# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""From the id of a sound to a sound in the media engine.

An uploaded sound wins over a shipped one of the same name, the caller's language over the other.  Each is loaded
once and kept while there is room.  A sound that is missing is skipped, and said once; the play goes on.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from dsp.media import Media
from dsp.wav import WavError, read_alaw

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parents[1] / "sounds"
CACHE_BYTES = 64 << 20  # two hours and a quarter of speech
LANGUAGES = ("zh", "en")


class Sound(msgspec.Struct, frozen=True):
    """A sound in the engine, and how long it is."""

    handle: int
    samples: int


class PromptLibrary:
    """The sounds of a box.

    shipped: the folder of those that came with it, by language.  missing: told once of each id that can't be had.
    """

    def __init__(
        self,
        media: Media,
        shipped: Path = SHIPPED,
        *,
        cache_bytes: int = CACHE_BYTES,
        missing: Callable[[str], None] = lambda sound: None,
    ) -> None:
        self._media = media
        self._shipped = shipped
        self._cache_bytes = cache_bytes
        self._missing = missing
        self._uploaded: dict[str, Path] = {}
        self._loaded: OrderedDict[Path, Sound] = OrderedDict()
        self._loaded_samples = 0
        self._found: dict[tuple[str, str], Path | None] = {}
        self._reported: set[str] = set()

    def set_uploaded(self, files: Mapping[str, Path]) -> None:
        """The uploaded prompts by name have changed; a play under way goes on with the old sound."""
        for path in list(self._loaded):
            if not path.is_relative_to(self._shipped):
                self._forget(path)
        self._uploaded = dict(files)
        self._found.clear()
        self._reported.clear()

    @property
    def loaded_bytes(self) -> int:
        return self._loaded_samples

    def sounds(self, ids: tuple[str, ...], language: str) -> tuple[Sound, ...]:
        """The sounds that can be had, in order."""
        found = (self._sound(sound, language) for sound in ids)
        return tuple(sound for sound in found if sound is not None)

    def shipped_files(self) -> list[Path]:
        """Every file that came with the box."""
        folders = (*LANGUAGES, "music")
        return [path for folder in folders for path in sorted((self._shipped / folder).glob("*.wav"))]

    def files(self) -> list[Path]:
        """Every file there is, uploaded ones first."""
        return [*self._uploaded.values(), *self.shipped_files()]

    def load_ahead(self, path: Path, alaw: bytes) -> None:
        """Keep a sound that somebody has read already: a disk that stalls later stalls no caller."""
        if path not in self._loaded and self._loaded_samples + len(alaw) <= self._cache_bytes:
            self._keep(path, alaw)

    def names(self) -> frozenset[str]:
        """Every prompt the settings may name: uploaded, and shipped in any language."""
        shipped = (
            f"music.{path.stem}" if path.parent.name == "music" else path.stem
            for path in self.shipped_files()
        )
        return frozenset(self._uploaded).union(shipped)

    def _sound(self, sound: str, language: str) -> Sound | None:
        key = (sound, language)
        path = self._found[key] if key in self._found else self._find(key)
        if path is None:
            self._skip(sound, "no file")
            return None
        loaded = self._loaded.get(path)
        if loaded is not None:
            self._loaded.move_to_end(path)
            return loaded
        try:
            return self._load(path)
        except (OSError, WavError) as error:
            self._found[key] = None
            self._skip(sound, str(error))
            return None

    def _find(self, key: tuple[str, str]) -> Path | None:
        sound, language = key
        name, folders = sound, (language, *(other for other in LANGUAGES if other != language))
        if sound.startswith("music:"):
            name, folders = "music." + sound.removeprefix("music:"), ("music",)
        elif sound.startswith("prompt:"):
            name = sound.removeprefix("prompt:")
        file = name.removeprefix("music.") if folders == ("music",) else name
        candidates = [self._shipped / folder / f"{file}.wav" for folder in folders]
        if name in self._uploaded:
            candidates.insert(0, self._uploaded[name])
        path = next((each for each in candidates if each.is_file()), None)
        self._found[key] = path
        return path

    def _load(self, path: Path) -> Sound:
        return self._keep(path, read_alaw(path))

    def _keep(self, path: Path, alaw: bytes) -> Sound:
        sound = Sound(self._media.load_sound(alaw), len(alaw))
        self._loaded[path] = sound
        self._loaded_samples += sound.samples
        while self._loaded_samples > self._cache_bytes and len(self._loaded) > 1:
            self._forget(next(iter(self._loaded)))
        return sound

    def _forget(self, path: Path) -> None:
        sound = self._loaded.pop(path)
        self._loaded_samples -= sound.samples
        self._media.free_sound(sound.handle)

    def _skip(self, sound: str, why: str) -> None:
        if sound not in self._reported:
            self._reported.add(sound)
            log.warning("prompts: sound=%s is skipped: %s", sound, why)
            self._missing(sound)
