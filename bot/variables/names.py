"""Names of variables that look like ours and are none: each is nearly always a slip, and its setting has no effect."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import SequenceMatcher
from typing import Final

OF_OTHERS: Final = 0.8
"""How alike a name in the environment must be. Hosts and shells set many names that are not meant for this bot."""

OF_OURS: Final = 0.7
"""How alike a name in ``.env`` must be. Most of that file is meant for this bot."""

SURE: Final = 0.88
"""How alike a name must be that has no word in common with the right one."""


def misspelt(names: Collection[str], known: Collection[str], *, at_least: float = OF_OTHERS) -> Iterator[str]:
    """Yield a sentence for each name that is not known and looks like one that is. ``at_least`` is from 0 to 1."""
    for name in sorted(set(names) - set(known)):
        right = nearest(name, known, at_least=at_least)
        if right is not None:
            yield f"{name} is not a variable of Retouch and has no effect. Did you mean {right}?"


def nearest(name: str, known: Collection[str], *, at_least: float = OF_OURS) -> str | None:
    """Return the known name that is most like this one, in any case of letters. None where none is alike enough."""
    alike = max(known, key=lambda right: _likeness(name, right), default=None)
    if alike is None:
        return None
    likeness = _likeness(name, alike)
    in_common = set(name.upper().split("_")) & set(alike.upper().split("_"))
    return alike if likeness >= (at_least if in_common else SURE) else None


def _likeness(name: str, right: str) -> float:
    return SequenceMatcher(None, name.upper(), right.upper()).ratio()
