"""The Door: where ToAPIs calls the bot, and the work that goes on beside it, as the settings want it.

It opens before the process holds the slot, since any process may record an event, and a host may want the port to
answer before it stops the process that holds the slot.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from urllib.parse import urlsplit

from bot.jobs.webhooks import PATH, Tell, Webhooks
from bot.settings import LOOPBACK, Settings
from bot.web.server import WebServer
from bot.web.webhook import WebhookHandler


async def open_door(settings: Settings, webhooks: Webhooks, stack: AsyncExitStack) -> WebServer:
    """Listen for webhooks until ``stack`` closes. Where the port can't be had yet, ``open`` tries it again."""
    host = urlsplit(settings.public_url or "").hostname
    secrets = [secret.get_secret_value() for secret in settings.toapis_webhook_secret]
    handlers = {PATH: WebhookHandler(webhooks, secrets).answer}
    server = WebServer(host if host in LOOPBACK else None, settings.port, handlers)
    stack.push_async_callback(server.close)
    await server.open()
    return server


def works(settings: Settings, webhooks: Webhooks, tell: Tell | None) -> Mapping[str, Callable[[], Awaitable[None]]]:
    """Return what goes on for ever, by its name in the log.

    ``tell`` reaches the operators, and is None where another process tells them.
    """
    works: dict[str, Callable[[], Awaitable[None]]] = {}
    if tell is not None:
        works["the report of webhooks that are not set up"] = partial(webhooks.report_forever, tell)
    if not settings.embedded:
        from bot.jobs.webhook_listener import WebhookListener  # only for a server: its driver takes 8 MiB

        works["the session that hears of webhooks"] = WebhookListener(settings.database_url, webhooks).forever
    return works
