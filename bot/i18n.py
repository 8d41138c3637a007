"""Phrases: a key and a locale become a sentence. The sentences are in ``locales/``, one Fluent file a language."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fluent.runtime import FluentBundle, FluentResource

from bot.errors import Fact, RetouchError

FALLBACK: Final = "en"
FOLDER: Final = Path(__file__).parent.parent / "locales"

LOCALES: Final = tuple(sorted(file.stem for file in FOLDER.glob("*.ftl")))
"""The available languages, by Discord's names."""

_log = logging.getLogger(__name__)


class Phrases:
    """The sentences of all languages, each but English read when it is first used: that takes time and memory.

    Plural rules are CLDR's, by way of Fluent: https://projectfluent.org/fluent/guide/.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {file.stem: file for file in sorted(folder.glob("*.ftl"))}
        self._bundles: dict[str, FluentBundle] = {}
        self._bundle(FALLBACK)  # at the start: no first order waits for it

    @property
    def locales(self) -> frozenset[str]:
        """Return the available languages, by Discord's names."""
        return frozenset(self._files)

    def say(self, locale: str, key: str, facts: Mapping[str, Fact] | None = None) -> str:
        """Return the sentence in the member's language, else in English. Never return a bare key."""
        for name in (locale, locale.partition("-")[0], FALLBACK):
            bundle = self._bundle(name)
            if bundle is None or not bundle.has_message(key):
                continue
            pattern = bundle.get_message(key).value
            if pattern is None:
                continue
            text, mistakes = bundle.format_pattern(pattern, dict(facts or {}))
            if mistakes:
                _log.error("sentence %s in %s: %s", key, name, mistakes)
            return str(text)
        _log.error("no sentence for %s", key)
        return self.say(FALLBACK, RetouchError.sentence)

    def _bundle(self, name: str) -> FluentBundle | None:
        if name not in self._bundles and name in self._files:
            self._bundles[name] = _read(self._files[name])
        return self._bundles.get(name)

    def explain(self, locale: str, error: RetouchError) -> str:
        """Return the sentence for an error."""
        return self.say(locale, error.key, error.facts)


def _read(file: Path) -> FluentBundle:
    bundle = FluentBundle([file.stem], use_isolating=False)
    bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")))
    return bundle
