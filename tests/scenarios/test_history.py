"""/history and styles: past pictures can be found again, and the prompt shown is the prompt sent."""

from __future__ import annotations

import pytest

from playground.world.messages import upload
from playground.world.places import Message
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server, job_in
from tests.scenarios.support.wording import sentence

DATABASE = "postgresql"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def prompts(page: Message) -> list[str]:
    return [embed["description"].splitlines()[0] for embed in page.embeds]


async def test_history_mine_spans_servers_and_here_spans_members(server: Server) -> None:
    lounge = server.world.add_channel(server.guild, "lounge")
    for channel, member, prompt in (
        (server.channel, server.ana, "one"),
        (lounge, server.ana, "two"),
        (server.channel, server.ben, "three"),
    ):
        order = await server.order(channel, prompt, by=member)
        await server.picture(job_in(order.message))
    await server.settled()
    mine = await (await server.ana.command(server.channel, "history")).said()
    assert prompts(mine) == ["> two", "> one"]
    here = await (await server.ana.command(server.channel, "history", what="here")).said()
    assert prompts(here) == ["> three", "> one"]
    assert mine.seen_only_by is server.ana.user
    assert all("thumbnail" in embed for embed in mine.embeds)


async def test_an_empty_history_says_so(server: Server) -> None:
    for options in ({}, {"what": "here"}):
        reply = await (await server.ben.command(server.channel, "history", **options)).said()
        assert sentence("refused-history-empty").fullmatch(reply.content), options


async def test_pages_are_turned_there_and_back_even_after_a_restart(server: Server) -> None:
    for number in range(1, 7):
        order = await server.order(prompt=f"number {number}")
        await server.picture(job_in(order.message))
        await server.settled()
    page = await (await server.ana.command(server.channel, "history")).said()
    newest = [f"> number {number}" for number in (6, 5, 4, 3, 2)]
    assert prompts(page) == newest
    await server.ana.press(page, "Older")
    await server.world.until(lambda: prompts(page) == ["> number 1"], timeout=10)
    await server.stage.kill()
    await server.stage.start()
    await server.ana.press(page, "Newer")
    await server.world.until(lambda: prompts(page) == newest, timeout=10)


async def test_style_is_suggested_while_typing_and_its_prompt_shown_as_sent(server: Server) -> None:
    suggestions = await server.ana.autocomplete(server.channel, "edit", "style", "noir", image=upload("cat.jpg", cat()))
    (style,) = suggestions
    assert style["name"] == "Film noir"
    order = await server.order(prompt="a cat", style=style["value"])
    job = job_in(order.message)
    await server.picture(job)
    (task,) = [task for task in server.painter.tasks.values() if task.request.business_id == job]
    assert task.request.prompt != "a cat"
    assert "a cat" in task.request.prompt
    assert order.message is not None
    words = [line[2:] for line in order.message.embeds[0]["description"].splitlines() if line.startswith("> ")]
    assert " ".join(words).replace("\\", "").split()[:12] == task.request.prompt.split()[:12]
    refused = await server.ana.command(
        server.channel, "edit", image=upload("cat.jpg", cat()), prompt="a cat", style="no such style"
    )
    assert refused.ephemeral
