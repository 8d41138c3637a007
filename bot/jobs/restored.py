"""What a database that was restored from a copy does not know: what became of its open jobs after the copy was made.

``bot/backup/mark.py`` writes these marks when it restores. Each job that was open in the copy may have been bought,
delivered, cancelled or deleted since. So before it goes on, its messages are looked for at Discord (``Recall``), and
before it is bought, its task is looked for at ToAPIs (``bot/jobs/purchase.py``).
"""

from __future__ import annotations

import logging
from typing import Any, Final

from bot.errors import JobCancelled
from bot.jobs.courier import Courier, Recalled
from bot.jobs.job import ENDED, Job, JobState, Posted
from bot.jobs.purchase import Purchase
from bot.jobs.settlement import Settlement
from bot.jobs.store import Jobs
from bot.key_value import KeyValueStore
from bot.ledger import Ledger

FACT: Final = "restored"
"""The name of the fact that says when the database was restored (``at``), and of when its copy is (``copied_at``)."""

_log = logging.getLogger(__name__)


class Recall:
    """Finds out what became of the open jobs of a copy. Without a restored database it does nothing."""

    def __init__(
        self,
        key_values: KeyValueStore,
        jobs: Jobs,
        ledger: Ledger,
        settlement: Settlement,
        purchase: Purchase,
        courier: Courier,
    ) -> None:
        self._key_values = key_values
        self._jobs = jobs
        self._ledger = ledger
        self._settlement = settlement
        self._purchase = purchase
        self._courier = courier
        self._restored_at: float | None = None
        """When the database was restored (Unix seconds), 0 if never; None: not read yet. No bot runs meanwhile."""

    async def look(self, job_id: str) -> bool:
        """Look at Discord what became of a job of the copy. Return whether it was over, and is closed here, too.

        Safe to repeat. Stores the thread and the messages that were made after the copy. Raises Unavailable where
        Discord can't be asked now, and CreateLost where it is over and nobody knows whether it was bought.
        """
        restored_at = await self._when_restored()
        job = await self._jobs.get(job_id) if restored_at else None
        if job is None or job.state in ENDED or job.created_at > restored_at:
            return False
        recalled = await self._courier.recall(job)
        job = await self._place(job, recalled)
        if recalled.posted is not None:
            await self._delivered(job, recalled.posted)
        elif recalled.is_over and job.state in (JobState.ACCEPTED, JobState.SUBMITTED):
            await self._cancelled(job)
        else:
            return False
        return True

    async def _when_restored(self) -> float:
        """Return when the database was restored, 0 if never. Read once: each job asks for it before anything else."""
        if self._restored_at is None:
            fact: Any = await self._key_values.get(FACT)
            self._restored_at = 0.0 if fact is None else float(fact["at"])
        return self._restored_at

    async def _place(self, job: Job, recalled: Recalled) -> Job:
        where = job.destination
        parts: dict[str, int] = {}
        if where.place_id is None and recalled.place_id is not None:
            parts["place_id"] = recalled.place_id
        if where.source_id is None and recalled.source_id is not None:
            parts["source_id"] = recalled.source_id
        return await self._jobs.place(job.id, **parts) if parts else job

    async def _delivered(self, job: Job, posted: Posted) -> None:
        """Record that people have its picture. Where ToAPIs does not tell its task, it cost what was reserved."""
        _log.warning("job %s: its picture was posted after the copy was made; it is not posted again", job.id)
        task_id = job.task_id or await self._purchase.task_of(job)
        at = job.submitted_at or job.created_at
        await self._jobs.move(job.id, JobState.SUBMITTED, task_id=task_id, submitted_at=at)
        await self._jobs.move(job.id, JobState.PAINTED, painted_at=job.painted_at or at)
        job = await self._jobs.deliver(job.id, posted)
        if task_id is None:
            await self._ledger.settle(job.id, job.price)
        else:
            await self._settlement.settle(job)

    async def _cancelled(self, job: Job) -> None:
        """Close a job that ended after the copy without a picture that is still there: its card says how.

        Raises CreateLost where nobody knows whether it was bought.
        """
        _log.warning("job %s: it ended after the copy was made; it is neither bought nor posted", job.id)
        if job.task_id is None and job.in_doubt:
            try:
                await self._purchase.outcome(job)
            except JobCancelled:
                _log.info("job %s: it was cancelled before the copy, too", job.id)
        await self._jobs.move(job.id, JobState.CANCELLED)
        ended = await self._jobs.get(job.id)
        if ended is not None:
            await self._settlement.settle(ended)
