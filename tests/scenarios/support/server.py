"""A server of a scenario's own: scenarios may share a bot, but never a channel, a member or a ledger entry."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

from playground.hooks import Call, Hook, Phase
from playground.stage import Stage
from playground.toapis.server import Painter
from playground.world import conversation
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import Attachment, upload
from playground.world.places import Channel, Message
from playground.world.transcript import Entry
from playground.world.world import World
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.pictures import cat

CREATE = "POST /v1/images/generations"
LOOK = "GET /v1/images/generations/{id}"
DOWNLOAD = "GET /files/…"
UPLOAD = "POST /v1/uploads/images"
MESSAGE = "POST /channels/{channel}/messages"
DELETION = "DELETE /channels/{channel}/messages/{message}"
EDIT = "PATCH /channels/{channel}/messages/{message}"
THREAD = "POST /channels/{channel}/messages/{message}/threads"
DIRECT = "POST /users/@me/channels"
ANSWER = "POST /interactions/{interaction}/{token}/callback"

BLOCKED = "Mallory"
"""The member that the operator of the shared stage has blocked."""


class Server:
    """A server with a channel; ``ana`` orders, ``ben`` watches. All counts are those of this server's orders."""

    def __init__(self, stage: Stage, boost: int = 0) -> None:
        world = stage.world
        self.stage = stage
        self.world = world
        self.painter = stage.painter
        self.guild = world.add_guild("Own Server", world.application.owner, boost=boost)
        self.channel = world.add_channel(self.guild, "pictures")
        self.ana, self.ben = (Member(world, world.add_user(name)) for name in ("Ana", "Ben"))
        for member in (self.ana, self.ben):
            world.join(member.user, self.guild)
        self.jobs: set[str] = set()
        self.database_url = stage.settings["DATABASE_URL"]

    async def order(
        self, channel: Channel | None = None, prompt: str = "as a poster", by: Member | None = None, **options: Any
    ) -> Interaction:
        """Let Ana (or somebody else) use /edit, and return the answered interaction."""
        options = {"image": upload("cat.jpg", cat())} | options
        order = await (by or self.ana).command(channel or self.channel, "edit", prompt=prompt, **options)
        self.jobs |= {job for job in [_job(order)] if job is not None}
        return order

    async def rule(self, section: str, **fields: Any) -> Interaction:
        """Let the owner open a section on a fresh panel and send its form."""
        boss = Member(self.world, self.guild.owner)
        panel = await (await boss.command(self.channel, "server")).said()
        sent = await boss.fill(await boss.select(panel, section), **fields)
        assert sent.answered, sent
        return sent

    @property
    def mallory(self) -> Member:
        """Return a member whom the operator has blocked."""
        user = self.world.user(BLOCKED)
        if user.id not in self.guild.members:
            self.world.join(user, self.guild)
        return Member(self.world, user)

    async def result(self, **options: Any) -> Message:
        """Return Ana's picture, as it came into the thread."""
        order = await self.order(**options)
        return await self.picture(job_in(order.message))

    async def picture(self, job: str | None) -> Message:
        """Return the message with this job's picture in any channel, once it is there."""
        assert job is not None  # the order was taken
        self.jobs.add(job)
        return await appears(self.world, lambda: self._pictured(job))

    def _pictured(self, job: str) -> Message | None:
        messages = (message for place in self.places for message in place.seen)
        prefix = f"retouch-{job}"
        for message in messages:
            if any(plain(file.name).startswith(prefix) for file in message.attachments):
                return message
        return None

    @property
    def places(self) -> list[Channel]:
        """Return where a message of this server's can come: its channels and threads, and the direct messages."""
        direct = [place for place in self.world.channels.values() if place.guild is None]
        return [*self.guild.channels.values(), *direct]

    def charged(self, job: str | None) -> int:
        """Count the charges for this job, by ToAPIs' ledger."""
        return len([charge for charge in self.painter.ledger if charge.business_id == job])

    def delete_card(self) -> None:
        """Let a moderator delete the bot's answer in the channel."""
        (card,) = [message for message in self.channel.seen if message.interaction is not None]
        conversation.delete(self.world, card, "Mod")

    @property
    def thread(self) -> Channel:
        """Return the only thread of the channel."""
        (thread,) = self.channel.threads
        return thread

    @property
    def dm(self) -> Channel:
        """Return Ana's direct messages with the bot."""
        return self.world.dm(self.ana.user)

    @property
    def charges(self) -> int:
        """Count the charges for this server's orders, by ToAPIs' ledger."""
        return len([charge for charge in self.painter.ledger if charge.business_id in self.jobs])

    @property
    def creates(self) -> int:
        """Count the creates sent for this server's orders."""
        bodies = [call.json for call in self.painter.requests if call.route == CREATE]
        return len([body for body in bodies if body["client_business_id"] in self.jobs])

    @property
    def pings(self) -> list[str]:
        """Return the names of those who were pinged, once for each ping."""
        return [name for entry in self._news for name in entry.facts["pinged"]]

    @property
    def pictures(self) -> list[str]:
        """Return the names of all painted pictures that came to any channel, also of those deleted since."""
        files = [file["name"] for entry in self._news for file in entry.facts["attachments"]]
        return [name for name in files if plain(name).startswith("retouch-")]

    @property
    def _news(self) -> list[Entry]:
        """Return the messages about this server's orders: each carries its job's id."""
        messages = self.world.transcript.of("message")
        return [entry for entry in messages if any(job in entry.text for job in self.jobs)]

    def count_messages(self, words: str) -> int:
        """Count the messages about this server's orders that contain the words."""
        return len([entry for entry in self._news if words in entry.text])

    async def settled(self, timeout: float = 20.0) -> None:
        """Wait until the bot has nothing left to do for these orders; ``timeout``: seconds of a quiet machine."""
        with closing(BotRecords(self.database_url)) as records:
            await records.until(lambda: self.jobs and self.jobs <= records.over(), timeout)

    def is_over(self) -> bool:
        """Return whether the bot has nothing left to do for these orders."""
        with closing(BotRecords(self.database_url)) as records:
            return self.jobs <= records.over()

    async def delivered_to(self, place: Channel | Callable[[], Channel], *, pictures: int = 1) -> Message:
        """Return the message that brought the pictures, once all is over: in that channel, with one ping and charge."""
        await self.settled()
        place = place if isinstance(place, Channel) else place()
        assert len(self.pictures) == pictures, self.world.transcript
        assert set(self.pings) == {"Ana"}
        assert len(self.pings) == 1 or place is self.dm  # there every message makes a sound
        assert self.charges == 1
        assert self.painter.offences == []
        return next(message for message in place.seen if painted(message))


def _job(order: Interaction) -> str | None:
    return job_in(order.message)


def job_in(card: Message | None) -> str | None:
    """Return the job's id from the small print of its card, or None for a refusal."""
    embeds = card.embeds if card is not None else []
    return str(embeds[0]["footer"]["text"].split()[-1]).split(".")[0] if embeds else None


def job_of(result: Message) -> str:
    """Return the job's id, from the name of its result's first picture."""
    return plain(result.attachments[0].name).removeprefix("retouch-")[:16]


async def appears(world: World, look: Callable[[], Message | None]) -> Message:
    """Wait for the message that ``look`` returns."""
    message = await world.until(look, timeout=20)
    assert message is not None  # until waited for it
    return message


async def first_reply(world: World, message: Message) -> Message:
    """Wait for the first reply to a message in its channel."""
    return await appears(world, lambda: next((sent for sent in message.channel.seen if sent.reply_to is message), None))


def painted(message: Message) -> list[Attachment]:
    """Return the painted pictures in a message."""
    return [file for file in message.attachments if plain(file.name).startswith("retouch-")]


def plain(name: str) -> str:
    """Return a file's name without the prefix of a spoiler."""
    return name.removeprefix("SPOILER_")


def says_done(order: Interaction, message: Message) -> bool:
    """Return whether the card says that it is done, with a link to this message."""
    assert order.message is not None  # every order here was answered
    text = order.message.text
    return "Done" in text and f"/{message.channel.id}/{message.id}" in text


def once(
    hooks: list[Hook], phase: Phase, route: str, act: Callable[[], Awaitable[None] | None], *, number: int = 1
) -> None:
    """Act at the first call of this route from now on (or at the call of that ``number``)."""
    seen: list[Call] = []

    async def hook(now: Phase, call: Call) -> None:
        if (now, call.route) != (phase, route):
            return
        seen.append(call)
        if len(seen) == number:
            pending = act()
            if inspect.isawaitable(pending):
                await pending

    hooks.append(hook)


def finish(painter: Painter) -> None:
    """End every task that is being painted, and all faults.

    For paintings that last until a scenario says so.
    """
    painter.calm()
    for task in painter.tasks.values():
        task.outcome = replace(task.outcome, seconds=0)


def while_painting(stage: Stage, act: Callable[[], Awaitable[None] | None]) -> None:
    """Act when the bot first polls a task."""
    once(stage.painter.hooks, "before", LOOK, act)


def while_painting_next(server: Server, act: Callable[[], Awaitable[None] | None]) -> None:
    """Act when the bot first polls the next order's task: others may still be polled, or their bills."""
    earlier = set(server.painter.tasks)
    polls: list[Call] = []

    async def hook(phase: Phase, call: Call) -> None:
        if (phase, call.route) == ("before", LOOK) and call.params["id"] not in earlier and not polls:
            polls.append(call)
            pending = act()
            if inspect.isawaitable(pending):
                await pending

    server.painter.hooks.append(hook)
