"""Files from Discord's file server, read piece by piece: never more than was declared or is allowed.

https://discord.com/developers/docs/reference#cdn-formatting
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp

from bot.errors import BadPicture, SourceGone
from bot.images.sniff import LIMIT_MB, MAX_BYTES
from bot.memory import Portion, Share

READ_FOR: Final = 60.0
"""Seconds that the reading of one file may take, without the wait for memory before it."""

_CHUNK: Final = 64 * 1024
_PASSING: Final = (408, 429)
"""Refusals that pass by themselves, beside 5xx. Any other stays as it is."""


class Attachments:
    """A reader of attachments, avatars and embedded pictures at Discord. Use ``open``."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Attachments]:
        """Open a reader with a session of its own, which ends with the block."""
        async with aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,  # a few bytes must not become gigabytes before they are counted
        ) as session:
            yield cls(session)

    async def read(self, url: str, share: Share, declared: int = 0) -> bytes:
        """Read a file, whose bytes ``share`` holds afterwards.

        ``declared``: the size in bytes that Discord stated, 0 if it stated none. Raise SourceGone if the file no longer
        exists or is refused for good, BadPicture("too-large") or BadPicture("longer") if it has more bytes than allowed
        or declared, TimeoutError, and aiohttp's errors for failures that may pass.
        """
        most = min(declared or MAX_BYTES, MAX_BYTES)
        portion = await share.portion(most)
        try:
            async with asyncio.timeout(READ_FOR), self._session.get(url) as response:
                if 400 <= response.status < 500 and response.status not in _PASSING:
                    raise SourceGone(f"HTTP {response.status}")
                response.raise_for_status()
                data = await _capped(response, most, portion)
        except BaseException:
            portion.shrink(0)
            raise
        portion.shrink(len(data))
        return data


async def _capped(response: aiohttp.ClientResponse, most: int, portion: Portion) -> bytes:
    """Read the body, of at most ``most`` bytes. Raise BadPicture as soon as it is longer."""
    if response.content_length is not None:
        if response.content_length > most:
            raise _longer(most)
        portion.shrink(response.content_length)
    data = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        if len(data) + len(chunk) > most:
            raise _longer(most)
        data += chunk
    return bytes(data)


def _longer(most: int) -> BadPicture:
    if most >= MAX_BYTES:
        return BadPicture("too-large", limit_mb=LIMIT_MB)
    return BadPicture("longer", f"more than the {most} bytes that were declared")
