"""Consent: whether a member's pictures may be changed by others. Stores the members who refuse everywhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

import sqlalchemy as sa

from bot.database import Database, Transaction, metadata
from bot.errors import Refused
from bot.guilds.rules import GuildRules
from bot.orders import UNKNOWN, Source

Roles = Mapping[int, frozenset[int]]
"""The roles of members, by their id. A missing member could not be asked for; one who left the server has none."""

OPT_OUTS: Final = sa.Table(
    "opt_outs",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float, nullable=False),
)


def others(sources: Iterable[Source], requester_id: int) -> frozenset[int]:
    """Return the owners of these pictures except the requester, whose own pictures need nobody's consent."""
    return frozenset(owner for source in sources for owner in source.owners) - {requester_id}


def check_owners(
    rules: GuildRules, owners: Collection[int], *, opted_out: Collection[int], roles: Roles
) -> Refused | None:
    """Return a refusal if the pictures of these ``owners`` may not be used, else None.

    ``opted_out`` are the members who refuse everywhere, in direct messages too. ``UNKNOWN`` (an owner from before
    owners were recorded, or forgotten since) is neither the requester nor a member who refused.
    """
    people = sorted(set(owners) - {UNKNOWN})
    for member_id in people:
        if member_id in opted_out:
            return Refused("consent-never", member=f"<@{member_id}>")
    if rules.consent == "own" and owners:
        return Refused("consent-own", member=f"<@{people[0]}>") if people else Refused("consent-unknown")
    if rules.consent != "opt_out" or not rules.consent_role:
        return None
    for member_id in people:
        if rules.consent_role & roles.get(member_id, frozenset()):
            return Refused("consent-role", member=f"<@{member_id}>")
    return None if set(people) <= set(roles) else Refused("consent-unread")


async def verdict(
    within: Transaction, rules: GuildRules, sources: Iterable[Source], *, requester_id: int, roles: Roles
) -> Refused | None:
    """Return the same by the opt-outs in the database, in the caller's transaction: a withdrawal counts at once."""
    owners = others(sources, requester_id)
    if not owners:
        return None
    opted_out = (await within.scalars(sa.select(OPT_OUTS.c.member_id).where(OPT_OUTS.c.member_id.in_(owners)))).all()
    return check_owners(rules, owners, opted_out=opted_out, roles=roles)


class Consent:
    """The members who refuse everywhere. An opt-out stays until its member takes it back."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def is_given(self, member_id: int) -> bool:
        """Return whether others may use this member's pictures where a server does not say otherwise."""
        async with self._database.read() as read:
            return await read.scalar(sa.select(OPT_OUTS.c.at).where(OPT_OUTS.c.member_id == member_id)) is None

    async def give(self, member_id: int, allow: bool) -> None:
        """Store a member's consent or its withdrawal. A repetition changes only the moment."""
        async with self._database.write() as write:
            await self._database.decide_alone(write, member_id)
            await write.execute(sa.delete(OPT_OUTS).where(OPT_OUTS.c.member_id == member_id))
            if not allow:
                await write.execute(sa.insert(OPT_OUTS).values(member_id=member_id, at=self._clock()))

    async def check(self, rules: GuildRules, sources: Iterable[Source], *, requester_id: int, roles: Roles) -> None:
        """Check, before a form is opened, what would be refused later. Raises Refused."""
        async with self._database.read() as read:
            refused = await verdict(read, rules, sources, requester_id=requester_id, roles=roles)
        if refused is not None:
            raise refused
