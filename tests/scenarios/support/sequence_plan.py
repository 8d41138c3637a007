"""Which steps the sequences consist of."""

from __future__ import annotations

import random
from typing import Final

PLAN: Final = {
    "order": 14,
    "channel deleted": 14,
    "thread deleted": 12,
    "bot removed": 12,
    "model delisted": 12,
    "clock stepped": 10,
    "cancel": 14,
    "painting fails": 8,
    "answer lost": 8,
    "Discord away": 5,
    "kill": 6,
    "engine lost": 5,
}
"""How often each kind of step occurs in a group of ten sequences of twelve steps."""

SAVE: Final = "save fails"  # follows a kill: after the restart one step can't be saved


def planned(rng: random.Random, sequences: int, steps: int) -> list[list[str]]:
    """Return the steps of each sequence: each kind as often as planned, in random order."""
    kinds = [kind for kind, times in PLAN.items() for _ in range(times)]
    if sequences * steps < len(kinds):
        kinds = list(PLAN)
    drawn = [kind for _ in range(-(-sequences * steps // len(kinds))) for kind in kinds][: sequences * steps]
    rng.shuffle(drawn)
    return [drawn[number::sequences] for number in range(sequences)]
