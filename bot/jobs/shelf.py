"""The Shelf: pictures in hand between two steps. A convenience: what fell off is fetched again."""

from __future__ import annotations

from collections import OrderedDict

from bot.picture import Picture


class Shelf:
    """Holds up to ``room`` bytes; the oldest picture makes way."""

    def __init__(self, room: int = 64_000_000) -> None:
        self._room = room
        self._pictures: OrderedDict[str, Picture] = OrderedDict()

    def put(self, job_id: str, picture: Picture) -> None:
        """Lays a job's picture down, in place of an older one."""
        self.clear(job_id)
        self._pictures[job_id] = picture
        while len(self._pictures) > 1 and sum(len(held.data) for held in self._pictures.values()) > self._room:
            self._pictures.popitem(last=False)

    def get(self, job_id: str) -> Picture | None:
        """The job's picture, if it is still here."""
        return self._pictures.get(job_id)

    def clear(self, job_id: str) -> None:
        """Takes the job's picture away."""
        self._pictures.pop(job_id, None)
