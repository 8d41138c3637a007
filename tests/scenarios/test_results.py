"""How a result arrives: too large, too many, and with every word of the member made harmless."""

from __future__ import annotations

import asyncio
import io
import re
import unicodedata
from dataclasses import replace

import aiohttp
import pytest
from PIL import Image

from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.world.covers import unfurled
from playground.world.permissions import EVERYONE, Permission
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import LOOK, MESSAGE, Server, once, painted, says_done
from tests.support import photos

DATABASE = "postgresql"
pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def noise() -> bytes:
    """Return a PNG of 12 MB that can't be made smaller without loss."""
    buffer = io.BytesIO()
    side = 2000
    bands = [Image.effect_noise((side, side), sigma) for sigma in (60, 80, 100)]
    Image.merge("RGB", bands).save(buffer, "PNG", compress_level=1)
    assert len(buffer.getvalue()) > 10 * MIB
    return buffer.getvalue()


def paints(server: Server, *pictures: bytes) -> None:
    """Let the next result be exactly these pictures, however many were ordered."""

    async def hook(phase: Phase, call: Call) -> None:
        if phase == "before" and call.route == LOOK:
            for task in server.painter.tasks.values():
                if task.request.business_id in server.jobs:
                    task.request = replace(task.request, count=len(pictures))
                    task.painted = dict(enumerate(pictures))

    server.painter.hooks.append(hook)


@pytest.mark.proves("original-linked")
async def test_picture_over_the_upload_limit_is_encoded_anew_at_best_quality(server: Server, noise: bytes) -> None:
    paints(server, noise)
    order = await server.order()
    result = await server.delivered_to(lambda: server.thread)
    (file,) = result.attachments
    assert 3 * MIB < len(file.data) <= 10 * MIB
    with Image.open(io.BytesIO(file.data)) as image:
        assert image.size == (2000, 2000)
        assert file.name.endswith({"JPEG": ".jpg", "WEBP": ".webp"}[image.format or ""])
    assert b"digitalsourcetype/compositeWithTrainedAlgorithmicMedia" in file.data
    assert says_done(order, result)
    (line,) = [line for line in result.content.splitlines() if "/files/" in line]
    assert line.startswith("-# A smaller copy that fits here: [the original](<")
    assert await original(line) == noise


async def original(line: str) -> bytes:
    """Return the file that a line leads to."""
    async with aiohttp.ClientSession() as web, web.get(line.partition("(<")[2].partition(">)")[0]) as answer:
        return await answer.read()


async def test_result_whose_file_lacks_its_end_is_mended_and_marked(server: Server) -> None:
    whole = photos.saved(photos.photo(), "JPEG")
    paints(server, whole[:-2])
    await server.order()
    result = await server.delivered_to(lambda: server.thread)
    (file,) = result.attachments
    assert photos.opened(file.data).tobytes() == photos.opened(whole).tobytes()
    assert file.data.endswith(b"\xff\xd9")
    assert b"digitalsourcetype/compositeWithTrainedAlgorithmicMedia" in file.data


async def test_boosted_server_gets_the_same_picture_unchanged(shared_stage: Stage, noise: bytes) -> None:
    server = Server(shared_stage, boost=2)
    paints(server, noise)
    await server.order()
    result = await server.delivered_to(lambda: server.thread)
    assert result.attachments[0].data == noise
    assert "/files/" not in result.content


@pytest.mark.proves("original-linked")
async def test_of_several_pictures_the_originals_of_smaller_copies_are_named_by_number(
    server: Server, noise: bytes
) -> None:
    paints(server, cat(), noise)
    await server.order(spoiler=True)
    result = await server.delivered_to(lambda: server.thread, pictures=2)
    (line,) = [line for line in result.content.splitlines() if "/files/" in line]
    assert line.startswith("-# ||Picture 2 is a smaller copy")
    assert line.endswith("||")
    assert unfurled(result.content) == []
    assert await original(line) == noise
    assert "Made by AI" in result.content.splitlines()[-1]


async def test_many_pictures_span_messages_and_only_the_first_pings(server: Server) -> None:
    data = [cat(wider) for wider in range(12)]
    paints(server, *data)
    order = await server.order()
    result = await server.delivered_to(lambda: server.thread, pictures=12)
    first, second = [message for message in server.thread.seen if painted(message)]
    assert first is result
    assert [file.data for file in first.attachments + second.attachments] == data
    assert len({file.name for file in first.attachments + second.attachments}) == 12
    assert "your 10 pictures" in first.content
    assert "2 more" in second.content
    assert says_done(order, first)


async def test_a_crash_between_two_messages_of_a_result_repeats_neither(server: Server) -> None:
    paints(server, *[cat(wider) for wider in range(12)])
    dead = asyncio.Event()

    async def die() -> None:
        await server.stage.kill()
        dead.set()

    once(server.stage.discord.hooks, "after", MESSAGE, die, number=2)  # the source was the first
    await server.order()
    await asyncio.wait_for(dead.wait(), 60)
    server.world.clock.advance(10 * 60)  # Discord has forgotten the nonces, so only the marks are left
    await server.stage.start()
    await server.delivered_to(lambda: server.thread, pictures=12)


async def test_the_pictures_that_nobody_can_download_come_as_links_beside_the_others(server: Server) -> None:
    paints(server, *[cat(wider) for wider in range(12)])
    server.painter.fault("result-gone", times=11)  # each is requested once: a 404 is final
    await server.order()
    await server.settled()
    first, second = [message for message in server.thread.seen if "painted" in message.content or painted(message)]
    assert not first.attachments
    assert first.content.count(f"{server.painter.url}/files/") == 10
    assert len(second.attachments) == second.content.count(f"{server.painter.url}/files/") == 1


async def test_a_link_offers_nothing_that_would_need_the_picture_itself(server: Server) -> None:
    server.painter.fault("result-gone")
    await server.order()
    await server.settled()
    linked = next(message for message in server.thread.seen if "painted" in message.content)
    assert f"{server.painter.url}/files/" in linked.content
    assert linked.buttons == ["Change", "Again", "Sharper", "Delete"]


async def test_unknown_order_is_not_reported_as_stopped(server: Server) -> None:
    server.painter.fault("reset-before", times=1)
    server.painter.fault("unauthorized", on=("find",))
    await server.order()
    await server.world.until(lambda: server.count_messages("whether it is being painted"), timeout=20)
    source = next(message for message in server.thread.seen if message.attachments)
    await server.world.until(lambda: "Looking at" not in source.text, timeout=20)
    assert "Not known yet" in source.text


@pytest.mark.proves("made-by-ai")
async def test_source_and_result_have_alternative_text(server: Server) -> None:
    await server.order(prompt="as a watercolour at night")
    result = await server.delivered_to(lambda: server.thread)
    source = next(message for message in server.thread.seen if message.attachments)
    for described in (source.attachments[0], result.attachments[0]):
        assert described.description is not None
        assert "as a watercolour at night" in described.description
    assert result.attachments[0].description is not None
    assert result.attachments[0].description.startswith("Made by AI. ")
    assert result.content.splitlines()[-1].startswith("-# Made by AI · ")


NASTY = (
    "# Title\n> quote\n- list\n**bold** `code` ||spoiler|| [click me](https://evil.example) <https://evil.example> "
    "@everyone @here <@{ben}> <@&{role}> <#{channel}> <t:0:R> <:e:1> \u202egnp.exe\u202c zero\u200bwidth\u2066 \u0000"
)


async def test_long_nasty_prompt_is_sent_unchanged_and_shown_harmlessly(server: Server) -> None:
    (own,) = server.guild.members[server.world.bot.id].roles
    server.world.set_permissions(server.guild, own, int(EVERYONE | Permission.MENTION_EVERYONE))
    nasty = NASTY.format(ben=server.ben.user.id, role=server.guild.id, channel=server.channel.id)
    prompt = nasty + "x" * (4000 - len(nasty))
    order = await server.order(prompt=prompt)
    result = await server.delivered_to(lambda: server.thread)
    assert order.message is not None
    (quoted,) = [line for line in order.message.embeds[0]["description"].splitlines() if line.startswith("> ")]
    assert not re.search(r"[`*_~|<>\[\]()#@]", re.sub(r"\\.", "", quoted[2:]))
    assert "\n" not in server.thread.name
    assert 1 <= len(server.thread.name) <= 100
    files = [file for message in server.thread.seen for file in message.attachments]
    assert [0 < len(file.description or "") <= 1024 for file in files] == [True, True]
    texts = [quoted, server.thread.name, result.content.replace("\n", ""), *[file.description or "" for file in files]]
    assert not [c for text in texts for c in text if unicodedata.category(c) in ("Cf", "Cc")]
    (task,) = [task for task in server.painter.tasks.values() if task.request.business_id in server.jobs]
    assert task.request.prompt == prompt
