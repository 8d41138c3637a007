"""The rows of the jobs that people see. The engine's own tables are never read for them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal

import sqlalchemy as sa

from bot.database import Database, Transaction
from bot.jobs import sources
from bot.jobs.job import WAYS_OUT, Job, JobState, Posted, Trouble
from bot.jobs.job_rows import job_of, readable
from bot.jobs.lineage import is_near
from bot.jobs.slot import FIRST, Slot
from bot.jobs.table import JOBS

CancelOutcome = Literal["free", "buying", "bought"]
"""What a cancellation found: not purchased; purchase in flight (the job ends once its outcome is known); purchased."""

REMEMBERED = 10_000
"""Jobs that this process remembers to have written."""


class Jobs:
    """Reads and writes jobs. Every change is safe to repeat, since a step may run twice.

    New jobs belong to the ``slot``, and a process that lost it changes the state of none.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time, slot: Slot | None = None) -> None:
        self._database = database
        self._clock = clock
        self._slot = slot or Slot()
        self._added: OrderedDict[str, None] = OrderedDict()

    def is_new(self, job_id: str) -> bool:
        """Return whether this process wrote the job. False, too, where that was too many jobs ago to be remembered."""
        return job_id in self._added

    async def add(self, within: Transaction, job: Job, idempotency_key: str | None = None) -> None:
        """Write a new job, in the caller's transaction (the one that reserves its money).

        ``idempotency_key`` names the press or message that ordered it, so that a second order by it is recognised.
        """
        destination = job.destination
        self._added[job.id] = None
        while len(self._added) > REMEMBERED:
            self._added.popitem(last=False)
        await within.execute(
            sa.insert(JOBS).values(
                id=job.id,
                state=job.state,
                created_at=job.created_at,
                member_id=destination.requester_id,
                guild_id=destination.guild_id,
                count=job.order.count,
                price=job.price,
                order=asdict(job.order),
                destination=asdict(destination),
                model=job.order.model,
                channel_id=destination.channel_id,
                place_id=destination.place_id,
                parent_id=job.parent_id,
                origin=idempotency_key,
                key_id=job.key_id,
                slot=self._slot.number,
            )
        )
        await sources.note(within, job)

    async def is_duplicate(self, within: Transaction, member_id: int, idempotency_key: str, *, since: float) -> bool:
        """Return whether a job of this member with the same key was created at or after ``since`` (Unix seconds)."""
        duplicate = sa.and_(JOBS.c.member_id == member_id, JOBS.c.origin == idempotency_key, JOBS.c.created_at >= since)
        return await within.scalar(sa.select(JOBS.c.id).where(duplicate).limit(1)) is not None

    async def get(self, job_id: str) -> Job | None:
        """Return the job, or None."""
        async with self._database.read() as read:
            row = (await read.execute(sa.select(JOBS).where(JOBS.c.id == job_id))).one_or_none()
        return job_of(row) if row else None

    async def in_state(self, *states: JobState) -> Sequence[Job]:
        """Return the slot's jobs in one of these states, oldest first: also those of a clock ahead of today's."""
        ours = sa.func.coalesce(JOBS.c.slot, FIRST) == self._slot.number
        query = sa.select(JOBS).where(JOBS.c.state.in_(states), ours)
        async with self._database.read() as read:
            return readable(await read.execute(query.order_by(JOBS.c.created_at)))

    async def ids_in_state(self, *states: JobState) -> Sequence[str]:
        """Return the ids of all jobs in one of these states, those of rows that can't be read included."""
        async with self._database.read() as read:
            return (await read.scalars(sa.select(JOBS.c.id).where(JOBS.c.state.in_(states)))).all()

    async def place(self, job_id: str, **parts: Any) -> Job:
        """Store parts of the Destination that became known (card_id, place_id, source_id, word). Return the new job."""
        async with self._database.write() as write:
            return await self.place_within(write, job_id, **parts)

    async def place_within(self, write: Transaction, job_id: str, **parts: Any) -> Job:
        """Store parts of the Destination as ``place`` does, in the caller's transaction."""
        mine = JOBS.c.id == job_id
        # Locked: of two that note at once the second must read what the first wrote. SQLite has one writer anyway.
        job = job_of((await write.execute(sa.select(JOBS).where(mine).with_for_update())).one())
        destination = replace(job.destination, **parts)
        more = {"place_id": parts["place_id"]} if "place_id" in parts else {}
        await write.execute(sa.update(JOBS).where(mine).values(destination=asdict(destination), **more))
        return replace(job, destination=destination)

    async def move(self, job_id: str, to: JobState, *, only_from: JobState | None = None, **known: Any) -> bool:
        """Move the job to a state and store what became known (columns).

        Return False, changing nothing, where no way leads there.

        A second time is fine, since a step may run twice; with ``only_from`` it returns False. Raises Unavailable where
        another process has the slot by now.
        """
        async with self._database.write() as write:
            return await self._move(write, job_id, to, only_from=only_from, **known)

    async def _move(
        self, write: Transaction, job_id: str, to: JobState, *, only_from: JobState | None = None, **known: Any
    ) -> bool:
        if isinstance(known.get("trouble"), Trouble):
            known["trouble"] = asdict(known["trouble"])
        sources = [state for state, ways in WAYS_OUT.items() if to in ways] + [to]
        if only_from is not None:
            sources = [state for state in sources if state is only_from]
        await self._slot.check(write)
        here = sa.and_(JOBS.c.id == job_id, JOBS.c.state.in_(sources))
        return bool((await write.execute(sa.update(JOBS).where(here).values(state=to, **known))).rowcount)

    async def deliver(self, job_id: str, posted: Posted | None) -> Job:
        """Move the job to its delivery, store where the result is, and return it.

        ``posted`` is None where the result was deleted while it was posted.
        """
        parts = {} if posted is None else {"result_place_id": posted.place_id}
        result_id = None if posted is None else posted.message_id
        async with self._database.write() as write:
            job = await self.place_within(write, job_id, **parts)
            if await self._move(write, job_id, JobState.DELIVERED, result_id=result_id):
                job = replace(job, state=JobState.DELIVERED, result_id=result_id)
        return job

    async def is_cancelled(self, job_id: str) -> bool:
        """Return whether the job was cancelled."""
        query = sa.select(JOBS.c.called_off_at).where(JOBS.c.id == job_id)
        async with self._database.read() as read:
            return await read.scalar(query) is not None

    async def cancel(self, job_id: str, by: int) -> CancelOutcome | None:
        """Cancel the job for a member. Return what was found, or None where it is too late or it was cancelled before.

        A single statement for each way: a purchase at the same moment sees the cancellation, or is seen by it.
        """
        now = {"called_off_at": self._clock(), "called_off_by": by}
        mine = sa.and_(JOBS.c.id == job_id, JOBS.c.called_off_at.is_(None))
        bought = JOBS.c.state == JobState.SUBMITTED
        free = sa.and_(JOBS.c.state == JobState.ACCEPTED, JOBS.c.intended_at.is_(None))
        ways: list[tuple[CancelOutcome, sa.ColumnElement[bool], dict[str, Any]]] = [
            ("free", free, {**now, "state": JobState.CANCELLED}),
            ("bought", bought, {**now, "state": JobState.CANCELLED}),
            ("buying", JOBS.c.state == JobState.ACCEPTED, now),
        ]
        async with self._database.write() as write:
            for outcome, where, values in ways:
                if (await write.execute(sa.update(JOBS).where(mine, where).values(**values))).rowcount:
                    return outcome
        return None

    async def forget_result(self, job_id: str, message_id: int | None = None) -> None:
        """Record that the result was deleted from where people saw it: from that message, if it is known which."""
        erased = message_id or sa.func.coalesce(JOBS.c.erased_id, JOBS.c.result_id)
        values = {"result_id": None, "erased_id": sa.case((JOBS.c.forgotten_at.is_(None), erased))}
        async with self._database.write() as write:
            await write.execute(sa.update(JOBS).where(JOBS.c.id == job_id).values(values))

    async def has_erased(self, within: Transaction, message_ids: Collection[int]) -> bool:
        """Return whether one of these messages brought a picture that was deleted. In the caller's transaction."""
        query = sa.select(JOBS.c.id).where(JOBS.c.erased_id.in_(message_ids)).limit(1)
        return bool(message_ids) and await within.scalar(query) is not None

    async def lost_a_source(self, job: Job) -> bool:
        """Return whether a painted picture that the job was made from was deleted since."""
        async with self._database.read() as read:
            return await self.has_erased(read, {source.message_id for source in job.order.sources if source.message_id})

    async def made_from(self, message_ids: Collection[int]) -> list[Job]:
        """Return the jobs whose orders take a picture from one of these messages, except forgotten orders."""
        query = sa.select(JOBS).where(JOBS.c.id.in_(sources.from_messages(message_ids)))
        async with self._database.read() as read:
            return readable(await read.execute(query.order_by(JOBS.c.created_at, JOBS.c.id)))

    async def lineage(self, job_id: str, most: int = 60) -> list[Job]:
        """Return the job and those that it came of, the first one first: the nearest ``most``, none from elsewhere."""
        line: list[Job] = []
        wanted: str | None = job_id
        async with self._database.read() as read:
            while wanted is not None and len(line) < most:
                row = (await read.execute(sa.select(JOBS).where(JOBS.c.id == wanted))).one_or_none()
                job = job_of(row) if row else None
                if job is None or (line and not is_near(job, line[-1])):
                    break
                line.append(job)
                wanted = job.parent_id
        return line[::-1]

    async def history(self, *, member_id: int | None, place_id: int | None, skip: int, most: int) -> list[Job]:
        """Return past jobs, the newest first: a member's, those of a channel or thread, or both."""
        query = sa.select(JOBS).where(sa.or_(JOBS.c.unwanted_at.is_(None), JOBS.c.forgotten_at.is_(None)))
        if member_id is not None:
            query = query.where(JOBS.c.member_id == member_id)
        if place_id is not None:
            query = query.where(sa.or_(JOBS.c.channel_id == place_id, JOBS.c.place_id == place_id))
        query = query.order_by(JOBS.c.created_at.desc(), JOBS.c.id).offset(skip).limit(most)
        async with self._database.read() as read:
            return readable(await read.execute(query))

    async def last_in(self, place_id: int) -> Job | None:
        """Return the newest job whose pictures come into this channel or thread, or None."""
        query = sa.select(JOBS).where(JOBS.c.place_id == place_id).order_by(JOBS.c.created_at.desc()).limit(1)
        async with self._database.read() as read:
            row = (await read.execute(query)).one_or_none()
        return job_of(row) if row else None

    async def last_delivered(self, place_id: int) -> Job | None:
        """Return the newest job with a picture in a channel or thread, or None."""
        mine = sa.and_(JOBS.c.place_id == place_id, JOBS.c.state == JobState.DELIVERED, JOBS.c.result_id.is_not(None))
        async with self._database.read() as read:
            row = (
                await read.execute(sa.select(JOBS).where(mine).order_by(JOBS.c.created_at.desc()).limit(1))
            ).one_or_none()
        return job_of(row) if row else None
