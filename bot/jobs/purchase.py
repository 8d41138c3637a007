"""The Purchase: the one paid call of a job. Its intent is recorded before; its answer is never guessed after."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from bot.accounts import Accounts
from bot.errors import CalledOff, CreateLost, KeyRefused, RetouchError, ToAPIsError
from bot.jobs.engine import Engine
from bot.jobs.job import Job, JobState
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from bot.toapis.catalogue import Catalogue

ROUNDS = 3
"""How many times a create may be sent, each but the first only after a proved "no such task"."""

_log = logging.getLogger(__name__)


class Purchase:
    """``buy`` returns the task that the job's money bought, whatever happened on the way."""

    def __init__(
        self,
        *,
        engine: Engine,
        jobs: Jobs,
        ledger: Ledger,
        accounts: Accounts,
        catalogue: Callable[[], Catalogue],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._ledger = ledger
        self._accounts = accounts
        self._catalogue = catalogue
        self._clock = clock
        self._born = clock()
        self._sent: dict[str, float] = {}

    async def buy(self, job: Job, urls: Sequence[str]) -> str:
        """The task's id. Raises what ToAPIs refused with, or CreateLost where nobody can tell what became of it."""
        try:
            for number in range(ROUNDS):
                life = await self._engine.run(f"intent {number}", self._intend, job.id)
                task_id = await self._engine.run(f"submit {number}", self._submit, job, urls, f"{life}/{number}")
                if task_id is not None:
                    await self._engine.run(f"prove {number}", self._prove, job, task_id)
                    return task_id
        except RetouchError:
            raise
        except Exception as error:
            # After an intent, nothing that we do not understand may end in "not bought".
            raise CreateLost(f"the submit step broke: {error!r}") from error
        raise CreateLost(f"sent {ROUNDS} times, and each time no task came of it")

    async def _intend(self, job_id: str) -> str:
        """The id of this life. Saved before the money is spent: a later life that reads it knows to look first.

        Raises CalledOff where somebody called the job off before: after this, money may be on its way.
        """
        if not await self._jobs.intend(job_id):
            raise CalledOff
        return self._engine.life

    async def _submit(self, job: Job, urls: Sequence[str], intent: str) -> str | None:
        """The task's id; None where it is proved that there is none, so that the create may be sent again."""
        life, _, number = intent.partition("/")
        attempt = f"{job.id}/{number}"
        task_id: str | None = None
        if life == self._engine.life and attempt not in self._sent:
            task_id = await self._create(job, urls, attempt)
        if task_id is None:
            task_id = await self._look(job, since=self._sent.get(attempt, self._born))
        if task_id is not None:
            await self._jobs.move(job.id, JobState.SUBMITTED, task_id=task_id, submitted_at=self._clock())
        self._sent.pop(attempt, None)
        return task_id

    async def _create(self, job: Job, urls: Sequence[str], attempt: str) -> str | None:
        """Sends the create. None where its answer was lost; raises where ToAPIs said no, which made no task."""
        reservation = await self._ledger.reservation(job.id)
        if reservation is None:
            raise RetouchError("its money is not held any more")
        model, account = self._catalogue().model(job.order.model), await self._accounts.of(job)
        self._sent[attempt] = self._clock()
        try:
            task = await account.toapis.create(job.order, model, urls, reservation)
        except CreateLost as error:
            _log.warning("job %s: the answer to its create was lost: %s", job.id, error.detail)
            self._sent[attempt] = self._clock()  # it may have begun as late as now: paced, and repeated after a 429
            return None
        return task.task_id

    async def _prove(self, job: Job, task_id: str) -> None:
        """Never raises: it is bought."""
        try:
            await (await self._accounts.of(job)).lookup.prove(job.id, task_id)
        except ToAPIsError as error:
            _log.warning("job %s: the look-up can't be proved: %s", job.id, error.detail)

    async def _look(self, job: Job, *, since: float) -> str | None:
        """Looks the task up. ``since`` is the latest moment at which the create can have begun (Unix seconds).

        In a life after the crash that is our own birth: whoever sent it was dead by then.
        """
        try:
            lookup = (await self._accounts.of(job)).lookup
            task_id = await lookup.find(job.id, since=since)
        except ToAPIsError as error:
            if isinstance(error, KeyRefused) and job.key_id is not None:
                raise  # what a server's own key bought before it was refused, only the server can see
            raise CreateLost(f"the look-up was refused: {error.detail}") from error
        if task_id is None and not await lookup.is_proved():
            raise CreateLost("no task is found, and the look-up was never proved to work")
        return task_id
