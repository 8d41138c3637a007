"""The rows of the jobs that people see. The engine's own tables are never read for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from bot.database import Database, Transaction, metadata
from bot.gate import Standing
from bot.jobs.job import RUNNING, WAYS_OUT, Destination, Job, JobState, Trouble
from bot.money import Micros
from bot.toapis.models import Order, Source

DAY = 24 * 3600.0

_jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("price", sa.BigInteger, nullable=False),
    sa.Column("order", sa.JSON, nullable=False),
    sa.Column("destination", sa.JSON, nullable=False),
    sa.Column("task_id", sa.String(200)),
    sa.Column("submitted_at", sa.Float),
    sa.Column("result_id", sa.BigInteger),
    sa.Column("trouble", sa.JSON),
    sa.Index("jobs_of_member", "member_id", "created_at"),
)


class Jobs:
    """Reads and writes jobs. What changes a job is an upsert by its id: a step may do it twice."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def add(self, within: Transaction, job: Job) -> None:
        """Writes a new job, in the caller's transaction (the one that reserves its money)."""
        destination = job.destination
        await within.execute(
            sa.insert(_jobs).values(
                id=job.id,
                state=job.state,
                created_at=job.created_at,
                member_id=destination.requester_id,
                guild_id=destination.guild_id,
                count=job.order.count,
                price=job.price,
                order=asdict(job.order),
                destination=asdict(destination),
            )
        )

    async def get(self, job_id: str) -> Job | None:
        """The job, or None."""
        async with self._database.read() as read:
            row = (await read.execute(sa.select(_jobs).where(_jobs.c.id == job_id))).one_or_none()
        return _job(row) if row else None

    async def standing(self, within: Transaction, member_id: int) -> Standing:
        """Where a member stands. In the transaction that adds the next job, so that no two orders both pass."""
        mine = _jobs.c.member_id == member_id
        lately = sa.and_(mine, _jobs.c.created_at > self._clock() - DAY)
        today = sa.and_(lately, _jobs.c.state.not_in([JobState.FAILED, JobState.CANCELLED]))
        running = _jobs.c.state.in_(list(RUNNING))
        query = sa.select(  # one statement: everybody who orders at the same moment waits for it
            sa.func.sum(_jobs.c.count).filter(today).label("pictures"),
            sa.func.min(_jobs.c.created_at).filter(today).label("oldest"),
            sa.func.count().filter(sa.and_(running, mine)).label("running"),
            sa.func.count().filter(running).label("running_in_all"),
        ).where(sa.or_(lately, running))
        found = (await within.execute(query)).one()
        return Standing(
            pictures_today=int(found.pictures or 0),
            running=found.running,
            running_in_all=found.running_in_all,
            refills_at=found.oldest + DAY if found.oldest else None,
        )

    async def in_state(self, *states: JobState, older_than: float = 0.0) -> Sequence[Job]:
        """Jobs in one of these states that are at least ``older_than`` seconds old, oldest first."""
        before = self._clock() - older_than
        query = sa.select(_jobs).where(_jobs.c.state.in_(states), _jobs.c.created_at <= before)
        async with self._database.read() as read:
            return [_job(row) for row in await read.execute(query.order_by(_jobs.c.created_at))]

    async def place(self, job_id: str, **found: Any) -> Job:
        """Notes parts of the Destination that became known (card_id, place_id, source_id, word). The job after it."""
        async with self._database.write() as write:
            mine = _jobs.c.id == job_id
            # Locked: of two that note at once the second must read what the first wrote. SQLite has one writer anyway.
            known = (await write.execute(sa.select(_jobs.c.destination).where(mine).with_for_update())).scalar_one()
            await write.execute(sa.update(_jobs).where(mine).values(destination={**known, **found}))
            return _job((await write.execute(sa.select(_jobs).where(mine))).one())

    async def move(self, job_id: str, to: JobState, *, only_from: JobState | None = None, **known: Any) -> bool:
        """Moves the job on, with what became known (columns). False, and nothing changes, where no way leads there.

        A second time is fine, since a step may be done twice; with ``only_from`` it is False.
        """
        if isinstance(known.get("trouble"), Trouble):
            known["trouble"] = asdict(known["trouble"])
        sources = [state for state, ways in WAYS_OUT.items() if to in ways] + [to]
        if only_from is not None:
            sources = [state for state in sources if state is only_from]
        async with self._database.write() as write:
            here = sa.and_(_jobs.c.id == job_id, _jobs.c.state.in_(sources))
            changed = await write.execute(sa.update(_jobs).where(here).values(state=to, **known))
        return bool(changed.rowcount)


def _job(row: Any) -> Job:
    order = dict(row.order)
    sources = tuple(Source(**source) for source in order.pop("sources"))
    return Job(
        id=row.id,
        order=Order(**order, sources=sources),
        destination=Destination(**row.destination),
        state=JobState(row.state),
        price=Micros(row.price),
        created_at=row.created_at,
        task_id=row.task_id,
        submitted_at=row.submitted_at,
        result_id=row.result_id,
        trouble=Trouble(**row.trouble) if row.trouble else None,
    )
