"""The ages of jobs that are waited for, in seconds that no step of the wall clock changes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

REMEMBERED: Final = 20_000
"""Jobs. A forgotten job is counted by the wall clock again."""


class Ages:
    """Counts by the monotonic clock within this process, and by the wall clock before it began."""

    def __init__(self, clock: Callable[[], float] = time.time, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._elapsed = elapsed
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By job: since when it is counted (Unix seconds), and what ``elapsed`` showed at that moment."""

    def begin(self, job_id: str, since: float) -> None:
        """Count from this moment on, which is noted as ``since`` (Unix seconds)."""
        self._keep(job_id, since, self._elapsed())

    def of(self, job_id: str, since: float) -> float:
        """Return the seconds since ``since`` (Unix seconds), never less than 0."""
        known = self._known.get(job_id)
        if known is None or known[0] != since:
            began = self._elapsed() - max(0.0, self._clock() - since)
            self._keep(job_id, since, began)
            return self._elapsed() - began
        return self._elapsed() - known[1]

    def forget(self, job_id: str) -> None:
        """Drop the job: its workflow is over."""
        self._known.pop(job_id, None)

    def _keep(self, job_id: str, since: float, began: float) -> None:
        self._known[job_id] = since, began
        self._known.move_to_end(job_id)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
