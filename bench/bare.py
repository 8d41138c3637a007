"""A bare discord.py bot to compare with: plain, correct while nothing goes wrong, and without storage.

``python -m playground.redirect bench.bare paint`` is the sample loop of ToAPIs' documentation with a command around it:
an order from start to end in the command's own coroutine, which asks, and pauses for two seconds, until the picture is
there. https://docs.toapis.com/docs/en/api-reference/uploads/images, "Complete Example". ``… bench.bare answer`` only
answers a command.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
from typing import Any, Final

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

ASK_EVERY: Final = 2.0
"""Seconds that the sample pauses after each question."""

MODEL: Final = "gemini-3-pro-image-preview"

Json = dict[str, Any]


class Bare(commands.AutoShardedBot):
    """The bare bot. ``toapis`` is the session for ToAPIs: its address and the key."""

    toapis: aiohttp.ClientSession

    async def setup_hook(self) -> None:
        key = {"Authorization": f"Bearer {os.environ['TOAPIS_API_KEY']}"}
        self.toapis = aiohttp.ClientSession(os.environ["TOAPIS_BASE_URL"], headers=key)
        await self.tree.sync()

    async def close(self) -> None:
        await super().close()
        await self.toapis.close()


@app_commands.command(name="edit", description="Change a picture with words")
async def answer(interaction: discord.Interaction[Bare], image: discord.Attachment, prompt: str) -> None:
    await interaction.response.send_message(f"On its way: {prompt} ({image.filename})")


@app_commands.command(name="edit", description="Change a picture with words")
async def paint(interaction: discord.Interaction[Bare], image: discord.Attachment, prompt: str) -> None:
    await interaction.response.send_message(f"On its way: {prompt}")
    toapis = interaction.client.toapis
    source = await _upload(toapis, await image.read(), image)
    painted = await _painted(toapis, await _create(toapis, prompt, source))
    async with aiohttp.ClientSession() as web, web.get(painted) as response:
        data = await response.read()
    card = await interaction.original_response()
    thread = await card.create_thread(name=prompt[:100])
    await thread.send(interaction.user.mention, file=discord.File(io.BytesIO(data), "result.png"))


async def _upload(toapis: aiohttp.ClientSession, data: bytes, image: discord.Attachment) -> str:
    form = aiohttp.FormData()
    form.add_field("file", data, filename=image.filename, content_type=image.content_type)
    async with toapis.post("/v1/uploads/images", data=form) as response:
        address: str = (await response.json())["data"]["url"]
        return address


async def _create(toapis: aiohttp.ClientSession, prompt: str, source: str) -> str:
    order = {"model": MODEL, "prompt": prompt, "image_urls": [source], "metadata": {"resolution": "1K"}}
    async with toapis.post("/v1/images/generations", json=order) as response:
        task: str = (await response.json())["id"]
        return task


async def _painted(toapis: aiohttp.ClientSession, task_id: str) -> str:
    while True:
        async with toapis.get(f"/v1/images/generations/{task_id}") as response:
            task: Json = await response.json()
        if task["status"] == "completed":
            return _address(task)
        if task["status"] == "failed":
            raise RuntimeError(f"{task_id} failed")
        await asyncio.sleep(ASK_EVERY)


def _address(task: Json) -> str:
    """Return the result's address, which ToAPIs writes in one of four places."""
    entries = task.get("result", {}).get("data") or task.get("images") or task.get("data") or [task]
    address: str = entries[0]["url"]
    return address


if __name__ == "__main__":
    bot = Bare(commands.when_mentioned, intents=discord.Intents(guilds=True))
    bot.tree.add_command({"answer": answer, "paint": paint}[sys.argv[1]])
    bot.run(os.environ["DISCORD_TOKEN"])
