"""The signed, expiring addresses of attachments.

https://discord.com/developers/docs/reference#signed-attachment-cdn-urls
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

from playground.world.messages import Attachment
from playground.world.places import Channel


class Signer:
    """Signed addresses. ``life`` is in seconds; ``base`` is where files are served, without a slash."""

    def __init__(self, base: str, *, life: float = 24 * 3600.0, secret: bytes = b"playground") -> None:
        self.base = base
        self.life = life
        self._secret = secret
        self.externals: dict[str, str] = {}
        """The path of each proxied address elsewhere, and that address."""

    def url(self, file: Attachment, channel: Channel, now: float, *, proxy: bool = False) -> str:
        folder = "ephemeral-attachments" if file.ephemeral else "attachments"
        path = f"/{folder}/{channel.id}/{file.id}/{quote(file.name)}"
        issued = f"{int(now):x}"
        expires = f"{int(now + self.life):x}"
        query = f"ex={expires}&is={issued}&hm={self._seal(path, expires, issued)}&"
        return f"{self.base}{'/media' if proxy else ''}{path}?{query}"

    def valid(self, path: str, query: Mapping[str, str], now: float) -> bool:
        """Return whether this is the address that was given out for the path, and has not expired."""
        expires = query.get("ex", "")
        issued = query.get("is", "")
        if not hmac.compare_digest(self._seal(path, expires, issued), query.get("hm", "")):
            return False
        return now < int(expires, 16)

    def external(self, address: str) -> str:
        """Return the proxy address of a picture elsewhere on the web."""
        path = f"/media/external/{hashlib.sha256(address.encode()).hexdigest()[:43]}"
        self.externals[path] = address
        return self.base + path

    def _seal(self, path: str, expires: str, issued: str) -> str:
        return hmac.new(self._secret, f"{path} {expires} {issued}".encode(), hashlib.sha256).hexdigest()
