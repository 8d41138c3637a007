"""Polling: asks ToAPIs about a task, at the moments of ``bot/jobs/timing.py``, until it has ended.

A webhook (``bot/jobs/webhooks.py``) brings the next question forward. It is never believed without one.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from bot.errors import CreateLost, Held, JobCancelled, KeyRefused, NotFound, ResultGone, ToAPIsError
from bot.jobs import outage
from bot.jobs.accounts import Accounts
from bot.jobs.ages import Ages
from bot.jobs.courier import Courier, Progress
from bot.jobs.durations import interval
from bot.jobs.experience import Forecast
from bot.jobs.job import Job
from bot.jobs.progress import believable
from bot.jobs.timing import chance, next_ask, remaining, spread, tail
from bot.jobs.webhooks import Bell, Webhooks
from bot.toapis.tasks import Failed, Painted, Painting, Queued, Task

NEW_TASK = 120.0
"""Seconds for which "no such task" is taken for a slow database at ToAPIs, not for the truth."""

ABSENT_FOR = 30.0
"""Seconds for which this process must have asked before "no such task" is believed: its clock may have been wrong."""

EMPTY_RESULTS = 5
"""How many times a finished task may come without a picture's address before its picture counts as gone."""

TROUBLED = 2.0
"""Seconds until the next question, at least, after an answer that did not tell how far the task is."""

CONFIRM = 2.0
"""Seconds until the second question, at most, where the first after a webhook was told of no end. Then they double."""

REFUSALS = 3
"""How many times in a row a server's own key may be refused before nobody waits for its painting any more."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watch:
    """A task that is waited for. Ages are in seconds; nine of ten are done at the age of ``slow``."""

    job: Job
    forecast: Forecast
    until: float
    slow: float
    began: float
    bell: Bell
    asked: float | None = None
    """Its age at the last question of this watch."""
    denied: float = 0.0
    """Its age at the last question to which ToAPIs said that it is not done."""
    troubled: bool = False
    said: list[tuple[float, int]] = field(default_factory=list)
    """The percentages that ToAPIs reported, each with the age."""
    empty: int = 0
    refused: int = 0
    confirms: int = 0
    """Questions since a webhook said that it has ended."""

    def note(self, answer: Task | ToAPIsError | None) -> None:
        """Note an answer without a picture. Raise ResultGone or KeyRefused where it was the last of too many."""
        self.troubled = not isinstance(answer, Queued | Painting)
        if not self.troubled:
            self.denied = self.asked or 0.0
        self.refused = self.refused + 1 if isinstance(answer, KeyRefused) and self.job.key_id is not None else 0
        if isinstance(answer, KeyRefused) and self.refused >= REFUSALS:
            raise answer
        self.empty += isinstance(answer, Painted)
        if self.empty >= EMPTY_RESULTS:
            raise ResultGone("completed, and paid for, but no address of a picture came")


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
        webhooks: Webhooks | None = None,
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
        self._webhooks = webhooks
        self._ages = ages or Ages(clock, elapsed)
        self._clock = clock
        self._elapsed = elapsed
        self._sleep = sleep
        self._roll = roll

    async def watch(self, job: Job, forecast: Forecast, *, until: float) -> Painted | None:
        """Ask until the task has ended. Return it, or None once the job is older than ``until`` seconds.

        None is never returned before a question was asked. Beyond the deadline it means giving up: for that ToAPIs must
        have answered that the task is not done, and this process must have asked for as long as the deadline is.
        ``forecast`` tells when to ask, and learns how long it took. Raises the typed reason of a failed task,
        CreateLost where ToAPIs does not know the task any more, ResultGone where it is finished (and paid for) without
        a picture, JobCancelled where nobody wants it any more, and KeyRefused where only the server could still ask.
        """
        async with self._webhooks.waiting(job) if self._webhooks else nullcontext(Bell()) as bell:
            return await self._to_its_end(_Watch(job, forecast, until, forecast.law.slow, self._elapsed(), bell))

    async def _to_its_end(self, watch: _Watch) -> Painted | None:
        job = watch.job
        answered = watch.until <= self._deadline
        await self._show(watch, None)
        while True:
            if await self._is_cancelled(job.id):
                raise JobCancelled
            await self._rest(watch)
            watch.asked = self._age(job)
            answer = await self._ask(watch)
            if self._webhooks is not None and isinstance(answer, Failed | Painted):
                await self._webhooks.missed(watch.bell)
            if isinstance(answer, Failed):
                raise answer.error
            if isinstance(answer, Painted) and answer.urls:
                seconds = watch.bell.seconds if answer.seconds is None else answer.seconds
                await watch.forecast.learn(*interval(watch.denied, self._age(job), seconds))
                return answer
            watch.note(answer)
            answered = answered or isinstance(answer, Task)
            await self._show(watch, answer)
            asked_enough = answered and (
                watch.until <= self._deadline or self._elapsed() - watch.began >= min(watch.until, self._deadline)
            )
            if self._age(job) >= watch.until and asked_enough:
                return None

    async def _rest(self, watch: _Watch) -> None:
        """Sleep until the next question. A webhook may bring it forward.

        So may the end of another painting, while little is known.
        """
        roll = self._roll()
        while not await self._sleeps(self._pause(watch, roll), watch):
            pass
        watch.confirms += watch.bell.rung

    def _pause(self, watch: _Watch, roll: float) -> float:
        """Return the seconds until the next question: at ``until`` there is one, and at once where that is over."""
        age = self._age(watch.job)
        last = watch.asked or 0.0
        law = watch.forecast.law
        usual = spread(law, last, next_ask(law, last, watch.forecast.price), roll)
        if watch.bell.rung:
            usual = min(usual, last + CONFIRM * (2.0**watch.confirms - 1))
        elif watch.bell.is_trusted:
            usual = max(usual, tail(law))
        if watch.troubled:
            usual = max(usual, last + TROUBLED)
        left = watch.until - age
        if left <= 0 and watch.asked is None:
            return 0.0
        return max(0.0, min(usual - age, left) if left > 0 else usual - age)

    async def _sleeps(self, seconds: float, watch: _Watch) -> bool:
        """Sleep, and return whether that was to the end. It is cut off by news that may change when to ask."""
        news: list[Coroutine[Any, Any, object]] = [watch.bell.stirred.wait()] if watch.bell.key else []
        if watch.forecast.is_new:
            news.append(watch.forecast.news())
        if not news:
            await self._sleep(seconds)
            return True
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        waking = [asyncio.ensure_future(wait) for wait in news]
        try:
            await asyncio.wait((sleeping, *waking), return_when=asyncio.FIRST_COMPLETED)
            if sleeping.done():
                sleeping.result()
            return sleeping.done()
        finally:
            watch.bell.stirred.clear()
            for waiting in (sleeping, *waking):
                waiting.cancel()

    async def _ask(self, watch: _Watch) -> Task | ToAPIsError | None:
        """Return the task as ToAPIs tells it, or why it can't be answer now: the task goes on without us.

        None where ToAPIs does not know the task, which is new. Raises CreateLost where it should be known.
        """
        job = watch.job
        try:
            toapis = (await self._accounts.of(job)).toapis
            return await toapis.status(str(job.task_id), lambda: self._chance(watch))
        except NotFound as error:
            if self._age(job) > NEW_TASK and self._elapsed() - watch.began > ABSENT_FOR:
                raise CreateLost(f"ToAPIs does not know the task any more: {error.detail}") from error
            return None
        except ToAPIsError as error:
            _log.warning("job %s: can't be asked for now: %s", job.id, error.detail)
            reason = outage.reason(error)
            if reason in outage.FOR_THE_OPERATOR and job.key_id is None:
                await self._courier.warn_operator(job, Held(reason, error.detail))
            return error

    def _chance(self, watch: _Watch) -> float:
        """Return the chance that a question finds the task ended."""
        return 1.0 if watch.bell.rung else chance(watch.forecast.law, watch.denied, self._age(watch.job))

    async def _show(self, watch: _Watch, answer: Task | ToAPIsError | None) -> None:
        """Show the progress: of percentages that ToAPIs reported, one that no longer moves says nothing."""
        job = watch.job
        age = self._age(job)
        if isinstance(answer, Painting) and answer.progress is not None:
            watch.said.append((age, answer.progress))
        percent = believable(watch.said)
        left = remaining(age, watch.slow)
        until = None if left is None else round(self._clock() - age + watch.slow)
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
