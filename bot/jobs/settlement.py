"""Settlement: closes a job's money with its true cost, once ToAPIs names it.

What a task cost is ToAPIs' word about that task, whatever became of the job: a picture that was painted costs its bill
or its price although it could not be delivered, was cancelled, or was lost sight of. Only what was never bought, what
failed at ToAPIs and what was refunded costs nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from bot.errors import KeyRefused, NotFound, ToAPIsError
from bot.jobs.accounts import Accounts
from bot.jobs.job import Job, JobState
from bot.ledger import Ledger
from bot.money import Micros
from bot.toapis.tasks import Billing, Failed, Painted, Painting, Queued, Task

PATIENCE = 24 * 3600.0
"""Seconds since the purchase for which a final answer about the cost is waited for; then the catalogue's price stands.

By the wall clock, which may be wrong: so ``ASKED_FOR`` must be over as well."""

ASKED_FOR = 3600.0
"""Seconds for which this process must have asked before it may close a job's money without ToAPIs' word."""

_log = logging.getLogger(__name__)


class Settlement:
    """Closes the money of jobs. ``settle`` is safe to repeat: a job's money closes once.

    ``elapsed`` counts seconds that no correction of the wall clock changes.
    """

    def __init__(
        self,
        accounts: Accounts,
        ledger: Ledger,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._ledger = ledger
        self._clock = clock
        self._elapsed = elapsed
        self._first_asked: dict[str, float] = {}
        """By job, while its money is held: when this process first asked for its cost, by ``elapsed``."""

    async def settle(self, job: Job, painted: Painted | None = None) -> bool:
        """Close the money of a job that nobody works on any more. Return whether it is closed.

        What was not bought, failed or was refunded is given back. Else it costs the bill, or the reserved price where
        ToAPIs sends none. Return False while that can't be known yet: recovery asks again. ``painted`` is the task as
        ToAPIs told it last: where its bill is final already, nothing is asked.
        """
        if job.task_id is None:
            if job.state is JobState.UNKNOWN:
                return False  # its create may have bought something: the money stays held
            await self._ledger.give_back(job.id)
            return True
        cost = _final(job, painted)
        if cost is None:
            cost = await self._cost(job)
        if cost is None:
            return False
        await (self._ledger.settle(job.id, cost) if cost else self._ledger.give_back(job.id))
        self._first_asked.pop(job.id, None)
        return True

    async def _cost(self, job: Job) -> Micros | None:
        """Return what the job cost, 0 for nothing, or None while it can't be known yet."""
        too_late = self._is_too_late(job)
        try:
            task: Task = await (await self._accounts.of(job)).toapis.status(str(job.task_id))
        except NotFound:
            # How long a task can be asked for is not documented. An unknown job's task may yet be found again.
            return None if job.state is JobState.UNKNOWN and not too_late else _cost_unasked(job)
        except ToAPIsError as error:
            _log.warning("job %s: its bill can't be read now: %s", job.id, error.detail)
            over = isinstance(error, KeyRefused) and job.key_id is not None  # a server's own key is never mended
            return _cost_unasked(job) if too_late or over else None
        if isinstance(task, Queued | Painting):
            return job.price if too_late else None  # ToAPIs knows no cancel: it may yet fail, and then costs nothing
        return _billed(task, job, too_late=too_late)

    def _is_too_late(self, job: Job) -> bool:
        """Return whether the price may stand without ToAPIs' word, and note that this process asks for it."""
        now = self._elapsed()
        asked_for = now - self._first_asked.setdefault(job.id, now)
        return self._clock() - (job.submitted_at or job.created_at) > PATIENCE and asked_for >= ASKED_FOR


def _final(job: Job, painted: Painted | None) -> Micros | None:
    """Return the bill that came with the picture, or None where it may still change."""
    if painted is None or painted.billing is None:
        return None
    return _billed(painted, job, too_late=False)


def _billed(task: Painted | Failed, job: Job, *, too_late: bool) -> Micros | None:
    """Return what a finished task cost, or None while its bill is pending."""
    without_bill = Micros(0) if isinstance(task, Failed) else job.price
    bill: Billing | None = task.billing
    if bill is None:
        return without_bill
    if bill.state == "refunded":
        return Micros(0)
    if bill.state == "settled" and bill.cost is not None:
        return bill.cost
    return without_bill if too_late or bill.state != "pending" else None


def _cost_unasked(job: Job) -> Micros:
    """Return what a bought job is taken to have cost where ToAPIs tells nothing of its task any more.

    A job bought with the operator's key fails unpainted only by ToAPIs' own word on its task, and that costs nothing.
    """
    failed_there = job.state is JobState.FAILED and job.painted_at is None and job.key_id is None
    return Micros(0) if failed_there else job.price
