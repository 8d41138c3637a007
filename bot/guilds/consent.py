"""Consent: whether somebody's pictures may be changed by others. Decides, and keeps who says no everywhere."""

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
"""The roles of members, by their id. Who is missing could not be asked for; who is not in the server has none."""

OPT_OUTS: Final = sa.Table(
    "opt_outs",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float, nullable=False),
)


def others(sources: Iterable[Source], requester_id: int) -> frozenset[int]:
    """Whose pictures these are beside the requester's own: what one does with those is nobody else's business."""
    return frozenset(one for source in sources for one in source.owners) - {requester_id}


def check_rules(
    rules: GuildRules, owners: Collection[int], *, opted_out: Collection[int], roles: Roles
) -> Refused | None:
    """What speaks against the use of pictures of these ``others``; None allows.

    ``opted_out``: who of them says no everywhere, in direct messages too. ``UNKNOWN`` (of before owners were noted, or
    forgotten since) is nobody's own picture, but of nobody who said no either.
    """
    people = sorted(set(owners) - {UNKNOWN})
    for one in people:
        if one in opted_out:
            return Refused("consent-never", member=f"<@{one}>")
    if rules.consent == "own" and owners:
        return Refused("consent-own", member=f"<@{people[0]}>") if people else Refused("consent-unknown")
    if rules.consent != "opt_out" or not rules.consent_role:
        return None
    for one in people:
        if rules.consent_role & roles.get(one, frozenset()):
            return Refused("consent-role", member=f"<@{one}>")
    return None if set(people) <= set(roles) else Refused("consent-unread")


async def verdict(
    within: Transaction, rules: GuildRules, sources: Iterable[Source], *, requester_id: int, roles: Roles
) -> Refused | None:
    """The same by what the database knows, in the caller's transaction: nobody orders by a yes that was taken back."""
    owners = others(sources, requester_id)
    if not owners:
        return None
    said_no = (await within.scalars(sa.select(OPT_OUTS.c.member_id).where(OPT_OUTS.c.member_id.in_(owners)))).all()
    return check_rules(rules, owners, opted_out=said_no, roles=roles)


class Consent:
    """Who says no everywhere. A wish and no record: it stays until its member takes it back."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def is_given(self, member_id: int) -> bool:
        """Whether others may use this member's pictures, where a server does not say otherwise."""
        async with self._database.read() as read:
            return await read.scalar(sa.select(OPT_OUTS.c.at).where(OPT_OUTS.c.member_id == member_id)) is None

    async def give(self, member_id: int, allow: bool) -> None:
        """A member says yes or no; a second time nothing changes but the moment."""
        async with self._database.write() as write:
            await self._database.decide_alone(write, member_id)
            await write.execute(sa.delete(OPT_OUTS).where(OPT_OUTS.c.member_id == member_id))
            if not allow:
                await write.execute(sa.insert(OPT_OUTS).values(member_id=member_id, at=self._clock()))

    async def check(self, rules: GuildRules, sources: Iterable[Source], *, requester_id: int, roles: Roles) -> None:
        """For a form that is about to be opened: what would be refused later is refused now. Raises Refused."""
        async with self._database.read() as read:
            refused = await verdict(read, rules, sources, requester_id=requester_id, roles=roles)
        if refused is not None:
            raise refused
