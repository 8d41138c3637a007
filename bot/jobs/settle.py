"""Settle: closes a job's money with its true cost, once ToAPIs names it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from bot.accounts import Accounts
from bot.errors import KeyRefused, NotFound, ToAPIsError
from bot.jobs.job import Job, JobState
from bot.ledger import Ledger
from bot.money import Micros
from bot.toapis.models import Billing, Failed, Painted, Painting, Queued, Task

PATIENCE = 24 * 3600.0
"""Seconds for which a ``pending`` bill is asked for; after that the catalogue's price stands."""

_log = logging.getLogger(__name__)


class Settlement:
    """``settle`` may be asked as often as one likes: a job's money closes once."""

    def __init__(self, accounts: Accounts, ledger: Ledger, clock: Callable[[], float] = time.time) -> None:
        self._accounts = accounts
        self._ledger = ledger
        self._clock = clock

    async def settle(self, job: Job) -> bool:
        """Closes the money of a job that ended, if its cost can be known by now. True: it is closed.

        Nothing bought, or refunded: all is given back. Bought: the bill where ToAPIs sends one, the reserved price
        where it does not, and later once more where the bill is pending.
        """
        if job.task_id is None:
            await self._ledger.give_back(job.id)
            return True
        cost = await self._cost(job)
        if cost is None:
            return False
        await (self._ledger.settle(job.id, cost) if cost else self._ledger.give_back(job.id))
        return True

    async def _cost(self, job: Job) -> Micros | None:
        """What the job cost; 0 for nothing; None while nobody can say."""
        too_late = self._clock() - (job.submitted_at or job.created_at) > PATIENCE
        try:
            task: Task | None = await (await self._accounts.of(job)).toapis.status(str(job.task_id))
        except NotFound:
            task = None  # how long a task can be asked for is not documented: the price stands
        except ToAPIsError as error:
            _log.warning("job %s: its bill can't be read now: %s", job.id, error.detail)
            over = isinstance(error, KeyRefused) and job.key_id is not None  # a server's own key is never mended
            return self._price(job) if too_late or over else None
        if job.state is JobState.CANCELLED and isinstance(task, Queued | Painting) and not too_late:
            return None  # painted on, since ToAPIs knows no cancel: it may yet fail, and then costs nothing
        bill = task.billing if isinstance(task, Painted | Failed) else None
        if bill is None:
            return Micros(0) if isinstance(task, Failed) else self._price(job)
        return self._billed(bill, job, too_late=too_late)

    def _billed(self, bill: Billing, job: Job, *, too_late: bool) -> Micros | None:
        if bill.state == "refunded":
            return Micros(0)
        if bill.state == "settled" and bill.cost is not None:
            return bill.cost
        return self._price(job) if too_late or bill.state != "pending" else None

    def _price(self, job: Job) -> Micros:
        """The catalogue's price, for a picture that was delivered; a job that failed costs nobody anything."""
        return Micros(0) if job.state is JobState.FAILED else job.price
