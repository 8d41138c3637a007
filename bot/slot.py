"""The Slot: the right to buy and to deliver, which one process has at a time, and the number that fences it off."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from bot.database import metadata

_slots = sa.Table(
    "slots",
    metadata,
    sa.Column("slot", sa.Integer, primary_key=True),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("taken_at", sa.Float, nullable=False),
)

SLOT: Final = 0
"""The number of the one slot that there is."""


def still_held(fence: int) -> sa.ColumnElement[bool]:
    """Whether nobody took the slot since it was taken under this number."""
    return sa.exists().where(_slots.c.slot == SLOT, _slots.c.fence == fence)


class Slot:
    """Held from its making on, by a process that no other can be beside."""

    async def mine(self) -> int | None:
        """Waits until this process holds the slot. The number that fences others off; None where none is needed."""
        return None

    def doubt(self) -> None:
        """Somebody saw that the slot was taken by another process: it is looked at anew, and not held until then."""
