"""Jobs that are forgotten: when, how much of them, and that nobody gains by it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from bot.database import NOBODY, Database, Transaction, metadata
from bot.guilds.gate import DAY
from bot.jobs.job import ENDED, JobState
from bot.privacy import personal_data as room
from bot.privacy.forget_jobs import LIMITS_LOOK_BACK, QUIET
from bot.privacy.personal_data import KEPT, Left, PersonalTable
from tests.support.privacy_desk import ANA, BEN, SECRET, Desk, exported
from tests.support.studio import NOW, PRICE, entries


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
    stored_job = await desk.jobs.get(job.id)
    assert stored_job is not None
    assert stored_job.forgotten_at == desk.hours.now


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
