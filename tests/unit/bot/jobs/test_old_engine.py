"""What the engine of the previous version really left is taken over, once, and then deleted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.database import Database, DatabaseMistake
from bot.jobs.old_engine import take_over
from bot.jobs.slot import FIRST
from bot.jobs.workflows import SavedStep, Workflow, Workflows

UPLOADED = {"value": {"urls": ["https://x/1"], "ratio": None}}


def leave_old_rows(url: str) -> None:
    subprocess.run([sys.executable, "-m", "tests.support.dbos_process", url], check=True, timeout=120)


def old_engine(database_url: str, tmp_path: Path) -> tuple[str, Path | None]:
    """Return the address of the old engine's tables, and its file where it had one."""
    file = tmp_path / "retouch.engine.db"
    return (f"sqlite:///{file}", file) if database_url.startswith("sqlite") else (database_url, None)


async def test_old_workflows_go_on_after_their_last_saved_step(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    url, file = old_engine(database_url, tmp_path)
    leave_old_rows(url)
    await take_over(database, file)
    workflows = Workflows(database, FIRST)
    steps = [SavedStep("fetch", {"value": None}), SavedStep("upload", UPLOADED)]
    assert await workflows.unfinished() == [
        Workflow("runs", "runs", "paint", steps),
        Workflow("runs-found", "runs", "found", []),
    ]
    assert [await workflows.state(job_id, "paint") for job_id in ("done", "broken", "nobody")] == [
        "done",
        "broken",
        None,
    ]


def files_of(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("*.engine.db*"))


async def test_nothing_of_the_old_engine_is_left(database: Database, database_url: str, tmp_path: Path) -> None:
    url, file = old_engine(database_url, tmp_path)
    leave_old_rows(url)
    await take_over(database, file)
    if file is None:
        async with database.read() as read:
            schemas = await read.scalar(sa.text("SELECT count(*) FROM pg_namespace WHERE nspname = 'dbos'"))
        assert schemas == 0
    assert files_of(tmp_path) == []


async def test_taken_over_workflows_are_not_taken_over_again(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    url, file = old_engine(database_url, tmp_path)
    leave_old_rows(url)
    await take_over(database, file)
    await Workflows(database, FIRST).forget(["runs", "done", "broken"])
    leave_old_rows(url)  # as if they could not be deleted
    await take_over(database, file)
    assert await Workflows(database, FIRST).unfinished() == []


async def test_a_new_installation_has_nothing_to_take_over(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    _, file = old_engine(database_url, tmp_path)
    await take_over(database, file)
    assert await Workflows(database, FIRST).unfinished() == []


async def test_workflows_of_another_program_stay_where_they_are(database: Database, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        return  # the file is ours alone
    leave_old_rows(database_url)
    async with database.write() as write:
        await write.execute(sa.text("UPDATE dbos.workflow_status SET name = 'billing' WHERE workflow_uuid = 'runs'"))
    await take_over(database, None)
    async with database.read() as read:
        left = (await read.scalars(sa.text("SELECT workflow_uuid FROM dbos.workflow_status"))).all()
        steps = (await read.scalars(sa.text("SELECT DISTINCT workflow_uuid FROM dbos.operation_outputs"))).all()
    assert (left, steps) == (["runs"], ["runs"])
    assert await Workflows(database, FIRST).state("runs", "paint") is None
    assert await Workflows(database, FIRST).state("done", "paint") == "done"


async def test_damaged_file_is_a_sentence_and_stays(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "retouch.engine.db"
    file.write_bytes(b"this is no database" * 100)
    with pytest.raises(DatabaseMistake, match="Put back a copy"):
        await take_over(database, file)
    assert files_of(tmp_path) == [file.name]
