"""Takes over what the engine of an earlier version left, DBOS, so that jobs which it began are finished by this one.

It kept its tables in a file beside the SQLite file, or in the schema ``dbos`` of the server. Both are deleted once
everything is taken over: they hold addresses of pictures.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from bot.database import Database, Transaction, upsert
from bot.jobs.slot import SLOT
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

_WORKFLOWS: Final = "SELECT workflow_uuid, status, created_at, updated_at FROM {}workflow_status"
_STEPS: Final = (
    "SELECT workflow_uuid, function_name, output FROM {0}operation_outputs WHERE workflow_uuid IN "
    "(SELECT workflow_uuid FROM {0}workflow_status WHERE status IN ('ENQUEUED', 'DELAYED', 'PENDING')) "
    "ORDER BY workflow_uuid, function_id"
)

_log = logging.getLogger(__name__)


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
        workflows = (await write.execute(sa.text(_WORKFLOWS.format("dbos.")))).all()
        steps = (await write.execute(sa.text(_STEPS.format("dbos.")))).all()
        await _store(write, OldRows([tuple(row) for row in workflows], [tuple(row) for row in steps]))
        try:
            async with write.begin_nested():
                await write.execute(sa.text("DROP SCHEMA dbos CASCADE"))
        except sa.exc.DBAPIError as error:
            _log.warning("the schema dbos is not used any more; drop it: %s", type(error.orig).__name__)


def _read_file(file: Path) -> OldRows | None:
    if not file.exists():
        return None
    with closing(sqlite3.connect(file, timeout=30.0)) as old:
        if old.execute("SELECT 1 FROM sqlite_master WHERE name = 'workflow_status'").fetchone() is None:
            return OldRows((), ())
        workflows = old.execute(_WORKFLOWS.format("")).fetchall()
        return OldRows(workflows, old.execute(_STEPS.format("")).fetchall())


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
        "slot": SLOT,
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
