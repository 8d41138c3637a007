"""Which addresses may be asked, and that the checked address is the one connected to."""

from __future__ import annotations

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.toapis.download import Downloader
from bot.toapis.url_guard import ForbiddenAddress, Loopback, check_url, is_public, loopback_of, may_connect
from tests.support.file_hosts import AGENT, QUICK, Names, portion, serving

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
