"""Menus: "Edit this picture" on a message, "Edit this avatar" on a member. Each opens the form."""

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
from cogs.ui.attachments import pictures, uncovered
from cogs.ui.job_of_message import is_ours
from cogs.ui.modals import FormId, order_form, read
from cogs.ui.router import Use, form

KEPT_FOR: Final = 24 * 3600.0
"""Seconds for which an open form's pictures are kept: their addresses live no longer."""

OPEN_AT_ONCE: Final = 20
"""Forms of one member whose pictures are kept. Whoever opens more has closed the oldest ones."""

AVATAR_SIDE: Final = 1024
"""Pixels. https://discord.com/developers/docs/reference#image-formatting"""


class Menus(commands.Cog):
    """What people find under "Apps"."""

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
        shown = pictures(message, owners)
        if not shown:
            raise Refused("no-picture-there")
        if not is_ours(self._bot, message):
            # We are shown other people's pictures in this moment alone: read later, the message would hold none.
            # https://discord.com/developers/docs/events/gateway#message-content-intent
            credit = f"<@{owners[0]}>" if len(owners) == 1 and UNKNOWN not in owners else ""
            link = message.jump_url
            shown = [replace(one, channel_id=None, message_id=None, credit=credit, seen_in=link) for one in shown]
        await self._open(interaction, FormId("menu", (str(message.channel.id), str(message.id))), shown)

    async def _on_member(self, interaction: discord.Interaction, member: discord.Member | discord.User) -> None:
        # With the place: somebody's picture in one server is not shown in another.
        await self._open(
            interaction, FormId("avatar", (str(member.id), str(interaction.channel_id))), [_avatar(member)]
        )

    async def _open(self, interaction: discord.Interaction, form_id: FormId, shown: list[Source]) -> None:
        self._bot.services.intake.admit(interaction.user.id, interaction.guild_id)
        await self._bot.services.intake.is_open()
        await self._owners.check(interaction, shown)
        facts, now = self._bot.services.key_values, time.time()
        kept = {"at": now, "shown": [asdict(one) for one in shown]}
        await facts.put(str(form_id), kept, member_id=interaction.user.id, most=OPEN_AT_ONCE)
        words = partial(self._bot.services.phrases.say, interaction.locale.value)
        names = [f"{number}. {shorten(uncovered(one.name), 80)}" for number, one in enumerate(shown, 1)]
        catalogue = await offered(self._bot, interaction.guild_id)
        await interaction.response.send_modal(order_form(form_id, words, catalogue, pictures=names))
        await facts.forget("form", before=now - KEPT_FOR)  # now that nobody waits

    @form("menu", "avatar")
    async def order(self, interaction: discord.Interaction, use: Use) -> None:
        """Place the order that the form describes, from the picture that the menu was used on. Raises Refused."""
        form_id = FormId(use.action, use.words)
        filled = read(use.data, interaction.user.id)
        kept = await self._bot.services.key_values.get(str(form_id))
        if kept is None or _opened_in(form_id) != str(interaction.channel_id):
            raise Refused("form-old")
        shown = [Source.restored(one) for one in kept["shown"]]
        chosen = [shown[number] for number in filled.picked if number < len(shown)] or shown[:1]
        sources = (*(_credited(one, interaction.user.id) for one in chosen), *filled.uploads)
        order = Order(filled.prompt, filled.model, filled.ratio, filled.resolution, sources=sources)
        idempotency_key = f"{form_id}:{zlib.crc32(filled.prompt.encode()):08x}"
        await self._placement.take(interaction, order, idempotency_key=idempotency_key)


def _opened_in(form_id: FormId) -> str | None:
    """Return the id of the channel in which a form was opened, or None for one that does not say it."""
    number = {"menu": 0, "avatar": 1}[form_id.action]
    return form_id.ids[number] if len(form_id.ids) == 2 else None


def _avatar(user: discord.Member | discord.User) -> Source:
    asset = user.display_avatar.replace(size=AVATAR_SIDE, static_format="png")
    return Source(asset.url, "avatar.png", "image/png", owner_ids=(user.id,), credit=user.mention)


def _credited(one: Source, requester_id: int) -> Source:
    """Whoever uses what is their own needs not be told whose it is."""
    return replace(one, credit="", seen_in="") if requester_id in one.owner_ids else one
