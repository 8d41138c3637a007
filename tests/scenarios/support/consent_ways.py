"""The ways to order from somebody else's picture, as a table, and what a refusal must leave behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import pytest

from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Message
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import CREATE, Server, first_reply, job_in
from tests.scenarios.support.wording import sentence

Answered = Interaction | Message


@dataclass(frozen=True, slots=True)
class Way:
    """A way to order. ``scene`` prepares what Ben has, ``ask`` uses it."""

    name: str
    scene: Callable[[Server], Awaitable[Message]]
    ask: Callable[[Server, Message, Member], Awaitable[Answered]]


async def shared(server: Server) -> Message:
    return await server.ben.says(server.channel, "my cat", files=(upload("cat.jpg", cat()),))


async def result(server: Server) -> Message:
    return await server.result(by=server.ben)


def press(label: str) -> Callable[[Server, Message, Member], Awaitable[Answered]]:
    async def ask(server: Server, message: Message, by: Member) -> Answered:
        return await by.press(message, label)

    return ask


def fill(label: str) -> Callable[[Server, Message, Member], Awaitable[Answered]]:
    async def ask(server: Server, message: Message, by: Member) -> Answered:
        form = await by.press(message, label)
        return form if form.modal is None else await by.fill(form, prompt="now at night")

    return ask


async def menu(server: Server, message: Message, by: Member) -> Answered:
    form = await by.uses(message, "Edit this picture")
    return form if form.modal is None else await by.fill(form, prompt="now at night")


async def avatar(server: Server, message: Message, by: Member) -> Answered:
    form = await by.uses(server.ben.user, "Edit this avatar", server.channel)
    return form if form.modal is None else await by.fill(form, prompt="now at night")


async def reply(server: Server, message: Message, by: Member) -> Answered:
    return await by.says(message.channel, "now at night", reply_to=message)


async def mention(server: Server, message: Message, by: Member) -> Answered:
    return await by.says(message.channel, f"<@{server.world.bot.id}> now at night")


MENU: Final = Way("menu on a message", shared, menu)
GO_ON: Final = Way("Go on", result, fill("Go on"))
AGAIN: Final = Way("Again", result, press("Again"))
REPLY: Final = Way("reply", result, reply)
WAYS: Final = (
    MENU,
    Way("menu on a result", result, menu),
    Way("avatar", shared, avatar),
    GO_ON,
    Way("Change", result, fill("Change")),
    AGAIN,
    Way("Sharper", result, press("Sharper")),
    REPLY,
    Way("mention", result, mention),
)


def by_way(ways: tuple[Way, ...] = WAYS) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("way", ways, ids=[way.name for way in ways])


async def said(server: Server, answer: Answered) -> Message:
    if isinstance(answer, Interaction):
        assert not answer.failed, answer
        return await answer.said()
    return await first_reply(server.world, answer)


async def painted(server: Server, answer: Answered) -> Message:
    return await server.picture(job_in(await said(server, answer)))


def counted(server: Server, records: BotRecords) -> tuple[int, int, int, int]:
    """Count the rows, uploads, creates and charges of everybody."""
    creates = [call for call in server.painter.requests if call.route == CREATE]
    return records.jobs(), len(server.painter.uploads), len(creates), len(server.painter.ledger)


async def refused(server: Server, records: BotRecords, key: str, way: Way, scene: Message, by: Member) -> Message:
    """Check that the answer is exactly this sentence and nothing else happened, and return it.

    Only whoever asked sees it, unless they asked in public.
    """
    before = counted(server, records)
    answer = await way.ask(server, scene, by)
    refusal = await said(server, answer)
    assert sentence(key).fullmatch(refusal.content), refusal
    assert refusal.ephemeral or isinstance(answer, Message)
    assert refusal.pinged == []
    await (await by.command(server.channel, "history")).said()  # by now everything earlier has begun
    assert counted(server, records) == before
    return refusal


async def role_of_no(server: Server, *members: Member) -> dict[str, object]:
    """Return the rule's form with a role that these members have."""
    role = server.world.add_role(server.guild, "No edits")
    for member in members:
        server.world.give(member.user, role, server.guild)
    return {"consent": "of all without the role below", "consent_role": [str(role.id)]}
