"""A Job from its row in the database."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from bot import log_privacy
from bot.jobs.claim import Send
from bot.jobs.job import Destination, Job, JobState, Trouble
from bot.money import Micros
from bot.orders import Order, Source

_log = logging.getLogger(__name__)


def readable(rows: Iterable[Any]) -> list[Job]:
    """Return the jobs of these rows. A row that can't be read is logged and left out: it must not hide the others."""
    jobs = []
    for row in rows:
        try:
            jobs.append(job_of(row))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            _log.error("job %s: its row can't be read: %s", row.id, type(error).__name__)
    return jobs


def job_of(row: Any) -> Job:
    """Return the job of a whole row. Raises where the row was not written by us."""
    order = dict(row.order)
    log_privacy.note(str(order["prompt"]))
    sources = tuple(Source.restored(source) for source in order.pop("sources"))
    owner_ids = order.pop("owner_ids", None)
    return Job(
        id=row.id,
        order=Order(**order, sources=sources, owner_ids=None if owner_ids is None else tuple(owner_ids)),
        destination=Destination(**row.destination),
        state=JobState(row.state),
        price=Micros(row.price),
        created_at=row.created_at,
        task_id=row.task_id,
        submitted_at=row.submitted_at,
        painted_at=row.painted_at,
        result_id=row.result_id,
        trouble=Trouble(**row.trouble) if row.trouble else None,
        parent_id=row.parent_id,
        cancelled_at=row.called_off_at,
        cancelled_by=row.called_off_by,
        forgotten_at=row.forgotten_at,
        erased_id=row.erased_id,
        key_id=row.key_id,
        slot=row.slot or 0,
        in_doubt=Send.of(row).in_doubt,
    )
