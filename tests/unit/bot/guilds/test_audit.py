"""The Audit: what moderators did and what managers changed, as one row of moments."""

from __future__ import annotations

from bot.database import Database
from bot.guilds.audit import Audit, AuditEntry
from bot.guilds.rules import Change, Rules
from tests.support.studio import NOW, Hours

GUILD = 2**60
OTHER = 7
ANA = 101
MOD = 103


async def test_actions_and_rule_changes_of_a_server_are_listed_newest_first(database: Database) -> None:
    hours = Hours()
    rules = Rules(database, hours)
    audit = Audit(database, rules, hours)
    first = await audit.note(GUILD, "picture-deleted", MOD, ANA, job="j", link="https://discord.com/channels/1/2/3")
    hours.now += 1
    await rules.change(GUILD, MOD, {"cooldown": 5})
    hours.now += 1
    last = await audit.note(GUILD, "member-unblocked", MOD, ANA)
    await audit.note(OTHER, "member-unblocked", MOD, ANA)
    change = Change("cooldown", 0, 5, MOD, NOW + 1)
    assert await audit.lately(GUILD, 10) == [last, change, first]
    assert await audit.lately(GUILD, 2) == [last, change]
    assert first == AuditEntry(
        "picture-deleted", MOD, NOW, ANA, {"job": "j", "link": "https://discord.com/channels/1/2/3"}
    )
