"""Owners: whose the pictures are that people see, and which roles those people have here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable
from typing import Final

import discord

from bot.client import Retouch
from bot.guilds.consent import Roles, others
from bot.guilds.rules import GuildRules
from bot.jobs.lineage import owners_of
from bot.orders import UNKNOWN, Source
from cogs.ui.cards import SOURCE
from cogs.ui.job_of_message import About, is_ours

ASKED_FOR: Final = 1.5
"""Seconds that the roles of all owners may take: an interaction has three in all, and a busy machine needs some."""

LOOKED_UP_FOR: Final = 1.0
"""Seconds that reading the first message of a forward may take, of the three that an interaction has."""

ASKED_MOST: Final = 10
"""Owners whose roles are asked for. A picture of more people than that is not used where roles decide."""

_log = logging.getLogger(__name__)


class Owners:
    """Learns from messages and from the jobs behind them alone: what an id on a button or form says is not believed."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._about = About(bot)

    async def of(self, message: discord.Message, guild_id: int | None) -> tuple[int, ...]:
        """Return whose the pictures in a message are: its author's; in one of ours, theirs who made and gave them.

        Those in a forward are the author's whose message was forwarded, not theirs who forwarded it.
        """
        if message.message_snapshots:
            return await self._forwarded(message)
        if not is_ours(self._bot, message):
            return (message.author.id,)
        known = await self._about.pictures(message, guild_id)
        if known is None:
            return (UNKNOWN,)
        job, mark = known
        return tuple(sorted(job.order.owners)) if mark == SOURCE and job.forgotten_at is None else owners_of(job)

    async def _forwarded(self, message: discord.Message) -> tuple[int, ...]:
        """Return the owners of what a message forwards; ``UNKNOWN`` where the first message can't be read in time.

        A snapshot names no author. https://discord.com/developers/docs/resources/message#message-snapshot-object
        """
        reference = message.reference
        if reference is None or reference.message_id is None:
            return (UNKNOWN,)
        channel = self._bot.get_partial_messageable(reference.channel_id, guild_id=reference.guild_id)
        try:
            async with asyncio.timeout(LOOKED_UP_FOR):
                first = await channel.fetch_message(reference.message_id)
        except (discord.HTTPException, TimeoutError, OSError) as error:
            _log.info("whose forwarded picture this is can't be learned: %r", error)
            return (UNKNOWN,)
        return (UNKNOWN,) if first.message_snapshots else await self.of(first, reference.guild_id)

    async def roles(
        self, guild_id: int | None, rules: GuildRules, sources: Iterable[Source], requester_id: int
    ) -> Roles:
        """The roles of the owners, where the rules ask for them; who can't be asked in time is missing.

        https://discord.com/developers/docs/resources/guild#get-guild-member (needs no privileged intent)
        """
        if guild_id is None or rules.consent != "opt_out" or not rules.consent_role:
            return {}
        people = others(sources, requester_id) - {UNKNOWN}
        return await self._fetched(guild_id, sorted(people)[:ASKED_MOST])

    async def _fetched(self, guild_id: int, people: Collection[int]) -> Roles:
        found: dict[int, frozenset[int]] = {}

        async def ask(member_id: int) -> None:
            try:
                member = await self._bot.http.get_member(guild_id, member_id)
                found[member_id] = frozenset(map(int, member["roles"]))
            except discord.NotFound:  # they left, or are a webhook: whoever is not here has no role
                found[member_id] = frozenset()
            except discord.HTTPException as error:
                _log.warning("server %s: the roles of %s can't be read: %s", guild_id, member_id, error)

        try:
            async with asyncio.timeout(ASKED_FOR):
                await asyncio.gather(*(ask(one) for one in people))
        except (TimeoutError, OSError) as error:
            _log.warning("server %s: the roles of owners can't be read now: %r", guild_id, error)
        return found

    async def check(self, interaction: discord.Interaction, sources: Collection[Source]) -> None:
        """Before a form is opened: nobody writes a prompt only to be refused. Raises Refused."""
        rules, by = await self._bot.services.rules.lately(interaction.guild_id), interaction.user.id
        roles = await self.roles(interaction.guild_id, rules, sources, by)
        await self._bot.services.consent.check(rules, sources, requester_id=by, roles=roles)
