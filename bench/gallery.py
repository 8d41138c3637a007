"""Which orders of a stage have their picture, read from the world's transcript."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from playground.stage import Stage
from playground.world.interactions import Interaction

OWN_UPLOAD = "source-"
"""The prefix of Retouch's archive of the member's own picture; every other file in a thread is a painted one."""


class Gallery:
    """Counts the ``pictures`` of each thread, by the thread's id, reading on from the last look."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._read = 0
        self.pictures: Counter[int] = Counter()
        self._at: dict[int, float] = {}

    def look(self) -> None:
        """Read what was posted since the last look."""
        entries = self._stage.world.transcript.entries[self._read :]
        self._read += len(entries)
        for entry in entries:
            names = [file["name"] for file in entry.facts.get("attachments", ())] if entry.kind == "message" else []
            if painted := [name for name in names if not name.startswith(OWN_UPLOAD)]:
                place = int(entry.facts["channel"])
                self.pictures[place] += len(painted)
                self._at.setdefault(place, entry.at)

    def waited(self, order: Interaction) -> float | None:
        """Return the seconds from the command to its picture, or None if there is none yet.

        Its thread has the card's id.
        """
        at = self._at.get(order.message.id) if order.message else None
        return None if at is None else at - order.created_at

    async def until(self, enough: Callable[[], bool], timeout: float) -> None:
        """Wait, looking ten times a second: a busy world is not checked at each change. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not enough():
                await asyncio.sleep(0.1)
                self.look()
