"""The first picture, and what can happen to it on the way. Charges by ToAPIs' ledger, results by the world."""

from __future__ import annotations

import random

import pytest

from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.permissions import Permission
from tests.scenarios.support.kills import INTERRUPTED_WORDS, POINTS, count, kill_once, order
from tests.scenarios.support.pictures import cards, cat, messages, results


async def test_a_picture_comes_into_a_thread_and_is_paid_once(stage: Stage) -> None:
    data = cat()
    photos = stage.world.channel("photos")
    order = await Member(stage.world, "Ana").command(
        photos, "edit", image=upload("cat.jpg", data), prompt="as a watercolour @everyone"
    )
    assert order.answered
    assert not order.ephemeral
    await stage.world.until(lambda: cards(stage, "Done"), timeout=30)
    assert len(photos.threads) == 1
    source, result = [message for message in photos.threads[0].seen if message.attachments]
    assert source.attachments[0].data == data  # the archived source is the member's picture, byte for byte
    assert [uploaded.data for uploaded in stage.painter.uploads] == [data]
    assert result.attachments[0].description is not None
    assert "watercolour" in result.attachments[0].description
    assert len(stage.painter.ledger) == len(results(stage)) == 1
    assert stage.painter.offences == []
    assert {name for entry in stage.world.transcript for name in entry.facts.get("pinged", ())} == {"Ana"}


async def test_in_a_thread_no_second_thread_is_made(stage: Stage) -> None:
    photos = stage.world.channel("photos")
    ana = Member(stage.world, "Ana")
    await ana.command(photos, "edit", image=upload("cat.jpg", cat()), prompt="as a poster")
    await stage.world.until(lambda: len(results(stage)) == 1, timeout=30)
    await ana.command(photos.threads[0], "edit", image=upload("cat.jpg", cat()), prompt="in snow")
    await stage.world.until(lambda: len(results(stage)) == 2, timeout=30)
    assert len(photos.threads) == 1


async def test_a_model_that_paints_squares_is_told_the_shape_of_the_source(stage: Stage) -> None:
    photos = stage.world.channel("photos")
    await Member(stage.world, "Ana").command(
        photos, "edit", image=upload("cat.jpg", cat()), prompt="as a poster", model="gpt-image-2"
    )
    await stage.world.until(lambda: cards(stage, "Done"), timeout=30)
    [create] = [call for call in stage.painter.requests if call.route == "POST /v1/images/generations"]
    assert create.json["size"] == "3:2"  # the picture is 120 x 80


async def test_without_the_permission_for_threads_the_picture_comes_into_the_channel(stage: Stage) -> None:
    photos = stage.world.channel("photos")
    stage.world.overwrite(photos, stage.world.bot, deny=Permission.CREATE_PUBLIC_THREADS)
    await Member(stage.world, "Ana").command(photos, "edit", image=upload("cat.jpg", cat()), prompt="as a poster")
    await stage.world.until(lambda: len(results(stage)) == 1, timeout=30)
    assert not photos.threads
    assert cards(stage, "Create Public Threads")


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("notes.pdf", b"%PDF-1.7 x", "PDF"),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    ],
)
async def test_what_the_interaction_alone_decides_is_refused_for_the_member_only(
    stage: Stage, name: str, data: bytes, word: str
) -> None:
    order = await Member(stage.world, "Ana").command(
        stage.world.channel("photos"), "edit", image=upload(name, data), prompt="as a poster"
    )
    assert order.ephemeral
    assert order.message is not None
    assert word in order.message.content
    assert not stage.painter.uploads
    assert not stage.painter.ledger


async def test_bytes_that_turn_out_bad_turn_the_card_into_a_sentence(stage: Stage) -> None:
    photos = stage.world.channel("photos")
    lying = upload("cat.png", b"%PDF-1.7 this is no picture", content_type="image/png")
    await Member(stage.world, "Ana").command(photos, "edit", image=lying, prompt="as a poster")
    await stage.world.until(lambda: cards(stage, "No picture this time"), timeout=30)
    assert not photos.threads
    assert not stage.painter.uploads
    assert not stage.painter.ledger


async def test_a_declined_order_is_told_in_one_sentence_and_costs_nothing(stage: Stage) -> None:
    stage.painter.fault("policy-422")
    photos = stage.world.channel("photos")
    await Member(stage.world, "Ana").command(photos, "edit", image=upload("cat.jpg", cat()), prompt="as a poster")
    await stage.world.until(lambda: cards(stage, "content rules"), timeout=30)
    assert not results(stage)
    assert not [charge for charge in stage.painter.ledger if not charge.refunded]


async def test_a_picture_that_discord_finds_too_large_comes_as_a_link(stage: Stage) -> None:
    photos = stage.world.channel("photos")
    assert photos.guild is not None
    guild = photos.guild

    async def shrink(phase: Phase, call: Call) -> None:
        if phase == "before" and call.route == "GET /files/…":
            guild.lowered_limit = 10

    stage.painter.hooks.append(shrink)
    await Member(stage.world, "Ana").command(photos, "edit", image=upload("cat.jpg", cat()), prompt="as a poster")
    await stage.world.until(lambda: cards(stage, "Done"), timeout=30)
    assert not results(stage)
    assert any(f"{stage.painter.url}/files/" in message.content for message in messages(stage))
    assert len(stage.painter.ledger) == 1


@pytest.mark.parametrize("name", POINTS)
@pytest.mark.proves("create-never-repeated")
async def test_a_kill_loses_no_picture_and_pays_for_none_twice(stage: Stage, name: str) -> None:
    point = POINTS[name]
    rng = random.Random(name)
    calm = order(stage, rng)  # its create is answered, which proves the look-up
    await stage.world.until(lambda: calm.ended(stage), timeout=30)
    orders, marker = await kill_once(stage, point, rng, most=1, late=2.0)
    assert point.route.split()[0] in marker
    ends = count(stage, [calm, *orders])
    if name == "between row and answer":
        await stage.world.until(
            lambda: any(INTERRUPTED_WORDS in killed.sentence(stage) for killed in orders), timeout=30
        )
    elif point.lost == "absent":
        assert ends.unknown >= 1
        stage.painter.calm()
        await stage.kill()
        await stage.start()  # the recovery looks again
        await stage.world.until(lambda: len(results(stage)) == ends.orders, timeout=30)
        assert count(stage, [calm, *orders]).charges == ends.orders
    else:
        assert ends.results == ends.charges == ends.orders == 2
    sources = [file.name for message in messages(stage) for file in message.attachments if "source-" in file.name]
    assert len(sources) == len(set(sources))
