"""Complaints: one for a picture, a voice for each member, no floods, and one decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.database import Database
from bot.errors import Refused
from bot.guilds.audit import Audit, Deed
from bot.guilds.picture_reports import IN_AN_HOUR, Complaint, Complaints
from bot.guilds.rules import Rules
from tests.support.studio import NOW, Hours

GUILD, ANA, BEN, CEM, MOD = 2**60, 101, 102, 103, 104
ABOUT = Complaint("0123456789abcdef", GUILD, ANA, 5, 6)


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def audit(database: Database, hours: Hours) -> Audit:
    return Audit(database, Rules(database, hours), hours)


@pytest.fixture
def complaints(database: Database, audit: Audit, hours: Hours) -> Complaints:
    return Complaints(database, audit, hours)


async def refused(complaints: Complaints, member_id: int, about: Complaint = ABOUT) -> str:
    """Why a report is not heard; that must be known before the form opens, too."""
    with pytest.raises(Refused) as early:
        await complaints.may(about.job_id, member_id)
    with pytest.raises(Refused) as late:
        await complaints.hear(about, member_id, "again")
    assert early.value.key == late.value.key
    return late.value.key


async def test_each_member_has_one_voice(complaints: Complaints) -> None:
    await complaints.may(ABOUT.job_id, BEN)
    heard = await complaints.hear(ABOUT, BEN, "rude")
    assert [(one.member_id, one.reason, one.at) for one in heard.voices] == [(BEN, "rude", NOW)]
    await complaints.told(ABOUT.job_id, 8, 9)
    assert await refused(complaints, BEN) == "refused-report-twice"
    second = await complaints.hear(ABOUT, CEM, "")
    assert [one.member_id for one in second.voices] == [BEN, CEM]
    assert (second.channel_id, second.message_id) == (8, 9)
    assert await complaints.get(ABOUT.job_id) == second


async def test_what_never_reached_the_moderators_can_be_reported_again(complaints: Complaints) -> None:
    await complaints.hear(ABOUT, BEN, "rude")
    heard = await complaints.hear(ABOUT, BEN, "rude again")  # the process died before it told them
    assert [one.reason for one in heard.voices] == ["rude again"]
    await complaints.take_back(ABOUT.job_id, BEN)
    assert await complaints.get(ABOUT.job_id) is None
    await complaints.hear(ABOUT, BEN, "rude")
    await complaints.told(ABOUT.job_id, 8, 9)
    await complaints.hear(ABOUT, CEM, "")
    await complaints.take_back(ABOUT.job_id, CEM)
    known = await complaints.get(ABOUT.job_id)
    assert known is not None
    assert [one.member_id for one in known.voices] == [BEN]


async def test_nobody_floods_the_moderators(complaints: Complaints, hours: Hours) -> None:
    for number in range(IN_AN_HOUR):
        await complaints.hear(replace(ABOUT, job_id=f"{number}"), BEN, "")
        hours.now += 1
    assert await refused(complaints, BEN) == "refused-report-flood"
    assert await complaints.get(ABOUT.job_id) is None
    await complaints.hear(ABOUT, CEM, "")
    hours.now = NOW + 3600
    await complaints.hear(ABOUT, BEN, "")


async def test_it_is_decided_once_and_heard_no_more(complaints: Complaints, audit: Audit) -> None:
    heard = await complaints.hear(ABOUT, BEN, "rude")
    await complaints.told(ABOUT.job_id, 8, 9)
    deed = await complaints.decide(heard, "dismissed", MOD, job=ABOUT.job_id)
    assert deed == Deed("report-dismissed", MOD, NOW, ANA, {"job": ABOUT.job_id})
    assert await audit.lately(GUILD, 5) == [deed]
    with pytest.raises(Refused) as raised:
        await complaints.decide(heard, "deleted", CEM)
    assert raised.value.key == "refused-report-decided"
    assert await audit.lately(GUILD, 5) == [deed]
    assert await refused(complaints, CEM) == "refused-report-decided"
    known = await complaints.get(ABOUT.job_id)
    assert known is not None
    assert (known.decision, known.decided_by) == ("dismissed", MOD)


async def test_a_picture_that_is_gone_is_noted_and_a_block_has_its_own_line(
    complaints: Complaints, audit: Audit
) -> None:
    heard = await complaints.hear(ABOUT, BEN, "rude")
    await complaints.gone(ABOUT.job_id, ANA)
    await complaints.gone("unknown", ANA)
    known = await complaints.get(ABOUT.job_id)
    assert known is not None
    assert (known.gone_by, known.decision) == (ANA, None)
    assert await complaints.decide(heard, "blocked", MOD) is None
    assert await audit.lately(GUILD, 5) == []
