"""Many members order at the same moment in every way there is, under a quota. For tests and long rounds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from playground.stage import Stage
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.places import Message
from tests.scenarios.support.server import CREATE, Server, first_reply

SETTINGS: Final = {"RUNNING_IN_ALL": "1000", "TOAPIS_TIER": "svip"}

FULL: Final = "This server can have"
"""How the refusal begins."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How it went. ``charges`` by ToAPIs' ledger, ``creates`` by its requests, ``pictures`` by the world."""

    accepted: int
    refused: int
    creates: int
    charges: int
    pictures: int


async def order_simultaneously(stage: Stage, orders: int, quota: int) -> Counts:
    """Let ``orders`` members order at once, in turn by command, button, reply and menu.

    The server's quota allows ``quota`` more pictures. Raises TimeoutError if somebody is not answered, or an accepted
    order brings no picture.
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
    return Counts(
        accepted=len(accepted),
        refused=len(answers) - len(accepted),
        creates=_creates(stage) - creates,
        charges=len(stage.painter.ledger) - before,
        pictures=len(_pictures(server)) - 1,
    )


async def _allow(server: Server, pictures: int) -> None:
    """Let the owner set the daily quota on the panel."""
    boss = Member(server.world, server.guild.owner)
    panel = await (await boss.command(server.channel, "server")).said()
    form = await boss.select(panel, "Quota of the whole server")
    await boss.fill(form, server_day=str(pictures))


def _order(
    server: Server, result: Message, member: Member, number: int, form: Interaction | None
) -> Awaitable[Message]:
    """Order in one of the ways, and return the bot's first answer."""
    prompt = f"as poster {number}"
    if form is not None:
        return _said(member.fill(form, prompt=prompt))
    if number % 4 == 0:
        return _said(server.order(prompt=prompt, by=member))
    return _said(member.press(result, "Again")) if number % 4 == 1 else _replied(server, result, member, prompt)


async def _said(sending: Awaitable[Interaction]) -> Message:
    interaction = await sending
    assert not interaction.failed, interaction
    return await interaction.said()


async def _replied(server: Server, result: Message, member: Member, prompt: str) -> Message:
    request = await member.reply(result, prompt)
    return await first_reply(server.world, request)


def _creates(stage: Stage) -> int:
    return sum(call.route == CREATE for call in stage.painter.requests)


def _pictures(server: Server) -> list[Message]:
    messages = (message for place in server.places for message in place.seen)
    return [message for message in messages if any(file.name.startswith("retouch-") for file in message.attachments)]
