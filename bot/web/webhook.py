"""The handler of ToAPIs' webhooks: checks a delivery, lets its event be recorded, and answers.

https://docs.toapis.com/docs/en/api-reference/webhooks/task-webhooks
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from aiohttp import web

from bot.jobs.webhooks import Webhooks
from bot.toapis.webhook import Malformed, Unsigned, read_delivery

LARGEST: Final = 64 * 1024
"""Bytes of a body. ToAPIs' events have about a thousand."""

PATIENCE: Final = 10.0
"""Seconds within which a body must have come: ToAPIs waits no longer for its answer."""

QUIET: Final = 60.0
"""Seconds between two lines in the log about deliveries that were turned away. Anybody can send them."""

_log = logging.getLogger(__name__)


class WebhookHandler:
    """A delivery must be signed with one of the ``secrets``. ``clock`` is in Unix seconds; ``elapsed`` counts them."""

    def __init__(
        self,
        webhooks: Webhooks,
        secrets: Sequence[str],
        *,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        self._webhooks = webhooks
        self._secrets = tuple(secrets)
        self._clock = clock
        self._elapsed = elapsed
        self._patience = patience
        self._quiet_until = 0.0

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a delivery: 200 once it is recorded, also for the second time; 503 where it can't be recorded now.

        Otherwise 400, 401, 408 or 413: it was not built, or not signed, as ToAPIs does it, came too slowly, or is too
        large.
        """
        try:
            async with asyncio.timeout(self._patience):
                body = await _read(request)
            event = read_delivery(request.headers, body, self._secrets, self._clock())
        except TimeoutError:
            return self._turn_away(408, "the body did not come")
        except (ConnectionError, web.RequestPayloadError):
            return self._turn_away(400, "the body broke off")
        except _TooLarge:
            return self._turn_away(413, f"the body is larger than {LARGEST} bytes")
        except Malformed as error:
            return self._turn_away(400, str(error))
        except Unsigned as error:
            return self._turn_away(401, str(error))
        try:
            await self._webhooks.take(event)
        except Exception as error:  # noqa: BLE001 - whatever it was: ToAPIs sends the event again
            _log.warning("a webhook can't be recorded now: %r", error)
            return web.Response(status=503)
        return web.Response()

    def _turn_away(self, status: int, why: str) -> web.Response:
        now = self._elapsed()
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET
            _log.warning("a webhook was turned away (%d): %s", status, why)
        response = web.Response(status=status)
        response.force_close()
        return response


class _TooLarge(Exception):
    """A body beyond LARGEST."""


async def _read(request: web.Request) -> bytes:
    """Read the body, and stop as soon as it is too large."""
    if (request.content_length or 0) > LARGEST:
        raise _TooLarge
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            raise _TooLarge
    return bytes(body)
