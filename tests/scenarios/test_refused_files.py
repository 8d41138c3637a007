"""Files that Discord refuses: made smaller, or linked in the same place with the reason; sources, for free."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Final

import pytest
from PIL import Image

from playground.stage import Stage
from playground.world.messages import upload
from playground.world.places import MIB, Message
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import MESSAGE, Server, job_in, while_painting_next
from tests.scenarios.support.wording import sentence

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSALS: Final = {
    20009: "explicit", 50046: "not-taken", 200000: "automod", 240000: "harmful",
}  # fmt: skip
"""Codes that refuse a file or what stands beside it, and the end of the keys of their sentences.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes"""

NOT_THE_PLACE: Final = ("place-thread-gone", "place-direct", "place-thread-closed")


async def linked(server: Server) -> Message:
    """Return the message that brought the link, once all is over: it is the only news, and was paid for once."""
    await server.settled()
    assert not server.pictures
    assert server.charges == server.creates == 1
    places = [*server.guild.channels.values(), server.dm]
    (message,) = [message for place in places for message in place.seen if "/files/" in message.content]
    return message


@pytest.mark.parametrize("code", REFUSALS)
async def test_refused_file_is_linked_in_the_same_place_and_says_why(server: Server, code: int) -> None:
    while_painting_next(server, lambda: server.channel.refuses.update(files=code))
    await server.order()
    message = await linked(server)
    assert message.channel is server.thread
    assert sentence(f"result-why-{REFUSALS[code]}").search(message.content)
    assert not [key for key in NOT_THE_PLACE if sentence(key).search(message.content)]
    assert server.pings == ["Ana"]
    assert ("||" in message.content) is (code == 20009)  # else Discord would show the picture behind the link


async def test_refused_link_goes_to_the_next_place_in_true_words(server: Server) -> None:
    while_painting_next(server, lambda: server.channel.refuses.update(files=240000, links=240000))
    await server.order()
    message = await linked(server)
    assert message.channel is server.dm
    assert sentence("place-content-refused").search(message.content)
    assert not [key for key in NOT_THE_PLACE if sentence(key).search(message.content)]


async def test_refused_everywhere_is_undeliverable_and_told_to_operators(server: Server) -> None:
    def refuse() -> None:
        server.channel.refuses.update(files=200000, links=200000)
        server.ana.user.dms_open = False

    while_painting_next(server, refuse)
    operator = server.world.dm(server.world.application.owner)
    before = len(operator.seen)
    await server.order()
    await server.settled()
    told = [message for message in operator.seen[before:] if "/files/" in message.content]
    assert len(told) == 1
    assert not server.pictures
    assert server.charges == server.creates == 1


@pytest.mark.parametrize("code", REFUSALS)
async def test_refused_source_fails_in_words_before_anything_is_bought(server: Server, code: int) -> None:
    server.channel.refuses["files"] = code
    order = await server.order()
    card = await order.said()
    await server.world.until(lambda: sentence(f"picture-{REFUSALS[code]}").search(card.text), timeout=10)
    assert not server.creates
    assert not server.dm.seen
    assert not [key for key in NOT_THE_PLACE for place in server.places for message in place.seen
                if sentence(key).search(message.text)]  # fmt: skip


async def test_refused_title_posts_in_the_channel_in_true_words(server: Server) -> None:
    server.channel.refuses["titles"] = 200001
    order = await server.order()
    result = await server.delivered_to(server.channel)
    assert result.attachments
    assert sentence("place-title-refused").search((await order.said()).text)


@pytest.mark.parametrize("by_message", [False, True], ids=["command", "reply"])
async def test_refused_card_ends_the_order_in_words_for_free(server: Server, by_message: bool) -> None:
    result = await server.result()
    place = result.channel if by_message else server.channel
    server.channel.refuses["embeds"] = 200000
    before = len(place.seen)
    if by_message:
        await server.ana.says(place, "in forbidden words", reply_to=result)
    else:
        server.ana.types(server.channel, "edit", image=upload("cat.jpg", cat()), prompt="in forbidden words")
    told = sentence("refused-card-refused")
    await server.world.until(lambda: [message for message in place.seen[before:] if told.search(message.text)])
    await server.settled()
    assert server.charges == server.creates == 1


# Too large


@pytest.fixture(scope="module")
def noise() -> bytes:
    """Return a picture of 3 MB that becomes smaller only with losses."""
    out = io.BytesIO()
    Image.frombytes("RGB", (1000, 1000), os.urandom(3_000_000)).save(out, "PNG")
    return out.getvalue()


def paints(server: Server, data: bytes) -> None:
    """Let the server's order become this picture."""
    (task,) = [task for task in server.painter.tasks.values() if task.request.business_id in server.jobs]
    task.painted = {0: data}


def lower(server: Server) -> None:
    server.guild.lowered_limit = MIB


def limit_edge(server: Server) -> None:
    server.stage.discord.limit_requests(MIB)


@pytest.mark.parametrize("limit", [lower, limit_edge], ids=["by its code", "without a code"])
async def test_file_above_an_unforeseen_limit_is_made_smaller(
    shared_stage: Stage, noise: bytes, limit: Callable[[Server], None]
) -> None:
    server = Server(shared_stage, boost=2)

    def paint() -> None:
        paints(server, noise)
        limit(server)

    while_painting_next(server, paint)
    await server.order()
    result = await server.delivered_to(lambda: server.thread)
    shared_stage.discord.calm()
    assert len(result.attachments[0].data) <= MIB
    assert not [key for key in NOT_THE_PLACE if sentence(key).search(result.content)]


async def test_file_that_is_too_large_at_any_size_is_linked_in_place(server: Server, noise: bytes) -> None:
    def paint() -> None:
        paints(server, noise)
        server.stage.discord.limit_requests(1000)

    while_painting_next(server, paint)
    await server.order()
    message = await linked(server)
    assert message.channel is server.thread
    assert sentence("result-why-too-large").search(message.content)


async def test_source_above_an_unforeseen_limit_is_made_smaller(server: Server, noise: bytes) -> None:
    server.guild.lowered_limit = MIB
    order = await server.order(image=upload("cat.png", noise))
    await server.picture(job_in(order.message))
    source = next(message for message in server.thread.seen if message.attachments)
    assert len(source.attachments[0].data) <= MIB


async def test_refusal_of_another_kind_is_not_told_as_a_thread_gone(server: Server) -> None:
    while_painting_next(server, lambda: server.stage.discord.fault(MESSAGE, status=400, code=20028))
    await server.order(image=upload("cat.jpg", cat()))
    result = await server.delivered_to(server.channel)
    assert sentence("place-thread-closed").search(result.content)
