"""Downloads: which addresses are asked, that the checked address is the one connected to, and how much is taken."""

from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc
import zlib
from email.utils import formatdate

import pytest
from aiohttp import web

from bot.errors import RateLimited, ResultExpired, ResultGone, RetouchError, ToAPIsUnavailable
from bot.toapis.download import Downloader, DownloadLimits
from bot.toapis.retry import NotConnected
from bot.toapis.url_guard import loopback_of
from tests.support.file_hosts import AGENT, QUICK, fetch, portion, refused, serving

NOON = 1_800_000_000.0
"""By the file host's clock: long after anything that ours can say."""


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_file_hosts_refusal_after_the_end_means_expired_by_its_clock(
    status: int,
) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Date": formatdate(NOON, usegmt=True)})

    async with serving(handler) as base:
        for until, over in ((NOON, True), (NOON - 86_400, True), (NOON + 1, False), (None, False)):
            with pytest.raises(RetouchError) as caught:
                await fetch(base, until=until)
            assert isinstance(caught.value, ResultExpired) is over


@pytest.mark.parametrize("date", ["", "yesterday"])
async def test_a_file_host_without_a_date_is_judged_by_our_clock(date: str) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=404, headers={"Date": date})

    async with serving(handler) as base:
        with pytest.raises(ResultExpired):
            await fetch(base, until=time.time() - 60)
        with pytest.raises(ResultGone) as caught:
            await fetch(base, until=time.time() + 3600)
        assert type(caught.value) is ResultGone


# What is sent and taken


async def picture_twice(base: str) -> None:
    async with Downloader.open(user_agent=AGENT, loopback=loopback_of(base), limits=QUICK) as downloader:
        for _ in range(2):
            download = await downloader.fetch(base + "/a%2Fb.png?sig=x%2By", await portion())
            assert (download.data, download.declared_type) == (b"picture" * 1000, "image/png")


async def test_the_bytes_come_whole_with_our_agent_and_without_key_or_cookies() -> None:
    seen: list[web.BaseRequest] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request)
        response = web.Response(body=b"picture" * 1000, content_type="image/png")
        response.set_cookie("track", "1")
        return response

    async with serving(handler) as by_number:
        # By name: aiohttp's usual jar keeps no cookies of IP addresses, so a number would prove nothing.
        base = by_number.replace("127.0.0.1", "localhost")
        await picture_twice(base)
    assert len(seen) == 2
    for request in seen:
        assert request.headers["User-Agent"] == AGENT
        assert not {"Authorization", "Cookie"} & request.headers.keys()
        assert request.raw_path == "/a%2Fb.png?sig=x%2By"


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (404, "", ResultGone),
        (410, "", ResultGone),
        (401, "", ResultGone),
        (403, "<Code>AccessDenied</Code><Message>Request has expired</Message>", ResultExpired),
        (403, "<html>Cloudflare</html>", ToAPIsUnavailable),
        (408, "", ToAPIsUnavailable),
        (429, "", RateLimited),
        (500, "", ToAPIsUnavailable),
        (503, "", ToAPIsUnavailable),
        (206, "", ResultGone),
    ],
)
async def test_each_refusal_of_the_file_host_is_final_or_passing(
    status: int, text: str, kind: type[RetouchError]
) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers={"Retry-After": "3"})

    async with serving(handler) as base:
        await refused(base, kind)


async def test_a_result_that_says_it_is_too_large_is_not_begun() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(QUICK.size + 1)})
        await response.prepare(request)
        return response

    async with serving(handler) as base:
        assert "says" in await refused(base, ResultGone)


async def test_a_result_without_an_end_is_cut_off_at_the_limit() -> None:
    sent = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 10_000)
            sent += 10_000

    async with serving(handler) as base:
        assert "larger" in await refused(base, ResultGone)
    assert sent < 50 * QUICK.size


async def test_a_result_of_exactly_the_limit_is_taken() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * QUICK.size)

    async with serving(handler) as base:
        assert len(await fetch(base)) == QUICK.size


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_compressed_result_is_unpacked_but_a_bomb_is_cut_off(encoding: str) -> None:
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    bodies = {"/good": pack(b"picture" * 100), "/bomb": pack(b"\0" * 50_000_000), "/half": pack(b"picture" * 100)[:-9]}
    bodies["/broken"] = b"this is not compressed"

    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=bodies[request.path], headers={"Content-Encoding": encoding})

    async with serving(handler) as base:
        assert await fetch(base, "/good") == b"picture" * 100
        tracemalloc.start()
        try:
            assert "larger" in await refused(base, ResultGone, "/bomb")
            assert tracemalloc.get_traced_memory()[1] < 10_000_000
        finally:
            tracemalloc.stop()
        await refused(base, ToAPIsUnavailable, "/half")
        await refused(base, ToAPIsUnavailable, "/broken")


async def test_an_unknown_packing_is_refused() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=b"x", headers={"Content-Encoding": "br"})

    async with serving(handler) as base:
        await refused(base, ResultGone)


async def test_a_broken_off_result_is_a_passing_failure_never_half_a_picture() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None  # the request is being answered
        request.transport.abort()
        return response

    async with serving(handler) as base:
        await refused(base, ToAPIsUnavailable)


async def test_an_empty_result_is_passing_trouble() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=b"")

    async with serving(handler) as base:
        await refused(base, ToAPIsUnavailable)


@pytest.mark.parametrize(
    "limits", [DownloadLimits(idle=0.05, total=3600), DownloadLimits(idle=3600, total=0.1)], ids=["silence", "drip"]
)
async def test_silence_and_dripping_both_end(limits: DownloadLimits) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.01 if limits.total < 1 else 0.15)

    async with serving(handler) as base:
        await refused(base, ToAPIsUnavailable, limits=limits)


async def test_a_host_that_nobody_listens_at_was_never_connected() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    async with serving(handler) as base:
        pass
    await refused(base, NotConnected)
