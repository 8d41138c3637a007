"""/edit: a picture and a prompt become an order. What the interaction alone decides is refused here, for free."""

from __future__ import annotations

import logging

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import Retouch
from bot.errors import Refused
from bot.jobs.job import Destination, Job, Kind
from bot.picture import declared
from bot.toapis.catalogue import Model
from bot.toapis.models import Order, Source
from cogs._looks import Looks

_log = logging.getLogger(__name__)


class Edit(commands.Cog):
    """The command, and what it offers while somebody types."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._looks = Looks(bot.parts.phrases)

    @app_commands.command(description="Change a picture with words; the result comes in a thread")
    @app_commands.describe(
        image="The picture to change (JPEG, PNG, WebP, GIF and some more, up to 50 MB)",
        prompt="What should change? For example: as a watercolour at night",
        model="Who paints? Leave it out for the usual one",
        ratio="The shape of the result, as width to height",
        resolution="How large the result becomes; larger costs more",
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
    ) -> None:
        """Row and reservation first, then the card, then the engine."""
        parts = self._bot.parts
        declared(image.filename, image.content_type, image.size)
        source = Source(image.url, image.filename, image.content_type, image.size)
        catalogue = parts.catalogue()
        order = catalogue.check(Order(prompt, model, ratio, resolution, sources=(source,)))
        with parts.intake.rush.answering():
            job = await parts.intake.accept(order, catalogue.price(order), _destination(interaction))
            card_id = await self._answer(interaction, job)
        if card_id is None:
            await parts.intake.unanswered(job, self._bot.courier)
        else:
            await parts.intake.answered(job, card_id)

    async def _answer(self, interaction: discord.Interaction, job: Job) -> int | None:
        """Shows the card; its id. None: the three seconds were over (10062).

        Where it can't be known whether it was shown, this raises, and the sweep finds out.
        """
        embed = self._looks.accepted(job, self._bot.parts.catalogue())
        try:
            answer = await interaction.response.send_message(embed=embed)
        except discord.NotFound:
            return None
        assert answer.message_id is not None  # a message is what we sent
        return answer.message_id

    @edit.autocomplete("model")
    async def _models(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=m.name, value=m.id) for m in self._bot.parts.catalogue().search(typed)]

    @edit.autocomplete("ratio")
    async def _ratios(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        model = self._chosen(interaction)
        return _choices(model.ratios if model else (), typed)

    @edit.autocomplete("resolution")
    async def _resolutions(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        model = self._chosen(interaction)
        return _choices(model.resolutions if model else (), typed)

    def _chosen(self, interaction: discord.Interaction) -> Model | None:
        catalogue = self._bot.parts.catalogue()
        return catalogue.get(interaction.namespace.model or catalogue.default)


def _choices(offered: tuple[str, ...], typed: str) -> list[app_commands.Choice[str]]:
    found = [text for text in offered if typed.casefold() in text.casefold()]
    return [app_commands.Choice(name=text, value=text) for text in found[:25]]


def _destination(interaction: discord.Interaction) -> Destination:
    """Where the member asked. Raises Refused where nothing could be delivered; says what else is missing."""
    assert interaction.channel_id is not None  # a command is typed in some channel
    channel = interaction.channel
    kind: Kind = "channel"
    if interaction.guild_id is None:
        kind = "direct"
    elif isinstance(channel, discord.Thread):
        kind = "thread"
    return Destination(
        requester_id=interaction.user.id,
        channel_id=interaction.channel_id,
        interaction_id=interaction.id,
        guild_id=interaction.guild_id,
        kind=kind,
        locale=interaction.locale.value,
        word=None if kind == "direct" else _missing(kind, interaction.app_permissions),
    )


def _missing(kind: Kind, may: discord.Permissions) -> str | None:
    """The key of a word about a permission that the server should grant. Refused only where nothing could arrive."""
    if kind == "thread":
        if not may.send_messages_in_threads:
            raise Refused("thread-silent")
        if not may.attach_files:
            raise Refused("attach-files")
        return None if may.read_message_history else "place-no-history"
    thread = may.create_public_threads and may.send_messages_in_threads
    if not thread and not may.send_messages:
        raise Refused("nowhere-to-post")
    # Without "Send Messages" a channel denies files too, and that says nothing of its threads:
    # https://discord.com/developers/docs/topics/permissions#implicit-permissions
    if may.send_messages and not may.attach_files:
        raise Refused("attach-files")
    if not may.create_public_threads:
        return "place-no-create-thread"
    if not may.send_messages_in_threads:
        return "place-no-thread-messages"
    return None if may.read_message_history else "place-no-history"


async def setup(bot: Retouch) -> None:
    """Called by discord.py when the extension is opened."""
    await bot.add_cog(Edit(bot))
