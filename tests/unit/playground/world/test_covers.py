"""What the stand-in Discord shows open: files, media, embeds and links, and what covers them."""

from __future__ import annotations

from typing import Any

import pytest

from playground.world import conversation
from playground.world.covers import seen_open, unfurled
from playground.world.members import Member
from playground.world.messages import Upload, received, upload
from playground.world.world import studio
from tests.support.small_bot import bot_online, png, serving

FOX = "https://pictures.example/fox.png"
FORM = "https://pictures.example"


@pytest.mark.parametrize(
    ("content", "links"),
    [
        (f"look: {FOX}", [FOX]),
        (f"[a fox]({FOX}), look", [FOX]),
        (f"||{FOX}||", []),
        (f"||[a fox]({FOX})|| and {FORM}", [FORM]),
        (f"<{FOX}> and [a fox](<{FOX}>)", []),
        (f"`{FOX}`", []),
        ("https://discord.com/channels/1/2/3", []),
    ],
)
def test_links_in_bars_brackets_and_code_unfurl_nothing(content: str, links: list[str]) -> None:
    assert unfurled(content) == links


def gallery(*items: dict[str, Any], **container: Any) -> list[dict[str, Any]]:
    return [{"type": 17, "components": [{"type": 12, "items": list(items)}], **container}]


def test_media_of_components_are_covered_by_themselves_or_their_container() -> None:
    world = studio()
    shown = {"media": {"url": FOX}}
    hidden = {"media": {"url": f"{FORM}/secret.png"}, "spoiler": True}
    section: dict[str, Any] = {"type": 9, "components": []}
    thumbnail = {"type": 11, "media": {"url": FOX}}
    channel = world.channel("photos")
    for components, names in (
        (gallery(shown, hidden), [FOX]),
        (gallery(shown, hidden, spoiler=True), []),
        ([{**section, "accessory": thumbnail}], [FOX]),
        ([{**section, "accessory": {**thumbnail, "spoiler": True}}], []),
    ):
        message = conversation.post(world, channel, world.bot, components=components, flags=1 << 15)
        assert seen_open(message) == names
    embed = {"image": {"url": FOX}, "thumbnail": {"url": "attachment://SPOILER_cat.png"}}
    message = conversation.post(world, channel, world.bot, embeds=[embed])
    assert seen_open(message) == [FOX, "attachment://SPOILER_cat.png"]  # an embed covers nothing


async def test_bot_sees_the_flag_of_a_file_covered_in_any_way() -> None:
    async with bot_online() as stage:
        named = upload("SPOILER_cat.png", png())
        flagged = upload("cat.png", png(), spoiler=True)
        files = (named, flagged, upload("cat.png", png()))
        text = f"<@{stage.world.bot.id}>"
        message = await Member(stage.world, "Ana").says(stage.photos, text, files=files)
        await stage.world.until(lambda: stage.bot.heard)
        received_files = stage.bot.heard[-1].attachments
        assert [(file.filename, file.flags.spoiler) for file in received_files] == [
            ("SPOILER_cat.png", True),
            ("cat.png", True),
            ("cat.png", False),
        ]
        assert seen_open(message) == ["cat.png"]
        assert [line.count("[covered ") for line in str(stage.world.transcript).splitlines()][-1:] == [2]


async def test_a_bot_covers_a_file_when_it_is_sent_and_later() -> None:
    async with serving() as stage:
        message = conversation.post(
            stage.world, stage.photos, stage.world.bot, attachments=[received(Upload("a.png", png()), 1)]
        )
        route = f"PATCH /channels/{stage.photos.id}/messages/{message.id}"
        for is_spoiler in (True, None, False):
            status, answer = await stage.call(route, {"attachments": [{"id": "1", "is_spoiler": is_spoiler}]})
            assert status == 200
            flags = [file.get("flags", 0) for file in answer["attachments"]]
            assert flags == [0 if is_spoiler is False else 1 << 3]
        status, _ = await stage.call(route, {"attachments": [{"id": "1", "is_spoiler": "yes"}]})
        assert status == 400
