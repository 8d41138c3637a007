"""Polling: asks ToAPIs about a task, at intervals of ``bot/jobs/cadence.py``, until it has ended."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable

from bot.errors import CreateLost, Held, JobCancelled, KeyRefused, NotFound, ResultGone, ToAPIsError
from bot.jobs import outage
from bot.jobs.accounts import Accounts
from bot.jobs.ages import Ages
from bot.jobs.cadence import next_ask
from bot.jobs.courier import Courier, Progress
from bot.jobs.forecast import remaining
from bot.jobs.job import Job
from bot.jobs.progress import believable
from bot.toapis.tasks import Failed, Painted, Painting, Task

NEW_TASK = 120.0
"""Seconds for which "no such task" is taken for a slow database at ToAPIs, not for the truth."""

ABSENT_FOR = 30.0
"""Seconds for which this process must have asked before "no such task" is believed: its clock may have been wrong."""

EMPTY_RESULTS = 5
"""How many times a finished task may come without a picture's address before its picture counts as gone."""

REFUSALS = 3
"""How many times in a row a server's own key may be refused before nobody waits for its painting any more."""

_log = logging.getLogger(__name__)


class Wait:
    """Polls tasks. No local time-out ends a task, only ToAPIs does: a task that was given up may still cost money.

    ``elapsed`` counts seconds that no correction of the wall clock changes; so do ``ages``.
    """

    def __init__(
        self,
        accounts: Accounts,
        courier: Courier,
        *,
        deadline: float,
        cancelled: Callable[[str], Awaitable[bool]],
        ages: Ages | None = None,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        roll: Callable[[], float] = random.random,
    ) -> None:
        self._accounts = accounts
        self._courier = courier
        self._deadline = deadline
        self._is_cancelled = cancelled
        self._ages = ages or Ages(clock, elapsed)
        self._clock = clock
        self._elapsed = elapsed
        self._sleep = sleep
        self._roll = roll

    async def watch(self, job: Job, seconds: tuple[float, float], *, until: float) -> Painted | None:
        """Ask until the task has ended. Return it, or None once the job is older than ``until`` seconds.

        None is never returned before a question was asked. Beyond the deadline it means giving up: for that ToAPIs must
        have answered that the task is not done, and this process must have asked for as long as the deadline is.
        ``seconds`` are the model's fastest and slowest tenth. Raises the typed reason of a failed task, CreateLost
        where ToAPIs does not know the task any more, ResultGone where it is finished (and paid for) without a
        picture, JobCancelled where nobody wants it any more, and KeyRefused where only the server could still ask.
        """
        began = self._elapsed()
        answered = until <= self._deadline
        empty = refused = 0
        said: list[tuple[float, int]] = []
        await self._show(job, None, seconds, said)
        pause = self._pause(job, seconds, until, first=True)
        while True:
            if await self._is_cancelled(job.id):
                raise JobCancelled
            await self._sleep(pause)
            answer = await self._ask(job, began)
            refused = refused + 1 if isinstance(answer, KeyRefused) and job.key_id is not None else 0
            if refused >= REFUSALS:
                assert isinstance(answer, KeyRefused)  # counted above
                raise answer
            if isinstance(answer, Failed):
                raise answer.error
            if isinstance(answer, Painted):
                if answer.urls:
                    return answer
                empty += 1
                if empty >= EMPTY_RESULTS:
                    raise ResultGone("completed, and paid for, but no address of a picture came")
            answered = answered or isinstance(answer, Task)
            await self._show(job, answer, seconds, said)
            asked_enough = answered and (
                until <= self._deadline or self._elapsed() - began >= min(until, self._deadline)
            )
            if self._age(job) >= until and asked_enough:
                return None
            pause = self._pause(job, seconds, until)

    def _pause(self, job: Job, seconds: tuple[float, float], until: float, *, first: bool = False) -> float:
        """Return the seconds until the next question: at ``until`` there is one, and at once where that is over."""
        age = self._age(job)
        left = until - age
        usual = next_ask(age, seconds, self._roll())
        if left > 0:
            return min(usual, left)
        return 0.0 if first else usual

    async def _ask(self, job: Job, began: float) -> Task | ToAPIsError | None:
        """Return the task as ToAPIs tells it, or why it can't be answer now: the task goes on without us.

        None where ToAPIs does not know the task, which is new. Raises CreateLost where it should be known.
        """
        try:
            return await (await self._accounts.of(job)).toapis.status(str(job.task_id))
        except NotFound as error:
            if self._age(job) > NEW_TASK and self._elapsed() - began > ABSENT_FOR:
                raise CreateLost(f"ToAPIs does not know the task any more: {error.detail}") from error
            return None
        except ToAPIsError as error:
            _log.warning("job %s: can't be asked for now: %s", job.id, error.detail)
            reason = outage.reason(error)
            if reason in outage.FOR_THE_OPERATOR and job.key_id is None:
                await self._courier.warn_operator(job, Held(reason, error.detail))
            return error

    async def _show(
        self,
        job: Job,
        answer: Task | ToAPIsError | None,
        seconds: tuple[float, float],
        said: list[tuple[float, int]],
    ) -> None:
        """Show the progress.

        ``said`` collects the percentages that ToAPIs reported: one that no longer moves says nothing.
        """
        age = self._age(job)
        if isinstance(answer, Painting) and answer.progress is not None:
            said.append((age, answer.progress))
        percent = believable(said)
        left = remaining(age, seconds)
        until = None if left is None else round(self._clock() - age + seconds[1])
        phase: Progress
        if isinstance(answer, ToAPIsError):
            phase = Progress("held", None, int(age), reason=outage.reason(answer) or "toapis")
        elif age > self._deadline:
            phase = Progress("slow", percent, int(age))
        elif isinstance(answer, Painting | Painted):
            phase = Progress("painting", percent, int(age), until)
        else:
            phase = Progress("queued", None, int(age), until)
        await self._courier.progress(job, phase)

    def _age(self, job: Job) -> float:
        return self._ages.of(job.id, job.submitted_at or job.created_at)
