"""Privacy: what is forgotten is gone, what is promised is kept, and no table is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.database import NOBODY, Database, metadata
from bot.errors import Refused
from bot.guilds.audit import AuditEntry
from bot.guilds.gate import DAY
from bot.guilds.picture_reports import PictureReport
from bot.guilds.styles import Styles
from bot.jobs.lineage import owners_of
from bot.key_value import KeyValueStore
from bot.privacy.forget_jobs import LIMITS_LOOK_BACK
from bot.privacy.personal_data import IMPERSONAL, KEPT
from tests.support.databases import sqlite_database
from tests.support.privacy_desk import ANA, BEN, SECRET, SERVER, Desk, exported, moderated, traces
from tests.support.studio import NOW


def test_every_table_is_listed_as_personal_or_impersonal() -> None:
    listed = [kept.table.name for kept in KEPT]
    assert sorted([*listed, *IMPERSONAL]) == sorted(metadata.tables)
    assert all(len(reason) > 20 for reason in IMPERSONAL.values())


async def test_facts_that_name_somebody_go_and_a_style_loses_its_maker(desk: Desk) -> None:
    key_values = KeyValueStore(desk.database)
    styles = Styles(desk.database)
    await key_values.put(f"form1:avatar:{ANA}", {"at": NOW, "shown": []})
    await key_values.put("other", {"at": NOW, "of": f"{ANA}9"})
    await styles.put(SERVER, "Neon", "neon {prompt}", ANA)
    export = await exported(desk, ANA)
    assert [row["name"] for row in export["facts"]] == [f"form1:avatar:{ANA}"]
    assert [(row["name"], row["made_by"]) for row in export["styles"]] == [("Neon", str(ANA))]
    await desk.privacy.forget(ANA)
    assert await key_values.get(f"form1:avatar:{ANA}") is None
    assert await key_values.get("other") is not None
    assert "Neon" in [style.name for style in await styles.offered(SERVER)]
    export = await exported(desk, ANA)
    assert (export["facts"], export["styles"]) == ([], [])


async def test_owners_of_sources_are_kept_except_a_forgotten_member(
    desk: Desk,
) -> None:
    job = await desk.has(owners=(ANA, BEN))
    desk.hours.now += LIMITS_LOOK_BACK + 1
    await desk.privacy.forget(ANA)
    row = await desk.row(job)
    assert (row.order["sources"], row.order["owner_ids"]) == ([], [BEN])
    assert str(ANA) not in str(row)
    stored_job = await desk.jobs.get(job.id)
    assert stored_job is not None
    assert owners_of(stored_job) == (NOBODY, BEN)
    export = await exported(desk, BEN)
    assert (export["jobs"], export["used_by_others"]) == ([], [{"created_at": "2026-09-21T14:13:20+00:00"}])


async def test_a_form_that_nobody_sent_is_forgotten_after_a_day(desk: Desk) -> None:
    key_values = KeyValueStore(desk.database)
    await key_values.put("form1:menu:1:2", {"at": NOW, "shown": []})
    desk.hours.now += DAY
    await desk.privacy.once_a_day()
    assert await key_values.get("form1:menu:1:2") is not None
    desk.hours.now += DAY
    await desk.privacy.once_a_day()
    assert await key_values.get("form1:menu:1:2") is None


async def test_a_block_and_an_open_report_are_not_lifted_by_being_forgotten(desk: Desk) -> None:
    blocks, picture_reports, audit = await moderated(desk)
    export = await exported(desk, ANA)
    assert [(row["reason"], row["by"]) for row in export["blocks"]] == [("rude", NOBODY)]
    assert {row["job_id"] for row in export["complaints"]} == {"open", "decided"}
    assert [row["reason"] for row in export["complaint_voices"]] == [f"other of {BEN}"]
    assert str(BEN) not in json.dumps(export).replace(f"other of {BEN}", "")  # what she wrote is hers
    desk.hours.now += 3600
    await desk.privacy.forget(ANA)
    assert [(block.member_id, block.by) for block in await blocks.of_server(SERVER)] == [(ANA, BEN)]
    reports = {name: await picture_reports.get(name) for name in ("open", "decided", "other")}
    assert [report.requester_id for report in reports.values() if report is not None] == [ANA, NOBODY, BEN]
    assert [len(report.reporters) for report in reports.values() if report is not None] == [1, 1, 0]
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
