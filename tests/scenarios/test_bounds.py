"""Bounds on memory: endless files, many simultaneous comparisons of large pictures, and many by one member."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bench import process
from playground.stage import Stage
from playground.toapis.painting.grain import grain
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Message
from tests.scenarios.conftest import settings
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server
from tests.support.databases import sqlite_database

MEGABYTE = 1_000_000
MOST = 512
"""MiB that a host must have for the bot and all its processes."""

IN_FLIGHT = 16 * MEGABYTE
"""The most that the sockets between two processes may hold: sent, but not read."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """Start a bot with little memory for pictures on a server that accepts files of 50 MB."""
    with sqlite_database(tmp_path) as url:
        small = settings(tmp_path, url) | {"PICTURE_MEMORY_MB": "48", "RUNNING_PER_MEMBER": "9"}
        async with Stage.open(small, seconds=(0.02, 0.05), rate_limits=False) as stage:
            await stage.start()
            yield Server(stage, boost=2)
            assert stage.offences == []


def says(server: Server, words: str) -> bool:
    places = [server.channel, *server.channel.threads]
    return any(words in str(message.embeds) + message.content for place in places for message in place.seen)


async def test_endless_attachment_is_read_only_to_its_declared_size(server: Server) -> None:
    before = process.peak(server.stage.pid)
    server.stage.discord.swell("endless.jpg")
    await server.order(image=upload("endless.jpg", cat()))
    bytes_sent = partial(server.stage.discord.bytes_sent, "endless.jpg")
    await server.world.until(lambda: says(server, "more bytes than Discord says") or bytes_sent() > IN_FLIGHT, 60)
    assert bytes_sent() < IN_FLIGHT
    assert process.peak(server.stage.pid) - before < 32
    assert server.painter.ledger == []


async def test_endless_embedded_picture_is_read_only_to_the_largest_allowed_size(server: Server) -> None:
    address = "https://example.com/endless.jpg"
    server.world.external[address] = (cat(), "image/jpeg")
    server.stage.discord.swell(address)
    message = await server.ben.says(server.channel, "look", embeds=({"image": {"url": address}},))
    form = await server.ana.uses(message, "Edit this picture")
    await server.ana.fill(form, prompt="as a poster")
    bytes_sent = partial(server.stage.discord.bytes_sent, address)
    most = 50 * MEGABYTE + IN_FLIGHT
    await server.world.until(lambda: says(server, "over the limit of 50 MB") or bytes_sent() > most, 60)
    assert bytes_sent() < most
    assert server.painter.ledger == []


async def large_result(server: Server) -> Message:
    server.painter.fault("heavy-result", megabytes=20)
    result = await server.result(image=upload("photo.png", grain(9)))
    await server.stage.kill()
    await server.stage.start()
    return result


async def test_many_simultaneous_comparisons_of_large_pictures_stay_within_the_memory_budget(server: Server) -> None:
    result = await large_result(server)
    crowd = []
    for number in range(12):
        crowd.append(Member(server.world, server.world.add_user(f"Guest {number}")))
        server.world.join(crowd[-1].user, server.guild)
    presses = await asyncio.gather(*(guest.press(result, "Compare") for guest in crowd))
    await server.world.until(lambda: all(press.settled for press in presses), 120)
    answers = [press.original for press in presses]
    assert all(message is not None and message.attachments for message in answers)
    assert not any(press.failed for press in presses)
    assert process.peak(server.stage.pid) < MOST


async def test_second_simultaneous_comparison_by_a_member_is_refused(server: Server) -> None:
    result = await large_result(server)
    first, second = await asyncio.gather(server.ana.press(result, "Compare"), server.ana.press(result, "Compare"))
    await server.world.until(lambda: first.settled and second.settled, 60)
    answers = [press.original for press in (first, second)]
    assert sorted(bool(message and message.attachments) for message in answers) == [False, True]
    assert any(message and "Please wait until it is there" in message.content for message in answers)
    third = await server.ana.press(result, "Compare")
    await server.world.until(lambda: third.settled, 60)
    assert third.original is not None
    assert third.original.attachments
