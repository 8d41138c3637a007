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
"""The languages at hand, as Discord names them."""

_log = logging.getLogger(__name__)


class Phrases:
    """All languages, read once. Plural rules are CLDR's, by way of Fluent: https://projectfluent.org/fluent/guide/."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._bundles = {file.stem: _bundle(file) for file in sorted(folder.glob("*.ftl"))}

    @property
    def locales(self) -> frozenset[str]:
        """The languages at hand, as Discord names them."""
        return frozenset(self._bundles)

    def say(self, locale: str, key: str, facts: Mapping[str, Fact] | None = None) -> str:
        """The sentence in the member's language, else in English; never a bare key in front of people."""
        for name in (locale, locale.partition("-")[0], FALLBACK):
            bundle = self._bundles.get(name)
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

    def explain(self, locale: str, error: RetouchError) -> str:
        """The sentence of an error."""
        return self.say(locale, error.key, error.facts)


def _bundle(file: Path) -> FluentBundle:
    bundle = FluentBundle([file.stem], use_isolating=False)
    bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")))
    return bundle
