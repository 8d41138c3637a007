"""The messages and owners of the pictures that orders use, in tables of their own, so that both can be searched.

In the caller's transaction. ``bot.privacy.forget_jobs`` says when which of it goes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa

from bot.database import Rows, Transaction, metadata, rows_of
from bot.jobs.job import Job
from bot.jobs.table import JOBS
from bot.orders import UNKNOWN

ORDER_MESSAGES: Final = sa.Table(
    "order_messages",
    metadata,
    sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("job_id", sa.String(32), primary_key=True),
    sa.Index("order_messages_of_job", "job_id"),
)
ORDER_OWNERS: Final = sa.Table(
    "order_owners",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("job_id", sa.String(32), primary_key=True),
    sa.Index("order_owners_of_job", "job_id"),
)


async def note(within: Transaction, job: Job) -> None:
    """Record the messages of a new order's pictures, and their owners except the requester."""
    messages = {source.message_id for source in job.order.sources if source.message_id}
    owners = job.order.owners - {UNKNOWN, job.destination.requester_id}
    if messages:
        rows: list[dict[str, Any]] = [{"message_id": message_id, "job_id": job.id} for message_id in messages]
        await within.execute(sa.insert(ORDER_MESSAGES), rows)
    if owners:
        rows = [{"member_id": member_id, "job_id": job.id} for member_id in owners]
        await within.execute(sa.insert(ORDER_OWNERS), rows)


def from_messages(message_ids: Collection[int]) -> sa.Select[tuple[str]]:
    """Select the ids of the jobs whose orders take a picture from one of these messages."""
    return sa.select(ORDER_MESSAGES.c.job_id).where(ORDER_MESSAGES.c.message_id.in_(message_ids))


async def uses(within: Transaction, member_id: int) -> Rows:
    """Yield the moments at which others used this member's pictures. The orders themselves belong to others."""
    joined = ORDER_OWNERS.join(JOBS, JOBS.c.id == ORDER_OWNERS.c.job_id)
    query = sa.select(JOBS.c.created_at).select_from(joined).where(ORDER_OWNERS.c.member_id == member_id)
    async for row in rows_of(within, query.order_by(JOBS.c.created_at)):
        yield {"created_at": row["created_at"]}


async def keep_all(_: Transaction, __: int, ___: float) -> Sequence[str]:
    """Keep everything when a member is forgotten.

    What was painted from their pictures stays in Discord, and so do their rights in it.
    """
    return ()


async def forget_messages(within: Transaction, job_ids: Sequence[str]) -> None:
    """Clear from which messages these orders took pictures."""
    await within.execute(sa.delete(ORDER_MESSAGES).where(ORDER_MESSAGES.c.job_id.in_(job_ids)))


async def drop(within: Transaction, job_ids: Sequence[str]) -> None:
    """Remove all of these orders."""
    await forget_messages(within, job_ids)
    await within.execute(sa.delete(ORDER_OWNERS).where(ORDER_OWNERS.c.job_id.in_(job_ids)))
