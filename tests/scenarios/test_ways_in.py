"""Each way to order, in each case: an order is accepted and painted once, or refused politely and for free."""

from __future__ import annotations

import asyncio

import pytest

from playground.world import conversation
from playground.world.interactions import Interaction
from playground.world.places import Message
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.entry_table import (
    ATTACHED,
    AVATAR,
    EDIT,
    EMBED,
    EXTRA,
    MENTION,
    PICK,
    REPLY,
    WAYS,
    Place,
    Request,
    Way,
    answer_to,
    painted,
)
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server, job_in, while_painting_next
from tests.scenarios.support.wording import sentence

DATABASE = "postgresql"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def by_way(ways: tuple[Way, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("way", ways, ids=[way.name for way in ways])


FROM_PICTURES = tuple(way for way in WAYS if way.sources and way is not AVATAR)
"""The ways whose picture can be deleted. Discord serves avatars as long as their address is known."""


@by_way(WAYS)
async def test_fresh(server: Server, way: Way) -> None:
    place = await way.prepare(server)
    await painted(place, await way.go(place, server.ana), server.ana, way)


async def test_exactly_the_chosen_pictures_are_used_as_sources(server: Server) -> None:
    for way, widths in ((EDIT, [1, 2, 3, 4, 5, 6]), (PICK, [1]), (EXTRA, [0, 9]), (EMBED, [0])):
        place = await way.prepare(server)
        await painted(place, await way.go(place, server.ana), server.ana, way)
        uploaded = [upload.data for upload in server.painter.uploads[-len(widths) :]]
        assert uploaded == [cat(wider) for wider in widths], way.name
    place = await ATTACHED.prepare(server)
    await painted(place, await ATTACHED.go(place, server.ana), server.ana, ATTACHED)
    uploaded = [upload.data for upload in server.painter.uploads[-3:]]
    assert uploaded == [place.message.attachments[0].data, cat(5), cat(5)]


async def test_over_a_restart(server: Server) -> None:
    """Forms that were opened before are sent afterwards; everything else begins anew."""
    places = [(way, await way.prepare(server)) for way in WAYS]
    for way, place in places:
        if way.begin is not None:
            place.form = await way.begin(place, server.ana)
    await server.stage.kill()
    await server.stage.start()
    for way, place in places:
        try:
            await painted(place, await way.ask(place, server.ana), server.ana, way)
        except Exception as error:
            error.add_note(f"{way.name}, over a restart")
            raise


@by_way(WAYS)
async def test_twenty_minutes_after_the_interaction(server: Server, way: Way) -> None:
    place = await way.prepare(server)
    server.world.clock.advance(20 * 60)
    while_painting_next(server, lambda: server.world.clock.advance(20 * 60))
    await painted(place, await way.go(place, server.ana), server.ana, way)


@by_way(WAYS)
async def test_by_somebody_else_who_pays_and_is_called(server: Server, way: Way) -> None:
    place = await way.prepare(server)
    await painted(place, await way.go(place, server.ben), server.ben, way)


async def _twice(way: Way, place: Place, server: Server) -> list[Request]:
    if way.begin is not None:
        forms = [await way.begin(place, server.ana) for _ in range(2)]
        sent = []
        for place.form in forms:
            sent.append(asyncio.ensure_future(way.ask(place, server.ana)))
            await asyncio.sleep(0)
        return await asyncio.gather(*sent)
    request = await way.ask(place, server.ana)
    if isinstance(request, Message):  # the gateway sends it again, as it may after a lost connection
        server.world.tell("MESSAGE_CREATE", request)
        return [request]
    return [request, await way.ask(place, server.ana)]


@by_way(WAYS)
async def test_twice_at_once(server: Server, way: Way, records: BotRecords) -> None:
    """Count one order for a form sent twice and a message received twice, and two for a command typed twice."""
    place = await way.prepare(server)
    rows = records.jobs()
    requests = await _twice(way, place, server)
    if way.begin is not None:
        answers = sorted([await answer_to(place, request) for request in requests], key=lambda answer: answer.ephemeral)
        assert sentence("refused-twice").fullmatch(answers[1].content), answers
        accepted = answers[0]
        requests = [next(sent for sent in requests if isinstance(sent, Interaction) and sent.message is accepted)]
    for request in requests:
        await painted(place, request, server.ana, way)
    await _heard_all(server, place)
    assert records.jobs() == rows + len(requests)
    if isinstance(requests[0], Message):
        assert len([message for message in place.channel.seen if message.reply_to is requests[0]]) == 1


async def _heard_all(server: Server, place: Place) -> None:
    """Wait until the bot has received all earlier messages, by a command that it answers afterwards."""
    later = await server.ben.command(server.channel, "history")
    await later.said()


@by_way(FROM_PICTURES)
async def test_on_a_deleted_source(server: Server, way: Way) -> None:
    place = await way.prepare(server)
    if way is EDIT:

        async def forget(phase: str, call: object) -> None:
            for interaction in server.world.interactions.values():
                interaction.uploads.clear()

        server.stage.discord.hooks.append(forget)
        request = await way.go(place, server.ana)
    elif way.begin is not None:
        place.form = await way.begin(place, server.ana)
        conversation.delete(server.world, place.message, "Ben")
        server.world.external.clear()
        request = await way.ask(place, server.ana)
    else:
        await server.settled()
        request = await way.ask(place, server.ana)
        conversation.delete(server.world, place.message, "Mod")
    card = await answer_to(place, request)
    job = job_in(card)
    gone = sentence("picture-not-shown" if way is EMBED else "error-source-gone")
    await server.world.until(lambda: gone.search(card.text), timeout=20)
    assert not server.charged(job)


@by_way(WAYS)
async def test_by_a_blocked_member(server: Server, way: Way, records: BotRecords) -> None:
    place = await way.prepare(server)
    rows = records.jobs()
    charges = len(server.painter.ledger)
    request = await way.go(place, server.mallory)
    answer = await answer_to(place, request)
    assert sentence("refused-blocked").fullmatch(answer.content), answer
    assert answer.ephemeral or isinstance(request, Message)
    if isinstance(request, Message):
        assert len([message for message in place.channel.seen if message.reply_to is request]) == 1
        assert answer.pinged == []
    assert (records.jobs(), len(server.painter.ledger)) == (rows, charges)


@by_way(WAYS)
async def test_in_an_archived_thread(server: Server, way: Way) -> None:
    place = await way.prepare(server, in_thread=True)
    conversation.change_thread(server.world, place.channel, by="Discord", archived=True)
    picture = await painted(place, await way.go(place, server.ana), server.ana, way)
    assert picture.channel is place.channel
    assert not place.channel.archived


@by_way(WAYS)
async def test_in_a_locked_thread(server: Server, way: Way, records: BotRecords) -> None:
    place = await way.prepare(server, in_thread=True)
    charges = len(server.painter.ledger)
    refused = sentence("refused-thread-locked")
    if way in (REPLY, MENTION, ATTACHED):  # locked just after it was written, or it could not be written
        before = len(server.dm.seen)
        await way.go(place, server.ana)
        conversation.change_thread(server.world, place.channel, by="Mod", locked=True)
        await server.world.until(lambda: len(server.dm.seen) > before, timeout=20)
        assert refused.search(server.dm.seen[-1].text)
    else:
        conversation.change_thread(server.world, place.channel, by="Mod", locked=True)
        answer = await answer_to(place, await way.go(place, server.ana))
        assert answer.ephemeral
        assert refused.fullmatch(answer.content), answer
    assert len(server.painter.ledger) == charges
