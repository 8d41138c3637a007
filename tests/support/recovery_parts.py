"""A recovery over real rows, with an engine, a ToAPIs and a courier that only keep a list."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from bot.database import Database
from bot.errors import RetouchError
from bot.jobs.courier import Courier
from bot.jobs.engine import Engine, EngineState
from bot.jobs.intake import Intake
from bot.jobs.job import Job
from bot.jobs.lookup import Lookup
from bot.jobs.recovery import Recovery
from bot.jobs.settlement import Settlement
from bot.jobs.store import Jobs
from bot.jobs.workflows import Along, WorkflowPhase
from bot.ledger import Ledger
from bot.toapis.client import ToAPIs
from bot.toapis.tasks import Queued
from tests.support.intake_parts import MANY
from tests.support.studio import Hours, RecordingCourier, one_account

NOW = 1_700_000_000.0


class Book:
    """An engine that knows what states a test gives it, a ToAPIs that finds a task, a courier that keeps a list."""

    def __init__(self, *, finds: bool = True, denied: bool = False) -> None:
        self.finds = finds
        self.denied = denied
        self.states: dict[tuple[str, str], EngineState] = {}
        self.submitted: list[tuple[str, str]] = []
        self.sorry: list[str] = []
        self.purged: list[tuple[float, set[str]]] = []
        self.database: Database | None = None

    async def status(self, job_id: str, phase: WorkflowPhase = "paint") -> EngineState | None:
        return self.states.get((job_id, phase))

    async def take_up_strays(self) -> None: ...

    async def submit(self, job_id: str, phase: WorkflowPhase = "paint", along: Along | None = None) -> None:
        if along is not None and self.database is not None:
            async with self.database.write() as write:
                await along(write)
        self.submitted.append((job_id, phase))

    async def purge(self, *, before: float, keep: Collection[str]) -> int:
        self.purged.append((before, set(keep)))
        return 0

    async def find(self, job_id: str) -> Queued | None:
        return Queued(f"task of {job_id}") if self.finds else None

    async def denies(self, job_id: str, *, accepted_at: float, lost_at: float) -> bool:
        assert accepted_at < lost_at == NOW
        return self.denied

    async def apologise(self, job: Job, error: RetouchError) -> None:
        self.sorry.append(job.id)

    async def warn_operator(self, job: Job, error: RetouchError) -> None:
        assert error.key

    async def find_card(self, _: Job) -> int | None:
        return None


def a_recovery(
    database: Database,
    hours: Hours,
    book: Book,
    courier: RecordingCourier | None = None,
    toapis: ToAPIs | None = None,
    **more: Any,
) -> Recovery:
    """Build a recovery over real rows and real money. ``hours.now`` is the moment of its start."""
    jobs = Jobs(database, hours)
    ledger = Ledger(database, hours)
    engine = cast("Engine", book)
    if isinstance(book, Book):
        book.database = database
    accounts = one_account(cast("ToAPIs", toapis or book), cast("Lookup", book))
    return Recovery(
        jobs=jobs,
        ledger=ledger,
        engine=engine,
        intake=Intake(database=database, jobs=jobs, ledger=ledger, engine=engine, limits=MANY, clock=hours),
        settlement=Settlement(accounts, ledger, hours),
        accounts=accounts,
        courier=cast("Courier", courier or book),
        look_on=3600.0,
        clock=hours,
        elapsed=hours,
        sleep=hours.sleep,
        **more,
    )
