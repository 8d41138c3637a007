"""A server of a scenario's own in simcord's Discord, and what its members see there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
import simcord

from playground.hooks import Call, Phase
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import LOOK
from tests.witness.stage import WitnessStage

CAT = ("cat.jpg", cat())
"""A good picture, as simcord accepts it for an option that takes a file."""

AnyMessage = discord.Message | simcord.ResponseMessage


class Place:
    """A server with a channel; ``boss`` owns it, ``mod`` may manage messages, ``ana`` orders, ``ben`` watches."""

    def __init__(self, stage: WitnessStage) -> None:
        env = stage.env
        self.stage = stage
        self.env = env
        self.painter = stage.painter
        owner = env.create_user("boss")
        self.guild = env.create_guild("Own Server", owner=owner)
        self.channel = self.guild.create_text_channel("pictures")
        self.boss = simcord.MemberActor(env, self.guild, owner)
        moderators = self.guild.create_role("Mods", permissions=discord.Permissions(manage_messages=True))
        self.mod = self.guild.add_member(env.create_user("mod"), roles=[moderators])
        self.ana, self.ben = (self.guild.add_member(env.create_user(name)) for name in ("ana", "ben"))

    async def order(
        self, by: simcord.MemberActor | None = None, channel: simcord.ChannelHandle | None = None, **options: Any
    ) -> simcord.InteractionResult:
        """Send Ana's /edit (or somebody else's), and return its answer."""
        options = {"prompt": "as a poster", "image": CAT} | options
        return await (by or self.ana).slash(channel or self.channel, "edit", **options)

    async def result(self, **options: Any) -> discord.Message:
        """Return the message with the picture of a fresh order."""
        return await self.picture(job_of(await self.order(**options)))

    async def rule(self, section: str, **fields: Any) -> simcord.InteractionResult:
        """Open a section of a fresh panel as the owner, and send its form."""
        panel = await self.boss.slash(self.channel, "server")
        form = await self.boss.select(answer(panel), [section])
        return await self.boss.submit_modal(form, fields)

    async def picture(self, job: str) -> discord.Message:
        """Return the message with this job's picture, once it is there; wherever that is."""
        return await self.stage.until(lambda: self._pictured(job), f"the picture of {job}")

    def _pictured(self, job: str) -> discord.Message | None:
        messages = (message for place in self.places for message in place.history())
        return next((message for message in messages if any(job in name for name in painted(message))), None)

    @property
    def places(self) -> list[simcord.ChannelHandle]:
        """Return where a message of this server's can come: its channels and threads, and the direct messages."""
        channels = [place for channel in self.guild.channels.values() for place in (channel, *channel.threads)]
        return [*channels, *(member.user.dm_channel for member in (self.boss, self.mod, self.ana, self.ben))]

    @property
    def bot_id(self) -> int:
        """Return the id of the bot's user, as people mention it. The application has another one in simcord."""
        assert self.stage.app.user is not None  # known since the login
        return self.stage.app.user.id

    @property
    def thread(self) -> simcord.ChannelHandle:
        """Return the only thread of the channel."""
        (thread,) = self.channel.threads
        return thread

    async def newest(self, earlier: Sequence[int] = ()) -> discord.Message:
        """Return the newest picture in the thread whose message is not among ``earlier``, once there is one."""

        def look() -> discord.Message | None:
            with_pictures = [message for message in self.thread.history() if painted(message)]
            return with_pictures[-1] if with_pictures and with_pictures[-1].id not in earlier else None

        return await self.stage.until(look, "another picture in the thread")

    async def done(self, order: simcord.InteractionResult) -> None:
        """Wait until the card of an order says that it is done."""
        await self.stage.until(lambda: "Done" in words(answer(order)), "a card that says so")

    async def settled(self, job: str) -> None:
        """Wait until the money of a job is closed, a moment after its picture came: only then is it over."""
        while job in await self.stage.app.services.ledger.held():  # noqa: ASYNC110 - the ledger sends no event
            await asyncio.sleep(0.02)

    def while_painting(self, act: Callable[[], Awaitable[None]]) -> None:
        """Act when the bot first polls the next order's task. Polls of others don't count."""
        earlier = set(self.painter.tasks)
        polled: list[str] = []

        async def hook(phase: Phase, call: Call) -> None:
            if (phase, call.route) == ("before", LOOK) and call.params["id"] not in earlier and not polled:
                polled.append(call.params["id"])
                await act()

        self.painter.hooks.append(hook)

    async def failed(self) -> discord.Message:
        """Return the message that says in a thread why an order failed, once it is there."""

        def look() -> discord.Message | None:
            messages = (message for thread in self.channel.threads for message in thread.history())
            return next((message for message in messages if message.mentions and not painted(message)), None)

        return await self.stage.until(look, "a message with the reason")

    def charges(self, *jobs: str) -> int:
        """Return how often these jobs were paid, by ToAPIs' ledger."""
        return len([charge for charge in self.painter.ledger if charge.business_id in jobs])


def answer(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    """Return the message that answered an interaction. Raises AssertionError if there is none."""
    message = result.response
    assert message is not None, result
    return message


def whispered(result: simcord.InteractionResult) -> str:
    """Return an interaction's last answer. Raises AssertionError if others than the member can see it."""
    message = [*([result.response] if result.response else []), *result.followups][-1]
    assert message.ephemeral, message
    return words(message)


def words(message: AnyMessage) -> str:
    """Return everything that a message says, in its text and its embeds."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.title or "", embed.description or "", embed.footer.text or ""]
        parts += [f"{field.name} {field.value}" for field in embed.fields]
    return "\n".join(parts)


def job_of(source: simcord.InteractionResult | AnyMessage) -> str:
    """Return the id of the job that a card or a result is about. Raises AssertionError for a refusal."""
    message = answer(source) if isinstance(source, simcord.InteractionResult) else source
    mark = re.search(r"\b[0-9a-f]{16}\b", words(message))
    assert mark is not None, words(message)
    return mark[0]


def pinged(stage: WitnessStage, message: AnyMessage) -> list[int]:
    """Return the ids of the members whom a message pings. ``mentions`` may name others, without a sound."""
    channel_id = message.channel_id if isinstance(message, simcord.ResponseMessage) else message.channel.id
    return list(stage.env.backend.get_message(channel_id, message.id).ping_user_ids)


def painted(message: AnyMessage) -> list[str]:
    """Return the names of the painted pictures in a message."""
    return [file.filename for file in message.attachments if file.filename.startswith(("retouch-", "SPOILER_retouch-"))]


def labels(message: discord.Message) -> list[str]:
    """Return the words on a message's buttons."""
    rows = [row.children for row in message.components if isinstance(row, discord.ActionRow)]
    return [item.label or "" for row in rows for item in row if isinstance(item, discord.Button)]
