"""Downloads: which addresses are asked, that the checked address is the one connected to, and how much is taken."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import RateLimited, ResultExpired, ResultGone, RetouchError, ToAPIsUnavailable
from bot.memory import PictureMemory, Portion
from bot.toapis.download import Downloader, DownloadLimits
from bot.toapis.retry import NotConnected
from bot.toapis.url_guard import ForbiddenAddress, Loopback, check_url, is_public, loopback_of, may_connect

AGENT = "Retouch/test"
QUICK = DownloadLimits(connect=2, idle=2, total=5, size=100_000)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Names(AbstractResolver):
    """A resolver that a test writes: each name and where it leads. A list of lists answers differently each time."""

    def __init__(self, **names: list[str]) -> None:
        self.names = {name.replace("_", "."): addresses for name, addresses in names.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.names[host]
        ]

    async def close(self) -> None:
        pass


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve a file host on this machine, and yield its base URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def portion() -> Portion:
    """Open a portion with room for any picture."""
    return await PictureMemory().open().portion(1)


async def fetch(base: str, path: str = "/a.png", limits: DownloadLimits = QUICK, until: float | None = None) -> bytes:
    async with Downloader.open(user_agent=AGENT, loopback=loopback_of(base), limits=limits) as downloader:
        return (await downloader.fetch(base + path, await portion(), until)).data


async def refused(base: str, kind: type[RetouchError], path: str = "/a.png", limits: DownloadLimits = QUICK) -> str:
    with pytest.raises(RetouchError) as caught:
        await fetch(base, path, limits)
    assert type(caught.value) is kind, caught.value.detail
    return caught.value.detail


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


# Addresses

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "104.16.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::8a"]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_of_a_private_or_special_network_is_public(address: str) -> None:
    assert not is_public(address)
    assert not may_connect(address, 443, None)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_ordinary_address_is_public_on_port_443_alone(address: str) -> None:
    assert may_connect(address, 443, None)
    assert not may_connect(address, 80, None)
    assert not may_connect(address, 8443, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://files.toapis.com/a.png",
        "https://files.toapis.com:8443/a.png",
        "ftp://files.toapis.com/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "//files.toapis.com/a.png",
        "/a.png",
        "",
        "https://",
        "https://me@files.toapis.com/a.png",
        "https://files.toapis.com@127.0.0.1/a.png",
        "https://me:pw@files.toapis.com/a.png",
        "https://localhost/a.png",
        "https://intranet/a.png",
        "https://files.toapis.com./a.png",
        "https://127.0.0.1/a.png",
        "https://127.1/a.png",
        "https://2130706433/a.png",
        "https://0x7f000001/a.png",
        "https://0x7f.0.0.1/a.png",
        "https://0177.0.0.1/a.png",
        "https://1.2.3.0x4/a.png",
        "https://127.0.0.1./a.png",
        "https://１２７.0.0.1/a.png",
        "https://127。0。0。1/a.png",
        "https://[::1]/a.png",
        "https://[::ffff:127.0.0.1]/a.png",
        "https://[64:ff9b::7f00:1]/a.png",
        "https://[fe80::1%25eth0]/a.png",
        "https://[::1/a.png",
        "https://files.toapis.com:99999/a.png",
        "https://files.toapis.com:x/a.png",
    ],
)
def test_an_address_that_leads_elsewhere_is_forbidden_before_anything_is_asked(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_url(url, None)


@pytest.mark.parametrize(
    "url",
    ["https://files.toapis.com/a.png", "https://8.8.8.8/a.png", "https://bücher.example/a", "https://a.b:443/x?y=%2F"],
)
def test_a_public_https_address_may_be_asked(url: str) -> None:
    check_url(url, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8081/a",
        "https://127.0.0.1:8080/a",
        "http://127.0.0.2:8080/a",
        "http://localhost:8080/a",
        "http://[::1]:8080/a",
        "http://me@127.0.0.1:8080/a",
        "http://127.1:8080/a",
    ],
)
def test_the_exception_is_for_exactly_one_scheme_host_and_port(url: str) -> None:
    loopback = Loopback("http", "127.0.0.1", 8080)
    check_url("http://127.0.0.1:8080/a", loopback)
    with pytest.raises(ForbiddenAddress):
        check_url(url, loopback)


def test_only_this_machine_can_be_the_exception() -> None:
    assert loopback_of("https://toapis.com") is None
    assert loopback_of("http://10.0.0.1:8080") is None
    assert loopback_of("http://localhost:8080") == Loopback("http", "localhost", 8080)


@given(text=st.text(max_size=60) | st.text(max_size=30).map(lambda rest: "https://" + rest))
def test_any_text_as_an_address_is_allowed_or_forbidden_and_breaks_nothing(text: str) -> None:
    try:
        url = check_url(text, None)
    except ForbiddenAddress:
        return
    assert (url.scheme, url.port, url.user) == ("https", 443, None)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "64:ff9b::7f00:1"])
async def test_a_name_that_leads_to_a_private_address_is_forbidden(address: str) -> None:
    names = Names(cdn_example_com=[address])
    async with Downloader.open(user_agent=AGENT, resolver=names, limits=QUICK) as downloader:
        with pytest.raises(ForbiddenAddress):
            await downloader.fetch("https://cdn.example.com/a.png", await portion())
    assert names.asked == ["cdn.example.com"]


async def test_a_public_name_may_not_lead_to_the_exception_either() -> None:
    reached: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response(body=b"secret")

    async with serving(handler) as base:
        loopback = loopback_of(base)
        assert loopback is not None
        names = Names(evil_example_com=["127.0.0.1"])
        async with Downloader.open(user_agent=AGENT, loopback=loopback, resolver=names, limits=QUICK) as downloader:
            for url in ("https://evil.example.com/a", f"http://evil.example.com:{loopback.port}/a"):
                with pytest.raises(ForbiddenAddress):
                    await downloader.fetch(url, await portion())
    assert reached == []


async def test_the_socket_itself_is_the_last_check_whatever_the_resolver_said(monkeypatch: pytest.MonkeyPatch) -> None:
    # Everything before the socket is made to say yes, as a hole in it would: the socket still says no.
    monkeypatch.setattr("bot.toapis.download.may_resolve", lambda *_: True)
    names = Names(cdn_example_com=["127.0.0.1"])
    async with Downloader.open(user_agent=AGENT, resolver=names, limits=QUICK) as downloader:
        with pytest.raises(ForbiddenAddress):
            await downloader.fetch("https://cdn.example.com/a.png", await portion())


async def test_the_resolver_says_no_by_itself_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.toapis.download.may_connect", lambda *_: True)
    names = Names(cdn_example_com=["127.0.0.1"])
    async with Downloader.open(user_agent=AGENT, resolver=names, limits=QUICK) as downloader:
        with pytest.raises(ForbiddenAddress):
            await downloader.fetch("https://cdn.example.com/a.png", await portion())


async def test_an_ip_literal_goes_by_the_same_socket_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.toapis.url_guard.is_plain", lambda _: True)
    async with Downloader.open(user_agent=AGENT, limits=QUICK) as downloader:
        for url in ("https://127.0.0.1/a.png", "https://[::1]/a.png"):
            with pytest.raises(ForbiddenAddress):
                await downloader.fetch(url, await portion())


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
