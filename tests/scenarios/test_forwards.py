"""Forwarded pictures: they are found, and still belong to their first author."""

from __future__ import annotations

import pytest

from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.permissions import Permission
from playground.world.places import Channel, Message
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server, job_in
from tests.scenarios.support.wording import sentence

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATABASE = "sqlite"


async def forwarded(server: Server, elsewhere: Channel, by: Member) -> Message:
    """Let Ben post a picture elsewhere and a member forward it into the channel; return the forward."""
    message = await server.ben.says(elsewhere, "my cat", files=(upload("cat.jpg", cat()),))
    return await by.forwards(message, server.channel)


async def test_a_forwarded_picture_is_edited_and_its_author_is_named(server: Server) -> None:
    copy = await forwarded(server, server.world.add_channel(server.guild, "elsewhere"), server.ana)
    sent = await server.ana.fill(await server.ana.uses(copy, "Edit this picture"), prompt="as a poster")
    await server.picture(job_in(sent.message))
    assert server.painter.uploads[-1].data == cat()
    assert sent.message is not None
    assert f"<@{server.ben.user.id}>" in sent.message.text
    assert server.charged(job_in(sent.message)) == 1


async def test_author_in_another_server_is_asked_for_consent_but_not_named(server: Server) -> None:
    abroad = server.world.add_guild("Abroad", server.ben.user)
    server.world.join(server.ana.user, abroad)
    elsewhere = server.world.add_channel(abroad, "abroad")
    copy = await forwarded(server, elsewhere, server.ana)
    sent = await server.ana.fill(await server.ana.uses(copy, "Edit this picture"), prompt="as a poster")
    await server.picture(job_in(sent.message))
    shown = [message.text for place in server.places for message in place.seen]
    assert not [text for text in shown if f"<@{server.ben.user.id}>" in text]
    await server.ben.command(server.channel, "mydata pictures", allow="no")
    refused = await server.ana.uses(await forwarded(server, elsewhere, server.ana), "Edit this picture")
    assert sentence("refused-consent-never").fullmatch((await refused.said()).content)


async def test_forwarding_does_not_bypass_refused_consent(server: Server) -> None:
    await server.ben.command(server.channel, "mydata pictures", allow="no")
    copy = await forwarded(server, server.world.add_channel(server.guild, "elsewhere"), server.ana)
    refused = await server.ana.uses(copy, "Edit this picture")
    assert f"<@{server.ben.user.id}> doesn’t want" in (await refused.said()).content


async def test_forward_from_an_unreadable_channel_has_no_known_owner(server: Server) -> None:
    await server.rule("Whose pictures", consent="own")
    hidden = server.world.add_channel(server.guild, "hidden")
    server.world.overwrite(hidden, server.world.bot, deny=int(Permission.VIEW_CHANNEL))
    refused: Interaction = await server.ben.uses(await forwarded(server, hidden, server.ben), "Edit this picture")
    assert "I no longer know whose this one is" in (await refused.said()).content
