"""Placement of orders from commands, forms, buttons and messages, all with the same checks and the same answer."""

from __future__ import annotations

import logging
import math
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

import discord

from bot.client import Retouch
from bot.errors import Refused
from bot.guilds.gate import MemberContext
from bot.guilds.rules import GuildRules, filled_in
from bot.jobs.courier import QueuePlace
from bot.jobs.job import Destination, Job, Kind
from bot.money import Micros
from bot.orders import Order
from cogs.ordering.owners import Owners
from cogs.ui.cards import Cards
from cogs.ui.discord_errors import content_refusal

THREAD_LOCKED: Final = 160005

_log = logging.getLogger(__name__)


class OrderPlacement:
    """The placement of orders: ``place`` for an interaction, ``place_for_message`` for a message.

    When they raise Refused, nothing was stored.
    """

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._cards = Cards(bot.services.phrases, bot.services.whole_catalogue)
        self._owners = Owners(bot)

    async def place(
        self,
        interaction: discord.Interaction,
        order: Order,
        *,
        parent_id: str | None = None,
        idempotency_key: str | None = None,
        editing: bool = True,
    ) -> None:
        """Store the job and its reservation, then show the card, then start the workflow.

        If ``editing``, an order without a picture is refused: it would be paid for, and paint anything.
        """
        services = self._bot.services
        refusal: Refused | None = None
        with ExitStack() as waiting:
            with services.intake.command_priority.answering():
                rules = await services.rules.lately(interaction.guild_id)
                where = _interaction_destination(interaction, rules)
                order, price = self._checked(order, rules, editing=editing)
                context = await self._context(interaction.channel, interaction.user, order, rules)
                job = await services.intake.accept(
                    order, price, where, parent_id=parent_id, idempotency_key=idempotency_key, member_context=context
                )
                place = waiting.enter_context(services.intake.expecting(job))
                try:
                    card_id = await self._answer(interaction, job, place)
                except Refused as error:
                    card_id = None
                    refusal = error
            if card_id is not None:
                await services.intake.answered(job, card_id)
                return
        await services.intake.unanswered(job, self._bot.courier, refusal)

    def _checked(self, order: Order, rules: GuildRules, *, editing: bool) -> tuple[Order, Micros]:
        """Return the order as it will be sent, filled in by the server's rules, and its price. Raises Refused."""
        catalogue = self._bot.services.catalogue()
        order = catalogue.check(filled_in(order, rules, catalogue), editing=editing)
        return order, catalogue.price(order)

    async def _context(
        self, channel: object, member: discord.User | discord.Member, order: Order, rules: GuildRules
    ) -> MemberContext:
        """Return the facts that a server's rules need, among them the roles of the pictures' owners."""
        guild_id = member.guild.id if isinstance(member, discord.Member) else None
        roles = await self._owners.roles(guild_id, rules, order.sources, member.id)
        return replace(_place_and_member(channel, member), owner_roles=roles)

    async def _answer(self, interaction: discord.Interaction, job: Job, place: QueuePlace | None) -> int | None:
        """Show the card and return its id, or None when the three seconds were over (10062).

        Raises Refused("card-refused") where a filter of Discord refuses the words on it. Any other error is raised:
        whether the card was shown is unknown then, and the recovery finds out.
        """
        embed = self._cards.accepted(job, place)
        buttons = self._cards.while_running(job)
        try:
            answer = await interaction.response.send_message(embed=embed, view=buttons)
        except discord.NotFound:
            return None
        except discord.HTTPException as error:
            if content_refusal(error) is None:
                raise
            raise Refused("card-refused") from error
        assert answer.message_id is not None  # a message was sent
        return answer.message_id

    async def place_for_message(
        self, message: discord.Message, order: Order, locale: str, *, parent_id: str | None = None
    ) -> None:
        """Submit the order of a message. It is answered by a reply, and becomes one job however often it arrives."""
        services = self._bot.services
        services.intake.admit(message.author.id, message.guild.id if message.guild else None)
        rules = await services.rules.lately(message.guild.id if message.guild else None)
        where = _message_destination(message, locale, rules)
        order, price = self._checked(order, rules, editing=bool(order.sources))
        job = await services.intake.accept(
            order,
            price,
            where,
            parent_id=parent_id,
            idempotency_key=f"message:{message.id}",
            within=math.inf,
            member_context=await self._context(message.channel, message.author, order, rules),
        )
        with services.intake.expecting(job) as place:
            card_id = await self._reply(message, job, place)
            if card_id is not None:  # else it may have been shown: the recovery finds out
                await services.intake.answered(job, card_id)

    async def _reply(self, message: discord.Message, job: Job, place: QueuePlace | None) -> int | None:
        """Reply with the card and return its id, or None where that failed. Where it was refused, the job ends."""
        embed = self._cards.accepted(job, place)
        buttons = self._cards.while_running(job)
        try:
            card = await message.reply(embed=embed, view=buttons, mention_author=False, nonce=job.nonce)
        except Exception as error:  # noqa: BLE001 - a lost connection has many types, and the job is stored by now
            _log.warning("job %s: its card can't be shown: %r", job.id, error)
            if isinstance(error, discord.HTTPException) and error.status < 500:
                await self._bot.services.intake.unanswered(job, self._bot.courier, _refusal(error))
            return None
        return card.id


def _refusal(error: discord.HTTPException) -> Refused | None:
    """Return why Discord refuses a card, in words, or None where nothing is known."""
    if error.code == THREAD_LOCKED:
        return Refused("thread-locked")
    return Refused("card-refused") if content_refusal(error) is not None else None


def _interaction_destination(interaction: discord.Interaction, rules: GuildRules) -> Destination:
    """Return the place of an order, with a word about missing permissions. Raises Refused if it takes no result."""
    assert interaction.channel_id is not None  # every command, button and form is in a channel
    kind = _kind(interaction.guild_id, interaction.channel)
    _check_unlocked(interaction.channel, interaction.app_permissions)
    word = None
    if kind != "direct":
        word = missing_permission(kind, interaction.app_permissions, threaded=_threaded(rules))
    return Destination(
        requester_id=interaction.user.id,
        channel_id=interaction.channel_id,
        interaction_id=interaction.id,
        guild_id=interaction.guild_id,
        kind=kind,
        locale=public_locale(rules, interaction.locale.value),
        word=word,
        threaded=_threaded(rules),
        spoiler=rules.spoiler,
    )


def _message_destination(message: discord.Message, locale: str, rules: GuildRules) -> Destination:
    """Return the place of an order by message. Raises Refused as for an interaction."""
    kind = _kind(message.guild.id if message.guild else None, message.channel)
    word = None
    if message.guild is not None and isinstance(message.channel, discord.Thread | discord.TextChannel):
        may = message.channel.permissions_for(message.guild.me)
        _check_unlocked(message.channel, may)
        word = missing_permission(kind, may, threaded=_threaded(rules))
    return Destination(
        requester_id=message.author.id,
        channel_id=message.channel.id,
        interaction_id=message.id,
        guild_id=message.guild.id if message.guild else None,
        kind=kind,
        locale=public_locale(rules, locale),
        word=word,
        threaded=_threaded(rules),
        spoiler=rules.spoiler,
    )


def public_locale(rules: GuildRules, locale: str) -> str:
    """Return the language of public messages: the server's, or that of the requester."""
    return locale if rules.language == "member" else rules.language


def _threaded(rules: GuildRules) -> bool:
    return rules.delivery == "thread"


def _place_and_member(channel: object, member: discord.User | discord.Member) -> MemberContext:
    """Return the facts about the place and the member in Discord's message or interaction."""
    if not isinstance(member, discord.Member) or not isinstance(channel, discord.Thread | discord.abc.GuildChannel):
        return MemberContext()
    thread = isinstance(channel, discord.Thread)
    places = {channel.id, channel.parent_id} if isinstance(channel, discord.Thread) else {channel.id}
    restricted = getattr(channel, "is_nsfw", None)  # a category has none
    return MemberContext(
        place_ids=frozenset(places),
        in_thread=thread,
        age_restricted=restricted is not None and restricted(),
        role_ids=frozenset(role.id for role in member.roles),
        joined_at=member.joined_at.timestamp() if member.joined_at else None,
    )


def _kind(guild_id: int | None, channel: object) -> Kind:
    if guild_id is None:
        return "direct"
    return "thread" if isinstance(channel, discord.Thread) else "channel"


def _check_unlocked(channel: object, may: discord.Permissions) -> None:
    """Raise Refused in a thread that a moderator locked, since no result could be posted there.

    https://discord.com/developers/docs/topics/threads#additional-context-on-the-threadmetadata-and-threadmember-objects
    """
    if isinstance(channel, discord.Thread) and channel.locked and not may.manage_threads:
        raise Refused("thread-locked")


def missing_permission(kind: Kind, may: discord.Permissions, *, threaded: bool = True) -> str | None:
    """Return the key of a word about a permission that the server should grant, or None.

    Raises Refused if nothing could be delivered. ``threaded`` is False if the server wants pictures in the channel.
    """
    if kind == "thread":
        if not may.send_messages_in_threads:
            raise Refused("thread-silent")
        if not may.attach_files:
            raise Refused("attach-files")
        return _missing_optional(may)
    if not threaded and not may.send_messages:
        raise Refused("channel-silent")
    thread = may.create_public_threads and may.send_messages_in_threads
    if not thread and not may.send_messages:
        raise Refused("nowhere-to-post")
    # Without "Send Messages" a channel denies files too, which says nothing about its threads:
    # https://discord.com/developers/docs/topics/permissions#implicit-permissions
    if may.send_messages and not may.attach_files:
        raise Refused("attach-files")
    if threaded and not may.create_public_threads:
        return "place-no-create-thread"
    if threaded and not may.send_messages_in_threads:
        return "place-no-thread-messages"
    return _missing_optional(may)


def _missing_optional(may: discord.Permissions) -> str | None:
    """Return the key of a word about a permission that is helpful but not needed, or None."""
    if not may.read_message_history:
        return "place-no-history"
    return None if may.embed_links else "place-no-embeds"
