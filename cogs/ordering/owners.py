"""The owners of the pictures in messages, and their roles in a server."""

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
from cogs.ui.attachments import pictures
from cogs.ui.cards import SOURCE
from cogs.ui.job_of_message import JobFinder, is_ours

ROLES_READ_FOR: Final = 1.5
"""Seconds that the roles of all owners may take: an interaction has three in all, and a busy machine needs some."""

FORWARD_READ_FOR: Final = 1.0
"""Seconds that reading the original of a forward may take, of the three that an interaction has."""

OWNERS_MOST: Final = 10
"""Owners with roles that are read. A picture of more owners is not used if roles decide."""

_log = logging.getLogger(__name__)


class Owners:
    """Look-up of owners by messages and the jobs behind them only. The id of a button or form is not trusted."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._job_finder = JobFinder(bot)

    async def of(self, message: discord.Message, guild_id: int | None) -> tuple[int, ...]:
        """Return the owners of the pictures in a message: its author, or for a message of ours the owners of the job.

        The pictures in a forward belong to the author of the forwarded message, not to the member who forwarded it.
        """
        if message.message_snapshots:
            return await self._forwarded(message)
        if not is_ours(self._bot, message):
            return (message.author.id,)
        job_and_mark = await self._job_finder.find_by_pictures(message, guild_id)
        if job_and_mark is None:
            return (UNKNOWN,)
        job, mark = job_and_mark
        return tuple(sorted(job.order.owners)) if mark == SOURCE and job.forgotten_at is None else owners_of(job)

    async def results(self, interaction: discord.Interaction) -> list[Source]:
        """Return the painted pictures in the message of the button in use."""
        message = interaction.message
        return [] if message is None else pictures(message, await self.of(message, interaction.guild_id))

    async def _forwarded(self, message: discord.Message) -> tuple[int, ...]:
        """Return the owners of the pictures in a forward; ``UNKNOWN`` when the original can't be read in time.

        A snapshot names no author. https://discord.com/developers/docs/resources/message#message-snapshot-object
        """
        reference = message.reference
        if reference is None or reference.message_id is None:
            return (UNKNOWN,)
        channel = self._bot.get_partial_messageable(reference.channel_id, guild_id=reference.guild_id)
        try:
            async with asyncio.timeout(FORWARD_READ_FOR):
                original = await channel.fetch_message(reference.message_id)
        except (discord.HTTPException, TimeoutError, OSError) as error:
            _log.info("the owner of a forwarded picture can't be learned: %r", error)
            return (UNKNOWN,)
        return (UNKNOWN,) if original.message_snapshots else await self.of(original, reference.guild_id)

    async def roles(
        self, guild_id: int | None, rules: GuildRules, sources: Iterable[Source], requester_id: int
    ) -> Roles:
        """Return the roles of the owners if the rules need them. Those that can't be read in time are missing.

        https://discord.com/developers/docs/resources/guild#get-guild-member (needs no privileged intent)
        """
        if guild_id is None or rules.consent != "opt_out" or not rules.consent_role:
            return {}
        people = others(sources, requester_id) - {UNKNOWN}
        return await self._fetched(guild_id, sorted(people)[:OWNERS_MOST])

    async def _fetched(self, guild_id: int, people: Collection[int]) -> Roles:
        roles: dict[int, frozenset[int]] = {}

        async def fetch(member_id: int) -> None:
            try:
                member = await self._bot.http.get_member(guild_id, member_id)
                roles[member_id] = frozenset(map(int, member["roles"]))
            except discord.NotFound:  # they left, or are a webhook, and have no roles here
                roles[member_id] = frozenset()
            except discord.HTTPException as error:
                _log.warning("server %s: the roles of %s can't be read: %s", guild_id, member_id, error)

        try:
            async with asyncio.timeout(ROLES_READ_FOR):
                await asyncio.gather(*(fetch(member_id) for member_id in people))
        except (TimeoutError, OSError) as error:
            _log.warning("server %s: the roles of owners can't be read now: %r", guild_id, error)
        return roles

    async def check(self, interaction: discord.Interaction, sources: Collection[Source]) -> None:
        """Check consent before a form is opened, so that nobody writes a prompt only to be refused. Raises Refused."""
        by = interaction.user.id
        rules = await self._bot.services.rules.lately(interaction.guild_id)
        roles = await self.roles(interaction.guild_id, rules, sources, by)
        await self._bot.services.consent.check(rules, sources, requester_id=by, roles=roles)
