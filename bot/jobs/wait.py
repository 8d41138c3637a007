"""The Wait: asks ToAPIs about a task, at the cadence's pace, until it has ended."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable

from bot.accounts import Accounts
from bot.errors import CalledOff, CreateLost, KeyRefused, NotFound, ResultGone, ToAPIsError
from bot.jobs.bar import believable
from bot.jobs.cadence import next_ask
from bot.jobs.courier import Courier, Progress
from bot.jobs.forecast import remaining
from bot.jobs.job import Job
from bot.toapis.models import Failed, Painted, Painting, Task

NEW_TASK = 120.0
"""Seconds for which "no such task" is taken for a slow database at ToAPIs, not for the truth."""

EMPTY_RESULTS = 5
"""How many times a finished task may come without a picture's address before its picture counts as gone."""

REFUSALS = 3
"""How many times in a row a server's own key may be refused before nobody waits for its painting any more."""

_log = logging.getLogger(__name__)


class Wait:
    """No local time-out ends a task: only ToAPIs does, since a task that was given up may still cost money."""

    def __init__(
        self,
        accounts: Accounts,
        courier: Courier,
        *,
        deadline: float,
        called_off: Callable[[str], Awaitable[bool]],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        roll: Callable[[], float] = random.random,
    ) -> None:
        self._accounts = accounts
        self._courier = courier
        self._deadline = deadline
        self._called_off = called_off
        self._clock = clock
        self._sleep = sleep
        self._roll = roll

    async def watch(self, job: Job, seconds: tuple[float, float], *, until: float) -> Painted | None:
        """The finished task; None once the job is older than ``until`` seconds.

        ``seconds`` are the model's fastest and slowest tenth. Raises the typed reason of a failed task, CreateLost
        where ToAPIs does not know the task any more, ResultGone where it is finished (and paid for) without a
        picture, CalledOff where nobody wants it any more, and KeyRefused where only the server could still ask.
        """
        empty = refused = 0
        said: list[tuple[float, int]] = []
        await self._show(job, None, seconds, said)
        while (age := self._age(job)) < until:
            if await self._called_off(job.id):
                raise CalledOff
            await self._sleep(min(next_ask(age, seconds, self._roll()), until - age))
            try:
                task, refused = await self._ask(job), 0
            except KeyRefused:
                refused += 1
                if refused >= REFUSALS:
                    raise
                continue
            if isinstance(task, Failed):
                raise task.error
            if isinstance(task, Painted):
                if task.urls:
                    return task
                empty += 1
                if empty >= EMPTY_RESULTS:
                    raise ResultGone("completed, and paid for, but no address of a picture came")
            await self._show(job, task, seconds, said)
        return None

    async def _ask(self, job: Job) -> Task | None:
        """The task as ToAPIs tells it; None where it can't tell now: the task goes on without us.

        Raises KeyRefused for a server's own key: the operator's is mended in time, that one is replaced.
        """
        try:
            return await (await self._accounts.of(job)).toapis.status(str(job.task_id))
        except NotFound as error:
            if self._age(job) > NEW_TASK:
                raise CreateLost(f"ToAPIs does not know the task any more: {error.detail}") from error
        except ToAPIsError as error:
            if isinstance(error, KeyRefused) and job.key_id is not None:
                raise
            _log.warning("job %s: can't be asked for now: %s", job.id, error.detail)
        return None

    async def _show(
        self, job: Job, task: Task | None, seconds: tuple[float, float], said: list[tuple[float, int]]
    ) -> None:
        """``said`` is what ToAPIs told of the progress so far: its number sticks, and then says nothing."""
        age = self._age(job)
        if isinstance(task, Painting) and task.progress is not None:
            said.append((age, task.progress))
        percent = believable(said)
        left = remaining(age, seconds)
        until = None if left is None else round(self._clock() - age + seconds[1])
        phase: Progress
        if age > self._deadline:
            phase = Progress("slow", percent, int(age))
        elif isinstance(task, Painting | Painted):
            phase = Progress("painting", percent, int(age), until)
        else:
            phase = Progress("queued", None, int(age), until)
        await self._courier.progress(job, phase)

    def _age(self, job: Job) -> float:
        return self._clock() - (job.submitted_at or job.created_at)
