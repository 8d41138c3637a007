"""Each bad input, met by the real bot: refused for free by the interaction or, politely, by the bytes.

Good pictures go to ToAPIs as they are, or converted, and never with data about the person behind them.
"""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image

from playground.stage import Stage
from playground.toapis.uploads import Uploaded
from playground.world.members import Member
from playground.world.messages import Upload, upload
from playground.world.people import User
from tests.scenarios.conftest import settings
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.outcome import Ending
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import finish
from tests.scenarios.support.wording import blunders, sentence
from tests.support import odd_containers, photos
from tests.support.databases import sqlite_database

PER_DAY = 2


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with sqlite_database(tmp_path) as address:
        yield address


class OrderRunner:
    """A bot for many orders, each of a new member, so that their limits do not affect each other."""

    def __init__(self, stage: Stage, records: BotRecords) -> None:
        self.stage = stage
        self.records = records
        self.photos = stage.world.channel("photos")

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, url: str) -> AsyncIterator[OrderRunner]:
        limits = {"PICTURES_PER_DAY": str(PER_DAY), "RUNNING_PER_MEMBER": "1", "TOAPIS_TIER": "svip"}
        records = BotRecords(url)
        async with Stage.open(settings(folder, url) | limits, seconds=(0.1, 0.2), rate_limits=False) as stage:
            stage.painter.edge = 64
            stage.painter.account.tier = "svip"
            stage.settings["BLOCKED_IDS"] = str(stage.world.user("Ben").id)
            await stage.start()
            yield cls(stage, records)
            assert blunders(stage.world) == []
            assert stage.painter.offences == []
        records.close()

    def newcomer(self) -> User:
        assert self.photos.guild is not None  # #photos is a server's channel
        user = self.stage.world.add_user(f"Guest {len(self.stage.world.users)}")
        self.stage.world.join(user, self.photos.guild)
        return user

    async def ask(self, who: User | str | None = None, **options: Any) -> Ending:
        """Order and return the first answer. By default with a cat and a plain prompt."""
        arguments = {"image": upload("cat.jpg", cat()), "prompt": "as a poster"} | options
        member = Member(self.stage.world, who or self.newcomer())
        return Ending(self.stage, await member.command(self.photos, "edit", **arguments))

    async def end(self, image: Upload, who: User | None = None) -> Ending:
        """Order and wait for the end."""
        ending = await self.ask(who, image=image)
        await self.stage.world.until(lambda: ending.is_over, timeout=60)
        return ending

    def sent(self, ending: Ending) -> Uploaded:
        """Return the upload that ToAPIs was given to paint from."""
        [charge] = [charge for charge in self.stage.painter.ledger if charge.business_id == ending.job_id]
        [url] = self.stage.painter.tasks[charge.task_id].request.references
        [uploaded] = [uploaded for uploaded in self.stage.painter.uploads if uploaded.url == url]
        return uploaded


def declared() -> dict[str, tuple[dict[str, Any], str]]:
    """Return each order that the interaction alone refuses, with words of its refusal."""
    png = photos.saved(photos.photo(), "PNG")
    files = {
        "pdf by name": (upload("notes.pdf", b"%PDF-1.7"), "This is a PDF document"),
        "pdf by type": (upload("cat.png", png, "application/pdf"), "This is a PDF document"),
        "svg": (upload("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "SVG is a drawing"),
        "heic by name": (upload("IMG_1.HEIC", b"\0\0\0\x18ftypheic"), "iPhone photo in HEIC"),
        "heic by type": (upload("cat.jpg", png, "image/heic"), "iPhone photo in HEIC"),
        "raw by name": (upload("IMG_1.DNG", b"II*\0"), "This is a raw photo: export it as JPEG"),
        "video by name": (upload("clip.mp4", b"\0\0\0\x18ftypmp42"), "This is a video"),
        "video by type": (upload("cat.png", png, "video/quicktime"), "This is a video"),
        "program": (upload("cat.exe", png), "not a picture"),
        "nothing in it": (upload("cat.png", b""), "not a single byte"),
        "50 MB and a byte": (upload("cat.png", bytes(50_000_001)), "over the limit of 50 MB"),
    }
    square = {"model": "gpt-4o-image"}
    words = {
        "empty prompt": ({"prompt": "   "}, "the prompt is empty"),
        "prompt of nothing that shows": ({"prompt": "\u200b\u2060"}, "the prompt is empty"),
        "long prompt": ({"prompt": "x" * 1001, **square}, "at most 1,000 characters, and your prompt has 1,001"),
        "ratio": ({"ratio": "7:3", **square}, "can’t paint the shape “7:3”. It can do 1:1, 2:3, 3:2."),
        "hostile ratio": ({"ratio": "@everyone `7:3` **"}, "can’t paint the shape"),
        "model": ({"model": "dall-e-9"}, "I don’t know a model called “dall-e-9”"),
        "resolution": ({"resolution": "8K"}, "can’t paint in “8K”. It can do 1K, 2K, 4K."),
        "no resolutions": ({"resolution": "2K", **square}, "has only one resolution"),
        "blocked": ({"who": "Ben"}, "You can't use this bot here"),
    }
    return {name: ({"image": image}, refusal) for name, (image, refusal) in files.items()} | words


async def test_order_invalid_by_its_interaction_is_refused_ephemerally_without_a_trace(
    tmp_path: Path, url: str
) -> None:
    async with OrderRunner.open(tmp_path, url) as runner:
        wrong = []
        for name, (options, refusal) in declared().items():
            ending = await runner.ask(**options)
            order = ending.interaction
            if not order.ephemeral or order.message is None or refusal not in order.message.text:
                wrong.append(f"{name}: {order.message!r}")
        assert not wrong, "\n".join(wrong)
        assert not [message for message in runner.photos.seen if not message.ephemeral]
        assert not [name for entry in runner.stage.world.transcript for name in entry.facts.get("pinged", ())]
        assert runner.records.jobs() == 0
        assert not runner.stage.painter.uploads
        assert not runner.stage.painter.ledger


async def test_member_over_a_limit_is_refused_and_served_again_later(tmp_path: Path, url: str) -> None:
    async with OrderRunner.open(tmp_path, url) as runner:
        guest = runner.newcomer()
        world = runner.stage.world
        runner.stage.painter.fault("slow", times=1)
        first = await runner.ask(guest)
        second = await runner.ask(guest)
        assert second.interaction.ephemeral
        assert "One of your pictures is being painted already" in second.card.text
        finish(runner.stage.painter)
        await world.until(lambda: first.is_over, timeout=30)
        # The card is shown a moment before the job is stored as delivered; the bill is settled after that.
        await runner.records.until(lambda: (runner.records.money(first.job_id) or ("", 0))[0] == "settled")
        await runner.end(upload("cat.jpg", cat()), guest)
        third = await runner.ask(guest)
        assert third.interaction.ephemeral
        assert (
            f"You can make {PER_DAY} pictures in 24 hours, and none is left. The next place opens <t:"
            in third.card.text
        )
        assert runner.records.jobs() == len(runner.stage.painter.ledger) == PER_DAY


def lying() -> dict[str, tuple[bytes, str]]:
    """Return bytes that are not what their name says, with the key of the sentence about them."""
    photo = photos.photo(160, 120)
    jpeg = photos.saved(photo, "JPEG")
    rng = os.urandom(64)
    begin = jpeg.index(b"\xff\xda")
    bomb = photos.chunk(b"IHDR", (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0")
    gif = photos.saved(Image.new("P", (1000, 1000)), "GIF")
    frame = gif.index(b"\x2c\0\0\0\0\xe8\x03\xe8\x03")
    return {
        "pdf": (b"%PDF-1.7\n" + rng, "picture-pdf"),
        "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + rng, "picture-heic"),
        "raw": (odd_containers.raw_photo(photo, sign=50_706), "picture-raw"),
        "mp4": (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + rng, "picture-video"),
        "svg": (b"<svg onload='alert(1)' xmlns='http://www.w3.org/2000/svg'/>", "picture-svg"),
        "text": (b"Dear Ana, here is no picture.", "picture-text"),
        "zip": (b"PK\x03\x04" + rng, "picture-archive"),
        "noise": (b"\0\1\2\3" + rng, "picture-unknown"),
        "jpeg cut short": (jpeg[: len(jpeg) // 2], "picture-truncated"),
        "jpeg cut short, with an end": (jpeg[: begin + 300].rstrip(b"\xff") + b"\xff\xd9", "picture-truncated"),
        "png cut short": (photos.saved(photo, "PNG")[:-400], "picture-truncated"),
        "png bomb": (
            b"\x89PNG\r\n\x1a\n" + bomb + photos.chunk(b"IDAT", b"") + photos.chunk(b"IEND", b""),
            "picture-bomb",
        ),
        "gif bomb": (gif[:frame] + gif[frame:-1] * 1001 + b"\x3b", "picture-bomb"),
        "one pixel": (photos.saved(photos.photo(1, 1), "PNG"), "picture-too-small"),
    }


async def test_bad_picture_bytes_turn_the_card_into_a_sentence_and_refund(tmp_path: Path, url: str) -> None:
    async with OrderRunner.open(tmp_path, url) as runner:
        cases = lying()
        names = {"jpeg": "cat.jpg", "heic": "cat.jpg", "gif bomb": "cat.gif"}
        ends = await asyncio.gather(
            *(runner.end(upload(names.get(name, "cat.png"), data, "image/png")) for name, (data, _) in cases.items())
        )
        for (name, (_, key)), ending in zip(cases.items(), ends, strict=True):
            assert ending.sorry == ([key], []), name
            assert sentence(key).search(ending.card.text), name
            assert "and no charge" in ending.card.text, name
            assert ending.card.thread is None, name
            assert ending.pinged == set(), name
            await runner.records.until(lambda ending=ending: runner.records.money(ending.job_id) is not None)  # type: ignore[misc]  # a lambda's default
            assert runner.records.money(ending.job_id) == ("returned", runner.records.price(ending.job_id)), name
        assert not runner.photos.threads
        assert not runner.stage.painter.uploads
        assert not runner.stage.painter.ledger
        # Bad pictures do not count: after more of them than the daily limit, the next order is accepted.
        guest = runner.newcomer()
        for _ in range(PER_DAY + 1):
            assert (await runner.end(upload("cat.png", b"%PDF-1.7"), guest)).sorry == (["picture-pdf"], [])
        assert (await runner.end(upload("cat.jpg", cat()), guest)).pictures


async def test_good_pictures_go_as_they_are_and_others_are_converted(tmp_path: Path, url: str) -> None:
    noise = Image.frombytes("RGB", (1950, 1750), os.urandom(1950 * 1750 * 3))
    photo = photos.photo()
    clean = photos.clean()
    whole = {name: clean[name] for name in ("jpeg", "png, alpha and density", "webp", "gif")}
    others = {
        "bmp": photos.saved(photo, "BMP"),
        "tiff": photos.saved(photo, "TIFF"),
        "avif": photos.saved(photo, "AVIF"),
        "png of more than 10 MB": photos.saved(noise, "PNG", compress_level=0),
    }
    assert len(others["png of more than 10 MB"]) > 10_000_000
    async with OrderRunner.open(tmp_path, url) as runner:
        sources = whole | others
        ends = await asyncio.gather(
            *(runner.end(upload(f"cat.{name[:4]}", data, "image/png")) for name, data in sources.items())
        )
        for (name, data), ending in zip(sources.items(), ends, strict=True):
            assert ending.sorry == ([], []), name
            assert len(ending.pictures) == 1, name
            sent = runner.sent(ending)
            if name in whole:
                assert sent.data == data, name
            else:
                assert sent.mime in {"image/jpeg", "image/png", "image/webp"}, name
                assert len(sent.data) <= 10_000_000, name
                assert photos.as_viewed(sent.data).size == photos.as_viewed(data).size, name
                assert photos.distance(photos.as_viewed(sent.data), photos.as_viewed(data)) < 12, name


async def test_upload_has_no_metadata_and_every_pixel(tmp_path: Path, url: str) -> None:
    async with OrderRunner.open(tmp_path, url) as runner:
        revealing = photos.revealing()["jpeg, exif of a phone"]
        assert photos.SECRET_BYTES in revealing
        ending = await runner.end(upload("IMG_2024.jpg", revealing))
        sent = runner.sent(ending)
        archived = [
            file.data for message in ending.thread for file in message.attachments if file.name.startswith("source-")
        ]
        for data in (sent.data, *archived):
            assert photos.SECRET_BYTES not in data
            with Image.open(io.BytesIO(data)) as image:
                exif = image.getexif()
                assert exif.get(photos.ORIENTATION) == 6
                assert not exif.get_ifd(ExifTags.IFD.GPSInfo)
            assert photos.opened(data).tobytes() == photos.opened(revealing).tobytes()
        assert len(archived) == 1
        assert "IMG_2024" not in sent.filename
