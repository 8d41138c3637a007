"""PictureReports: one for a picture, a voice for each member, no floods, and one decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.database import Database
from bot.errors import Refused
from bot.guilds.audit import Audit, AuditEntry
from bot.guilds.picture_reports import IN_AN_HOUR, PictureReport, PictureReports
from bot.guilds.rules import Rules
from tests.support.studio import NOW, Hours

GUILD = 2**60
ANA = 101
BEN = 102
CEM = 103
MOD = 104
ABOUT = PictureReport("0123456789abcdef", GUILD, ANA, 5, 6)


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def audit(database: Database, hours: Hours) -> Audit:
    return Audit(database, Rules(database, hours), hours)


@pytest.fixture
def picture_reports(database: Database, audit: Audit, hours: Hours) -> PictureReports:
    return PictureReports(database, audit, hours)


async def refused(picture_reports: PictureReports, member_id: int, about: PictureReport = ABOUT) -> str:
    """Return why a report is refused, which must be known before the form opens, too."""
    with pytest.raises(Refused) as early:
        await picture_reports.may(about.job_id, member_id)
    with pytest.raises(Refused) as late:
        await picture_reports.hear(about, member_id, "again")
    assert early.value.key == late.value.key
    return late.value.key


async def test_each_member_has_one_voice(picture_reports: PictureReports) -> None:
    await picture_reports.may(ABOUT.job_id, BEN)
    heard = await picture_reports.hear(ABOUT, BEN, "rude")
    assert [(reporter.member_id, reporter.reason, reporter.at) for reporter in heard.reporters] == [(BEN, "rude", NOW)]
    await picture_reports.told(ABOUT.job_id, 8, 9)
    assert await refused(picture_reports, BEN) == "refused-report-twice"
    second = await picture_reports.hear(ABOUT, CEM, "")
    assert [reporter.member_id for reporter in second.reporters] == [BEN, CEM]
    assert (second.channel_id, second.message_id) == (8, 9)
    assert await picture_reports.get(ABOUT.job_id) == second


async def test_what_never_reached_the_moderators_can_be_reported_again(picture_reports: PictureReports) -> None:
    await picture_reports.hear(ABOUT, BEN, "rude")
    heard = await picture_reports.hear(ABOUT, BEN, "rude again")  # the process died before it told them
    assert [reporter.reason for reporter in heard.reporters] == ["rude again"]
    await picture_reports.take_back(ABOUT.job_id, BEN)
    assert await picture_reports.get(ABOUT.job_id) is None
    await picture_reports.hear(ABOUT, BEN, "rude")
    await picture_reports.told(ABOUT.job_id, 8, 9)
    await picture_reports.hear(ABOUT, CEM, "")
    await picture_reports.take_back(ABOUT.job_id, CEM)
    report = await picture_reports.get(ABOUT.job_id)
    assert report is not None
    assert [reporter.member_id for reporter in report.reporters] == [BEN]


async def test_nobody_floods_the_moderators(picture_reports: PictureReports, hours: Hours) -> None:
    for number in range(IN_AN_HOUR):
        await picture_reports.hear(replace(ABOUT, job_id=f"{number}"), BEN, "")
        hours.now += 1
    assert await refused(picture_reports, BEN) == "refused-report-flood"
    assert await picture_reports.get(ABOUT.job_id) is None
    await picture_reports.hear(ABOUT, CEM, "")
    hours.now = NOW + 3600
    await picture_reports.hear(ABOUT, BEN, "")


async def test_it_is_decided_once_and_heard_no_more(picture_reports: PictureReports, audit: Audit) -> None:
    heard = await picture_reports.hear(ABOUT, BEN, "rude")
    await picture_reports.told(ABOUT.job_id, 8, 9)
    entry = await picture_reports.decide(heard, "dismissed", MOD, job=ABOUT.job_id)
    assert entry == AuditEntry("report-dismissed", MOD, NOW, ANA, {"job": ABOUT.job_id})
    assert await audit.lately(GUILD, 5) == [entry]
    with pytest.raises(Refused) as raised:
        await picture_reports.decide(heard, "deleted", CEM)
    assert raised.value.key == "refused-report-decided"
    assert await audit.lately(GUILD, 5) == [entry]
    assert await refused(picture_reports, CEM) == "refused-report-decided"
    report = await picture_reports.get(ABOUT.job_id)
    assert report is not None
    assert (report.decision, report.decided_by) == ("dismissed", MOD)


async def test_deleted_picture_is_recorded_and_a_block_has_its_own_entry(
    picture_reports: PictureReports, audit: Audit
) -> None:
    heard = await picture_reports.hear(ABOUT, BEN, "rude")
    await picture_reports.gone(ABOUT.job_id, ANA)
    await picture_reports.gone("unknown", ANA)
    report = await picture_reports.get(ABOUT.job_id)
    assert report is not None
    assert (report.gone_by, report.decision) == (ANA, None)
    assert await picture_reports.decide(heard, "blocked", MOD) is None
    assert await audit.lately(GUILD, 5) == []
