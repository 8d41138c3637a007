"""Takes over what the engine of an earlier version left, DBOS, so that jobs which it began are finished by this one.

It kept its tables in a file beside the SQLite file, or in the schema ``dbos`` of the server. What is ours there is
deleted once it is taken over: it holds addresses of pictures. Another program may keep its own in the same schema.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from bot.database import Database, DatabaseMistake, Transaction, upsert
from bot.jobs.slot import FIRST
from bot.jobs.workflows import STEPS, WORKFLOWS, workflow_id
from bot.key_value import FACTS

TAKEN_OVER: Final = "engine-taken-over"
"""The name of the fact that it was done, in case that the old tables could not be deleted."""

_ENDED: Final = {
    "SUCCESS": "done",
    "ERROR": "broken",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "broken",
    "CANCELLED": "cancelled",
}
_OPEN: Final = ("ENQUEUED", "DELAYED", "PENDING")

_log = logging.getLogger(__name__)


class _OldTables:
    """The old tables in a schema, or in a file: there the schema is None."""

    def __init__(self, schema: str | None) -> None:
        self._schema = schema
        self._workflows = self._table(
            "workflow_status", "workflow_uuid", "status", "name", "queue_name", "created_at", "updated_at"
        )
        self._steps = self._table("operation_outputs", "workflow_uuid", "function_id", "function_name", "output")

    def _table(self, name: str, *columns: str) -> sa.TableClause:
        return sa.table(name, *(sa.column(column) for column in columns), schema=self._schema)

    @property
    def _is_ours(self) -> sa.ColumnElement[bool]:
        workflow = self._workflows.c
        return sa.and_(workflow.name == "story", workflow.queue_name.like("edits-%"))

    def workflows(self) -> sa.Select[Any]:
        """Build the query for our workflows."""
        workflow = self._workflows.c
        columns = (workflow.workflow_uuid, workflow.status, workflow.created_at, workflow.updated_at)
        return sa.select(*columns).where(self._is_ours)

    def steps(self) -> sa.Select[Any]:
        """Build the query for the steps of our workflows that have not ended, in their order."""
        step = self._steps.c
        is_open = self._workflows.c.status.in_(_OPEN)
        ids = sa.select(self._workflows.c.workflow_uuid).where(self._is_ours, is_open)
        columns = (step.workflow_uuid, step.function_name, step.output)
        return sa.select(*columns).where(step.workflow_uuid.in_(ids)).order_by(step.workflow_uuid, step.function_id)

    def others(self) -> sa.Select[Any]:
        """Build the query for the number of workflows that are not ours."""
        return sa.select(sa.func.count()).select_from(self._workflows).where(self._is_ours.is_not(True))

    def deletions(self) -> list[sa.Delete]:
        """Build the statements that delete our workflows and all that belongs to them."""
        ids = sa.select(self._workflows.c.workflow_uuid).where(self._is_ours)
        others = [self._table(name, "workflow_uuid") for name in ("workflow_input", "workflow_output")]
        # The workflows last, since their rows say whose the others are.
        tables = [self._steps, *others, self._workflows]
        return [sa.delete(table).where(table.c.workflow_uuid.in_(ids)) for table in tables]


@dataclass(frozen=True, slots=True)
class OldRows:
    """The rows of the old tables: (id, status, created at, updated at) in milliseconds, and (id, step's name, JSON)."""

    workflows: Sequence[tuple[str, str, int, int]]
    steps: Sequence[tuple[str, str, str | None]]


async def take_over(database: Database, file: Path | None) -> None:
    """Copy the old tables into ours, and delete them. ``file`` is the old engine's; None on a server."""
    if file is None:
        await _take_over_schema(database)
    elif (rows := await asyncio.to_thread(_read_file, file)) is not None:
        async with database.write() as write:
            await _store(write, rows)
        await asyncio.to_thread(_delete_file, file)


async def _take_over_schema(database: Database) -> None:
    async with database.write() as write:
        if await write.scalar(sa.text("SELECT to_regclass('dbos.workflow_status')")) is None:
            return
        old = _OldTables("dbos")
        workflows = (await write.execute(old.workflows())).all()
        steps = (await write.execute(old.steps())).all()
        await _store(write, OldRows([tuple(row) for row in workflows], [tuple(row) for row in steps]))
        try:
            async with write.begin_nested():
                await _delete_ours(write, old)
        except sa.exc.DBAPIError as error:
            _log.warning("what is ours in the schema dbos can't be deleted: %s", type(error.orig).__name__)


async def _delete_ours(write: Transaction, old: _OldTables) -> None:
    """Delete our workflows, and the whole schema where nobody else has any there."""
    if await write.scalar(old.others()) == 0:
        await write.execute(sa.text("DROP SCHEMA dbos CASCADE"))
        return
    for statement in old.deletions():
        await write.execute(statement)


def _read_file(file: Path) -> OldRows | None:
    """Return what the file holds, or None where there is none. Raises DatabaseMistake where it can't be read."""
    if not file.exists():
        return None
    engine = sa.create_engine(f"sqlite:///{file}", poolclass=sa.NullPool, connect_args={"timeout": 30.0})
    old = _OldTables(None)
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table("workflow_status"):
                return OldRows((), ())
            workflows = [tuple(row) for row in connection.execute(old.workflows())]
            return OldRows(workflows, [tuple(row) for row in connection.execute(old.steps())])
    except sa.exc.DBAPIError as error:
        raise DatabaseMistake(
            f"{file} holds the steps of jobs that an earlier version began, and can't be read ({error.orig}). Put back "
            "a copy of it, or move it away: then each of those jobs is looked up at ToAPIs."
        ) from None


def _delete_file(file: Path) -> None:
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)


async def _store(write: Transaction, rows: OldRows) -> None:
    """Insert the rows into our tables, unless that was done before."""
    marker = upsert(write, FACTS).values(name=TAKEN_OVER, value=len(rows.workflows))
    if await write.scalar(marker.on_conflict_do_nothing().returning(FACTS.c.name)) is None:
        return
    if workflows := [_workflow(row) for row in rows.workflows if row[1] in (*_ENDED, *_OPEN)]:
        await write.execute(upsert(write, WORKFLOWS).on_conflict_do_nothing(), workflows)
    if steps := _steps(rows.steps):
        await write.execute(upsert(write, STEPS).on_conflict_do_nothing(), steps)
    if workflows:
        _log.info("%d workflows of the earlier version's engine are taken over", len(workflows))


def _workflow(row: tuple[str, str, int, int]) -> dict[str, Any]:
    id_, status, created_at, updated_at = row
    job_id = id_.removesuffix("-found")
    ended = _ENDED.get(status)
    return {
        "id": id_,
        "job_id": job_id,
        "phase": "paint" if id_ == workflow_id(job_id, "paint") else "found",
        "slot": FIRST,
        "created_at": created_at / 1000,
        "ended": ended,
        "ended_at": None if ended is None else updated_at / 1000,
    }


def _steps(rows: Sequence[tuple[str, str, str | None]]) -> list[dict[str, Any]]:
    """Return our rows of the steps. After a step without an outcome the workflow goes on from there."""
    steps: dict[str, list[dict[str, Any]]] = {}
    cut: set[str] = set()
    for id_, name, output in rows:
        outcome = json.loads(output) if output is not None else None
        if not isinstance(outcome, dict):
            cut.add(id_)
        if id_ not in cut:
            workflow = steps.setdefault(id_, [])
            number = len(workflow) + 1
            workflow.append({"workflow_id": id_, "number": number, "name": name, "outcome": outcome})
    return [step for workflow in steps.values() for step in workflow]
