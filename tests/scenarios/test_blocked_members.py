"""Members who are blocked in a server: they order nothing, and keep control of their own pictures."""

from __future__ import annotations

import pytest

from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.typed_command import CannotDo
from tests.scenarios.support.button_table import delete, one_press, with_form
from tests.scenarios.support.entry_table import ATTACHMENT, MENTION, REPLY, Place, Way, answer_to
from tests.scenarios.support.moderation import ModeratedServer, blocks
from tests.scenarios.support.server import Server, job_in
from tests.scenarios.support.wording import sentence

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


WAYS = {
    "command": Way("/edit", lambda place, member: place.server.order(place.channel, by=member), sources=1),
    "menu": ATTACHMENT,
    "reply": REPLY,
    "mention": MENTION,
}


async def _pressed(place: Place, member: Member, label: str) -> Interaction:
    use = with_form(label, "in the snow") if label in ("Go on", "Change") else one_press(label)
    return await use(member, place.message)


@pytest.mark.parametrize("way", [*WAYS, "Go on", "Change", "Again", "Sharper"])
@pytest.mark.proves("blocked-member")
async def test_blocked_member_orders_and_pays_nothing_by_every_way(moderated: ModeratedServer, way: str) -> None:
    server = moderated.server
    place = await WAYS.get(way, REPLY).prepare(server)
    await blocks(moderated, "add", member=server.ben, reason="rude <@1>")
    before = moderated.counted()
    if way in WAYS:
        request = await WAYS[way].go(place, server.ben)
    else:
        request = await _pressed(place, server.ben, way)
    reply = await answer_to(place, request)
    assert sentence("refused-blocked-here").fullmatch(reply.content), reply
    assert r"“rude \<\@1\>”" in reply.content
    assert reply.pinged == []
    assert moderated.counted() == before
    await blocks(moderated, "remove", member=server.ben)
    request = await WAYS[way].go(place, server.ben) if way in WAYS else await _pressed(place, server.ben, way)
    card = await answer_to(place, request)
    await server.picture(job_in(card))


async def test_blocks_are_listed_announced_and_ended_and_allow_deleting_own_pictures(
    moderated: ModeratedServer,
) -> None:
    server = moderated.server
    result = await server.result()
    assert await blocks(moderated, "list") == "Nobody is blocked here."
    reply = await blocks(moderated, "add", member=server.ana, reason="too *many*", days=2)
    assert sentence("blocked-for").fullmatch(reply), reply
    await moderated.logged(f"blocked <@{server.ana.user.id}> until")
    assert sentence("blocked-for-ever").fullmatch(await blocks(moderated, "add", member=server.ben, reason="spam"))
    listed = await blocks(moderated, "list")
    assert f"- <@{server.ben.user.id}> for ever, by <@{moderated.mod.user.id}>: spam" in listed
    assert r"too \*many\*" in listed
    await delete(server.ana, result)
    await server.world.until(lambda: result.deleted, timeout=15)
    assert sentence("unblocked").fullmatch(await blocks(moderated, "remove", member=server.ana))
    assert sentence("refused-not-blocked").fullmatch(await blocks(moderated, "remove", member=server.ana))
    assert f"<@{server.ana.user.id}>" not in await blocks(moderated, "list")
    with pytest.raises(CannotDo):
        await blocks(moderated, "list", by=server.ben)
    elsewhere = Server(server.stage)
    elsewhere.world.join(server.ben.user, elsewhere.guild)
    order = await elsewhere.order(by=server.ben)  # blocked in the other server only
    await elsewhere.picture(job_in(order.message))


@pytest.mark.proves("block-survives-deletion")
async def test_block_survives_deletion_of_the_members_data(moderated: ModeratedServer) -> None:
    server = moderated.server
    await blocks(moderated, "add", member=server.ana, reason="rude")
    question = await server.ana.command(server.channel, "mydata delete")
    assert question.message is not None
    await server.ana.press(question.message, "Yes, forget me")
    await server.world.until(lambda: "Done" in str(question.message and question.message.content), timeout=15)
    assert sentence("refused-blocked-here").fullmatch((await (await server.order()).said()).content)
