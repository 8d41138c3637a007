"""The check of addresses that results are downloaded from; ``download.py`` calls it before and while it connects."""

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
        # Python's is_global changed for several of these between versions; here they are always closed.
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
"""Characters of a host that are shown."""
_ROUTED_V6: Final = ipaddress.IPv6Network("2000::/3")
"""The only part of IPv6 that is assigned to hosts; mapped, NAT64, site-local and the like are outside it."""


class ForbiddenAddress(ResultGone):
    """A result at an address that we never connect to: not https, another port, a private network. Final.

    ``host`` is the only part of the address that is shown, to the operator; empty if it could not be read.
    """

    sentence = "error-result-refused"

    def __init__(self, detail: str = "", *, host: str = "", **facts: Fact) -> None:
        host = "".join(c for c in host if c.isprintable())[:_HOST_SHOWN]
        super().__init__(f"{detail} (host: {host})" if host else detail, **facts)
        self.host = host


@dataclass(frozen=True, slots=True)
class Loopback:
    """The only exception: a stand-in ToAPIs on this machine, at exactly this scheme, host and port."""

    scheme: str
    host: str
    port: int


def loopback_of(base_url: str) -> Loopback | None:
    """Return the exception for a base URL; None unless its host is this machine."""
    url = URL(base_url)
    host = url.raw_host
    port = url.port
    if host is None or port is None or not (host == "localhost" or _is_loopback(host)):
        return None
    return Loopback(url.scheme, host, port)


def is_public(address: str) -> bool:
    """Return whether the text is an IP address of the public internet, in its canonical spelling."""
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
    """Return whether a socket may connect to this IP address and port. The last check before the connection."""
    if loopback is not None and port == loopback.port and _is_loopback(address):
        return loopback.host in ("localhost", address)
    return port == 443 and is_public(address)


def may_resolve(name: str, address: str, loopback: Loopback | None) -> bool:
    """Return whether a name may resolve to this address. Only the exception's name may resolve to this machine."""
    if loopback is not None and name == loopback.host:
        return _is_loopback(address)
    return is_public(address)


def check_url(text: str | URL, loopback: Loopback | None) -> URL:
    """Return the address if it may be requested, else raise ForbiddenAddress.

    The addresses that its name resolves to are checked later.
    """
    try:
        url = URL(text) if isinstance(text, str) else text
        host = url.raw_host or ""
        port = url.port
    except ValueError as error:
        raise ForbiddenAddress("the result's address can't be read") from error
    if url.user is not None or url.password is not None:
        raise ForbiddenAddress("the result's address carries a user name", host=host)
    if loopback is not None and (url.scheme, host, port) == (loopback.scheme, loopback.host, loopback.port):
        return url
    if url.scheme != "https" or port != 443:
        raise ForbiddenAddress(f"the result's address is not https on port 443: {url.scheme} {port or ''}", host=host)
    if not host or not host.isascii() or host.endswith(".") or not is_plain(host):
        raise ForbiddenAddress("the result's host is not a public one", host=host)
    return url


def is_plain(host: str) -> bool:
    """Return whether the host is a name that can't be read as a number, or a public IP address in the usual spelling.

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
