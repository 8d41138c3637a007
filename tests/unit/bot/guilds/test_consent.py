"""Consent: who may use whose pictures, by a server's rules and by what people said themselves."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.database import Database
from bot.errors import Refused
from bot.guilds.consent import Consent, Roles, check_owners, others
from bot.guilds.rules import GuildRules
from bot.jobs import sources
from bot.jobs.job import Job
from bot.jobs.store import Jobs
from bot.orders import UNKNOWN, Source
from tests.support.studio import NOW, WHERE, Hours, a_job

ANA = 101
BEN = 102
CHIYO = 2**62
NO_ROLE: frozenset[int] = frozenset()
ROLE = 7
ANYONE = GuildRules()
OWN = GuildRules(consent="own")
OPT_OUT = GuildRules(consent="opt_out", consent_role=frozenset({ROLE}))


def of(*owners: int) -> Source:
    return Source("https://cdn/a.png", "a.png", owner_ids=owners)


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ((), set()),
        ((of(ANA),), set()),
        ((of(ANA), of(BEN)), {BEN}),
        ((of(ANA, BEN), of(CHIYO)), {BEN, CHIYO}),
        ((of(),), {UNKNOWN}),
    ],
)
def test_the_others_are_all_owners_but_the_one_who_asks(sources: tuple[Source, ...], expected: set[int]) -> None:
    assert others(sources, ANA) == expected


@pytest.mark.parametrize(
    ("rules", "owners", "opted_out", "roles", "reason"),
    [
        (ANYONE, {BEN}, (), {}, None),
        (ANYONE, {UNKNOWN}, (), {}, None),
        (ANYONE, {BEN, CHIYO}, (CHIYO,), {}, "consent-never"),
        (OWN, set(), (), {}, None),
        (OWN, {BEN}, (), {}, "consent-own"),
        (OWN, {UNKNOWN}, (), {}, "consent-unknown"),
        (OWN, {UNKNOWN, BEN}, (), {}, "consent-own"),
        (OWN, {BEN}, (BEN,), {}, "consent-never"),
        (OPT_OUT, {BEN}, (), {BEN: NO_ROLE}, None),
        (OPT_OUT, {BEN}, (), {BEN: {1, 2}}, None),
        (OPT_OUT, {BEN}, (), {BEN: {1, ROLE}}, "consent-role"),
        (OPT_OUT, {BEN}, (BEN,), {BEN: NO_ROLE}, "consent-never"),
        (OPT_OUT, {BEN}, (), {}, "consent-unread"),
        (OPT_OUT, {BEN, CHIYO}, (), {BEN: NO_ROLE}, "consent-unread"),
        (OPT_OUT, {BEN, CHIYO}, (), {CHIYO: {ROLE}}, "consent-role"),  # more is said than that Ben can't be asked
        (OPT_OUT, {UNKNOWN}, (), {}, None),
        (GuildRules(consent="opt_out"), {BEN}, (), {}, None),  # a role that nobody has named
        (replace(ANYONE, consent_role=frozenset({ROLE})), {BEN}, (), {BEN: {ROLE}}, None),
    ],
)
def test_the_table(
    rules: GuildRules, owners: set[int], opted_out: tuple[int, ...], roles: Roles, reason: str | None
) -> None:
    refused = check_owners(
        rules, owners, opted_out=opted_out, roles={member_id: frozenset(has) for member_id, has in roles.items()}
    )
    assert (refused.reason if refused else None) == reason


def test_a_refusal_names_whom_it_is_about() -> None:
    refused = check_owners(OWN, {UNKNOWN, BEN}, opted_out=(), roles={})
    assert refused is not None
    assert refused.facts == {"member": f"<@{BEN}>"}


async def refused(consent: Consent, *sources: Source, by: int = ANA, rules: GuildRules = ANYONE) -> str | None:
    try:
        await consent.check(rules, sources, requester_id=by, roles={})
    except Refused as error:
        return error.reason
    return None


async def test_a_no_holds_until_it_is_taken_back_and_never_against_oneself(database: Database) -> None:
    consent = Consent(database, Hours())
    assert await consent.is_given(CHIYO)
    await consent.give(CHIYO, False)
    await consent.give(CHIYO, False)
    assert not await Consent(database).is_given(CHIYO)
    assert await consent.is_given(BEN)
    assert await refused(consent, of(ANA, CHIYO)) == "consent-never"
    assert await refused(consent, of(ANA, BEN)) is None
    assert await refused(consent, of(CHIYO), by=CHIYO) is None
    await consent.give(CHIYO, True)
    assert await consent.is_given(CHIYO)
    assert await refused(consent, of(ANA, CHIYO)) is None


async def test_whoever_says_no_many_times_at_once_said_no(database_url: str) -> None:
    async with Database.open(database_url) as first, Database.open(database_url) as second:
        await asyncio.gather(*(Consent(database).give(BEN, False) for database in (first, second) * 10))
        assert not await Consent(first).is_given(BEN)


async def ordered(database: Database, member_id: int, *used: Source, prompt: str = "as a poster") -> Job:
    job = a_job()
    order = replace(job.order, sources=used, prompt=prompt)
    job = replace(job, order=order, destination=replace(WHERE, requester_id=member_id))
    async with database.write() as write:
        await Jobs(database).add(write, job)
    return job


async def test_export_lists_only_when_others_used_a_members_pictures(database: Database) -> None:
    await ordered(database, ANA, of(ANA), of(CHIYO, BEN))
    await ordered(database, ANA, of(ANA), prompt=f"<@{CHIYO}> as a fox")
    await ordered(database, ANA, of(int(f"{CHIYO}1"[:18])))
    await ordered(database, CHIYO, of(CHIYO))
    async with database.read() as read:
        assert [row async for row in sources.uses(read, CHIYO)] == [{"created_at": NOW}]
