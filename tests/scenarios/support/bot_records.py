"""The bot's own database, read from outside: its rows about jobs and their money."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import sqlalchemy as sa

from playground.world.state import SLOWEST


class BotRecords:
    """The bot's own database, read from outside."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url)

    def close(self) -> None:
        self._engine.dispose()

    def money(self, job_id: str) -> tuple[str, int] | None:
        """Return how the job's money was closed and its amount in micro-dollars, or None while it is held."""
        query = sa.text("SELECT kind, amount FROM ledger WHERE job_id = :id AND phase = 'close'")
        with self._engine.connect() as connection:
            row = connection.execute(query, {"id": job_id}).one_or_none()
        return (row.kind, row.amount) if row else None

    def price(self, job_id: str) -> int:
        """Return the price reserved for the job, in micro-dollars."""
        with self._engine.connect() as connection:
            query = sa.text("SELECT price FROM jobs WHERE id = :id")
            return int(connection.execute(query, {"id": job_id}).scalar_one())

    def prompt(self, job_id: str) -> str:
        query = sa.text('SELECT "order" FROM jobs WHERE id = :id')
        with self._engine.connect() as connection:
            stored = connection.execute(query, {"id": job_id}).scalar_one()
        order = stored if isinstance(stored, dict) else json.loads(stored)  # PostgreSQL returns JSON already decoded
        return str(order["prompt"])

    def over(self) -> set[str]:
        """Return the ids of the jobs that the bot works on no more: they and their workflows have ended."""
        query = sa.text(
            "SELECT jobs.id FROM jobs JOIN workflows ON workflows.job_id = jobs.id "
            "WHERE jobs.state IN ('delivered', 'failed', 'cancelled') "
            "GROUP BY jobs.id HAVING count(*) = count(workflows.ended_at)"
        )
        with self._engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def workflows(self) -> int:
        """Count the workflows that have not ended. A job has none from its answer until a moment after it."""
        query = sa.text("SELECT count(*) FROM workflows WHERE ended_at IS NULL")
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def jobs(self) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(sa.text("SELECT count(*) FROM jobs")).scalar_one())

    def reporters(self, job_id: str) -> int:
        """Count the stored reports of the job's picture."""
        with self._engine.connect() as connection:
            query = sa.text("SELECT count(*) FROM complaint_voices WHERE job_id = :id")
            return int(connection.execute(query, {"id": job_id}).scalar_one())

    def age(self, job_id: str, seconds: float) -> None:
        """Move the job's submission so many seconds into the past, for scenarios that take a day."""
        query = sa.text("UPDATE jobs SET submitted_at = submitted_at - :seconds WHERE id = :id")
        with self._engine.begin() as connection:
            connection.execute(query, {"seconds": seconds, "id": job_id})

    def change(self, statement: str, job_id: str) -> None:
        """Execute a statement that the bot never would, with the job's id as ``:id``."""
        with self._engine.begin() as connection:
            connection.execute(sa.text(statement), {"id": job_id})

    async def until(self, predicate: Callable[[], object], timeout: float = 20.0) -> None:
        """Wait until the predicate holds; ``timeout``: seconds of a quiet machine. Raises TimeoutError."""
        async with asyncio.timeout(timeout * SLOWEST):
            while not predicate():  # noqa: ASYNC110 - no event reaches us from another process's database
                await asyncio.sleep(0.05)
