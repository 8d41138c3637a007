"""The Shelf: pictures in hand between two steps. A convenience: what fell off is fetched again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from bot.picture import Picture


class Shelf:
    """Holds up to ``room`` bytes; the oldest picture makes way."""

    def __init__(self, room: int = 64_000_000) -> None:
        self._room = room
        self._pictures: OrderedDict[str, Sequence[Picture]] = OrderedDict()

    def put(self, job_id: str, pictures: Sequence[Picture]) -> None:
        """Lays a job's pictures down, in place of older ones."""
        self.clear(job_id)
        self._pictures[job_id] = pictures
        while len(self._pictures) > 1 and self._held() > self._room:
            self._pictures.popitem(last=False)

    def _held(self) -> int:
        return sum(len(picture.data) for pictures in self._pictures.values() for picture in pictures)

    def get(self, job_id: str) -> Sequence[Picture] | None:
        """The job's pictures, if they are still here."""
        return self._pictures.get(job_id)

    def clear(self, job_id: str) -> None:
        """Takes the job's pictures away."""
        self._pictures.pop(job_id, None)
