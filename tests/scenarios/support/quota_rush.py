"""A quota under a rush: many members order at the same moment, in every way there is. For tests and long rounds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from playground.stage import Stage
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.places import Message
from tests.scenarios.support.server import CREATE, Server, appears

SETTINGS: Final = {"RUNNING_IN_ALL": "1000", "TOAPIS_TIER": "svip"}

FULL: Final = "This server can have"
"""How the refusal begins."""


@dataclass(frozen=True, slots=True)
class CommandPriority:
    """How it went. ``charges`` by the painter's ledger, ``asked`` by its requests, ``pictures`` by the world."""

    accepted: int
    refused: int
    asked: int
    charges: int
    pictures: int


async def command_priority(stage: Stage, orders: int, quota: int) -> CommandPriority:
    """``orders`` members order at once, by turns by command, button, reply and menu; the server allows ``quota`` more.

    Raises TimeoutError where somebody is not answered, or an accepted order brings no picture.
    """
    server = Server(stage)
    result = await server.result()
    await server.settled()
    await _allow(server, 1 + quota)
    members = [Member(stage.world, stage.world.add_user(f"Member {number}")) for number in range(orders)]
    for member in members:
        stage.world.join(member.user, server.guild)
    forms = {member: await member.uses(result, "Edit this picture") for member in members[3::4]}
    before = len(stage.painter.ledger)
    creates = _creates(stage)
    answers = await asyncio.gather(
        *(_order(server, result, member, number, forms.get(member)) for number, member in enumerate(members))
    )
    accepted = [answer for answer in answers if not answer.content.startswith(FULL)]
    await stage.world.until(lambda: len(_pictures(server)) == 1 + len(accepted), timeout=60)
    return CommandPriority(
        accepted=len(accepted),
        refused=len(answers) - len(accepted),
        asked=_creates(stage) - creates,
        charges=len(stage.painter.ledger) - before,
        pictures=len(_pictures(server)) - 1,
    )


async def _allow(server: Server, pictures: int) -> None:
    """The owner sets the quota of a day, on the panel."""
    boss = Member(server.world, server.guild.owner)
    panel = await (await boss.command(server.channel, "server")).said()
    form = await boss.select(panel, "Quota of the whole server")
    await boss.fill(form, server_day=str(pictures))


def _order(
    server: Server, result: Message, member: Member, number: int, form: Interaction | None
) -> Awaitable[Message]:
    """One of the ways; what the bot said first."""
    prompt = f"as poster {number}"
    if form is not None:
        return _said(member.fill(form, prompt=prompt))
    if number % 4 == 0:
        return _said(server.order(prompt=prompt, by=member))
    return _said(member.press(result, "Again")) if number % 4 == 1 else _replied(server, result, member, prompt)


async def _said(going: Awaitable[Interaction]) -> Message:
    interaction = await going
    assert not interaction.failed, interaction
    return await interaction.said()


async def _replied(server: Server, result: Message, member: Member, prompt: str) -> Message:
    asked = await member.reply(result, prompt)
    return await appears(
        server.world, lambda: next((one for one in result.channel.seen if one.reply_to is asked), None)
    )


def _creates(stage: Stage) -> int:
    return sum(call.route == CREATE for call in stage.painter.requests)


def _pictures(server: Server) -> list[Message]:
    shown = (message for place in server.places for message in place.seen)
    return [one for one in shown if any(file.name.startswith("retouch-") for file in one.attachments)]
