"""The stand-in's filters of a place, and the edge before its API."""

from __future__ import annotations

import io

import discord
import pytest

from tests.support.small_bot import bot_online, png

CODES = (20009, 50046, 200000, 240000)


@pytest.mark.proves("filters")
async def test_filters_refuse_files_links_and_titles_by_their_codes() -> None:
    async with bot_online() as stage:
        place = stage.place(stage.photos)
        for code in CODES:
            stage.photos.refuses = {"files": code, "links": 240000, "titles": 200001}
            with pytest.raises(discord.HTTPException) as refusal:
                await place.send(file=discord.File(io.BytesIO(png()), "out.png"))
            assert refusal.value.code == code
        with pytest.raises(discord.HTTPException) as refusal:
            await place.send("https://pictures.example/fox.png")
        assert refusal.value.code == 240000
        message = await place.send("words")
        with pytest.raises(discord.HTTPException) as refusal:
            await message.create_thread(name="Words")
        assert refusal.value.code == 200001
        assert stage.world.offences == []


@pytest.mark.proves("filters")
async def test_edge_refuses_large_requests_with_a_page_of_its_own() -> None:
    async with bot_online() as stage:
        stage.discord.limit_requests(10)
        with pytest.raises(discord.HTTPException) as refusal:
            await stage.place(stage.photos).send(file=discord.File(io.BytesIO(png()), "out.png"))
        assert (refusal.value.status, refusal.value.code) == (413, 0)
        stage.discord.calm()
        assert (await stage.place(stage.photos).send(file=discord.File(io.BytesIO(png()), "out.png"))).attachments
