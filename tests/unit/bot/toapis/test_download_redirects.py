"""Redirects of a download: each is checked, and few are followed."""

from __future__ import annotations

import pytest
from aiohttp import web

from bot.errors import ResultGone
from bot.toapis.download import Downloader
from bot.toapis.url_guard import ForbiddenAddress, loopback_of
from tests.support.file_hosts import AGENT, QUICK, Handler, Names, fetch, portion, refused, serving

# Redirects


def redirecting(*targets: str) -> Handler:
    """Serve redirects: /0 to the first target, /1 to the second, and so on; anything else is a picture."""

    async def handler(request: web.Request) -> web.Response:
        number = request.path.strip("/")
        if number.isdigit() and int(number) < len(targets):
            return web.Response(status=302, headers={"Location": targets[int(number)]})
        return web.Response(body=b"picture")

    return handler


async def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    async with serving(redirecting("/1", "/2", "/3", "/4", "/end")) as base:
        assert await fetch(base, "/2") == b"picture"
        assert "redirects" in await refused(base, ResultGone, "/1")
        assert "redirects" in await refused(base, ResultGone, "/0")


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/a",
        "http://127.0.0.1:1/a",
        "http://localhost/a",
        "https://[::ffff:169.254.169.254]/",
        "file:///etc/passwd",
        "//evil.example.com/a",
        "http://files.toapis.com/a",
        "https://user@files.toapis.com/a",
        "http://[::1",
    ],
)
async def test_each_redirect_is_checked_like_the_first_address(target: str) -> None:
    async with serving(redirecting(target)) as base:
        await refused(base, ForbiddenAddress, "/0")


async def test_a_redirect_to_a_name_with_a_private_address_is_forbidden() -> None:
    async with serving(redirecting("https://evil.example.com/a")) as base:
        names = Names(evil_example_com=["10.0.0.7"])
        async with Downloader.open(
            user_agent=AGENT, loopback=loopback_of(base), resolver=names, limits=QUICK
        ) as downloader:
            with pytest.raises(ForbiddenAddress):
                await downloader.fetch(base + "/0", await portion())


async def test_a_redirect_to_itself_ends() -> None:
    async with serving(redirecting("/0")) as base:
        await refused(base, ResultGone, "/0")
