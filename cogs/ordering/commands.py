"""/edit and /imagine: orders from pictures and a prompt. Invalid ones are refused before anything is stored or paid."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.guilds.styles import apply
from bot.orders import Order
from bot.toapis.catalogue.catalogue import Model
from cogs.ordering.offer import offered
from cogs.ordering.place_order import OrderPlacement
from cogs.ui.attachments import attachment

COMMON: Final = {
    "prompt": "What should it be? For example: as a watercolour at night",
    "model": "Who paints? Leave it out for the usual one",
    "ratio": "The shape of the result, as width to height",
    "resolution": "How large the result becomes; larger costs more",
    "style": "In which style? Its words are put around yours",
    "count": "How many pictures at once, where the model can; each one costs",
    "spoiler": "Cover the result as a spoiler, until somebody clicks it",
}


class OrderCommands(commands.Cog):
    """The commands, and their suggestions while somebody types."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._placement = OrderPlacement(bot)

    @app_commands.command(description="Change pictures with words; the result comes in a thread")
    @app_commands.describe(
        image="The picture to change (JPEG, PNG, WebP, GIF and some more, up to 50 MB)",
        image2="One more picture, to take something from",
        image3="One more picture",
        image4="One more picture",
        image5="One more picture",
        image6="One more picture",
        **COMMON,
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def edit(
        self,
        interaction: discord.Interaction,
        image: discord.Attachment,
        prompt: str,
        model: str = "",
        ratio: str | None = None,
        resolution: str | None = None,
        style: str | None = None,
        count: app_commands.Range[int, 1, 15] = 1,
        spoiler: bool = False,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        image5: discord.Attachment | None = None,
        image6: discord.Attachment | None = None,
    ) -> None:
        """Submit an order with one to six pictures. Raises Refused, also when the model does not read so many."""
        images = [image, image2, image3, image4, image5, image6]
        sources = tuple(attachment(file, (interaction.user.id,)) for file in images if file is not None)
        words = await self._styled(interaction, prompt, style)
        order = Order(words, model, ratio, resolution, count, sources, spoiler=spoiler)
        await self._placement.place(interaction, order)

    @app_commands.command(description="Paint a picture from words alone; it comes in a thread")
    @app_commands.describe(**COMMON)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def imagine(
        self,
        interaction: discord.Interaction,
        prompt: str,
        model: str = "",
        ratio: str | None = None,
        resolution: str | None = None,
        style: str | None = None,
        count: app_commands.Range[int, 1, 15] = 1,
        spoiler: bool = False,
    ) -> None:
        """Submit an order without a source picture. Raises Refused."""
        words = await self._styled(interaction, prompt, style)
        order = Order(words, model, ratio, resolution, count, spoiler=spoiler)
        await self._placement.place(interaction, order, editing=False)

    async def _styled(self, interaction: discord.Interaction, prompt: str, style: str | None) -> str:
        """Return the prompt in the words of the style, as it is sent and shown. Raises Refused("style-unknown")."""
        if not style:
            return prompt
        chosen = await self._bot.services.styles.get(interaction.guild_id, style, say=self._say(interaction))
        return apply(chosen, prompt)

    def _say(self, interaction: discord.Interaction) -> Callable[[str], str]:
        return partial(self._bot.services.phrases.say, interaction.locale.value)

    @edit.autocomplete("model")
    @imagine.autocomplete("model")
    async def _models(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        catalogue = await offered(self._bot, interaction.guild_id)
        return [app_commands.Choice(name=model.name, value=model.id) for model in catalogue.search(typed)]

    @edit.autocomplete("ratio")
    @imagine.autocomplete("ratio")
    async def _ratios(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        model = await self._chosen(interaction)
        return _choices(model.ratios if model else (), typed)

    @edit.autocomplete("resolution")
    @imagine.autocomplete("resolution")
    async def _resolutions(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        model = await self._chosen(interaction)
        return _choices(model.resolutions if model else (), typed)

    @edit.autocomplete("style")
    @imagine.autocomplete("style")
    async def _styles(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        styles = await self._bot.services.styles.suggest(interaction.guild_id, typed, say=self._say(interaction))
        return [app_commands.Choice(name=style.name, value=style.id) for style in styles]

    async def _chosen(self, interaction: discord.Interaction) -> Model | None:
        catalogue = await offered(self._bot, interaction.guild_id)
        return catalogue.get(interaction.namespace.model or catalogue.default)


def _choices(texts: tuple[str, ...], typed: str) -> list[app_commands.Choice[str]]:
    matching = [text for text in texts if typed.casefold() in text.casefold()]
    return [app_commands.Choice(name=text, value=text) for text in matching[:25]]
