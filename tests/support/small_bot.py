"""A bot with a few commands, on an unmodified discord.py: the test that holds it decides its answers."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.asset import Asset
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from PIL import Image

from playground.discord import Discord
from playground.redirect import redirect
from playground.world.members import Member
from playground.world.places import Channel, Guild
from playground.world.world import World, studio

Json = dict[str, Any]
Talk = discord.Interaction[discord.Client]
Answer = Callable[[Talk, dict[str, Any]], Awaitable[None]]

MODELS = ("Gemini flash", "Gemini pro", "Flux")


async def _done(talk: Talk, event: dict[str, Any]) -> None:
    await talk.response.send_message("Done.")


class Form(discord.ui.Modal, title="Again"):
    prompt: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Prompt", custom_id="prompt", max_length=50)

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"You wrote {self.prompt.value}", ephemeral=True)


class SmallBot(commands.AutoShardedBot):
    """A bot for tests. ``answer`` is called with an interaction and its options; ``heard`` is what the gateway sent."""

    def __init__(self, intents: discord.Intents | None = None, **more: Any) -> None:
        super().__init__(
            "!", intents=intents or discord.Intents.default(), guild_ready_timeout=0.05, help_command=None, **more
        )
        self.answer: Answer = _done
        self.heard: list[discord.Message] = []
        self.events: list[str] = []
        self.noticed: Callable[[], None] = lambda: None
        self.add_commands()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Remove discord.py's pause of five seconds, which the real Discord wants between two identifies."""

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_message(self, message: discord.Message, /) -> None:
        self.heard.append(message)
        self.noticed()

    async def on_socket_event_type(self, name: str) -> None:
        self.events.append(name)
        self.noticed()  # by now discord.py has processed it

    def add_commands(self) -> None:
        @self.tree.command(description="Edit a picture")
        async def edit(
            talk: Talk, image: discord.Attachment, prompt: app_commands.Range[str, 1, 40], model: str | None = None
        ) -> None:
            await self.answer(talk, {"image": image, "prompt": prompt, "model": model})

        @edit.autocomplete("model")
        async def suggest(talk: Talk, typed: str) -> list[app_commands.Choice[str]]:
            return [
                app_commands.Choice(name=model, value=model.lower())
                for model in MODELS
                if typed.lower() in model.lower()
            ]

        group = app_commands.Group(name="server", description="This server", guild_only=True)

        @group.command(description="Settings")
        async def settings(talk: Talk, who: discord.Member) -> None:
            await talk.response.send_message(
                f"{who.display_name} {who.guild_permissions.manage_messages}", ephemeral=True
            )

        self.tree.add_command(group)

        @self.tree.context_menu(name="Edit this picture")
        async def menu(talk: Talk, message: discord.Message) -> None:
            await self.answer(talk, {"message": message})


def png(width: int = 12, height: int = 8) -> bytes:
    canvas = io.BytesIO()
    Image.new("RGB", (width, height), (200, 40, 40)).save(canvas, "PNG")
    return canvas.getvalue()


@dataclass(slots=True)
class Stage:
    world: World
    discord: Discord
    bot: SmallBot
    web: aiohttp.ClientSession

    @property
    def guild(self) -> Guild:
        return next(iter(self.world.guilds.values()))

    @property
    def photos(self) -> Channel:
        return self.guild.channel("photos")

    @property
    def ana(self) -> Member:
        return Member(self.world, "Ana")

    def place(self, channel: Channel) -> Any:
        """Return the channel as discord.py has it."""
        known_channel = self.bot.get_channel(channel.id)
        assert known_channel is not None  # the gateway has told the bot
        return known_channel

    async def call(self, route: str, json: Any = None, *, token: str | None = None, **more: Any) -> tuple[int, Any]:
        """Make a raw REST call with the bot's token: ("POST /channels/1/messages", {…}) to (status, answer)."""
        method, path = route.split(" ")
        headers = {"Authorization": f"Bot {token or self.world.application.token}"}
        address = f"{self.discord.url}/api/v10{path}"
        async with self.web.request(method, address, json=json, headers=headers, **more) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def sends(self, channel: Channel, body: Json) -> tuple[int, Any]:
        return await self.call(f"POST /channels/{channel.id}/messages", body)


@asynccontextmanager
async def serving(world: World | None = None, **options: Any) -> AsyncIterator[Stage]:
    """Serve the stand-in alone, for raw calls; no bot runs."""
    options.setdefault("rate_limits", False)
    async with Discord(world or studio(), **options) as there, aiohttp.ClientSession() as web:
        yield Stage(there.world, there, SmallBot(), web)


@asynccontextmanager
async def bot_online(
    world: World | None = None,
    *,
    intents: discord.Intents | None = None,
    more: Json | None = None,
    kind: type[SmallBot] = SmallBot,
    **options: Any,
) -> AsyncIterator[Stage]:
    """Serve the stand-in, and log a real discord.py bot in to it in this process."""
    async with serving(world, **options) as stage:
        seams = (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE)
        redirect(stage.discord.url)
        stage.bot = kind(intents, **more or {})
        stage.bot.noticed = stage.world.changed
        running = asyncio.create_task(stage.bot.start(stage.world.application.token))
        try:
            await stage.discord.online()
            await stage.bot.wait_until_ready()
            yield stage
        finally:
            await stage.bot.close()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE = seams


if __name__ == "__main__":
    SmallBot().run(sys.argv[1], log_handler=None)
