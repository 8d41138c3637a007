"""Recovery: takes up what a crash left unfinished. At start and once a minute; each duty is safe to repeat."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from cachetools import LRUCache

from bot import log_privacy
from bot.errors import CreateLost, NeverOrdered, RetouchError, ToAPIsError, Undeliverable
from bot.jobs.accounts import Accounts
from bot.jobs.ages import Ages
from bot.jobs.courier import Courier
from bot.jobs.engine import Engine
from bot.jobs.intake import Intake
from bot.jobs.job import ENDED, RUNNING, Job, JobState, Trouble
from bot.jobs.settlement import Settlement
from bot.jobs.slot import Slot
from bot.jobs.store import Jobs
from bot.ledger import Ledger

EVERY = 60.0
"""Seconds between two rounds."""

SOON = 5.0
"""Seconds between the first two: what a crash interrupted in its last step is over by then."""

IN_HAND = 30.0
"""Seconds for which an accepted order of this process is left to the command that accepted it."""

LONGEST = 3600.0
"""Seconds between two questions about a matter that is left open, at most."""

DAY = 24 * 3600.0

REMEMBERED = 10_000
"""Jobs remembered with the moment at which they were asked about, or seen lost. A forgotten job is asked about sooner,
and counts as lost from a later moment on: both are safe."""

WORKFLOWS_LAST = 7 * DAY
"""Seconds for which the engine remembers a workflow that has ended: long enough to look into a complaint.

Its steps hold the public addresses of pictures at ToAPIs: where the operator keeps less long, so does the engine."""

_J = TypeVar("_J", Job, str)

_log = logging.getLogger(__name__)


class Recovery:
    """``look_on`` is for how long, in seconds, a lost create is still looked for.

    ``workflows_last``: for how long, in seconds, the engine remembers what has ended. ``chores`` are duties of other
    modules, done last.
    """

    def __init__(
        self,
        *,
        jobs: Jobs,
        ledger: Ledger,
        engine: Engine,
        intake: Intake,
        settlement: Settlement,
        accounts: Accounts,
        courier: Courier,
        look_on: float,
        workflows_last: float = WORKFLOWS_LAST,
        chores: Sequence[Callable[[], Awaitable[None]]] = (),
        slot: Slot | None = None,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._jobs = jobs
        self._ledger = ledger
        self._engine = engine
        self._intake = intake
        self._settlement = settlement
        self._accounts = accounts
        self._courier = courier
        self._look_on = look_on
        self._workflows_last = workflows_last
        self._chores = chores
        self._slot = slot or Slot()
        self._clock = clock
        self._sleep = sleep
        self._elapsed = elapsed
        self._ages = Ages(clock, elapsed)
        self._born = clock()
        self._asked: LRUCache[str, float] = LRUCache(REMEMBERED)
        self._lost: LRUCache[str, float] = LRUCache(REMEMBERED)
        """When this process first saw a job lost, by ``elapsed``: by then its create was over."""
        self._purged: float | None = None

    async def forever(self) -> None:
        """Run all duties until cancelled. A duty that fails is logged, and run again a minute later."""
        pause = SOON
        while True:
            await self._slot.mine()
            own = (
                self._engine.take_up_strays,
                self.accepted,
                self.broken,
                self.unsettled,
                self.unknown,
                self.old_workflows,
            )
            for duty in (*own, *self._chores):
                try:
                    await duty()
                except Exception:  # noqa: BLE001 - one duty's trouble must not end the others
                    _log.exception("a duty of recovery failed")
            await self._sleep(pause)
            pause = EVERY

    async def accepted(self) -> None:
        """Take up accepted orders that the engine does not know: go on where the card was shown, else return the money.

        An order that may have been bought is looked up first: the engine's file was lost, or restored from a backup.
        """
        await _for_all(await self._jobs.in_state(JobState.ACCEPTED), self._take_up)

    async def _take_up(self, job: Job) -> None:
        young = self._ages.of(job.id, job.created_at) < IN_HAND
        in_hand = job.created_at >= self._born and young
        if in_hand or await self._engine.status(job.id) is not None:
            return
        if job.in_doubt and await self._look_once(job):
            return
        card_id = job.destination.card_id or await self._courier.find_card(job)
        if job.in_doubt and card_id is None:
            await self._lose(job, CreateLost("the engine has lost its workflow"))
        elif card_id is not None:
            _log.info("job %s: taken up again", job.id)
            await self._intake.answered(job, card_id)
        else:
            _log.info("job %s: no card was shown; the money goes back", job.id)
            await self._intake.unanswered(job, self._courier)

    async def broken(self) -> None:
        """Take up running jobs without a running workflow, so that nobody waits for them in silence.

        A bought task is waited for anew, in the phase "found". Of other jobs the outcome stays unknown.
        """
        await _for_all(await self._jobs.in_state(*RUNNING), self._resume)

    async def _resume(self, listed: Job) -> None:
        first = await self._engine.status(listed.id)
        if first in ("waiting", "running"):
            return
        second = await self._engine.status(listed.id, "found")
        job = await self._jobs.get(listed.id)  # after the status: it may have ended well since it was listed
        if job is None or job.state not in RUNNING or second in ("waiting", "running"):
            return
        if first is None and job.state is JobState.ACCEPTED:
            return  # not begun yet: ``accepted`` sees to it
        if job.task_id is not None and second is None:
            _log.error("job %s: its workflow broke off; what was bought is waited for anew", job.id)
            await self._engine.submit(job.id, "found")
            return
        await self._lose(job, CreateLost("its workflow broke off"))

    async def _lose(self, job: Job, error: RetouchError) -> None:
        await self._tell(job, error)  # before the move, or a crash between would end in silence
        if await self._jobs.move(job.id, JobState.UNKNOWN, trouble=Trouble(error.key)):
            await self._courier.warn_operator(job, error)

    async def unsettled(self) -> None:
        """Settle the slot's jobs that nobody works on and whose money is held: ended, or bought and lost sight of."""
        await _for_all(await self._ledger.held(), self._settle)

    async def _settle(self, job_id: str) -> None:
        job = await self._jobs.get(job_id)
        ours = job is not None and job.slot == self._slot.number
        if job is not None and ours and _is_left(job) and self._is_due(f"bill {job.id}", job):
            await self._settlement.settle(job)

    async def unknown(self) -> None:
        """Look up lost creates: wait for a task that is found; return the money where none is proved to exist."""
        await _for_all(await self._jobs.in_state(JobState.UNKNOWN), self._look_for)

    async def _look_for(self, job: Job) -> None:
        matter = f"find {job.id}"
        too_old = self._ages.of(job.id, job.created_at) > self._look_on and matter in self._asked
        lost_again = await self._engine.status(job.id, "found") is not None
        if await self._engine.status(job.id) in ("waiting", "running"):
            return  # a crash interrupted its last messages: they are sent first
        if lost_again or too_old or not self._is_due(matter, job):
            return
        try:
            if await self._wait_if_found(job) or job.task_id is not None:
                return
            # Not from its acceptance: it may have waited for hours, through a restart, until it was ordered.
            lost_at = self._lost.setdefault(job.id, self._elapsed())
            lookup = (await self._accounts.of(job)).lookup
            denied = await lookup.denies(job.id, accepted_at=job.created_at, lost_at=lost_at)
        except ToAPIsError as error:
            _log.warning("job %s: can't be looked up now: %s", job.id, error.detail)
            return
        if denied:
            await self._never_ordered(job)

    async def _look_once(self, job: Job) -> bool:
        """Look once. False where ToAPIs can't tell now, too: the workflow goes on asking, and says so."""
        try:
            return await self._wait_if_found(job)
        except ToAPIsError as error:
            _log.warning("job %s: can't be looked up now: %s", job.id, error.detail)
            return False

    async def _wait_if_found(self, job: Job) -> bool:
        """Return whether ToAPIs has a task of this job. Then it is waited for, in the phase "found"."""
        task = await (await self._accounts.of(job)).toapis.find(job.id)
        if task is None:
            return False
        _log.info("job %s: found again", job.id)
        await self._jobs.move(job.id, JobState.SUBMITTED, task_id=task.task_id, submitted_at=self._clock())
        await self._engine.submit(job.id, "found")
        return True

    async def _never_ordered(self, job: Job) -> None:
        _log.info("job %s: it is proved that nothing was bought", job.id)
        error = NeverOrdered()
        await self._tell(job, error)
        if await self._jobs.move(job.id, JobState.FAILED, trouble=Trouble(error.key)):
            await self._ledger.give_back(job.id)

    async def _tell(self, job: Job, error: RetouchError) -> None:
        """Send the member the news, before the state changes: a crash repeats it, and the courier finds its message."""
        try:
            await self._courier.apologise(job, error)
        except Undeliverable:
            _log.warning("job %s: no place is left to say what went wrong", job.id)

    async def old_workflows(self) -> None:
        """Delete from the engine, once a day, what ended long ago, but never the workflow of an open job.

        Without its workflow an open job would look as if it had never begun, and would be bought a second time. The
        first slot does it for all.
        """
        if not self._slot.is_first:
            return
        if self._purged is not None and self._elapsed() - self._purged < DAY:
            return
        states = (JobState.ACCEPTED, JobState.SUBMITTED, JobState.PAINTED, JobState.UNKNOWN)
        keep = set(await self._jobs.ids_in_state(*states))
        forgotten = await self._engine.purge(before=self._clock() - self._workflows_last, keep=keep)
        self._purged = self._elapsed()
        if forgotten:
            _log.info("%d workflows that ended long ago are forgotten", forgotten)

    def _is_due(self, matter: str, job: Job) -> bool:
        """Return whether to ask again: first at once, then after a tenth of the job's age, or an hour."""
        now = self._elapsed()
        asked_at = self._asked.get(matter)
        if asked_at is not None and now - asked_at < min(LONGEST, self._ages.of(job.id, job.created_at) / 10):
            return False
        self._asked[matter] = now
        return True


def _is_left(job: Job) -> bool:
    """Return whether nobody works on the job any more, so that its cost is what ToAPIs says now."""
    return job.state in ENDED or (job.state is JobState.UNKNOWN and job.task_id is not None)


async def _for_all(jobs: Sequence[_J], duty: Callable[[_J], Awaitable[None]]) -> None:
    """Perform the duty for each job, or each id. An error is logged, and does not keep the duty from the others."""
    for job in jobs:
        if isinstance(job, Job):
            log_privacy.note(job.order.prompt)
        try:
            await duty(job)
        except Exception:  # noqa: BLE001 - whatever it was, it is met again in a minute
            _log.exception("job %s: recovery failed", job.id if isinstance(job, Job) else job)
