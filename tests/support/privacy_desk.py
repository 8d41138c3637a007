"""The privacy of two members over a database: their jobs, their file, and traces of them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import bot.jobs.maintenance  # noqa: F401 - its table
from bot.database import Database, metadata
from bot.guilds.audit import Audit
from bot.guilds.blocks import Blocks
from bot.guilds.picture_reports import PictureReport, PictureReports
from bot.guilds.rules import Rules
from bot.jobs.job import Job, JobState, Trouble
from bot.jobs.member_usage import member_usage
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from bot.privacy.personal_data import Privacy
from tests.support.studio import PRICE, WHERE, Hours, a_job

ANA = 900000000000000001
BEN = 900000000000000002
SERVER = 900000000000000777
SECRET = "my secret garden"


@dataclass
class Shelved:
    """An engine that only notes whose stories it was to forget."""

    forgotten: list[str] = field(default_factory=list)

    async def forget(self, job_ids: Sequence[str]) -> None:
        self.forgotten += job_ids


class Desk:
    """The room over a database, at hours that pass when they are told to."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.hours = Hours()
        self.stories = Shelved()
        self.jobs = Jobs(database, self.hours)
        self.ledger = Ledger(database, self.hours)
        self.privacy = self.room()

    def room(self, *, days: int = 90) -> Privacy:
        return Privacy(self.database, self.stories, retention_days=days, guild_gone_days=30, clock=self.hours)

    async def has(
        self,
        state: JobState = JobState.DELIVERED,
        *,
        member: int = ANA,
        closed: bool = True,
        bought: bool = True,
        owners: tuple[int, ...] | None = None,
    ) -> Job:
        """Store a job of a member that came so far, accepted now."""
        where = replace(WHERE, requester_id=member, card_id=31, place_id=32, source_id=33, result_place_id=32)
        job = a_job(state)
        job = replace(job, order=replace(job.order, prompt=SECRET), destination=where, created_at=self.hours())
        if owners is not None:
            sources = tuple(replace(source, owner_ids=owners) for source in job.order.sources)
            job = replace(job, order=replace(job.order, sources=sources))
        async with self.database.write() as write:
            await self.jobs.add(write, job, f"message:{job.id}")
            await self.ledger.reserve(write, job.id, PRICE, member_id=member, guild_id=4)
        more: dict[str, Any] = {"task_id": "task"} if bought else {}
        more |= {"result_id": 34} if state is JobState.DELIVERED else {"trouble": Trouble("error-policy")}
        assert await self.jobs.move(job.id, state, **more)
        if closed:
            await self.ledger.settle(job.id, PRICE)
        return job

    async def row(self, job: Job) -> Any:
        table = metadata.tables["jobs"]
        async with self.database.read() as read:
            return (await read.execute(sa.select(table).where(table.c.id == job.id))).one()

    async def payers(self, job: Job) -> set[int]:
        table = metadata.tables["ledger"]
        async with self.database.read() as read:
            return set((await read.scalars(sa.select(table.c.member_id).where(table.c.job_id == job.id))).all())

    async def pictures_today(self) -> int:
        async with self.database.write() as write:
            return (await member_usage(write, ANA, None, now=self.hours())).pictures_today


async def exported(desk: Desk, member_id: int) -> dict[str, Any]:
    """Return the contents of a member's file."""
    file = io.StringIO()
    await desk.privacy.export(member_id, file)
    contents: dict[str, Any] = json.loads(file.getvalue())
    return contents


async def moderated(desk: Desk) -> tuple[Blocks, PictureReports, Audit]:
    """Let Ben block Ana and report two of her pictures, one of which is decided. She reports one of his."""
    audit = Audit(desk.database, Rules(desk.database, desk.hours), desk.hours)
    blocks = Blocks(desk.database, audit, desk.hours)
    picture_reports = PictureReports(desk.database, audit, desk.hours)
    await blocks.put(SERVER, ANA, BEN, "rude", None)
    for job_id, requester, by in (("open", ANA, BEN), ("decided", ANA, BEN), ("other", BEN, ANA)):
        heard = await picture_reports.hear(
            PictureReport(job_id, SERVER, requester, 5, 6), by, f"{job_id} of {requester}"
        )
        await picture_reports.told(job_id, 7, 8)
        if job_id == "decided":
            await picture_reports.decide(heard, "dismissed", BEN)
    return blocks, picture_reports, audit


def traces(folder: Path, *what: str | int) -> dict[str, int]:
    """Count how often a text, or an id in either spelling, stands in the files of a folder."""
    counts: dict[str, int] = {}
    for file in folder.glob("*.db*"):
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            continue  # a journal, whose transaction has ended since the folder was listed
        for word in what:
            spellings = [str(word).encode()] + ([word.to_bytes(8, "big")] if isinstance(word, int) else [])
            times = sum(data.count(spelling) for spelling in spellings)
            counts |= {f"{word} in {file.name}": times} if times else {}
    return counts
