"""The Purchase: the one paid call of a job, made so that a crash at any moment never pays twice.

The call ("create") can be lost: it was sent, and no answer came. ToAPIs may have made a task all the same. Therefore:

1. Claim. Right before each send its number is written to the job's row (``bot/jobs/claim.py``). Whoever the row names
   may send; everybody else (a later process, another process, this step run again) looks up that send's outcome first.
   A claim older than ``FRESH`` seconds is renewed before it is used.
2. Send. An answer with a task ends the purchase. A refusal means that no task was made: the claim is closed and the
   error raised. A lost answer, or a claim found open, leads to the look-up. Where nothing but the address for a webhook
   was refused, the same create is sent without it, under the same claim.
3. Look up the task by our own id (``bot/jobs/lookup.py``), for as long as a slow create may still be in flight. A task
   that is found ends the purchase, as if it had been answered.
4. "No such task" counts only where the look-up is proved to work. Then the claim is closed and the create is sent once
   more, ``ROUNDS`` times in all. Where it is not proved, CreateLost: the money stays held, and recovery looks on.

Nothing that we do not understand may end in "not bought" once a send was claimed.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from bot.errors import CreateLocked, CreateLost, JobCancelled, KeyLocked, KeyRefused, RetouchError, ToAPIsError
from bot.jobs.accounts import Accounts
from bot.jobs.ages import Ages
from bot.jobs.claim import RESTORED_CLAIM, Claims, Send
from bot.jobs.engine import Engine
from bot.jobs.job import Job, JobState
from bot.jobs.slot import Slot
from bot.jobs.store import Jobs
from bot.jobs.webhooks import Webhooks
from bot.ledger import Ledger
from bot.toapis.catalogue.catalogue import Catalogue
from bot.toapis.retry import CallbackRefused
from bot.toapis.tasks import Task

ROUNDS = 3
"""How many times a create may be sent, each but the first only after a proved "no such task"."""

FRESH = 5.0
"""Seconds. A claim that took longer is renewed before it is used: this process may have been frozen meanwhile."""

_log = logging.getLogger(__name__)


class _Taken(Exception):
    """Another send was claimed, or the job is bought."""


class Purchase:
    """Buys a job's task. ``buy`` can be run again after a crash at any moment, and then returns the same task."""

    def __init__(
        self,
        *,
        engine: Engine,
        jobs: Jobs,
        claims: Claims,
        ledger: Ledger,
        accounts: Accounts,
        catalogue: Callable[[], Catalogue],
        slot: Slot | None = None,
        webhooks: Webhooks | None = None,
        ages: Ages | None = None,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._claims = claims
        self._ledger = ledger
        self._accounts = accounts
        self._catalogue = catalogue
        self._slot = slot or Slot()
        self._webhooks = webhooks
        self._clock = clock
        self._ages = ages or Ages(clock, elapsed)
        self._elapsed = elapsed
        self._sent: dict[str, float] = {}
        """By job the create of which this process may have sent: the latest moment of its sending, by ``elapsed``."""
        self._unsent: dict[str, str] = {}
        """By job whose claim failed: the claim that may have been written, and under which nothing was sent."""

    async def buy(self, job: Job, urls: Sequence[str]) -> str:
        """Return the task's id. Raises the refusal of ToAPIs, or CreateLost where the outcome stays unknown."""
        try:
            for _ in range(ROUNDS):
                task_id = await self._engine.run("submit", self._submit, job, urls)
                if task_id is not None:
                    await self._engine.run("prove", self._prove, job, task_id)
                    return task_id
        except RetouchError:
            raise
        except Exception as error:
            # After an intent, nothing that we do not understand may end in "not bought".
            raise CreateLost(f"the submit step broke: {error!r}") from error
        finally:
            self._unsent.pop(job.id, None)
            self._sent.pop(job.id, None)
        raise CreateLost(f"sent {ROUNDS} times, and each time no task came of it")

    async def outcome(self, job: Job) -> str | None:
        """Return the id of the task that a send of another life made, or None where it is proved that there is none.

        Raises CreateLost where that stays unknown.
        """
        try:
            return await self._engine.run("submit", self._looked_up, job)
        finally:
            self._sent.pop(job.id, None)

    async def task_of(self, job: Job) -> str | None:
        """Return the id of the task that ToAPIs has of this job, or None where it tells of none now."""
        try:
            task = await (await self._accounts.of(job)).toapis.find(job.id)
        except ToAPIsError as error:
            _log.warning("job %s: can't be looked up now: %s", job.id, error.detail)
            return None
        return task.task_id if task is not None else None

    async def _looked_up(self, job: Job) -> str | None:
        send = await self._last(job.id)
        return await self._look(job, send) if send.in_doubt else send.task_id

    async def _submit(self, job: Job, urls: Sequence[str]) -> str | None:
        """Return the task's id, or None where it is proved that there is none, so that the create may be sent again.

        Only the caller that claims the next send may make it. All others (a later process, another process, this step
        run once more) look up what the last send bought. Raises JobCancelled where the job was cancelled before that.
        """
        while True:
            send = await self._last(job.id)
            claim_id = self._unsent.pop(job.id, None)
            if send.task_id is not None:
                return send.task_id
            if send.in_doubt and send.claim_id != claim_id:
                return await self._look(job, send)
            if send.cancelled and not send.in_doubt:
                raise JobCancelled
            number = send.number if send.in_doubt else send.number + 1
            try:
                task_id = await self._create(job, urls, number, claim_id or uuid.uuid4().hex)
            except _Taken:
                continue
            if task_id is None:
                return await self._look(job, await self._last(job.id))
            return await self._bought(job, task_id)

    async def _last(self, job_id: str) -> Send:
        send = await self._claims.last(job_id)
        if send is None:
            raise RetouchError("the job was deleted")
        return send

    async def _create(self, job: Job, urls: Sequence[str], number: int, claim_id: str) -> str | None:
        """Send the create. Return None where its answer was lost.

        Raises the refusal of ToAPIs, after which there is no task.
        """
        reservation = await self._ledger.reservation(job.id)
        if reservation is None:
            raise RetouchError("its money is not held any more")
        model = self._catalogue().model(job.order.model)
        account = await self._accounts.of(job)
        permit = partial(self._permit, job.id, number, claim_id)
        send = partial(account.toapis.create, job.order, model, urls, reservation, permit=permit)
        callback_url = None if self._webhooks is None else await self._webhooks.callback_for(job)
        try:
            task = await self._send(job, send, callback_url)
        except CreateLost as error:
            _log.warning("job %s: the answer to its create was lost: %s", job.id, error.detail)
            self._sent[job.id] = self._elapsed()  # it may have begun as late as now: paced, and repeated after a 429
            return None
        except RetouchError:
            await self._claims.close(job.id, number, claim_id)
            raise
        return task.task_id

    async def _send(self, job: Job, send: Callable[..., Awaitable[Task]], callback_url: str | None) -> Task:
        """Send the create. Send it again without the address for a webhook where ToAPIs refuses that: no task came."""
        if self._webhooks is not None and callback_url is not None:
            try:
                return await send(callback_url=callback_url)
            except CallbackRefused as error:
                await self._webhooks.refused(job, error.detail)
        return await send()

    async def _permit(self, job_id: str, number: int, claim_id: str) -> None:
        """Take the claim right before the send. Raises JobCancelled, or _Taken where another caller was faster."""
        while True:
            fence = await self._slot.mine()
            began = time.monotonic()
            try:
                claimed = await self._claims.claim(job_id, number, claim_id, fence=fence)
            except Exception:
                self._unsent[job_id] = claim_id  # it may be written, and nothing was sent
                raise
            if claimed == "cancelled":
                raise JobCancelled
            if claimed == "taken":
                raise _Taken
            if claimed == "fenced":
                self._slot.doubt()
            elif time.monotonic() - began < FRESH:
                return

    async def _bought(self, job: Job, task_id: str) -> str:
        now = self._clock()
        self._ages.begin(job.id, now)
        await self._jobs.move(job.id, JobState.SUBMITTED, task_id=task_id, submitted_at=now)
        return task_id

    async def _prove(self, job: Job, task_id: str) -> None:
        """Test the look-up with this purchase. Never raises: the task is bought."""
        try:
            await (await self._accounts.of(job)).lookup.prove(job.id, task_id)
        except ToAPIsError as error:
            _log.warning("job %s: the look-up can't be proved: %s", job.id, error.detail)

    async def _look(self, job: Job, send: Send) -> str | None:
        """Return the task of a send by this or another process, or None where there is proved to be none.

        A send that this process did not see may have begun just now.
        """
        try:
            lookup = (await self._accounts.of(job)).lookup
            task_id = await lookup.find(job.id, since=self._sent.setdefault(job.id, self._elapsed()))
        except ToAPIsError as error:
            if isinstance(error, KeyRefused) and job.key_id is not None:
                raise  # what a server's own key bought before it was refused, only the server can see
            kind = CreateLocked if isinstance(error, KeyLocked) else CreateLost
            raise kind(f"the look-up was refused: {error.detail}") from error
        if task_id is not None:
            return await self._bought(job, task_id)
        copied_at = send.at if send.claim_id == RESTORED_CLAIM else None  # what was bought later is as new as that
        if not await lookup.is_proved(copied_at):
            raise CreateLost("no task is found, and the look-up was never proved to work")
        await self._claims.close(job.id, send.number, send.claim_id)
        self._sent.pop(job.id, None)
        return None
