"""An intruder who knows the id of a foreign job and everything about it but the way to its channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playground.stage import Stage
from playground.world import conversation
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import Attachment, received, upload
from playground.world.permissions import EVERYONE, Permission
from playground.world.places import Channel, InteractionType, Message
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import CREATE, UPLOAD, Server, job_in

TRUSTED = Permission.MANAGE_MESSAGES | Permission.MANAGE_GUILD
STYLE = "Zinnober"


@dataclass(frozen=True)
class Victim:
    """A job in another place, whose picture was made from another one, reported where that is possible.

    ``places``: the channels that hold its messages. ``prompt`` and ``files`` are its secrets.
    """

    kind: str
    job: str
    prompt: str
    message: Message
    places: frozenset[int]
    files: frozenset[bytes]
    member_id: int


@dataclass
class Intruder:
    """Eve, who manages her own server and is trusted in its other channel. ``thread`` holds a picture of hers."""

    stage: Stage
    server: Server
    eve: Member
    thread: Channel
    own: Message
    victims: dict[str, Victim] = field(default_factory=dict)
    _sent: int = 0

    def planted(self, victim: Victim, custom_id: str = "", *, where: Channel | None = None) -> Message:
        """Post a message by the bot in Eve's thread that carries the victim's exact mark, and perhaps a button.

        The bot itself writes no such message. If it could be led to, nothing must come of it.
        """
        file = received(upload(f"retouch-{victim.job}.png", cat(9)), self.stage.world.clock.snowflake())
        button = {"type": 2, "id": 91, "style": 2, "label": "Odd", "custom_id": custom_id}
        return conversation.post(
            self.stage.world, where or self.thread, self.stage.world.bot,
            f"<@{self.eve.user.id}>, here is your picture.\n-# A model · 1K · ${0.04} · {victim.job}.2",
            attachments=[file], allowed={"parse": []},
            components=[{"type": 1, "id": 90, "components": [button]}] if custom_id else [],
        )  # fmt: skip

    async def presses(self, victim: Victim, custom_id: str) -> Interaction:
        return await self.eve.press(self.planted(victim, custom_id), "Odd")

    async def sends(self, victim: Victim, custom_id: str, **fields: str) -> Interaction:
        """Send a form with this id, as if opened from the planted message."""
        sent = [
            {"type": 18, "id": number, "component": {"type": 4, "custom_id": name, "value": value}}
            for number, (name, value) in enumerate(fields.items(), 1)
        ]
        data = {"custom_id": custom_id, "components": sent}
        opened = await self.eve.press(self.own, "Change")  # Discord accepts only forms that were opened
        interaction = self.stage.world.interact(
            InteractionType.MODAL,
            self.eve.user,
            self.thread,
            data,
            name="form",
            source=self.planted(victim),
            opener=opened,
        )
        return await interaction.outcome()

    # The consequences

    def mark(self) -> Trace:
        """Return the present lengths of all lists, from which ``harm`` counts."""
        world = self.stage.world
        painter = self.stage.painter
        return Trace(
            len(self.stage.discord.requests), len(self.stage.discord.files_read), len(world.transcript.entries),
            len(painter.requests), len(painter.uploads), len(painter.ledger),
            frozenset(kind for kind, victim in self.victims.items() if victim.message.deleted),
        )  # fmt: skip

    def harm(self, victim: Victim, since: Trace) -> list[str]:
        """Return what was read, shown, uploaded or changed of the victim since the mark."""
        world = self.stage.world
        painter = self.stage.painter
        discord = self.stage.discord
        calls = [f"{call.method} {call.path}" for call in discord.requests[since.requests :]]
        harm = [line for line in calls if any(f"/channels/{place}" in line for place in victim.places)]
        harm += [f"file of {place}" for place, _ in discord.files_read[since.files :] if place in victim.places]
        entries = [entry for entry in world.transcript.entries[since.entries :] if entry.who == world.bot.name]
        lines = [str(entry.as_json()) for entry in entries]
        harm += [line for line in lines if victim.prompt in line or str(victim.message.id) in line]
        harm += [
            f"upload of {len(sent.data)} bytes"
            for sent in painter.uploads[since.uploads :]
            if sent.data in victim.files
        ]
        bodies = [str(call.json) for call in painter.requests[since.painted :] if call.route == CREATE]
        harm += [body for body in bodies if victim.prompt in body]
        return harm + (["deleted"] if victim.message.deleted and victim.kind not in since.gone else [])

    def ordered(self, since: Trace) -> bool:
        """Return whether anything was uploaded, asked for, or paid."""
        calls = self.stage.painter.requests[since.painted :]
        paid = len(self.stage.painter.ledger) > since.paid
        return paid or any(call.route in (CREATE, UPLOAD) for call in calls)


@dataclass(frozen=True)
class Trace:
    """The lengths of all lists at a moment, and the kinds of victims whose picture was already gone."""

    requests: int
    files: int
    entries: int
    painted: int
    uploads: int
    paid: int
    gone: frozenset[str]


async def intruder(stage: Stage) -> Intruder:
    """Set up Eve and a victim of each kind: in another server, a direct message, another channel of her server."""
    server = Server(stage)
    eve = Member(stage.world, stage.world.add_user("Eve"))
    trusted = stage.world.add_role(server.guild, "Trusted", int(EVERYONE | TRUSTED))
    stage.world.join(eve.user, server.guild, trusted)
    own = await server.picture(job_in((await server.order(by=eve, prompt="Eve's own")).message))
    attack = Intruder(stage, server, eve, own.channel, own)
    attack.victims["direct"] = await _victim(server, "direct", server.dm)
    hidden = stage.world.add_channel(server.guild, "hidden")
    stage.world.overwrite(hidden, trusted, deny=Permission.VIEW_CHANNEL)
    attack.victims["channel"] = await _victim(server, "channel", hidden, await _reports(server))
    other = Server(stage)
    attack.victims["server"] = await _victim(other, "server", other.channel, await _reports(other))
    owner = Member(stage.world, other.guild.owner)
    words = "{prompt} and the recipe of server"
    await (await owner.command(other.channel, "style add", name=STYLE, words=words)).said()
    for victim_server in (server, other):
        await victim_server.settled()
    return attack


async def _reports(server: Server) -> Channel:
    channel = server.world.add_channel(server.guild, "reports")
    for role in server.guild.roles.values():
        server.world.overwrite(channel, role, deny=Permission.VIEW_CHANNEL)
    boss = Member(server.world, server.guild.owner)
    panel = await (await boss.command(server.channel, "server")).said()
    await boss.fill(await boss.select(panel, "Log"), reports_channel=[str(channel.id)])
    return channel


async def _victim(server: Server, kind: str, place: Channel, reports: Channel | None = None) -> Victim:
    secret = f"the recipe of {kind}"
    first = await server.picture(job_in((await server.order(place, f"{secret} one", image=_photo(kind))).message))
    form = await server.ana.press(first, "Go on")
    second = await server.picture(job_in((await server.ana.fill(form, prompt=f"{secret} two")).message))
    if reports is not None:
        report = await server.ana.fill(await server.ana.press(second, "Report"), reason=secret)
        await report.said(timeout=15)
    await server.ana.uses(second, "Edit this picture")  # forms that stay open
    await server.ana.uses(server.ana.user, "Edit this avatar", second.channel)
    places = {place, first.channel, second.channel, *([reports] if reports is not None else [])}
    messages = [message for where in places for message in where.seen]
    files: Sequence[Attachment] = [file for message in messages for file in message.attachments]
    job = second.attachments[0].name.removeprefix("retouch-")[:16]
    return Victim(
        kind, job, secret, second, frozenset(where.id for where in places), frozenset(file.data for file in files),
        server.ana.user.id,
    )  # fmt: skip


def _photo(kind: str) -> Any:
    return upload("secret.jpg", cat({"direct": 21, "channel": 22, "server": 23}[kind]))
