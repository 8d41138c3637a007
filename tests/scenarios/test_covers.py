"""Covered pictures: by every way in, at every place out, what its owner covered stands nowhere open."""

from __future__ import annotations

import pytest

from playground.world.permissions import Permission
from playground.world.places import Message
from tests.scenarios.support.cover_ways import (
    FURTHER,
    WAYS,
    Cover,
    Way,
    by_flag,
    by_name,
    covered_files,
    edits,
    open_pictures,
    painted,
)
from tests.scenarios.support.moderation import ModeratedServer
from tests.scenarios.support.server import Server, plain, while_painting

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMED = ("/edit", "menu")
CASES = [(way, by_flag) for way in WAYS] + [(way, by_name) for way in WAYS if way.name in NAMED]


@pytest.mark.proves("cover-kept")
@pytest.mark.parametrize(("way", "cover"), CASES, ids=[f"{way.name}, {cover.__name__}" for way, cover in CASES])
async def test_covered_picture_stands_nowhere_open(server: Server, way: Way, cover: Cover) -> None:
    if way.scene is not None:
        await way.scene(server)
    since = len(server.world.transcript)
    result = await painted(server, await way.ask(server, cover))
    assert open_pictures(server, since) == []
    assert [file.name for file in result.attachments if not file.covered] == []


@pytest.mark.proves("cover-kept")
async def test_cover_stays_in_all_that_is_shown_and_made_of_a_result(moderated: ModeratedServer) -> None:
    server = moderated.server
    since = len(server.world.transcript)
    first = await painted(server, await server.order(image=by_flag()))
    results = [await painted(server, await ask(server.ben, first)) for ask in FURTHER.values()]
    await moderated.restart()
    last = await painted(server, await FURTHER["Again"](server.ana, first))
    await (await server.ana.press(last, "Compare")).said(timeout=15)
    await (await server.ana.press(results[0], "Steps")).said(timeout=15)
    copies = [source(first), await reported(moderated, last)]
    results += [await painted(server, await edits(server.ben, copy)) for copy in copies]
    for what in ("mine", "here"):
        page = await (await server.ben.command(first.channel, "history", what=what)).said(timeout=15)
        assert "Covered as a spoiler" in page.text
    assert open_pictures(server, since) == []
    assert all(file.covered for result in results for file in result.attachments)
    kinds = {plain(name).partition("-")[0] for name in covered_files(server, since)}
    assert kinds == {"source", "retouch", "compare", "steps", "reported"}


def source(result: Message) -> Message:
    """Return the message with the source of the first order in the thread of this result."""
    with_files = [message for message in result.channel.seen if message.attachments]
    return next(message for message in with_files if plain(message.attachments[0].name).startswith("source"))


async def reported(moderated: ModeratedServer, result: Message) -> Message:
    """Report a picture, and return the message to the moderators."""
    await moderated.reported(result)
    return moderated.report


async def test_open_picture_stays_open(server: Server) -> None:
    result = await server.result()
    await server.settled()
    page = await (await server.ana.command(result.channel, "history")).said(timeout=15)
    assert [file.covered for file in result.attachments] == [False]
    assert "thumbnail" in page.embeds[0]


@pytest.mark.proves("covered-link")
async def test_link_to_a_covered_picture_unfurls_nothing(server: Server) -> None:
    since = len(server.world.transcript)
    server.painter.fault("result-gone")
    await server.order(image=by_flag())
    await server.settled()
    linked = next(message for message in server.thread.seen if "painted" in message.content)
    assert f"(<{server.painter.url}/files/" in linked.content
    assert open_pictures(server, since) == []


@pytest.mark.proves("covered-link")
async def test_operator_gets_the_link_to_a_covered_picture_covered(server: Server) -> None:
    since = len(server.world.transcript)
    operator = server.world.dm(server.world.application.owner)
    before = len(operator.seen)
    while_painting(server.stage, lambda: shut_out(server))
    await server.order(image=by_flag())
    await server.world.until(lambda: len(operator.seen) > before, timeout=30)
    assert "/files/" in operator.seen[-1].content
    assert open_pictures(server, since) == []


def shut_out(server: Server) -> None:
    """Take away every place for a result."""
    server.ana.user.dms_open = False
    server.world.overwrite(server.channel, server.world.bot, deny=int(Permission.VIEW_CHANNEL))
