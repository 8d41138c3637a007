"""Look-up: finding the task of a create whose answer was lost, and knowing whether a "no such task" can be believed.

Only the Chinese pages of ToAPIs document that a task can be asked for by our own id. So the look-up is *proved*: after
a create that answered well we ask by our id once (free) and keep whether it names the same task. A "no" of a look-up
that was never proved proves nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bot.errors import RateLimited, ToAPIsError, ToAPIsUnavailable
from bot.key_value import KeyValueStore
from bot.toapis.client import ToAPIs

PROOF = "lookup-proof:"
"""Begins the name of the fact that holds a proof, with its moment as ``at``."""

COPIED_PROOF = "lookup-proof-copied:"
"""Begins the name of the proof that a restored database came with: no later proof speaks of what was bought before."""

PROOF_LASTS = 3600.0
"""Seconds. How long ToAPIs keeps a task's record is not documented, so the proof is renewed by later creates."""

SILENCE = 3.0
"""After so many windows in which ToAPIs could not be asked, the member is told. Recovery looks on."""

LONG_AFTER = 600.0
"""Seconds after which nobody doubts that a create either took effect or never will."""

_log = logging.getLogger(__name__)


class Lookup:
    """``window`` is how long, in seconds, a slow create may still be in flight: no "no" is believed before.

    ``name`` names the key that ToAPIs is asked with: each key has a proof of its own. ``elapsed`` counts seconds
    that no correction of the wall clock changes: a "no" that was believed too early would be bought a second time.
    """

    def __init__(
        self,
        toapis: ToAPIs,
        key_values: KeyValueStore,
        *,
        name: str,
        window: float,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._toapis = toapis
        self._key_values = key_values
        self._fact = PROOF + name
        self._copied_fact = COPIED_PROOF + name
        self._window = window
        self._clock = clock
        self._elapsed = elapsed
        self._sleep = sleep

    async def find(self, job_id: str, *, since: float) -> str | None:
        """Return the id of the job's task, or None after a clear "no such task" later than ``window`` after ``since``.

        ``since``, by ``elapsed``, is the latest moment at which the create can have begun, as far as this process
        knows. Raises ToAPIsError where ToAPIs refuses to answer (a wrong key, say), or could not be asked for too long.
        """
        pause = 1.0
        while True:
            began = self._elapsed()
            try:
                task = await self._toapis.find(job_id)
            except (ToAPIsUnavailable, RateLimited) as error:
                _log.warning("job %s: its task can't be looked up now: %s", job_id, error.detail)
                if began >= since + SILENCE * self._window:
                    raise
            else:
                if task is not None:
                    return task.task_id
                if began >= since + self._window:
                    return None
            left = since + self._window - self._elapsed()
            await self._sleep(min(pause, max(0.2, left)) if left > 0 else pause)
            pause = min(pause * 1.5, 10.0)

    async def prove(self, job_id: str, task_id: str) -> None:
        """Keep the proof, after a successful create, that our id finds the task.

        Never raises: it is only a preparation.
        """
        proof = await self._key_values.get(self._fact)
        if proof and 0 <= self._clock() - proof["at"] < PROOF_LASTS:
            return
        if await self._names(job_id, task_id):
            await self._key_values.put(self._fact, {"job": job_id, "task": task_id, "at": self._clock()})

    async def is_proved(self, before: float | None = None) -> bool:
        """Return whether the look-up works now: ask again for the job that proved it, before a "no" is believed.

        ``before`` (Unix seconds): only for a task that is at least so old, as the one that is looked for may be.
        """
        proof = await self._proof(before)
        return bool(proof) and await self._names(proof["job"], proof["task"])

    async def _proof(self, before: float | None) -> Any:
        """Return the newest proof, or None. With ``before`` one that is no newer than that."""
        for fact in (self._fact, self._copied_fact):
            proof = await self._key_values.get(fact)
            if proof and (before is None or proof["at"] <= before):
                return proof
        return None

    async def denies(self, job_id: str, *, accepted_at: float, lost_at: float) -> bool:
        """Return whether it is proved that a job's create, over at ``lost_at`` (by ``elapsed``), made no task.

        How long ToAPIs keeps a record is not documented. So a "no" counts only while a task is found that is older
        than the job itself (``accepted_at``), and long after the last create. Raises ToAPIsError where ToAPIs can't
        tell now.
        """
        proof = await self._proof(accepted_at)
        if not proof or self._elapsed() - lost_at < max(LONG_AFTER, self._window):
            return False
        return await self._toapis.find(job_id) is None and await self._names(proof["job"], proof["task"])

    async def _names(self, job_id: str, task_id: str) -> bool:
        try:
            task = await self._toapis.find(job_id)
        except ToAPIsError as error:
            _log.info("the look-up by our own id did not answer: %s", error.detail)
            return False
        return task is not None and task.task_id == task_id
