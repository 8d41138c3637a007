"""The WebhookEvents: which tasks have ended by the word of a webhook. Any process records; the job's owner looks.

An event may come before the create's answer was stored, or while nobody waits: it is found when the wait begins. On
PostgreSQL every recorded event is told to all processes as well (NOTIFY), once it is committed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bot.database import Database, metadata, upsert
from bot.jobs.table import JOBS
from bot.toapis.webhook import Event

EVENTS: Final = sa.Table(
    "webhook_events",
    metadata,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("job_id", sa.String(200)),
    sa.Column("task_id", sa.String(200)),
    sa.Column("seconds", sa.Integer),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("webhook_events_of_job", "job_id"),
    sa.Index("webhook_events_of_task", "task_id"),
    sa.Index("webhook_events_at", "at"),
)

LAST: Final = 36 * 3600.0
"""Seconds for which events are kept. ToAPIs repeats an event for 31 hours at most."""

PURGE_EVERY: Final = 3600.0

CHANNEL: Final = "retouch_webhooks"
"""The channel on which PostgreSQL tells every process of an event."""

MOST: Final = 1000
"""Events that are read at once."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a task: whose it was, and how many seconds it took by ToAPIs' clock, if that was said."""

    job_id: str | None
    task_id: str | None
    seconds: int | None = None

    @classmethod
    def told(cls, payload: str) -> Ending:
        """Read what PostgreSQL told. Raise ValueError or TypeError for anything that was not sent by ``record``."""
        return cls(*json.loads(payload))


class WebhookEvents:
    """Records events, each once. ``clock`` is in Unix seconds."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._tells = database.kind == "PostgreSQL"
        self._purged_at = 0.0

    async def record(self, event: Event) -> bool:
        """Record an event. Return whether it is new: ToAPIs may send it again, and then nothing changes."""
        values = {"job_id": event.job_id, "task_id": event.task_id, "seconds": event.seconds, "at": self._clock()}
        async with self._database.write() as write:
            insert = upsert(write, EVENTS).values(id=event.id, **values).on_conflict_do_nothing()
            is_new = await write.scalar(insert.returning(EVENTS.c.id)) is not None
            if is_new and self._tells:
                payload = json.dumps([event.job_id, event.task_id, event.seconds])
                await write.execute(sa.select(sa.func.pg_notify(CHANNEL, payload)))
        return is_new

    async def of(self, job_id: str, task_id: str | None) -> Ending | None:
        """Return the end of a job's task, if an event told of it."""
        theirs = EVENTS.c.job_id == job_id
        if task_id is not None:
            theirs = sa.or_(theirs, EVENTS.c.task_id == task_id)
        async with self._database.read() as read:
            row = (await read.execute(sa.select(EVENTS).where(theirs).limit(1))).first()
        return _ending(row) if row else None

    async def since(self, moment: float) -> Sequence[Ending]:
        """Return what was recorded at or after a moment (Unix seconds), the newest first, at most ``MOST``."""
        query = sa.select(EVENTS).where(EVENTS.c.at >= moment).order_by(EVENTS.c.at.desc()).limit(MOST)
        async with self._database.read() as read:
            return [_ending(row) for row in await read.execute(query)]

    async def payer(self, job_id: str) -> tuple[bool, str | None]:
        """Return whether there is such a job, and the server's own key that pays it; None: the operator's."""
        async with self._database.read() as read:
            row = (await read.execute(sa.select(JOBS.c.key_id).where(JOBS.c.id == job_id))).first()
        return row is not None, row.key_id if row else None

    async def purge(self) -> None:
        """Delete what is old, once an hour. A chore of recovery."""
        now = self._clock()
        if 0 <= now - self._purged_at < PURGE_EVERY:
            return
        async with self._database.write() as write:
            await write.execute(sa.delete(EVENTS).where(EVENTS.c.at < now - LAST))
        self._purged_at = now


def _ending(row: Any) -> Ending:
    return Ending(row.job_id, row.task_id, row.seconds)
