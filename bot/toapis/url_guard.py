"""Which addresses a result may be downloaded from. Decides only; ``download.py`` asks before and while it connects."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from yarl import URL

from bot.errors import Fact, ResultGone

_FORBIDDEN: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        # Python's is_global has changed its mind on several of these; here they are closed whatever its version says.
        # https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/3",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
_HOST_SHOWN: Final = 100
"""Characters of a host that are told."""
_ROUTED_V6: Final = ipaddress.IPv6Network("2000::/3")
"""The only part of IPv6 that is given out to hosts; mapped, NAT64, site-local and the like all lie outside."""


class ForbiddenAddress(ResultGone):
    """The result lies where we never go: not https, another port, a private network. Asking again changes nothing.

    ``host`` is what the operator may be told of the address, as far as it could be read. Nobody is told more of it.
    """

    sentence = "error-result-refused"

    def __init__(self, detail: str = "", *, host: str = "", **facts: Fact) -> None:
        host = "".join(c for c in host if c.isprintable())[:_HOST_SHOWN]
        super().__init__(f"{detail} (host: {host})" if host else detail, **facts)
        self.host = host


@dataclass(frozen=True, slots=True)
class Loopback:
    """The one exception: a stand-in ToAPIs on this very machine, at exactly this scheme, host and port."""

    scheme: str
    host: str
    port: int


def loopback_of(base_url: str) -> Loopback | None:
    """The exception that a base URL stands for; None unless its host is this machine."""
    url = URL(base_url)
    host, port = url.raw_host, url.port
    if host is None or port is None or not (host == "localhost" or _is_loopback(host)):
        return None
    return Loopback(url.scheme, host, port)


def is_public(address: str) -> bool:
    """True for an IP address in its canonical spelling that belongs to the public internet."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if ip.version == 6 and ip not in _ROUTED_V6:
        return False
    return (
        ip.is_global and not ip.is_multicast and not any(ip in net for net in _FORBIDDEN if net.version == ip.version)
    )


def may_connect(address: str, port: int, loopback: Loopback | None) -> bool:
    """Whether a socket may be connected to this IP address and port: the last word, just before it happens."""
    if loopback is not None and port == loopback.port and _is_loopback(address):
        return loopback.host in ("localhost", address)
    return port == 443 and is_public(address)


def may_resolve(name: str, address: str, loopback: Loopback | None) -> bool:
    """Whether a name may lead to this address. Only the exception's own name may lead to this machine."""
    if loopback is not None and name == loopback.host:
        return _is_loopback(address)
    return is_public(address)


def check_url(text: str | URL, loopback: Loopback | None) -> URL:
    """The address, if it may be asked at all; what its name resolves to is checked again later.

    Raises ForbiddenAddress.
    """
    try:
        url = URL(text) if isinstance(text, str) else text
        host, port = url.raw_host or "", url.port
    except ValueError as error:
        raise ForbiddenAddress("the result's address can't be read") from error
    if url.user is not None or url.password is not None:
        raise ForbiddenAddress("the result's address carries a user name", host=host)
    if loopback is not None and (url.scheme, host, port) == (loopback.scheme, loopback.host, loopback.port):
        return url
    if url.scheme != "https" or port != 443:
        raise ForbiddenAddress(f"the result's address is not https on port 443: {url.scheme} {port or ''}", host=host)
    if not host or not host.isascii() or host.endswith(".") or not _is_plain(host):
        raise ForbiddenAddress("the result's host is not a public one", host=host)
    return url


def _is_plain(host: str) -> bool:
    """A name that can't be read as a number, or a public IP address as everybody spells it.

    ``2130706433``, ``0x7f.1`` and ``0177.0.0.1`` are 127.0.0.1 to the system's resolver.
    https://url.spec.whatwg.org/#ends-in-a-number-checker
    """
    last = host.rpartition(".")[2]
    if ":" in host or re.fullmatch(r"\d+|0[xX][0-9a-fA-F]*", last):
        return is_public(host)
    return "." in host


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
