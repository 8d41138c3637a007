"""/style: a server's own styles, for whoever manages it."""

from __future__ import annotations

import pytest

from playground.world.members import Member
from playground.world.messages import upload
from playground.world.typed_command import CannotDo
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server, job_in
from tests.scenarios.support.wording import sentence

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def manager(server: Server) -> Member:
    return Member(server.world, server.guild.owner)


async def said(member: Member, server: Server, command: str, **options: str) -> str:
    answer = await (await member.command(server.channel, command, **options)).said()
    assert answer.seen_only_by is member.user
    return answer.content


async def offered(server: Server, typed: str) -> list[str]:
    suggestions = await server.ana.autocomplete(server.channel, "edit", "style", typed, image=upload("cat.jpg", cat()))
    return [suggestion["name"] for suggestion in suggestions]


async def test_style_added_by_a_manager_is_usable_until_removed(server: Server) -> None:
    owner = manager(server)
    answer = await said(owner, server, "style add", name="Neon sign", words="{prompt}, as a *neon* sign")
    first, words = answer.split("\n")
    assert sentence("style-kept").fullmatch(first)
    assert words == r"> {prompt}, as a \*neon\* sign"
    assert await offered(server, "neon") == ["Neon sign"]
    order = await server.order(prompt="a cat", style="Neon sign")
    await server.picture(job := job_in(order.message))
    (task,) = [task for task in server.painter.tasks.values() if task.request.business_id == job]
    assert task.request.prompt == "a cat, as a *neon* sign"
    await said(owner, server, "style add", name="neon SIGN", words="glowing")  # the same style, written anew
    (choice,) = await owner.autocomplete(server.channel, "style remove", "name", "neon")
    assert choice["name"] == "neon SIGN: glowing: {prompt}"
    gone = await said(owner, server, "style remove", name=choice["value"])
    assert sentence("style-removed").fullmatch(gone)
    assert await offered(server, "neon") == []
    assert await owner.autocomplete(server.channel, "style remove", "name", "") == []  # never the built-in ones


async def test_style_belongs_to_its_server_and_invalid_ones_are_refused(server: Server) -> None:
    owner = manager(server)
    other = server.world.add_channel(server.world.add_guild("Another Server", server.guild.owner), "pictures")
    await owner.command(other, "style add", name="Neon sign", words="neon")
    assert await offered(server, "neon") == []
    for key, name, words in (
        ("refused-style-built-in", "Film Noir", "grey"),
        ("refused-style-template-empty", "Empty", "{prompt}"),
        ("refused-style-place-twice", "Twice", "{prompt} and {prompt}"),
    ):
        assert sentence(key).fullmatch(await said(owner, server, "style add", name=name, words=words)), key
    for key, name in (("refused-style-built-in", "Film noir"), ("refused-style-unknown", "Neon sign")):
        assert sentence(key).fullmatch(await said(owner, server, "style remove", name=name)), key


async def test_only_unblocked_managers_are_offered_styles_to_change(
    server: Server,
) -> None:
    with pytest.raises(CannotDo, match="permissions"):
        await server.ana.command(server.channel, "style add", name="Neon sign", words="neon")
    mallory = server.mallory
    boss = server.world.add_role(server.guild, "Boss", 1 << 5 | 1 << 31)
    server.world.give(mallory.user, boss, server.guild)
    refused = await said(mallory, server, "style add", name="Neon sign", words="neon")
    assert sentence("refused-blocked").fullmatch(refused)
    assert await offered(server, "neon") == []
