"""The Door: where ToAPIs calls the bot and monitors ask it, and the work that goes on beside it, by the settings.

It opens before the process holds the slot, since any process may record an event, and a host may want the port to
answer before it stops the process that holds the slot.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from urllib.parse import urlsplit

from bot.jobs.webhooks import PATH, Tell, Webhooks
from bot.reports.readiness import Readiness
from bot.settings import LOOPBACK, Settings
from bot.web.probes import Probes, pages
from bot.web.server import Handler, WebServer
from bot.web.webhook import WebhookHandler


async def open_door(
    settings: Settings, webhooks: Webhooks | None, readiness: Readiness, stack: AsyncExitStack
) -> WebServer:
    """Listen until ``stack`` closes. Where the port can't be had yet, ``open`` tries it again.

    ``webhooks`` are taken, where there are any; the rest is asked about this process.
    """
    host = urlsplit(settings.public_url or "").hostname
    is_local = host in LOOPBACK
    token = settings.metrics_token
    probes = Probes(
        readiness,
        None if token is None else token.get_secret_value(),
        is_public=settings.public_url is not None and not is_local,
    )
    handlers: dict[str, Handler] = {}
    if webhooks is not None:
        secrets = [secret.get_secret_value() for secret in settings.toapis_webhook_secret]
        handlers[PATH] = WebhookHandler(webhooks, secrets).answer
    server = WebServer(host if is_local else None, settings.port, handlers, pages(probes))
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
