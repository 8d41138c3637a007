"""The tables of the engine: each workflow, and the steps that it saved."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import sqlalchemy as sa

from bot.database import Database, Transaction, metadata, upsert
from bot.jobs.job import JobState
from bot.jobs.table import JOBS

WorkflowPhase = Literal["paint", "found"]
Ended = Literal["done", "broken", "cancelled"]
"""How a workflow ended. ``cancelled`` is written no more; an earlier version's engine did."""

WORKFLOWS: Final = sa.Table(
    "workflows",
    metadata,
    sa.Column("id", sa.String(48), primary_key=True),
    sa.Column("job_id", sa.String(32), nullable=False),
    sa.Column("phase", sa.String(8), nullable=False),
    sa.Column("slot", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("ended", sa.String(12)),
    sa.Column("ended_at", sa.Float),
    sa.Index("workflows_open", "slot", "ended_at", "created_at"),
    sa.Index("workflows_of_job", "job_id"),
)
STEPS: Final = sa.Table(
    "steps",
    metadata,
    sa.Column("workflow_id", sa.String(48), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(32), nullable=False),
    sa.Column("outcome", sa.JSON, nullable=False),
)

Along = Callable[[Transaction], Awaitable[object]]
"""Writes in the transaction of another."""

AT_A_TIME: Final = 200
"""Workflows that are read or deleted in one transaction."""


@dataclass(slots=True)
class SavedStep:
    """A step that has ended: its name, and ``{"value": …}`` or ``{"error": …}``."""

    name: str
    outcome: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """The place in the queue that a card shows since ``at`` (monotonic seconds); ``begins_at`` in Unix seconds."""

    number: int
    begins_at: float | None
    at: float


@dataclass(slots=True)
class Workflow:
    """A workflow that has not ended. ``saved`` are its steps that were saved, in their order.

    ``server`` and ``member`` ordered the job, in ``channel``.
    """

    id: str
    job_id: str
    phase: WorkflowPhase
    saved: list[SavedStep] = field(default_factory=list)
    server: int | None = None
    member: int = 0
    channel: int = 0
    created_at: float = field(default=0.0, compare=False)
    had_turn: bool = False
    """Whether an earlier life began it, or it is over: it has no place in the queue."""
    waits: bool = False
    """Whether it waits for its turn now."""
    shown: ShownPlace | None = None
    """The place that its card shows while it waits, where this process knows it."""
    repeated: int = 0
    """How many of the saved errors were met again in this life."""
    is_deleted: bool = False

    def next_error(self) -> dict[str, Any] | None:
        """Return the next error that an earlier life met, or None where this one has come as far.

        An error leads to the end of a workflow, by steps that meet the next one or none.
        """
        errors = [step.outcome["error"] for step in self.saved if "error" in step.outcome]
        if self.repeated >= len(errors):
            return None
        self.repeated += 1
        error: dict[str, Any] = errors[self.repeated - 1]
        return error

    def was_done(self, name: str) -> bool:
        """Return whether a step of this name was saved without an error."""
        return any(step.name == name and "value" in step.outcome for step in self.saved)


def workflow_id(job_id: str, phase: WorkflowPhase) -> str:
    """Return the id of a phase of a job's workflow."""
    return job_id if phase == "paint" else f"{job_id}-{phase}"


class Workflows:
    """Reads and writes the workflows of a slot. ``clock`` returns Unix seconds."""

    def __init__(self, database: Database, slot: int, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._slot = slot
        self._clock = clock

    async def add(self, workflow: Workflow, along: Along | None = None) -> bool:
        """Write a new workflow, and note whose it is. Return False where it is there already, also where it ended.

        ``along`` writes in the same transaction.
        """
        row = {
            "id": workflow.id,
            "job_id": workflow.job_id,
            "phase": workflow.phase,
            "slot": self._slot,
            "created_at": self._clock(),
        }
        async with self._database.write() as write:
            if along is not None:
                await along(write)
            insert = upsert(write, WORKFLOWS).on_conflict_do_nothing().returning(WORKFLOWS.c.id)
            if await write.scalar(insert, row) is None:
                return False
            whose = sa.select(JOBS.c.guild_id, JOBS.c.member_id, JOBS.c.channel_id).where(JOBS.c.id == workflow.job_id)
            if (job := (await write.execute(whose)).one_or_none()) is not None:
                workflow.server = job.guild_id
                workflow.member = job.member_id
                workflow.channel = job.channel_id
        return True

    async def unfinished(self, among: Collection[str] | None = None) -> list[Workflow]:
        """Return the workflows that have not ended, with their steps, in the order in which they were added.

        ``among`` limits them to these ids.
        """
        columns = (*WORKFLOWS.c, JOBS.c.guild_id, JOBS.c.member_id, JOBS.c.channel_id, JOBS.c.place_id, JOBS.c.state)
        is_open = sa.and_(WORKFLOWS.c.slot == self._slot, WORKFLOWS.c.ended_at.is_(None))
        tables = WORKFLOWS.outerjoin(JOBS, JOBS.c.id == WORKFLOWS.c.job_id)
        query = sa.select(*columns).select_from(tables).where(is_open)
        workflows: dict[str, Workflow] = {}
        async with self._database.snapshot() as read:
            for row in await read.execute(query.order_by(WORKFLOWS.c.created_at, WORKFLOWS.c.id)):
                if among is None or row.id in among:
                    workflows[row.id] = _open_workflow(row)
            for ids in _parts(list(workflows), AT_A_TIME):
                steps = (
                    sa.select(STEPS).where(STEPS.c.workflow_id.in_(ids)).order_by(STEPS.c.workflow_id, STEPS.c.number)
                )
                for row in await read.execute(steps):
                    workflows[row.workflow_id].saved.append(SavedStep(row.name, row.outcome))
        return list(workflows.values())

    async def last_turns(self, since: float) -> dict[tuple[int | None, int], float]:
        """Return when the last turn of each server and member was, of those from a moment on (Unix seconds).

        That moment is when their job was bought, a few seconds after its workflow began.
        """
        recent = sa.or_(WORKFLOWS.c.ended_at.is_(None), WORKFLOWS.c.ended_at >= since)
        bought = sa.and_(WORKFLOWS.c.slot == self._slot, recent, JOBS.c.submitted_at >= since)
        turns = sa.select(JOBS.c.guild_id, JOBS.c.member_id, sa.func.max(JOBS.c.submitted_at).label("at"))
        query = turns.select_from(WORKFLOWS.join(JOBS, JOBS.c.id == WORKFLOWS.c.job_id)).where(bought)
        async with self._database.snapshot() as read:
            rows = (await read.execute(query.group_by(JOBS.c.guild_id, JOBS.c.member_id))).all()
        return {(row.guild_id, row.member_id): row.at for row in rows}

    async def unfinished_ids(self) -> set[str]:
        """Return the ids of the workflows that have not ended."""
        is_open = sa.and_(WORKFLOWS.c.slot == self._slot, WORKFLOWS.c.ended_at.is_(None))
        async with self._database.read() as read:
            return set((await read.scalars(sa.select(WORKFLOWS.c.id).where(is_open))).all())

    async def save(self, workflow: Workflow, step: SavedStep) -> bool:
        """Save a step as the workflow's next. Return False where the workflow has ended or was deleted.

        Safe to repeat: where a step has this number already, the commit was done and its answer lost.
        """
        is_open = sa.exists().where(WORKFLOWS.c.id == workflow.id, WORKFLOWS.c.ended_at.is_(None))
        number = len(workflow.saved) + 1
        values = (
            sa.literal(workflow.id), sa.literal(number), sa.literal(step.name), sa.literal(step.outcome, sa.JSON)
        )  # fmt: skip
        async with self._database.write() as write:
            insert = upsert(write, STEPS).from_select(list(STEPS.c.keys()), sa.select(*values).where(is_open))
            await write.execute(insert.on_conflict_do_nothing())
            is_saved = bool(await write.scalar(sa.select(is_open)))
        workflow.saved.append(step)
        workflow.repeated += "error" in step.outcome
        return is_saved

    async def end(self, workflow: Workflow, how: Ended) -> None:
        """Mark a workflow as ended, if it is there and has not ended."""
        is_open = sa.and_(WORKFLOWS.c.id == workflow.id, WORKFLOWS.c.ended_at.is_(None))
        async with self._database.write() as write:
            await write.execute(sa.update(WORKFLOWS).where(is_open).values(ended=how, ended_at=self._clock()))

    async def state(self, job_id: str, phase: WorkflowPhase) -> Ended | Literal["open"] | None:
        """Return how a workflow ended, "open" where it has not, and None where it is not known."""
        query = sa.select(WORKFLOWS.c.ended).where(WORKFLOWS.c.id == workflow_id(job_id, phase))
        async with self._database.read() as read:
            row = (await read.execute(query)).one_or_none()
        return None if row is None else row.ended or "open"

    async def purge(self, *, before: float, keep: Collection[str], at_a_time: int = AT_A_TIME) -> int:
        """Delete all slots' workflows that ended before a moment, except of the jobs in ``keep``; return how many."""
        ended = WORKFLOWS.c.ended_at < before
        async with self._database.read() as read:
            rows = (await read.execute(sa.select(WORKFLOWS.c.id, WORKFLOWS.c.job_id).where(ended))).all()
        old = [row.id for row in rows if row.job_id not in keep]
        for ids in _parts(old, at_a_time):
            async with self._database.write() as write:
                await _delete(write, ids)
        return len(old)

    async def forget(self, job_ids: Sequence[str], at_a_time: int = AT_A_TIME) -> None:
        """Delete the workflows of these jobs, whether they have ended or not."""
        for part in _parts(job_ids, at_a_time):
            async with self._database.write() as write:
                query = sa.select(WORKFLOWS.c.id).where(WORKFLOWS.c.job_id.in_(part))
                ids = (await write.scalars(query)).all()
                await _delete(write, ids)


def _open_workflow(row: Any) -> Workflow:
    had_turn = row.state is not None and (row.state != JobState.ACCEPTED or row.place_id is not None)
    return Workflow(
        row.id,
        row.job_id,
        row.phase,
        server=row.guild_id,
        member=row.member_id or 0,
        channel=row.channel_id or 0,
        created_at=row.created_at,
        had_turn=had_turn,
    )


async def _delete(write: Transaction, ids: Sequence[str]) -> None:
    if ids:
        await write.execute(sa.delete(STEPS).where(STEPS.c.workflow_id.in_(ids)))
        await write.execute(sa.delete(WORKFLOWS).where(WORKFLOWS.c.id.in_(ids)))


def _parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for first in range(0, len(ids), size):
        yield ids[first : first + size]
