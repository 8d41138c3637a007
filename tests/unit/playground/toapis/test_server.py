"""The stand-in ToAPIs without faults: tasks, results, rate limits, and the hooks of tests."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from PIL import Image

from playground.hooks import Call, Drop, Phase
from playground.toapis.server import Painter
from tests.support.toapis_caller import MODEL, Reply, Visitor, only_url, photograph, visiting


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as visitor:
        yield visitor


@pytest.mark.proves("create-and-look-up")
async def test_a_picture_goes_from_upload_to_download(visitor: Visitor) -> None:
    up = (await visitor.upload()).json
    assert up["success"] is True
    assert up["data"]["mime_type"] == "image/png"
    assert up["data"]["size"] == len(photograph())
    task = (await visitor.create(image_urls=[up["data"]["url"]])).json
    assert (task["object"], task["progress"], task["client_business_id"]) == ("generation.task", 0, "job-1")
    words = []
    for _ in range(4):
        words.append((await visitor.look(task["id"])).json["status"])
        visitor.clock.advance(3)
    assert words[0] in {"queued", "pending", "submitted"}
    assert words[1] in {"in_progress", "processing", "running"}
    assert words[3] == "completed"
    done = (await visitor.look("job-1")).json
    assert done["id"] == task["id"]
    assert done["expires_at"] == done["completed_at"] + 24 * 3600 == 1_800_000_008 + 24 * 3600
    result = await visitor.download(only_url(done))
    assert result.image.format in {"PNG", "JPEG"}
    assert result.headers["Content-Type"] == f"image/{str(result.image.format).lower()}"
    assert visitor.painter.offences == []


@pytest.mark.proves("image-models-by-type")
async def test_no_image_model_is_listed_without_the_type(visitor: Visitor) -> None:
    assert (await visitor.ask("GET", "/v1/models")).json["data"] == []
    listed = (await visitor.ask("GET", "/v1/models?type=image")).json["data"]
    assert MODEL in {row["id"] for row in listed}
    assert (await visitor.ask("GET", "/models")).status == 404


async def test_an_unknown_task_is_404_with_a_number_as_code(visitor: Visitor) -> None:
    reply = await visitor.look("task_nobody")
    assert (reply.status, reply.json["error"]["code"]) == (404, 404)


@pytest.mark.parametrize(
    ("data", "declared", "message"),
    [
        (b"hello", "image/png", "unsupported"),
        (photograph("BMP"), "image/bmp", "unsupported"),
        (photograph("BMP"), "image/png", "unsupported"),
        (photograph()[:40], "image/png", "unsupported"),
        (photograph("JPEG"), "image/png", "does not match"),
        (photograph(), "application/octet-stream", "unsupported"),
        (photograph() + bytes(10_000_000), "image/png", "too large"),
    ],
)
@pytest.mark.proves("upload-formats")
async def test_a_bad_upload_is_400_and_kept_nowhere(visitor: Visitor, data: bytes, declared: str, message: str) -> None:
    reply = await visitor.upload(data, declared)
    assert (reply.status, reply.json["success"]) == (400, False)
    assert message in reply.json["message"]
    assert visitor.painter.uploads == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.proves("upload-formats")
async def test_each_of_the_four_formats_is_taken_and_served_byte_for_byte(visitor: Visitor, kind: str) -> None:
    data = photograph(kind)
    up = (await visitor.upload(data, f"image/{kind.lower()}")).json["data"]
    back = await visitor.download(up["url"])
    assert (back.data, back.headers["Content-Type"]) == (data, f"image/{kind.lower()}")
    assert (visitor.painter.uploads[0].data, visitor.painter.uploads[0].filename) == (data, "a.png")


@pytest.mark.proves("result-lifetime")
async def test_a_result_exists_from_its_completion_for_24_hours(visitor: Visitor) -> None:
    id_ = (await visitor.create()).json["id"]
    url = visitor.painter.tasks[id_].urls(visitor.painter.url)[0]
    statuses = []
    for seconds in (0, 8, 24 * 3600 - 1, 1):
        visitor.clock.advance(seconds)
        statuses.append((await visitor.download(url)).status)
    assert statuses == [404, 200, 200, 404]


@pytest.mark.proves("result-lifetime")
async def test_the_key_sent_to_the_file_host_is_an_offence(visitor: Visitor) -> None:
    up = (await visitor.upload()).json["data"]
    assert (await visitor.ask("GET", up["url"])).status == 200
    assert ["the key was sent" in offence for offence in visitor.painter.offences] == [True]


@pytest.mark.parametrize("agent", ["Python-urllib/3.11", ""])
@pytest.mark.proves("agent-required")
async def test_without_an_agent_of_its_own_a_caller_gets_an_html_403(visitor: Visitor, agent: str) -> None:
    reply = await visitor.ask("GET", "/v1/balance", headers={"User-Agent": agent})
    assert (reply.status, reply.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert len(visitor.painter.offences) == 1


@pytest.mark.proves("tier-buckets")
async def test_the_submit_bucket_empties_refills_and_is_apart_from_the_query_bucket(visitor: Visitor) -> None:
    replies = [await visitor.create() for _ in range(51)]
    assert [reply.status for reply in replies] == [200] * 50 + [429]
    assert replies[0].headers["X-RateLimit-Remaining"] == "49"
    assert replies[0].headers["X-RateLimit-Category"] == "async_submit"
    assert replies[50].headers["Retry-After"] == "1"
    assert replies[50].json["error"]["code"] == "rate_limit_exceeded"
    assert len(visitor.painter.ledger) == 50
    assert (await visitor.look("job-1")).headers["X-RateLimit-Limit"] == "3000"
    visitor.clock.advance(0.2)
    assert [(await visitor.create()).status for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(("tier", "burst", "rpm"), [("default", 50, 300), ("vip", 167, 1_000), ("svip", 334, 2_000)])
@pytest.mark.proves("tier-buckets")
async def test_each_tier_has_its_own_bucket(tier: str, burst: int, rpm: int) -> None:
    async with visiting(tier=tier) as visitor:
        first = await visitor.create()
        limits = (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"])
        assert limits == (str(rpm), str(burst - 1))
        query = await visitor.look("job-1")
        assert query.headers["X-RateLimit-Limit"] == str(10 * rpm if tier != "svip" else 30_000)
        assert query.headers["X-RateLimit-Category"] == "async_query"


@pytest.mark.proves("billing-shapes")
async def test_billing_comes_settled_or_pending_first_or_not_at_all(visitor: Visitor) -> None:
    id_ = (await visitor.create()).json["id"]
    visitor.clock.advance(60)
    assert "billing" not in (await visitor.look(id_)).json
    visitor.painter.billing = "settled"
    settled = {"status": "settled", "credits": "8.0000", "cost_usd": "0.040000"}
    assert (await visitor.look(id_)).json["billing"] == settled
    visitor.painter.billing = "pending-then-settled"
    id_ = (await visitor.create()).json["id"]
    visitor.clock.advance(60)
    assert [(await visitor.look(id_)).json["billing"] for _ in range(2)] == [{"status": "pending"}, settled]


@pytest.mark.proves("create-and-look-up")
async def test_four_tasks_show_four_shapes_of_a_result_and_both_vocabularies(visitor: Visitor) -> None:
    bodies = [await visitor.painted() for _ in range(4)]
    assert [{"result", "url", "images", "data"} & body.keys() for body in bodies] == [
        {"result"},
        {"url"},
        {"images"},
        {"data"},
    ]
    assert len({task.waiting for task in visitor.painter.tasks.values()}) == 3


async def test_three_pictures_are_three_addresses_and_three_pictures(visitor: Visitor) -> None:
    body = await visitor.painted(model="gpt-image-2", n=3, metadata=None, resolution="1k")
    urls = [entry["url"] for entry in body["result"]["data"]]
    pictures = {(await visitor.download(url)).data for url in urls}
    assert len(pictures) == 3
    assert visitor.painter.ledger[0].micros == 3 * 15_000


async def test_the_picture_has_the_ratio_and_the_resolution_that_were_asked_for(visitor: Visitor) -> None:
    wide = await visitor.painted(size="16:9")
    assert (await visitor.download(only_url(wide))).image.size == (96, 54)
    tall = await visitor.painted(size="9:16", metadata={"resolution": "4K"})
    assert (await visitor.download(only_url(tall))).image.size == (108, 192)


async def test_the_same_seed_gives_the_same_ids_times_and_pictures() -> None:
    async def day() -> tuple[str, str, bytes]:
        async with visiting() as visitor:
            visitor.painter.seconds = (1.0, 50.0)
            body = await visitor.painted()
            return visitor.painter.key, str(body["completed_at"]), (await visitor.download(only_url(body))).data

    assert await day() == await day()


async def test_the_painting_time_can_be_changed_at_any_moment(visitor: Visitor) -> None:
    visitor.painter.seconds = (0.0, 0.0)
    id_ = (await visitor.create()).json["id"]
    assert (await visitor.look(id_)).json["status"] == "completed"


async def test_hooks_see_the_call_before_anything_and_after_its_effect(visitor: Visitor) -> None:
    seen: list[tuple[Phase, str, int, int | None, str]] = []

    async def watch(phase: Phase, call: Call) -> None:
        seen.append((phase, call.route, len(visitor.painter.ledger), call.status, call.note))

    visitor.painter.hooks.append(watch)
    id_ = (await visitor.create()).json["id"]
    route = "POST /v1/images/generations"
    assert seen == [("before", route, 0, None, ""), ("after", route, 1, 200, id_)]
    await visitor.upload()
    assert visitor.painter.requests[-1].files == ("a.png",)
    assert visitor.painter.requests[-1].json == {"purpose": "generation"}


@pytest.mark.parametrize(("phase", "charges"), [("before", 0), ("after", 1)])
async def test_a_hook_that_drops_hangs_up(visitor: Visitor, phase: Phase, charges: int) -> None:
    async def drop(now: Phase, _call: Call) -> None:
        if now == phase:
            raise Drop

    visitor.painter.hooks.append(drop)
    with pytest.raises(aiohttp.ClientConnectionError):
        await visitor.create()
    assert len(visitor.painter.ledger) == charges


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"{not json", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"a=1", "text/plain"),
        (b"", "text/plain"),
    ],
)
async def test_a_body_that_is_no_json_is_400(visitor: Visitor, data: bytes, kind: str) -> None:
    reply: Reply = await visitor.ask("POST", "/v1/images/generations", data=data, headers={"Content-Type": kind})
    assert (reply.status, visitor.painter.ledger) == (400, [])


async def test_the_painter_opens_again_on_the_same_port_and_remembers() -> None:
    painter = Painter(seconds=(0.0, 0.0), seed=1)
    async with painter.serve() as first:
        url = first.url
    key = {"Authorization": f"Bearer {painter.key}"}
    async with (
        painter.serve(port=int(url.rsplit(":", 1)[1])),
        aiohttp.ClientSession(headers=key) as session,
        session.get(f"{url}/v1/balance") as reply,
    ):
        assert reply.status == 200


async def test_closing_leaves_no_task_and_no_socket_behind_even_when_someone_hangs() -> None:
    before = asyncio.all_tasks()
    painter = Painter(seed=1)
    arrived = asyncio.Event()
    painter.fault("hang", on=("balance",))

    async def tell(_phase: Phase, _call: Call) -> None:
        arrived.set()

    painter.hooks.append(tell)
    async with aiohttp.ClientSession() as session:
        async with painter.serve():
            hanging = asyncio.ensure_future(session.get(f"{painter.url}/v1/balance"))
            await arrived.wait()
        with pytest.raises(aiohttp.ClientError):
            await hanging
    assert asyncio.all_tasks() == before
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", int(painter.url.rsplit(":", 1)[1]))


@pytest.mark.proves("watermark-default")
async def test_a_watermark_is_painted_unless_it_is_refused(visitor: Visitor) -> None:
    up = (await visitor.upload()).json["data"]["url"]
    order: dict[str, Any] = {"model": "doubao-seedream-4-5", "image_urls": [up], "prompt": "sepia"}
    await visitor.create(**order, metadata={"resolution": "2K"})
    assert any("watermark" in offence for offence in visitor.painter.offences)
    clean = await visitor.painted(**order, metadata={"resolution": "2K", "watermark": False})
    assert [task.request.watermark for task in visitor.painter.tasks.values()] == [True, False]
    assert Image.open(io.BytesIO((await visitor.download(only_url(clean))).data)).size == (144, 96)
