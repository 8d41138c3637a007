"""The log: one line for each event, with the job's id and without secrets or private text."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Final

import structlog
from cachetools import LRUCache
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.log_privacy import hide

OURS: Final = ("bot", "cogs")
"""The loggers that follow a LOG_LEVEL below INFO."""

operator_secrets: set[str] = set()
"""The operator's secrets, which no line may hold. For the whole process, like logging itself."""

_servers_keys: LRUCache[str, None] = LRUCache(10_000)
"""The servers' own keys that were used last; no line may hold them."""

_tried_keys: LRUCache[str, None] = LRUCache(200)
"""The keys that were entered last, valid or not; no line may hold them. A server's manager can enter many."""


def conceal(*secrets: str) -> None:
    """Keep the operator's secrets out of every line from now on."""
    operator_secrets.update(secrets)


def conceal_key(key: str) -> None:
    """Keep a server's key out of the log, until 10,000 other keys were used."""
    _servers_keys[key] = None


def conceal_tried(key: str) -> None:
    """Keep a key that was only entered out of the log, until 200 other keys were entered."""
    _tried_keys[key] = None


def set_up(level: str, form: str, secrets: Iterable[str]) -> None:
    """Send everything that logs through one handler, in text or JSON (``form``)."""
    conceal(*secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            scrub,
            last,
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # At DEBUG the drivers log each statement with its values, and discord.py each message of the gateway.
    least = logging.getLevelName(level)
    root.setLevel(max(logging.INFO, least))
    for ours in OURS:
        logging.getLogger(ours).setLevel(least)
    for name in ("alembic", "sqlalchemy", "httpx"):  # at INFO they log statements and addresses
        logging.getLogger(name).setLevel(logging.WARNING)
    _join_structlog(shared)
    logging.getLogger("PIL").setLevel(logging.CRITICAL)  # hostile files make it noisy; BadPicture says enough
    logging.getLogger("discord.client").addFilter(_is_not_of_voice)  # two warnings at each start; we use no voice
    logging.getLogger("discord").setLevel(max(logging.WARNING, least))


def _join_structlog(shared: Sequence[Processor]) -> None:
    """Send the lines of libraries that use structlog through our handler too: stamina would print its own."""
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _is_not_of_voice(record: logging.LogRecord) -> bool:
    """Filter out a warning about voice. ``VoiceClient.warn_nacl`` would do it, but discord is not imported here."""
    return "voice will NOT be supported" not in record.getMessage()


def scrub(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Remove secrets and private text from all strings of an event."""
    secrets = (*operator_secrets, *_servers_keys, *_tried_keys)
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = hide(reduce(lambda text, secret: text.replace(secret, "…"), secrets, value))
    return event
