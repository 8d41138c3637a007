"""Privacy: what is forgotten is gone, what is promised is kept, and no table is left out."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

import bot.jobs.maintenance  # noqa: F401 - its table
from bot.database import NOBODY, Database, Transaction, metadata
from bot.errors import Refused
from bot.guilds.api_keys import ApiKeys
from bot.guilds.audit import Audit, AuditEntry
from bot.guilds.blocks import Blocks
from bot.guilds.consent import Consent
from bot.guilds.gate import DAY
from bot.guilds.picture_reports import PictureReport, PictureReports
from bot.guilds.rules import Rules
from bot.guilds.styles import Styles
from bot.jobs.job import ENDED, Job, JobState, Trouble
from bot.jobs.lineage import owners_of
from bot.jobs.member_usage import member_usage
from bot.jobs.store import Jobs
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.privacy import personal_data as room
from bot.privacy.forget_jobs import LIMITS_LOOK_BACK, QUIET
from bot.privacy.personal_data import IMPERSONAL, KEPT, Left, PersonalTable, Privacy
from tests.support.databases import sqlite_database
from tests.support.studio import NOW, PRICE, SEAL, WHERE, Hours, a_job, entries

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
    told: dict[str, Any] = json.loads(file.getvalue())
    return told


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_every_table_is_listed_as_personal_or_impersonal() -> None:
    listed = [kept.table.name for kept in KEPT]
    assert sorted([*listed, *IMPERSONAL]) == sorted(metadata.tables)
    assert all(len(reason) > 20 for reason in IMPERSONAL.values())


async def test_a_job_that_is_over_is_forgotten_and_its_sums_stay(desk: Desk) -> None:
    job = await desk.has()
    desk.hours.now += LIMITS_LOOK_BACK + 1
    assert await desk.privacy.forget(ANA) == Left(forgotten=1, counted=0, open=0)
    row = await desk.row(job)
    assert SECRET not in json.dumps(row.order)
    assert row.order["sources"] == []
    assert str(ANA) not in str(row)
    assert row.destination == {
        "requester_id": NOBODY, "channel_id": 0, "interaction_id": 0, "guild_id": 4, "kind": "channel", "locale": "de"
    }  # fmt: skip
    assert (row.task_id, row.result_id, row.channel_id, row.place_id, row.origin) == ("", None, None, None, None)
    assert await desk.payers(job) == {NOBODY}
    assert await entries(desk.database, job.id) == [("reserved", PRICE), ("settled", PRICE)]
    assert desk.stories.forgotten == [job.id]
    known = await desk.jobs.get(job.id)
    assert known is not None
    assert known.forgotten_at == desk.hours.now


async def test_asking_again_rewrites_no_file_for_which_everybody_would_have_to_wait(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    scrubbed: list[Database] = []

    async def scrub(database: Database) -> None:
        scrubbed.append(database)

    monkeypatch.setattr(Database, "scrub", scrub)
    await desk.has()
    for _ in range(3):
        await desk.privacy.forget(ANA)
    assert len(scrubbed) == 1


async def test_what_others_have_stays_as_it_was(desk: Desk) -> None:
    theirs = await desk.has(member=BEN)
    before = await desk.row(theirs)
    desk.hours.now += 2 * LIMITS_LOOK_BACK
    assert await desk.privacy.forget(ANA) == Left(0, 0, 0)
    assert await desk.row(theirs) == before
    assert await desk.payers(theirs) == {BEN}


@pytest.mark.parametrize("state", [JobState.DELIVERED, JobState.CANCELLED])
async def test_deleting_gives_nobody_a_new_days_pictures(desk: Desk, state: JobState) -> None:
    """Nor does ordering, cancelling what was bought, and deleting."""
    job = await desk.has(state)
    desk.hours.now += QUIET
    assert await desk.pictures_today() == 1
    assert await desk.privacy.forget(ANA) == Left(forgotten=1, counted=1, open=0)
    assert await desk.pictures_today() == 1
    row = await desk.row(job)
    assert (row.order["prompt"], row.member_id, row.place_id, row.result_id) == ("", ANA, None, None)
    assert await desk.jobs.history(member_id=ANA, place_id=None, skip=0, most=5) == []
    async with desk.database.write() as write:  # a message that is told again must not become a second job
        assert await desk.jobs.is_duplicate(write, ANA, f"message:{job.id}", since=0)
    desk.hours.now = NOW + LIMITS_LOOK_BACK - 1
    await desk.privacy.keep_word()
    assert (await desk.row(job)).member_id == ANA
    desk.hours.now = NOW + LIMITS_LOOK_BACK
    await desk.privacy.keep_word()
    assert str(ANA) not in str(await desk.row(job))
    assert await desk.payers(job) == {NOBODY}


@pytest.mark.parametrize(
    ("state", "closed"), [(state, False) for state in JobState] + [(s, True) for s in JobState if s not in ENDED]
)
async def test_open_job_or_one_with_held_money_is_never_forgotten(desk: Desk, state: JobState, closed: bool) -> None:
    job = await desk.has(state, closed=closed)
    desk.hours.now += 200 * DAY
    assert await desk.privacy.forget(ANA) == Left(forgotten=0, counted=0, open=1)
    await desk.privacy.keep_word()
    await desk.privacy.once_a_day()
    row = await desk.row(job)
    assert (row.order["prompt"], row.member_id, row.destination["source_id"]) == (SECRET, ANA, 33)
    assert await desk.payers(job) == {ANA}


async def test_a_job_that_was_not_over_is_forgotten_once_it_is(desk: Desk) -> None:
    job = await desk.has(JobState.PAINTED, closed=False)
    await desk.privacy.forget(ANA)
    await desk.jobs.move(job.id, JobState.DELIVERED, result_id=34)
    await desk.privacy.keep_word()
    assert (await desk.row(job)).order["prompt"] == SECRET  # its money is held
    await desk.ledger.settle(job.id, PRICE)
    await desk.privacy.keep_word()
    assert (await desk.row(job)).order["prompt"] == ""
    assert set(desk.stories.forgotten) == {job.id}


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
async def test_what_failed_a_moment_ago_can_still_say_so(desk: Desk, state: JobState) -> None:
    job = await desk.has(state)
    desk.hours.now += QUIET - 1
    assert await desk.privacy.forget(ANA) == Left(forgotten=0, counted=0, open=1)
    assert (await desk.row(job)).destination["card_id"] == 31
    desk.hours.now += 1
    await desk.privacy.keep_word()
    row = await desk.row(job)
    assert (row.order["prompt"], row.trouble) == ("", None)
    assert "card_id" not in row.destination


async def test_a_deletion_that_breaks_off_leaves_all_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(_: Transaction, __: int, ___: float) -> Sequence[str]:
        raise OSError("we died here")

    job = await desk.has()
    before = await desk.row(job)
    monkeypatch.setattr(room, "KEPT", (*KEPT, PersonalTable(KEPT[2].table, KEPT[2].tell, breaks)))
    with pytest.raises(OSError, match="died"):
        await desk.privacy.forget(ANA)
    assert await desk.row(job) == before


async def test_whoever_called_off_for_others_is_forgotten_there_too(desk: Desk) -> None:
    job = await desk.has(JobState.CANCELLED, member=BEN)
    async with desk.database.write() as write:
        await write.execute(sa.update(metadata.tables["jobs"]).values(called_off_by=ANA))
    assert [row["id"] for row in (await exported(desk, ANA))["jobs"]] == [job.id]
    await desk.privacy.forget(ANA)
    row = await desk.row(job)
    assert (row.called_off_by, row.member_id, row.order["prompt"]) == (None, BEN, SECRET)


async def test_facts_that_name_somebody_go_and_a_style_loses_its_maker(desk: Desk) -> None:
    key_values = KeyValueStore(desk.database)
    styles = Styles(desk.database)
    await key_values.put(f"form1:avatar:{ANA}", {"at": NOW, "shown": []})
    await key_values.put("other", {"at": NOW, "of": f"{ANA}9"})
    await styles.put(SERVER, "Neon", "neon {prompt}", ANA)
    told = await exported(desk, ANA)
    assert [row["name"] for row in told["facts"]] == [f"form1:avatar:{ANA}"]
    assert [(row["name"], row["made_by"]) for row in told["styles"]] == [("Neon", str(ANA))]
    await desk.privacy.forget(ANA)
    assert await key_values.get(f"form1:avatar:{ANA}") is None
    assert await key_values.get("other") is not None
    assert "Neon" in [style.name for style in await styles.offered(SERVER)]
    told = await exported(desk, ANA)
    assert (told["facts"], told["styles"]) == ([], [])


async def test_owners_of_sources_are_kept_except_a_forgotten_member(
    desk: Desk,
) -> None:
    job = await desk.has(owners=(ANA, BEN))
    desk.hours.now += LIMITS_LOOK_BACK + 1
    await desk.privacy.forget(ANA)
    row = await desk.row(job)
    assert (row.order["sources"], row.order["owner_ids"]) == ([], [BEN])
    assert str(ANA) not in str(row)
    known = await desk.jobs.get(job.id)
    assert known is not None
    assert owners_of(known) == (NOBODY, BEN)
    told = await exported(desk, BEN)
    assert (told["jobs"], told["used_by_others"]) == ([], [{"created_at": "2026-09-21T14:13:20+00:00"}])


async def test_a_wish_outlives_the_one_who_is_forgotten_and_is_told(desk: Desk) -> None:
    consent = Consent(desk.database, desk.hours)
    await consent.give(ANA, False)
    await desk.privacy.forget(ANA)
    assert not await consent.is_given(ANA)
    told = await exported(desk, ANA)
    assert told["opt_outs"] == [{"member_id": str(ANA), "at": "2026-09-21T14:13:20+00:00"}]


async def test_an_export_holds_all_and_only_what_is_ones_own(desk: Desk) -> None:
    job = await desk.has()
    await desk.has(member=BEN)
    told = await exported(desk, ANA)
    (own,) = told["jobs"]
    assert own["id"] == job.id
    assert own["order"]["prompt"] == SECRET
    assert own["order"]["sources"][0]["url"] == job.order.sources[0].url
    assert (own["state"], own["created_at"]) == ("delivered", "2026-09-21T14:13:20+00:00")
    assert (own["member_id"], own["destination"]["requester_id"]) == (str(ANA), str(ANA))
    assert own["links"] == {
        "card": "https://discord.com/channels/4/2/31", "result": "https://discord.com/channels/4/32/34"
    }  # fmt: skip
    assert [(row["kind"], row["amount"]) for row in told["ledger"]] == [("reserved", PRICE), ("settled", PRICE)]
    tables = {kept.table.name for kept in KEPT} - {"order_owners"}  # told as what others used
    assert set(told) == {"member_id", "exported_at", "amounts", "used_by_others", *tables}
    assert str(BEN) not in json.dumps(told)


async def test_of_rows_of_others_an_export_holds_id_moment_and_role_alone(desk: Desk) -> None:
    job = await desk.has(member=BEN)
    audit = Audit(desk.database, Rules(desk.database, desk.hours), desk.hours)
    key_values = KeyValueStore(desk.database)
    picture_reports = PictureReports(desk.database, audit, desk.hours)
    blocks = Blocks(desk.database, audit, desk.hours)
    async with desk.database.write() as write:
        jobs = metadata.tables["jobs"]
        await write.execute(sa.update(jobs).values(called_off_by=ANA, called_off_at=NOW))
    await picture_reports.hear(PictureReport(job.id, SERVER, BEN, 2, 3), 7, "their reason")
    await picture_reports.gone(job.id, ANA)
    await audit.note(SERVER, "picture-deleted", ANA, BEN, job=job.id, link="their link")
    await blocks.put(SERVER, BEN, ANA, "another reason", None)
    await key_values.put("form1:menu:2:3", {"at": NOW, "shown": [{"url": "their address", "owner_ids": [ANA, BEN]}]})
    told = await exported(desk, ANA)
    at = "2026-09-21T14:13:20+00:00"
    assert told["jobs"] == [{"id": job.id, "called_off_at": at, "role": ["called_off_by"]}]
    assert told["complaints"] == [{"job_id": job.id, "at": at, "role": ["gone_by"]}]
    assert [{**row, "id": 0} for row in told["audit"]] == [{"id": 0, "at": at, "role": ["by"]}] * 2
    assert told["blocks"] == [{"at": at, "role": ["by"]}]
    assert told["facts"] == [{"name": "form1:menu:2:3", "at": at, "role": ["owner"]}]
    assert not [word for word in (SECRET, "their", "another", str(BEN)) if word in json.dumps(told)]


async def test_jobs_older_than_the_retention_are_erased_daily_in_batches(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "AT_A_TIME", 2)
    old = [await desk.has() for _ in range(5)]
    desk.hours.now += 1
    young = await desk.has()
    desk.hours.now = NOW + 90 * DAY
    await desk.privacy.once_a_day()
    assert (await desk.row(old[0])).order["prompt"] == SECRET  # to the second
    privacy = desk.room()  # the next life
    desk.hours.now += 1
    await privacy.once_a_day()
    for job in old:
        row = await desk.row(job)
        assert (row.order["prompt"], row.order["sources"], row.result_id, row.origin) == ("", [], None, None)
        assert row.destination["interaction_id"] == 0
        assert not {"card_id", "source_id"} & row.destination.keys()
        assert (row.member_id, row.channel_id, row.destination["place_id"]) == (
            ANA,
            2,
            32,
        )  # the history's, the thread's
    desk.hours.now += DAY - 1
    await privacy.once_a_day()
    assert (await desk.row(young)).order["prompt"] == SECRET
    desk.hours.now += 1
    await privacy.once_a_day()
    assert (await desk.row(young)).order["prompt"] == ""
    assert len(await desk.jobs.history(member_id=ANA, place_id=None, skip=0, most=9)) == 6


async def test_what_was_erased_by_age_is_disowned_too_when_its_member_asks(desk: Desk) -> None:
    job = await desk.has()
    desk.hours.now += 91 * DAY
    await desk.privacy.once_a_day()
    assert await desk.privacy.forget(ANA) == Left(forgotten=1, counted=0, open=0)
    row = await desk.row(job)
    assert str(ANA) not in str(row)
    assert (row.channel_id, row.place_id, row.destination["channel_id"]) == (None, None, 0)


async def test_a_form_that_nobody_sent_is_forgotten_after_a_day(desk: Desk) -> None:
    key_values = KeyValueStore(desk.database)
    await key_values.put("form1:menu:1:2", {"at": NOW, "shown": []})
    desk.hours.now += DAY
    await desk.privacy.once_a_day()
    assert await key_values.get("form1:menu:1:2") is not None
    desk.hours.now += DAY
    await desk.privacy.once_a_day()
    assert await key_values.get("form1:menu:1:2") is None


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


async def test_a_block_and_an_open_report_are_not_lifted_by_being_forgotten(desk: Desk) -> None:
    blocks, picture_reports, audit = await moderated(desk)
    told = await exported(desk, ANA)
    assert [(row["reason"], row["by"]) for row in told["blocks"]] == [("rude", NOBODY)]
    assert {row["job_id"] for row in told["complaints"]} == {"open", "decided"}
    assert [row["reason"] for row in told["complaint_voices"]] == [f"other of {BEN}"]
    assert str(BEN) not in json.dumps(told).replace(f"other of {BEN}", "")  # what she wrote is hers
    desk.hours.now += 3600
    await desk.privacy.forget(ANA)
    assert [(block.member_id, block.by) for block in await blocks.of_server(SERVER)] == [(ANA, BEN)]
    known = {name: await picture_reports.get(name) for name in ("open", "decided", "other")}
    assert [report.requester_id for report in known.values() if report is not None] == [ANA, NOBODY, BEN]
    assert [len(report.reporters) for report in known.values() if report is not None] == [1, 1, 0]
    assert {entry.member_id for entry in await audit.lately(SERVER, 9) if isinstance(entry, AuditEntry)} == {NOBODY}
    await desk.privacy.forget(BEN)
    assert [(block.member_id, block.by) for block in await blocks.of_server(SERVER)] == [(ANA, NOBODY)]
    assert {entry.by for entry in await audit.lately(SERVER, 9)} == {NOBODY}
    decided = await picture_reports.get("decided")
    assert decided is not None
    assert (decided.decided_by, decided.reporters) == (NOBODY, ())


async def test_reports_of_the_last_hour_survive_forgetting(desk: Desk) -> None:
    _, picture_reports, _ = await moderated(desk)
    for number in range(4):
        await picture_reports.hear(PictureReport(f"{number}", SERVER, BEN, 5, 6), ANA, "")
    desk.hours.now += 3599
    await desk.privacy.forget(ANA)
    with pytest.raises(Refused):
        await picture_reports.may("new", ANA)
    desk.hours.now += 1
    await picture_reports.may("new", ANA)


async def test_reports_blocks_and_audit_end_with_retention_and_server(desk: Desk) -> None:
    blocks, picture_reports, audit = await moderated(desk)
    await blocks.put(SERVER, BEN, ANA, "rude", 1)
    desk.hours.now = NOW + 90 * DAY
    await desk.privacy.once_a_day()
    assert await picture_reports.get("open") is not None  # to the second
    async with desk.database.read() as read:
        rows = (await read.execute(sa.select(metadata.tables["blocks"]))).all()
    assert [row.member_id for row in rows] == [ANA]
    desk.hours.now += DAY
    await desk.privacy.once_a_day()
    assert [await picture_reports.get(job_id) for job_id in ("open", "decided", "other")] == [None] * 3
    assert len(await audit.lately(SERVER, 9)) == 3
    await desk.privacy.departures.note({SERVER})
    desk.hours.now += 31 * DAY
    await desk.privacy.once_a_day()
    assert (await audit.lately(SERVER, 9), await blocks.of_server(SERVER)) == ([], [])


async def own_styles(desk: Desk, server: int) -> int:
    return len([style for style in await Styles(desk.database).offered(server) if style.key is None])


async def test_a_server_that_was_left_long_ago_is_erased_and_no_other(desk: Desk) -> None:
    for server in (SERVER, SERVER + 1):
        await Styles(desk.database).put(server, "Neon", "neon {prompt}", ANA)
    await desk.privacy.departures.note({SERVER})
    desk.hours.now += 10 * DAY
    await desk.privacy.departures.note({SERVER})  # told once more, it is no longer kept for that
    desk.hours.now = NOW + 30 * DAY
    await desk.privacy.once_a_day()
    assert await own_styles(desk, SERVER) == 1
    desk.hours.now += DAY
    await desk.privacy.once_a_day()
    assert [await own_styles(desk, server) for server in (SERVER, SERVER + 1)] == [0, 1]
    assert list(await desk.privacy.departures.before(desk.hours.now)) == []


async def test_a_return_takes_the_note_back(desk: Desk) -> None:
    await Styles(desk.database).put(SERVER, "Neon", "neon {prompt}", ANA)
    await desk.privacy.departures.note({SERVER})
    await desk.privacy.departures.take_back({SERVER})
    desk.hours.now += 31 * DAY
    await desk.privacy.once_a_day()
    assert await own_styles(desk, SERVER) == 1


async def test_servers_left_and_joined_while_away_are_recorded_on_return(desk: Desk) -> None:
    for server in (SERVER, SERVER + 1, SERVER + 2):
        await Styles(desk.database).put(server, "Neon", "neon {prompt}", ANA)
    await desk.privacy.departures.note({SERVER})
    await desk.privacy.present({SERVER, SERVER + 1, 5})
    assert list(await desk.privacy.departures.before(desk.hours.now + 1)) == [SERVER + 2]


async def test_what_was_forgotten_is_gone_from_the_file(tmp_path: Path) -> None:
    """Rows that grow move about, and leave their traces in the gaps of other pages."""
    with sqlite_database(tmp_path) as url:
        async with Database.open(url) as database:
            desk = Desk(database)
            for number in range(60):
                job = await desk.has(member=ANA if number % 2 else BEN)
                await desk.jobs.place(job.id, word="x" * 700)
            desk.hours.now += 2 * LIMITS_LOOK_BACK
            assert traces(tmp_path, SECRET, ANA)
            for member in (ANA, BEN):
                await desk.privacy.forget(member)
            assert traces(tmp_path, SECRET, ANA, BEN) == {}


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


async def test_member_who_set_a_key_is_exported_without_it_and_forgotten(desk: Desk) -> None:
    api_keys = ApiKeys(desk.database, [SEAL])
    kept = await api_keys.keep(SERVER, SecretStr("sk-" + "a" * 48), ANA)
    (told,) = (await exported(desk, ANA))["keys"]
    assert (told["last_four"], "sealed" in told) == ("aaaa", False)
    assert kept.sealed not in json.dumps(told)
    await desk.privacy.forget(ANA)
    known = await api_keys.now(SERVER)
    assert known is not None  # it is the server's
    assert (known.set_by, known.id) == (NOBODY, kept.id)


async def test_a_servers_key_goes_with_the_server(desk: Desk) -> None:
    api_keys = ApiKeys(desk.database, [SEAL])
    kept = await api_keys.keep(SERVER, SecretStr("sk-" + "a" * 48), ANA)
    await desk.privacy.present([])
    desk.hours.now += 31 * DAY
    await desk.privacy.once_a_day()
    assert await api_keys.get(kept.id) is None
