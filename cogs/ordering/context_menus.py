"""The context menus "Edit this picture" on a message, "Edit this avatar" on a member, which open the form."""

from __future__ import annotations

import time
import zlib
from dataclasses import asdict, replace
from functools import partial
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused
from bot.orders import UNKNOWN, Order, Source
from bot.text import shorten
from cogs.ordering.offer import offered
from cogs.ordering.owners import Owners
from cogs.ordering.place_order import OrderPlacement
from cogs.ui.attachments import require_pictures, uncovered
from cogs.ui.job_of_message import is_ours
from cogs.ui.modals import FormId, order_form, read, send_form
from cogs.ui.router import Use, form

KEPT_FOR: Final = 24 * 3600.0
"""Seconds for which an open form's pictures are kept: their addresses expire by then."""

OPEN_AT_ONCE: Final = 20
"""Forms of a member whose pictures are kept. A member who opens more has closed the oldest."""

AVATAR_SIDE: Final = 1024
"""Pixels. https://discord.com/developers/docs/reference#image-formatting"""


class ContextMenus(commands.Cog):
    """The menu entries under "Apps"."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._placement = OrderPlacement(bot)
        self._owners = Owners(bot)
        message = app_commands.ContextMenu(name="Edit this picture", callback=self._on_message)
        member = app_commands.ContextMenu(name="Edit this avatar", callback=self._on_member)
        for menu in (message, member):
            menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)
            menu.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
            bot.tree.add_command(menu)

    async def _on_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        owners = await self._owners.of(message, interaction.guild_id)
        sources = require_pictures(message, owners)
        if not is_ours(self._bot, message):
            # Discord shows us the pictures of others in this interaction only: read later, the message would have none.
            # https://discord.com/developers/docs/events/gateway#message-content-intent
            credit = f"<@{owners[0]}>" if len(owners) == 1 and _may_be_named(message, owners[0]) else ""
            link = message.jump_url
            sources = [
                replace(source, channel_id=None, message_id=None, credit=credit, seen_in=link) for source in sources
            ]
        await self._open(interaction, FormId("menu", (str(message.channel.id), str(message.id))), sources)

    async def _on_member(self, interaction: discord.Interaction, member: discord.Member | discord.User) -> None:
        # The id holds the place, since an avatar of one server must not be shown in another.
        await self._open(
            interaction, FormId("avatar", (str(member.id), str(interaction.channel_id))), [_avatar(member)]
        )

    async def _open(self, interaction: discord.Interaction, form_id: FormId, sources: list[Source]) -> None:
        await self._bot.services.intake.is_open()
        await self._owners.check(interaction, sources)
        key_values = self._bot.services.key_values
        now = time.time()
        opened = {"at": now, "shown": [asdict(source) for source in sources]}
        await key_values.put(str(form_id), opened, member_id=interaction.user.id, most=OPEN_AT_ONCE)
        words = partial(self._bot.services.phrases.say, interaction.locale.value)
        names = [f"{number}. {shorten(uncovered(source.name), 80)}" for number, source in enumerate(sources, 1)]
        catalogue = await offered(self._bot, interaction.guild_id)
        await send_form(interaction, order_form(form_id, words, catalogue, pictures=names))
        await key_values.forget("form", before=now - KEPT_FOR)  # after the answer, so that nobody waits for it

    @form("menu", "avatar")
    async def order(self, interaction: discord.Interaction, use: Use) -> None:
        """Submit the order that the form describes, from the pictures that the menu was used on. Raises Refused."""
        form_id = FormId(use.action, use.words)
        filled = read(use.data, interaction.user.id)
        opened = await self._bot.services.key_values.get(str(form_id))
        if opened is None or _opened_in(form_id) != str(interaction.channel_id):
            raise Refused("form-old")
        offered_sources = [Source.restored(source) for source in opened["shown"]]
        chosen = [offered_sources[number] for number in filled.picked if number < len(offered_sources)]
        chosen = chosen or offered_sources[:1]
        sources = (*(_credited(source, interaction.user.id) for source in chosen), *filled.uploads)
        order = Order(filled.prompt, filled.model, filled.ratio, filled.resolution, sources=sources)
        idempotency_key = f"{form_id}:{zlib.crc32(filled.prompt.encode()):08x}"
        await self._placement.place(interaction, order, idempotency_key=idempotency_key)


def _opened_in(form_id: FormId) -> str | None:
    """Return the id of the channel in which a form was opened, or None if the form's id does not hold it."""
    number = {"menu": 0, "avatar": 1}[form_id.action]
    return form_id.ids[number] if len(form_id.ids) == 2 else None


def _avatar(user: discord.Member | discord.User) -> Source:
    """Return the avatar that people see here: that of the server, if there is one. Of a moving one the still picture.

    https://discord.com/developers/docs/reference#image-formatting-cdn-endpoints
    """
    asset = user.display_avatar.replace(size=AVATAR_SIDE, format="png")
    return Source(asset.url, "avatar.png", "image/png", owner_ids=(user.id,), credit=user.mention)


def _may_be_named(message: discord.Message, owner_id: int) -> bool:
    """Return whether everybody here may read whose picture this is.

    Discord shows nobody who wrote a forwarded message. Only in the server where it stands people could look there.
    """
    forwarded_from = message.reference.guild_id if message.message_snapshots and message.reference else None
    here = message.guild.id if message.guild is not None else None
    return owner_id != UNKNOWN and (not message.message_snapshots or forwarded_from == here)


def _credited(source: Source, requester_id: int) -> Source:
    """Return a source without a credit if the requester owns it."""
    return replace(source, credit="", seen_in="") if requester_id in source.owner_ids else source
