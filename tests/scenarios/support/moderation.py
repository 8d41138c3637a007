"""A server with moderators: reports of pictures, blocks, and what they leave behind."""

from __future__ import annotations

from dataclasses import dataclass

from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.permissions import Permission
from playground.world.places import Channel, Message
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.server import CREATE, Server, job_of, plain


@dataclass
class ModeratedServer:
    """A server with channels for reports and for the log, and a moderator with no other permission."""

    server: Server
    records: BotRecords
    reports: Channel
    log: Channel
    mod: Member

    @property
    def report(self) -> Message:
        (card,) = [message for message in self.reports.seen if message.content.startswith("A picture was reported")]
        return card

    async def reported(self, message: Message, by: Member | None = None, reason: str = "It is *rude*") -> Interaction:
        """Let a member report a picture."""
        form = await (by or self.server.ben).press(message, "Report")
        if form.modal is None:
            return form
        answer = await (by or self.server.ben).fill(form, reason=reason)
        await answer.said(timeout=15)
        return answer

    async def restart(self) -> None:
        await self.server.stage.kill()
        await self.server.stage.start()

    def counted(self) -> tuple[int, int, int, int]:
        """Count the rows, charges, creates and uploads so far."""
        painter = self.server.painter
        creates = [call for call in painter.requests if call.route == CREATE]
        return self.records.jobs(), len(painter.ledger), len(creates), len(painter.uploads)

    async def until(self, message: Message, words: str) -> None:
        await self.server.world.until(lambda: words in f"{message.embeds}", timeout=15)

    async def logged(self, words: str) -> None:
        await self.server.world.until(lambda: any(words in message.content for message in self.log.seen), timeout=15)


def add_moderator(server: Server, name: str = "Chiyo", bits: int = 0) -> Member:
    member = Member(server.world, server.world.add_user(name))
    server.world.join(member.user, server.guild)
    may = Permission.MANAGE_MESSAGES | Permission.VIEW_CHANNEL | Permission.USE_APPLICATION_COMMANDS | bits
    server.world.give(member.user, server.world.add_role(server.guild, name, int(may)), server.guild)
    return member


async def moderated_server(server: Server, records: BotRecords) -> ModeratedServer:
    """Set up the server's channels and its moderator."""
    reports, log = (server.world.add_channel(server.guild, name) for name in ("reports", "log"))
    moderator = add_moderator(server)
    await server.rule("Log", reports_channel=[str(reports.id)], log_channel=[str(log.id)])
    return ModeratedServer(server, records, reports, log, moderator)


async def blocks(moderated: ModeratedServer, verb: str, by: Member | None = None, **options: object) -> str:
    interaction = await (by or moderated.mod).command(moderated.server.channel, f"block {verb}", **options)
    reply = await interaction.said()
    assert reply.ephemeral
    return reply.content


def files(message: Message) -> list[str]:
    return [file.name for file in message.attachments]


def archive(result: Message) -> Message:
    """Return the message with the sources of a picture."""
    prefix = f"source-{job_of(result)}"
    messages = result.channel.seen
    with_files = [message for message in messages if message.attachments]
    return next(message for message in with_files if plain(files(message)[0]).startswith(prefix))
