"""The Counter: where orders are taken. Commands, forms, buttons and messages alike: one gate, one kind of answer."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from typing import Final

import discord

from bot.client import Retouch
from bot.errors import Refused
from bot.guilds.gate import MemberContext
from bot.guilds.rules import GuildRules, filled_in
from bot.jobs.job import Destination, Job, Kind
from bot.money import Micros
from bot.orders import Order
from cogs.ordering.owners import Owners
from cogs.ui.cards import Cards

THREAD_LOCKED: Final = 160005

_log = logging.getLogger(__name__)


class OrderPlacement:
    """``take`` answers an interaction, ``take_message`` a message. Both raise Refused, and then nothing was written."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._cards = Cards(bot.services.phrases)
        self._owners = Owners(bot)

    async def take(
        self,
        interaction: discord.Interaction,
        order: Order,
        *,
        parent_id: str | None = None,
        idempotency_key: str | None = None,
        editing: bool = True,
    ) -> None:
        """Row and reservation first, then the card, then the engine.

        Where it is ``editing``, an order without a picture is refused: it would be paid for, and paint anything.
        """
        services = self._bot.services
        services.intake.admit(interaction.user.id, interaction.guild_id)
        with services.intake.command_priority.answering():
            rules = await services.rules.lately(interaction.guild_id)
            where = _asked(interaction, rules)
            order, price = self._priced(order, rules, editing=editing)
            member_context = await self._around(interaction.channel, interaction.user, order, rules)
            job = await services.intake.accept(
                order, price, where, parent_id=parent_id, idempotency_key=idempotency_key, member_context=member_context
            )
            card_id = await self._answer(interaction, job)
        if card_id is None:
            await services.intake.unanswered(job, self._bot.courier)
        else:
            await services.intake.answered(job, card_id)

    def _priced(self, order: Order, rules: GuildRules, *, editing: bool) -> tuple[Order, Micros]:
        """The order as it will be sent, with what the server's rules fill in, and its price. Raises Refused."""
        catalogue = self._bot.services.catalogue()
        order = catalogue.check(filled_in(order, rules, catalogue), editing=editing)
        return order, catalogue.price(order)

    async def _around(
        self, channel: object, member: discord.User | discord.Member, order: Order, rules: GuildRules
    ) -> MemberContext:
        """What the rules of a server ask about, the owners of the pictures among it."""
        guild_id = member.guild.id if isinstance(member, discord.Member) else None
        roles = await self._owners.roles(guild_id, rules, order.sources, member.id)
        return replace(_around(channel, member), owner_roles=roles)

    async def _answer(self, interaction: discord.Interaction, job: Job) -> int | None:
        """Shows the card; its id. None: the three seconds were over (10062).

        Where it can't be known whether it was shown, this raises, and the sweep finds out.
        """
        embed, buttons = self._cards.accepted(job, self._bot.services.whole_catalogue()), self._cards.while_running(job)
        try:
            answer = await interaction.response.send_message(embed=embed, view=buttons)
        except discord.NotFound:
            return None
        assert answer.message_id is not None  # a message is what we sent
        return answer.message_id

    async def take_message(
        self, message: discord.Message, order: Order, locale: str, *, parent_id: str | None = None
    ) -> None:
        """The same for a message that asks. It is answered by a reply, and becomes one job however often it arrives."""
        services = self._bot.services
        services.intake.admit(message.author.id, message.guild.id if message.guild else None)
        rules = await services.rules.lately(message.guild.id if message.guild else None)
        where = _written(message, locale, rules)
        order, price = self._priced(order, rules, editing=bool(order.sources))
        job = await services.intake.accept(
            order,
            price,
            where,
            parent_id=parent_id,
            idempotency_key=f"message:{message.id}",
            within=math.inf,
            member_context=await self._around(message.channel, message.author, order, rules),
        )
        embed, buttons = self._cards.accepted(job, services.whole_catalogue()), self._cards.while_running(job)
        try:
            card = await message.reply(embed=embed, view=buttons, mention_author=False, nonce=job.nonce)
        except Exception as error:  # noqa: BLE001 - a lost connection has many names, and the job is written by now
            _log.warning("job %s: its card can't be shown: %r", job.id, error)
            if isinstance(error, discord.HTTPException) and error.status < 500:
                locked = Refused("thread-locked") if error.code == THREAD_LOCKED else None
                await services.intake.unanswered(job, self._bot.courier, locked)
            return  # else it was shown, perhaps: the sweep looks for it, and goes on or gives the money back
        await services.intake.answered(job, card.id)


def _asked(interaction: discord.Interaction, rules: GuildRules) -> Destination:
    """Where the member asked. Raises Refused where nothing could be delivered; says what else is missing."""
    assert interaction.channel_id is not None  # whatever people use stands in some channel
    kind = _kind(interaction.guild_id, interaction.channel)
    _unlocked(interaction.channel, interaction.app_permissions)
    return Destination(
        requester_id=interaction.user.id,
        channel_id=interaction.channel_id,
        interaction_id=interaction.id,
        guild_id=interaction.guild_id,
        kind=kind,
        locale=spoken(rules, interaction.locale.value),
        word=None if kind == "direct" else missing(kind, interaction.app_permissions, threaded=_threaded(rules)),
        threaded=_threaded(rules),
        spoiler=rules.spoiler,
    )


def _written(message: discord.Message, locale: str, rules: GuildRules) -> Destination:
    """The same for a message."""
    kind = _kind(message.guild.id if message.guild else None, message.channel)
    word = None
    if message.guild is not None and isinstance(message.channel, discord.Thread | discord.TextChannel):
        may = message.channel.permissions_for(message.guild.me)
        _unlocked(message.channel, may)
        word = missing(kind, may, threaded=_threaded(rules))
    return Destination(
        requester_id=message.author.id,
        channel_id=message.channel.id,
        interaction_id=message.id,
        guild_id=message.guild.id if message.guild else None,
        kind=kind,
        locale=spoken(rules, locale),
        word=word,
        threaded=_threaded(rules),
        spoiler=rules.spoiler,
    )


def spoken(rules: GuildRules, locale: str) -> str:
    """The language of what everybody sees: the server's, or that of the member who asked."""
    return locale if rules.language == "member" else rules.language


def _threaded(rules: GuildRules) -> bool:
    return rules.delivery == "thread"


def _around(channel: object, member: discord.User | discord.Member) -> MemberContext:
    """What Discord told of the place and the member."""
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


def _unlocked(channel: object, may: discord.Permissions) -> None:
    """Raises Refused in a thread that a moderator locked: nothing that we paint could come into it.

    https://discord.com/developers/docs/topics/threads#additional-context-on-the-threadmetadata-and-threadmember-objects
    """
    if isinstance(channel, discord.Thread) and channel.locked and not may.manage_threads:
        raise Refused("thread-locked")


def missing(kind: Kind, may: discord.Permissions, *, threaded: bool = True) -> str | None:
    """The key of a word about a permission that the server should grant. Refused only where nothing could arrive.

    ``threaded`` False: the server wants pictures in the channel itself.
    """
    if kind == "thread":
        if not may.send_messages_in_threads:
            raise Refused("thread-silent")
        if not may.attach_files:
            raise Refused("attach-files")
        return _lacking(may)
    if not threaded and not may.send_messages:
        raise Refused("channel-silent")
    thread = may.create_public_threads and may.send_messages_in_threads
    if not thread and not may.send_messages:
        raise Refused("nowhere-to-post")
    # Without "Send Messages" a channel denies files too, and that says nothing of its threads:
    # https://discord.com/developers/docs/topics/permissions#implicit-permissions
    if may.send_messages and not may.attach_files:
        raise Refused("attach-files")
    if threaded and not may.create_public_threads:
        return "place-no-create-thread"
    if threaded and not may.send_messages_in_threads:
        return "place-no-thread-messages"
    return _lacking(may)


def _lacking(may: discord.Permissions) -> str | None:
    """What the pictures get along without."""
    if not may.read_message_history:
        return "place-no-history"
    return None if may.embed_links else "place-no-embeds"
