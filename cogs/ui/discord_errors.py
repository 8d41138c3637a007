"""Discord's errors as errors that the pipeline knows, since it imports nothing of Discord."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
import discord

from bot.errors import Unavailable

_TOKEN_REFUSED: Final = 401
_FORBIDDEN: Final = 403
_PASSING: Final = (408, 429, _TOKEN_REFUSED)
"""Status codes of temporary errors, beside 5xx. 401: the token was renewed, and the operator will put that right."""

_TOO_LARGE: Final = 413
_TOO_LARGE_CODES: Final = (40005, 50045)
CONTENT_REFUSED: Final = {
    20009: "explicit",
    50046: "not-taken",
    50110: "not-taken",
    50123: "not-taken",
    200000: "automod",
    240000: "harmful",
}
"""Codes that refuse the content of a message rather than its place.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes"""

_LOST: Final = (aiohttp.ClientError, ConnectionError, TimeoutError)
"""The errors that discord.py raises when no answer came."""


def passes(error: Exception) -> bool:
    """Return whether an error is temporary: Discord accepts nothing at present, rather than not this request."""
    if isinstance(error, discord.HTTPException):
        blocked = error.status == _FORBIDDEN and error.code == 0 and not _is_json(error)  # by Discord's edge
        return error.status >= 500 or error.status in _PASSING or blocked
    if isinstance(error, aiohttp.ClientResponseError):  # of the file server
        return error.status >= 500 or error.status in _PASSING
    return isinstance(error, (discord.RateLimited, *_LOST))


def is_too_large(error: discord.HTTPException) -> bool:
    """Return whether a file, or all files together, are too large. Where the edge says so, there is no code."""
    return error.status == _TOO_LARGE or error.code in _TOO_LARGE_CODES


def content_refusal(error: discord.HTTPException) -> str | None:
    """Return why Discord refuses what a message holds, or None where it refuses something else, such as its place.

    The reason is the end of two keys: ``picture-…`` for a source, ``result-why-…`` for a result.
    """
    return CONTENT_REFUSED.get(error.code)


@contextmanager
def translated() -> Iterator[None]:
    """Raise Unavailable in place of Discord's temporary errors. Permanent refusals are raised unchanged."""
    try:
        yield
    except (discord.HTTPException, discord.RateLimited, *_LOST) as error:
        if not passes(error):
            raise
        retry_after = error.retry_after if isinstance(error, discord.RateLimited) else None
        raise Unavailable("discord", f"{type(error).__name__}: {error}"[:300], retry_after=retry_after) from error


def _is_json(error: discord.HTTPException) -> bool:
    kind = getattr(error.response, "content_type", "")
    return str(kind).endswith("json")
