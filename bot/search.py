"""The Match: how well the names of a thing fit what somebody typed so far. Decides only."""

from __future__ import annotations

from collections.abc import Sequence


def rank(names: Sequence[str], typed: str) -> int | None:
    """0 for the exact name, then a beginning, then beginnings of words, then anywhere; None: no match.

    Every word of ``typed`` has to be found, in any case. Nothing typed matches everything equally.
    """
    wanted = typed.casefold().split()
    folded = [name.casefold() for name in names]
    text = " ".join(wanted)
    if text in folded or not wanted:
        return 0
    if any(name.startswith(text) for name in folded):
        return 1
    words = " ".join(folded).replace("-", " ").replace("(", " ").split()
    if all(any(word.startswith(part) for word in words) for part in wanted):
        return 2
    return 3 if all(any(part in name for name in folded) for part in wanted) else None
