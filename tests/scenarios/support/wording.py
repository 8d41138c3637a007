"""The sentences of ``locales/en.ftl`` as patterns, read by another parser than the bot's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from playground.world.world import World

_FILE: Final = Path(__file__).parents[3] / "locales" / "en.ftl"
_ENTRY: Final = re.compile(r"^([a-z][a-z0-9-]*) = (.+)$", re.MULTILINE)
_TEXTS: Final = dict(_ENTRY.findall(_FILE.read_text(encoding="utf-8")))
_BLUNDERS: Final = re.compile(
    r"\{\s*\$|\{(?!prompt\})\w*\}|\bNone\b|\bTraceback\b|\bundefined\b|\bnull\b|<(class|html|bot)\b|\b(error|refused|picture|place)-[a-z]"
)
"""What no sentence may hold: an empty placeholder (but for ``{prompt}``, which styles have), Python's words, a key."""


def sentence(key: str) -> re.Pattern[str]:
    """Return a pattern for the whole sentence of a key, with any facts filled in. Not for sentences with variants."""
    literal = [re.escape(part) for part in re.split(r"\{[^{}]*\}", _TEXTS[key])]
    return re.compile(".{1,300}?".join(literal))


SORRY: Final = {key: sentence(key) for key in _TEXTS if key.startswith(("error-", "picture-"))}
"""Every sentence that ends an order without a picture."""


def error_keys(text: str) -> list[str]:
    """Return the keys of the error sentences in a text, each as often as it appears."""
    return [key for key, pattern in SORRY.items() for _ in pattern.findall(text)]


def blunders(world: World) -> list[str]:
    """Return the bot's texts that no person should ever read, from all that was shown, edited or sent ephemerally."""
    ours = [entry for entry in world.transcript if entry.who == world.bot.name]
    texts = dict.fromkeys(
        text
        for entry in ours
        for text in (entry.text, *(str(file["description"] or "") for file in entry.facts.get("attachments", ())))
    )
    return [text for text in texts if _BLUNDERS.search(text)]
