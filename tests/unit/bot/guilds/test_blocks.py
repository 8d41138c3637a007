"""Blocks: a member is blocked in one server, until a moment or for ever, and hears why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.database import Database
from bot.errors import Refused
from bot.guilds.audit import Audit
from bot.guilds.blocks import Block, Blocks
from bot.guilds.gate import DAY
from bot.guilds.rules import Rules
from bot.jobs.intake import Intake
from bot.jobs.job import JobState
from bot.jobs.store import Jobs
from tests.support.intake_parts import an_intake
from tests.support.studio import NOW, ORDER, PRICE, WHERE, Hours

GUILD = 2**60
OTHER = 7
ANA = 101
BEN = 102
MOD = 103


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def audit(database: Database, hours: Hours) -> Audit:
    return Audit(database, Rules(database, hours), hours)


@pytest.fixture
def blocks(database: Database, audit: Audit, hours: Hours) -> Blocks:
    return Blocks(database, audit, hours)


async def test_block_holds_in_one_server_and_a_second_replaces_it(
    blocks: Blocks, audit: Audit, database: Database
) -> None:
    await blocks.put(GUILD, ANA, MOD, "  rude\n pictures ", 3)
    await blocks.put(GUILD, BEN, MOD, "spam", None)
    await blocks.put(GUILD, ANA, MOD, "ruder ones", 7)
    assert await blocks.of_server(OTHER) == []
    assert {block.member_id: block for block in await blocks.of_server(GUILD)} == {
        ANA: Block(ANA, "ruder ones", MOD, NOW, NOW + 7 * DAY),
        BEN: Block(BEN, "spam", MOD, NOW, None),
    }
    async with database.read() as read:
        whom = {(GUILD, ANA), (OTHER, ANA), (GUILD, MOD), (None, ANA)}
        assert set(await blocks.in_force(read, whom)) == {(GUILD, ANA)}
        assert await blocks.in_force(read, {(None, ANA)}) == {}
    deeds = await audit.lately(GUILD, 10)
    assert [str(getattr(entry, "facts", {}).get("reason")) for entry in deeds] == [
        "ruder ones",
        "spam",
        "rude pictures",
    ]


async def test_block_ends_at_its_moment_or_earlier_by_hand(
    blocks: Blocks, audit: Audit, hours: Hours, database: Database
) -> None:
    await blocks.put(GUILD, ANA, MOD, "rude", 1)
    hours.now = NOW + DAY - 1
    assert len(await blocks.of_server(GUILD)) == 1
    hours.now = NOW + DAY
    assert await blocks.of_server(GUILD) == []
    async with database.read() as read:
        assert await blocks.in_force(read, {(GUILD, ANA)}) == {}
    with pytest.raises(Refused) as raised:
        await blocks.remove(GUILD, ANA, MOD)  # it is over
    assert raised.value.key == "refused-not-blocked"
    await blocks.put(GUILD, ANA, MOD, "rude", None)
    with pytest.raises(Refused):
        await blocks.remove(OTHER, ANA, MOD)
    await blocks.remove(GUILD, ANA, BEN)
    assert await blocks.of_server(GUILD) == []
    newest = (await audit.lately(GUILD, 1))[0]
    assert (getattr(newest, "action", None), newest.by) == ("member-unblocked", BEN)


async def test_invisible_reason_is_refused_and_a_long_one_shortened(blocks: Blocks) -> None:
    with pytest.raises(Refused) as raised:
        await blocks.put(GUILD, ANA, MOD, " \u200b\n", None)
    assert raised.value.key == "refused-block-reason"
    await blocks.put(GUILD, ANA, MOD, "x" * 500, None)
    (block,) = await blocks.of_server(GUILD)
    assert len(block.reason) == 200


@pytest.mark.parametrize(
    ("until", "key", "facts"),
    [
        (None, "refused-blocked-here", {"why": "a \\*rude\\* one"}),
        (NOW + 0.5, "refused-blocked-here-until", {"why": "a \\*rude\\* one", "until": int(NOW)}),
    ],
)
def test_a_blocked_member_hears_why_and_until_when(until: float | None, key: str, facts: dict[str, object]) -> None:
    refused = Block(ANA, "a *rude* one", MOD, NOW, until).refusal()
    assert (refused.key, refused.facts) == (key, facts)


@pytest.mark.proves("blocked-member")
async def test_a_blocked_members_order_leaves_nothing_behind_and_is_taken_elsewhere(
    database: Database, blocks: Blocks, hours: Hours
) -> None:
    where = replace(WHERE, guild_id=GUILD, requester_id=ANA)
    await blocks.put(GUILD, ANA, MOD, "rude", 1)
    intake: Intake = an_intake(database, hours=hours)
    with pytest.raises(Refused) as raised:
        await intake.accept(ORDER, PRICE, where)
    assert raised.value.key == "refused-blocked-here-until"
    assert not await Jobs(database).in_state(*JobState)
    for other in (replace(where, guild_id=OTHER), replace(where, guild_id=None), replace(where, requester_id=BEN)):
        await intake.accept(ORDER, PRICE, other)
    hours.now += DAY
    await intake.accept(ORDER, PRICE, where)
    assert len(await Jobs(database).in_state(*JobState)) == 4
