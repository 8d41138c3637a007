"""The Intake: an order is a job with its money or nothing at all, and whoever saw no answer is told so."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError

from bot.database import Database
from bot.errors import Refused
from bot.guilds.api_keys import ApiKeys
from bot.guilds.consent import Consent
from bot.guilds.gate import Limits, MemberContext
from bot.guilds.rules import Rules
from bot.jobs import intake as room
from bot.jobs.engine import Engine
from bot.jobs.job import Job, JobState
from bot.jobs.store import Jobs
from bot.jobs.workflows import WorkflowPhase
from bot.ledger import Ledger
from bot.money import Micros
from bot.orders import Source
from tests.support.engine_runs import life, reaches
from tests.support.intake_parts import MANY, accepted, an_intake
from tests.support.studio import NOW, ORDER, PRICE, SEAL, WHERE, Hours, entries

GUILD = 4
KEY = SecretStr("sk-" + "a" * 48)


async def test_an_order_is_a_row_and_its_money(database: Database) -> None:
    job = await accepted(an_intake(database))
    assert (job.state, job.price, job.created_at, job.order, job.destination) == ("accepted", PRICE, NOW, ORDER, WHERE)
    assert await Jobs(database).get(job.id) == job
    assert await entries(database, job.id) == [("reserved", PRICE)]


@pytest.mark.parametrize(
    ("limits", "count", "fit", "refusal"),
    [
        (Limits(7, 90, 90), 1, 7, "refused-day-full"),
        (Limits(7, 90, 90), 2, 3, "refused-day-full"),
        (Limits(90, 3, 90), 1, 3, "refused-too-many-running"),
        (Limits(90, 90, 5), 1, 5, "refused-everybody-busy"),
    ],
)
async def test_limits_are_exact_under_fifty_orders_at_once_from_two_processes(
    database_url: str, limits: Limits, count: int, fit: int, refusal: str
) -> None:
    async with Database.open(database_url) as first, Database.open(database_url) as second:
        intakes = [an_intake(first, limits), an_intake(second, limits)]
        order = replace(ORDER, count=count)
        orders = [intake.accept(order, PRICE, WHERE) for intake in intakes for _ in range(25)]
        answers = await asyncio.gather(*orders, return_exceptions=True)
        assert not [answer for answer in answers if not isinstance(answer, Job | Refused)]
        taken = {answer.id for answer in answers if isinstance(answer, Job)}
        assert len(taken) == fit
        assert [answer.key for answer in answers if isinstance(answer, Refused)] == [refusal] * (50 - fit)
        assert {job.id for job in await Jobs(first).in_state(*JobState)} == taken
        assert set(await Ledger(first, Hours()).held()) == taken


@pytest.mark.parametrize(
    ("rules", "budget", "fit", "refusal"),
    [
        ({"server_day": 10}, 0, 10, "refused-limit-server"),
        ({"member_hour": 7, "server_day": 10}, 0, 7, "refused-limit-member"),
        ({"server_money_month": 3 * PRICE}, 0, 3, "refused-limit-server"),
        ({}, 4 * PRICE + 1, 4, "refused-limit-all"),
        ({"cooldown": 60}, 0, 1, "refused-cooldown"),
        ({"running_in_server": 6}, 0, 6, "refused-server-busy"),
    ],
)
async def test_server_quota_is_exact_under_fifty_orders_from_two_processes(
    database_url: str, rules: dict[str, int], budget: int, fit: int, refusal: str
) -> None:
    async with Database.open(database_url) as first, Database.open(database_url) as second:
        await Rules(first).change(GUILD, 9, rules)
        limits = replace(MANY, money_per_day=budget)
        orders = [
            an_intake(database, limits).accept(ORDER, PRICE, replace(WHERE, guild_id=GUILD))
            for database in (first, second) * 25
        ]
        answers = await asyncio.gather(*orders, return_exceptions=True)
        assert [answer.key for answer in answers if isinstance(answer, Refused)] == [refusal] * (50 - fit)
        taken = {answer.id for answer in answers if isinstance(answer, Job)}
        assert len(taken) == fit
        assert set(await Ledger(first, Hours()).held()) == taken


async def test_what_the_rules_refuse_leaves_nothing_behind(database: Database) -> None:
    await Rules(database).change(GUILD, 9, {"channels": frozenset({1})})
    intake = an_intake(database)
    with pytest.raises(Refused) as raised:
        await intake.accept(ORDER, PRICE, replace(WHERE, guild_id=GUILD), member_context=MemberContext(frozenset({2})))
    assert raised.value.key == "refused-rule-channel"
    assert not await Jobs(database).in_state(*JobState)
    await intake.accept(
        ORDER, PRICE, replace(WHERE, guild_id=None), member_context=MemberContext(frozenset({2}))
    )  # not there


@pytest.mark.proves("consent-withdrawn")
async def test_a_yes_that_was_taken_back_counts_at_once(database: Database) -> None:
    of_two = replace(ORDER, sources=(replace(ORDER.sources[0], owner_ids=(WHERE.requester_id, 77)),))
    intake = an_intake(database)
    consent = Consent(database)
    taken = await intake.accept(of_two, PRICE, WHERE)
    await consent.give(77, False)
    for where in (WHERE, replace(WHERE, guild_id=None)):
        with pytest.raises(Refused) as raised:
            await intake.accept(of_two, PRICE, where)
        assert raised.value.key == "refused-consent-never"
    await intake.accept(of_two, PRICE, replace(WHERE, requester_id=77, guild_id=None), within=0)
    assert taken.id in {job.id for job in await Jobs(database).in_state(*JobState)}
    assert len(await Jobs(database).in_state(*JobState)) == 2


async def test_roles_that_nobody_could_read_are_no_consent(database: Database) -> None:
    """The counter had older rules before its eyes, and asked nobody."""
    await Rules(database).change(GUILD, 9, {"consent": "opt_out", "consent_role": frozenset({5})})
    theirs = replace(ORDER, sources=(replace(ORDER.sources[0], owner_ids=(77,)),))
    where = replace(WHERE, guild_id=GUILD)
    intake = an_intake(database)
    for roles, reason in (({}, "consent-unread"), ({77: frozenset({5})}, "consent-role")):
        with pytest.raises(Refused) as raised:
            await intake.accept(theirs, PRICE, where, member_context=MemberContext(owner_roles=roles))
        assert raised.value.reason == reason
    assert not await Jobs(database).in_state(*JobState)
    await intake.accept(theirs, PRICE, where, member_context=MemberContext(owner_roles={77: frozenset()}))


async def test_a_blocked_member_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(Refused) as raised:
        await accepted(an_intake(database, replace(MANY, blocked_ids=frozenset({WHERE.requester_id}))))
    assert raised.value.key == "refused-blocked"
    assert not await Jobs(database).in_state(*JobState)


async def test_nobody_goes_on_from_a_picture_that_was_deleted(database: Database) -> None:
    intake = an_intake(database)
    jobs = Jobs(database)
    job = await accepted(intake)
    await jobs.move(job.id, JobState.SUBMITTED, task_id="task")
    await jobs.move(job.id, JobState.PAINTED)
    await jobs.move(job.id, JobState.DELIVERED, result_id=2**60)
    shown = replace(ORDER, sources=(Source("", "retouch", channel_id=2, message_id=2**60),))
    other = replace(ORDER, sources=(Source("", "retouch", channel_id=2, message_id=2**60 + 1), *ORDER.sources))
    next_one = await intake.accept(shown, PRICE, WHERE)
    await intake.accept(other, PRICE, WHERE)
    await jobs.forget_result(job.id)
    with pytest.raises(Refused) as raised:
        await intake.accept(shown, PRICE, WHERE)
    assert raised.value.key == "refused-picture-deleted"
    await intake.accept(other, PRICE, WHERE)
    assert len(await jobs.in_state(JobState.ACCEPTED)) == 3
    stored_job = await jobs.get(job.id)
    assert stored_job is not None
    assert (stored_job.result_id, stored_job.erased_id) == (None, 2**60)
    assert await jobs.made_from([2**60]) == [next_one]
    assert await jobs.made_from([2**6]) == await jobs.made_from([]) == []


async def test_a_closed_intake_takes_nothing(database: Database) -> None:
    intake = an_intake(database)
    intake.close()
    with pytest.raises(Refused) as raised:
        await accepted(intake)
    assert raised.value.key == "refused-restarting"
    assert not await Jobs(database).in_state(*JobState)


async def test_a_reservation_that_fails_leaves_no_row(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "new_id", lambda: "taken")
    async with database.write() as write:
        await Ledger(database).reserve(write, "taken", Micros(1), member_id=9, guild_id=None)
    with pytest.raises(IntegrityError):
        await accepted(an_intake(database))
    assert not await Jobs(database).in_state(*JobState)
    assert await entries(database, "taken") == [("reserved", 1)]


async def test_an_answer_told_twice_enqueues_once(database: Database) -> None:
    engine = Engine(database)
    workflows = []
    go_on = asyncio.Event()

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        workflows.append((job_id, phase))
        go_on.set()

    async with life(engine, story):
        intake = an_intake(database, engine=engine)
        job = await accepted(intake)
        assert await engine.status(job.id) is None  # nobody has seen the card yet
        await intake.answered(job, 55)
        await intake.answered(job, 55)
        await asyncio.wait_for(go_on.wait(), 60)
        await reaches(engine, job.id, "done")
        await intake.answered(job, 55)
    assert workflows == [(job.id, "paint")]
    stored_job = await Jobs(database).get(job.id)
    assert stored_job is not None
    assert stored_job.destination.card_id == 55


async def test_an_order_is_promised_with_the_servers_key_of_that_moment(database: Database) -> None:
    api_keys = ApiKeys(database, [SEAL])
    intake = an_intake(database, api_keys=api_keys)
    kept_key = await api_keys.keep(GUILD, KEY, 9)
    job = await accepted(intake)
    assert job.key_id == kept_key.id
    assert await Jobs(database).get(job.id) == job
    await api_keys.remove(GUILD, 9)
    assert (await accepted(intake)).key_id is None
    assert (await intake.accept(ORDER, PRICE, replace(WHERE, guild_id=None))).key_id is None


async def test_the_operators_budget_and_a_servers_own_key_leave_each_other_alone(database: Database) -> None:
    api_keys = ApiKeys(database, [SEAL])
    intake = an_intake(database, replace(MANY, money_per_day=PRICE), api_keys=api_keys)
    await api_keys.keep(GUILD, KEY, 9)
    for _ in range(3):
        await accepted(intake)  # more than the operator would pay
    elsewhere = replace(WHERE, guild_id=GUILD + 1)
    await intake.accept(ORDER, PRICE, elsewhere)
    with pytest.raises(Refused, match="limit-all"):
        await intake.accept(ORDER, PRICE, elsewhere)
    await accepted(intake)
    await Rules(database).change(GUILD, 9, {"server_day": 4})
    with pytest.raises(Refused, match="limit-server"):
        await accepted(intake)


@pytest.mark.parametrize("trouble", ["rejected", "locked"])
async def test_key_that_cannot_pay_stores_nothing_and_stops_only_its_server(database: Database, trouble: str) -> None:
    api_keys = ApiKeys(database, [SEAL])
    kept_key = await api_keys.keep(GUILD, KEY, 9)
    if trouble == "rejected":
        await api_keys.reject(kept_key.id)
    intake = an_intake(database, api_keys=api_keys if trouble == "rejected" else None)
    with pytest.raises(Refused, match=f"own-key-{trouble}"):
        await accepted(intake)
    assert not await Jobs(database).in_state(*JobState)
    assert (await intake.accept(ORDER, PRICE, replace(WHERE, guild_id=GUILD + 1))).key_id is None
