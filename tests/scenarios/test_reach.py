"""What people receive of a paid result: all of its links, and never an address that the bot refuses to open."""

from __future__ import annotations

import asyncio
import re

import pytest

from playground.world.permissions import Permission
from playground.world.places import Message
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import MESSAGE, Server, appears, once, painted, while_painting_next
from tests.scenarios.test_results import paints

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")

BAD = "http://169.254.169.254/latest/meta-data/"
HOST = "169.254.169.254"


def said(server: Server) -> str:
    """Return everything that anybody but the operator could read so far."""
    letters = server.world.dm(server.world.application.owner).seen
    to_operator = "\n".join(letter.content for letter in letters)
    everything = "\n".join(entry.text for entry in server.world.transcript)
    for line in to_operator.splitlines():
        everything = everything.replace(line, "")
    return everything


def letters(server: Server) -> list[str]:
    return [letter.content for letter in server.world.dm(server.world.application.owner).seen]


async def is_over(server: Server, words: str) -> Message:
    """Wait for the message with these words in the order's thread."""

    def look() -> Message | None:
        messages = (message for thread in server.channel.threads for message in thread.seen)
        return next((message for message in messages if words in message.content), None)

    return await appears(server.world, look)


@pytest.mark.parametrize("fault", ["address-elsewhere", "redirect-result"])
async def test_forbidden_result_address_is_repeated_to_nobody(server: Server, fault: str) -> None:
    server.painter.fault(fault, to=BAD)
    await server.order()
    await is_over(server, "never open")
    await server.world.until(lambda: letters(server), timeout=20)  # once in ten minutes for each kind of error
    assert HOST in letters(server)[0]
    assert "//" not in letters(server)[0]
    assert HOST not in said(server)
    assert not server.pictures
    assert server.creates == server.charges == 1


async def test_other_pictures_are_delivered_beside_a_forbidden_address(server: Server) -> None:
    paints(server, cat(), cat(1), cat(2))
    server.painter.fault("address-elsewhere", to=BAD, count=1)
    await server.order()
    result = await is_over(server, "here are your 2 pictures")
    assert len(painted(result)) == 2
    assert "never open" in result.content
    assert HOST not in said(server)


async def test_operator_gets_links_of_unreachable_results_but_not_of_refused_ones(server: Server) -> None:
    before = len(letters(server))

    def close() -> None:
        server.ana.user.dms_open = False
        server.world.overwrite(server.channel, server.world.bot, deny=int(Permission.VIEW_CHANNEL))

    paints(server, *[cat(wider) for wider in range(12)])
    server.painter.fault("address-elsewhere", to=BAD, count=3)
    while_painting_next(server, close)
    await server.order()
    await server.world.until(lambda: "/files/generated/" in "".join(letters(server)[before:]), timeout=30)
    await server.settled()
    news = "\n".join(letters(server)[before:])
    assert news.count("/files/generated/") == 9
    assert f"http://{HOST}" not in news


async def test_every_link_comes_however_long_they_are_together(server: Server) -> None:
    paints(server, *[cat(wider) for wider in range(12)])
    server.painter.fault("result-gone")
    server.painter.fault("long-address", length=900)
    await server.order()
    await server.settled()
    written = [message for message in server.thread.seen if "/files/generated/" in message.content]
    urls = [url for message in written for url in re.findall(r"\((http[^)]+)\)", message.content)]
    assert len(set(urls)) == len(urls) == 12
    assert all(len(url) == 900 for url in urls)
    assert all(len(message.content) <= 2000 for message in written)
    assert server.creates == server.charges == 1


async def test_links_that_came_in_several_messages_are_all_deleted(server: Server) -> None:
    paints(server, *[cat(wider) for wider in range(5)])
    server.painter.fault("result-gone")
    server.painter.fault("long-address", length=900)
    await server.order()
    await server.settled()
    first = await is_over(server, "painted, but I could not bring it here")
    linked = [message for message in server.thread.seen if "/files/generated/" in message.content]
    assert len(linked) > 2
    question = await (await server.ana.press(first, "Delete")).said()
    await server.ana.press(question, "Yes, delete it")
    await server.world.until(lambda: all(message.deleted for message in linked), timeout=20)


async def test_a_crash_between_two_messages_of_links_repeats_neither(server: Server) -> None:
    dead = asyncio.Event()

    async def die() -> None:
        await server.stage.kill()
        dead.set()

    paints(server, *[cat(wider) for wider in range(5)])
    server.painter.fault("result-gone")
    server.painter.fault("long-address", length=900)
    once(server.stage.discord.hooks, "after", MESSAGE, die, number=3)  # the source was the first
    await server.order()
    await asyncio.wait_for(dead.wait(), 20)
    server.world.clock.advance(10 * 60)  # Discord has forgotten the nonces, so only the marks are left
    await server.stage.start()
    await server.settled()
    written = "\n".join(message.content for message in server.thread.seen)
    assert written.count("/files/generated/") == 5


async def test_address_too_long_for_a_message_comes_in_a_file(server: Server) -> None:
    server.painter.fault("result-gone")
    server.painter.fault("long-address", length=3900)
    await server.order()
    await server.settled()
    result = await is_over(server, "painted, but I could not bring it here")
    (file,) = result.attachments
    assert len(file.data) == 3900
    assert file.data.startswith(f"{server.painter.url}/files/generated/".encode())


async def test_form_error_is_not_blamed_on_the_channel(server: Server) -> None:
    def refuse() -> None:
        server.stage.discord.fault(MESSAGE, status=400, code=50035, message="Invalid Form Body")

    while_painting_next(server, refuse)
    await server.order()
    result = await server.delivered_to(lambda: server.thread)
    assert len(painted(result)) == 1
