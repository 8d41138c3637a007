"""The search of suggestions: how well names match the text that was typed so far. No I/O."""

from __future__ import annotations

from collections.abc import Sequence


def rank(names: Sequence[str], typed: str) -> int | None:
    """Return how well the names match: 0 exactly, 1 at the beginning, 2 at words' beginnings, 3 anywhere; None: not.

    Every word of ``typed`` has to match; case does not count. An empty text matches everything with 0.
    """
    typed_words = typed.casefold().split()
    folded = [name.casefold() for name in names]
    text = " ".join(typed_words)
    if text in folded or not typed_words:
        return 0
    if any(name.startswith(text) for name in folded):
        return 1
    words = " ".join(folded).replace("-", " ").replace("(", " ").split()
    if all(any(word.startswith(part) for word in words) for part in typed_words):
        return 2
    return 3 if all(any(part in name for name in folded) for part in typed_words) else None
