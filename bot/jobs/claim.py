"""The Claim: the right to send a job's create. The job's row decides, whatever a process or the engine remembers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from bot.database import Database
from bot.jobs.job import JobState
from bot.jobs.slot import Fence, still_held
from bot.jobs.table import JOBS

RESTORED_CLAIM: Final = "restored"
"""Claims each open job of a restored database (``bot/backup/mark.py``): a later life, which the copy does not know, may
have sent its create. ``at`` is the moment of the copy."""

Claimed = Literal["mine", "cancelled", "taken", "fenced"]
"""What a claim met. ``mine``: send it now. ``cancelled``: nobody wants the job any more. ``taken``: another send was
claimed meanwhile, or the job was bought. ``fenced``: another process holds the slot."""


@dataclass(frozen=True, slots=True)
class Send:
    """The last send of a job's create, as its row tells it. ``number`` counts from 1; 0: none was claimed yet.

    ``claim_id`` names the claim until its outcome is known; ``at`` is when it was claimed (Unix seconds).
    """

    number: int
    claim_id: str | None
    at: float | None
    task_id: str | None
    cancelled: bool

    @classmethod
    def of(cls, row: Any) -> Send:
        """Read the last send from a job's row."""
        return cls(row.sends or 0, row.claim_id, row.intended_at, row.task_id, row.called_off_at is not None)

    @property
    def in_doubt(self) -> bool:
        """Return whether the send may have bought something that is not known yet."""
        # The previous version noted its intent, and nothing about sends.
        of_before = self.number == 0 and self.at is not None
        return self.task_id is None and (self.claim_id is not None or of_before)


def _sends() -> sa.ColumnElement[int]:
    return sa.func.coalesce(JOBS.c.sends, 0)


def _has_no_old_intent() -> sa.ColumnElement[bool]:
    """Build the condition that the row holds no intent of the previous version, the outcome of which nobody knows."""
    return sa.or_(JOBS.c.sends.is_not(None), JOBS.c.intended_at.is_(None))


class Claims:
    """Claims of sends. Of all processes only one can claim a send, and the next only after its outcome is known."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def last(self, job_id: str) -> Send | None:
        """Return the last send of a job, or None where there is no such job."""
        columns = (JOBS.c.sends, JOBS.c.claim_id, JOBS.c.intended_at, JOBS.c.task_id, JOBS.c.called_off_at)
        async with self._database.read() as read:
            row = (await read.execute(sa.select(*columns).where(JOBS.c.id == job_id))).one_or_none()
        return Send.of(row) if row else None

    async def claim(self, job_id: str, number: int, claim_id: str, *, fence: Fence | None) -> Claimed:
        """Record a claim of the ``number``-th send, and the intent to buy. The same ``claim_id`` again renews it.

        The claim belongs to one caller, all sends of which have a known outcome. So it is not renewed where the job was
        cancelled meanwhile: nothing was bought under it. ``fence`` is the slot and the number under which it is held;
        None where no other process can hold it.
        """
        now = self._clock()
        again = sa.and_(_sends() == number, JOBS.c.claim_id == claim_id)
        first = sa.and_(_sends() == number - 1, JOBS.c.claim_id.is_(None), _has_no_old_intent())
        wanted = sa.and_(JOBS.c.state == JobState.ACCEPTED, JOBS.c.called_off_at.is_(None))
        free = sa.and_(JOBS.c.id == job_id, wanted, JOBS.c.task_id.is_(None), sa.or_(again, first))
        values = {"sends": number, "claim_id": claim_id, "intended_at": now}
        async with self._database.write() as write:
            held = sa.true() if fence is None else still_held(fence)
            if (await write.execute(sa.update(JOBS).where(free, held).values(values))).rowcount:
                return "mine"
        return await self._why_not(job_id, claim_id, fence)

    async def _why_not(self, job_id: str, claim_id: str, fence: Fence | None) -> Claimed:
        async with self._database.read() as read:
            if fence is not None and not await read.scalar(sa.select(still_held(fence))):
                return "fenced"
        send = await self.last(job_id)
        if send is None or (send.cancelled and send.claim_id == claim_id):
            return "cancelled"
        return "taken" if send.in_doubt or send.task_id is not None else "cancelled"

    async def close(self, job_id: str, number: int, claim_id: str | None) -> None:
        """Record that no task came of this send: ToAPIs refused it, or the look-up proved it.

        Then the next can be claimed.

        Nothing changes where it is not the last send any more.
        """
        last = sa.and_(JOBS.c.id == job_id, _sends() == number, JOBS.c.claim_id.is_not_distinct_from(claim_id))
        # A send of the previous version has no number: from now on it is the first.
        values = {"sends": max(number, 1), "claim_id": None}
        async with self._database.write() as write:
            await write.execute(sa.update(JOBS).where(last).values(values))
